"""The processes that make a helpline."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from helpline.settings import ROOT, Settings

BOT = ROOT / "bot"
BOT_PYTHON = BOT / ".venv" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Part:
    """One process: how it starts, and where it says that it is well (empty: by being in the database).

    ``patience`` is its niceness: a webhook is acknowledged at once also while the machine is busy answering others.
    """

    name: str
    command: tuple[str, ...]
    directory: Path
    health: str = ""
    patience: int = 0


def parts(settings: Settings) -> tuple[Part, ...]:
    """Every process but the database, in the order of starting."""
    own = (sys.executable, "-m")
    return (
        Part("actions", (*own, "helpline.stack.actions"), ROOT, f"{settings.actions_address}/health", 5),
        Part(
            "rasa",
            (
                str(BOT_PYTHON),
                "serve.py",
                "--model",
                str(model_file(settings)),
                "--host",
                settings.rasa_host,
                "--port",
                str(settings.rasa_port),
            ),
            BOT,
            f"{settings.rasa_address}/health",
            5,
        ),
        Part("worker", (*own, "helpline.stack.worker"), ROOT, patience=5),
        Part(
            "public",
            (*own, "helpline.stack.public"),
            ROOT,
            f"http://{settings.public_host}:{settings.public_port}/health",
        ),
        Part(
            "staff", (*own, "helpline.stack.staff"), ROOT, f"http://{settings.staff_host}:{settings.staff_port}/health"
        ),
    )


def model_file(settings: Settings) -> Path:
    """The trained bot."""
    return (settings.model_dir or settings.data_dir / "models") / "helpline.tar.gz"
