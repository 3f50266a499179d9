"""The declarative base and the column types that all tables share."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import DateTime, LargeBinary, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table; ``bytes`` columns named ``*_enc`` hold ciphertext of helpline.privacy.Cipher."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it as a class attribute)
        dt.datetime: DateTime(timezone=True),
        bytes: LargeBinary,
        dict: JSONB,
        list: JSONB,
    }


def utcnow() -> dt.datetime:
    """The time now, in UTC, with its zone."""
    return dt.datetime.now(dt.UTC)
