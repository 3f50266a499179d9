"""Checks a call against our description of a provider's API in ``tests/contracts/api``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import yaml

API = Path(__file__).resolve().parent.parent / "contracts" / "api"
_TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list}
_LENGTHS = {"utf16": lambda text: len(text.encode("utf-16-le")) // 2, "bytes": lambda text: len(text.encode())}


@dataclass(frozen=True)
class Checked:
    """A call: its operation (None: no such), what it carried, what the path named, and all that is wrong with it."""

    operation: str | None
    values: dict[str, Any]
    path: dict[str, str]
    problems: list[str]


class Contract:
    """The operations of one file of ``tests/contracts/api``."""

    def __init__(self, name: str) -> None:
        self.operations: dict[str, dict[str, Any]] = yaml.safe_load((API / name).read_text())["operations"]
        assert self.operations

    def check(self, method: str, path: str, content_type: str, query: str, body: bytes) -> Checked:
        """What the call is, and whether it may be made so."""
        for name, operation in self.operations.items():
            match = re.match(operation["path"], path)
            if not match or operation["method"] != method:
                continue
            if "query" in operation:
                values, found = _form(query)
                return Checked(name, values, match.groupdict(), found + problems(values, operation["query"], "query"))
            if content_type.partition(";")[0] != operation["content_type"]:
                return Checked(name, {}, match.groupdict(), [f"content type {content_type!r}"])
            if operation["content_type"] == "application/json":
                try:
                    values, found = json.loads(body), []
                except ValueError as error:
                    return Checked(name, {}, match.groupdict(), [f"not JSON: {error}"])
            else:
                values, found = _form(body.decode())
            return Checked(name, values, match.groupdict(), found + problems(values, operation["body"], "body"))
        return Checked(None, {}, {}, [f"no operation {method} {path}"])


def _form(text: str) -> tuple[dict[str, str], list[str]]:
    fields = parse_qs(text, keep_blank_values=True, strict_parsing=bool(text))
    return {name: values[0] for name, values in fields.items()}, [
        f"{name} given {len(values)} times" for name, values in fields.items() if len(values) > 1
    ]


def problems(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    """Every way in which ``value`` does not fit ``schema``; parameters that it does not name are problems."""
    kind = _TYPES[schema["type"]]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return [f"{where}: {type(value).__name__}, not {schema['type']}"]
    found: list[str] = []
    if isinstance(value, str | list):
        length = _LENGTHS.get(schema.get("unit", ""), len)(value)
        if not schema.get("min_length", 0) <= length <= schema.get("max_length", length):
            found.append(f"{where}: length {length}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is none of {schema['enum']}")
    if "pattern" in schema and not re.match(schema["pattern"], str(value)):
        found.append(f"{where}: {value!r} does not match {schema['pattern']}")
    if schema.get("json"):
        try:
            json.loads(str(value))
        except ValueError:
            found.append(f"{where}: not JSON")
    if isinstance(value, list):
        for number, item in enumerate(value):
            found += problems(item, schema["items"], f"{where}[{number}]")
    if isinstance(value, dict):
        known = schema["properties"]
        found += [f"{where}: {name} is missing" for name in schema.get("required", []) if name not in value]
        found += [
            f"{where}: none of {names}" for names in schema.get("at_least_one", []) if not set(names) & set(value)
        ]
        found += [f"{where}: {names} together" for names in schema.get("not_together", []) if set(names) <= set(value)]
        for name, item in value.items():
            found += problems(item, known[name], f"{where}.{name}") if name in known else [f"{where}: unknown {name}"]
    return found
