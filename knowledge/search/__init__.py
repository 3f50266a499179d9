"""Search: ``Search.find`` gives an approved answer, a choice of subjects, or nothing; built by ``index``."""

from knowledge.search.search import Answer, Found, Outcome, Search

__all__ = ["Answer", "Found", "Outcome", "Search"]
