"""The danger detector against a keyword list, in time and in what each sees: `python -m benchmarks.urgent`.

Times are medians a message on this machine; only their ratio means something elsewhere.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from helpline.language.normalise import normalise
from knowledge.search.encoder import TunedEncoder
from knowledge.urgent import UrgentDetector
from knowledge.urgent.examples import Example, read

ROOT = Path(__file__).parents[1]
WORDS = """
secours urgence danger mourir tuer suicide sang viol couteau arme police prison noyer désert enfermé
help emergency die kill blood rape knife gun drown desert locked
النجدة خطر أموت يقتل انتحار دم اغتصاب سكين سلاح سجن غرق صحراء محبوس
عتقوني نموت موس الدم الحبس غرقنا 3te9ouni nmout mous dem l7ebs ghar9in
"""
KEYWORDS = frozenset(normalise(WORDS).split())


def keywords(text: str) -> bool:
    """The baseline: any word of a list."""
    return any(word in KEYWORDS for word in normalise(text).split())


def measure(judge: Callable[[str], object], cases: list[Example]) -> tuple[float, float, float, float]:
    """Median and 95th percentile in ms, recall, false alarms."""
    times, caught, false = [], 0, 0
    for case in cases:
        start = time.perf_counter()
        alarm = bool(judge(case.text))
        times.append((time.perf_counter() - start) * 1000)
        caught += alarm and case.urgent is not None
        false += alarm and case.urgent is None
    urgent = sum(case.urgent is not None for case in cases)
    return (
        statistics.median(times),
        statistics.quantiles(times, n=20)[-1],
        caught / urgent,
        false / (len(cases) - urgent),
    )


def main() -> None:
    cases = list(read(ROOT / "tests" / "knowledge" / "urgent_cases.jsonl"))
    embedder = TunedEncoder()
    embedder.encode(["."])
    tracemalloc.start()
    detector = UrgentDetector.load(embedder=embedder)
    own, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    detector.detect("bonjour")
    base, found = measure(keywords, cases), measure(detector.detect, cases)
    for name, (median, late, recall, false) in (("keyword list", base), ("detector", found)):
        print(f"{name:13} p50 {median:6.3f} ms  p95 {late:6.3f} ms  recall {recall:.2f}  false alarms {false:.2f}")
    print(f"ratio of medians: {found[0] / base[0]:.0f}; own memory {own / 1e6:.1f} MB beside the sentence encoder")


if __name__ == "__main__":
    main()
