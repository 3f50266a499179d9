"""Which language a message is in, which one it asks for, and the spelling used for matching."""

import time
import unicodedata
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpline.language import LanguageDetector, named_language, normalise, requested_language

DETECTED = """
ary-Latn | slm
ary-Latn | salam
ary-Latn | salam khoya
ary-Latn | wakha
ary-Latn | inchallah
ary-Latn | 3afak 3awnni
ary-Latn | ch7al smig
ary-Latn | bghit n3ref wach contrat dyali valable f france
ary-Latn | patron mabghach ykhlasni chno ndir
ary-Latn | la carte de séjour dyali sda9at chno ndir
ary-Latn | bghit ndir visa dyal travail, ch7al kaykhass dyal lflous
ary-Latn | lpatron khda lia passeport dyali
ary-Latn | wach n9der nkhdem bla wra9 f lmaghrib
ary-Latn | khddama f dar w ma3tawnich lflous 3 chhour hadi
ary-Latn | tal3o liya les heures supp w makhlssounich 3lihom
ary-Latn | kifach n9elleb 3la khedma f espagne f la fraise
aeb | ey behi
aeb | chnowa na3mel bech nekhou flousi
aeb | nheb nemchi nekhdem fi italia kifech
aeb | 3aslema, 9adeh el smig fi tounes
aeb | el 3arf mte3i ma5allasnich barcha
aeb | winou el bureau mta3 el aneti
aeb | najem ne5dem blech wra9
arq | wesh lazem ndir bach nroh nekhdem f canada
arq | rani hab nkhdem f fransa kifah nsaqsi 3la la visa
arq | el patron ta3i makanch ykhalesni, wech ndir dork
arq | bessah ma3labalich win nrouh
ayl | shin ndir law ma 3tanish el murattab
ayl | nebbi nimshi le italia bahi kif
ayl | halba mashakel, shin na3mlu tawa
mey | chenhu na3del vem yasser
mey | ndor nechteghel, chenhu vadha
ary | واش نقدر نخدم بلا وراق فالمغرب
ary | بغيت نعرف شنو حقوقي ديال الخدمة
ary | الباطرون خدا ليا الباسبور ديالي
ary | كنخدم بلا كونطرا وماكاينش الضمان
ary | فين نمشي باش نشكي دابا
aeb | شنوة نعمل باش ناخو فلوسي
aeb | توا العرف متاعي ما خلصنيش برشا شهور
aeb | نحب نعرف قداش السميغ
aeb | فماش حل باش نجم نخدم
arq | راني حاب نخدم في فرنسا كيفاش ندير
arq | الباطرون تاعي ماعطانيش الدراهم واش ندير
arq | علاه ماكاش خدمة هنا
ayl | نبي نعرف شن ندير الجواز متاعي عند صاحب الشغل
ayl | ما عنديش اقامة توا في ليبيا هلبا مشاكل
ayl | شن الأوراق اللي نبيها
mey | شنهو نعدل الين ما نكد نخلص
mey | لاهي نعدل ياسر من الشغل
ar | هل يحق لي الحصول على أجري المتأخر
ar | أريد تجديد بطاقة الإقامة
ar | السلام عليكم
ar | شكرا
ar | ما هي الوثائق المطلوبة للحصول على تأشيرة العمل؟
ar | لم أستلم راتبي منذ ثلاثة أشهر
ar | تأشيرة
ar | كيف يمكنني التسجيل في الضمان الاجتماعي
ar | ساعدوني من فضلكم
ar | مـــرحـــبـــا
fr | cc
fr | bjr
fr | slt
fr | svp aide
fr | merci
fr | oui
fr | non
fr | bonjourrrrr
fr | BONJOUR
fr | visa
fr | contrat de travail
fr | JE NE SUIS PAS PAYÉ DEPUIS 3 MOIS
fr | bjr jai pa ete paye c koi mes droit
fr | mon patron refuse de me payer mon salaire
fr | السلام je veux savoir comment obtenir le visa
fr | salam je cherche un travail
fr | g pa mon pasport mon patron la pri
fr | travail en allemagne
fr | facture electricite
fr | heures sup
fr | c cmb le smic
fr | ma cnss
fr | slt sa va
fr | salam, mon patron ne m'a pas payé depuis 3 mois inchallah vous pouvez m'aider
fr | Bonsoir grand, on dit quoi, le chef là ne veut pas donner l'argent
fr | jsui enceinte ils vont me virer ?
fr | jveux rentré o pays
fr | wallah je suis fatigué de ce boulot
fr | combien d'heures par semaine max
fr | quel papier pr amener ma femme
fr | perdu mon passeport
fr | mon contrat a changé en arrivant
fr | je suis un Sénégalais à Casablanca, comment avoir la carte de séjour
en | hi
en | yes
en | helloooo
en | hello good morning
en | my boss no dey pay me since 3 month abeg wetin i go do
en | I no get paper for Morocco, police fit catch me?
en | how much is the minimum wage
en | PLEASE HELP ME I AM LOCKED
en | work contract
en | they seized my passport
en | job in germany
en | overtime
en | can i join union
en | dem don carry my passport
en | oga no gree give me money
en | pls how can i go back home
en | they didn't give me the day off
en | wher can i see doctor for free
en | i'm pregnant, can they fire me?
en | my contract says 40hrs but i do 70hrs
en | what r my rights
en | is the agency real or fake
en | I want to renew my residence permit
en | how i go take get visa
en | na so e be, dem dey beat person
und | ok
und | 👍
und | 1234
und | ...
und | Mamadou Diallo
und | Mohamed
und | 0612345678
und | 12:30
und | hola necesito ayuda con mi contrato
und | buongiorno, sono senza lavoro
und | ich brauche hilfe bitte
und | ⵜⴰⵎⴰⵣⵉⵖⵜ
und | 工作
"""

REQUESTED = {
    "fr": [
        "français", "Français!", "en français svp", "French please", "je veux parler français", "fr",
        "parlez français s'il vous plaît", "بالفرنسية", "جاوبني بالفرنسية", "can you speak french?",
        "Bonjour, je ne comprends pas l'arabe parlez français", "switch to French", "hder m3aya b lfransawia",
        "je préfère le français", "french is better for me",
        "reply in french not arabic", "pas en arabe, en français svp",
    ],
    "ar": [
        "بالعربية", "hder m3aya b l3arbia", "arabic please", "العربية", "عربي", "تكلم معي بالعربية",
        "nheb nahki bel 3arbi", "jawbni b l3arbiya", "en arabe", "parle moi en arabe", "kellemni bel3arbi",
        "je ne comprends pas le français, en arabe stp", "b darija 3afak", "بالدارجة عافاك",
        "ممكن تجاوبني بالعربية", "بغيت نهضر بالعربية", "change language to arabic", "Arabe",
        "mettez en arabe s'il vous plaît",
    ],
    "en": [
        "speak english", "English", "english pls", "i no understand french, speak english", "anglais",
        "I only speak English", "do you speak english?", "can you answer in english", "i prefer english",
        "بالانجليزية من فضلك", "تكلم إنجليزي", "not french, english please", "ENGLISH", "en anglais svp",
        "en anglais svp, un ami va lire",
    ],
}  # fmt: skip

MENTIONED = """
do I need a French certificate for the visa
contrat en arabe que je ne comprends pas
my boss speaks only Arabic to me
faut-il parler français pour travailler en France ?
mon patron ne parle pas français
cours d'arabe gratuit
apprendre le français
the contract is in French and i cant read it
how can i learn english in Tunis
je parle français, puis-je travailler au Canada ?
test d'anglais pour le Canada
pas en français
arabe ou français ?
عقد باللغة الفرنسية
هل أحتاج شهادة اللغة الفرنسية
I want to learn French
je veux un contrat en arabe
hello
l3a9d b lfransawia w mafhemtch
traduire mon diplome en francais
je suis français
french visa
visa français
je cherche un professeur d'anglais
employeur français
ana 3arbi
do they speak english in Qatar
must I speak German or English at the interview
il faut parler anglais pour le contrat ?
my employer made me sign a paper in arabic
"""


def _lines(table: str) -> list[str]:
    return [line.strip() for line in table.strip("\n").split("\n")]


CASES = [tuple(part.strip() for part in line.split("|", 1)) for line in _lines(DETECTED)]


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector.load()


def test_the_tables_are_not_empty() -> None:
    asked = sum(map(len, REQUESTED.values()))
    assert len(CASES) >= 120
    assert asked >= 40
    assert len(_lines(MENTIONED)) >= 25
    assert {variety for variety, _ in CASES} == {
        "fr", "ar", "ary", "ary-Latn", "aeb", "arq", "ayl", "mey", "en", "und",
    }  # fmt: skip


@pytest.mark.parametrize(("variety", "text"), CASES, ids=[text for _, text in CASES])
def test_variety(detector: LanguageDetector, variety: str, text: str) -> None:
    found = detector.detect(text)
    assert found.variety == variety, found
    assert found.reply == {"fr": "fr", "en": "en", "und": None}.get(variety, "ar")


@pytest.mark.parametrize(
    ("text", "script"),
    [("oui", "latin"), ("مرحبا", "arabic"), ("بغيت visa", "mixed"), ("123 👍", "none"), ("你好", "other")],
)
def test_script(detector: LanguageDetector, text: str, script: str) -> None:
    assert detector.detect(text).script == script


def test_more_words_give_more_confidence(detector: LanguageDetector) -> None:
    longer = detector.detect("merci de me dire quand je serai payé")
    assert detector.detect("merci").confidence < longer.confidence


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in REQUESTED.items() for text in texts]
)
def test_requested(language: str, text: str) -> None:
    assert requested_language(text) == language


@pytest.mark.parametrize("text", _lines(MENTIONED))
def test_only_mentioned(text: str) -> None:
    assert requested_language(text) is None


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Bonjourrrr ÉCOLE l’œuvre", "bonjour ecole l oeuvre"),
        ("أُريدُ العَمَـــل في المغربِ ٢٠٢٤", "اريد العمل في المغرب 2024"),
        ("ڭاع گاع ڨابس ڤيزا", "كاع كاع قابس فيزا"),
        ("إلى مَدرسةٍ على شيء", "الي مدرسه علي شي"),
        ("helloooo 10000 dh", "hello 10000 dh"),
        ("a\u200bb\u202ec\u0640", "abc"),
        ("۱۲۳ ｆｕｌｌ", "123 full"),
        ("«مغرب»،نعم؟", "مغرب نعم"),
        ("👍🏽", ""),
    ],
)
def test_normalise(text: str, folded: str) -> None:
    assert normalise(text) == folded


@settings(deadline=None)
@given(st.text(alphabet=st.characters()))
def test_normalise_is_idempotent_and_clean(text: str) -> None:
    folded = normalise(text)
    assert normalise(folded) == folded
    assert folded == " ".join(folded.split())
    assert not any(unicodedata.category(letter) in ("Cf", "Cc", "Lu", "Mn") for letter in folded)


_shared = cache(LanguageDetector.load)


@settings(deadline=None)
@given(st.text(alphabet=st.characters()) | st.text(alphabet="abكلمي 379'آ\u0640\u064b"))
def test_detection_never_fails(text: str) -> None:
    found = _shared().detect(text)
    assert 0.0 <= found.confidence <= 1.0
    assert (found.reply is None) == (found.variety == "und")
    assert requested_language(text) in (None, "fr", "ar", "en")


def test_detection_is_quick(detector: LanguageDetector) -> None:
    started = time.perf_counter()
    for _ in range(20):
        for _, text in CASES:
            detector.detect(text)
    assert (time.perf_counter() - started) / (20 * len(CASES)) < 0.001  # 0.05 ms where it was written


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("l3arbiya ma kan9rahach, bghit b français", "fr"),
        ("أنا لا أقرأ الفرنسية جيدا، اكتب بالعربية من فضلك", "ar"),
        ("pas l'arabe, English only", "en"),
        ("changez de langue", None),
        ("french or english I don't mind", None),
        ("", None),
    ],
)
def test_the_language_that_a_wish_names_and_does_not_refuse(text: str, language: str | None) -> None:
    assert named_language(text) == language
