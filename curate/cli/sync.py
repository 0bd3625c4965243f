"""``curate sync``, ``push`` and ``pull``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import DryRun
from curate.cli.output import counted, emit, exit_code, problems, progress, say
from curate.cli.preannotate import render_preannotated

if TYPE_CHECKING:
    from curate.sync.plan import SyncPlan
    from curate.sync.run import SyncPreview, SyncReport

_NAMED_FILES = 4  # if more files than these were written, they are counted instead of named

Unconfirmed = Annotated[
    bool,
    typer.Option("--include-unconfirmed", help="Also pull changes that nobody has confirmed."),
]
Accept = Annotated[
    bool,
    typer.Option(
        "--accept",
        help=r"Pull even if that removes or relabels more of the gold than \[merge] brake allows.",
    ),
]
NewProject = Annotated[
    bool,
    typer.Option(
        "--new-project",
        help="If a project is gone from the server, make a new one and push everything again.",
    ),
]


Adopt = Annotated[
    bool,
    typer.Option(
        "--adopt",
        help="Write to the project that the corpus was cloned from, for the first time.",
    ),
]


@app.command()
def sync(
    dry_run: DryRun = False,
    include_unconfirmed: Unconfirmed = False,
    accept: Accept = False,
    new_project: NewProject = False,
    adopt: Adopt = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Push to Doccano, pull from it, and merge into the gold.

    New documents are pre-annotated first. Only confirmed documents are pulled.

    Example: curate sync --dry-run
    """
    _run(
        root,
        json,
        dry_run,
        push=True,
        pull=True,
        include_unconfirmed=include_unconfirmed,
        new_project=new_project,
        accept=accept,
        adopt=adopt,
    )


@app.command()
def push(dry_run: DryRun = False, root: Root = HERE, json: Json = False) -> None:
    """Push new documents and updates to Doccano.

    New documents are pre-annotated first. Nothing is pulled.

    Example: curate push
    """
    _run(root, json, dry_run, push=True, pull=False)


@app.command()
def pull(
    dry_run: DryRun = False,
    include_unconfirmed: Unconfirmed = False,
    accept: Accept = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Pull confirmed documents from Doccano and merge them.

    Nothing is pushed.

    Example: curate pull
    """
    _run(
        root,
        json,
        dry_run,
        push=False,
        pull=True,
        include_unconfirmed=include_unconfirmed,
        accept=accept,
    )


def _run(
    root: Path,
    json: bool,
    dry_run: bool,
    *,
    push: bool,
    pull: bool,
    include_unconfirmed: bool = False,
    new_project: bool = False,
    accept: bool = False,
    adopt: bool = False,
) -> None:
    from curate.sync.run import preview_sync, sync

    corpus = workspace(root)
    if dry_run:
        with progress() as bar:
            preview = preview_sync(
                corpus, push, pull, include_unconfirmed, new_project, accept, adopt, bar
            )
        emit(preview, json, _render_preview)
        raise typer.Exit(exit_code(preview.plan.problems))
    with progress() as bar:
        report = sync(
            corpus,
            push=push,
            pull=pull,
            include_unconfirmed=include_unconfirmed,
            new_project=new_project,
            accept=accept,
            adopt=adopt,
            progress=bar,
        )
    emit(report, json, _render_report)
    raise typer.Exit(exit_code(report.outcome.problems + report.preannotated.problems))


def _render_report(report: SyncReport) -> None:
    outcome = report.outcome
    if report.preannotated.documents:
        render_preannotated(report.preannotated)
    for change in outcome.project:
        say(f"project: {escape(change)}")
    problems(outcome.problems)
    totals = {"pushed": outcome.pushed, "pulled": outcome.pulled, "carried": outcome.carried}
    _render_totals("pushed", "pulled", "updated", totals)
    _render_deleted("deleted", outcome.withdrawn, outcome.reassigned)
    _render_held(outcome.held)
    if outcome.pulled:
        spans = ", ".join(f"{count} {kind}" for kind, count in outcome.spans.items() if count)
        say(f"pulled spans: {spans or 'none'}")
    if report.assigned:
        say(f"assigned {counted(report.assigned, 'document')} to independent annotators")
    for name, part in report.parts.items():
        say(f"  {escape(name)}: pushed {part.pushed}, pulled {part.pulled}, updated {part.carried}")
    if report.settled:
        say(f"gold: {counted(report.settled, 'document')} on which all annotators agree")
    if report.differing:
        say(f"[yellow]to adjudicate: {counted(report.differing, 'document')}[/]")
    if outcome.revisions:
        say(f"gold: {counted(outcome.revisions, 'new revision')}")
    if outcome.decided:
        sides = (("gold", "the gold"), ("doccano", "Doccano"))
        taken = ", ".join(
            f"{outcome.decided[key]} for {name}" for key, name in sides if key in outcome.decided
        )
        decided = counted(sum(outcome.decided.values()), "conflict")
        policy = escape("[merge] policy")
        say(f"{policy} decided {decided}: {taken}; `curate log` has the other versions")
    if outcome.conflicts:
        conflicts = counted(outcome.conflicts, "document")
        say(f"[yellow]conflicts in {conflicts}[/]; see them with `curate conflicts`")
    if report.files:
        say(f"wrote {_files(report.files)}")


def _render_preview(preview: SyncPreview) -> None:
    for change in preview.project:
        say(f"project: would {escape(change)}")
    if preview.preannotate:
        say(f"would pre-annotate and push {counted(preview.preannotate, 'document')}")
    if preview.assign:
        say(f"would assign {counted(preview.assign, 'document')} to independent annotators")
    plan, counts = preview.plan, preview.counts
    _render_totals("would push", "pull", "update", counts)
    _render_deleted("would delete", counts["withdrawn"], counts["reassigned"])
    _render_held(plan.held)
    for name, part in preview.parts.items() or [("", plan)]:
        if name:
            say(f"{escape(name)}:")
        _render_plan(part)
    problems(plan.problems)


def _render_totals(push: str, pull: str, update: str, counts: Mapping[str, int]) -> None:
    updated = f", {update} {counts['carried']}" if counts["carried"] else ""
    say(f"{push} {counted(counts['pushed'], 'document')}, {pull} {counts['pulled']}{updated}")


def _render_deleted(verb: str, withdrawn: int, reassigned: int) -> None:
    if withdrawn:
        say(f"{verb} {counted(withdrawn, 'withdrawn document')} in Doccano")
    if reassigned:
        untouched = counted(reassigned, "document")
        say(f"{verb} {untouched} in the projects of annotators from whom they were taken")


def _render_held(documents: int) -> None:
    if documents:
        setting = escape("[tasks] open")
        say(f"held back {counted(documents, 'document')} until others are confirmed ({setting})")


def _render_plan(plan: SyncPlan) -> None:
    for document in plan.push:
        say(f"  push {document}")
    for pull in plan.pull:
        merges = " and merge it" if pull.merges else ""
        say(f"  pull {pull.document} (example {pull.example}){merges}")
    for kept in plan.kept:
        say(f"  take nothing from {kept.document} (example {kept.example})")
    for update in plan.update:
        say(f"  update {update.document} (example {update.example})")
    for update in plan.write_back:
        say(f"  write the gold of {update.document} back (example {update.example})")
    for update in plan.withdraw:
        say(f"  delete the withdrawn {update.document} (example {update.example})")
    for update in plan.reassign:
        say(f"  delete the reassigned {update.document} (example {update.example})")
    for copies in plan.copies:
        examples = ", ".join(map(str, copies.examples))
        say(f"  merge the copies of {copies.document} (examples {examples})")
    if plan.unmarked:
        examples = counted(len(plan.unmarked), "example")
        say(f"  write the ids of their documents into the metadata of {examples}")
    for example in plan.doubled:
        say(f"  remove duplicate spans and outdated labels in example {example}")


def _files(paths: Sequence[str]) -> str:
    """A few files by name, many by number and folder."""
    if len(paths) <= _NAMED_FILES:
        return ", ".join(map(escape, paths))
    folders = Counter(path.rpartition("/")[0] for path in paths)
    return ", ".join(f"{counted(n, 'file')} in {escape(name)}" for name, n in folders.items())
