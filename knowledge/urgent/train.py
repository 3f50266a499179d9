"""Trains `data/model.npz` from the hand-written examples: `python -m knowledge.urgent.train [--check]`.

Runs where scikit-learn is, never in the worker. Prints the figures of a fifth that was held out; `--check` stops there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from knowledge.search.encoder import TunedEncoder
from knowledge.urgent.examples import Example, fingerprint, read
from knowledge.urgent.features import SIZE, hashed
from knowledge.urgent.lexicon import Rule
from knowledge.urgent.model import CLASSES, DENSE_WEIGHT, Model, vector
from knowledge.urgent.ordinary import ordinary
from knowledge.urgent.reading import Floats, Reader, Reading

KNOWLEDGE = Path(__file__).parent.parent
DATA = KNOWLEDGE / "urgent" / "data"
STRENGTH = 4.0  # C of the regression
URGENT_WEIGHT = 3.0  # a missed danger costs three times a false alarm
THRESHOLD = 0.2  # recall first, at most one alarm in twenty on messages without danger
HELD_OUT = 0.2


@dataclass(frozen=True, slots=True)
class Judged:
    """An example, the sureness that it is urgent, and as what."""

    example: Example
    value: float
    id: str


@dataclass(frozen=True, slots=True)
class Score:
    """Shares over messages that were not trained on."""

    recall: float
    exact: float
    false_alarms: float


def examples() -> list[Example]:
    """The urgent examples and their look-alikes, labelled questions of the mixed subjects, then ordinary messages."""
    own = list(read(DATA / "examples.jsonl"))
    asked = [replace(example, number=0) for example in read(DATA / "asked.jsonl")]
    return own + asked + list(ordinary(KNOWLEDGE))


def fit(readings: Sequence[Reading], labels: Sequence[int]) -> Model:
    """A model trained on messages and their places in CLASSES."""
    seen = np.zeros(SIZE, np.float64)
    for reading in readings:
        families = hashed(reading.words, reading.glossed, reading.concepts)
        for place in {place for counts in families.values() for place in counts}:
            seen[place] += 1
    # A feature that was never seen has no weight, and takes no length from the others.
    rarity = np.where(seen > 0, np.log((1 + len(readings)) / (1 + seen)) + 1, 0)
    idf: Floats = rarity.astype(np.float32)
    vectors = [vector(reading, idf) for reading in readings]
    rows = np.repeat(np.arange(len(vectors)), [len(places) for places, _ in vectors])
    places = np.concatenate([places for places, _ in vectors])
    values = np.concatenate([values for _, values in vectors])
    sparse = csr_matrix((values, (rows, places)), (len(vectors), SIZE))
    dense = csr_matrix(np.stack([reading.dense for reading in readings]) * DENSE_WEIGHT)
    costs = [URGENT_WEIGHT if label else 1.0 for label in labels]
    regression = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-3)
    regression.fit(hstack([sparse, dense]).tocsr(), labels, sample_weight=costs)
    weights: Floats = regression.coef_.T.astype(np.float32)
    return Model(weights[:SIZE], weights[SIZE:], regression.intercept_.astype(np.float32), idf, THRESHOLD)


def hold_out(chosen: Sequence[Example], readings: Sequence[Reading], rules: Sequence[Rule]) -> list[Judged]:
    """A fifth of the examples, judged by a model that did not see them, and by the rules."""
    labels = [CLASSES.index(example.urgent or "none") for example in chosen]
    train, test = train_test_split(range(len(labels)), test_size=HELD_OUT, random_state=7, stratify=labels)
    model = fit([readings[index] for index in train], [labels[index] for index in train])
    results = []
    for index in test:
        chances = model.probabilities(readings[index])
        name, value = CLASSES[1 + int(chances[1:].argmax())], 1 - float(chances[0])
        rule = next((rule for rule in rules if rule.applies(readings[index].concepts)), None)
        results.append(Judged(chosen[index], 1.0, rule.id) if rule else Judged(chosen[index], value, name))
    return results


def score(results: Sequence[Judged], threshold: float) -> Score:
    """What a threshold gives."""
    urgent = [one for one in results if one.example.urgent]
    calm = [one for one in results if not one.example.urgent]
    caught = [one for one in urgent if one.value >= threshold]
    return Score(
        len(caught) / len(urgent),
        sum(one.example.urgent == one.id for one in caught) / len(urgent),
        sum(one.value >= threshold for one in calm) / len(calm),
    )


def report(results: Sequence[Judged]) -> dict[str, object]:
    """The figures kept beside the model; tests hold them to their floors."""
    own = [one for one in results if one.example.number]
    kept: dict[str, object] = {
        "examples": fingerprint(DATA / "examples.jsonl"),
        "urgent": sum(one.example.urgent is not None for one in own),
        "look_alikes": sum(one.example.urgent is None for one in own),
        "ordinary": len(results) - len(own),
        "threshold": THRESHOLD,
    }
    for threshold in sorted({0.1, 0.15, 0.2, 0.3, 0.4, 0.5, THRESHOLD}):
        every, hard = score(results, threshold), score(own, threshold)
        common = score([one for one in results if not one.example.number or one.example.urgent], threshold)
        kept[f"at {threshold}"] = {
            "recall": round(every.recall, 3), "exact": round(every.exact, 3),
            "false_alarms": round(every.false_alarms, 4), "of_look_alikes": round(hard.false_alarms, 4),
            "of_ordinary": round(common.false_alarms, 4),
        }  # fmt: skip
    return kept


def main() -> None:
    chosen = examples()
    reader = Reader.load(DATA, TunedEncoder())
    readings = [reader.read(example.text) for example in chosen]
    results = hold_out(chosen, readings, reader.lexicon.rules)
    text = json.dumps(report(results), indent=1)
    print(text)  # noqa: T201
    if "--errors" in sys.argv:
        for one in sorted(results, key=lambda one: one.value):
            if (one.value >= THRESHOLD) != (one.example.urgent is not None):
                print(f"{one.value:.2f}", one.id, one.example)  # noqa: T201
    if "--check" not in sys.argv:
        fit(readings, [CLASSES.index(example.urgent or "none") for example in chosen]).save(DATA / "model.npz")
        (DATA / "report.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
