"""A server on loopback that speaks OpenAI's embeddings and chat API: embeddings by USE, choices as told."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from knowledge.search.embedder import UseEmbedder


@dataclass
class LanguageModelStandIn:
    """``says``: the next content of a chat answer. ``failures``: how many requests to answer with 503 first."""

    says: str = '{"choice": 1}'
    failures: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> LanguageModelStandIn:
        stand_in, embedder = self, UseEmbedder()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                stand_in.asked.append({"path": self.path, "authorization": self.headers.get("authorization"), **body})
                if stand_in.failures > 0:
                    stand_in.failures -= 1
                    return self.answer(503, {"error": {"message": "busy"}})
                if self.path == "/v1/embeddings":
                    vectors = embedder.encode(body["input"]).tolist()
                    rows = [
                        {"index": at, "embedding": vector, "object": "embedding"} for at, vector in enumerate(vectors)
                    ]
                    return self.answer(200, {"object": "list", "data": rows[::-1], "model": body["model"]})
                message = {"role": "assistant", "content": stand_in.says}
                return self.answer(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

            def answer(self, status: int, body: dict[str, Any]) -> None:
                raw = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_args: object) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
