"""Every rule of ``content check`` has content that breaks it, and sound content passes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import regex

from knowledge import checks
from knowledge.check import check_directory, check_knowledge, fix_hashes
from knowledge.checks.numbers import phone_in
from knowledge.loader import SHIPPED
from knowledge.records import LANGUAGES
from tests.knowledge.trees import T_AR, T_EN, T_FR, TODAY, A, D, O, Q, edited, report, scan, shown, tree

LONG = "mot " * 300
LONG_SENTENCE = (
    "Your boss or the person who has the shop where you do the work that they gave to you "
    "and to all your friends in the town by the sea must"
)
MIXED = "The boss must pay you all that he owes for the work you did"
SHORT_FR = "Votre patron doit vous payer. Allez voir"
SHORT_AR = "على المشغل أن يدفع لكم. اذهبوا إلى"
EN_TITLE = 'title: "Unpaid wages"'

# severity, rule, line in the edited file, file, what stands there, what is written instead
RULES: list[tuple[str, str, int, str, str, str]] = [
    ("error", "dead-id", 10, A, "[ma-inspection]", "[ma-nobody]"),
    ("error", "dead-id", 11, A, "[ma-wage]", "[ma-wage, ma-nothing]"),
    ("error", "dead-id", 6, T_FR, "{contact:ma-inspection}", "{contact:ma-nobody}"),
    ("error", "dead-id", 2, T_FR, "{fact:ma-wage}", "{fact:ma-nothing}, {fact:ma-wage}"),
    ("error", "placeholder", 5, T_FR, "Notez", "{phone:19} Notez"),
    ("error", "placeholder", 5, T_FR, "Notez", "Notez }"),
    ("error", "placeholder", 12, T_EN, "no salary", "{fact:ma-wage}"),
    ("error", "contacts", 10, A, "[ma-inspection]", "[ma-inspection, ma-inspection, ma-inspection, ma-inspection]"),
    ("warning", "facts", 11, A, "[ma-wage]", "[]"),
    ("error", "sources", 12, A, "sources:", "NO SOURCES"),
    ("error", "link", 18, A, "link: null", 'link: "www.example.ma"'),
    ("error", "link", 12, D, "https://example.ma/travail", "ftp://example.ma"),
    ("error", "scope", 8, A, "ask_country: false", "ask_country: true"),
    ("error", "scope", 3, D, "country: MA", "country: TN"),
    ("error", "hash", 14, T_EN, 'original_hash: "', 'original_hash: "0'),
    ("error", "hash", 8, T_FR, "watch: null", 'watch: null\noriginal_hash: ""'),
    ("warning", "parallel", 4, T_EN, '  - "Write down the days you worked."\n', ""),
    ("error", "length", 1, T_EN, EN_TITLE, f'title: "{"word " * 14}end"'),
    ("error", "length", 2, T_EN, "Your boss must pay you at least", f"{LONG}. Your boss must pay you at least"),
    ("error", "length", 8, T_EN, "Your boss must pay you. Go", "You must be paid. " * 20 + "Go"),
    ("error", "length", 8, T_AR, SHORT_AR, "على المشغل أن يدفع لكم. " * 6 + SHORT_AR),
    ("error", "count", 4, T_EN, '  - "Write down', '  - "Again."\n' * 4 + '  - "Write down'),
    ("error", "count", 10, T_EN, '  - "no salary for two months"\n', ""),
    ("warning", "alphabet", 8, T_FR, SHORT_FR, "L’employeur doit vous payer. Allez voir"),
    ("error", "phone", 5, T_FR, "Notez", "Appelez le 19. Notez"),
    ("error", "phone", 5, T_EN, "Write", "Call 0522 00 00 00. Write"),
    ("error", "phone", 8, T_AR, SHORT_AR, "اتصلوا على الرقم 19. " + SHORT_AR),
    ("error", "phone", 7, D, 'en: "free advice"', 'en: "free advice, phone 0800004747"'),
    ("error", "phone", 11, D, "+212522000000", "+99912"),
    ("warning", "amount", 5, T_FR, "Notez", "Demandez 3 422 DH. Notez"),
    ("error", "direction", 5, T_AR, "سجلوا", "\u200eسجلوا"),
    ("error", "direction", 6, D, "مفتشية الشغل", "مفتشية \u202bالشغل"),
    ("error", "broken", 5, T_FR, "Notez", "Pay\ufffd. Notez"),
    ("error", "digits", 5, T_AR, "أيام العمل", "٣ أيام"),
    ("error", "digits", 19, D, "17 درهما", "١٧ درهما"),
    ("error", "forms", 5, T_AR, "سجلوا", "\ufeb3جلوا"),
    ("warning", "letters", 5, T_AR, "العمل", "العمـل"),
    ("warning", "letters", 5, T_AR, "سجلوا", "سجلوا کل"),
    ("warning", "punctuation", 5, T_AR, "أيام العمل", "أيام العمل, والمال"),
    ("error", "script", 1, T_AR, "على المشغل أن يدفع لكم أجركم", MIXED),
    ("error", "script", 1, T_EN, "Your boss must pay you at least", "على المشغل أن يدفع لكم أجركم"),
    ("warning", "reading", 2, T_EN, "Your boss must", LONG_SENTENCE),
    ("warning", "reading", 2, T_EN, "Your boss must", "Notwithstanding contractual stipulations, remuneration must"),
    ("error", "dates", 6, A, "review_by: 2027-05-23", "review_by: 2026-11-01"),
    ("error", "dates", 5, A, "reviewed: 2026-11-23", "reviewed: 2026-12-23"),
    ("error", "dates", 16, D, "checked: 2026-11-23", "checked: 2027-11-23"),
    ("warning", "review", 6, A, "review_by: 2027-05-23", "review_by: 2026-12-01"),
    ("warning", "review", 23, D, "review_by: 2027-02-23", "review_by: 2026-11-23"),
    ("error", "topic", 1, Q, '["unpaid-wages"]', '["unpaid-wages", "wages"]'),
    ("error", "topic", 1, Q, '["unpaid-wages"]', '["dismissal"]'),
    ("error", "topic", 1, O, "[]", '["dismissal"]'),
    ("error", "country", 2, Q, '"MA"', '"XX"'),
    ("error", "questions", 1, Q, "le chef ne paie pas", "??"),
    ("warning", "duplicate", 2, Q, "lpatron ma khlesnich", "Le chef ne paie PAS !"),
    ("warning", "duplicate", 1, O, "quelle heure est-il", "le chef ne paie pas"),
]  # fmt: skip


@pytest.mark.parametrize(("severity", "rule", "line", "file", "old", "new"), RULES)
def test_content_that_breaks_a_rule(severity: str, rule: str, line: int, file: str, old: str, new: str) -> None:
    files = without_sources() if new == "NO SOURCES" else edited(file, old, new)
    assert not scan(files).problems
    found = {
        (problem.severity.value, problem.rule, shown(problem).split(": ")[0]) for problem in report(files).problems
    }
    assert (severity, rule, f"{file}:{line}") in found


def without_sources() -> dict[str, str]:
    """The tree whose article names no source."""
    files = tree()
    files[A] = files[A].split("sources:")[0] + "sources: []\n"
    return files


def test_sound_content_passes() -> None:
    assert report(tree()).problems == ()


def test_every_rule_has_an_example() -> None:
    sources = list(Path(checks.__file__).parent.glob("*.py"))
    named = {
        (kind if kind != "report" else "error", rule)
        for source in sources
        for kind, rule in regex.findall(r'(?:check\.)?\b(error|warn|report)\(\s*"([a-z-]+)"', source.read_text())
    }
    shown_by_tests = {("warn" if severity == "warning" else severity, rule) for severity, rule, *_ in RULES}
    others = {("error", "translation"), ("error", "original")}  # below: they need a file taken away
    assert len(named) > 20
    assert named == shown_by_tests | others


def test_missing_translations_and_originals() -> None:
    files = tree()
    del files[T_AR], files[T_FR]
    found = [(problem.severity.value, problem.rule, shown(problem)) for problem in report(files).problems]
    assert ("error", "translation", f"{A}:1: the translation ar.yaml is missing") in found
    assert ("error", "original", f"{A}:7: original: fr.yaml is missing") in found
    files[A] = files[A].replace("status: published", "status: draft")
    assert "translation" in {problem.rule for problem in report(files).warnings}


def test_a_changed_original_makes_its_translations_old() -> None:
    changed = report(edited(T_FR, "Notez", "Écrivez", rehash=False))
    assert [(problem.rule, shown(problem).split(": ")[0]) for problem in changed.errors] == [
        ("hash", f"{T_AR}:14"),
        ("hash", f"{T_EN}:14"),
    ]
    assert report(edited(T_FR, "mon patron ne me paie plus", "il paie plus", rehash=False)).ok


def test_a_fact_that_is_listed_but_unused() -> None:
    files = edited(D, "facts:\n", "facts:\n" + files_fact("ma-other"))
    files[A] = files[A].replace("[ma-wage]", "[ma-wage, ma-other]")
    assert [shown(problem) for problem in report(files).problems] == [f"{A}:11: facts: ma-other is used in no text"]


def files_fact(name: str) -> str:
    """The directory's fact under another id."""
    return tree()[D].split("facts:\n")[1].replace("ma-wage", name)


def test_unknown_topic_folder() -> None:
    files = {path.replace("unpaid-wages/", "wages/"): text for path, text in tree().items()}
    files["content/wages/MA/article.yaml"] = files["content/wages/MA/article.yaml"].replace(
        "topic: unpaid-wages", "topic: wages"
    )
    assert ("topic", 1) in {(problem.rule, problem.line) for problem in report(files).errors}


def test_a_phone_is_told_from_other_numbers() -> None:
    for text in (
        "art. 345, 532 et 589 de la loi 65-99",
        "décret 2.17.740 du 23/11/2026",
        "du 2026-11-23 au 2027-02-23",
        "20 000 DH, 1.000.000 de dinars, 3 422,50 euros",
        "المادة 345 من القانون 65-99، الاتفاقية رقم 181",
        "en 2024-2026, 15 jours, 6 mois, 24 h/24",
        "call in 2026, phone 3",
    ):
        assert phone_in(text) is None, text
    for text, number in (
        ("+212 5 22 00 00 00", "+212 5 22 00 00 00"),
        ("tél. 0537-00-00-00", "0537-00-00-00"),
        ("WhatsApp 0612345678", "0612345678"),
        ("composez le 15", "15"),
        ("اتصلوا بالرقم 190", "190"),
    ):
        assert phone_in(text) == number


def test_the_report_is_json_and_counts() -> None:
    result = report(edited(T_FR, "Notez", "Appelez le 19. Notez"))
    data = json.loads(json.dumps(result.as_json()))
    assert data["ok"] is False
    assert data["coverage"]["unpaid-wages"] == {"MA": ["fr", "ar", "en"]}
    assert data["coverage"]["dismissal"] == {}
    counts = data["counts"]
    assert (counts["articles"], counts["starter"], counts["texts"], counts["questions"]) == (1, 1, 3, 3)
    assert counts["errors"] == len(data["problems"]) == 1
    assert data["problems"][0]["severity"] == "error"


def test_fix_hashes_writes_what_fits(tmp_path: Path) -> None:
    for path, text in edited(T_FR, "Notez", "Écrivez", rehash=False).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert not check_directory(tmp_path, TODAY).ok
    assert fix_hashes(tmp_path) == [T_AR, T_EN]
    assert check_directory(tmp_path, TODAY).ok
    assert fix_hashes(tmp_path) == []


def test_the_shipped_content_has_no_errors() -> None:
    shipped = check_directory(SHIPPED)
    assert [str(problem) for problem in shipped.errors] == []
    assert shipped.counts["articles"] >= 36
    assert all(langs == LANGUAGES for row in shipped.coverage.values() for langs in row.values())


def test_knowledge_from_elsewhere_is_checked_as_its_export() -> None:
    files = edited(T_FR, "Notez", "Appelez le 19. Notez")
    result = check_knowledge(scan(files).knowledge, TODAY)
    assert [(problem.file, problem.line, problem.rule) for problem in result.problems] == [(T_FR, 5, "phone")]
