"""The documentation against the code: tables, commands, links, files, and the shell lines that it shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from packaging.specifiers import SpecifierSet
from typer.testing import CliRunner

from helpline.cli.commands import build
from helpline.settings import ROOT, Settings
from scripts import audit, docs

SKIPPED = {".venv", "var", "node_modules", ".tools", ".git", "results"}
REGENERATE = "run: make docs"


def pages() -> list[Path]:
    """Every Markdown file of the project."""
    found = []
    for directory, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in SKIPPED and not (name[0] == "." and name != ".ci")]
        found += [Path(directory) / name for name in files if name.endswith(".md")]
    return sorted(found)


@dataclass(frozen=True)
class Line:
    """A line of a shell block, split into words."""

    page: Path
    number: int
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.number}"


def shell_lines() -> Iterator[Line]:
    """The commands in ```bash and ```sh blocks, without comments and variables in front."""
    for page in pages():
        inside = False
        for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1):
            if line.startswith("```"):
                inside = not inside and line.strip() in ("```bash", "```sh")
            elif inside and line.strip():
                words = shlex.split(line, comments=True)
                while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                    words.pop(0)
                if words:
                    yield Line(page, number, tuple(words))


LINES = tuple(shell_lines())
# Not the database of that name.
HELPLINE = tuple(line for line in LINES if "helpline" in line.words and "postgres" not in line.words)


def after(line: Line, word: str) -> list[str]:
    """What follows ``word``, up to a redirection or pipe."""
    rest = list(line.words[line.words.index(word) + 1 :])
    return rest[: next((i for i, part in enumerate(rest) if part in ("|", ">", "<", "&&", "||")), len(rest))]


def parse(words: list[str]) -> str:
    """Parse a command as the command line would, without running it; the path of the command."""
    command: Any = typer.main.get_command(build())
    path = ["helpline"]
    while getattr(command, "commands", None):
        assert words and words[0] in command.commands, f"there is no command {' '.join([*path, *words[:1]])}"
        path.append(words[0])
        command, words = command.commands[words[0]], words[1:]
    if "--help" not in words:
        command.make_context(" ".join(path), list(words))
    return " ".join(path)


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", "")).replace(" ", "-")


# --- what is written from the code


@pytest.mark.parametrize("page", docs.PAGES)
def test_written_parts_are_as_the_code_has_them(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert text.count("written by scripts/docs.py -->") >= 1
    assert docs.renewed(text) == text, f"{page} is out of date; {REGENERATE}"


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert len(Settings.model_fields) > 40
    for name, field in Settings.model_fields.items():
        assert f"| `{docs.variable(name)}` |" in page, f"{name}; {REGENERATE}"
        assert (field.description or "").strip(), f"{name} says nothing about itself"
    assert set(docs.FIRST) <= set(Settings.model_fields)


def test_what_production_needs_is_marked() -> None:
    needed = docs.needed(mode="production")
    assert {"DATABASE_URL", "HELPLINE_ENCRYPTION_KEYS", "HELPLINE_PUBLIC_URL"} <= needed
    marked = set(
        re.findall(r"\| `(\w+)` \|[^\n]*\*\*Needed in production", (ROOT / "docs/settings.md").read_text("utf-8"))
    )
    assert marked == needed
    assert docs.needed(mode="production", telegram_token="x") - needed == {"HELPLINE_TELEGRAM_SECRET"}


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    leaves = docs.leaves()
    assert len(leaves) > 10
    for path, command in leaves:
        assert f"## `{path}`" in page, f"{path}; {REGENERATE}"
        assert command.help, f"{path} says nothing about itself"


def test_every_metric_is_documented() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    collectors = docs.collectors()
    assert len(collectors) >= 7
    for metric in collectors:
        assert f"| `{metric._name}" in page, f"{metric._name}; {REGENERATE}"


# --- links and files


def test_every_relative_link_leads_somewhere() -> None:
    links = 0
    for page in pages():
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\[[^\]]+\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            there = (page.parent / file).resolve() if file else page
            assert there.exists(), f"{page.relative_to(ROOT)}: {target} leads nowhere"
            if anchor:
                headings = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.M)
                assert anchor in {slug(heading) for heading in headings}, f"{page.relative_to(ROOT)}: {target}"
            links += 1
    assert links > 20


def test_every_file_named_in_the_text_exists() -> None:
    named = 0
    tops = {path.name for path in ROOT.iterdir() if path.name not in SKIPPED}
    for page in pages():
        for name in re.findall(r"`([\w.\-]+(?:/[\w.\-]+)*/?)`", page.read_text("utf-8")):
            if "/" not in name.rstrip("/") or name.split("/")[0] not in tops or name in ("bot/.venv", "bot/models"):
                continue
            assert (ROOT / name).exists() or (page.parent / name).exists(), f"{page.relative_to(ROOT)}: `{name}`"
            named += 1
    assert named > 40


# --- commands


def test_there_are_commands_to_check() -> None:
    assert len(LINES) > 30 and len(HELPLINE) > 10
    assert {line.words[0] for line in LINES} >= {"make", "uv", "docker"}


@pytest.mark.parametrize("line", HELPLINE, ids=str)
def test_helpline_lines_are_understood(line: Line) -> None:
    parse(after(line, "helpline"))


def test_commands_in_the_text_exist() -> None:
    leaves = {path for path, _ in docs.leaves()}
    groups = {" ".join(path.split()[:2]) for path in leaves if len(path.split()) == 3}
    checked = 0
    for page in pages():
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        for found in re.findall(r"`(?:uv run )?(helpline [a-z][a-z\- ]*)[^`]*`", text):
            words = found.split()
            assert any(" ".join(words[:n]) in leaves | groups for n in (2, 3)), f"{page.relative_to(ROOT)}: `{found}`"
            checked += 1
    assert checked > 10


@pytest.mark.parametrize("path", [path for path, _ in docs.leaves()])
def test_every_command_explains_itself(path: str) -> None:
    result = CliRunner().invoke(build(), [*path.split()[1:], "--help"])
    assert result.exit_code == 0 and "Usage" in result.output


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = [(str(line), word) for line in LINES if line.words[0] == "make" for word in line.words[1:]]
    for page in pages():
        named += [(page.name, word) for word in re.findall(r"`make ([a-z]+)`", page.read_text("utf-8"))]
    assert len(named) > 8
    for where, target in named:
        assert target in targets, f"{where}: make {target}"


def test_files_in_commands_exist() -> None:
    checked = 0
    tops = {path.name for path in ROOT.iterdir()}
    made = {".env", "models", "models/helpline.tar.gz", ".venv"}  # by the commands themselves
    for line in LINES:
        for word in line.words:
            name = word.removeprefix("./")
            if name in made or word.startswith((".venv/", "models", "-", "http")):
                continue
            near = (line.page.parent / name).exists()
            if "/" in name and not near and name.split("/")[0] in tops:
                assert (ROOT / name).exists(), f"{line}: {word}"
            if "/" in name and (near or (ROOT / name).exists()):
                checked += 1
    assert checked > 8


def test_modules_in_commands_exist() -> None:
    found = 0
    for line in (line for line in LINES if "-m" in line.words):
        name = after(line, "-m")[0].replace(".", "/")
        if name != "pytest":
            assert (ROOT / f"{name}.py").exists(), line
            found += 1
    found += len(re.findall(r"python -m scripts\.\w+", "".join(page.read_text("utf-8") for page in pages())))
    assert found >= 3


def test_compose_lines_name_services() -> None:
    services = set(yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"])
    checked = 0
    for line in LINES:
        if line.words[:2] != ("docker", "compose"):
            continue
        verb, *rest = after(line, "compose")
        assert verb in {"up", "ps", "logs", "exec", "run", "stop", "restart", "build"}, line
        scaled = [value.split("=")[0] for option, value in pairwise(rest) if option == "--scale"]
        plain = [word for word in rest if word[0] != "-" and "=" not in word and not re.fullmatch(r"\d+h", word)]
        named = scaled + (plain[:1] if verb in ("exec", "run") else plain if verb != "up" else [])
        for name in named:
            assert name in services, f"{line}: {name}"
            checked += 1
    assert checked > 10


def test_a_command_of_the_readme_runs() -> None:
    """The rest needs a running helpline: the journey tests run those."""
    result = CliRunner().invoke(build(), ["keys", "new"])
    assert result.exit_code == 0 and len(result.output.strip()) == 44


def test_ci_runs_what_contributing_says() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert os.access(ROOT / ".ci" / "run", os.X_OK) and "set -euo pipefail" in script
    for line in ("make test", "scripts.docs --check", "scripts.audit app", "scripts.audit bot"):
        assert line in script
    assert subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=False).returncode == 0


# --- the audit that CI runs


def test_audit_judges() -> None:
    pinned = {"keras": SpecifierSet("<2.13"), "urllib3": SpecifierSet(">=1")}
    keras = audit.Finding("keras", "2.12.0", ("A-1", "CVE-1"), ("2.13.1",))
    urllib3 = audit.Finding("urllib3", "2.8.0", ("A-2",), ("2.8.1",))
    other = audit.Finding("other", "1", ("A-3",), ())
    reported, failing = audit.judged([keras, urllib3, other], {"A-3": "not used"}, pinned)
    assert [line.split()[0] for line in reported] == ["pinned", "accepted"] and len(failing) == 1
    assert "urllib3" in failing[0]
    assert len(audit.judged([keras, urllib3, other], {}, {})[1]) == 3, "without pins everything fails"
    assert not audit.judged([keras], {"CVE-1": "an alias counts"}, {})[1]


def test_audit_reads_the_report() -> None:
    report = {
        "dependencies": [
            {"name": "a", "version": "1", "vulns": [{"id": "X", "aliases": ["Y"], "fix_versions": ["2"]}]},
            {"name": "b", "version": "1", "vulns": []},
            {"name": "c", "skip_reason": "not on PyPI"},
        ]
    }
    assert audit.findings(report) == ([audit.Finding("a", "1", ("X", "Y"), ("2",))], ["c"])


@pytest.mark.parametrize("name", sorted(audit.ENVIRONMENTS))
def test_accepted_vulnerabilities_have_a_reason(name: str, tmp_path: Path) -> None:
    audit.accepted(audit.ENVIRONMENTS[name].accepted)
    bad = tmp_path / "ignore.txt"
    bad.write_text("# why\nA-1 known\nA-2\n")
    with pytest.raises(SystemExit, match="A-2"):
        audit.accepted(bad)
