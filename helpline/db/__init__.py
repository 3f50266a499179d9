"""Engine, sessions, migrations and the embedded PostgreSQL."""

from helpline.db.base import Base
from helpline.db.engine import Database

__all__ = ["Base", "Database"]
