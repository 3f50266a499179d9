"""Word lists and letter patterns of the languages the helpline understands.

A data file `data/<name>.yaml` describes one `class` of words: `words` {weight: "words parted by
spaces"}, `patterns` {weight: expression over a whole word}, `prefixes`, `suffixes` and `contains`
{weight: "pieces parted by spaces"}, and `not` (words that no pattern may match). A dialect's file
has two such parts, `latin` and `arabic`. All words are normalised when loaded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import regex
import yaml

from helpline.language.normalise import normalise

FILES = ("fr", "en", "other", "dialect", "ary", "aeb", "arq", "ayl", "mey", "ar")
_ARABIC = regex.compile(r"[ء-ي]")
Weights = dict[str, float]  # class -> weight


@dataclass
class Shapes:
    """What an unknown word may look like: (class, weight, expression), and the words exempted per class."""

    rules: list[tuple[str, float, regex.Pattern[str]]] = field(default_factory=list)
    exempt: dict[str, set[str]] = field(default_factory=dict)

    def add(self, part: dict[str, Any]) -> None:
        name = part["class"]
        self.exempt.setdefault(name, set()).update(normalise(part.get("not", "")).split())
        for kind, wrap in (("patterns", "{}"), ("prefixes", "(?:{}).+"), ("suffixes", ".{{2,}}(?:{})"),
                           ("contains", ".*(?:{}).*")):  # fmt: skip
            for weight, body in part.get(kind, {}).items():
                source = body if kind == "patterns" else "|".join(body.split())
                self.rules.append((name, float(weight), regex.compile(wrap.format(source))))

    def weights(self, word: str) -> Weights:
        """The strongest matching rule of each class."""
        found: Weights = {}
        for name, weight, rule in self.rules:
            if weight > found.get(name, 0.0) and word not in self.exempt[name] and rule.fullmatch(word):
                found[name] = weight
        return found


@dataclass
class Lexicon:
    """Known words and the shapes of unknown ones, apart for the two scripts."""

    words: dict[str, Weights]
    latin: Shapes
    arabic: Shapes

    @classmethod
    def load(cls) -> "Lexicon":
        lexicon = cls({}, Shapes(), Shapes())
        for part in _parts():
            lexicon._add(part)
        return lexicon

    def _add(self, part: dict[str, Any]) -> None:
        name = part["class"]
        for weight, words in part["words"].items():
            for word in normalise(words).split():
                known = self.words.setdefault(word, {})
                known[name] = max(known.get(name, 0.0), float(weight))
        is_arabic = _ARABIC.search("".join(part["words"].values())) is not None
        (self.arabic if is_arabic else self.latin).add(part)

    def weights(self, word: str) -> Weights:
        """What `word` (normalised) says: class -> weight; empty when it says nothing."""
        known = self.words.get(word)
        if _ARABIC.match(word):
            if known is None and len(word) > 3 and word[0] in "وفبل":
                known = self.words.get(word[1:])
            return known if known is not None else self.arabic.weights(word)
        if known is None and len(word) > 2 and not word.isdigit():
            return self.latin.weights(word)
        return known or {}


def _parts() -> Iterator[dict[str, Any]]:
    folder = files("helpline.language") / "data"
    for name in FILES:
        data = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
        yield from (data[key] for key in ("latin", "arabic") if key in data)
        if "class" in data:
            yield data
