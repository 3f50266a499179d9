"""The topics: ids, phases and their short names in three languages (topics.yaml, labels.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import yaml

from knowledge.errors import UnknownTopic


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; ``labels`` by language, ``scope``: title and what belongs to it, in English."""

    id: str
    phase: str
    labels: dict[str, str]
    scope: str


class Topics:
    """All topics in the order of topics.yaml."""

    def __init__(self, topics: dict[str, Topic]) -> None:
        self._topics = topics

    @classmethod
    def load(cls) -> Topics:
        """Read the shipped files; raises UnknownTopic where a topic has no label."""
        here = resources.files("knowledge")
        listed = yaml.safe_load((here / "topics.yaml").read_text("utf-8"))["topics"]
        labels = yaml.safe_load((here / "labels.yaml").read_text("utf-8"))
        if missing := {item["id"] for item in listed} ^ set(labels):
            raise UnknownTopic(", ".join(sorted(missing)))
        return cls(
            {
                item["id"]: Topic(item["id"], item["phase"], labels[item["id"]], f"{item['title']}: {item['scope']}")
                for item in listed
            }
        )

    def __contains__(self, topic_id: object) -> bool:
        return topic_id in self._topics

    def ids(self) -> tuple[str, ...]:
        """All ids."""
        return tuple(self._topics)

    def scopes(self) -> dict[str, str]:
        """Topic id to its title and what belongs to it, in English."""
        return {topic.id: topic.scope for topic in self._topics.values()}

    def label(self, topic_id: str, lang: str) -> str:
        """The short name in ``lang``; raises UnknownTopic."""
        if topic_id not in self._topics:
            raise UnknownTopic(topic_id)
        labels = self._topics[topic_id].labels
        return labels.get(lang, labels["fr"])

    def of_phase(self, phase: str) -> tuple[str, ...]:
        """The ids of a phase."""
        return tuple(topic.id for topic in self._topics.values() if topic.phase == phase)
