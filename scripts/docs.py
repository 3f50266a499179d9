"""Writes the parts of the documentation that come from the code: settings, commands, metrics.

    uv run python -m scripts.docs            # write
    uv run python -m scripts.docs --check    # exit code 1 where a page is out of date

A part stands between ``<!-- NAME: written by scripts/docs.py -->`` and ``<!-- end -->``; the rest is by hand.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from helpline.cli.commands import build
from helpline.errors import ConfigurationError
from helpline.metrics import Metrics
from helpline.settings import ROOT, Settings

PAGES = ("README.md", "docs/settings.md", "docs/commands.md", "docs/metrics.md")
# What most people set; README shows these, docs/settings.md all.
FIRST = (
    "mode", "database_url", "data_dir", "encryption_keys", "index_key", "rasa_token", "public_url", "public_port",
    "staff_port", "twilio_account_sid", "twilio_auth_token", "twilio_whatsapp_from", "twilio_sms_from",
    "twilio_template_sid", "telegram_token", "telegram_secret", "serve_unreviewed", "default_country", "log_level",
)  # fmt: skip
_BLOCK = re.compile(r"(<!-- (\w+): written by scripts/docs\.py -->\n).*?(<!-- end -->)", re.DOTALL)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return "DATABASE_URL" if name == "database_url" else f"HELPLINE_{name.upper()}"


def needed(**values: str) -> frozenset[str]:
    """The variables that a process with these settings, and no other, refuses to start without."""
    bare: dict[str, object] = {name: field.get_default(call_default_factory=True) for name, field in _fields()}
    try:
        Settings.model_validate({**bare, **values}).checked()
    except ConfigurationError as error:
        return frozenset(re.findall(r"\b[A-Z][A-Z_]+[A-Z]\b", error.message))
    return frozenset()


def settings(names: tuple[str, ...] | None = None) -> str:
    """The table of the settings, all of them or those in ``names``."""
    required = needed(mode="production")
    lines = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in _fields():
        if names is None or name in names:
            must = " **Needed in production.**" if variable(name) in required else ""
            lines.append(f"| `{variable(name)}` | {_default(field)} | {_cell(field.description or '')}{must} |")
    return "\n".join(lines)


def _fields() -> Iterator[tuple[str, FieldInfo]]:
    yield from Settings.model_fields.items()


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = value.relative_to(ROOT)
    return "" if value in ("", None, []) else f"`{value}`"


def commands() -> str:
    """Every command: what it does, its arguments and options."""
    return "\n\n".join(_command(path, command) for path, command in leaves())


def leaves() -> list[tuple[str, Any]]:
    """``(words, command)`` of every command that does something, in alphabetical order.

    Any: the command is click's, or typer's own copy of click, as its version has it.
    """
    return sorted(_walk("helpline", typer.main.get_command(build())), key=lambda found: found[0])


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children: dict[str, Any] = getattr(command, "commands", {})
    if not children:
        yield path, command
    for name, child in children.items():
        yield from _walk(f"{path} {name}", child)


def _command(path: str, command: Any) -> str:
    context = command.make_context(path, [], resilient_parsing=True)
    lines = [f"## `{path}`", "", _sentence(command.help or "")]
    records = [parameter.get_help_record(context) for parameter in command.params]
    rows = [f"| `{_cell(name)}` | {_cell(meaning)} |" for name, meaning in filter(None, records)]
    if rows:
        lines += ["", "| argument or option | meaning |", "| --- | --- |", *rows]
    return "\n".join(lines)


def metrics() -> str:
    """The table of the metrics."""
    lines = ["| metric | kind | labels | meaning |", "| --- | --- | --- | --- |"]
    for metric in collectors():
        suffix = "_total" if metric._type == "counter" else ""
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        lines.append(f"| `{metric._name}{suffix}` | {metric._type} | {labels} | {_cell(metric._documentation)} |")
    return "\n".join(lines)


def collectors() -> list[MetricWrapperBase]:
    """Every metric of a process."""
    return [value for value in vars(Metrics()).values() if isinstance(value, MetricWrapperBase)]


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _sentence(text).replace("|", "\\|")


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "first_settings": lambda: settings(FIRST),
    "commands": commands,
    "metrics": metrics,
}


def renewed(text: str) -> str:
    """``text`` with every written part as the code has it now; raises KeyError for a part that there is not."""
    return _BLOCK.sub(lambda found: f"{found[1]}\n{BLOCKS[found[2]]()}\n\n{found[3]}", text)


def outdated() -> list[str]:
    """The pages that are not as the code has them now."""
    return [name for name in PAGES if renewed(text := (ROOT / name).read_text("utf-8")) != text]


def main() -> None:
    """Write the pages, or with ``--check`` only name those that are out of date."""
    found = outdated()
    if "--check" in sys.argv[1:]:
        if found:
            raise SystemExit(f"Out of date: {', '.join(found)}. Run: uv run python -m scripts.docs")
        return
    for name in found:
        page = ROOT / name
        page.write_text(renewed(page.read_text("utf-8")), "utf-8")
        sys.stdout.write(f"{name}: written\n")


if __name__ == "__main__":
    main()
