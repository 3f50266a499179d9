"""What came back for one message, in the form of ``helpline ask --json``."""

from __future__ import annotations

from typing import Any

from helpline.stack.simulator import Said

OUTCOMES = ("answer", "human", "out_of_scope", "smalltalk", "optout", "delete_data", "change_language", "clarify")


def as_result(said: Said) -> dict[str, Any]:
    """Replies as sent and what was understood; keys as in the design, labelled messages."""
    understood = said.understood
    return {
        "replies": said.replies,
        "choices": said.options,
        "lang": understood.get("lang"),
        "variety": understood.get("variety"),
        "topic": understood.get("topic"),
        "article": understood.get("article"),
        "country": understood.get("country"),
        "confidence": understood.get("confidence"),
        "outcome": understood.get("outcome"),
        "options": understood.get("options", []),
        "asks": understood.get("asks"),
        "urgent": understood.get("urgent"),
        "urgent_why": understood.get("urgent_why"),
        "handoff": bool(understood.get("handoff")),
        "closed": bool(understood.get("closed")),
        "segments": said.segments,
        "latency_ms": said.latency_ms,
    }
