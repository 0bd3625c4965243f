"""The command line's root: the app, and the options that every command shares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli.output import notice, say, waiting
from curate.version import __version__

if TYPE_CHECKING:
    from curate.workspace import Workspace

app = typer.Typer(
    help="Keep a gold corpus of annotated news articles, with Doccano as its remote.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Root = Annotated[
    Path, typer.Option("-C", "--workspace", help="Folder of the workspace.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
HERE = Path()


def workspace(root: Path) -> Workspace:
    """The workspace in a folder."""
    from curate.workspace import Workspace

    opened = Workspace(root)
    opened.waiting = waiting
    opened.notify = notice
    return opened


def _version(wanted: bool) -> None:
    if wanted:
        say(f"curate {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
