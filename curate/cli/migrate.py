"""``curate migrate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import DryRun
from curate.cli.output import counted, emit, say

if TYPE_CHECKING:
    from curate.history.migrate import MigrationReport


@app.command()
def migrate(dry_run: DryRun = False, root: Root = HERE, json: Json = False) -> None:
    """Bring the corpus to the version of its schema.

    The steps in schemas/migrations/ are applied to the gold and the layers; the next sync applies
    them to the annotations in Doccano.

    Example: curate migrate --dry-run
    """
    from curate.history.migrate import migrate

    emit(migrate(workspace(root), dry_run), json, _render)


def _render(report: MigrationReport) -> None:
    if report.before == report.after:
        say(f"nothing to do: the corpus is annotated under {report.after}")
        return
    steps = "; ".join(map(escape, report.steps)) or "no steps"
    say(f"from {report.before} to {report.after}: {steps}")
    say(f"gold: {counted(report.revisions, 'new revision')}")
    for change, spans in report.spans.items():
        say(f"  {spans:>6,} {escape(change)}")
