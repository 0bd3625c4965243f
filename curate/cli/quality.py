"""Commands that check the gold, and annotated files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli import reading, tell_quality
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit

if TYPE_CHECKING:
    from curate.quality import Report

Files = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE...]", help="None for the workspace.")
]
JUnit = Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML into this file.")]
Docs = Annotated[Path | None, typer.Option(help="With FILE...: write HTML into this folder.")]
Labels = Annotated[Path | None, typer.Option("--schema", help="With FILE...: a label schema.")]
Catalogue = Annotated[bool, typer.Option("--list", help="Only list the checks there are.")]
Layer = Annotated[str, typer.Option(help="With FILE...: the layer to check.")]


@app.command()
def validate(
    sources: Files = None,
    read_as: reading.From = "",
    layer: Layer = "",
    schema: Labels = None,
    docs: Docs = None,
    junit: JUnit = None,
    catalogue: Catalogue = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Check the gold corpus, or files; list all findings; exit code 1 if one is an error.

    Example: curate validate
    """
    if catalogue:
        return _list(json)
    report = _files(sources, read_as, layer, schema, docs) if sources else _gold(root)
    if junit is not None:
        _write(report, junit)
    emit(report, json, tell_quality.report)
    raise typer.Exit(0 if report.passed else 1)


def _gold(root: Path) -> Report:
    return workspace(root).validate()


def _files(
    sources: list[Path], read_as: str, layer: str, labels: Path | None, docs: Path | None
) -> Report:
    from curate import schema, validate

    known = schema.load(labels) if labels else None
    return validate.files(sources, read_as=read_as, layer=layer, schema=known, docs_folder=docs)


def _write(report: Report, target: Path) -> None:
    from curate import clock, jsonl
    from curate.quality.junit import junit

    jsonl.write(target, junit(report, clock.now()))


def _list(json: bool) -> None:
    from curate.quality import CHECKS

    emit(tuple(CHECKS.values()), json, tell_quality.catalogue)
