"""One spelling for matching: `normalise(text: str) -> str`.

The result is lower case, without accents, Arabic vowel marks, tatweel, invisible or bidirectional
control characters and punctuation; words are separated by single spaces. It is meant for comparing,
never for showing to a person. `normalise` never raises, and `normalise(normalise(t)) == normalise(t)`.

What is unified
  Arabic   أ إ آ ٱ -> ا, ى ئ ی -> ي, ؤ -> و, ة -> ه, ء dropped, گ ڭ ک -> ك, ڨ -> ق, ڤ -> ف, پ -> ب, چ -> ج
  digits   ٣ and ۳ -> 3
  Latin    é -> e, œ -> oe, ß -> ss, full width -> plain
  runs     the same letter three times or more -> once ("merciiii" -> "merci"); digits are left alone
"""

import unicodedata

import regex

_LETTERS = str.maketrans(
    {
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ة": "ه", "ۃ": "ه", "ھ": "ه", "ہ": "ه", "ە": "ه",
        "ک": "ك", "گ": "ك", "ڭ": "ك", "ݣ": "ك", "ڨ": "ق", "ڤ": "ف", "ڢ": "ف", "ڥ": "ف", "ڧ": "ق", "پ": "ب",
        "چ": "ج", "ژ": "ج", "ء": None, "ـ": None, "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d",
        "ı": "i",
    }
)  # fmt: skip
_DROPPED = regex.compile(r"[\p{M}\p{Cf}\p{Co}\p{Cn}\p{Cs}]+")
_NOT_WORD = regex.compile(r"[^\p{L}\p{N}]+")
_NOT_WORD_ASCII = regex.compile(r"[^a-z0-9]+")
_RUN = regex.compile(r"(\p{L})\1{2,}")
_PLAIN = regex.compile(r"[a-z0-9 \u0621-\u064a]*")
_DIGIT = regex.compile(r"[^\P{Nd}0-9]")


def normalise(text: str) -> str:
    """Fold `text` to its matching form (see the module's docstring). Empty when nothing is left."""
    if text.isascii():
        folded = _NOT_WORD_ASCII.sub(" ", text.lower()).strip()
        return _RUN.sub(r"\1", folded)
    folded = _fold(text)
    if _PLAIN.fullmatch(folded):
        return folded
    for _ in range(3):  # rare letters fold in two steps; this ends when nothing changes any more
        again = _fold(folded)
        if again == folded:
            break
        folded = again
    return folded


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _DROPPED.sub("", unicodedata.normalize("NFKD", text))
    text = unicodedata.normalize("NFC", text).translate(_LETTERS)
    text = _DIGIT.sub(lambda found: str(unicodedata.digit(found[0], found[0])), text)
    return _RUN.sub(r"\1", _NOT_WORD.sub(" ", text).strip())
