"""Prometheus metrics: counts and times by channel, outcome and status; never by person (docs/metrics.md)."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, start_http_server

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The metrics of one process; made by its composition root."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter("helpline_webhooks", "Webhooks taken.", ["channel", "result"], registry=self.registry)
        self.refused = Counter(
            "helpline_webhooks_refused", "Webhooks refused.", ["channel", "reason"], registry=self.registry
        )
        self.turns = Counter(
            "helpline_turns", "Messages handled.", ["channel", "lang", "outcome"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "helpline_turn_seconds",
            "Seconds to handle one message, waiting not counted.",
            ["channel"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.sends = Counter(
            "helpline_sends", "Messages handed to a provider.", ["channel", "result"], registry=self.registry
        )
        self.segments = Counter("helpline_sms_segments", "SMS segments sent.", registry=self.registry)
        self.bot_away = Counter(
            "helpline_bot_away",
            "Turns that had to wait because Rasa or the action server was away.",
            registry=self.registry,
        )

    def serve(self, host: str, port: int) -> None:
        """Serve them at ``http://host:port/metrics`` from a thread of its own; port 0: not at all."""
        if port:
            start_http_server(port, addr=host, registry=self.registry)

    def text(self) -> bytes:
        """All of them in Prometheus's text format."""
        return generate_latest(self.registry)
