"""Commands that check the gold, and annotated files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from curate.cli import reading, tell_quality
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, progress

if TYPE_CHECKING:
    from curate.quality import QualityReport

Files = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE...]", help="None for the workspace.")
]
JUnit = Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML into this file.")]
Docs = Annotated[Path | None, typer.Option(help="With FILE...: write HTML into this folder.")]
Labels = Annotated[Path | None, typer.Option("--schema", help="With FILE...: a label schema.")]
Settings = Annotated[
    Path | None, typer.Option(help="With FILE...: a curate.toml, whose levels and waivers hold.")
]
Catalogue = Annotated[bool, typer.Option("--list", help="Only list the checks there are.")]
Push = Annotated[bool, typer.Option("--push", help="Tell the findings as comments in Doccano.")]
Infos = Annotated[bool, typer.Option("--infos", help="With --push: also findings of level info.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="With --push: only tell, write nothing.")]
Layer = Annotated[str, typer.Option(help="With FILE...: the layer to check.")]


@app.command()
def validate(
    sources: Files = None,
    read_as: reading.From = "",
    layer: Layer = "",
    schema: Labels = None,
    settings: Settings = None,
    docs: Docs = None,
    junit: JUnit = None,
    push: Push = False,
    infos: Infos = False,
    dry_run: DryRun = False,
    catalogue: Catalogue = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Check the gold corpus, or files; list all findings; exit code 1 if one is an error.

    Example: curate validate
    """
    if catalogue:
        return _list(json)
    if sources and push:
        raise typer.BadParameter("files have no documents in Doccano", param_hint="--push")
    if not sources:
        only = {"--from": read_as, "--layer": layer, "--schema": schema, "--settings": settings}
        _no_files({**only, "--docs": docs})
    report = _files(sources, read_as, layer, schema, settings, docs) if sources else _gold(root)
    if junit is not None:
        _write(report, junit)
    if push:
        report = _note(root, report, infos, dry_run)
    emit(report, json, tell_quality.report)
    raise typer.Exit(0 if report.passed else 1)


def _no_files(options: dict[str, object]) -> None:
    """Refuse what says how files are read where the workspace is checked."""
    for name, value in options.items():
        if value:
            hint = "is for files only; name one, or leave it out"
            raise typer.BadParameter(hint, param_hint=name)


def _gold(root: Path) -> QualityReport:

    from curate.quality.corpus import validate

    return validate(workspace(root))


def _note(root: Path, report: QualityReport, infos: bool, dry_run: bool) -> QualityReport:

    from curate.quality.push_comments import Push as Asked
    from curate.quality.push_comments import push_findings

    with progress() as tell:
        return push_findings(workspace(root), report, Asked(infos=infos, dry_run=dry_run), tell)


def _files(
    sources: list[Path],
    read_as: str,
    layer: str,
    labels: Path | None,
    settings: Path | None,
    docs: Path | None,
) -> QualityReport:
    from curate import config, schema
    from curate.quality import files

    known = schema.load(labels) if labels else None
    checks = config.read(settings).checks if settings else None
    return files.files(
        sources, read_as=read_as, layer=layer, schema=known, settings=checks, docs_folder=docs
    )


def _write(report: QualityReport, target: Path) -> None:
    from curate.quality.junit import junit
    from curate.util import clock, jsonl

    jsonl.write(target, junit(report, clock.now()))


def _list(json: bool) -> None:
    from curate.quality import CHECKS

    emit(tuple(CHECKS.values()), json, tell_quality.catalogue)
