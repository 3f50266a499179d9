"""The danger detector: sees the six urgent conditions of topics.yaml in any message, without Rasa or database."""

from knowledge.urgent.danger import Danger, Numbers
from knowledge.urgent.detector import UrgentDetector
from knowledge.urgent.numbers import numbers

__all__ = ["Danger", "Numbers", "UrgentDetector", "numbers"]
