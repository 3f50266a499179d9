"""Splitting: nothing lost, nothing broken, every part within its limits."""

from __future__ import annotations

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.adapters.limits import SMS, TELEGRAM, WHATSAPP
from channels.ports import Limits
from channels.segments import fits, to_gsm
from channels.split import RLM, split

LIMITS = [Limits("characters", 60), Limits("utf16", 60), Limits("sms", 1), Limits("sms", 2)]
FAMILY = "👩‍👩‍👧‍👦"
WORDS = st.sampled_from(
    [
        "Bonjour.", "carte", "de", "séjour", "l’employeur", "Où ?", "1.", "-", "CNSS", "2024", "(art. 5)",
        "\n", "\n\n", "  ",
        "مرحبا", "السَّلَامُ", "عَلَيْكُمْ؟", "بطاقة", "الإقامة.", "٢٠٢٤",
        FAMILY, "👍🏽", "🇲🇦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "e\u0301te\u0301", "हिन्दी", "ⴰⵣⵓⵍ",
        "https://exemple.test/titre-de-sejour?a=1", "www.exemple.test/x", "aide@exemple.test", "exemple.test/fr",
        "+33199000001,", "tél. +212 5 37 00 00 01,", "au 05 37 00 00 02,", "(+216) 71-000-003,",
        "au +33 (0)1 99 00 00 04;", "141,",
    ]
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=60).map(" ".join)
# As a reader knows them, apart from what split itself looks for.
UNBROKEN = regex.compile(
    r"https://\S+|www\.\S+|\S+@\S+|exemple\.test/fr|\+33199000001,|\+212 5 37 00 00 01"
    r"|05 37 00 00 02|\(\+216\) 71-000-003|\+33 \(0\)1 99 00 00 04"
)


def words(text: str) -> list[str]:
    return text.split()


def unmarked(parts: list[str], text: str) -> list[str]:
    """The parts without the mark that split puts before them."""
    assert RLM not in text
    return [part.removeprefix(RLM) for part in parts]


@pytest.mark.parametrize("limits", LIMITS, ids=str)
@given(text=TEXTS)
@settings(max_examples=200, deadline=None)
@example(text=FAMILY * 20)
@example(text="Bonjour. Bonjour. Bonjour. carte carte +33199000001 05 37 00 00 02")
@example(text="+212 5 37 00 00 01 " * 9)
def test_parts_hold_the_same_words_whole_and_within_limits(text: str, limits: Limits) -> None:
    parts = split(text, limits)
    plain = unmarked(parts, text)
    assert all(fits(part, limits) for part in parts)
    assert all(part.strip() == part and part for part in plain)
    if max(map(len, words(text)), default=0) < 40:
        assert [word for part in plain for word in words(part)] == words(text)
    assert "".join("".join(words(part)) for part in plain) == "".join(words(text))
    assert [g for part in plain for g in graphemes(part)] == graphemes(text)
    assert [m for part in plain for m in UNBROKEN.findall(part)] == UNBROKEN.findall(text)


def graphemes(text: str) -> list[str]:
    return [grapheme for grapheme in regex.findall(r"\X", text) if not grapheme.isspace()]


@pytest.mark.parametrize("limits", [*LIMITS, SMS, TELEGRAM, WHATSAPP], ids=str)
@given(text=st.text(max_size=400).map(lambda text: text.replace(RLM, "")))
@settings(max_examples=100, deadline=None)
def test_any_text_at_all(text: str, limits: Limits) -> None:
    parts = unmarked(split(text, limits), text)
    assert all(fits(part, limits) for part in parts)
    squeezed = "".join(char for char in text if not char.isspace())
    assert "".join(char for part in parts for char in part if not char.isspace()) == squeezed
    assert bool(parts) == bool(squeezed)


def test_a_text_that_fits_is_one_part() -> None:
    assert split("  Bonjour.\n\nÇa va ?  ", WHATSAPP) == ["Bonjour.\n\nÇa va ?"]
    assert split(" \n ", WHATSAPP) == []


@pytest.mark.parametrize(
    ("text", "length", "parts"),
    [
        ("Un. Trois quatre cinq six.", 20, ["Un. Trois quatre", "cinq six."]),
        ("Un deux trois. Quatre cinq.", 20, ["Un deux trois.", "Quatre cinq."]),
        ("Un deux\ntrois. Quatre cinq", 20, ["Un deux\ntrois.", "Quatre cinq"]),
        ("Premier point\nSecond. Fin", 20, ["Premier point", "Second. Fin"]),
        ("أين أنت؟ نحن هنا الآن", 15, ["أين أنت؟", "نحن هنا الآن"]),
        ("anticonstitutionnellement", 10, ["anticonsti", "tutionnell", "ement"]),
        ("Coût 10\u00a0000\u00a0DH", 12, ["Coût", "10\u00a0000\u00a0DH"]),
        ("Appelez 05 37 00 00", 18, ["Appelez", "05 37 00 00"]),
        ("Voici la liste\n1. Un", 17, ["Voici la liste", "1. Un"]),
        # Numbers side by side, as in a list of offices.
        ("+33199000001 05 37 00 00 02", 20, ["+33199000001", "05 37 00 00 02"]),
        ("05 37 00 00 02 05 37 00 00 03", 20, ["05 37 00 00 02", "05 37 00 00 03"]),
        ("Les 141 05 37 00 00 02 05 37 00 00 03 ici", 36, ["Les", "141 05 37 00 00 02 05 37 00 00 03", "ici"]),
        ("141 05 37 00 00 02 141 05 37 00 00 02", 40, ["141 05 37 00 00 02 141 05 37 00 00 02"]),
        ("+216 71 000 003 +216 71 000 004", 20, ["+216 71 000 003", "+216 71 000 004"]),
        (FAMILY * 3, 15, [FAMILY * 2, FAMILY]),
    ],
)
def test_where_it_divides(text: str, length: int, parts: list[str]) -> None:
    assert split(text, Limits("characters", length)) == parts


def test_what_is_longer_than_a_part_is_divided_all_the_same() -> None:
    limits = Limits("characters", 20)
    url = "https://exemple.test/" + "a" * 30
    parts = split(f"Voir {url} ici", limits)
    assert parts[0] == "Voir" and "".join(parts).replace("Voir", "").startswith(url)
    assert all(fits(part, limits) for part in parts)
    zalgo = "e" + "\u0301" * 200
    assert "".join(split(zalgo, limits)) == zalgo


def test_arabic_parts_that_begin_from_the_left_get_a_mark_that_counts() -> None:
    text = "اتصل بالصندوق الوطني اليوم قبل الساعة CNSS في الرباط شارع ابن سينا 2024 مكتب"
    parts = split(text, Limits("characters", 38))
    assert [part.startswith(RLM) for part in parts] == [False, True, False]
    assert parts[1].startswith(RLM + "CNSS")
    assert split("CNSS: رقم الصندوق الوطني للضمان", WHATSAPP) == [RLM + "CNSS: رقم الصندوق الوطني للضمان"]
    assert split("1. بطاقة الإقامة", WHATSAPP) == [RLM + "1. بطاقة الإقامة"]
    # Nothing to direct: a French text with an Arabic word, a part without Arabic, a text that begins with Arabic.
    for text in ("Le mot سلام veut dire paix", "مرحبا CNSS"):
        assert split(text, WHATSAPP) == [text]
    exact = "CNSS " + "م" * 65
    assert fits(exact, Limits("sms", 1)) and len(split(exact, Limits("sms", 1))) == 2
    assert split("https://exemple.test/a مرحبا مرحبا مرحبا", Limits("characters", 24))[0] == "https://exemple.test/a"


@pytest.mark.parametrize("limits", [SMS, TELEGRAM, WHATSAPP], ids=str)
def test_long_texts_are_quick_and_parts_are_full(limits: Limits) -> None:
    text = "Vous avez le droit à une copie de votre contrat. " * 400
    parts = split(to_gsm(text), limits)
    assert len(parts) > 2
    assert all(part.endswith("contrat.") for part in parts)
    assert min(map(len, parts[:-1])) > max(map(len, parts)) / 2
