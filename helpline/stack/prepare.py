"""What must be there before the processes start: environments, tables, knowledge, a trained bot. Each is made once."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from helpline.db import Database
from helpline.db.migrate import migrate
from helpline.errors import ConfigurationError
from helpline.settings import ROOT, Settings
from helpline.stack.local import environment
from helpline.stack.parts import BOT, BOT_PYTHON, model_file

Say = Callable[[str], None]
# What the trained bot depends on.
BOT_INPUTS = ("config.yml", "domain", "data", "components", "train.py", "uv.lock")


def digest(paths: Iterable[Path]) -> str:
    """One hash over files and folders, by relative name and content."""
    total = hashlib.sha256()
    for path in paths:
        files = (
            sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
            if path.is_dir()
            else [path]
        )
        for file in files:
            total.update(str(file.relative_to(path.parent)).encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def find_python310() -> str:
    """A Python 3.10 for the bot: one on this machine (pyenv's included), or "3.10" for uv to fetch."""
    candidates = [shutil.which("python3.10")]
    for root in (os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")):
        if root:
            candidates += sorted((str(p) for p in Path(root).glob("versions/3.10.*/bin/python")), reverse=True)
    for candidate in candidates:
        if candidate and _is_310(candidate):
            return candidate
    return "3.10"


def _is_310(python: str) -> bool:
    try:
        said = subprocess.run(
            [python, "-c", "import sys; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except OSError:
        return False
    return said.stdout.strip() == "(3, 10)"


def bot_environment(say: Say) -> None:
    """Make or update ``bot/.venv``; raises ConfigurationError with what to do."""
    marker = BOT / ".venv" / "helpline.lock"
    wanted = digest([BOT / "uv.lock", BOT / "pyproject.toml"])
    if BOT_PYTHON.exists() and marker.exists() and marker.read_text() == wanted:
        return
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    say("installing Rasa in bot/.venv (Python 3.10), some minutes the first time")
    env = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")}
    try:
        done = subprocess.run(
            [uv, "sync", "--frozen", "--quiet", "--python", find_python310()],
            cwd=BOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise ConfigurationError("uv is not on this machine: run `make up`, which fetches it.") from error
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise ConfigurationError(
            f"The bot's environment cannot be made ({reason[0]}). It needs Python 3.10: install one "
            "(`uv python install 3.10`, pyenv or your system's packages) and run `make up` again."
        )
    marker.write_text(wanted)


def train_bot(settings: Settings, say: Say) -> None:
    """Train the bot where its data changed; raises ConfigurationError with the trainer's last line."""
    model = model_file(settings)
    marker = model.with_suffix(".hash")
    wanted = digest([BOT / name for name in BOT_INPUTS])
    if model.exists() and marker.exists() and marker.read_text() == wanted:
        return
    say("training the bot, about a minute")
    model.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [str(BOT_PYTHON), "train.py", "--out", str(model.parent)],
        cwd=BOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not model.exists():
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no reason given"]
        raise ConfigurationError(f"The bot cannot be trained: {last[0]}")
    marker.write_text(wanted)


async def load_knowledge(settings: Settings, say: Say) -> None:
    """Import the shipped knowledge where it changed, and have its index built in a process of its own."""
    from knowledge import repository
    from knowledge.records import Knowledge

    database = Database(settings.database_url, pool_size=2)
    try:
        knowledge = await asyncio.to_thread(Knowledge.from_directory)
        async with database.transaction() as session:
            diff = await repository.replace_all(session, knowledge, unless_imported=True)
        if diff.applied:
            say(f"knowledge imported: {len(knowledge.articles)} articles, {len(knowledge.questions)} example questions")
    finally:
        await database.close()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "helpline.stack.build_index", cwd=ROOT, env=environment(settings),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await process.communicate()
    if process.returncode:
        last = errors.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        raise ConfigurationError(f"The search index cannot be built: {last[0]}")
    if output.strip():
        say(output.decode().strip())


async def prepare(settings: Settings, say: Say) -> None:
    """Everything, the independent halves side by side: the bot, and database with knowledge."""

    async def bot() -> None:
        await asyncio.to_thread(bot_environment, say)
        await asyncio.to_thread(train_bot, settings, say)

    async def data() -> None:
        await migrate(settings.database_url)
        await load_knowledge(settings, say)

    await asyncio.gather(bot(), data())
