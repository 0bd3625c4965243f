"""``curate status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, exit_code, problems, progress, say

if TYPE_CHECKING:
    from curate.sync.status import CorpusStatus

List = Annotated[
    bool,
    typer.Option("--list", "-l", help="Also list the documents that need attention."),
]


@app.command()
def status(list_: List = False, root: Root = HERE, json: Json = False) -> None:
    """Count the documents in each state, here and in Doccano.

    The exit code is that of a sync: 1 if there is an error, or Doccano cannot be reached.

    Example: curate status --list
    """
    from curate.sync.status import status

    corpus = workspace(root)
    with progress() as bar:
        seen = status(corpus, bar)
    emit(seen, json, _render_with_documents if list_ else _render)
    failed = seen.configured and bool(seen.unreachable)
    raise typer.Exit(1 if failed else exit_code(seen.problems))


def _render(status: CorpusStatus) -> None:
    from curate.sync.plan import STATES

    say(f"{counted(status.documents, 'document')}, {status.gold} with gold")
    if status.unreachable:
        say(f"[yellow]not compared with Doccano[/]: {escape(status.unreachable)}")
    else:
        say(f"Doccano at {status.server}")
    for state, meaning in STATES.items():
        if state in status.states:
            say(f"  {status.states[state]:>6,} {state:<10} [dim]{meaning}[/]")
    if status.conflicts:
        say(f"conflicts: {', '.join(status.conflicts)}")
    problems(status.problems)
    say(f"releases: {', '.join(status.releases) if status.releases else 'none yet'}")


def _render_with_documents(status: CorpusStatus) -> None:
    _render(status)
    for state, documents in status.waiting.items():
        for document in documents:
            say(f"{state:<10} {document}")
