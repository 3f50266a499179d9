"""Personal data: encryption at rest, the keyed index that finds it again, and masking."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

import phonenumbers
import regex
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from helpline.errors import ConfigurationError
from helpline.settings import Settings

_EMAIL = regex.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# 7 digits or more, with the separators that people put in: phone, card, passport and account numbers.
_LONG_NUMBER = regex.compile(r"\+?\d(?:[\s().\-/]?\d){6,}")
_HANDLE = regex.compile(r"(?<!\w)@\w{3,}")
# Seven digits in groups of three are money (1 200 000); nine are how many countries write a mobile number.
_AMOUNT = regex.compile(r"^\d(?:[ .]\d{3}){2}$")


class Cipher:
    """Encrypts text with the newest key and reads it with any key.

    Raises ConfigurationError where a key is malformed or a stored value fits none of the keys.
    """

    def __init__(self, keys: Iterable[str], index_key: str) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise ConfigurationError("HELPLINE_ENCRYPTION_KEYS holds no valid Fernet key.") from error
        self._index_key = index_key.encode()

    @classmethod
    def from_settings(cls, settings: Settings) -> Cipher:
        """The cipher of ``settings.encryption_keys`` and ``settings.index_key``."""
        return cls((key.get_secret_value() for key in settings.encryption_keys), settings.index_key.get_secret_value())

    def encrypt(self, text: str) -> bytes:
        """Ciphertext of ``text``."""
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass"))

    def decrypt(self, data: bytes) -> str:
        """The text of ``data``."""
        try:
            return self._fernet.decrypt(data).decode("utf-8", "surrogatepass")
        except InvalidToken as error:
            raise ConfigurationError("A stored value was encrypted with a key that is not configured.") from error

    def encrypt_json(self, value: Any) -> bytes:
        """Ciphertext of ``value`` as JSON."""
        return self.encrypt(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def decrypt_json(self, data: bytes) -> Any:
        """The value that :meth:`encrypt_json` took."""
        return json.loads(self.decrypt(data))

    def rotate(self, data: bytes) -> bytes:
        """``data`` encrypted anew with the newest key, its time kept."""
        try:
            return self._fernet.rotate(data)
        except InvalidToken as error:
            raise ConfigurationError("A stored value was encrypted with a key that is not configured.") from error

    def blind_index(self, *parts: str) -> bytes:
        """Keyed hash (32 bytes) by which an address is found without being readable."""
        return hmac.new(self._index_key, "\x1f".join(parts).encode(), hashlib.sha256).digest()


def mask_numbers(text: str, keep: str = "•") -> str:
    """``text`` with phone, card and document numbers, e-mail addresses and handles masked.

    Amounts of money stay: a figure of six digits or less, or of seven grouped in thousands.
    """

    def number(match: regex.Match[str]) -> str:
        found: str = match.group()
        return found if _AMOUNT.match(found) else keep * 4

    text = _EMAIL.sub(keep * 4, text)
    text = _HANDLE.sub(keep * 4, text)
    return _LONG_NUMBER.sub(number, text)


def normalise_phone(raw: str) -> str:
    """``raw`` as E.164 (``+212…``) where it is a possible number, else as it came, trimmed."""
    try:
        parsed = phonenumbers.parse(raw, None)
    except phonenumbers.NumberParseException:
        return raw.strip()
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def redact_event(_logger: object, _method: str, event: dict[str, Any]) -> Mapping[str, Any]:
    """structlog processor: the last net under the rule that logs carry ids only.

    Exceptions keep their type and place, never their message, which may quote a person.
    """
    return {
        key: mask_numbers(value) if isinstance(value, str) and key not in _SAFE else value
        for key, value in event.items()
    }


_SAFE = frozenset({"event", "level", "timestamp", "logger", "conversation", "inbound", "outbound", "case"})
