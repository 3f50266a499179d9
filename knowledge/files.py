"""The knowledge as files in one canonical form: the same records always give the same bytes.

Keys stand in the order of docs/content.md; long texts are folded blocks, other texts double-quoted; UTF-8, ``\\n``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

import regex

from knowledge.records import Article, ArticleText, Fact, Knowledge, Localised, Organisation, Question

WIDTH = 118
_BARE = regex.compile(r"[a-z][a-z0-9-]*")
_RESERVED = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
# Valid in JSON as they are, but YAML ends a line at them or refuses them.
_ESCAPED = regex.compile("[\x7f-\xa0\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


def article_file(article: Article) -> str:
    """Where an article stands, below the root."""
    return f"content/{article.id}/article.yaml"


def text_file(text: ArticleText) -> str:
    """Where a text stands."""
    return f"content/{text.article_id}/{text.lang}.yaml"


def render(knowledge: Knowledge) -> dict[str, bytes]:
    """Every file, by its path below the root, in the order of the paths."""
    files: dict[str, str] = {article_file(article): article_yaml(article) for article in knowledge.articles}
    files.update((text_file(text), text_yaml(text)) for text in knowledge.texts)
    for scope in {one.scope for one in knowledge.organisations} | {one.scope for one in knowledge.facts}:
        organisations = [record for record in knowledge.organisations if record.scope == scope]
        facts = [record for record in knowledge.facts if record.scope == scope]
        files[f"directory/{scope}.yaml"] = directory_yaml(organisations, facts)
    questions: dict[str, list[Question]] = {}
    for question in knowledge.questions:
        questions.setdefault(question.file, []).append(question)
    files.update((f"questions/{stem}.jsonl", "".join(map(question_line, lines))) for stem, lines in questions.items())
    return {path: files[path].encode() for path in sorted(files)}


def content_hash(files: Mapping[str, bytes]) -> str:
    """64 hex digits that change when a file of :func:`render` does."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode())
        digest.update(files[path])
    return digest.hexdigest()


def write(knowledge: Knowledge, root: Path) -> list[str]:
    """Write the tree below ``root``, files that are gone removed; returns the paths that were written or removed."""
    files = render(knowledge)
    changed = []
    for path, data in files.items():
        target = root / path
        if not target.is_file() or target.read_bytes() != data:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            changed.append(path)
    for pattern in ("content/*/*/*.yaml", "directory/*.yaml", "questions/*.jsonl"):
        for old in sorted(root.glob(pattern)):
            if (path := old.relative_to(root).as_posix()) not in files:
                old.unlink()
                changed.append(path)
    return changed


def article_yaml(article: Article) -> str:
    """``article.yaml``."""
    lines = [
        f"topic: {_word(article.topic)}",
        f"scope: {_word(article.scope)}",
        f"status: {article.status}",
        f"review: {article.review}",
        f"reviewed: {article.reviewed.isoformat()}",
        f"review_by: {article.review_by.isoformat()}",
        f"original: {article.original}",
        f"ask_country: {_bool(article.ask_country)}",
        f"always_person: {_bool(article.always_person)}",
        f"contacts: {_flow(article.contacts)}",
        f"facts: {_flow(article.facts)}",
        *_list("sources", bool(article.sources)),
    ]
    for source in article.sources:
        lines += ["  - cite:", *(f"      {lang}: {_quoted(source.cite.get(lang))}" for lang in ("fr", "ar", "en"))]
        lines += [f"    level: {source.level}", f"    link: {_text(source.link)}"]
    return _joined(lines)


def text_yaml(text: ArticleText) -> str:
    """``fr.yaml``, ``ar.yaml`` or ``en.yaml``."""
    lines = [f"title: {_quoted(text.title)}", *_folded("answer", text.answer)]
    lines += [*_list("steps", bool(text.steps)), *(f"  - {_quoted(step)}" for step in text.steps)]
    lines += _folded("watch", text.watch) if text.watch is not None else ["watch: null"]
    lines += _folded("short", text.short)
    lines += [*_list("questions", bool(text.questions)), *(f"  - {_quoted(question)}" for question in text.questions)]
    if text.original_hash is not None:
        lines.append(f"original_hash: {_quoted(text.original_hash)}")
    return _joined(lines)


def directory_yaml(organisations: Iterable[Organisation], facts: Iterable[Fact]) -> str:
    """One file of the directory."""
    lines = []
    for one in organisations:
        lines += [
            f"  - id: {_word(one.id)}",
            f"    country: {'null' if one.country is None else _word(one.country)}",
            f"    city: {_text(one.city)}",
            f"    kind: {one.kind}",
            f"    name: {_localised(one.name)}",
            f"    for: {_localised(one.purpose)}",
            f"    languages: {_flow(one.languages)}",
            f"    hours: {_localised(one.hours)}",
            *_list("    phones", bool(one.phones)),
            *(f"      - {{number: {_quoted(phone.number)}, label: {_localised(phone.label)}}}" for phone in one.phones),
            f"    link: {_text(one.link)}",
            f"    address: {_text(one.address)}",
            *_evidence(one.source, one.level, one.checked),
        ]
    lines[:0] = _list("organisations", bool(lines))
    entries = []
    for fact in facts:
        entries += [f"  - id: {_word(fact.id)}", f"    text: {_localised(fact.text)}"]
        entries += [*_evidence(fact.source, fact.level, fact.checked), f"    review_by: {fact.review_by.isoformat()}"]
    return _joined([*lines, *_list("facts", bool(entries)), *entries])


def question_line(question: Question) -> str:
    """One line of a ``.jsonl`` file."""
    data = {"lang": question.lang, "text": question.text, "topics": list(question.topics), "country": question.country}
    return json.dumps(data, ensure_ascii=False) + "\n"


def _evidence(source: str, level: str, checked: dt.date) -> list[str]:
    return [f"    source: {_quoted(source)}", f"    level: {level}", f"    checked: {checked.isoformat()}"]


def _folded(key: str, value: str) -> list[str]:
    """A folded block: lines break at single spaces only, so that reading joins them as they were."""
    if "  " in value or _ESCAPED.search(value) or any(not char.isprintable() for char in value):
        return [f"{key}: {_quoted(value)}"]
    width = WIDTH - 2
    wrapped = textwrap.wrap(value, width, break_long_words=False, break_on_hyphens=False, drop_whitespace=True)
    return [f"{key}: >-", *(f"  {line}" for line in wrapped)]


def _quoted(value: str) -> str:
    return _ESCAPED.sub(lambda match: f"\\u{ord(match.group()):04x}", json.dumps(value, ensure_ascii=False))


def _text(value: str | None) -> str:
    return "null" if value is None else _quoted(value)


def _word(value: str) -> str:
    """An id or a country, bare where YAML reads it as text."""
    plain = _BARE.fullmatch(value) or (len(value) == 2 and value.isascii() and value.isalpha())
    return value if plain and value.lower() not in _RESERVED else _quoted(value)


def _flow(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_word, values))}]"


def _list(key: str, filled: bool) -> list[str]:
    return [f"{key}:" if filled else f"{key}: []"]


def _localised(value: Localised | None) -> str:
    if value is None:
        return "null"
    return "{" + ", ".join(f"{lang}: {_quoted(value.get(lang))}" for lang in ("fr", "ar", "en")) + "}"


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
