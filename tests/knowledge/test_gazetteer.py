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

# Smaller places, papers and local words, in the varieties of the helpline; then which way a person goes; then traps.
MORE = """
MA | je travaille dans une ferme à Aït Amira, le caporal ne paie pas
MA | خدامة فالفيرمات ديال خميس ايت عميرة وما مصرحينش بيا
MA | je dors à Ouled Ziane, la police nous chasse
MA | sakna f Takadoum w l moqaddem ma bghach y3tini chahada
MA | je suis à Beni Makada sans papiers
MA | bgit n9ayed l AMO Tadamon
MA | Damancom ne s'ouvre pas
MA | ramasseuse de fruits rouges à Lalla Mimouna
MA | كنسكن فبوخالف
MA | عاملة منزلية في حي الرياض ما خلصاتني
TN | ena nekhdem fi l Aouina, el 3arf ma khallasnich
TN | je dors dans les oliviers à El Amra
TN | أنا من غينيا وساكن في الملاسين
TN | نخدم في ساقية الزيت وما عنديش عقد
TN | تفقدية الشغل ما جاوبتنيش
TN | facture STEG trop chère
DZ | nekhdem f Cheraga chantier, ma khalsounich
DZ | à l'APC ils refusent l'acte de naissance
DZ | expulsé vers Tin Zaouatine
DZ | خدام في باب الزوار عند الشينوا
DZ | j'habite Bir el Djir sans contrat
LY | أني نخدم في قرقارش وصاحب الحوش ما خلصنيش
LY | I dey Gargaresh, police carry my brother
LY | détenu à Tariq al Sikka
LY | كيف نسجل في منصة وافد
LY | asma boys robbed me
MR | je vends au Marché Cinquième sans carte
MR | آن نخدم ف تازيازت وما عطاوني حقي
MR | pêcheur au port de l'Amitié
MR | ن سنغالي في كانصادو
MR | je suis à Cansado, mon patron garde mon passeport
MR | nous sommes à Numerowatt, la garde fait des rafles
ES | khdama f lfraise f Moguer, l'encargada katseb
ES | trabajo en los invernaderos de Roquetas de Mar
ES | j'ai reçu une carta de despido
ES | بغيت ندير التارخيتا
ES | cita previa extranjería no hay
ES | vivo en Torre Pacheco sin papeles
IT | rani fi Mazara, el padrone ma khallasnich
IT | je travaille dans les serres à Acate
IT | أنا في فوجيا نخدم في الطماطم
IT | impronte in questura quando
IT | je n'ai pas ma busta paga
IT | talya, n7eb na3mel el ricevuta
FR | je fais les vendanges à Épernay, on dort dans un hangar
FR | saisonnier à Courchevel, l'hôtel ne paie pas les heures
FR | je travaille dans les fleurs à Grasse
FR | convocation à un entretien préalable
FR | prud'hommes délai
DE | Kündigung in der Probezeit
DE | j'ai un contrat de soignante à Bielefeld
DE | نحب نعمل أوسبيلدونغ
DE | Familienkasse refuse
CA | j'ai un permis fermé et le patron me crie dessus
CA | I pick tomatoes in Leamington
CA | ferme à Saint-Rémi, dix heures par jour
SA | naql kafala on Qiwa
SA | خدامة في خميس مشيط والكفيل ما خلانيش نخرج
SA | final exit Saudi
QA | I stay in Asian Town, company not paying
QA | Metrash2 shows no transfer
AE | I live in Sonapur, no salary 3 months
AE | ILOE fine how to check
AE | أعمل في المصفح بدون راتب
KW | complaint through As-Hal
KW | domestic worker visa 20 in Farwaniya
KW | أسكن في المهبولة والكفيل أخذ جوازي
KW | shoon office complaint against sponsor
ES | je suis à Tanger et j'ai un contrat pour Huelva
FR | I am in Sfax and my cousin in Lyon found me a job offer in France
IT | nheb nemchi l Italia b contrat stagionale, ena fi Kairouan
LY | je suis parti du Niger et je suis bloqué à Qatrun
TN | je suis venu d'Algérie à pied, maintenant je suis à Kasserine
DZ | jit men Niger, rani f Djanet daba
MR | je suis parti de Dakar pour l'Espagne mais on nous a débarqués à Nouadhibou
ES | je suis partie du Maroc, je suis à Lepe pour la fraise
MA | quand je rentre d'Espagne à Khouribga je peux toucher quoi
FR | mon mari travaille à Dubai, moi je suis à Lyon et je veux divorcer
MA | السمسار في الدار البيضاء طلب مني 30000 درهم باش نمشي للسعودية
AE | انا من فاس ودابا خدامة فدبي وبغيت نرجع للمغرب
QA | I came from Tunisia to Doha and the company changed my contract
DZ | رجعت من فرنسا وراني فوهران، وين نسجل في لانام
TN | expulsé d'Italie, je suis rentré à Mahdia, quelle aide ?
IT | my brother is in Germany and I am in Bologna without papers
KW | أنا مغربية نخدم في السالمية وبغيت نبدل الكفيل
LY | كنا ف تونس والحرس دفعنا ل ليبيا، توا احني ف زوارة
ES | je quitte Tanger demain, mon contrat est à Cartaya
IT | I am from Khouribga but I work in Brescia
FR | أنا من وجدة وخدام في مونبلييه بلا وراق
MA | رجعت من إسبانيا وساكن في طنجة
DE | j'ai passé le B2 à Casablanca et je veux partir à Stuttgart comme infirmière
CA | عندي عرض عمل في مونتريال وأنا في تونس
CA | I want a work permit for Canada, I am in Rabat
QA | rani f Doha w ma khallsounich, nheb nrja3 l tounes
LY | ana men Tounes, nekhdem fi Tripoli
FR | ma soeur vit à Bruxelles et moi à Lille
MA | mon mari est en Espagne, moi je suis à Beni Mellal, il ne m'envoie rien
SA | خويا في فرنسا وأنا في جدة خدامة عند كفيل
AE | my agency in Dubai keeps my passport
MA | l'agence à Tanger m'a promis Huelva
TN | le bureau à Sfax prend 3000 dinars pour l'Allemagne
DZ | expulsé de France, je suis à Annaba
TN | été refoulé de Libye, bloqué à Ben Gardane
LY | refoulés de Tunisie vers la Libye, on est à Al Assa
KW | sponsor in Kuwait says go back to Morocco
ES | نبي نمشي لمورسيا نخدم في الفلاحة
IT | bghit nmchi l Milano b decreto flussi
IT | خاصني النولا اوستا باش نجي لعندك
MA | pension d'Espagne, je vis à Nador maintenant
DZ | retraite française, je vis à Tizi Ouzou
MA | envoyer de l'argent de Madrid à Oujda
DE | je suis à Düsseldorf, comment faire venir ma femme de Meknès
FR | je suis à Grenoble, comment faire venir ma femme de Sfax
MR | نحن عالقون في روصو نريد الرجوع للسنغال
SA | أريد السفر للسعودية للعمل وأنا في نواكشوط
SA | بغيت نمشي للسعودية وأنا ف الرباط
IT | I want to go to Italy, now I am in Sfax
DE | I live in Tunis and want to do Ausbildung in Germany
MA | je travaille à Marrakech pour un riad
MA | riad à Marrakech, femme de ménage sans CNSS
ES | I am in Morocco, I will go to Huelva for strawberries, what is the salary?
TN | une agence à Tunis me vend une LMIA
MA | السمسار في الدار البيضاء قال عندو خدمة في الرياض
MR | عندي الأوراق عند الدرك ف لكصر
MR | آن ف تفرغ زينه نخدم ف الديار
MR | bankily ما جاني فيه الراتب
DZ | بطاقة الشفاء ما قبلوهاش
DZ | راني ف عين صالح، حبسونا
- | carte de séjour à renouveler
- | wach kayn chi khedma
- | récépissé
- | مفتش الشغل
- | gratuity
- | le sahel
- | الكناس
- | je suis maçon
- | ma facture d'eau
- | il fait gras
- | le patron ne respecte pas les horaires
- | denuncia
- | عندي مشكل فالعين
- | l mondial
- | السميك شحال
- | ils vont me donner la sokna
- | je suis à la maison
- | l'assurance vie
- | البيضاء
- | القليعة
- | ساكن في القليعة
- | je parle français
- | الكونترا بالفرنسية
- | نبيع في بقالة
- | هل هذا صحيح فعلا
- | l'oasis est loin
- | caporal
- | راني دايرة ملف
- | لا أنام منذ شهر
- | السيارة كسرت
- | وبغات تمشي
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


CASES = [tuple(part.strip() for part in line.split("|", 1)) for line in _lines(ABOUT) + _lines(MORE)]


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load()


def test_the_tables_are_not_empty() -> None:
    assert len(_lines(ABOUT)) >= 150
    assert len(_lines(MORE)) >= 60
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
