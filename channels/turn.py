"""One message while it is handled: the rows, what was read, and what is understood so far."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from channels.models import Contact, Conversation, Inbound
from channels.ports import Kind, Understood
from channels.repository import Repository
from channels.services import Places
from channels.wording import Wording
from helpline.db.base import utcnow
from helpline.language import LanguageDetector
from helpline.privacy import Cipher

# Longer messages are read up to here by the detectors and by Rasa; the whole text stays stored for a person.
READ_CHARACTERS = 1500
SURE_LANGUAGE = 0.5
SURE_COUNTRY = 0.3


@dataclass(slots=True)
class Turn:
    """A message while it is handled: the rows, the text as read, and what is understood so far."""

    session: AsyncSession
    repository: Repository
    conversation: Conversation
    contact: Contact
    inbound: Inbound
    kind: Kind
    text: str
    payload: str
    understood: Understood

    @property
    def lang(self) -> str:
        """The language of the reply."""
        return self.understood.lang

    def note(self, **values: Any) -> None:
        """Record what was understood."""
        self.understood = replace(self.understood, **values)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads messages: decrypts them, and finds their language and country."""

    cipher: Cipher
    wording: Wording
    languages: LanguageDetector
    places: Places
    default_country: str = ""

    def read(self, session: AsyncSession, conversation: Conversation, contact: Contact, inbound: Inbound) -> Turn:
        """``inbound`` as a turn, in the language and for the country that the conversation has after it."""
        content = self.cipher.decrypt_json(inbound.content_enc)
        text = str(content.get("text") or "").replace("\x00", "").strip()[:READ_CHARACTERS]
        payload = str(content.get("payload") or "")
        lang, variety = conversation.lang, "und"
        if text and inbound.kind != Kind.BUTTON:
            seen = self.languages.detect(text)
            variety = seen.variety
            # A control word is no change of language: people type what the helpline or a friend told them to.
            sure = lang is None or (seen.confidence >= SURE_LANGUAGE and self.wording.control(text) is None)
            if seen.reply and sure and not conversation.lang_fixed:
                lang = seen.reply
        if lang is None:
            hint = str(content.get("profile_language") or "")[:2]
            lang = hint if hint in ("fr", "ar", "en") else "fr"
        country = conversation.country or self.default_country or None
        place = self.places.find(text) if text and inbound.kind != Kind.BUTTON else None
        said = place is not None and place.confidence >= SURE_COUNTRY
        if place is not None and said:
            country = place.country
        understood = Understood(
            lang=lang, variety=variety, country=country, extra={"country_said": "yes"} if said else {}
        )
        return Turn(
            session,
            Repository(session, self.cipher),
            conversation,
            contact,
            inbound,
            Kind(inbound.kind),
            text,
            payload,
            understood,
        )

    def language_of(self, inbound: Inbound) -> str:
        """The language to answer ``inbound`` in where the conversation has none yet."""
        return self.languages.detect(str(self.cipher.decrypt_json(inbound.content_enc).get("text") or "")).reply or "fr"


def as_json(understood: Understood) -> dict[str, object]:
    """What is stored of a turn: set values only."""
    values = {name: getattr(understood, name) for name in Understood.__slots__}
    kept = {name: value for name, value in values.items() if value not in (None, "", (), {}, False)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


def waiting_since(inbound: Inbound) -> dt.timedelta:
    """How long a message has waited."""
    return utcnow() - inbound.received_at
