"""The command that cuts releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, say
from curate.cli.tell_history import counts

if TYPE_CHECKING:
    from curate.gate.conditions import GateState, ReleasePreview
    from curate.model import Release
    from curate.release import VersionProposal

_COLOUR: dict[GateState, str] = {
    "passed": "green",
    "failed": "red",
    "waived": "yellow",
    "not asked": "dim",
}


@app.command()
def release(
    version: Annotated[str, typer.Argument(help="Such as 0.1.0; proposed by default.")] = "",
    message: Annotated[str, typer.Option("-m", "--message", help="What is in it.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell; exit code 1 if it would be refused.")
    ] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Cut a release of the gold, if the gate lets it through: see docs/gate.md.

    Without a version it gets the lowest that says enough: major if the schema changed so that a
    reader may fail, minor if documents or labels were added or removed, patch for corrections.

    Example: curate release -m "First articles"
    """

    from curate.gate.release import preview_release, release

    if dry_run:
        found = preview_release(workspace(root), version)
        emit(found, json, rehearsed)
        raise typer.Exit(1 if found.refusals else 0)
    emit(release(workspace(root), version, message), json, released)


def released(made: Release) -> None:
    """``curate release``."""
    say(
        f"release {made.version}: {counted(made.counts.get('documents', 0), 'document')}, "
        f"{counted(made.counts.get('spans', 0), 'span')}, digest {made.digest[:16]}"
    )
    if made.changes:
        say(f"since {made.parent}: {counts(made.changes)}")
    for name, told in made.gate.items():
        if told.startswith("waived"):
            say(f"[yellow]gate {name}[/] {escape(told)}")


def rehearsed(found: ReleasePreview) -> None:
    """``curate release --dry-run``."""
    _proposed(found.proposal)
    for verdict in found.gate.verdicts:
        state = f"[{_COLOUR[verdict.state]}]{verdict.state:9}[/]"
        why = f" [dim]({escape(verdict.reason)})[/]" if verdict.reason else ""
        say(f"{state} {verdict.gate:9} {escape(verdict.finding)}{why}")
        for more in (verdict.hint, *verdict.notes):
            if more:
                say(f"{'':19} [dim]{escape(more)}[/]")
    for name in found.gate.unused_waivers:
        say(f"[dim]no gate needs the waiver of[/] {name}")
    for why in found.refusals:
        say(f"[red]refused[/]: {escape(why)}")


def _proposed(found: VersionProposal) -> None:
    after = f" after {found.parent}" if found.parent else ""
    say(f"{found.level}: release {found.version}{after}" if found.version else f"nothing{after}")
    for reason in found.reasons:
        say(f"  {escape(reason)}")
