"""``helpline content check | import | export``: the knowledge base as files."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from helpline.cli import run
from helpline.errors import BadRequest, ConfigurationError
from helpline.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from knowledge.check import ContentReport
    from knowledge.records import Knowledge
    from knowledge.repository import Diff

T = TypeVar("T")

# The commands import the knowledge when they run: `helpline --help` stays fast.

Directory = Annotated[
    Path | None, typer.Argument(help="Folder with content/, directory/ and questions/; default: the shipped one.")
]


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
    fix_form: Annotated[bool, typer.Option("--fix-form", help="First write the files as an export would.")] = False,
) -> None:
    """Prove the files: coverage, translations, ids, dates, lengths, language. Exit code 1 where there are errors."""
    from knowledge import check as checks
    from knowledge import files
    from knowledge.loader import SHIPPED, read

    root = _root(directory, SHIPPED)
    fixed = checks.fix_hashes(root) if fix_hashes else []
    if fix_form:
        fixed += files.write(read(root), root)
    report = checks.check_directory(root)
    if as_json:
        print(json.dumps({**report.as_json(), "fixed": fixed}, ensure_ascii=False, indent=1))
    else:
        for file in fixed:
            print(f"{file}: written")
        show(report)
    raise typer.Exit(0 if report.ok else 1)


def import_(
    directory: Directory = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Make the database hold exactly these files; refused where the check finds errors."""
    from knowledge import repository
    from knowledge.check import check_tree
    from knowledge.errors import ContentErrors
    from knowledge.loader import SHIPPED, scan

    tree = scan(_root(directory, SHIPPED))
    report = check_tree(tree)
    if not report.ok:
        raise ContentErrors(report.errors)
    diff: Diff = _in_transaction(lambda session: repository.replace_all(session, tree.knowledge, dry_run=dry_run))
    for sign, ids in (("+", diff.added), ("~", diff.changed), ("-", diff.removed)):
        for name in ids:
            print(f"{sign} {name}")
    sizes = f"{len(diff.added)} added, {len(diff.changed)} changed, {len(diff.removed)} removed"
    state = f"now version {diff.version}" if diff.applied else f"nothing written, version {diff.version}"
    print(f"{sizes}; {state}.")


def export(
    directory: Annotated[Path, typer.Argument(help="Folder to write to; it is made where it is missing.")],
) -> None:
    """Write the database's knowledge as files, in the one form that an import gives back."""
    from knowledge import files, repository

    if directory.exists() and not directory.is_dir():
        raise BadRequest(f"{directory} is a file; name a folder.")
    knowledge: Knowledge = _in_transaction(repository.load)
    changed = files.write(knowledge, directory)
    print(f"{len(files.render(knowledge))} files in {directory}, {len(changed)} of them changed.")


def show(report: ContentReport) -> None:
    """The report for people: problems, coverage, counts."""
    for problem in report.problems:
        print(f"{problem.file}:{problem.line}: {problem.severity.value}: {problem.message} [{problem.rule}]")
    scopes = sorted(
        {scope for row in report.coverage.values() for scope in row}, key=lambda scope: (scope != "regional", scope)
    )
    table = Table("topic", *scopes, title="Coverage: languages by topic and scope")
    for topic, row in report.coverage.items():
        if row:
            table.add_row(topic, *(" ".join(row[scope]) if scope in row else "-" for scope in scopes))
    Console(highlight=False).print(table)
    counts = report.counts
    missing = counts["topics"] - counts["topics_with_regional_article"]
    print(f"{counts['articles']} articles in {counts['texts']} texts.")
    print(f"{missing} of {counts['topics']} topics have no regional article.")
    print(f"{counts['organisations']} organisations, {counts['facts']} facts, {counts['questions']} example questions.")
    if counts["starter"]:
        print(f"{counts['starter']} articles are starter content: they await your lawyer's review.")
    print(f"{counts['errors']} errors, {counts['warnings']} warnings.")


def _in_transaction(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Do ``work`` in one transaction of the database that is running."""
    url = _url()  # outside the event loop: starting the embedded PostgreSQL runs one of its own

    async def whole() -> T:
        from helpline.db import Database

        database = Database(url, pool_size=1, application="helpline-content")
        try:
            async with database.transaction() as session:
                return await work(session)
        finally:
            await database.close()

    result: T = run(whole())
    return result


def _url() -> str:
    """The address of the database, brought to the newest schema in the embedded mode.

    Raises ConfigurationError where there is none.
    """
    from helpline.cli.context import database_url
    from helpline.db.migrate import migrate_now

    url = database_url()
    if not url:
        raise ConfigurationError("No database is running here: start `make up`, or set DATABASE_URL.")
    if Settings().mode == "embedded":
        migrate_now(url)
    return url


def _root(directory: Path | None, shipped: Path) -> Path:
    root = directory or shipped
    if not root.is_dir():
        raise BadRequest(f"There is no folder {root}.")
    return root
