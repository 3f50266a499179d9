"""Serves the model: `rasa run`, lean. One REST channel, no HTTP API, no calls home, no texts in the logs.

    python serve.py --model models/helpline.tar.gz [--host 127.0.0.1] [--port 5005]

The environment (HELPLINE_RASA_HOST, HELPLINE_RASA_PORT, HELPLINE_RASA_TOKEN, HELPLINE_ACTIONS_ADDRESS,
DATABASE_URL, HELPLINE_REDIS_URL, SANIC_WORKERS) is explained in README.md.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any, Optional
from urllib.parse import unquote, urlsplit

import lean
import quiet

HERE = Path(__file__).resolve().parent
quiet.prepare()
lean.install()
sys.path.insert(0, str(HERE))

logger = logging.getLogger("helpline.rasa")


def main(arguments: Optional[list[str]] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=HERE / "models" / "helpline.tar.gz")
    parser.add_argument("--host", default=os.environ.get("HELPLINE_RASA_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("HELPLINE_RASA_PORT", "5005")))
    options = parser.parse_args(arguments)
    if not options.model.exists():
        raise SystemExit(f"No model at {options.model}. Train one: python train.py --out {options.model.parent}")
    missing = [name for name in ("DATABASE_URL", "HELPLINE_ACTIONS_ADDRESS") if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"Not set in the environment: {', '.join(missing)}.")
    serve(options.model, options.host, options.port)


def serve(model: Path, host: str, port: int) -> None:
    import patches

    patches.apply()
    quiet.quieten_rasa()
    import rasa.core.utils
    from rasa.core.run import close_resources, create_http_input_channels

    settings = endpoints()
    app = application(create_http_input_channels(None, str(HERE / "credentials.yml")))
    app.register_listener(partial(load, model, settings), "before_server_start")
    app.register_listener(close_resources, "after_server_stop")
    app.register_listener(close_trackers, "after_server_stop")
    app.run(
        host=host,
        port=port,
        access_log=False,
        debug=False,
        workers=rasa.core.utils.number_of_sanic_workers(settings.lock_store),
    )


def endpoints() -> Any:
    """endpoints.yml with the environment filled in, and the Redis lock store when there is a Redis."""
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig

    settings = AvailableEndpoints.read_endpoints(str(HERE / "endpoints.yml"))
    address = os.environ.get("HELPLINE_REDIS_URL")
    if address:
        settings.lock_store = EndpointConfig(**redis_settings(address))
    return settings


def redis_settings(address: str) -> dict[str, Any]:
    """`redis[s]://[user:password@]host[:port][/db]` as Rasa's lock store wants it."""
    url = urlsplit(address)
    if url.scheme not in ("redis", "rediss") or not url.hostname:
        raise SystemExit("HELPLINE_REDIS_URL must look like redis://host:6379/0.")
    found: dict[str, Any] = {
        "type": "redis",
        "url": url.hostname,
        "port": url.port or 6379,
        "db": int(url.path.strip("/") or 0),
        "key_prefix": "helpline",
        "use_ssl": url.scheme == "rediss",
    }
    if url.username:
        found["username"] = unquote(url.username)
    if url.password:
        found["password"] = unquote(url.password)
    return found


def application(channels: list[Any]) -> Any:
    """The channel and /health; none of Rasa's own HTTP API."""
    from rasa.core.run import configure_app
    from sanic import response

    app = configure_app(channels, enable_api=False)

    @app.get("/health")
    async def health(request: Any) -> Any:
        """200 when the model is loaded and the database answers; 503 and which of them does not."""
        agent = getattr(app.ctx, "agent", None)
        if agent is None or not agent.is_ready():
            return response.json({"status": "starting", "model": None}, status=503)
        try:
            await agent.tracker_store.ping()
        except Exception as error:
            logger.error("health.database error=%s", type(error).__name__)
            return response.json({"status": "no database", "model": agent.model_id}, status=503)
        return response.json({"status": "ok", "model": agent.model_id})

    return app


async def load(model: Path, settings: Any, app: Any, loop: Any) -> None:
    """Loads the model, or ends the process: a server without a model, or with another store, must not run."""
    from rasa.core.agent import load_agent

    from components.tracker_store import PostgresTrackerStore

    agent = await load_agent(model_path=str(model), endpoints=settings, loop=loop)
    if not agent.is_ready():
        raise SystemExit(f"The model {model} could not be loaded; train it again.")
    if not isinstance(agent.tracker_store, PostgresTrackerStore):
        raise SystemExit("The tracker store of endpoints.yml could not be loaded.")
    app.ctx.agent = agent
    gc.collect()
    gc.freeze()
    print(f"rasa: serving {model.name}", flush=True)


async def close_trackers(app: Any, loop: Any) -> None:
    agent = getattr(app.ctx, "agent", None)
    if agent is not None:
        agent.tracker_store.close()


if __name__ == "__main__":
    main()
