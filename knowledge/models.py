"""Tables: the published knowledge. Columns are what queries need; ``data`` is the whole record as its file has it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from helpline.db.base import Base, utcnow


class ArticleRow(Base):
    """An article: one topic, one scope. ``id`` is ``<topic>/<scope>``."""

    __tablename__ = "articles"

    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    topic: Mapped[str] = mapped_column(String(32), index=True)
    scope: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(12))
    review: Mapped[str] = mapped_column(String(12))
    review_by: Mapped[dt.date]
    data: Mapped[dict[str, object]] = mapped_column(JSONB)


class ArticleTextRow(Base):
    """The text of an article in one language."""

    __tablename__ = "article_texts"

    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    lang: Mapped[str] = mapped_column(String(2), primary_key=True)
    data: Mapped[dict[str, object]] = mapped_column(JSONB)


class OrganisationRow(Base):
    """A directory entry. ``position`` keeps the order of its file."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    scope: Mapped[str] = mapped_column(String(8), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    position: Mapped[int] = mapped_column(Integer)
    data: Mapped[dict[str, object]] = mapped_column(JSONB)


class FactRow(Base):
    """A fact that changes: a wage, a rate, a date."""

    __tablename__ = "facts"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    scope: Mapped[str] = mapped_column(String(8))
    position: Mapped[int] = mapped_column(Integer)
    data: Mapped[dict[str, object]] = mapped_column(JSONB)


class QuestionRow(Base):
    """An example question: how people ask. ``file`` is its file's stem (a topic id or ``out-of-scope``)."""

    __tablename__ = "questions"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    file: Mapped[str] = mapped_column(String(32), index=True)
    position: Mapped[int] = mapped_column(Integer)
    lang: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(JSONB)
    country: Mapped[str | None] = mapped_column(String(2))


class KnowledgeVersion(Base):
    """One row: raised with every change, so that every process knows when to read again."""

    __tablename__ = "knowledge_version"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    content_hash: Mapped[str | None] = mapped_column(String(64))
    changed_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class IndexRow(Base):
    """A trained topic model, named by what it was trained on, so that every process reads the same one."""

    __tablename__ = "knowledge_indexes"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    # Indexes of one family can stand in for one another while the next one is built.
    family: Mapped[str] = mapped_column(String(64), index=True, server_default="")
    data: Mapped[bytes]
    head: Mapped[bytes | None]
    built_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class VectorRow(Base):
    """A sentence vector, named by embedder and text: example questions only, never what a person wrote."""

    __tablename__ = "knowledge_vectors"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes]
