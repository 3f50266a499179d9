"""Trains `data/model.npz` from the hand-written examples: `python -m knowledge.urgent.train [--check]`.

Runs where scikit-learn is, never in the worker. Prints the five-fold cross-validation; `--check` stops there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from helpline.language.normalise import normalise
from knowledge.urgent.examples import Example, read
from knowledge.urgent.features import SIZE, hashed
from knowledge.urgent.lexicon import Lexicon
from knowledge.urgent.model import CLASSES, Floats, Model, vector
from knowledge.urgent.ordinary import ordinary

KNOWLEDGE = Path(__file__).parent.parent
DATA = KNOWLEDGE / "urgent" / "data"
STRENGTH = 20.0  # C of the regression
URGENT_WEIGHT = 2.0  # a missed danger costs twice a false alarm
THRESHOLD = 0.5
FOLDS = 5


@dataclass(slots=True)
class Score:
    """Shares over messages that were not trained on."""

    recall: float
    exact: float
    false_alarms: float
    missed: list[Example]
    alarms: list[Example]


def examples() -> list[Example]:
    """The urgent examples and their look-alikes, then ordinary questions."""
    own = list(read(DATA / "examples.jsonl"))
    return own + list(ordinary(KNOWLEDGE / "questions"))


def fit(chosen: Sequence[Example], lexicon: Lexicon) -> Model:
    """A model trained on `chosen`."""
    messages = [(words := normalise(example.text).split(), lexicon.find(words)) for example in chosen]
    seen = np.zeros(SIZE, np.float64)
    for words, concepts in messages:
        for place in {place for counts in hashed(words, concepts).values() for place in counts}:
            seen[place] += 1
    idf: Floats = (np.log((1 + len(messages)) / (1 + seen)) + 1).astype(np.float32)
    idf = np.where(seen > 0, idf, 0).astype(np.float32)  # what was never seen has no weight and takes no length
    rows, places, values = [], [], []
    for row, (words, concepts) in enumerate(messages):
        place, value = vector(words, concepts, idf)
        rows.append(np.full(len(place), row))
        places.append(place)
        values.append(value)
    matrix = csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(places))), (len(messages), SIZE))
    labels = [CLASSES.index(example.urgent or "none") for example in chosen]
    costs = [URGENT_WEIGHT if label else 1.0 for label in labels]
    regression = LogisticRegression(C=STRENGTH, max_iter=400, tol=1e-3).fit(matrix, labels, sample_weight=costs)
    return Model(regression.coef_.T.astype(np.float32), regression.intercept_.astype(np.float32), idf, THRESHOLD)


def cross_validate(chosen: Sequence[Example], lexicon: Lexicon) -> list[tuple[Example, float, str]]:
    """For each example, its score and id by a model that did not see it (rules included)."""
    labels = [example.urgent or "none" for example in chosen]
    results: dict[int, tuple[Example, float, str]] = {}
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=7).split(labels, labels):
        model = fit([chosen[index] for index in train], lexicon)
        for index in test:
            words = normalise(chosen[index].text).split()
            concepts = lexicon.find(words)
            chances = model.probabilities(words, concepts)
            score, name = 1 - float(chances[0]), CLASSES[1 + int(chances[1:].argmax())]
            for rule in lexicon.rules:
                if rule.applies(concepts):
                    score, name = 1.0, rule.id
                    break
            results[int(index)] = (chosen[index], score, name)
    return [results[index] for index in range(len(chosen))]


def score(results: Sequence[tuple[Example, float, str]], threshold: float) -> Score:
    urgent = [(example, value, name) for example, value, name in results if example.urgent]
    calm = [(example, value) for example, value, _ in results if not example.urgent]
    caught = [(example, name) for example, value, name in urgent if value >= threshold]
    return Score(
        len(caught) / len(urgent),
        sum(example.urgent == name for example, name in caught) / len(urgent),
        sum(value >= threshold for _, value in calm) / len(calm),
        [example for example, value, _ in urgent if value < threshold],
        [example for example, value in calm if value >= threshold],
    )


def main() -> None:
    lexicon, chosen = Lexicon.load(DATA / "lexicon.yaml"), examples()
    own = sum(1 for _ in read(DATA / "examples.jsonl"))
    results = cross_validate(chosen, lexicon)
    print(f"{own} own examples, {sum(example.urgent is not None for example in chosen)} urgent, {len(chosen)} in all")
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6):
        every, hard = score(results, threshold), score(results[:own], threshold)
        print(f"threshold {threshold}: recall {every.recall:.3f} exact {every.exact:.3f}"
              f" false alarms {every.false_alarms:.4f} (look-alikes {hard.false_alarms:.4f})")  # fmt: skip
    if "--errors" in sys.argv:
        every = score(results, THRESHOLD)
        for kind, wrong in (("MISSED", every.missed), ("ALARM", every.alarms)):
            for example in wrong:
                print(kind, example.number, example.lang, example.urgent, example.text)
    if "--check" not in sys.argv:
        fit(chosen, lexicon).save(DATA / "model.npz")


if __name__ == "__main__":
    main()
