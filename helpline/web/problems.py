"""Errors as answers: every expected failure has its status, nothing answers a bare 500 with a trace."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from helpline import logs
from helpline.errors import HelplineError

_log = logs.get(__name__)


def install(app: FastAPI) -> None:
    """Answer HelplineErrors with their status and message, and anything else with a plain 500."""

    @app.exception_handler(HelplineError)
    async def expected(_request: Request, error: HelplineError) -> JSONResponse:
        if error.status >= 500:
            _log.warning("request failed", exc_info=error)
        headers = {"Retry-After": "5"} if error.retryable else None
        return JSONResponse({"error": error.message}, status_code=error.status, headers=headers)

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, error: Exception) -> JSONResponse:
        _log.error("request broke", exc_info=error)
        return JSONResponse({"error": "Something went wrong here. It has been recorded."}, status_code=500)
