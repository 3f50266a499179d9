"""The bot's own tests run in the bot's own environment: `cd bot && .venv/bin/python -m pytest tests`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

BOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BOT))
sys.path.insert(0, str(BOT / "scripts"))

import lean  # noqa: E402
import quiet  # noqa: E402

quiet.prepare()
lean.install()

import pytest  # noqa: E402


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained model: HELPLINE_BOT_MODEL, or one trained here (a minute)."""
    given = os.environ.get("HELPLINE_BOT_MODEL")
    if given:
        return Path(given)
    import train

    return train.train(tmp_path_factory.mktemp("model"))


@pytest.fixture
def database_url() -> str:
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        pytest.skip("TEST_DATABASE_URL is not set: no PostgreSQL for the tracker store")
    return url
