"""The small adapters by which one domain is handed to another."""

from __future__ import annotations

from channels.services import Danger, Numbers, Place
from knowledge.gazetteer import Gazetteer
from knowledge.records import Organisation
from knowledge.urgent import UrgentDetector, numbers


class GazetteerPlaces:
    """knowledge.gazetteer as channels.services.Places."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def find(self, text: str) -> Place | None:
        """The country that ``text`` is about."""
        guess = self._gazetteer.country(text)
        return Place(guess.country, guess.confidence) if guess else None


class UrgentDangers:
    """knowledge.urgent as channels.services.DangerDetector; the directory is read when the process starts."""

    def __init__(self, detector: UrgentDetector, organisations: tuple[Organisation, ...]) -> None:
        self._detector = detector
        self.organisations = organisations

    def detect(self, text: str) -> Danger | None:
        """The danger in ``text``."""
        found = self._detector.detect(text)
        return Danger(found.id, found.why, found.topic) if found else None

    def numbers(self, country: str | None, lang: str, danger: str) -> Numbers:
        """Whom to call."""
        given = numbers(self.organisations, country, lang, danger)
        return Numbers(given.text, given.short)
