"""Which channels there are: built once by each composition root, never filled by imports."""

from __future__ import annotations

from channels.adapters.limits import LIMITS
from channels.adapters.simulator import SimulatorAdapter
from channels.ports import ChannelAdapter
from helpline.settings import Settings


def build_adapters(settings: Settings, *, simulator: bool = True) -> dict[str, ChannelAdapter]:
    """Channel name to adapter, for the channels that ``settings`` configures; ``simulator`` adds the simulated ones.

    Whoever builds them closes them.
    """
    adapters: list[ChannelAdapter] = []
    if simulator:
        adapters += [SimulatorAdapter(name) for name in LIMITS]
    return {adapter.channel: adapter for adapter in adapters}
