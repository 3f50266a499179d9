"""The two or three numbers that matter in a country, and what to do in the next minutes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from knowledge.urgent.danger import Numbers

MOST = 3
_WORDING = Path(__file__).parent / "wording"
_LRM = "\u200e"  # keeps a phone number left to right inside Arabic
# After the police and the rescue services: who may help best, by kind, for each danger.
_ALLIES = ("anti-trafficking", "hotline", "women-support", "emergency", "child-protection")
_FIRST_ALLY = {
    "child-danger": "child-protection",
    "trafficking-signs": "anti-trafficking",
    "medical-emergency": "emergency",
    "detention-now": "hotline",
}


class Localised(Protocol):
    """Words in three languages."""

    def get(self, lang: str, /) -> str: ...


class Phone(Protocol):
    """A number as it is dialled."""

    @property
    def number(self) -> str: ...

    @property
    def label(self) -> Localised | None: ...


class Organisation(Protocol):
    """What is needed of `knowledge.records.Organisation`."""

    @property
    def country(self) -> str | None: ...

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> Localised: ...

    @property
    def phones(self) -> Sequence[Phone]: ...


def numbers(
    organisations: Iterable[Organisation], country: str | None, lang: str, danger: str | None = None
) -> Numbers:
    """What to call in `country`; regional advice, with a question where the person is, when it is unknown."""
    lang = lang if lang in ("fr", "ar", "en") else "fr"
    wording = _wording(lang)
    known = [one for one in organisations if one.phones]
    chosen = list(_chosen([one for one in known if one.country == country], danger)) if country else []
    if not chosen:
        regional = [one for one in known if one.country is None and one.kind in ("emergency", "hotline")]
        chosen = regional[:MOST]
        return _numbers(wording["unknown"], chosen, lang)
    return _numbers(wording["known"], chosen, lang)


def _chosen(local: Sequence[Organisation], danger: str | None) -> Iterator[Organisation]:
    """The police, the rescue services, then the best ally."""
    taken: list[Organisation] = []
    for kinds in (("police",), ("emergency",), (_FIRST_ALLY.get(danger or "", ""),), *((kind,) for kind in _ALLIES)):
        one = next((one for one in local if one.kind in kinds and one not in taken), None)
        if one is not None and len(taken) < MOST:
            taken.append(one)
            yield one


def _numbers(wording: dict[str, str], chosen: Sequence[Organisation], lang: str) -> Numbers:
    lines = [f"{one.name.get(lang)}: {_phone(one.phones[0], lang, labelled=True)}" for one in chosen]
    short = [f"{one.name.get(lang)} {_phone(one.phones[0], lang, labelled=False)}" for one in chosen]
    separator = "، " if lang == "ar" else ", "
    return Numbers(
        wording["text"].format(numbers="\n".join(lines)).strip(),
        wording["short"].format(numbers=separator.join(short)).strip(),
    )


def _phone(phone: Phone, lang: str, *, labelled: bool) -> str:
    number = f"{_LRM}{phone.number}{_LRM}" if lang == "ar" else phone.number
    return f"{number} ({phone.label.get(lang)})" if labelled and phone.label else number


@cache
def _wording(lang: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((_WORDING / f"{lang}.yaml").read_text(encoding="utf-8"))
    return data
