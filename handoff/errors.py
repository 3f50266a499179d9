"""What can go wrong with cases.

NotFound
└── NoOpenCase
"""

from __future__ import annotations

from helpline.errors import NotFound


class NoOpenCase(NotFound):
    """This conversation has no open case."""
