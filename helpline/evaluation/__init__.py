"""Labelled messages and dialogues through the real path, and what they score (docs/evaluation.md)."""
