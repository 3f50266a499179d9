"""Example questions: known topics, the right file, and no question that teaches two different topics."""

from __future__ import annotations

from helpline.language.normalise import normalise
from knowledge.checks.base import Check
from knowledge.records import OUT_OF_SCOPE
from knowledge.yaml_lines import Location

Place = tuple[str, str, Location]  # topic, file, location


def questions(check: Check) -> None:
    """Topics, countries and files of the lines; duplicates within a topic and across topics."""
    seen: dict[str, Place] = {}
    for number, question in zip(check.tree.question_lines, check.knowledge.questions, strict=True):
        file, at = f"questions/{question.file}.jsonl", (number - 1,)
        for topic in question.topics:
            if topic not in check.topics:
                check.error("topic", file, at, f"topics: {topic} is not in topics.yaml")
        if question.file == OUT_OF_SCOPE and question.topics:
            check.error("topic", file, at, "topics: a message that is out of scope has none")
        if question.file != OUT_OF_SCOPE and question.topics[:1] != (question.file,):
            check.error("topic", file, at, f"topics: the first must be {question.file}, as the file is named")
        if question.country is not None and question.country not in check.countries:
            check.error("country", file, at, f"country: {question.country} is not a country of topics.yaml")
        _duplicate(check, seen, question.text, file, at, question.file)
    for text, file in check.texts():
        for index, words in enumerate(text.questions):
            topic = text.article_id.split("/")[0]
            _duplicate(check, seen, words, file, ("questions", index), topic, articles=True)


def _duplicate(
    check: Check,
    seen: dict[str, Place],
    words: str,
    file: str,
    at: Location,
    topic: str,
    articles: bool = False,
) -> None:
    """Report ``words`` where they stand twice; within one topic an article may repeat a line of its question file."""
    key = normalise(words)
    if not key:
        check.error("questions", file, at, f"{words}: a question without words")
        return
    place = (topic, file, at)
    other = seen.setdefault(key, place)
    if other is place:
        return
    where = f"{check.tree.shown(other[1])}:{check.tree.line(other[1], other[2])}"
    if other[0] != topic:
        check.warn("duplicate", file, at, f"“{words}” also stands under {other[0]} ({where})")
    elif not articles:
        check.warn("duplicate", file, at, f"“{words}” stands twice ({where})")
