"""What the helpline says and obeys without Rasa: the texts in three languages and the control words."""

from __future__ import annotations

from importlib import resources

import yaml

from helpline.errors import ConfigurationError
from helpline.language.normalise import normalise
from helpline.wording import Texts, Words


class Wording:
    """The texts by language and key, and the control words."""

    def __init__(self, texts: Texts, controls: dict[str, str]) -> None:
        self._texts = texts
        self._controls = controls

    @classmethod
    def load(cls) -> Wording:
        """Read the files of this package; raises ConfigurationError where they contradict each other."""
        controls: dict[str, str] = {}
        listed = yaml.safe_load((resources.files(__package__) / "controls.yaml").read_text("utf-8"))
        for control, words in listed.items():
            for word in (control, *words):
                if not isinstance(word, str):
                    raise ConfigurationError(f"channels/wording/controls.yaml: quote {word!r} under {control!r}.")
            for word in words:
                if controls.setdefault(normalise(word), control) != control:
                    raise ConfigurationError(f"channels/wording/controls.yaml: {word!r} stands under two controls.")
        return cls(Texts.load(__package__), controls)

    def say(self, key: str, lang: str) -> Words:
        """The text ``key`` in ``lang``."""
        return self._texts.say(key, lang)

    def control(self, text: str) -> str | None:
        """The control that the whole message is (optout, optin, delete, more, yes, no), or None."""
        return self._controls.get(normalise(text))
