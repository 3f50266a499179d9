"""What providers pass through that neither PostgreSQL nor UTF-8 takes."""

from __future__ import annotations


def clean(text: str) -> str:
    """``text`` without NUL, its surrogate pairs joined and lone surrogates replaced."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
