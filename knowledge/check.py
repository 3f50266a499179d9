"""``helpline content check``: every rule over the files or over knowledge from the database, as one report."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from knowledge import files, loader
from knowledge.checks import RULES, Check
from knowledge.checks.translations import original_hash
from knowledge.errors import Problem, Severity
from knowledge.records import LANGUAGES, Knowledge


@dataclass(frozen=True, slots=True)
class ContentReport:
    """What the check found. ``coverage``: topic -> scope -> languages; ``counts``: how much there is of what."""

    problems: tuple[Problem, ...] = ()
    coverage: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What stops an import."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What someone should look at."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    def as_json(self) -> dict[str, Any]:
        """``{ok, counts, coverage, problems: [{file, line, severity, rule, message}]}``."""
        return {
            "ok": self.ok,
            "counts": self.counts,
            "coverage": {
                topic: {scope: list(langs) for scope, langs in row.items()} for topic, row in self.coverage.items()
            },
            "problems": [
                {
                    "file": problem.file,
                    "line": problem.line,
                    "severity": problem.severity.value,
                    "rule": problem.rule,
                    "message": problem.message,
                }
                for problem in self.problems
            ],
        }


def check_directory(root: Path = loader.SHIPPED, today: dt.date | None = None) -> ContentReport:
    """Check the files below ``root``; what cannot be read is among the problems, the rest is checked all the same."""
    return check_tree(loader.scan(root), today)


def check_knowledge(knowledge: Knowledge, today: dt.date | None = None) -> ContentReport:
    """Check knowledge from the database; files and lines are those that an export would have."""
    return check_tree(loader.scan_files(Path(), files.render(knowledge)), today)


def check_tree(tree: loader.Tree, today: dt.date | None = None) -> ContentReport:
    """Run every rule over what could be read of ``tree``."""
    topics, countries = _known()
    check = Check(tree, tree.knowledge, frozenset(topics), countries, today or dt.datetime.now(dt.UTC).date())
    for rule in RULES:
        rule(check)
    problems = tuple(sorted([*tree.problems, *check.problems]))
    return ContentReport(problems, _coverage(check.knowledge, topics), _counts(check.knowledge, topics, problems))


def fix_hashes(root: Path = loader.SHIPPED) -> list[str]:
    """Write the hash of its original into every translation; returns the files that changed.

    To be run once a translator has read the new original. Raises ContentErrors where a file cannot be read.
    """
    knowledge = loader.read(root)
    changed = []
    for text in knowledge.texts:
        article = knowledge.article(*text.article_id.split("/", 1))
        original = knowledge.text(text.article_id, article.original) if article else None
        if not original or text is original or text.original_hash == original_hash(original):
            continue
        fixed = text.model_copy(update={"original_hash": original_hash(original)})
        (root / files.text_file(text)).write_bytes(files.text_yaml(fixed).encode())
        changed.append(files.text_file(text))
    return changed


def _known() -> tuple[tuple[str, ...], frozenset[str]]:
    """Topic ids in their order, and the countries."""
    data = yaml.safe_load((resources.files("knowledge") / "topics.yaml").read_text("utf-8"))
    return tuple(topic["id"] for topic in data["topics"]), frozenset(
        country for group in data["countries"].values() for country in group
    )


def _coverage(knowledge: Knowledge, topics: tuple[str, ...]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Languages by topic and scope; a topic without an article has an empty row."""
    table: dict[str, dict[str, tuple[str, ...]]] = {topic: {} for topic in topics}
    for article in knowledge.articles:
        langs = tuple(lang for lang in LANGUAGES if knowledge.text(article.id, lang))
        table.setdefault(article.topic, {})[article.scope] = langs
    return table


def _counts(knowledge: Knowledge, topics: tuple[str, ...], problems: tuple[Problem, ...]) -> dict[str, int]:
    status = Counter(article.status for article in knowledge.articles)
    covered = {article.topic for article in knowledge.articles if article.scope == "regional"}
    return {
        "topics": len(topics),
        "topics_with_regional_article": len(covered & set(topics)),
        "articles": len(knowledge.articles),
        "published": status["published"],
        "draft": status["draft"],
        "withdrawn": status["withdrawn"],
        "starter": sum(article.review == "starter" for article in knowledge.articles),
        "texts": len(knowledge.texts),
        "organisations": len(knowledge.organisations),
        "facts": len(knowledge.facts),
        "questions": len(knowledge.questions),
        "errors": sum(problem.severity is Severity.ERROR for problem in problems),
        "warnings": sum(problem.severity is Severity.WARNING for problem in problems),
    }
