"""``curate release``: cut a release of the gold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, counts_in_words, emit, say

if TYPE_CHECKING:
    from curate.gate.conditions import GateState, ReleasePreview
    from curate.model import Release

_COLOUR: dict[GateState, str] = {
    "passed": "green",
    "failed": "red",
    "waived": "yellow",
    "not asked": "dim",
}


@app.command()
def release(
    version: Annotated[
        str, typer.Argument(help="Version such as 0.1.0; by default the lowest one allowed.")
    ] = "",
    message: Annotated[str, typer.Option("-m", "--message", help="What the release is.")] = "",
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Cut nothing; exit code 1 if it would be refused."),
    ] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Cut a release of the gold if the gate passes; see docs/gate.md.

    The lowest version allowed is major if the schema changed so that a reader may fail, minor if
    documents or labels were added or removed, and patch for corrections.

    Example: curate release -m "First articles"
    """
    from curate.gate.release import preview_release, release

    if dry_run:
        preview = preview_release(workspace(root), version)
        emit(preview, json, _render_preview)
        raise typer.Exit(1 if preview.refusals else 0)
    emit(release(workspace(root), version, message), json, _render)


def _render(release: Release) -> None:
    say(
        f"release {release.version}: {counted(release.counts.get('documents', 0), 'document')}, "
        f"{counted(release.counts.get('spans', 0), 'span')}, digest {release.digest[:16]}"
    )
    if release.changes:
        say(f"since {release.parent}: {counts_in_words(release.changes)}")
    for name, outcome in release.gate.items():
        if outcome.startswith("waived"):
            say(f"[yellow]gate {name}[/] {escape(outcome)}")


def _render_preview(preview: ReleasePreview) -> None:
    proposal = preview.proposal
    after = f" after {proposal.parent}" if proposal.parent else ""
    if proposal.version:
        say(f"{proposal.level}: release {proposal.version}{after}")
    else:
        parent = proposal.parent
        say(f"no changes since {parent}" if parent else "nothing to release")
    for reason in proposal.reasons:
        say(f"  {escape(reason)}")
    for verdict in preview.gate.verdicts:
        state = f"[{_COLOUR[verdict.state]}]{verdict.state:9}[/]"
        reason = f" [dim]({escape(verdict.reason)})[/]" if verdict.reason else ""
        say(f"{state} {verdict.gate:9} {escape(verdict.finding)}{reason}")
        for line in (verdict.hint, *verdict.notes):
            if line:
                say(f"{'':19} [dim]{escape(line)}[/]")
    for name in preview.gate.unused_waivers:
        say(f"[dim]waiver that is not needed:[/] {name}")
    for refusal in preview.refusals:
        say(f"[red]refused[/]: {escape(refusal)}")
