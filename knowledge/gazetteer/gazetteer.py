"""Places, nationalities, institutions and currencies in a message, and the country it is about.

`Gazetteer.load()`, then `find(text) -> list[Mention]` and `country(text) -> CountryGuess | None`.
How `country` weighs the mentions is written in `rules`.
"""

from helpline.language import normalise
from helpline.language.lexicon import Lexicon
from knowledge.gazetteer.index import Index, Name, read
from knowledge.gazetteer.model import CountryGuess, Mention
from knowledge.gazetteer.rules import CLITIC_ROLE, Rules, Word

ARTICLES = ("l", "la", "le")


class Gazetteer:
    """Immutable after `load`; safe to share between tasks and threads."""

    def __init__(self, index: Index, rules: Rules, labels: dict[str, dict[str, str]]) -> None:
        self._index, self._rules, self._labels = index, rules, labels

    @classmethod
    def load(cls) -> "Gazetteer":
        """Read the data files (about a fifth of a second)."""
        return cls(Index.load(frozenset(Lexicon.load().words)), Rules.load(), read("labels"))

    def label(self, country: str, lang: str) -> str:
        """The name of a country (MA, …) in fr, ar or en; KeyError for any other."""
        return self._labels[country][lang]

    def find(self, text: str) -> list[Mention]:
        """The mentions in order of place; several for a name that several countries share."""
        return [mention for mention, _ in self._found(_words(normalise(text)))]

    def country(self, text: str) -> CountryGuess | None:
        """The country that the question is about, or None when nothing, or nothing sure, says so."""
        words = _words(normalise(text))
        found = self._found(words)
        return self._rules.decide(words, found) if found else None

    def _found(self, words: list[Word]) -> list[tuple[Mention, str]]:
        """(mention, preposition written together with it), longest names first, none overlapping."""
        found: list[tuple[Mention, str]] = []
        at = 0
        while at < len(words):
            length, readings, preposition = self._match(words, at)
            start, end = words[at].start, words[at + max(length, 1) - 1].end
            matched = " ".join(word.text for word in words[at : at + length])
            for name in readings:
                if not name.ambiguous or self._is_place(words, at, matched, name, preposition):
                    mention = Mention(name.country, name.kind, matched, start, end, name.weight)
                    found.append((mention, preposition))
            at += max(length, 1)
        return found

    def _match(self, words: list[Word], at: int) -> tuple[int, list[Name], str]:
        """(number of words, readings, preposition) of the longest name that begins at `at`."""
        index, word = self._index, words[at].text
        known = word in index.longest or words[at].bare in index.longest
        if not known and (word in index.ordinary or word.isdigit()):
            return 0, [], ""
        for first, preposition in index.forms(word):
            for length in range(min(index.longest.get(first, 0), len(words) - at), 0, -1):
                rest = (words[i].bare for i in range(at + 1, at + length))
                readings = index.names.get((first, *rest))
                if readings is not None:
                    return length, readings, preposition
        for stem, preposition in index.forms(word) if word[0] >= "ء" else [(word, "")]:
            if name := index.typo(stem):
                return 1, [n for n in index.names[(name,)] if not n.ambiguous], preposition
        return 0, [], ""

    def _is_place(self, words: list[Word], at: int, matched: str, name: Name, preposition: str) -> bool:
        """Whether an ordinary word is a name here: after a word of place, or alone in the message."""
        if preposition in CLITIC_ROLE or (len(words) == matched.count(" ") + 1 and matched not in self._index.common):
            return True
        role = self._rules.preposition(words, at)
        if name.kind == "currency":
            return at > 0 and words[at - 1].text.isdigit()
        if name.kind == "institution":
            after = at + matched.count(" ") + 1
            owned = after < len(words) and self._rules.roles.get(words[after].text) == "genitive"
            return owned or (at > 0 and words[at - 1].text in self._rules.before_institution)
        return role != "" and words[at - 1].text not in ARTICLES


def _words(folded: str) -> list[Word]:
    words, at = [], 0
    for text in folded.split():
        words.append(Word.of(text, at))
        at += len(text) + 1
    return words
