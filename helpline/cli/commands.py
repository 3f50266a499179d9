"""All commands, one function each; the work is done elsewhere."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from helpline import logs
from helpline.cli import run, say
from helpline.settings import Settings

Country = Annotated[str | None, typer.Option(help="Country of the person, ISO code (MA, TN, …).")]
Channel = Annotated[str, typer.Option(help="whatsapp, sms or telegram: whose limits apply.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def build() -> typer.Typer:
    """The command tree."""
    from helpline.cli import content, operate

    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
    for command in (up, ask, chat, evaluate):
        app.command()(command)
    operate.add(app)
    app.add_typer(content.build(), name="content", help="The knowledge base as files.")
    return app


def up() -> None:
    """Set up what is missing, start the whole helpline, and keep it running until Ctrl-C."""
    logs.configure("WARNING", "up")
    run(_up(Settings()))


async def _up(settings: Settings) -> None:
    from helpline.stack.running import stack

    started, stop = time.monotonic(), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    preparing = asyncio.current_task()
    assert preparing is not None
    cancel = asyncio.create_task(_cancel_on(stop, preparing))
    try:
        async with stack(settings, say) as (ready, _supervisor):
            cancel.cancel()
            print(f"\nThe helpline is up ({time.monotonic() - started:.0f} s).\n")
            print(f"  webhooks      http://{ready.public_host}:{ready.public_port}/webhooks/<channel>")
            print(f"  staff         http://{ready.staff_host}:{ready.staff_port}/state")
            print(f"  logs          {ready.data_dir / 'log'}")
            if ready.serves_unreviewed:
                print("  content       starter answers are served; they still wait for your lawyer's review")
            print('\nTry:  uv run helpline ask "mon patron ne me paie pas depuis 2 mois, je suis à Casablanca"')
            print("Stop: Ctrl-C\n", flush=True)
            await stop.wait()
            say("stopping")
    except asyncio.CancelledError:
        say("stopped before it was up")


async def _cancel_on(stop: asyncio.Event, task: asyncio.Task[None]) -> None:
    await stop.wait()
    task.cancel()


def ask(
    text: Annotated[str, typer.Argument(help="The message, as a worker would write it.")],
    channel: Channel = "whatsapp",
    country: Country = None,
    as_json: Json = False,
) -> None:
    """Ask one question through the real path, as a new person."""
    run(_ask(text, channel, country, as_json))


async def _ask(text: str, channel: str, country: str | None, as_json: bool) -> None:
    from helpline.evaluation.result import as_result
    from helpline.stack.running import some_stack
    from helpline.stack.simulator import Simulator

    logs.configure("WARNING", "ask")
    async with some_stack(Settings(), say) as settings:
        simulator = Simulator(settings)
        try:
            person = simulator.person(channel, country)
            said = await person.say(text)
            await simulator.forget(person)
        finally:
            await simulator.close()
    if as_json:
        print(json.dumps(as_result(said), ensure_ascii=False, indent=2))
    else:
        print("\n\n".join(said.replies) or "(no reply)")


def chat(
    channel: Channel = "whatsapp",
    country: Country = None,
    trace: Annotated[bool, typer.Option(help="Show what was understood after each turn.")] = False,
) -> None:
    """A conversation in the terminal; Ctrl-D ends it. `!audio`, `!image` and the like send other than text."""
    run(_chat(channel, country, trace))


async def _chat(channel: str, country: str | None, trace: bool) -> None:
    from helpline.stack.running import some_stack
    from helpline.stack.simulator import Simulator

    logs.configure("WARNING", "chat")
    async with some_stack(Settings(), say) as settings:
        simulator = Simulator(settings)
        person = simulator.person(channel, country)
        try:
            while True:
                print("> ", end="", flush=True)
                line = await asyncio.to_thread(sys.stdin.readline)
                if not line:
                    break
                text = line.strip()
                media = (
                    text[1:]
                    if text in ("!audio", "!image", "!video", "!document", "!location", "!sticker", "!contact")
                    else ""
                )
                said = await person.say("" if media else text, media=media)
                print("\n".join(f"\n{reply}" for reply in said.replies) or "(silence)")
                if trace:
                    print(json.dumps(said.understood, ensure_ascii=False))
                print()
        finally:
            await simulator.forget(person)
            await simulator.close()


def evaluate(
    files: Annotated[
        list[Path], typer.Argument(help="Labelled messages (.jsonl) or dialogues (.yaml).", exists=True, dir_okay=False)
    ],
    as_json: Json = False,
    report: Annotated[str, typer.Option(help="`html`: also write a confusion report, with the messages.")] = "",
    out: Annotated[Path, typer.Option(help="Where the report goes.", dir_okay=False)] = Path("evaluation.html"),
    compare: Annotated[
        Path | None, typer.Option(help="An earlier run (`--json`): print what changed.", exists=True, dir_okay=False)
    ] = None,
    concurrency: Annotated[int, typer.Option(help="Messages under way at once.")] = 8,
) -> None:
    """Run labelled messages or dialogues through the real path and print the scores."""
    from helpline.evaluation.run import Output, evaluate_files

    if report not in ("", "html"):
        raise typer.BadParameter("html is the only kind of report", param_hint="--report")
    logs.configure("WARNING", "evaluate")
    run(evaluate_files(files, Output(as_json, out if report else None, compare), concurrency, say))
