"""Memory of a process tree: proportional set size, so that shared pages count once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil


def pss(pids: set[int]) -> float:
    """Megabytes of the processes ``pids`` (Linux: PSS; elsewhere RSS)."""
    total = 0
    for pid in pids:
        with suppress(OSError, psutil.Error):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total / 1e6


def tree(pid: int) -> set[int]:
    """A process and all below it."""
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        return {pid, *(child.pid for child in root.children(recursive=True))}
    return set()


def postgres(directory: Path) -> set[int]:
    """The embedded server in ``directory`` and its backends."""
    with suppress(OSError, ValueError):
        return tree(int((directory / "postmaster.pid").read_text().splitlines()[0]))
    return set()
