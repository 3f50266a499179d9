"""Rasa without TensorFlow. Call `install()` before anything of Rasa is imported.

Rasa registers all its components on the first look at the registry, and that imports TensorFlow for
DIET and TED: 350 MB and 15 s for parts that this bot does not have. Their modules are replaced by
stand-ins, whose classes exist (Rasa's own checks ask "is this a TEDPolicy?") and cannot be used.
A test makes sure that neither training nor serving loads TensorFlow, so an upgrade of Rasa that
imports it somewhere new is noticed.
"""

from __future__ import annotations

import sys
import types
from typing import Any

# Every module of Rasa 3.6.21 that imports TensorFlow, as far as training and serving reach it.
HEAVY = (
    "rasa.utils.tensorflow.callback",
    "rasa.utils.tensorflow.data_generator",
    "rasa.utils.tensorflow.models",
    "rasa.utils.tensorflow.layers",
    "rasa.utils.tensorflow.rasa_layers",
    "rasa.nlu.classifiers.diet_classifier",
    "rasa.nlu.featurizers.dense_featurizer.convert_featurizer",
    "rasa.nlu.featurizers.dense_featurizer.lm_featurizer",
    "rasa.nlu.selectors.response_selector",
    "rasa.core.policies.ted_policy",
    "rasa.core.policies.unexpected_intent_policy",
)


class StandIn(types.ModuleType):
    """A module whose every name is a class of its own without abilities."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__init__": _refuse})
        setattr(self, name, made)
        return made


def _refuse(self: object, *args: object, **kwargs: object) -> None:
    raise RuntimeError(f"{type(self).__name__} needs TensorFlow, which this bot leaves out (bot/lean.py).")


def install() -> None:
    """Puts the stand-ins in place of the modules that are not loaded yet."""
    for name in HEAVY:
        sys.modules.setdefault(name, StandIn(name))
