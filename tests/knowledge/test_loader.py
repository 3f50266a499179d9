"""Every broken file is refused with its line; all problems come at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import ContentErrors
from knowledge.loader import SHIPPED, scan_files
from knowledge.records import Knowledge
from tests.knowledge.trees import ROOT, T_AR, T_EN, T_FR, A, D, Q, edited, scan, shown, tree

ONE_LINE = "must be one line of text, not empty, without spaces around it"
NO_JSON = "not a JSON object on one line"

# file, what stands there, what is written instead, the problems as file:line: message
BROKEN: list[tuple[str, str, str, list[str]]] = [
    (A, "status: published", "status: live", [f"{A}:3: status: must be one of draft, published, withdrawn, not live"]),
    (A, "status: published\n", "", [f"{A}:1: status: is missing"]),
    (A, "facts: [", "notes: x\nfacts: [", [f"{A}:11: notes: is not a key of this file"]),
    (A, "facts: [", "scope: MA\nfacts: [", [f"{A}:11: scope: written twice, first in line 2"]),
    (A, "topic: unpaid-wages", "topic: dismissal", [f"{A}:1: topic: says dismissal, but the folder is unpaid-wages"]),
    (A, "scope: MA", "scope: TN", [f"{A}:2: scope: says TN, but the folder is MA"]),
    (A, "scope: MA", "scope: Maroc", [f"{A}:2: scope: must be regional or a country code such as MA"]),
    (A, "review_by: 2027-05-23", "review_by: 2027-15-23", [f"{A}:6: not a valid value: 2027-15-23"]),
    (A, "review_by: 2027-05-23", 'review_by: "2027"', [f"{A}:6: review_by: must be a date such as"]),
    (A, "ask_country: false", 'ask_country: "no"', [f"{A}:8: ask_country: must be true or false"]),
    (A, "[ma-inspection]", "ma-inspection", [f"{A}:10: contacts: must be a list"]),
    (A, "[ma-inspection]", "[MA_Inspection]", [f"{A}:10: contacts.0: must be lower-case words joined by hyphens"]),
    (A, '      en: "Labour Code, art. 345"\n', "", [f"{A}:13: sources.0.cite.en: is missing"]),
    (A, "level: verified", "level: sure", [f"{A}:17: sources.0.level: must be one of verified, known, not sure"]),
    (T_FR, 'title: "Salaire non payé"', "title: 12", [f"{T_FR}:1: title: must be text (put it in quotes)"]),
    (T_FR, 'title: "Salaire non payé"', 'title: ""', [f"{T_FR}:1: title: must not be empty"]),
    (T_FR, 'title: "Salaire non payé"', 'title: "Salaire "', [f"{T_FR}:1: title: {ONE_LINE}"]),
    (T_FR, "answer: >-", "answer: >", [f"{T_FR}:2: answer: {ONE_LINE}"]),
    (T_FR, "watch: null", "watch: &a null\nmore: *a", [f"{T_FR}:8: aliases (*name) are not used here"]),
    (T_FR, '  - "Notez', '  - "Notez" "', [f"{T_FR}:5: not valid YAML"]),
    (T_FR, "Notez", "No\u0007tez", [f"{T_FR}:5: a character that YAML does not allow"]),
    (T_FR, "watch: null", "lang: fr\nwatch: null", [f"{T_FR}:7: lang: is not a key of this file"]),
    (D, "    kind: labour-inspectorate\n", "", [f"{D}:2: kind: is missing"]),
    (D, "kind: labour-inspectorate", "kind: office", [f"{D}:5: kind: must be one of"]),
    (D, 'number: "+212522000000"', "number: 212522000000", [f"{D}:11: phones.0.number: must be text"]),
    (D, "+212522000000", "+212 522 000000", [f"{D}:11: phones.0.number: must be digits only"]),
    (D, "hours: null", 'hours: "24/7"', [f"{D}:9: hours: must hold keys and values"]),
    (D, "country: MA", "country: NO", [f"{D}:3: country: must be text (put it in quotes)"]),
    (D, "facts:", "facts: []\nfakts:", [f"{D}:1: must hold exactly the keys organisations and facts"]),
    (D, "facts:\n", "facts:\n  - 3\n", [f"{D}:18: must hold keys and values"]),
    (Q, '"lang": "fr"', '"lang": "es"', [f"{Q}:1: lang: must be one of"]),
    (Q, '"lang": "ary-Latn", ', "", [f"{Q}:2: lang: is missing"]),
    (Q, '"country": "MA"}', '"country": "MA"', [f"{Q}:2: not a JSON object on one line"]),
    (Q, '{"lang": "ary-Latn"', '{"lang": "fr", "lang": "ary-Latn"', [f"{Q}:2: {NO_JSON}: a key is written twice"]),
    (Q, "\n", "\n\n", [f"{Q}:2: not a JSON object on one line"]),
    (Q, '"topics": ["unpaid-wages"]', '"topics": "unpaid-wages"', [f"{Q}:1: topics: must be a list"]),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "problems"), BROKEN)
def test_a_broken_file_is_refused_with_its_line(file: str, old: str, new: str, problems: list[str]) -> None:
    found = [shown(problem) for problem in scan(edited(file, old, new)).problems]
    assert len(found) == len(problems), found
    for said, expected in zip(found, problems, strict=True):
        assert said.startswith(expected)


def test_the_good_tree_is_read() -> None:
    assert len(BROKEN) > 30
    read = scan(tree())
    assert read.problems == []
    article = read.knowledge.article("unpaid-wages", "MA")
    assert article is not None
    assert article.id == "unpaid-wages/MA"
    text = read.knowledge.text(article.id, "ar")
    assert text is not None
    assert text.lang == "ar"
    organisation, fact = read.knowledge.organisation("ma-inspection"), read.knowledge.fact("ma-wage")
    assert organisation is not None
    assert fact is not None
    assert (organisation.scope, fact.scope) == ("MA", "MA")
    assert [question.file for question in read.knowledge.questions] == ["unpaid-wages", "unpaid-wages", "out-of-scope"]
    assert len(read.knowledge.questions_of("unpaid-wages")) == 2


def test_all_problems_come_at_once() -> None:
    files = tree()
    for path, old, new in (
        (A, "scope: MA", "scope: 3"),
        (T_FR, "watch: null\n", ""),
        (D, "city: null", "city: 4"),
        (Q, '"fr"', "1"),
    ):
        files[path] = files[path].replace(old, new, 1)
    assert {problem.file.removeprefix(f"{ROOT}/") for problem in scan(files).problems} == {A, T_FR, D, Q}


def test_misplaced_missing_and_doubled() -> None:
    files = tree()
    files["content/unpaid-wages/MA/es.yaml"] = files[T_EN]
    files["content/dismissal/MA/ar.yaml"] = files[T_AR]
    files["directory/TN.yaml"] = files[D]
    assert [shown(problem) for problem in sorted(scan(files).problems)] == [
        "content/dismissal/MA/article.yaml:1: this file is missing",
        "content/unpaid-wages/MA/es.yaml:1: no file of this name belongs here (docs/content.md)",
        f"directory/TN.yaml:2: id: ma-inspection is already used in {ROOT}/{D}:2",
        f"directory/TN.yaml:18: id: ma-wage is already used in {ROOT}/{D}:18",
    ]


def test_bytes_that_are_not_utf8_and_an_empty_file() -> None:
    files = {path: text.encode() for path, text in tree().items()}
    files[T_FR] = "title: x\nanswer: payé\n".encode("latin-1")
    files[T_EN] = b""
    found = [shown(problem) for problem in sorted(scan_files(ROOT, files).problems)]
    assert found == [f"{T_EN}:1: the file is empty", f"{T_FR}:2: not UTF-8"]


def test_a_directory_is_read_or_refused_whole(tmp_path: Path) -> None:
    files = edited(A, "scope: MA", "scope: 3")
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    with pytest.raises(ContentErrors) as caught:
        Knowledge.from_directory(tmp_path)
    assert f"{tmp_path / A}:2: " in caught.value.message
    with pytest.raises(ContentErrors) as caught:
        Knowledge.from_directory(tmp_path / "content")
    assert len(caught.value.problems) == 3


def test_shown_paths_start_where_the_command_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SHIPPED.parent)
    assert scan_files(SHIPPED, {"content/a/MA/fr.yaml": b""}).problems[0].file == "knowledge/content/a/MA/article.yaml"
