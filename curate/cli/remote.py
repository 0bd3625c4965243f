"""Commands that speak with Doccano."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from curate.cli import tell
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, progress


class Take(StrEnum):
    """The sides of a conflict."""

    ours = "ours"
    theirs = "theirs"
    base = "base"


DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Tell the plan, write nothing.")]
Unconfirmed = Annotated[
    bool, typer.Option("--include-unconfirmed", help="Also take changes nobody confirmed.")
]


@app.command()
def sync(
    dry_run: DryRun = False,
    include_unconfirmed: Unconfirmed = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Pre-annotate what is new, push it to Doccano, pull what was confirmed, merge it into gold.

    Example: curate sync --dry-run
    """
    _sync(root, json, dry_run, True, True, include_unconfirmed)


@app.command()
def push(dry_run: DryRun = False, root: Root = HERE, json: Json = False) -> None:
    """Pre-annotate what is new and push it to Doccano; pull nothing.

    Example: curate push
    """
    _sync(root, json, dry_run, True, False, False)


@app.command()
def pull(
    dry_run: DryRun = False,
    include_unconfirmed: Unconfirmed = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Pull what was confirmed in Doccano and merge it into gold; push nothing.

    Example: curate pull
    """
    _sync(root, json, dry_run, False, True, include_unconfirmed)


def _sync(root: Path, json: bool, dry: bool, push: bool, pull: bool, unconfirmed: bool) -> None:

    from curate.sync.run import preview_sync, sync

    found = workspace(root)
    if dry:
        emit(preview_sync(found, push, pull, unconfirmed), json, tell.preview)
        return
    with progress() as bar:
        done = sync(found, push=push, pull=pull, include_unconfirmed=unconfirmed, progress=bar)
    emit(done, json, tell.synced)
    raise typer.Exit(tell.exit_code(done.outcome.problems + done.preannotated.problems))


@app.command()
def status(
    list_: Annotated[
        bool, typer.Option("--list", "-l", help="Also name the documents that wait for something.")
    ] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Tell where the documents stand, here and in Doccano.

    Example: curate status --list
    """

    from curate.sync.status import status

    emit(status(workspace(root)), json, tell.waiting if list_ else tell.status)


@app.command()
def conflicts(root: Root = HERE, json: Json = False) -> None:
    """List where gold and Doccano changed the same place; exit code 1 if there are any.

    Example: curate conflicts
    """

    from curate.sync.conflicts import list_conflicts

    found = list_conflicts(workspace(root))
    emit(found, json, tell.conflicts)
    raise typer.Exit(1 if found else 0)


@app.command()
def resolve(
    document: Annotated[str, typer.Argument(help="Beginning of a document's id.")],
    number: Annotated[int | None, typer.Argument(help="Which conflict; all by default.")] = None,
    take: Annotated[Take, typer.Option(help="Whose version to take.")] = ...,  # type: ignore[assignment]
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Settle conflicts by taking a side: ours (gold), theirs (Doccano) or base (before both).

    Example: curate resolve 1a2e 1 --take theirs
    """

    from curate.sync.conflicts import resolve

    emit(resolve(workspace(root), document, number, take.value), json, tell.resolved)


@app.command()
def withdraw(
    document: Annotated[str, typer.Argument(help="Beginning of a document's id.")],
    message: Annotated[str, typer.Option("-m", "--message", help="Why.")],
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Take a document out of the corpus. Its history stays; the next sync takes it from Doccano.

    Example: curate withdraw 1a2e -m "not a news article"
    """

    from curate.sync.conflicts import withdraw

    emit(withdraw(workspace(root), document, message), json, tell.withdrawn)


@app.command()
def migrate(
    dry_run: DryRun = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Bring gold and layers to the schema's version, by the steps in schemas/migrations/.

    What stands in Doccano follows with the next sync.

    Example: curate migrate --dry-run
    """

    from curate.sync.migrate import migrate

    emit(migrate(workspace(root), dry_run), json, tell.migrated)
