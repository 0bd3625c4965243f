"""``curate ci-init``: checks of the corpus on every pull request, and before every commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, say

if TYPE_CHECKING:
    from curate.history.ci_setup import CiSetup


@app.command("ci-init")
def ci_init(
    requirement: Annotated[
        str,
        typer.Option(
            help="What pip installs there: a version, an address of git, or a path.",
            show_default="this version of curate",
        ),
    ] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write workflows for GitHub and GitLab and a pre-commit hook that check the corpus.

    They run `verify`, `validate` and `diff` against the last release. Run it in each clone: git
    takes no hooks from a repository.

    Example: curate ci-init --requirement "curate-corpus @ git+https://git.example.org/curate"
    """
    from curate.history.ci_setup import ci_init

    emit(ci_init(workspace(root), requirement), json, _render)


def _render(setup: CiSetup) -> None:
    say(f"changed {', '.join(setup.changed)}" if setup.changed else "everything is set up")
    for note in setup.notes:
        say(f"[yellow]left alone:[/] {escape(note)}")
