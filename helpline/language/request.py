"""An explicit request for another language of answers: `requested_language(text: str) -> fr, ar, en or None`.

A request is one of these, and nothing else, so that "do I need a French certificate" is none:
  the name alone       "English", "en français svp", "بالعربية"
  an order             "speak english", "répondez en arabe", "hder m3aya b l3arbia"
  a wish               "I prefer French", "nheb nahki bel 3arbi" (the whole clause)
  a statement          "I only speak English" (the whole message)
Two languages at once, or only a refusal ("pas en français"), ask for none.
"""

from functools import cache
from importlib.resources import files

import regex
import yaml

from helpline.language.normalise import normalise

_CLAUSE = regex.compile(r"[.,;:!?\n،؛؟…()]+")
_LONGEST = 60  # words: a longer message is a question, whatever it mentions


def requested_language(text: str) -> str | None:
    """The language asked for, or None when the message asks for none or for several."""
    clauses = [clause for part in _CLAUSE.split(text) if (clause := normalise(part))]
    if not clauses or sum(len(clause.split()) for clause in clauses) > _LONGEST:
        return None
    request = _request()
    asked = {language for clause in clauses if (language := request.of_clause(clause))}
    if not asked and (language := request.of_message(clauses)):
        asked.add(language)
    return asked.pop() if len(asked) == 1 else None


class _Request:
    """The compiled expressions; built once, on the first call."""

    def __init__(self, data: dict[str, str], names: dict[str, str]) -> None:
        word = {key: _any_of(value) for key, value in data.items()}
        self._language = {name: language for language, listed in names.items() for name in normalise(listed).split()}
        listed = _any_of(" ".join(names.values()))
        name = rf"(?:{word['before']} )*(?:بال|ال|لل|ل|ب|bel|bil|bl|el|al|b|l)?(?P<name>{listed})"
        tail = rf"(?: (?:{word['polite']}|{word['gap']}|{word['before']}))*"
        head = rf"(?:(?:{word['polite']}|{word['address']}) )*"
        refused = rf"(?: {word['negated']} (?:{word['before']} )*(?:بال|ال|ب|bel|bl|el|al|b|l)?{listed})?"
        refusal = rf"(?:{word['negated']} (?:{word['before']} )*(?:بال|ال|ب|bel|bl|el|al|b|l)?{listed} )?"
        gap = rf"(?:{word['gap']} )*"
        self._alone = regex.compile(rf"{refusal}{head}{name}{tail}{refused}")
        self._order = regex.compile(rf"{head}{word['first']} {gap}{name}\b")
        self._order_anywhere = regex.compile(rf"(?<!\bvous )\b{word['anywhere']} {gap}{name}\b")
        self._wish = regex.compile(rf"{head}{word['wish']} (?:{word['topic']} )*{name}{tail}{refused}")
        self._better = regex.compile(rf"{head}{name} {word['better']}")
        self._polite = regex.compile(rf"\b{word['please']}")
        self._understanding = regex.compile(rf"\b{word['understanding']}")
        self._statement = regex.compile(rf"{head}{word['statement']} {gap}{name}{tail}")

    def of_clause(self, clause: str) -> str | None:
        found = (
            self._order.match(clause)
            or self._wish.fullmatch(clause)
            or self._better.match(clause)
            or self._order_anywhere.search(clause)
            or (self._polite.search(clause) and self._alone.fullmatch(clause))
        )  # fmt: skip
        return self._language[found["name"]] if found else None

    def of_message(self, clauses: list[str]) -> str | None:
        message = " ".join(clauses)
        found = self._alone.fullmatch(message) or self._statement.fullmatch(message)
        if found is None and self._understanding.search(message):  # "I do not understand, in Arabic"
            found = self._alone.fullmatch(clauses[-1])
        return self._language[found["name"]] if found else None


@cache
def _request() -> _Request:
    source = files("helpline.language") / "data" / "requests.yaml"
    data = yaml.safe_load(source.read_text(encoding="utf-8"))
    return _Request({key: value for key, value in data.items() if key != "names"}, data["names"])


def _any_of(words: str) -> str:
    """An expression for any of the words (longest first; a dot stands for a space)."""
    options = {normalise(word.replace(".", " ")) for word in words.split()}
    return "(?:" + "|".join(sorted(options, key=len, reverse=True)) + r")\b"
