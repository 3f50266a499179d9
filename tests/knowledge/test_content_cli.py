"""``helpline content``: exit codes, output, and the way from files to the database and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from helpline.cli import content
from helpline.db import Database
from helpline.errors import BadRequest
from knowledge.errors import ContentErrors
from tests.knowledge.trees import T_AR, T_EN, T_FR, A, edited, tree


def run(*arguments: str) -> Result:
    """One command."""
    return CliRunner().invoke(content.build(), arguments)


def put(root: Path, files: dict[str, str]) -> Path:
    """Write the files below ``root``."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_check_says_what_is_there_and_what_is_wrong(tmp_path: Path) -> None:
    good = run("check", str(put(tmp_path, tree())))
    assert good.exit_code == 0
    assert "unpaid-wages" in good.output and "fr ar en" in good.output
    assert "1 articles are starter content" in good.output
    put(tmp_path, edited(T_FR, "Notez", "Appelez le 19. Notez"))
    bad = run("check", str(tmp_path))
    assert bad.exit_code == 1
    assert f"{tmp_path / T_FR}:5: error: 19: a phone number" in bad.output


def test_check_as_json(tmp_path: Path) -> None:
    result = run("check", "--json", str(put(tmp_path, edited(A, "level: verified", "level: sure"))))
    data = json.loads(result.output)
    assert result.exit_code == 1
    assert data["ok"] is False
    assert (data["problems"][0]["line"], data["problems"][0]["severity"]) == (17, "error")


def test_check_writes_hashes_and_form_when_asked(tmp_path: Path) -> None:
    put(tmp_path, edited(T_FR, "Notez", "Écrivez", rehash=False))
    assert run("check", str(tmp_path)).exit_code == 1
    fixed = run("check", "--fix-hashes", str(tmp_path))
    assert fixed.exit_code == 0
    assert f"{T_AR}: written" in fixed.output and f"{T_EN}: written" in fixed.output
    (tmp_path / T_FR).write_text(
        (tmp_path / T_FR).read_text().replace('title: "Salaire non payé"', "title: Salaire non payé")
    )
    assert f"{T_FR}: written" in run("check", "--fix-form", str(tmp_path)).output
    assert 'title: "Salaire non payé"' in (tmp_path / T_FR).read_text()


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    put(tmp_path, edited(T_FR, "Notez", "Appelez le 19. Notez"))
    assert isinstance(run("import", str(tmp_path)).exception, ContentErrors)
    assert isinstance(run("check", str(tmp_path / "nowhere")).exception, BadRequest)
    assert isinstance(run("export", str(tmp_path / T_FR)).exception, BadRequest)


def test_import_then_export_changes_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELPLINE_DATABASE_URL", database.url)
    monkeypatch.setenv("HELPLINE_DATA_DIR", str(tmp_path / "var"))
    put(tmp_path / "in", tree())
    assert (
        "8 added, 0 changed, 0 removed; nothing written, version 0."
        in run("import", "--dry-run", str(tmp_path / "in")).output
    )
    first = run("import", str(tmp_path / "in"))
    assert "+ unpaid-wages/MA/fr" in first.output and "now version 1." in first.output
    assert "nothing written, version 1." in run("import", str(tmp_path / "in")).output
    assert "7 files" in run("export", str(tmp_path / "out")).output
    assert {path: (tmp_path / "out" / path).read_text() for path in tree()} == tree()
