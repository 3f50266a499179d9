"""What each channel carries, in one place: the adapter and its simulator share it."""

from __future__ import annotations

from channels.ports import Limits

# Twilio "Messages resource": Body holds up to 1,600 characters. WhatsApp buttons through Twilio need a Content template
# made beforehand, so free text shows its choices as numbered lines. The window: Twilio "Error 63016".
WHATSAPP = Limits(unit="characters", text=1600, window_hours=24)
# In segments: 10 are 1,530 septets or 670 UTF-16 code units, below Twilio's 1,600 characters.
SMS = Limits(unit="sms", text=10)
# Telegram "Bot API: sendMessage": 1-4096 UTF-16 code units. An inline keyboard takes 100 buttons; more than 10
# under one message, or longer labels, do not fit a small screen.
TELEGRAM = Limits(unit="utf16", text=4096, buttons=10, button_label=48)

LIMITS = {"whatsapp": WHATSAPP, "sms": SMS, "telegram": TELEGRAM}
