"""The baseline: a stock Rasa FAQ bot as `rasa init` lays it out, answering the same subjects over its REST channel."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import yaml

from helpline.settings import ROOT
from helpline.stack.local import free_port
from helpline.stack.parts import BOT_PYTHON

EXAMPLES = 40
# `rasa init` writes 100. Fewer train in a minute and answer at the same speed; only speed and memory are compared here.
EPOCHS = 5
# The pipeline and policies that Rasa 3.6's `rasa init` writes, but for the epochs.
CONFIG = {
    "recipe": "default.v1",
    "assistant_id": "stock-faq",
    "language": "fr",
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": EPOCHS, "constrain_similarities": True},
        {"name": "EntitySynonymMapper"},
        {"name": "ResponseSelector", "epochs": EPOCHS, "constrain_similarities": True},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ],
    "policies": [
        {"name": "MemoizationPolicy"},
        {"name": "RulePolicy"},
        {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": EPOCHS},
        {"name": "TEDPolicy", "max_history": 5, "epochs": EPOCHS, "constrain_similarities": True},
    ],
}


def write_project(directory: Path) -> None:
    """An FAQ bot on our own example questions and answers: one intent and one rule a topic."""
    topics = sorted({path.parent.parent.name for path in (ROOT / "knowledge/content").glob("*/regional/fr.yaml")})[:12]
    nlu, rules, responses = [], [], {}
    for topic in topics:
        lines = (ROOT / "knowledge/questions" / f"{topic}.jsonl").read_text("utf-8").splitlines()[:EXAMPLES]
        texts = [json.loads(line)["text"].replace("\n", " ").replace("[", "(").replace("]", ")") for line in lines]
        nlu.append({"intent": topic, "examples": "".join(f"- {text}\n" for text in texts)})
        rules.append({"rule": topic, "steps": [{"intent": topic}, {"action": f"utter_{topic}"}]})
        answer = yaml.safe_load((ROOT / f"knowledge/content/{topic}/regional/fr.yaml").read_text("utf-8"))
        responses[f"utter_{topic}"] = [{"text": answer["answer"]}]
    rules.append({"rule": "fallback", "steps": [{"intent": "nlu_fallback"}, {"action": "utter_fallback"}]})
    responses["utter_fallback"] = [{"text": "Pardon, je n'ai pas compris."}]
    stories = [{"story": "one", "steps": [{"intent": topics[0]}, {"action": f"utter_{topics[0]}"}]}]
    files = {
        "config.yml": CONFIG,
        "domain.yml": {"version": "3.1", "intents": topics, "responses": responses},
        "data/nlu.yml": {"version": "3.1", "nlu": nlu},
        "data/rules.yml": {"version": "3.1", "rules": rules, "stories": stories},
        "credentials.yml": {"rest": None},
        "endpoints.yml": {},
    }
    for name, value in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10_000), "utf-8")


@asynccontextmanager
async def stock_bot(directory: Path) -> AsyncIterator[tuple[str, int]]:
    """Train and serve it; gives the address of its REST webhook and its process id."""
    write_project(directory)
    env = os.environ | {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    rasa = [str(BOT_PYTHON), "-m", "rasa"]
    trained = await asyncio.to_thread(
        subprocess.run, [*rasa, "train", "--quiet"], cwd=directory, env=env, capture_output=True, text=True, check=False
    )
    if trained.returncode:
        raise RuntimeError(f"the stock bot cannot be trained: {trained.stderr[-400:]}")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *rasa, "run", "--port", str(port), "--interface", "127.0.0.1", "--log-file", str(directory / "rasa.log"),
        cwd=directory, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=3) as client, asyncio.timeout(180):
            while True:
                with suppress(httpx.HTTPError):
                    if (await client.get(f"http://127.0.0.1:{port}/")).status_code == 200:
                        break
                await asyncio.sleep(0.5)
        yield f"http://127.0.0.1:{port}/webhooks/rest/webhook", process.pid
    finally:
        process.terminate()
        await process.wait()
