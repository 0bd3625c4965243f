"""``curate clone``: a workspace from an existing Doccano project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import Json, app
from curate.cli.options import DryRun, WrittenUnit
from curate.cli.output import counted, emit, exit_code, notice, problem_summary, progress, say

if TYPE_CHECKING:
    from curate.clone.records import CloneReport, FoundProject


@app.command()
def clone(
    address: Annotated[
        str,
        typer.Argument(
            metavar="URL[#PROJECT]",
            help="Address of the server, and the project's name or number.",
        ),
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder of the workspace; by default named after the project."),
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="List the projects of the server and make nothing.")
    ] = False,
    language: Annotated[
        str, typer.Option(help="ISO 639-1 code of the corpus; by default it is detected.")
    ] = "",
    offsets: Annotated[
        WrittenUnit | None,
        typer.Option(help="What imported spans count, where their texts do not tell."),
    ] = None,
    imported: Annotated[
        list[str] | None,
        typer.Option(help="An account that only imported, where its marks do not tell."),
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Make a workspace from an existing Doccano project.

    Nothing on the server is changed. An interrupted clone is resumed by the same command.

    Example: curate clone https://doccano.example.org#news
    """
    from curate.clone.records import CloneOptions
    from curate.clone.run import clone as run_clone
    from curate.clone.run import list_cloneable

    if list_only:
        emit(list_cloneable(address, notice), json, _render_list)
        return
    options = CloneOptions(
        language=language,
        offsets=offsets.value if offsets else None,
        imported=tuple(imported or ()),
    )
    with progress() as bar:
        report = run_clone(address, folder, options, dry_run=dry_run, notify=notice, progress=bar)
    emit(report, json, _render)
    raise typer.Exit(exit_code(report.problems))


def _render_list(projects: list[FoundProject]) -> None:
    for project in projects:
        apart = "" if project.shared else ", annotators apart"
        managed = ", managed by curate" if project.managed else ""
        note = f" ({project.problem})" if project.problem else ""
        documents = counted(project.documents, "document")
        say(
            f"{project.id:>6}  {escape(project.name)}: {project.type}, {documents}{apart}{managed}"
            f"{escape(note)}"
        )
    if not projects:
        say("the account can see no project")


def _render(report: CloneReport) -> None:
    if report.dry_run:
        say(f"would make a workspace in {escape(report.root)}")
        say(f"from project {report.number}, {escape(report.project)}")
        say(f"{counted(report.documents, 'document')}, {report.gold:,} confirmed")
        say(counted(report.comments, "comment"))
        problem_summary(report.problems)
        return
    say(f"workspace {escape(report.root)}")
    say(f"cloned project {report.number}, {escape(report.project)}")
    say(f"{counted(report.documents, 'document')}, {report.gold:,} with gold")
    for layer, size in report.layers.items():
        say(f"{size:>8,} {escape(layer)}")
    if report.comments:
        say(counted(report.comments, "comment"))
    problem_summary(report.problems)
    say(
        "nothing was written to the server; `curate sync --adopt --dry-run` shows what a sync "
        "would write"
    )
