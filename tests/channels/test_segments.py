"""Counting: the tables of 3GPP TS 23.038, the borders of segments, and what French typography becomes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.ports import Limits
from channels.segments import GSM, GSM_BASIC, GSM_EXTENSION, SmsCost, cost, fits, to_gsm, utf16_units


def test_the_tables_are_whole() -> None:
    # 128 positions less the escape to the extension table; the extension with its form feed and the euro sign.
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENSION) == 10
    assert not GSM_BASIC & GSM_EXTENSION
    assert not GSM & set("çêîôûâëïœ’“«…")


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "gsm7", 0, 0),
        ("a", "gsm7", 1, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),
        # An escape sequence does not straddle a border: 152 septets, then two that need 153 and 154.
        ("a" * 152 + "€" + "a" * 151, "gsm7", 305, 2),
        ("a" * 152 + "€" + "a" * 152, "gsm7", 306, 3),
        ("é" * 160, "gsm7", 160, 1),
        ("ê" * 70, "ucs2", 70, 1),
        ("ê" * 71, "ucs2", 71, 2),
        ("م" * 134, "ucs2", 134, 2),
        ("م" * 135, "ucs2", 135, 3),
        ("😀" * 35, "ucs2", 70, 1),
        # 33 pairs are 66 units; the 34th does not fit the 67th alone.
        ("😀" * 66, "ucs2", 132, 2),
        ("😀" * 67, "ucs2", 134, 3),
        ("م" * 66 + "😀" + "م" * 66, "ucs2", 134, 3),
    ],
)
def test_cost(text: str, encoding: str, units: int, segments: int) -> None:
    found = cost(text)
    assert (found.encoding, found.units, found.segments) == (encoding, units, segments)


@given(st.text(max_size=400), st.text(max_size=20))
def test_cost_never_falls_as_a_text_grows(text: str, more: str) -> None:
    assert cost(text).segments <= cost(text + more).segments
    assert cost(text).segments >= -(-cost(text).units // (160 if cost(text).encoding == "gsm7" else 70))


@given(st.text(max_size=400))
def test_units_are_those_of_the_codec(text: str) -> None:
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert utf16_units(text) == units
    if cost(text).encoding == "ucs2":
        assert cost(text).units == units
    assert fits(text, Limits("utf16", units)) and fits(text, Limits("characters", len(text)))
    assert not text or not fits(text, Limits("utf16", units - 1))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("L’été, ça va ?", "L'été, ca va ?"),
        ("« Où êtes-vous ? »", '"Où etes-vous ?"'),
        ("«\u202fOui\u202f» “non” „si”", '"Oui" "non" "si"'),
        ("cœur, sœur, Œuvre, ÇA", "coeur, soeur, OEuvre, ÇA"),
        ("Attendez… — 10\u00a0000\u202fDH", "Attendez... - 10 000 DH"),
        ("• un\n• deux → trois", "- un\n- deux -> trois"),
        ("e\u0302tre, de\u0301ja\u0300", "etre, déjà"),
        ("Àâäèéêëîïôöùûüÿ", "Aaäèéeeiioöùuüy"),
        ("N°\u00a05 ✆".replace(" ✆", ""), "No 5"),
        ("mot\u200bmot\ufeff", "motmot"),
    ],
)
def test_french_typography_becomes_gsm(text: str, plain: str) -> None:
    assert to_gsm(text) == plain
    assert cost(plain).encoding == "gsm7"


@pytest.mark.parametrize("text", ["مرحبا", "L’été مرحبا", "ça va 🙂", "CNSS 05-37 €", "", "\u200f12 شارع"])
def test_what_stays_as_it_is(text: str) -> None:
    assert to_gsm(text) == text


@given(st.text(alphabet=st.sampled_from("abc é ç ê ’ « » œ … 😀 م\u00a0\u0301"), max_size=60))
def test_to_gsm_is_all_or_nothing_and_settled(text: str) -> None:
    plain = to_gsm(text)
    assert plain == text or cost(plain).encoding == "gsm7"
    assert to_gsm(plain) == plain
    assert cost(plain).segments <= max(cost(text).segments, 1)


def test_a_cost_reads_well() -> None:
    assert cost("Bonjour") == SmsCost("gsm7", 7, 1)
