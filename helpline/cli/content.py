"""``helpline content check | import | export``: the knowledge base as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from helpline.cli import run
from helpline.errors import BadRequest, ConfigurationError

if TYPE_CHECKING:
    from knowledge.check import ContentReport
    from knowledge.records import Knowledge
    from knowledge.repository import Diff

# The commands import the knowledge when they run: `helpline --help` stays fast.

Directory = Annotated[Path | None, typer.Argument(help="Folder with content/, directory/ and questions/; default: the shipped one.")]


def build() -> typer.Typer:
    """The commands, to be added under ``content``."""
    app = typer.Typer(no_args_is_help=True, help="The knowledge base as files.")
    app.command("check")(check)
    app.command("import")(import_)
    app.command("export")(export)
    return app


def check(
    directory: Directory = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
    fix_hashes: Annotated[
        bool, typer.Option("--fix-hashes", help="First note that every translation fits its original as it is now.")
    ] = False,
) -> None:
    """Prove the files: coverage, translations, ids, dates, lengths, language. Exit code 1 where there are errors."""
    from knowledge import check as checks
    from knowledge.loader import SHIPPED

    root = _root(directory, SHIPPED)
    fixed = checks.fix_hashes(root) if fix_hashes else []
    report = checks.check_directory(root)
    if as_json:
        print(json.dumps({**report.as_json(), "fixed": fixed}, ensure_ascii=False, indent=1))
    else:
        for file in fixed:
            print(f"{file}: original_hash written")
        show(report)
    raise typer.Exit(0 if report.ok else 1)


def import_(
    directory: Directory = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Make the database hold exactly these files; refused where the check finds errors."""
    from knowledge.check import check_tree
    from knowledge.errors import ContentErrors
    from knowledge.loader import SHIPPED, scan

    tree = scan(_root(directory, SHIPPED))
    report = check_tree(tree)
    if not report.ok:
        raise ContentErrors(report.errors)
    diff: Diff = run(_replace(tree.knowledge, dry_run))
    for sign, ids in (("+", diff.added), ("~", diff.changed), ("-", diff.removed)):
        for name in ids:
            print(f"{sign} {name}")
    sizes = f"{len(diff.added)} added, {len(diff.changed)} changed, {len(diff.removed)} removed"
    state = f"now version {diff.version}" if diff.applied else f"nothing written, version {diff.version}"
    print(f"{sizes}; {state}.")


def export(directory: Annotated[Path, typer.Argument(help="Folder to write to; it is made where it is missing.")]) -> None:
    """Write the database's knowledge as files, in the one form that an import gives back."""
    from knowledge import files

    if directory.exists() and not directory.is_dir():
        raise BadRequest(f"{directory} is a file; name a folder.")
    knowledge: Knowledge = run(_load())
    changed = files.write(knowledge, directory)
    print(f"{len(files.render(knowledge))} files in {directory}, {len(changed)} of them changed.")


def show(report: ContentReport) -> None:
    """The report for people: problems, coverage, counts."""
    for problem in report.problems:
        print(f"{problem.file}:{problem.line}: {problem.severity.value}: {problem.message} [{problem.rule}]")
    scopes = sorted({scope for row in report.coverage.values() for scope in row}, key=lambda scope: (scope != "regional", scope))
    table = Table("topic", *scopes, title="Coverage: languages by topic and scope")
    for topic, row in report.coverage.items():
        if row:
            table.add_row(topic, *(" ".join(row[scope]) if scope in row else "-" for scope in scopes))
    Console(highlight=False).print(table)
    counts = report.counts
    missing = counts["topics"] - counts["topics_with_regional_article"]
    print(f"{counts['articles']} articles in {counts['texts']} texts; {missing} of {counts['topics']} topics have no regional article.")
    print(f"{counts['organisations']} organisations, {counts['facts']} facts, {counts['questions']} example questions.")
    if counts["starter"]:
        print(f"{counts['starter']} articles are starter content: they await the review of the host organisation's lawyer.")
    print(f"{counts['errors']} errors, {counts['warnings']} warnings.")


async def _replace(knowledge: Knowledge, dry_run: bool) -> Diff:
    from helpline.db import Database
    from knowledge import repository

    database = Database(_url(), pool_size=1, application="helpline-content")
    try:
        async with database.transaction() as session:
            return await repository.replace_all(session, knowledge, dry_run=dry_run)
    finally:
        await database.close()


async def _load() -> Knowledge:
    from helpline.db import Database
    from knowledge import repository

    database = Database(_url(), pool_size=1, application="helpline-content")
    try:
        async with database.transaction() as session:
            return await repository.load(session)
    finally:
        await database.close()


def _url() -> str:
    """The database that is running; raises ConfigurationError where there is none."""
    from helpline.cli.context import database_url

    if url := database_url():
        return url
    raise ConfigurationError("No database is running here: start `make up`, or set DATABASE_URL.")


def _root(directory: Path | None, shipped: Path) -> Path:
    root = directory or shipped
    if not root.is_dir():
        raise BadRequest(f"There is no folder {root}.")
    return root
