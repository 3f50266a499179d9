"""What must be set before Rasa is imported: no calls home, no TensorFlow chatter, and logs without texts."""

from __future__ import annotations

import logging
import os
import warnings

SETTINGS = {
    "RASA_TELEMETRY_ENABLED": "false",  # segment and sentry
    "SANIC_DISABLE_MOTD": "true",
    "LOG_LEVEL": "WARNING",  # Rasa's debug lines hold the messages
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "LOG_LEVEL_MATPLOTLIB": "ERROR",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "MPLBACKEND": "agg",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONWARNINGS": "ignore",
}


def prepare() -> None:
    """Sets them; what the operator set before wins, except the telemetry switch."""
    for name, value in SETTINGS.items():
        if name == "RASA_TELEMETRY_ENABLED":
            os.environ[name] = value
        else:
            os.environ.setdefault(name, value)
    warnings.filterwarnings("ignore")
    # Some of Rasa's libraries switch their deprecation warnings on again; only what is shown is silenced.
    warnings.showwarning = lambda *args, **kwargs: None


def quieten_rasa() -> None:
    """After the import: structlog, left alone, prints every debug event (with the message) to stdout."""
    from rasa.utils.log_utils import configure_structlog

    wanted = logging.getLevelName(os.environ["LOG_LEVEL"].upper())
    level = max(wanted if isinstance(wanted, int) else logging.WARNING, logging.INFO)
    configure_structlog(level)
    logging.getLogger("rasa").setLevel(level)
