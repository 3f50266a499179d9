"""Trains the model: `python train.py --out DIR` writes DIR/helpline.tar.gz, a line for each stage."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import lean
import quiet

HERE = Path(__file__).resolve().parent
MODEL_NAME = "helpline"
_started = time.monotonic()


def say(stage: str) -> None:
    print(f"[{time.monotonic() - _started:5.1f} s] {stage}", flush=True)


def train(out: Path) -> Path:
    quiet.prepare()
    lean.install()
    sys.path.insert(0, str(HERE))
    say("loading Rasa")
    import rasa.model_training
    from rasa.engine.training import hooks

    quiet.quieten_rasa()
    report_stages(hooks)
    # Rasa fingerprints every component's output for a cache that a forced training never reads.
    hooks.TrainingHook.on_after_node = lambda *args, **kwargs: None
    say("reading the training data")
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    here = os.getcwd()
    os.chdir(HERE)  # Rasa keeps its cache in ./.rasa
    try:
        result = rasa.model_training.train(
            domain=str(HERE / "domain"),
            config=str(HERE / "config.yml"),
            training_files=[str(HERE / "data" / "rules.yml"), str(one_file(out / "nlu.yml"))],
            output=str(out),
            force_training=True,
            fixed_model_name=MODEL_NAME,
        )
    finally:
        os.chdir(here)
        (out / "nlu.yml").unlink()
    if result.code != 0 or not result.model:
        raise SystemExit("The bot could not be trained; the lines above say why.")
    say(f"written: {result.model}")
    return Path(result.model)


def one_file(to: Path) -> Path:
    """All examples in one file: Rasa merges files one by one and compares all lines each time."""
    parts = [file.read_text("utf-8").split("nlu:\n", 1)[1] for file in sorted((HERE / "data" / "nlu").glob("*.yml"))]
    to.write_text('version: "3.1"\nnlu:\n' + "".join(part.rstrip("\n") + "\n" for part in parts), "utf-8")
    return to


def report_stages(hooks: object) -> None:
    """A line when a component starts to train (Rasa's own are at INFO, among many others)."""
    original = hooks.LoggingHook.on_before_node  # type: ignore[attr-defined]

    def on_before_node(self: object, node_name: str, *args: object, **kwargs: object) -> object:
        if node_name.startswith("train_"):
            say("training " + node_name[len("train_") :].rstrip("0123456789").rsplit(".", 1)[-1])
        return original(self, node_name, *args, **kwargs)

    hooks.LoggingHook.on_before_node = on_before_node  # type: ignore[attr-defined]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "models")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # the same model each time, whatever the order of sets
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    train(options.out)
