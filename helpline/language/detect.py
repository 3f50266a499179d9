"""Which language, dialect and script a message is written in.

`LanguageDetector.load().detect(text: str) -> Detection`. The rule: every word gives weight to the classes
of `data/*.yaml` that know it, or whose letter patterns it fits; a family is the sum over the words.

  1. Families: French, English, dialect in Latin letters, Arabic script, and `other` (a language the
     helpline does not answer in). Function words weigh most, so French nouns in a sentence whose
     grammar is Darija do not make it French. The heaviest family wins.
  2. Within dialect, the variety with the most own words; with none, Moroccan (the most frequent).
  3. Within Arabic script, Modern Standard unless dialect words outweigh it.

There are no character n-grams: word lists and letter patterns were enough.
Nothing to go on (digits, emoji, a name) is `und`, with no reply language: the caller keeps the one it had.
"""

from collections import defaultdict
from dataclasses import dataclass
from math import exp

import regex

from helpline.language.lexicon import Lexicon
from helpline.language.normalise import normalise

LATIN_DIALECTS = ("ary-Latn", "aeb", "arq", "ayl", "mey")  # the first wins a draw
ARABIC_DIALECTS = ("ary", "arq", "aeb", "ayl", "mey")
ALONE = frozenset({"fr", "en", "other"})  # classes that are a family by themselves
SPOKEN = "spoken"  # dialect words in Arabic letters, each counted once
ENOUGH = 1.0  # the least weight that decides
ARABIC_LETTERS = 2.0  # what any word in Arabic script says for Arabic

Scores = dict[str, float]
_ARABIC = regex.compile(r"\p{Arabic}")
_LATIN = regex.compile(r"\p{Latin}")
_LETTER = regex.compile(r"\p{L}")
_CONTRACTION = regex.compile(r"(?<=\w)['’ʼ](?=(?:t|m|re|ve|ll|s|d)\b)", regex.IGNORECASE)
_UNIT = regex.compile(r"\d+(?:h|hrs?|mn|min|e|er|eme|ieme|th|rd|st|nd|am|pm|ans?|mois|jours?|j|g|k|km|m2?|x|"
                      r"dhs?|dt|da|eur|euros?|usd|mru|years?|months?|days?|weeks?|hours?)\d*")  # fmt: skip


@dataclass(frozen=True)
class Detection:
    """The language of one message.

    variety: fr ar ary ary-Latn aeb arq ayl mey en, or und; reply: fr, ar, en, or None with und;
    confidence: 0..1; script: latin, arabic, mixed (both), other, or none (no letters).
    """

    variety: str
    reply: str | None
    confidence: float
    script: str


class LanguageDetector:
    """Immutable after `load`; safe to share between tasks and threads."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    @classmethod
    def load(cls) -> "LanguageDetector":
        return cls(Lexicon.load())

    def detect(self, text: str) -> Detection:
        script = script_of(text)
        if script in ("none", "other"):
            return Detection("und", None, 0.0, script)
        family: Scores = defaultdict(float)
        variety: Scores = defaultdict(float)
        for word in normalise(_CONTRACTION.sub("", text)).split():
            if not _UNIT.fullmatch(word):
                self._count(word, family, variety)
        return _decide(family, variety, script)

    def _count(self, word: str, family: Scores, variety: Scores) -> None:
        weights = self._lexicon.weights(word)
        spoken = 0.0
        for name, weight in weights.items():
            if name in ALONE:
                family[name] += weight
            else:
                variety[name] += weight
                if name != "ar":
                    spoken = max(spoken, weight)
        if _ARABIC.match(word):
            family["arabic"] += ARABIC_LETTERS
            variety[SPOKEN] += spoken
        elif spoken:
            family["dialect"] += spoken


def _decide(family: Scores, variety: Scores, script: str) -> Detection:
    best = max(family, key=lambda name: family[name], default="other")
    weight = family[best]
    if weight < ENOUGH or best == "other":
        return Detection("und", None, 0.0, script)
    rival = max((score for name, score in family.items() if name != best), default=0.0)
    confidence = round((weight - rival) / (weight + rival) * (1 - exp(-weight / 2)), 3)
    if best == "dialect":
        return Detection(_first(variety, LATIN_DIALECTS), "ar", confidence, script)
    if best == "arabic":
        spoken = variety[SPOKEN] > variety["ar"]
        return Detection(_first(variety, ARABIC_DIALECTS) if spoken else "ar", "ar", confidence, script)
    return Detection(best, best, confidence, script)


def script_of(text: str) -> str:
    """latin, arabic, mixed, other (letters of neither) or none (no letters)."""
    arabic, latin = _ARABIC.search(text) is not None, _LATIN.search(text) is not None
    if arabic and latin:
        return "mixed"
    if arabic or latin:
        return "arabic" if arabic else "latin"
    return "other" if _LETTER.search(text) else "none"


def _first(scores: Scores, names: tuple[str, ...]) -> str:
    return max(names, key=lambda name: scores.get(name, 0.0))
