"""Names in a message, and the country that it is about."""

import time
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpline.language import normalise
from knowledge.gazetteer import COUNTRIES, Gazetteer

# `-`: no country may be guessed. The traps (ordinary words, names of other countries) stand at the end.
ABOUT = """
MA | je suis sénégalais à Casablanca, comment avoir la carte de séjour ?
FR | ena tounsi nekhdem f fransa, kifech nakhou flousi
FR | Je suis au Maroc et je veux un visa de travail pour la France
CA | I am in Tunisia and got a job offer in Canada, is it real?
MA | une agence à Casablanca me demande 20000 dh pour un contrat au Canada
TN | مكتب في تونس طلب مني 5000 دينار باش يبعثني لألمانيا
DE | combien peut demander une agence pour un contrat en Allemagne ?
MA | lmaghrib
MA | Maroc
MA | casa
TN | tounes
DZ | dzayer
LY | libia
MR | mouritania
MR | نواكشوط
MA | فالمغرب
MA | بكازا
TN | بصفاقس
DZ | في الجزائر
LY | من ليبيا
FR | لفرنسا
IT | نحب نمشي لإيطاليا
ES | الهويلفا
ES | je cueille des fraises à Huelva
ES | خدامة فالمرية وماخلصونيش
TN | comment s'inscrire à l'ANETI
MA | comment m'inscrire à l'ANAPEC
DZ | la CNAS refuse de me rembourser
DZ | casnos cotisation
FR | la préfecture ne répond pas pour mon récépissé
FR | OFII rendez-vous
ES | how do I get NIE
IT | permesso di soggiorno scaduto
IT | decreto flussi 2025
DE | Ausländerbehörde Termin
CA | LMIA processing time
SA | my employer does not renew my iqama
SA | musaned contract
AE | MOHRE complaint
AE | Tawjeeh class
QA | الدوحة
KW | الكويت
SA | كفيلي في السعودية خدا الباسبور
QA | my sponsor in Qatar keeps my passport
- | CNSS
- | combien de dinars
- | bonjour
- | je suis malien
- | I am from Senegal
- | ما هو الحد الأدنى للأجور
- | صلاة المغرب
- | safi merci
- | nice to meet you
- | il est sale
- | mes tours de garde
- | épargne
- | campagne agricole
- | orange
- | la marche
- | darija
TN | je suis tunisien
MA | je suis marocain, comment obtenir ma pension
FR | je suis marocain et mon employeur français ne me paie pas
IT | mon patron italien refuse
LY | bloqué en Libye je veux rentrer au Sénégal
LY | bloqué en Libye je veux rentrer au Maroc
MA | je suis rentré au Maroc après 5 ans, aide à la réintégration
MR | ana f Nouadhibou w bghit nerja3
MR | à Rosso la police m'a arrêté
DZ | à Tamanrasset on nous expulse vers le désert
DZ | maghnia
MA | nador
TN | Zarzis
LY | Sebha
MA | je vis à Salé
MA | f safi
MA | à Fès
FR | à Nice
FR | algerien a paris
FR | j'habite à marseille je suis algérien, quelles allocations à la caf
TN | dirham tunisie
MA | combien est le smig en dirhams
TN | 500 dt par mois
MR | 30000 ouguiya
DE | visa allemagne
DE | viza almanya
ES | contrat GECCO espagne
CA | immigrer au canada depuis l'algérie
CA | travail saisonnier québec
SA | la mecque travail
AE | dubai job
AE | عقد عمل في دبي من المغرب
KW | domestic worker kuwait
FR | mon frère est au Maroc et moi je travaille en France
IT | ana f italia w weldi f lmaghrib
MA | consulat du Sénégal à Rabat
FR | consulat du Maroc à Paris
LY | ambassade du Maroc en Libye
MA | embassy of Mali in Rabat
TN | I am Ivorian in Tunis
TN | i be Nigeria person for Sfax
DZ | عامل مالي في وهران
MA | maroco
MA | marroc
FR | Frnace
MR | mauritnie
DE | allemange
SA | arabie soudite
MR | Nouakchot
MA | Casablnaca
DZ | tamanraset
MA | wach n9der nkhdem bla wra9 f tanja
MA | أنا من الكاميرون وساكن فالدار البيضاء
MA | كنخدم فطنجة وماكاينش التصريح فالصندوق
MA | سنغالي في الرباط بدون أوراق
TN | أنا إيفوارية في تونس والعرفة خذات الباسبور
TN | nekhdem fi sousse w el 3arf ma5allasnich
TN | je suis une Ivoirienne à la Marsa, la dame refuse de me payer
TN | le Kef
TN | I work in Djerba hotel
DZ | nkhdem f wahran bla contrat
DZ | في حاسي مسعود ما خلصوناش
DZ | ANEM inscription
DZ | carte chifa pour étranger
DZ | Algiers hospital for undocumented
LY | أنا في طرابلس ومحتجز
LY | anta fi trablus, shin ndir
LY | detained in Zawiya
LY | I dey Benghazi, dem beat me
LY | نخدم في مصراتة وصاحب الشغل ما عطانيش فلوسي
MR | je travaille à Zouérate à la mine
MR | في روصو الشرطة شدوني
MR | pêcheur sénégalais à Nouadhibou sans carte de séjour
MR | bankily transfert
FR | titre de séjour expiré à Marseille
FR | ma prime d'activité la CAF me la refuse
FR | France Travail indemnisation
FR | OQTF reçue que faire
FR | Je suis algérien en France depuis 3 ans, puis-je être régularisé ?
FR | بغيت نمشي لفرنسا كيفاش نجيب الفيزا
FR | أنا جزائري مقيم في باريس
ES | ana maghribi f sbania bla wra9
ES | arraigo social
ES | نقطف الفراولة في هويلفا
ES | je suis à Melilla
ES | jornalera en Almería
IT | أنا تونسي في إيطاليا بدون وثائق
IT | rani f milano bla wra9
IT | Lampedusa
IT | my boss in Foggia pays 3 euro per hour
DE | infirmier tunisien je veux travailler en Allemagne
DE | نحب نعمل اوسبيلدونغ في ألمانيا
DE | chancenkarte conditions
CA | entrée express combien de points
CA | bghit nhajer l canada
SA | absher account
SA | my kafeel in Riyadh reported huroob
SA | نبي نخدم في السعودية شن ندير
QA | job in Doha as security guard
AE | abu dhabi company did not pay
AE | visa Emirats
KW | الفروانية
MA | taux smig maroc 2025
MA | Bonjour je suis guinéen, je vis à Rabat. Mon patron ne paie pas
MA | Je suis au Maroc maintenant, avant j'étais en Algérie
MA | je suis parti d'Algérie et je vis à Oujda, puis-je demander l'asile ?
TN | jit men libya w tawa fi medenine
DZ | I came from Mali to Tamanrasset
FR | recrutement direct ofii depuis la tunisie vers la france
MA | loi marocaine sur les travailleuses domestiques
TN | code du travail tunisien
IT | employeur italien ne fait pas le permesso
MA | agence marocaine me demande 3000 euros pour l'Italie
DZ | الوكالة في وهران طلبت فلوس باش نخدم في قطر
MA | samsar f casa bghani nkhalas 40000 dh bach nmchi l talian
FR | une agence d'intérim à Lyon
SA | frais de recrutement pour l'Arabie saoudite
MA | envoyer de l'argent au Maroc
MA | agadir
MA | f lmaghrib
MA | bel maghrib
MA | wmaghrib
FR | ffransa
TN | ltounes
MR | لموريتانيا
AE | بدبي
KW | للكويت
QA | بقطر
FR | وفرنسا
MA | والمغرب
MA | للمغرب
DZ | بالجزائر
LY | فليبيا
TN | وتونس
ES | في مدريد
ES | سبتة
IT | بإيطاليا
DE | لألمانيا
CA | لكندا
SA | للسعودية
ES | barcelonne
MA | marakech
MA | mohamedia
MA | laayoun
DZ | constentine
FR | strasburg
LY | nous sommes venus de Tunisie et d'Algérie, maintenant à Misrata que faire ?
LY | wslna l trablus w rahom 7absouna, kounna f tounes
ES | عندي فيزا لإسبانيا، موعد السفارة في نواكشوط متأخر
DE | السفارة الألمانية ما جاوبتش
DE | je suis arrivé à Munich hier depuis l'Italie
ES | NIE dyali salat
- | look at the figures of the barber
- | ok
- | 123
- | merci beaucoup
- | أنا من السنغال
- | أنا مالي
- | I am Nigerian and my boss beat me
- | le niger
- | je suis camerounaise enceinte
- | western union
- | the grand total is wrong
- | a brave man
- | ma maison est belle
- | il a fait une balance
- | nice
- | rim
- | العيون تؤلمني
- | البيضة
- | المدرسة الجديدة
- | عندي خمسة اطفال
- | جدتي مريضة
- | حق الكراء
- | المكتب بعيد
- | قبلي خدم واحد
- | combien de riyals
- | la police m'a battu
- | mon patron nie tout
- | je ne veux pas payer
- | la prison et la liberté
- | Maghreb
- | دول المغرب العربي
- | Qui peut m'aider ?
- | l'espace est petit
- | je suis malade
- | general manager
- | un contrat de saison
- | what is my right to the rest day
- | marché aux puces
- | can I sue
- | how long is the probation
- | je travaille dans une orangeraie
- | ma carte est perdue
- | ساعدوني
- | واش نقدر نخدم
- | شنو حقوقي
- | ana mrid
- | safi
- | salé
- | la mer est dangereuse
- | mali
- | turkey visa
- | Belgique permis de travail
- | Guinea
"""

MENTIONED = [
    ("une agence à Casablanca pour le Canada", [("MA", "city"), ("CA", "country")]),
    ("je suis tunisien", [("TN", "nationality")]),
    ("CNSS", [("MA", "institution"), ("TN", "institution"), ("MR", "institution")]),
    ("بالمغرب", [("MA", "country")]),
    ("300 dt", [("TN", "currency")]),
    ("darija", [("MA", "dialect")]),
    ("Saudi Arabia", [("SA", "country")]),
    ("le Sénégal", []),
    ("صلاة المغرب", []),
    ("nice to meet you", []),
]


def _lines(table: str) -> list[str]:
    return [line for line in table.strip().split("\n") if line]


CASES = [tuple(part.strip() for part in line.split("|", 1)) for line in _lines(ABOUT)]


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


def test_the_tables_are_not_empty() -> None:
    assert len(CASES) >= 150
    assert {country for country, _ in CASES} == {*COUNTRIES, "-"}
    assert sum(country == "-" for country, _ in CASES) >= 40


@pytest.mark.parametrize(("country", "text"), CASES, ids=[text for _, text in CASES])
def test_country(gazetteer: Gazetteer, country: str, text: str) -> None:
    guess = gazetteer.country(text)
    assert (guess.country if guess else "-") == country, guess


@pytest.mark.parametrize(("text", "mentions"), MENTIONED, ids=[text for text, _ in MENTIONED])
def test_mentions(gazetteer: Gazetteer, text: str, mentions: list[tuple[str, str]]) -> None:
    found = gazetteer.find(text)
    assert [(mention.country, mention.kind) for mention in found] == mentions
    for mention in found:
        assert normalise(text)[mention.start : mention.end] == mention.matched


def test_a_nationality_alone_is_less_sure_than_a_place(gazetteer: Gazetteer) -> None:
    person, place = gazetteer.country("je suis tunisien"), gazetteer.country("je suis à Tunis")
    assert person
    assert place
    assert person.confidence < 0.6 < place.confidence


def test_why_tells_nothing_of_the_person(gazetteer: Gazetteer) -> None:
    guess = gazetteer.country("Fatima 0612345678 je vis à Nador")
    assert guess
    assert "nador" in guess.why
    assert "Fatima" not in guess.why
    assert "0612" not in guess.why


@pytest.mark.parametrize("country", COUNTRIES)
def test_labels(gazetteer: Gazetteer, country: str) -> None:
    labels = [gazetteer.label(country, lang) for lang in ("fr", "ar", "en")]
    assert all(labels)
    for label in labels:  # a person who presses the button has named the country
        guess = gazetteer.country(label)
        assert guess
        assert guess.country == country
        assert guess.confidence > 0.9


def test_no_label_for_an_unknown_country(gazetteer: Gazetteer) -> None:
    with pytest.raises(KeyError):
        gazetteer.label("SN", "fr")


_shared = cache(Gazetteer.load)
_WORDS = st.sampled_from(["maroc", "à", "nice", "f", "بالمغرب", "visa", "dt", "30", "CNSS", "وفرنسا", "agence"])


@settings(deadline=None)
@given(st.text(alphabet=st.characters()) | st.lists(_WORDS).map(" ".join))
def test_never_fails_and_keeps_to_the_text(text: str) -> None:
    folded = normalise(text)
    for mention in _shared().find(text):
        assert 0 <= mention.start < mention.end <= len(folded)
        assert 0 < mention.weight <= 1
    guess = _shared().country(text)
    assert guess is None or (guess.country in COUNTRIES and 0 < guess.confidence < 1)


def test_it_is_quick(gazetteer: Gazetteer) -> None:
    started = time.perf_counter()
    for _ in range(10):
        for _, text in CASES:
            gazetteer.country(text)
    assert (time.perf_counter() - started) / (10 * len(CASES)) < 0.002  # 0.1 ms where it was written
