"""Names of places and institutions, and the country that a question is about."""

from knowledge.gazetteer.gazetteer import Gazetteer
from knowledge.gazetteer.model import COUNTRIES, CountryGuess, Mention

__all__ = ["COUNTRIES", "CountryGuess", "Gazetteer", "Mention"]
