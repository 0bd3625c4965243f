"""``curate audit``: rank likely label errors, have them reviewed, dismiss them."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli import reading
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, emit, exit_code, problems, progress, say

if TYPE_CHECKING:
    from curate.audit.audit_file import ResolvedSuspect
    from curate.audit.report import AuditReport, SuspectLine
    from curate.model import SpanKey
    from curate.sync.review import ReviewRequest

_WHITE_SPACE = re.compile(r"\s+")
_ERROR_TYPES = {
    "label": "another label",
    "boundary": "other boundaries",
    "missing": "not annotated",
    "spurious": "should not be annotated",
}


class Method(StrEnum):
    """The methods of an audit."""

    model = "model"
    layers = "layers"
    surfaces = "surfaces"
    edges = "edges"


@app.command()
def audit(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="Annotated files; by default the gold."),
    ] = None,
    read_as: reading.From = "",
    layer: Annotated[str, typer.Option(help="With FILE...: the layer to audit.")] = "",
    column: reading.Column = None,
    encoding: reading.Encoding = "",
    top: Annotated[int, typer.Option(min=0, help="Number of suspects to list; 0 for all.")] = 50,
    method: Annotated[
        list[Method] | None,
        typer.Option("--method", help="Method to use. Repeatable.", show_default="all"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Random seed of the cross-validation.")] = 0,
    push: Annotated[
        bool, typer.Option("--push", help="Ask reviewers in Doccano about the suspects.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --push: only show what would be pushed.")
    ] = False,
    dismiss: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Dismiss a suspect that is not an error. Repeatable."),
    ] = None,
    reason: Annotated[str, typer.Option(help="With --dismiss: why it is not an error.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Rank the likely label errors of the gold, or of annotated files.

    Example: curate audit --top 20
    """
    from curate.audit.audit import audit, dismiss_suspects
    from curate.audit.files import audit_files
    from curate.audit.report import AuditOptions
    from curate.sync.review import push_audit

    if dismiss:
        emit(dismiss_suspects(workspace(root), dismiss, reason), json, _render_dismissed)
        return
    if sources and push:
        raise typer.BadParameter("files have no documents in Doccano", param_hint="--push")
    options = AuditOptions(methods=tuple(it.value for it in method or ()), seed=seed, top=top)
    with progress() as bar:
        if sources:
            report = audit_files(
                sources,
                options,
                format=read_as,
                layer=layer,
                read_options=reading.options(column, encoding=encoding),
                progress=bar,
            )
        else:
            report = audit(workspace(root), options, bar)
        if push:
            request = push_audit(workspace(root), top, dry_run, bar)
    if push:
        emit(request, json, _render_request)
        raise typer.Exit(exit_code(request.problems))
    emit(report, json, _render)
    raise typer.Exit(exit_code(report.problems))


def _render(report: AuditReport) -> None:
    problems(report.problems)
    for number, line in enumerate(report.lines, 1):
        _render_line(number, line)
    methods = ", ".join(report.methods) or "no method"
    settled = f"; {report.settled:,} reviewed or dismissed before" if report.settled else ""
    say(
        f"{counted(report.documents, 'document')}, {counted(report.spans, 'span')}: "
        f"{counted(report.found, 'suspect')} by {methods}{settled}"
    )
    if report.known:
        say(f"[dim]nothing has changed since the audit at {report.at}; this is its list[/]")


def _render_line(number: int, line: SuspectLine) -> None:
    suspect = line.suspect
    place = f"{suspect.place[0]}–{suspect.place[1]}"
    say(
        f"[bold]{number:>3}[/] {suspect.score:.2f} [bold]{_ERROR_TYPES[suspect.kind]}[/]: "
        f"{escape(_correction(line))} "
        f"[dim]{line.id} {escape(line.where)} {suspect.document} {place}[/]"
    )
    before, text, after = map(_on_one_line, (line.before, line.text, line.after))
    say(f"      …{escape(before)}[bold reverse]{escape(text)}[/]{escape(after)}…")
    for evidence in suspect.evidence:
        say(f"      [dim]{evidence.method} {evidence.score:.2f}: {escape(evidence.words)}[/]")


def _correction(line: SuspectLine) -> str:
    """The current annotation and the suggestion."""
    span, suggestion = line.suspect.span, line.suspect.suggestion
    if span and suggestion and span[:2] == suggestion[:2]:
        return f"{_quote(line, span)} → {suggestion[2]}"
    return " → ".join(_quote(line, key) for key in (span, suggestion) if key)


def _quote(line: SuspectLine, key: SpanKey) -> str:
    start = line.suspect.place[0]
    return f"« {_on_one_line(line.text[key[0] - start : key[1] - start])} » {key[2]}"


def _on_one_line(text: str) -> str:
    return _WHITE_SPACE.sub(" ", text)


def _render_request(request: ReviewRequest) -> None:
    problems(request.problems)
    for document in request.asked:
        say(f"  {document}")
    verb = "would request reviews" if request.dry_run else "requested reviews"
    say(
        f"{verb} of {counted(len(request.asked), 'more document')} in {escape(request.project)}; "
        f"{request.waiting} in review already, {counted(request.suspects, 'suspect')} in all"
    )
    if not request.dry_run:
        say(f"pushed {counted(request.pushed, 'document')}")


def _render_dismissed(dismissed: tuple[ResolvedSuspect, ...]) -> None:
    for suspect in dismissed:
        start, end = suspect.place
        say(f"dismissed {suspect.id}: {suspect.document} {start}–{end}")
