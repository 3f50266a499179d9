"""Other embedders than the shipped one: sentence-transformers, or an endpoint that speaks OpenAI's embeddings API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np

from helpline.errors import ConfigurationError
from helpline.settings import Settings
from knowledge.errors import EmbedderError
from knowledge.search.embedder import Embedder, Vectors, readable, unit
from knowledge.search.encoder import TunedEncoder

TRIES = 3


class SentenceTransformersEmbedder:
    """A model of the library sentence-transformers, by name or folder; the library is installed beside the helpline."""

    def __init__(self, model: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise ConfigurationError(
                "HELPLINE_EMBEDDER=sentence-transformers needs `uv pip install sentence-transformers`."
            ) from error
        self._model: Any = SentenceTransformer(model, device="cpu")
        self.name = f"sentence-transformers/{model}"
        self.dimensions = int(self._model.encode(["."]).shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors."""
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        encoded = self._model.encode([readable(text) for text in texts], show_progress_bar=False)
        return unit(np.asarray(encoded, np.float32))


class EndpointEmbedder:
    """``POST {url}/embeddings`` as OpenAI documents it, and many servers understand it."""

    def __init__(self, url: str, model: str, key: str = "", timeout_s: float = 20.0) -> None:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(base_url=url.rstrip("/") + "/", headers=headers, timeout=timeout_s)
        self._model = model
        self.name = f"{url}#{model}"
        self.dimensions = len(self._ask(["."])[0])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors; raises EmbedderError where the endpoint gives none."""
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        return unit(np.asarray(self._ask([readable(text) for text in texts]), np.float32))

    def _ask(self, texts: Sequence[str]) -> list[list[float]]:
        for attempt in range(1, TRIES + 1):
            try:
                answer = self._client.post("embeddings", json={"model": self._model, "input": list(texts)})
                answer.raise_for_status()
                rows = sorted(answer.json()["data"], key=lambda row: row["index"])
                vectors = [[float(value) for value in row["embedding"]] for row in rows]
                if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) != 1:
                    raise EmbedderError
                return vectors
            except (httpx.TransportError, httpx.HTTPStatusError) as error:
                refused = isinstance(error, httpx.HTTPStatusError) and error.response.status_code < 500
                if attempt == TRIES or refused:
                    raise EmbedderError from error
            except (KeyError, TypeError, ValueError) as error:
                raise EmbedderError from error
        raise EmbedderError


def from_settings(settings: Settings) -> Embedder:
    """The embedder that the settings name; raises ConfigurationError."""
    match settings.embedder:
        case "sentence-transformers":
            if not settings.embedder_model:
                raise ConfigurationError("Set HELPLINE_EMBEDDER_MODEL to a model's name or folder.")
            return SentenceTransformersEmbedder(settings.embedder_model)
        case "openai":
            if not settings.embedder_url or not settings.embedder_model:
                raise ConfigurationError("Set HELPLINE_EMBEDDER_URL and HELPLINE_EMBEDDER_MODEL.")
            return EndpointEmbedder(
                settings.embedder_url, settings.embedder_model, settings.embedder_key.get_secret_value()
            )
    return TunedEncoder()
