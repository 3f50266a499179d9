"""Every language is there, and no translation is older than its original (by hash of the words, not by date)."""

from __future__ import annotations

import hashlib
import json

from knowledge.checks.base import Check
from knowledge.files import article_file
from knowledge.records import LANGUAGES, ArticleText


def original_hash(original: ArticleText) -> str:
    """8 hex digits over what a translator translates: title, answer, steps, watch, short."""
    words = {
        "title": original.title,
        "answer": original.answer,
        "steps": list(original.steps),
        "watch": original.watch,
        "short": original.short,
    }
    canonical = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


def translations(check: Check) -> None:
    """Missing languages, translations of an older original, hashes where none belongs."""
    for article, file in check.articles():
        report = check.warn if article.status == "draft" else check.error
        for lang in LANGUAGES:
            if not check.knowledge.text(article.id, lang):
                if lang == article.original:
                    check.error("original", file, ("original",), f"original: {lang}.yaml is missing")
                else:
                    report("translation", file, (), f"the translation {lang}.yaml is missing")
    for text, file in check.texts():
        if not (owner := check.knowledge.article(*text.article_id.split("/", 1))):
            continue
        original = check.knowledge.text(owner.id, owner.original)
        if text.lang == owner.original:
            if text.original_hash is not None:
                check.error("hash", file, ("original_hash",), "original_hash: the original has none")
        elif original and text.original_hash != original_hash(original):
            report = check.warn if owner.status == "draft" else check.error
            report("hash", file, ("original_hash",), _outdated(text, original))
    _parallel(check)


def _outdated(text: ArticleText, original: ArticleText) -> str:
    if not text.original_hash:
        return f"original_hash: not yet compared with {original.lang}.yaml (then: content check --fix-hashes)"
    return f"original_hash: {original.lang}.yaml has changed since this translation was made"


def _parallel(check: Check) -> None:
    """A translation has the steps of its original."""
    for article in check.knowledge.articles:
        original = check.knowledge.text(article.id, article.original)
        for lang in LANGUAGES:
            text = check.knowledge.text(article.id, lang)
            if text and original and len(text.steps) != len(original.steps):
                message = f"steps: {len(text.steps)} here, {len(original.steps)} in {original.lang}.yaml"
                check.warn("parallel", article_file(article).replace("article", lang), ("steps",), message)
