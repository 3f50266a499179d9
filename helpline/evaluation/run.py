"""``helpline evaluate``: read the files, run every case through the real path, print the scores."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from helpline.errors import BadRequest
from helpline.evaluation.compare import compare, lines, read_run
from helpline.evaluation.dialogues import play, summary
from helpline.evaluation.report import page
from helpline.evaluation.result import as_result
from helpline.evaluation.scores import by_language, scores
from helpline.settings import Settings
from helpline.stack.running import some_stack
from helpline.stack.simulator import Simulator

Say = Callable[[str], None]
KEYS = ("id", "lang", "text", "topics", "country", "urgent", "expect")


class BadCases(BadRequest):
    """A file of labelled messages cannot be read."""


def read_messages(file: Path) -> list[dict[str, Any]]:
    """The labelled messages of a ``.jsonl`` file; raises BadCases with file and line."""
    cases = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadCases(f"{file}:{number}: {error.msg}") from error
        if missing := [key for key in KEYS if key not in case]:
            raise BadCases(f"{file}:{number}: {', '.join(missing)} missing")
        cases.append(case)
    return cases


def read_dialogues(file: Path) -> list[dict[str, Any]]:
    """The dialogues of a ``.yaml`` file; raises BadCases."""
    try:
        dialogues = yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise BadCases(f"{file}: {error}") from error
    if not isinstance(dialogues, list) or not all(
        isinstance(d, dict) and d.get("id") and d.get("turns") for d in dialogues
    ):
        raise BadCases(f"{file}: a list of dialogues with id and turns is expected")
    return dialogues


@dataclass(frozen=True, slots=True)
class Output:
    """What is printed and written beside the scores. ``report``: where the HTML page goes; ``before``: an older run."""

    as_json: bool = False
    report: Path | None = None
    before: Path | None = None


async def evaluate_files(files: Sequence[Path], output: Output, concurrency: int, say: Say) -> None:
    """Run all of ``files`` and print the scores."""
    before = read_run(output.before) if output.before else None  # a wrong file is said before minutes of work
    messages = [case for file in files if file.suffix != ".yaml" for case in read_messages(file)]
    dialogues = [dialogue for file in files if file.suffix == ".yaml" for dialogue in read_dialogues(file)]
    async with some_stack(Settings(), say) as settings:
        simulator = Simulator(settings)
        try:
            cases = await _gather(messages, lambda case: _ask(simulator, case), concurrency, say, "messages")
            played = await _gather(dialogues, lambda d: play(simulator, d), concurrency, say, "dialogues")
        finally:
            await simulator.close()
    result = {
        "cases": [*cases, *played],
        "scores": {"overall": scores(cases), "languages": by_language(cases), "dialogues": summary(played)},
    }
    if output.report:
        output.report.write_text(page(result, "Evaluation: " + ", ".join(file.name for file in files)), "utf-8")
        say(f"report written to {output.report}")
    if output.as_json:
        print(json.dumps(result, ensure_ascii=False))
    elif before:
        print("\n".join(lines(compare(before, result))))
    else:
        _print(result["scores"])  # type: ignore[arg-type]


async def _ask(simulator: Simulator, case: dict[str, Any]) -> dict[str, Any]:
    """One labelled message, as a new person."""
    person = simulator.person("whatsapp")
    said = await person.say(case["text"])
    await simulator.forget(person)
    return {key: case[key] for key in KEYS} | {"got": as_result(said)}


async def _gather(
    items: Sequence[dict[str, Any]],
    work: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]],
    concurrency: int,
    say: Say,
    what: str,
) -> list[dict[str, Any]]:
    gate, done = asyncio.Semaphore(concurrency), 0

    async def one(item: dict[str, Any]) -> dict[str, Any]:
        nonlocal done
        async with gate:
            result = await work(item)
        done += 1
        if done % 200 == 0:
            say(f"{done} of {len(items)} {what}")
        return result

    return list(await asyncio.gather(*(one(item) for item in items)))


def _print(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Scores")
    groups = {"all": result["overall"], **result["languages"]}
    table.add_column("figure")
    for name in groups:
        table.add_column(name, justify="right")
    for figure in result["overall"]:
        table.add_row(figure, *("-" if group[figure] is None else f"{group[figure]:g}" for group in groups.values()))
    Console().print(table)
    if result["dialogues"]["count"]:
        print(f"dialogues: {result['dialogues']}")
