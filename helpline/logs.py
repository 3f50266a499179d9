"""The structured log: JSON lines on standard error, ids only."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from helpline.privacy import redact_event


def _exception_without_text(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The type and place of an exception, not its message: a message may quote what a person wrote."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if isinstance(info, tuple) and info[0] is not None:
        event["error"] = info[0].__name__
        trace, frames = info[2], []
        while trace is not None:
            frames.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        event["at"] = " < ".join(reversed(frames[-6:]))
    return event


def configure(level: str, process: str) -> None:
    """Send structlog and the standard library's records through one redacting JSON pipeline."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_text,
        redact_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    structlog.contextvars.bind_contextvars(process=process)
    # These log request lines, bodies or SQL parameters: addresses and texts of people.
    for noisy in ("httpx", "httpcore", "twilio", "telegram", "sqlalchemy.engine", "uvicorn.access", "sanic.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; call it with an event name and ids as keywords."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
