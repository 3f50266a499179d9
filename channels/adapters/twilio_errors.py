"""What Twilio's error codes and HTTP statuses mean for a reply.

Sources: Twilio documentation "Error and Warning Dictionary", "Messages resource", "Twilio API response", "List of
Corresponding Twilio and WhatsApp Error Codes"; Twilio help "WhatsApp Marketing Experiments" (63032).
"""

from __future__ import annotations

import httpx

from channels.adapters.http import json_object, retry_after
from channels.errors import (
    OptedOut,
    ProviderAway,
    RateLimited,
    Refused,
    Retryable,
    SendError,
    Unreachable,
    WindowClosed,
)

CODES: dict[type[SendError], frozenset[int]] = {
    # 63016: outside the customer service window. 63032: Meta's experiments let through only what answers the person,
    # so that this too waits until the person writes.
    WindowClosed: frozenset({63016, 63032}),
    # 21610: replied STOP. 63033: blocked by the person (WhatsApp 1007).
    OptedOut: frozenset({21610, 63033}),
    # Too many requests, message rate, queue full, channel rate, daily limit, US rate.
    RateLimited: frozenset({20429, 14107, 21611, 30001, 30022, 63018, 63038}),
    # Not a number, not a mobile, no route, handset off or unknown, landline, not on WhatsApp, sandbox not joined.
    Unreachable: frozenset(
        {21211, 21214, 21217, 21604, 21612, 21614, 21635, 30003, 30005, 30006, 30008, 63003, 63010, 63015, 63024, 63036}
    ),
    # Country not enabled, sender not allowed, too long, empty, filtered by the carrier, account suspended, price,
    # unregistered sender, media, channel settings and policy, template missing, paused or not matching, marketing cap.
    Refused: frozenset(
        {20001, 21212, 21408, 21602, 21603, 21606, 21617, 21619, 21620, 21655, 21656, 21703}
        | {30002, 30004, 30007, 30010, 30011, 30017, 30018, 30019, 30023, 30024, 30034, 30035, 30038, 30454}
        | {63002, 63005, 63006, 63007, 63008, 63013, 63019, 63020, 63021, 63022, 63025, 63027, 63028, 63029, 63030}
        | {63031, 63034, 63035, 63040, 63041, 63042, 63049, 63051}
    ),
    # Faults at Twilio, the carrier or Meta; and our own account (20003 token, 20404 SID, 20005 not active, 63001
    # channel login): the message is sound, and it goes once somebody has put the account right.
    ProviderAway: frozenset(
        {20003, 20005, 20404, 20500, 20503, 20504, 30009, 30410, 30500, 63001, 63009, 63011, 63012, 63023}
    ),
}


def error_type(code: int | None, http_status: int = 400) -> type[SendError]:
    """The error for Twilio's ``code`` where it is known, else for the HTTP status; an unknown code is Refused."""
    for error, codes in CODES.items():
        if code in codes:
            return error
    if http_status == 429:
        return RateLimited
    # 401: our token; 3xx: something else stands at this address.
    return ProviderAway if http_status >= 500 or http_status in (401, 408) or http_status < 400 else Refused


def send_error(response: httpx.Response) -> SendError:
    """The error of an answer that is not 2xx. Its detail is the code only: Twilio's text quotes the person's number."""
    code = json_object(response).get("code")
    number = code if isinstance(code, int) else None
    error = error_type(number, response.status_code)
    detail = f"Twilio {number or f'HTTP {response.status_code}'}."
    return error(detail, retry_after=retry_after(response)) if issubclass(error, Retryable) else error(detail)
