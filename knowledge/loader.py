"""The knowledge files, read strictly: every problem is found in one go and carries its file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from knowledge.errors import ContentErrors, Problem, Severity
from knowledge.records import LANGUAGES, Article, ArticleText, Fact, Knowledge, Organisation, Question, Record
from knowledge.yaml_lines import Document, Location, parse

SHIPPED = Path(__file__).resolve().parent
FOLDERS = ("content", "directory", "questions")

R = TypeVar("R", bound=Record)

_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a key of this file",
    "string_type": "must be text (put it in quotes)",
    "bool_type": "must be true or false",
    "date_type": "must be a date such as 2026-11-23, without quotes",
    "tuple_type": "must be a list",
    "model_type": "must hold keys and values",
    "model_attributes_type": "must hold keys and values",
    "string_too_short": "must not be empty",
}
_PATTERNS = {
    r"^\S(.*\S)?$": "must be one line of text, not empty, without spaces around it",
    r"^[A-Z]{2}$": "must be a country code such as MA",
    r"^(regional|[A-Z]{2})$": "must be regional or a country code such as MA",
    r"^\+?[0-9]{2,15}$": "must be digits only, with + before a country code",
}


@dataclass(slots=True)
class Tree:
    """What a directory holds: the readable part as ``knowledge``, the rest as ``problems``.

    ``documents`` know the lines of each file, ``places`` where ``organisation:<id>`` and ``fact:<id>`` stand, and
    ``question_lines`` the line of each of ``questions``.
    """

    root: Path
    articles: list[Article] = field(default_factory=list)
    texts: list[ArticleText] = field(default_factory=list)
    organisations: list[Organisation] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    places: dict[str, tuple[str, Location]] = field(default_factory=dict)
    question_lines: list[int] = field(default_factory=list)
    _prefix: str | None = None

    @property
    def knowledge(self) -> Knowledge:
        """Everything that could be read."""
        return Knowledge(
            articles=tuple(self.articles),
            texts=tuple(self.texts),
            organisations=tuple(self.organisations),
            facts=tuple(self.facts),
            questions=tuple(self.questions),
        )

    def shown(self, file: str) -> str:
        """``file`` (relative to the root) as the person who runs the command can open it."""
        if self._prefix is None:
            root, here = self.root, Path.cwd()
            self._prefix = (root.relative_to(here) if root.is_relative_to(here) else root).as_posix()
        return file if self._prefix == "." else f"{self._prefix}/{file}"

    def line(self, file: str, location: Location = ()) -> int:
        """The line of ``location`` in ``file``; 1 where the file is not known."""
        document = self.documents.get(file)
        return document.line(location) if document else 1

    def add(self, file: str, line: int, message: str) -> None:
        """Note an error."""
        self.problems.append(Problem(self.shown(file), line, Severity.ERROR, message))

    def record(self, kind: type[R], data: Any, file: str, at: Location = (), /, **place: str) -> R | None:
        """``data`` as a record; ``place`` holds the attributes that its place says and the file may not."""
        if isinstance(data, dict) and (given := [key for key in place if key in data]):
            self.add(file, self.line(file, (*at, given[0])), f"{given[0]}: is not a key of this file")
            return None
        try:
            return kind.model_validate({**data, **place} if isinstance(data, dict) else data)
        except ValidationError as error:
            for item in error.errors():
                location = (*at, *item["loc"])
                self.add(file, self.line(file, location), _message(location[len(at) :], item))
            return None


def read(root: Path) -> Knowledge:
    """The knowledge below ``root``; raises ContentErrors with every problem."""
    tree = scan(root)
    if tree.problems:
        raise ContentErrors(tree.problems)
    return tree.knowledge


def scan(root: Path) -> Tree:
    """Read ``content``, ``directory`` and ``questions`` below ``root``; what is wrong stands in ``problems``."""
    root = root.resolve()
    missing = [folder for folder in FOLDERS if not (root / folder).is_dir()]
    paths = [path for folder in FOLDERS for path in _files(root / folder)]
    tree = scan_files(root, {path.relative_to(root).as_posix(): path.read_bytes() for path in paths})
    for folder in missing:
        tree.add(folder, 1, "this folder is missing")
    return tree


def scan_files(root: Path, files: Mapping[str, bytes]) -> Tree:
    """:func:`scan` for files in memory, by their path below ``root``, as :func:`knowledge.files.render` gives them."""
    tree = Tree(root)
    for file, data in files.items():
        try:
            _read_file(tree, file, data.decode("utf-8"))
        except UnicodeDecodeError as error:
            tree.add(file, data.count(b"\n", 0, error.start) + 1, "not UTF-8")
    _orphans(tree)
    _duplicates(tree)
    tree.problems.sort()
    return tree


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith((".", "__")) for part in path.relative_to(folder).parts):
            yield path


def _read_file(tree: Tree, file: str, text: str) -> None:
    """One file, by its place."""
    match file.split("/"):
        case ["questions", name] if name.endswith(".jsonl"):
            _read_questions(tree, file, text)
        case ["directory", name] if name.endswith(".yaml"):
            if _parse(tree, file, text):
                _read_directory(tree, file)
        case ["content", topic, scope, "article.yaml"]:
            if _parse(tree, file, text) and (article := tree.record(Article, tree.documents[file].value, file)):
                tree.articles.append(article)
                for key, said, placed in (("topic", article.topic, topic), ("scope", article.scope, scope)):
                    if said != placed:
                        tree.add(file, tree.line(file, (key,)), f"{key}: says {said}, but the folder is {placed}")
        case ["content", topic, scope, name] if name in {f"{lang}.yaml" for lang in LANGUAGES}:
            if _parse(tree, file, text):
                place = {"article_id": f"{topic}/{scope}", "lang": name.removesuffix(".yaml")}
                if record := tree.record(ArticleText, tree.documents[file].value, file, **place):
                    tree.texts.append(record)
        case _:
            tree.add(file, 1, "no file of this name belongs here (docs/content.md)")


def _parse(tree: Tree, file: str, text: str) -> bool:
    document = tree.documents[file] = parse(text)
    for line, message in document.problems:
        tree.add(file, line, message)
    return not document.problems


def _read_directory(tree: Tree, file: str) -> None:
    value, scope = tree.documents[file].value, file.removeprefix("directory/").removesuffix(".yaml")
    if not isinstance(value, dict) or set(value) != {"organisations", "facts"}:
        tree.add(file, 1, "must hold exactly the keys organisations and facts")
        return
    for key in ("organisations", "facts"):
        if not isinstance(value[key], tuple):
            tree.add(file, tree.line(file, (key,)), f"{key}: must be a list")
            continue
        for index, item in enumerate(value[key]):
            if key == "organisations":
                if organisation := tree.record(Organisation, item, file, (key, index), scope=scope):
                    tree.organisations.append(organisation)
                    tree.places.setdefault(f"organisation:{organisation.id}", (file, (key, index)))
            elif fact := tree.record(Fact, item, file, (key, index), scope=scope):
                tree.facts.append(fact)
                tree.places.setdefault(f"fact:{fact.id}", (file, (key, index)))


def _read_questions(tree: Tree, file: str, text: str) -> None:
    stem = file.removeprefix("questions/").removesuffix(".jsonl")
    lines = text.split("\n")
    document = tree.documents[file] = Document()
    for number, line in enumerate(lines[:-1] if not lines[-1] else lines, start=1):
        document.lines[(number - 1,)] = number
        try:
            data = json.loads(line, object_pairs_hook=_no_duplicates)
        except ValueError as error:
            tree.add(file, number, f"not a JSON object on one line: {getattr(error, 'msg', error)}")
            continue
        if isinstance(data, dict) and isinstance(data.get("topics"), list):
            data["topics"] = tuple(data["topics"])
        if question := tree.record(Question, data, file, (number - 1,), file=stem):
            tree.questions.append(question)
            tree.question_lines.append(number)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is written twice")
    return result


def _orphans(tree: Tree) -> None:
    """A text without its article.yaml."""
    for folder in sorted({file.rsplit("/", 1)[0] for file in tree.documents if file.startswith("content/")}):
        if f"{folder}/article.yaml" not in tree.documents:
            tree.add(f"{folder}/article.yaml", 1, "this file is missing")


def _duplicates(tree: Tree) -> None:
    """An id that two directory entries or two facts claim."""
    for key in ("organisations", "facts"):
        first: dict[str, str] = {}
        for file, document in tree.documents.items():
            if not file.startswith("directory/") or not isinstance(document.value, dict):
                continue
            for index, item in enumerate(document.value.get(key) or ()):
                name = item.get("id") if isinstance(item, dict) else None
                if not isinstance(name, str):
                    continue
                line = document.line((key, index, "id"))
                if name in first:
                    tree.add(file, line, f"id: {name} is already used in {first[name]}")
                else:
                    first[name] = f"{tree.shown(file)}:{line}"


def _message(location: Location, item: Any) -> str:
    """What pydantic found, in words an editor understands."""
    kind, context = item["type"], item.get("ctx", {})
    if kind == "literal_error":
        said = f"must be one of {context['expected'].replace(' or ', ', ').replace(chr(39), '')}, not {item['input']}"
    elif kind == "string_pattern_mismatch":
        said = _PATTERNS.get(context["pattern"], "must be lower-case words joined by hyphens")
    else:
        said = _MESSAGES.get(kind, item["msg"])
    name = ".".join(str(part) for part in location)
    return f"{name}: {said}" if name else said
