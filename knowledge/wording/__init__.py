"""The words around an answer (labels, dates), in three languages: ``fr.yaml``, ``ar.yaml``, ``en.yaml``."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from helpline.errors import ConfigurationError


class Wording(BaseModel):
    """One language. Templates take the names in braces; ``months`` is empty where a date has no ``{month_name}``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    step: str
    contact: str
    contact_detail: str
    contact_phones: str
    phone_label: str
    phone_join: str
    watch: str
    source: str
    date: str
    months: list[str]
    regional_note: str


@cache
def wording(lang: str) -> Wording:
    """The words of ``lang``, else French; raises ConfigurationError where a file is broken."""
    name = f"{lang if lang in ('fr', 'ar', 'en') else 'fr'}.yaml"
    try:
        return Wording.model_validate(yaml.safe_load((resources.files(__package__) / name).read_text("utf-8")))
    except ValueError as error:
        raise ConfigurationError(f"knowledge/wording/{name}: {error}") from error
