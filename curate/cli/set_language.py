"""``curate set-language``: correct the language of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import DryRun
from curate.cli.output import counted, emit, say

if TYPE_CHECKING:
    from curate.ingest.languages import LanguageCorrections


@app.command("set-language")
def set_language(
    documents: Annotated[list[str], typer.Argument(help="Ids of documents, or their beginnings.")],
    language: Annotated[str, typer.Argument(help="ISO 639-1 code, such as en.")],
    dry_run: DryRun = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Correct the language of documents, which decides on models, rules, checks and splits.

    Gold keeps its spans; what programs proposed for the other language is made anew. Releases keep
    the language that a document had when they were cut.

    Example: curate set-language 1a2e 77b0 en --dry-run
    """
    from curate.ingest.languages import set_language

    done = set_language(workspace(root), documents, language, dry_run=dry_run)
    emit(done, json, lambda done: _render(done, dry_run))


def _render(done: LanguageCorrections, dry_run: bool) -> None:
    for each in done.corrected:
        dropped = f", without {', '.join(each.dropped)}" if each.dropped else ""
        say(escape(f"{each.document}: {each.before or 'no language'} → {each.after}{dropped}"))
    verb = "would correct" if dry_run else "corrected"
    unchanged = f", {len(done.unchanged)} unchanged" if done.unchanged else ""
    say(f"{verb} the language of {counted(len(done.corrected), 'document')}{unchanged}")
    if not dry_run and any(each.dropped for each in done.corrected):
        say("run `curate preannotate` to make their proposals anew")
