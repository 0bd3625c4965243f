"""Commands that tell the history, and bring back what was."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from curate.cli import tell_history as tell
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit
from curate.layers import GOLD

_Document = Annotated[str, typer.Argument(help="Beginning of a document's id.")]


@app.command()
def log(
    document: _Document = "",
    label: Annotated[str, typer.Option(help="Only what changed a span with it.")] = "",
    author: Annotated[str, typer.Option(help="Only what this person did.")] = "",
    sync: Annotated[str, typer.Option(help="Only what this sync brought.")] = "",
    span: Annotated[str, typer.Option(help="START:END or START:END:LABEL of the document.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """List releases and revisions, the newest first; of one document if it is named.

    With --span, tell since when a span is what it is, and what it was before.

    Example: curate log 1a2e --span 32:43:PER
    """

    from curate.history.blame import blame_span
    from curate.history.log import log

    if span:
        start, end, name = tell.place(document, span)
        emit(blame_span(workspace(root), document, start, end, name), json, tell.told)
    else:
        emit(log(workspace(root), document, label, author, sync), json, tell.log)


@app.command()
def blame(
    document: Annotated[str, typer.Argument(help="Beginning of an id, or as in 1a2e@3.")],
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Tell of every span who proposed it, changed it, decided it, and the release it is in since.

    Example: curate blame 1a2e
    """

    from curate.history.blame import blame

    emit(blame(workspace(root), document), json, tell.blamed)


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help="Release, DOC@N, layer, file; last release.")] = "",
    second: Annotated[str, typer.Argument(help="The same; the gold as it is.")] = GOLD,
    html: Annotated[Path | None, typer.Option(help="Write it as a page to this file.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Compare two states of the corpus, span by span, summed by label and author.

    Example: curate diff 0.1.0 gold
    """
    from curate.cli import tell_diff
    from curate.history.diff import compare

    tell_diff.told(partial(compare, workspace(root), first, second), json, html)


@app.command()
def restore(
    source: Annotated[str, typer.Argument(help="Release, or a revision as in 1a2e@3.")],
    documents: Annotated[list[str] | None, typer.Argument(help="Only these of a release.")] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Also withdraw what the release did not have.")
    ] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Make new revisions that say what old ones say; the next sync carries them to Doccano.

    Example: curate restore 0.1.0
    """

    from curate.history.restore import restore

    emit(restore(workspace(root), source, tuple(documents or ()), exact), json, tell.restored)


@app.command()
def verify(
    version: Annotated[str, typer.Argument(help="Release; all of them by default.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Compute releases again from the store and from annotations/, and name what differs.

    Exit code 1 if something does.

    Example: curate verify 0.1.0
    """

    from curate.history.verify import verify

    found = verify(workspace(root), version)
    emit(found, json, tell.verified)
    raise typer.Exit(0 if found.passed else 1)


@app.command()
def reconcile(
    merge: Annotated[bool, typer.Option("--merge", help="Join what went apart.")] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Take up what version control brought into annotations/; refused where both went apart.

    Example: curate reconcile
    """

    from curate.history.reconcile import reconcile

    emit(reconcile(workspace(root), merge), json, tell.taken)


@app.command("git-setup")
def git_setup(root: Root = HERE, json: Json = False) -> None:
    """Let git merge branches of the corpus and show readable diffs of it; once in every clone.

    Example: curate git-setup
    """

    from curate.history.git_driver import git_setup

    emit(git_setup(workspace(root)), json, tell.git_set_up)


@app.command("git-merge", hidden=True)
def git_merge(
    base: Annotated[Path, typer.Argument(help="Version that both branches grew from.")],
    ours: Annotated[Path, typer.Argument(help="Our version; the result is written here.")],
    theirs: Annotated[Path, typer.Argument(help="The other branch's version.")],
    name: Annotated[str, typer.Argument(help="Path of the file in the repository.")],
    json: Json = False,
) -> None:
    """Merge three versions of a file of annotations/, as git's merge driver; 1 on conflicts.

    Example: curate git-merge %O %A %B %P
    """
    from curate.history.git_driver import merge_files

    problems = merge_files(base, ours, theirs, name)
    emit(problems, json, tell.git_conflicts)
    raise typer.Exit(1 if problems else 0)


@app.command("git-diff", hidden=True)
def git_diff(
    path: Annotated[Path, typer.Argument(help="Any version of a file of annotations/.")],
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Show a file of annotations/ as lines for people, as git's textconv.

    Example: curate git-diff annotations/gold/1a.jsonl
    """
    from curate.history.git_driver import text

    emit(list(text(path, root / "annotations")), json, tell.plain)
