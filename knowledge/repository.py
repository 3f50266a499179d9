"""All queries of the knowledge tables, and the import of a whole knowledge base."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from helpline.db.base import utcnow
from knowledge import files
from knowledge.models import ArticleRow, ArticleTextRow, FactRow, KnowledgeVersion, OrganisationRow, QuestionRow
from knowledge.records import Article, ArticleText, Fact, Knowledge, Organisation, Question, Record, Variety

CHANNEL = "knowledge_changed"

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Diff:
    """What an import changes.

    Ids such as ``unpaid-wages/MA``, ``unpaid-wages/MA/fr``, ``organisation:…``, ``fact:…``, ``questions:<file>``,
    ``directory:order``. ``version`` is the version after it; ``applied`` is False for a dry run and
    where nothing changed.
    """

    version: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    applied: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


async def version(session: AsyncSession) -> int:
    """The version of the published knowledge; 0 before the first import."""
    return await session.scalar(select(KnowledgeVersion.version).where(KnowledgeVersion.id == 1)) or 0


async def replace_all(
    session: AsyncSession, knowledge: Knowledge, *, dry_run: bool = False, unless_imported: bool = False
) -> Diff:
    """Make the database hold exactly ``knowledge``, in the caller's transaction; imports wait for each other.

    ``dry_run`` only says what would change. ``unless_imported`` returns at once where these very files were the last
    import, and so leaves later edits alone.
    """
    digest = files.content_hash(files.render(knowledge))
    if not dry_run:
        await _lock(session)
    now = await version(session)
    if unless_imported and digest == await session.scalar(select(KnowledgeVersion.content_hash)):
        return Diff(now)
    diff = _compare(await load(session), knowledge, now)
    if dry_run:
        return diff
    if not diff:
        await session.execute(_version_row(now, digest))
        return diff
    for table in (ArticleTextRow, ArticleRow, OrganisationRow, FactRow, QuestionRow):
        await session.execute(delete(table))
    for table, rows in _rows(knowledge):
        if rows:
            await session.execute(insert(table), rows)
    raised = await bump(session, content_hash=digest)
    return Diff(raised, diff.added, diff.changed, diff.removed, applied=True)


async def bump(session: AsyncSession, *, content_hash: str | None = None) -> int:
    """Raise the version and tell every process once the transaction commits; every change of knowledge calls this.

    ``content_hash`` is that of the imported files; an edit leaves it out, so that the last import stays known.
    """
    await _lock(session)
    raised = await version(session) + 1
    await session.execute(_version_row(raised, content_hash))
    await session.execute(select(func.pg_notify(CHANNEL, str(raised))))
    return raised


async def load(session: AsyncSession) -> Knowledge:
    """Everything that the database holds, drafts and withdrawn articles too."""
    articles = (await session.scalars(select(ArticleRow.data))).all()
    texts = await session.execute(select(ArticleTextRow.article_id, ArticleTextRow.lang, ArticleTextRow.data))
    organisations = await session.execute(
        select(OrganisationRow.scope, OrganisationRow.data).order_by(OrganisationRow.scope, OrganisationRow.position)
    )
    facts = await session.execute(select(FactRow.scope, FactRow.data).order_by(FactRow.scope, FactRow.position))
    questions = await session.execute(
        select(QuestionRow.file, QuestionRow.lang, QuestionRow.text, QuestionRow.topics, QuestionRow.country).order_by(
            QuestionRow.file, QuestionRow.position
        )
    )
    return Knowledge(
        articles=tuple(_record(Article, data) for data in articles),
        texts=tuple(_record(ArticleText, data, article_id=key, lang=lang) for key, lang, data in texts),
        organisations=tuple(_record(Organisation, data, scope=scope) for scope, data in organisations),
        facts=tuple(_record(Fact, data, scope=scope) for scope, data in facts),
        questions=tuple(
            Question.model_construct(
                file=file, lang=cast(Variety, lang), text=said, topics=tuple(topics), country=country
            )
            for file, lang, said, topics, country in questions
        ),
    )


async def _lock(session: AsyncSession) -> None:
    """One writer at a time, also before the row of the version exists."""
    await session.execute(text("select pg_advisory_xact_lock(hashtext('knowledge_version'))"))


def _version_row(number: int, content_hash: str | None) -> Any:
    values: dict[str, Any] = {"version": number, "changed_at": utcnow()}
    if content_hash is not None:
        values["content_hash"] = content_hash
    return upsert(KnowledgeVersion).values(id=1, **values).on_conflict_do_update(index_elements=["id"], set_=values)


def _rows(knowledge: Knowledge) -> Iterator[tuple[type[Any], list[dict[str, Any]]]]:
    yield (
        ArticleRow,
        [
            {
                "id": article.id,
                "topic": article.topic,
                "scope": article.scope,
                "status": article.status,
                "review": article.review,
                "review_by": article.review_by,
                "data": _data(article),
            }
            for article in knowledge.articles
        ],
    )
    yield (
        ArticleTextRow,
        [{"article_id": one.article_id, "lang": one.lang, "data": _data(one)} for one in knowledge.texts],
    )
    yield (
        OrganisationRow,
        [
            {"id": one.id, "scope": one.scope, "kind": one.kind, "position": position, "data": _data(one)}
            for position, one in enumerate(knowledge.organisations)
        ],
    )
    yield (
        FactRow,
        [
            {"id": one.id, "scope": one.scope, "position": position, "data": _data(one)}
            for position, one in enumerate(knowledge.facts)
        ],
    )
    yield (
        QuestionRow,
        [
            {
                "file": one.file,
                "position": position,
                "lang": one.lang,
                "text": one.text,
                "topics": list(one.topics),
                "country": one.country,
            }
            for position, one in enumerate(knowledge.questions)
        ],
    )


def _data(record: Record) -> dict[str, Any]:
    return record.model_dump(mode="json", by_alias=True)


def _record(kind: type[R], data: dict[str, Any], **place: str) -> R:
    return kind.model_validate({**data, **place}, strict=False)


def _compare(old: Knowledge, new: Knowledge, now: int) -> Diff:
    before, after = _fingerprints(old), _fingerprints(new)
    both = after.keys() & before.keys()
    changed = [key for key in both if after[key] != before[key]]
    if any(_order(old, both, kind) != _order(new, both, kind) for kind in ("organisation", "fact")):
        changed.append("directory:order")
    return Diff(
        now,
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(changed)),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def _order(knowledge: Knowledge, among: AbstractSet[str], kind: str) -> list[str]:
    """The order of the directory, which an export writes and a worker sees."""
    records: Sequence[Organisation | Fact] = knowledge.organisations if kind == "organisation" else knowledge.facts
    ordered = sorted(records, key=lambda record: record.scope)
    return [record.id for record in ordered if f"{kind}:{record.id}" in among]


def _fingerprints(knowledge: Knowledge) -> dict[str, object]:
    """Id to what is compared."""
    prints: dict[str, object] = {article.id: article for article in knowledge.articles}
    prints.update((f"{one.article_id}/{one.lang}", one) for one in knowledge.texts)
    prints.update((f"organisation:{one.id}", (one.scope, one)) for one in knowledge.organisations)
    prints.update((f"fact:{one.id}", (one.scope, one)) for one in knowledge.facts)
    lines: dict[str, list[str]] = {}
    for question in knowledge.questions:
        lines.setdefault(f"questions:{question.file}", []).append(json.dumps(_data(question)))
    prints.update(lines)
    return prints
