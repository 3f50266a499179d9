"""Makes ``weights.npz``: ``python -m knowledge.search.encoder.train [--epochs N]``, a developer's command.

Needs PyTorch (``pip install torch``), which the helpline itself never does. Learns from ``knowledge/questions`` and the
articles' own questions, each message as it is written and, where it has dialect words, also as its English glosses.
The messages of ``knowledge/regression`` are never learned from: they fit the two fusions and give the figures printed.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from knowledge.gloss import Gloss
from knowledge.records import Knowledge
from knowledge.search.encoder.encoder import WEIGHTS, Tokenizer
from knowledge.search.encoder.network import wheel_files
from knowledge.search.encoder.torch_network import TorchNetwork
from knowledge.search.features import Features
from knowledge.search.index import examples
from knowledge.search.model import OUT_OF_SCOPE, TopicModel
from knowledge.search.model import train as train_grams
from knowledge.search.regression import Labelled, read_regression

BATCH = 64
RATE, PIECE_RATE, HEAD_RATE, DECAY = 3e-4, 1e-3, 2e-3, 0.01
LOST_PIECES, LOST_FEATURES = 0.15, 0.3
LEAST_SEEN = 2  # messages that have a piece, before its vector may move
SECOND_TOPIC = 0.3  # of a message's weight, where another topic is right as well

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A message, or its glosses, as word pieces, with the places of its topics, best first."""

    pieces: list[int]
    topics: tuple[int, ...]


class Reader:
    """Cuts messages into word pieces."""

    def __init__(self, features: Features) -> None:
        self._tokenizer = Tokenizer()
        self.features = features

    def views(self, text: str) -> list[list[int]]:
        """The message, and its glosses where it has dialect words."""
        english = self.features.glossed(text)
        return [self._tokenizer.pieces(one) for one in (text, english) if one is not None]


def lessons(reader: Reader, knowledge: Knowledge, labels: dict[str, int]) -> list[Lesson]:
    """Every view of every example."""
    both = {q.text: q.topics for q in knowledge.questions}
    result = []
    for text, topic in examples(knowledge):
        topics = (topic, *(other for other in both.get(text, ()) if other != topic))
        places = tuple(labels[name] for name in topics if name in labels)
        result += [Lesson(pieces, places) for pieces in reader.views(text)]
    return result


def batches(chosen: Sequence[Lesson], random: np.random.Generator) -> Iterator[list[Lesson]]:
    """Batches of messages of about the same length, in random order."""
    order = random.permutation(len(chosen))
    groups: list[list[Lesson]] = []
    for start in range(0, len(order), BATCH * 16):
        near = sorted((chosen[at] for at in order[start : start + BATCH * 16]), key=lambda one: len(one.pieces))
        groups += [near[at : at + BATCH] for at in range(0, len(near), BATCH)]
    for at in random.permutation(len(groups)):
        yield groups[at]


def padded(pieces: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Piece numbers (B, L) and their mask."""
    longest = max(map(len, pieces))
    numbers, mask = torch.zeros(len(pieces), longest, dtype=torch.long), torch.zeros(len(pieces), longest)
    for row, one in enumerate(pieces):
        numbers[row, : len(one)] = torch.tensor(one)
        mask[row, : len(one)] = 1
    return numbers, mask


def targets(batch: Sequence[Lesson], topics: int) -> torch.Tensor:
    """What the head should say, (B, topics)."""
    wanted = torch.zeros(len(batch), topics)
    for row, one in enumerate(batch):
        others = one.topics[1:]
        wanted[row, one.topics[0]] = 1 - SECOND_TOPIC if others else 1.0
        for other in others:
            wanted[row, other] += SECOND_TOPIC / len(others)
    return wanted


def fit(chosen: Sequence[Lesson], topics: int, epochs: int, held: Sequence[Lesson]) -> TorchNetwork:
    """Train on ``chosen``; prints a line an epoch. Deterministic on one machine."""
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    seen = Counter(piece for one in chosen for piece in set(one.pieces))
    moved = sorted(piece for piece, count in seen.items() if count >= LEAST_SEEN)
    with np.load(wheel_files()[0], allow_pickle=False) as wheel:
        network = TorchNetwork(dict(wheel), moved, topics)
    network.moved = moved
    optimiser = torch.optim.AdamW(
        [
            {"params": network.layers.parameters(), "lr": RATE},
            {"params": network.added.parameters(), "lr": PIECE_RATE},
            {"params": network.head.parameters(), "lr": HEAD_RATE},
        ],
        weight_decay=DECAY,
    )
    steps = epochs * -(-len(chosen) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / 200) * max(0.02, 1 - step / steps)
    )
    for epoch in range(epochs):
        network.train()
        started, total, count = time.monotonic(), 0.0, 0
        for batch in batches(chosen, random):
            logits = network(*padded([one.pieces for one in batch]), LOST_PIECES, LOST_FEATURES)
            loss = -(targets(batch, topics) * functional.log_softmax(logits, -1)).sum(1).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.layers.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total, count = total + loss.item(), count + 1
        right = np.mean(
            [int(says.argmax()) in one.topics for says, one in zip(says_of(network, held), held, strict=True)]
        )
        _say(f"epoch {epoch}: loss {total / count:.3f}, held out {right:.3f}, {time.monotonic() - started:.0f} s")
    return network


def says_of(network: TorchNetwork, chosen: Sequence[Lesson]) -> Floats:
    """Log probabilities of the head, (n, topics)."""
    network.eval()
    rows = []
    with torch.no_grad():
        for start in range(0, len(chosen), BATCH):
            logits = network(*padded([one.pieces for one in chosen[start : start + BATCH]]), 0.0, 0.0)
            rows.append(functional.log_softmax(logits, -1).numpy())
    return np.concatenate(rows)


def held_says(network: TorchNetwork, reader: Reader, held: Sequence[Labelled]) -> tuple[Floats, NDArray[np.bool_]]:
    """Log probabilities for held-out messages as the matcher makes them, and which have dialect words."""
    views = [reader.views(one.text) for one in held]
    first = says_of(network, [Lesson(view[0], (0,)) for view in views])
    second = says_of(network, [Lesson(view[-1], (0,)) for view in views])
    dialect = np.array([len(view) == 2 for view in views])
    return np.where(dialect[:, None], (first + second) / 2, first), dialect


def fit_fusion(says: Floats, grams: Floats, right: Sequence[Sequence[int]]) -> tuple[float, float]:
    """The two weights with the least log loss over (n, C) parts and the acceptable classes of each message."""
    best = (np.inf, 1.0, 1.0)
    for vector, gram in product(np.arange(0.1, 1.31, 0.1), np.arange(0.1, 2.01, 0.1)):
        logits = vector * says + gram * grams
        logits = logits - logits.max(axis=1, keepdims=True)
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        loss = -np.mean([np.log(chances[row, list(one)].sum() + 1e-9) for row, one in enumerate(right)])
        best = min(best, (float(loss), float(vector), float(gram)))
    return best[1], best[2]


def _say(line: object) -> None:
    print(line, flush=True)  # noqa: T201 (a command's output)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--epochs", type=int, default=6)
    epochs = options.parse_args().epochs
    knowledge, features = Knowledge.from_directory(), Features(Gloss.shipped())
    reader = Reader(features)
    pairs = examples(knowledge)
    names = sorted({topic for _, topic in pairs})
    labels = {name: at for at, name in enumerate(names)}
    held = [one for one in read_regression() if one.expect in ("answer", "out_of_scope")]
    right = [[labels[t] for t in (one.topics or [OUT_OF_SCOPE])] for one in held]
    chosen = lessons(reader, knowledge, labels)
    _say(f"{len(pairs)} examples in {len(chosen)} views, {len(held)} held out")
    views = [Lesson(reader.views(one.text)[0], tuple(places)) for one, places in zip(held, right, strict=True)]
    network = fit(chosen, len(names), epochs, views)
    model = train_grams([text for text, _ in pairs], [topic for _, topic in pairs], features)
    says, dialect = held_says(network, reader, held)
    grams = _grams(model, features, held, names)
    fusion = []
    for group in (~dialect, dialect):
        places = np.flatnonzero(group)
        fusion.append(fit_fusion(says[places], grams[places], [right[at] for at in places]))
    _report(says, grams, dialect, fusion, right)
    arrays = network.exported()
    made_of = hashlib.sha256(b"".join(np.ascontiguousarray(value).tobytes() for value in arrays.values())).hexdigest()
    np.savez_compressed(
        WEIGHTS, **arrays, name=np.array(f"helpline-encoder-{made_of[:12]}"), labels=np.array(names),
        moved=np.array(network.moved, np.int32), fusion=np.array(fusion, np.float32),
    )  # fmt: skip
    _say(f"{WEIGHTS}: {WEIGHTS.stat().st_size / 1e6:.1f} MB")


def _grams(model: TopicModel, features: Features, held: Sequence[Labelled], names: Sequence[str]) -> Floats:
    order = [model.labels.index(name) for name in names]
    return np.stack([model.scores(model.weighted(features.hashed(one.text)))[order] for one in held])


def _report(
    says: Floats, grams: Floats, dialect: NDArray[np.bool_], fusion: Sequence[tuple[float, float]],
    right: Sequence[Sequence[int]],
) -> None:  # fmt: skip
    weights = np.array(fusion)[dialect.astype(int)]
    both = weights[:, :1] * says + weights[:, 1:] * grams
    for name, scores in (("vectors", says), ("n-grams", grams), ("both", both)):
        order = np.argsort(-scores, axis=1)
        first = np.mean([order[row, 0] in one for row, one in enumerate(right)])
        three = np.mean([bool(set(order[row, :3]) & set(one)) for row, one in enumerate(right)])
        _say(f"{name}: first {first:.3f}, among three {three:.3f}")
    _say(f"fusions (vector, n-grams): {fusion}")


if __name__ == "__main__":
    main()
