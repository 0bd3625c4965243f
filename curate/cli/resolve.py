"""``curate resolve``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import DocumentId
from curate.cli.output import counted, emit, say

if TYPE_CHECKING:
    from curate.sync.conflicts import Resolution


class ConflictSide(StrEnum):
    """The sides of a conflict."""

    ours = "ours"
    theirs = "theirs"
    base = "base"


Number = Annotated[int | None, typer.Argument(help="Number of one conflict; by default all.")]
Take = Annotated[ConflictSide, typer.Option(help="The side to take.")]


@app.command()
def resolve(
    document: DocumentId,
    number: Number = None,
    take: Take = ...,  # type: ignore[assignment]
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Resolve conflicts of a document by taking a side.

    The sides are ours (gold), theirs (Doccano) and base (before both changed). The next sync pushes
    the result to Doccano.

    Example: curate resolve 1a2e 1 --take theirs
    """
    from curate.sync.conflicts import resolve

    emit(resolve(workspace(root), document, number, take.value), json, _render)


def _render(resolution: Resolution) -> None:
    revision = resolution.revision
    gold = f"revision {revision.number}" if revision else "the gold is unchanged"
    say(f"resolved {counted(resolution.settled, 'conflict')}, {resolution.open} open; {gold}")
