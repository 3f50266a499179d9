"""The language of a message: what it is written in, what it asks for, and one spelling for matching."""

from helpline.language.detect import Detection, LanguageDetector
from helpline.language.named import named_language
from helpline.language.normalise import normalise
from helpline.language.request import requested_language

__all__ = ["Detection", "LanguageDetector", "named_language", "normalise", "requested_language"]
