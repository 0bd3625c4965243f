"""``curate git-setup``, and the two hidden commands that git calls afterwards."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, err, say
from curate.model import Problem

if TYPE_CHECKING:
    from curate.history.git_driver import GitSetup


@app.command("git-setup")
def git_setup(root: Root = HERE, json: Json = False) -> None:
    """Let git merge branches of the corpus and show readable diffs; run it once in each clone.

    Example: curate git-setup
    """
    from curate.history.git_driver import git_setup

    emit(git_setup(workspace(root)), json, _render_setup)


@app.command("git-merge", hidden=True)
def git_merge(
    base: Annotated[Path, typer.Argument(help="The common ancestor.")],
    ours: Annotated[Path, typer.Argument(help="Our version; the result is written here.")],
    theirs: Annotated[Path, typer.Argument(help="The other branch's version.")],
    name: Annotated[str, typer.Argument(help="Path of the file in the repository.")],
    json: Json = False,
) -> None:
    """Merge three versions of a file of annotations/, as git's merge driver; 1 on conflicts.

    Example: curate git-merge %O %A %B %P
    """
    from curate.history.git_driver import merge_files

    conflicts = merge_files(base, ours, theirs, name)
    emit(conflicts, json, _render_conflicts)
    raise typer.Exit(1 if conflicts else 0)


@app.command("git-diff", hidden=True)
def git_diff(
    path: Annotated[Path, typer.Argument(help="Any version of a file of annotations/.")],
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Print a file of annotations/ as lines for people, as git's textconv.

    Example: curate git-diff annotations/gold/1a.jsonl
    """
    from curate.history.git_driver import text_lines

    emit(list(text_lines(path, root / "annotations")), json, _render_lines)


def _render_setup(setup: GitSetup) -> None:
    say(f"changed {', '.join(setup.changed)}" if setup.changed else "git is already set up")


def _render_conflicts(conflicts: list[Problem]) -> None:
    """On standard error, which git shows."""
    for conflict in conflicts:
        err.print(f"conflict in {conflict.document}: {escape(conflict.message)}")
    if conflicts:
        err.print(escape(conflicts[0].hint))


def _render_lines(lines: list[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
