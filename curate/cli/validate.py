"""``curate validate``: check the gold corpus, or annotated files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli import reading
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, notice, problems, progress, say
from curate.formats.reading import ReadOptions

if TYPE_CHECKING:
    from curate.quality import Check, QualityReport
    from curate.quality.report import CommentTotals, FileAnnotations

_LISTED_FILES = 20
_LISTED = 100  # findings of one kind that are printed one by one, when files are checked


@app.command()
def validate(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="Files to check instead of the workspace's gold."),
    ] = None,
    read_as: reading.From = "",
    offsets: reading.Offsets = "",
    layer: Annotated[str, typer.Option(help="With FILE...: the layer to check.")] = "",
    schema: Annotated[
        Path | None, typer.Option(help="With FILE...: the label schema to check against.")
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(help="With FILE...: a curate.toml, whose levels, limits and waivers apply."),
    ] = None,
    docs: Annotated[
        Path | None, typer.Option(help="With FILE...: write HTML to this folder.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Write JUnit XML to this file.")
    ] = None,
    push: Annotated[
        bool, typer.Option("--push", help="Post the findings as comments in Doccano.")
    ] = False,
    infos: Annotated[
        bool, typer.Option("--infos", help="With --push: include findings of level info.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --push: count the comments, and write nothing.")
    ] = False,
    list_checks: Annotated[
        bool, typer.Option("--list", help="List the checks without running them.")
    ] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Check the gold, or annotated files, and list all findings.

    The exit code is 1 if a finding is an error.

    Example: curate validate
    """
    if list_checks:
        from curate.quality import CHECKS

        return emit(tuple(CHECKS.values()), json, render_checks)
    if sources and push:
        raise typer.BadParameter("files have no documents in Doccano", param_hint="--push")
    if sources:
        report = _validate_files(sources, read_as, offsets, layer, schema, settings, docs)
    else:
        from curate.quality import corpus

        used = {
            "--from": read_as,
            "--offsets": offsets,
            "--layer": layer,
            "--schema": schema,
            "--settings": settings,
        }
        _refuse_file_options({**used, "--docs": docs})
        opened = workspace(root)
        if not opened.is_writable:
            notice(f"{opened.state} cannot be written, so there is no report as HTML")
        report = corpus.validate(opened, docs=opened.is_writable)
    if junit is not None:
        _write_junit(report, junit)
    if push:
        from curate.quality.push_comments import push_findings

        with progress() as tell:
            report = push_findings(workspace(root), report, infos, dry_run, tell)
    emit(report, json, render_report)
    raise typer.Exit(0 if report.passed else 1)


def _refuse_file_options(options: dict[str, object]) -> None:
    for name, value in options.items():
        if value:
            message = "applies to files only; name a file, or leave the option out"
            raise typer.BadParameter(message, param_hint=name)


def _validate_files(
    sources: list[Path],
    read_as: str,
    offsets: str,
    layer: str,
    schema_file: Path | None,
    settings: Path | None,
    docs: Path | None,
) -> QualityReport:
    from curate import config, schema
    from curate.quality import files

    return files.validate_files(
        sources,
        read_as=read_as,
        options=ReadOptions(offsets=reading.offset_unit(offsets)),
        layer=layer,
        schema=schema.load(schema_file) if schema_file else None,
        settings=config.read(settings).checks if settings else None,
        docs_folder=docs,
    )


def _write_junit(report: QualityReport, target: Path) -> None:
    from curate.quality.junit import junit
    from curate.util import clock, jsonl

    jsonl.write(target, junit(report, clock.now()))


def render_report(report: QualityReport) -> None:
    """Print the findings, what ``curate.toml`` makes of the checks, and the totals."""
    for file in report.files[:_LISTED_FILES]:
        say(f"[dim]read[/] {escape(_file_line(file))}")
    if len(report.files) > _LISTED_FILES:
        say(f"[dim]read[/] {len(report.files) - _LISTED_FILES:,} more files, listed with --json")
    problems(report.problems, _LISTED if report.files else None)
    for document, address in report.links.items():
        say(f"[dim]{document}[/] {escape(address)}")
    for waived in report.waived:
        place = f"{waived.problem.document}: " if waived.problem.document else ""
        finding = f"{waived.problem.code} {place}{waived.problem.message}"
        say(f"[dim]waived[/] {escape(finding)} [dim]({escape(waived.reason)})[/]")
    for check in report.checks:
        if check.reason:
            level = check.skipped or f"level {check.severity}"
            say(f"[dim]set[/] {check.code}: {escape(f'{level} ({check.reason})')}")
    for waiver in report.unused_waivers:
        say(f"[dim]waiver that matches no finding:[/] {escape(waiver)}")
    verdict = "[green]passed[/]" if report.passed else "[red]failed[/]"
    more = f", {counted(report.infos, 'info')}" if report.infos else ""
    more += f", {len(report.waived):,} waived" if report.waived else ""
    say(
        f"{verdict}: {counted(len(report.checks_run), 'check')} on {report.scope}; "
        f"{counted(report.errors, 'error')}, {counted(report.warnings, 'warning')}{more}"
    )
    if report.comments is not None:
        _render_comments(report.comments)


def _file_line(file: FileAnnotations) -> str:
    """What was taken for annotation in a file: ``a.jsonl as jsonl: 3 spans, in the field ner``."""
    counts = [
        counted(file.documents, "document"),
        counted(file.spans, "span"),
        counted(file.relations, "relation"),
        counted(file.categories, "category", "categories"),
    ]
    present = [counts[0], *(it for it in counts[1:] if not it.startswith("0 "))]
    fields = " and ".join(file.fields)
    where = f", in the field{'s' if len(file.fields) > 1 else ''} {fields}" if fields else ""
    nothing = ", no annotation" if len(present) == 1 else ""
    return f"{file.file} as {file.format}: {', '.join(present)}{nothing}{where}"


def _render_comments(totals: CommentTotals) -> None:
    for document in totals.not_in_doccano:
        say(f"[yellow]not in Doccano[/] {document}: run `curate sync`, then push again")
    counts = (
        f"{counted(totals.added, 'comment')} added, {totals.changed:,} changed, "
        f"{totals.deleted:,} deleted, {totals.unchanged:,} unchanged"
    )
    say(f"{counts}; nothing written" if totals.dry_run else counts)


def render_checks(checks: tuple[Check, ...]) -> None:
    """Print each check: code, level and limit, then why it matters and how to fix a finding."""
    for check in checks:
        limit = f" (limit {check.limit:g}: {check.bound})" if check.limit is not None else ""
        say(f"[bold]{check.code}[/] {check.severity}{escape(limit)}")
        say(f"  {escape(check.why)} [dim]{escape(check.hint)}[/]")
