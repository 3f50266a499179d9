"""The encoder in PyTorch, for training only: the same arithmetic as ``network.py``, in batches, with gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from knowledge.search.encoder.network import CHUNKS, PIECE, WIDTH, WINDOWS

ORDERS = tuple(size for size, _before in WINDOWS)
FEATURES = PIECE + 320  # of the topic head: the sentence vector and the layer before it


def wheel_layers(wheel: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.float32]]:
    """The wheel's layers under the names that ``network.py`` reads."""
    joined = {
        "proj_W": np.concatenate([wheel[f"proj{n}"] for n in ORDERS], axis=1),
        "proj_b": np.concatenate([wheel[f"proj_b{n}"] for n in ORDERS]),
        "lg": np.concatenate([wheel[f"ln_g{n}"] for n in ORDERS]),
        "lb": np.concatenate([wheel[f"ln_b{n}"] for n in ORDERS]),
        "g": wheel["ln_g"], "b": wheel["ln_b"], "cW": wheel["cnn_W"], "cb": wheel["cnn_b"],
        **{name: wheel[name] for name in ("d0", "d1", "d2", "d3", "p1", "p3")},
    }  # fmt: skip
    for place, size in enumerate(ORDERS):
        for name in ("w1", "b1", "w2", "b2"):
            joined[f"{name}.{place}"] = wheel[f"{name}_{size}"]
    return {name: np.asarray(value, np.float32) for name, value in joined.items()}


class TorchNetwork(nn.Module):
    """``moved``: the pieces whose vectors training may move; the others stay as the wheel has them."""

    def __init__(self, wheel: Mapping[str, NDArray[np.generic]], moved: Sequence[int], topics: int) -> None:
        super().__init__()
        rows = wheel["q1"].shape[0]
        table = np.empty((CHUNKS * rows, PIECE), np.uint8)
        for part in range(CHUNKS):
            table[part::CHUNKS] = wheel[f"q{part + 1}"]
        self.table, self.eps = torch.from_numpy(table), float(wheel["eps"])
        self.scale = torch.tensor(np.asarray(wheel["scale"], np.float32))
        self.lowest = torch.tensor(np.asarray(wheel["lo"], np.float32))
        self.place = torch.zeros(len(table), dtype=torch.long)
        self.place[torch.tensor(moved)] = torch.arange(1, len(moved) + 1)
        self.added = nn.Embedding(len(moved) + 1, PIECE)
        nn.init.zeros_(self.added.weight)
        layers = wheel_layers(wheel)
        self.layers = nn.ParameterDict(
            {name.replace(".", "_"): nn.Parameter(torch.tensor(value)) for name, value in layers.items()}
        )
        self.names = {name.replace(".", "_"): name for name in layers}
        self.head = nn.Linear(FEATURES, topics)

    def forward(self, pieces: Tensor, mask: Tensor, lost_pieces: float, lost_features: float) -> Tensor:
        """Logits (B, topics) for padded piece numbers (B, L) and their mask; the shares are dropped while training."""
        layers, part = self.layers, pieces % CHUNKS
        raw = self.table[pieces].float() * self.scale[part][..., None] + self.lowest[part][..., None]
        raw = raw + self.added(self.place[pieces])
        if self.training:
            raw = raw * (torch.rand(pieces.shape) > lost_pieces)[..., None]
        inside = mask[..., None]
        projected = functional.layer_norm(
            raw @ layers["proj_W"] + layers["proj_b"], (3 * WIDTH,), layers["lg"], layers["lb"], self.eps
        )
        features = [raw]
        for place, (size, before) in enumerate(WINDOWS):
            own = projected[..., place * WIDTH : (place + 1) * WIDTH] * inside
            seen = _window(own, size, before)
            hidden = (functional.relu(seen @ layers[f"w1_{place}"] + layers[f"b1_{place}"]) + own) * inside
            deeper = _window(hidden, size, before) @ layers[f"w2_{place}"] + layers[f"b2_{place}"]
            features.append(functional.relu(deeper) + hidden)
        normed = functional.layer_norm(
            torch.cat(features, -1), (PIECE + 3 * WIDTH,), layers["g"], layers["b"], self.eps
        )
        count = mask.sum(1, keepdim=True)
        summed = ((normed * inside).sum(1) @ layers["cW"] + count * layers["cb"]) / count.sqrt()
        first = functional.relu(summed @ layers["d0"])
        middle = functional.relu(summed @ layers["p1"] + first @ layers["d1"])
        last = functional.relu(middle @ layers["d2"])
        vector = functional.normalize(torch.tanh(middle @ layers["p3"] + last @ layers["d3"]), dim=-1)
        both = torch.cat([vector * 8, functional.normalize(middle, dim=-1) * 8], -1)
        logits: Tensor = self.head(functional.dropout(both, lost_features, self.training))
        return logits

    def exported(self) -> dict[str, NDArray[np.generic]]:
        """Everything that ``network.py`` reads: layers in half precision, moved pieces in bytes."""
        added = self.added.weight.detach().numpy()[1:]
        scale = np.maximum(np.abs(added).max(axis=1), 1e-8) / 127
        halves = {
            f"layer.{self.names[key]}": value.detach().numpy().astype(np.float16) for key, value in self.layers.items()
        }
        return {
            **halves,
            "layer.eps": np.float32(self.eps),
            "layer.head_W": self.head.weight.detach().numpy().T.astype(np.float16),
            "layer.head_b": self.head.bias.detach().numpy().astype(np.float16),
            "added": np.round(added / scale[:, None]).astype(np.int8),
            "added_scale": scale.astype(np.float16),
        }  # fmt: skip


def _window(rows: Tensor, size: int, before: int) -> Tensor:
    padded = functional.pad(rows, (0, 0, before, size - 1 - before))
    return torch.cat([padded[:, shift : shift + rows.shape[1]] for shift in range(size)], -1)
