"""One spelling for the classifier: the tokenizer folds what people type before the featurizer counts it.

It is the pipeline's tokenizer, so training and serving share it, and it leaves the message's own
text alone: trackers and the action server see what the person wrote.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Dict, List, Text

import regex
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

_LETTERS = str.maketrans(
    {
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ة": "ه", "ۃ": "ه", "ھ": "ه", "ہ": "ه", "ە": "ه",
        "ک": "ك", "گ": "ك", "ڭ": "ك", "ݣ": "ك", "ڨ": "ق", "ڤ": "ف", "ڢ": "ف", "ڥ": "ف", "ڧ": "ق", "پ": "ب",
        "چ": "ج", "ژ": "ج", "ء": None, "ـ": None, "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i",
    }
)  # fmt: skip
# Vowel marks, tatweel, bidirectional controls and other invisible characters.
_DROPPED = regex.compile(r"[\p{M}\p{Cf}\p{Co}\p{Cn}\p{Cs}]+")
# Words, emoji one by one, and runs of ? or ! (a question mark says something about the turn).
_TOKEN = regex.compile(r"[\p{L}\p{N}]+|\p{So}|[?؟]+|!+")
_RUN = regex.compile(r"(\p{L})\1{2,}")
_DIGIT = regex.compile(r"[^\P{Nd}0-9]")
EMPTY = "_"  # the token of a message that has no words at all


def normalize(text: Text) -> Text:
    """Fold `text`: NFKC, lower case, no accents or marks, one Arabic letter of each kind, plain digits."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _DROPPED.sub("", unicodedata.normalize("NFKD", text))
    text = unicodedata.normalize("NFC", text).translate(_LETTERS)
    text = _DIGIT.sub(lambda found: str(unicodedata.digit(found[0], 0)), text)
    return _RUN.sub(r"\1", text)


def words(text: Text) -> List[Text]:
    """The normalised words of `text`, never none of them. An apostrophe parts words; ?? counts as ?."""
    found = [
        word[0] if word[0] in "?!" else "?" if word[0] == "؟" else word for word in _TOKEN.findall(normalize(text))
    ]
    return found or [EMPTY]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class NormalizingTokenizer(Tokenizer):
    """Tokens of the normalised text; their offsets count in that text, nothing here maps them back."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_"}

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        found = words(message.get(attribute))
        return self._convert_words_to_tokens(found, " ".join(found))
