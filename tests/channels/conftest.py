"""The desk: see ``tests/channels/desk.py``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from helpline.db import Database
from helpline.privacy import Cipher
from tests.channels.desk import Desk

MakeDesk = Callable[..., Desk]


@pytest.fixture
async def make_desk(database: Database, cipher: Cipher) -> AsyncIterator[MakeDesk]:
    """Makes a desk with settings of its own, one worker running; ``running=False`` leaves the worker out."""
    made: list[Desk] = []

    def make(*, running: bool = True, **settings: Any) -> Desk:
        desk = Desk(database, cipher, **settings)
        if running:
            desk.start()
        made.append(desk)
        return desk

    yield make
    for desk in made:
        await desk.stop()


@pytest.fixture
async def desk(make_desk: MakeDesk) -> Desk:
    """A desk with one worker."""
    return make_desk()
