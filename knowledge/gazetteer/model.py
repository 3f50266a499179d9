"""What the gazetteer answers with."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["country", "nationality", "city", "institution", "currency", "dialect"]
KINDS: tuple[Kind, ...] = ("country", "nationality", "city", "institution", "currency", "dialect")
MAGHREB = ("MA", "DZ", "TN", "LY", "MR")
DESTINATIONS = ("FR", "IT", "ES", "DE", "CA", "SA", "QA", "AE", "KW")
COUNTRIES = MAGHREB + DESTINATIONS


@dataclass(frozen=True)
class Mention:
    """A name found in a text. `start` and `end` count in the normalised text: `normalise(text)[start:end]`.

    A name shared by several countries (CNSS, dinar) gives one mention for each. `weight` is 0..1.
    """

    country: str
    kind: Kind
    matched: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True)
class CountryGuess:
    """The country that a question is about; `why` names the words and rules, never the rest of the text."""

    country: str
    confidence: float
    why: str
