"""What commands share: the settings with a database that answers."""

from __future__ import annotations

from helpline.settings import Settings
from helpline.stack.local import embedded_settings, postgres


def settings_with_database() -> Settings:
    """The settings; in the embedded mode its PostgreSQL is started and left running for who uses it."""
    settings = Settings()
    if settings.mode == "embedded" and not settings.database_url:
        return embedded_settings(settings, postgres(settings).start())
    return embedded_settings(settings)


def database_url() -> str:
    """The address of the database."""
    return settings_with_database().database_url
