"""The webhooks: the only doors that face the internet."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from channels.intake import Intake
from channels.ports import WebhookRequest
from helpline.errors import BadRequest, Forbidden, NotFound
from helpline.metrics import Metrics
from helpline.web.limits import Refusals, read_body


def build(intake: Intake, metrics: Metrics, *, public_address: str, max_body: int, refusals: Refusals) -> APIRouter:
    """The router of the webhooks.

    A webhook is answered once it is stored. What is not from the provider, not in its shape or too large gets its
    status and is stored nowhere.
    """
    router = APIRouter()

    @router.post("/webhooks/{channel}")
    @router.post("/webhooks/{channel}/status")
    async def webhook(channel: str, request: Request) -> Response:
        caller = request.client.host if request.client else "unknown"
        refusals.check(caller)
        query = f"?{request.url.query}" if request.url.query else ""
        try:
            body = await read_body(request, max_body)
            answer = await intake.receive(
                channel,
                WebhookRequest(
                    request.method, f"{public_address}{request.url.path}{query}", dict(request.headers), body
                ),
            )
        except (Forbidden, BadRequest, NotFound) as error:
            refusals.add(caller)
            metrics.refused.labels(
                channel if not isinstance(error, NotFound) else "unknown", type(error).__name__
            ).inc()
            raise
        return Response(answer.body, status_code=answer.status, media_type=answer.content_type)

    return router
