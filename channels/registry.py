"""Which channels there are: built once by each composition root, never filled by imports."""

from __future__ import annotations

from channels.adapters.limits import LIMITS
from channels.adapters.simulator import SimulatorAdapter
from channels.adapters.telegram import TelegramAdapter
from channels.adapters.twilio import TwilioAdapter
from channels.ports import ChannelAdapter
from helpline.settings import Settings


def build_adapters(settings: Settings, *, simulator: bool = True) -> dict[str, ChannelAdapter]:
    """Channel name to adapter, for the channels that ``settings`` configures; ``simulator`` adds the simulated ones.

    Whoever builds them closes them.
    """
    adapters: list[ChannelAdapter] = []
    if settings.twilio_account_sid and settings.twilio_auth_token.get_secret_value():
        senders = {"whatsapp": settings.twilio_whatsapp_from, "sms": settings.twilio_sms_from}
        adapters += [TwilioAdapter(channel, settings) for channel, sender in senders.items() if sender]
    if settings.telegram_token.get_secret_value() and settings.telegram_secret.get_secret_value():
        adapters.append(TelegramAdapter(settings))
    if simulator:
        adapters += [SimulatorAdapter(name) for name in LIMITS]
    return {adapter.channel: adapter for adapter in adapters}
