"""Which language a message names, once it is known to ask for another one: `named_language(text) -> fr, ar, en`.

Looser than `requested_language`, and so only for messages that the bot understood as a wish for another language: the
language that is named and not refused ("l3arbiya ma nefhemhach, français" is French). None where none is left, or two.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from helpline.language.normalise import normalise

# Words that refuse the language named beside them: up to four words before it, or two after it.
_BEFORE, _AFTER = 4, 2
_PREFIXES = (
    "",
    "b",
    "bl",
    "bel",
    "bil",
    "el",
    "al",
    "l",
    "f",
    "fl",
    "lel",
    "و",
    "ب",
    "بال",
    "ال",
    "لل",
    "ل",
    "وال",
    "ف",
    "فال",
    "بل",
)


def named_language(text: str) -> str | None:
    """The one language that ``text`` names and does not refuse."""
    words = normalise(text).split()
    names, refusing, ending = _words()
    wanted: list[str] = []
    for at, word in enumerate(words):
        language = names.get(word)
        if language is None:
            continue
        # A refusal speaks of the next language only, and not across a "but".
        edges = [end for end in range(max(0, at - _BEFORE), at) if words[end] in ending or words[end] in names]
        start = edges[-1] + 1 if edges else max(0, at - _BEFORE)
        around = words[start:at] + words[at + 1 : at + 1 + _AFTER]
        if not any(other in refusing for other in around):
            wanted.append(language)
    return wanted[-1] if len(set(wanted)) == 1 else None


@cache
def _words() -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    source = files("helpline.language") / "data" / "named.yaml"
    data = yaml.safe_load(source.read_text(encoding="utf-8"))
    names = {
        normalise(prefix + name): language
        for language, listed in data["names"].items()
        for name in listed.split()
        for prefix in _PREFIXES
    }
    refusing = frozenset(normalise(word) for word in data["refusing"].split())
    return names, refusing, frozenset(normalise(word) for word in data["ending"].split())
