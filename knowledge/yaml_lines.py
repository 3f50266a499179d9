"""YAML with the line of every value, duplicate keys and aliases refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

Location = tuple[str | int, ...]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Document:
    """The value (mappings as dict, lists as tuple), the line of each location, and ``(line, message)`` problems."""

    value: Any = None
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def line(self, location: Location) -> int:
        """The line of ``location``, or of the nearest thing around it."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)


def parse(text: str) -> Document:
    """Read one YAML document; what is wrong with it stands in ``problems``."""
    document = Document()
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            document.problems.append((1, "the file is empty"))
        else:
            document.value = _Builder(loader, document).build(node, ())
    except yaml.reader.ReaderError as error:
        line = (
            text.count("\n", 0, max(text.find(chr(error.character)) if isinstance(error.character, int) else 0, 0)) + 1
        )
        document.problems.append((line, "a character that YAML does not allow"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.problems.append(((mark.line + 1) if mark else 1, f"not valid YAML: {error.problem}"))
    finally:
        loader.dispose()
    return document


class _Builder:
    def __init__(self, loader: Any, document: Document) -> None:
        self.loader = loader
        self.document = document
        self.seen: set[int] = set()

    def build(self, node: yaml.Node, location: Location) -> Any:
        """The value of ``node``; its line is noted."""
        line = node.start_mark.line + 1
        if id(node) in self.seen:
            line = self.document.line(location)  # that of the key: the node stands where it was first written
            self.document.problems.append((line, "aliases (*name) are not used here: write the value out"))
            return None
        self.seen.add(id(node))
        self.document.lines.setdefault(location, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.build(item, (*location, index)) for index, item in enumerate(node.value))
        try:
            return self.loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            self.document.problems.append((line, f"not a valid value: {node.value}"))
            return None

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = str(key_node.value)
            if not isinstance(key_node, yaml.ScalarNode):
                self.document.problems.append((line, "a key must be a word"))
            elif key in result:
                first = self.document.lines[(*location, key)]
                self.document.problems.append((line, f"{key}: written twice, first in line {first}"))
            else:
                self.document.lines[(*location, key)] = line
                result[key] = self.build(value_node, (*location, key))
        return result
