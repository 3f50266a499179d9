"""What the helpline says and obeys without Rasa: the texts in three languages and the control words."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import yaml

from helpline.errors import ConfigurationError
from helpline.language.normalise import normalise

LANGUAGES = ("fr", "ar", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """A text and its SMS variant (empty: the text itself)."""

    text: str
    short: str = ""


class Wording:
    """The texts by language and key, and the control words."""

    def __init__(self, texts: dict[str, dict[str, Words]], controls: dict[str, str]) -> None:
        self._texts = texts
        self._controls = controls

    @classmethod
    def load(cls) -> Wording:
        """Read the files of this package; raises ConfigurationError where a key lacks a language."""
        here = resources.files(__package__)
        texts = {
            lang: {key: Words(**value) for key, value in yaml.safe_load((here / f"{lang}.yaml").read_text("utf-8")).items()}
            for lang in LANGUAGES
        }
        for lang in LANGUAGES:
            if missing := set(texts["fr"]) ^ set(texts[lang]):
                raise ConfigurationError(f"channels/wording/{lang}.yaml differs from fr.yaml in: {', '.join(sorted(missing))}.")
        controls: dict[str, str] = {}
        for control, words in yaml.safe_load((here / "controls.yaml").read_text("utf-8")).items():
            for word in words:
                folded = normalise(str(word))
                if controls.setdefault(folded, control) != control:
                    raise ConfigurationError(f"channels/wording/controls.yaml: {word!r} stands under two controls.")
        return cls(texts, controls)

    def say(self, key: str, lang: str) -> Words:
        """The text ``key`` in ``lang`` (French where there is no such language)."""
        return self._texts.get(lang, self._texts["fr"])[key]

    def control(self, text: str) -> str | None:
        """The control that the whole message is (optout, optin, delete, more, yes, no), or None."""
        return self._controls.get(normalise(text))
