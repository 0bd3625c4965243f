"""``curate publish``: a release as a data set repository."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import DryRun
from curate.cli.output import counted, emit, err, progress, say

if TYPE_CHECKING:
    from curate.publish.publish import Publication, PublishOptions
    from curate.workspace import Workspace

_QUESTIONS = {
    "license": "Licence, as an identifier of https://spdx.org/licenses/ such as CC-BY-4.0",
    "citation": "How is the corpus to be cited",
}
_COLOUR = {"new": "green", "changed": "yellow", "deleted": "red"}


@app.command()
def publish(
    target: Annotated[
        str, typer.Argument(metavar="FOLDER|hub:OWNER/NAME", help="Where to publish.")
    ],
    version: Annotated[
        str, typer.Option("--release", help="Release to publish.", show_default="the newest")
    ] = "",
    names: Annotated[
        bool, typer.Option("--names", help="Publish the names of people and imported files.")
    ] = False,
    license: Annotated[
        str, typer.Option(help="SPDX identifier.", show_default="corpus.license")
    ] = "",
    citation: Annotated[
        str, typer.Option(help="How to cite it.", show_default="corpus.citation")
    ] = "",
    public: Annotated[
        bool, typer.Option("--public", help="Make a new repository on the hub public.")
    ] = False,
    dry_run: DryRun = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Publish a release as a data set repository, in a folder or on the Hugging Face Hub.

    Licence and citation are asked for if curate.toml has none. The token for the hub comes from
    HF_TOKEN. A run after one that broke off sends only what is missing.

    Example: curate publish hub:newsroom/news-fr --release 1.0.0 --dry-run
    """
    from curate.publish import publish as publishing

    options = publishing.PublishOptions(
        names=names, license=license, citation=citation, public=public, dry_run=dry_run
    )
    opened = workspace(root)
    publishing.hub_repository(target)
    if sys.stdin.isatty() and err.is_terminal:
        options = _ask(opened, options)
    with progress() as bar:
        result = publishing.publish(opened, target, version, options, bar)
    emit(result, json, _render)


def _ask(opened: Workspace, options: PublishOptions) -> PublishOptions:
    from curate.publish.publish import missing_settings

    answers = {
        name: typer.prompt(_QUESTIONS[name], err=True) for name in missing_settings(opened, options)
    }
    return msgspec.structs.replace(options, **answers)


def _render(result: Publication) -> None:
    width = max(len(f"{file.size:,}") for file in result.files)
    for file in result.files:
        state = f" [{_COLOUR.get(file.state, 'dim')}]{file.state}[/]" if file.state else ""
        say(f"{file.size:>{width},} {escape(file.path)}{state}")
    for table in result.export.also:
        lost = ", ".join(f"{number:,} {reason}" for reason, number in table.lost.items())
        if lost:
            say(f"[yellow]not in {escape(table.format)}: {escape(lost)}[/]")
    total = sum(file.size for file in result.files if file.state != "deleted")
    size = f"{counted(len(result.files), 'file')}, {total:,} bytes"
    if result.dry_run:
        say(f"release {result.version} would be {size}; nothing was written")
    elif result.commit:
        say(f"published release {result.version}: {size}, {escape(result.commit)}")
    elif result.target.startswith("hub:"):
        say(f"release {result.version} is on {escape(result.target)} already")
    else:
        say(f"published release {result.version} to {escape(result.target)}: {size}")
