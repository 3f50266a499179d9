"""The embedded mode's own settings: secrets made once, the database's address, free ports where asked for."""

from __future__ import annotations

import json
import os
import secrets
import socket
from pathlib import Path

from cryptography.fernet import Fernet

from helpline.db.embedded import EmbeddedPostgres
from helpline.errors import ConfigurationError
from helpline.settings import Settings

PORTS = ("public_port", "staff_port", "rasa_port", "actions_port")


def embedded_settings(settings: Settings, database_url: str = "") -> Settings:
    """``settings`` with the embedded mode's secrets (made on first use, readable by the owner only) and database."""
    if settings.mode != "embedded":
        return settings
    made = _secrets(settings.data_dir)
    changes: dict[str, object] = {}
    if not settings.encryption_keys:
        changes["encryption_keys"] = made["encryption_keys"]
    if not settings.index_key.get_secret_value():
        changes["index_key"] = made["index_key"]
    if not settings.rasa_token.get_secret_value():
        changes["rasa_token"] = made["rasa_token"]
    if database_url:
        changes["database_url"] = database_url
    return with_values(settings, changes)


def with_values(settings: Settings, changes: dict[str, object]) -> Settings:
    """A copy of ``settings`` with other values, validated like the first."""
    values = settings.model_dump()
    return Settings(**(values | changes))


def _secrets(directory: Path) -> dict[str, str]:
    file = directory / "secrets.json"
    if not file.exists():
        try:
            directory.mkdir(parents=True, exist_ok=True)
            made = {
                "encryption_keys": Fernet.generate_key().decode(),
                "index_key": secrets.token_urlsafe(32),
                "rasa_token": secrets.token_urlsafe(24),
            }
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as handle:
                json.dump(made, handle, indent=1)
        except FileExistsError:
            pass  # another process was quicker
        except OSError as error:
            raise ConfigurationError(
                f"{directory} cannot be written ({error.strerror}): free the disk or set HELPLINE_DATA_DIR."
            ) from error
    value: dict[str, str] = json.loads(file.read_text())
    return value


def postgres(settings: Settings) -> EmbeddedPostgres:
    """The embedded server of these settings."""
    return EmbeddedPostgres(settings.data_dir / "postgres")


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_taken(host: str, port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
        return False


def with_free_ports(settings: Settings) -> Settings:
    """``settings`` on ports that nobody uses, for a helpline beside another one."""
    return with_values(settings, {name: free_port() for name in PORTS})


def environment(settings: Settings) -> dict[str, str]:
    """The environment by which a child process gets exactly these settings."""
    made = dict(os.environ)
    for name in Settings.model_fields:
        value = getattr(settings, name)
        variable = f"HELPLINE_{name.upper()}"
        if name == "encryption_keys":
            made[variable] = ",".join(key.get_secret_value() for key in value)
        elif hasattr(value, "get_secret_value"):
            made[variable] = value.get_secret_value()
        elif value is not None:
            made[variable] = str(value)
    made["DATABASE_URL"] = settings.database_url
    made["HELPLINE_ACTIONS_ADDRESS"] = settings.actions_address
    made.setdefault("SANIC_WORKERS", "1")
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        made.setdefault(threads, "1")
    return made
