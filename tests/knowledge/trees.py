"""A small knowledge base that passes every check, and edits of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from knowledge import loader
from knowledge.check import ContentReport, check_tree
from knowledge.checks.translations import original_hash
from knowledge.errors import Problem

TODAY = dt.date(2026, 11, 24)
ROOT = Path("/nowhere/knowledge")

ARTICLE = """\
topic: unpaid-wages
scope: MA
status: published
review: starter
reviewed: 2026-11-23
review_by: 2027-05-23
original: fr
ask_country: false
always_person: false
contacts: [ma-inspection]
facts: [ma-wage]
sources:
  - cite:
      fr: "Code du travail, art. 345"
      ar: "مدونة الشغل، المادة 345"
      en: "Labour Code, art. 345"
    level: verified
    link: null
"""
FR = """\
title: "Salaire non payé"
answer: >-
  Votre patron doit vous payer au moins {fact:ma-wage}.
steps:
  - "Notez les jours de travail."
  - "Allez voir {contact:ma-inspection}."
watch: null
short: >-
  Votre patron doit vous payer. Allez voir {contact:ma-inspection}.
questions:
  - "mon patron ne me paie plus"
  - "pas de salaire depuis deux mois"
  - "comment avoir mon argent"
"""
AR = """\
title: "أجر غير مؤدى"
answer: >-
  على المشغل أن يدفع لكم أجركم، {fact:ma-wage} على الأقل.
steps:
  - "سجلوا أيام العمل."
  - "اذهبوا إلى {contact:ma-inspection}."
watch: null
short: >-
  على المشغل أن يدفع لكم. اذهبوا إلى {contact:ma-inspection}.
questions:
  - "المشغل لا يدفع لي"
  - "لم أتوصل بأجري"
  - "كيف أحصل على مالي"
original_hash: "HASH"
"""
EN = """\
title: "Unpaid wages"
answer: >-
  Your boss must pay you at least {fact:ma-wage}.
steps:
  - "Write down the days you worked."
  - "Go to {contact:ma-inspection}."
watch: null
short: >-
  Your boss must pay you. Go to {contact:ma-inspection}.
questions:
  - "my boss does not pay me"
  - "no salary for two months"
  - "how to get my money"
original_hash: "HASH"
"""
DIRECTORY = """\
organisations:
  - id: ma-inspection
    country: MA
    city: null
    kind: labour-inspectorate
    name: {fr: "Inspection du travail", ar: "مفتشية الشغل", en: "Labour inspectorate"}
    for: {fr: "conseil gratuit", ar: "نصيحة مجانية", en: "free advice"}
    languages: [fr, ar]
    hours: null
    phones:
      - {number: "+212522000000", label: null}
    link: "https://example.ma/travail"
    address: null
    source: "fact base 3"
    level: verified
    checked: 2026-11-23
facts:
  - id: ma-wage
    text: {fr: "17 DH par heure", ar: "17 درهما للساعة", en: "17 MAD an hour"}
    source: "fact base 6"
    level: verified
    checked: 2026-11-23
    review_by: 2027-02-23
"""
QUESTIONS = """\
{"lang": "fr", "text": "le chef ne paie pas", "topics": ["unpaid-wages"], "country": null}
{"lang": "ary-Latn", "text": "lpatron ma khlesnich", "topics": ["unpaid-wages", "labour-complaint"], "country": "MA"}
"""
OUT_OF_SCOPE = """\
{"lang": "fr", "text": "quelle heure est-il", "topics": [], "country": null}
"""

A = "content/unpaid-wages/MA/article.yaml"
T_FR = "content/unpaid-wages/MA/fr.yaml"
T_AR = "content/unpaid-wages/MA/ar.yaml"
T_EN = "content/unpaid-wages/MA/en.yaml"
D = "directory/MA.yaml"
Q = "questions/unpaid-wages.jsonl"
O = "questions/out-of-scope.jsonl"  # noqa: E741 (beside A, D and Q)


def tree() -> dict[str, str]:
    """The files by their path; the hashes fit."""
    files = {A: ARTICLE, T_FR: FR, T_AR: AR, T_EN: EN, D: DIRECTORY, Q: QUESTIONS, O: OUT_OF_SCOPE}
    original = scan(files).knowledge.text("unpaid-wages/MA", "fr")
    assert original is not None
    return {path: text.replace("HASH", original_hash(original)) for path, text in files.items()}


def edited(path: str, old: str, new: str, *, rehash: bool = True) -> dict[str, str]:
    """The tree with one edit; an edit of the French text is translated at once unless ``rehash`` is False."""
    files = tree()
    assert old in files[path], f"{old!r} is not in {path}"
    before = scan(files).knowledge.text("unpaid-wages/MA", "fr")
    files[path] = files[path].replace(old, new, 1)
    after = scan(files).knowledge.text("unpaid-wages/MA", "fr")
    if rehash and path == T_FR and before and after:
        for translation in (T_AR, T_EN):
            files[translation] = files[translation].replace(original_hash(before), original_hash(after))
    return files


def scan(files: dict[str, str]) -> loader.Tree:
    """Read the files as if they stood below ROOT."""
    return loader.scan_files(ROOT, {path: text.encode() for path, text in files.items()})


def report(files: dict[str, str]) -> ContentReport:
    """Check the files as of TODAY."""
    return check_tree(scan(files), TODAY)


def shown(problem: Problem) -> str:
    """``file:line: message``, the file from ROOT."""
    return str(problem).removeprefix(f"{ROOT}/")
