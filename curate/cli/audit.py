"""The command that looks for label errors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli import reading, tell_audit
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, exit_code, progress

if TYPE_CHECKING:
    from curate.audit.files import Asked, Audited
    from curate.ingest import ReadOptions


class Method(StrEnum):
    """What an audit can look at."""

    model = "model"
    layers = "layers"
    surfaces = "surfaces"
    edges = "edges"


Files = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE...]", help="None for the workspace.")
]
Top = Annotated[int, typer.Option(min=0, help="How many suspects to list; 0 for all.")]
Methods = Annotated[
    list[Method] | None, typer.Option("--method", help="Use this alone; may repeat.")
]
Seed = Annotated[int, typer.Option(help="Draws the folds of the cross-validation.")]
Push = Annotated[bool, typer.Option("--push", help="Ask people about them in Doccano.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="With --push: only tell, write nothing.")]
Dismiss = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="This suspect is no error; may repeat.")
]
Reason = Annotated[str, typer.Option(help="With --dismiss: why not.")]
Layer = Annotated[str, typer.Option(help="With FILE...: the layer to audit.")]


@app.command()
def audit(
    sources: Files = None,
    read_as: reading.From = "",
    layer: Layer = "",
    column: reading.Column = None,
    encoding: reading.Encoding = "",
    top: Top = 50,
    method: Methods = None,
    seed: Seed = 0,
    push: Push = False,
    dry_run: DryRun = False,
    dismiss: Dismiss = None,
    reason: Reason = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Rank the likely label errors of the gold, or of annotated files, the likeliest first.

    Example: curate audit --top 20
    """

    from curate.audit import corpus
    from curate.audit.files import Asked

    if dismiss:
        return emit(corpus.dismiss(workspace(root), dismiss, reason), json, tell_audit.dismissed)
    if sources and push:
        raise typer.BadParameter("files have no documents in Doccano", param_hint="--push")
    asked = Asked(methods=tuple(each.value for each in method or ()), seed=seed, top=top)
    how = reading.options(column, encoding=encoding)
    found = _files(sources, asked, read_as, layer, how) if sources else _gold(root, asked)
    if push:
        return _ask(root, top, dry_run, json)
    emit(found, json, tell_audit.audited)
    raise typer.Exit(exit_code(found.problems))


def _gold(root: Path, asked: Asked) -> Audited:

    from curate.audit.corpus import audit

    with progress() as bar:
        return audit(workspace(root), asked, bar)


def _ask(root: Path, top: int, dry_run: bool, json: bool) -> None:

    from curate.sync.review import push_audit

    with progress() as bar:
        done = push_audit(workspace(root), top, dry_run, bar)
    emit(done, json, tell_audit.asking)
    raise typer.Exit(exit_code(done.problems))


def _files(
    sources: list[Path],
    asked: Asked,
    read_as: str,
    layer: str,
    how: ReadOptions,
) -> Audited:
    from curate.audit import files

    with progress() as bar:
        return files.files(sources, asked, read_as=read_as, layer=layer, options=how, tell=bar)
