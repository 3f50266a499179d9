"""Texts in three languages side by side: one YAML file a language in the package that says them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import yaml

from helpline.errors import ConfigurationError

LANGUAGES = ("fr", "ar", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """A text and its SMS variant (empty: the text itself)."""

    text: str
    short: str = ""


class Texts:
    """The texts of a package by key and language."""

    def __init__(self, texts: dict[str, dict[str, Words]]) -> None:
        self._texts = texts

    @classmethod
    def load(cls, package: str) -> Texts:
        """Read ``fr.yaml``, ``ar.yaml`` and ``en.yaml`` of ``package``.

        Raises ConfigurationError where a key lacks a language.
        """
        here = resources.files(package)
        texts = {
            lang: {
                key: Words(**value) for key, value in yaml.safe_load((here / f"{lang}.yaml").read_text("utf-8")).items()
            }
            for lang in LANGUAGES
        }
        for lang in LANGUAGES:
            if strange := [key for key in texts[lang] if not isinstance(key, str)]:
                raise ConfigurationError(
                    f"{package}/{lang}.yaml: quote the key {strange[0]!r}, YAML reads it as a truth value."
                )
            if odd := set(texts["fr"]) ^ set(texts[lang]):
                raise ConfigurationError(f"{package}: {lang}.yaml and fr.yaml differ in {', '.join(sorted(odd))}.")
        return cls(texts)

    def say(self, key: str, lang: str) -> Words:
        """The text ``key`` in ``lang``; French where the helpline does not speak it."""
        return self._texts.get(lang, self._texts["fr"])[key]
