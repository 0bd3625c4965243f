"""``curate sync``: pre-annotate, push, pull and merge, in every project of a corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from curate.doccano.patience import waits_if_busy
from curate.history.migrate import record_schema_version, require_current_schema
from curate.model import Record
from curate.preannotate.preannotation import Preannotated, preannotate, unannotated
from curate.sync.adoption import adoption_problem, note_adoption, projects_apart
from curate.sync.apply import SyncOutcome, sync_project
from curate.sync.consensus import commit_unanimous
from curate.sync.plan import SyncPlan
from curate.sync.preview import preview_project
from curate.sync.projects import assign_new_documents, connect_projects, plan_assignments
from curate.sync.settings import sync_settings
from curate.sync.tasks import all_task_problems
from curate.sync.totals import planned_counts, total_outcome, total_plan
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace


class SyncPreview(Record, frozen=True, kw_only=True):
    """What ``sync`` would do.

    Args:
        preannotate: how many documents it would pre-annotate.
        project: what it would create or correct in the projects.
        plan: what it would do, in all projects together.
        parts: the plan for each project by its name, if there is more than one.
        assign: how many documents it would assign to independent annotators.
        counts: what ``SyncOutcome`` counts, under the same names.
    """

    preannotate: int
    project: tuple[str, ...]
    plan: SyncPlan
    parts: dict[str, SyncPlan] = {}
    assign: int = 0
    counts: dict[str, int] = {}


class SyncReport(Record, frozen=True, kw_only=True):
    """What ``sync`` did.

    Args:
        preannotated: the pre-annotation before it.
        outcome: what it did, in all projects together.
        parts: the outcome for each project by its name, if there is more than one.
        assigned: how many documents it assigned to independent annotators.
        settled: how many documents became gold because all their annotators agree.
        differing: on how many documents annotators differ and nobody has decided.
        files: the files that it wrote, relative to the root.
    """

    preannotated: Preannotated
    outcome: SyncOutcome
    parts: dict[str, SyncOutcome] = {}
    assigned: int = 0
    settled: int = 0
    differing: int = 0
    files: tuple[str, ...] = ()


@waits_if_busy
def sync(
    workspace: Workspace,
    *,
    push: bool = True,
    pull: bool = True,
    include_unconfirmed: bool = False,
    new_project: bool = False,
    accept: bool = False,
    adopt: bool = False,
    progress: Progress = silent,
) -> SyncReport:
    """Pre-annotate what is new, push it, pull what was confirmed, merge, and write the files.

    Args:
        workspace: the corpus.
        push: pre-annotate and push.
        pull: pull what was confirmed.
        include_unconfirmed: also pull what was changed and not confirmed.
        new_project: give up projects that are not to be seen on the server any more, and make new
            ones.
        accept: pull even if that removes or relabels more of the gold than ``[merge] brake``.
        adopt: write to the project from which the corpus was cloned, for the first time.
        progress: called as the work advances.

    Raises:
        ConfigError: the configuration is wrong, or the corpus has to be migrated first.
        RemoteError: the server refuses, failed or cannot be reached. What was done is kept, and the
            next sync resumes.
    """
    from curate.doccano.credentials import workspace_credentials

    require_current_schema(workspace)
    workspace_credentials(workspace)  # refuses before the models run if there is no server
    if not adopt and (waits := adoption_problem(workspace.store)):
        return SyncReport(
            preannotated=Preannotated(), outcome=SyncOutcome(sync="", problems=(waits,))
        )
    preannotated = preannotate(workspace, progress=progress) if push else Preannotated()
    settings = sync_settings(workspace, push, pull, include_unconfirmed, accept)
    outcomes: dict[str, SyncOutcome] = {}
    settled = 0
    with workspace.writing("sync") as files:
        assigned = assign_new_documents(workspace) if push else 0
        targets = connect_projects(workspace, lambda: progress("Doccano", 0, 0), new_project)
        for target in targets:
            if not target.role.layer:  # documents on which all agree need no adjudicator
                settled += commit_unanimous(workspace)[0]
            outcomes[target.project.name] = sync_project(
                workspace.store, target, settings, workspace.now, progress
            )
        left = projects_apart(workspace.store, targets)
        if adopt:
            note_adoption(workspace.store)  # also of one in which annotators worked apart
        settled_last, differing = commit_unanimous(workspace)
        record_schema_version(workspace)
        recorded, _ = plan_assignments(workspace.store, workspace.config.tasks)
    outcome = total_outcome([*outcomes.values()])
    problems = (*left, *all_task_problems(workspace, recorded), *outcome.problems)
    return SyncReport(
        preannotated=preannotated,
        outcome=msgspec.structs.replace(outcome, problems=problems),
        parts=outcomes if len(outcomes) > 1 else {},
        assigned=assigned,
        settled=settled + settled_last,
        differing=differing,
        files=tuple(files),
    )


@waits_if_busy
def preview_sync(
    workspace: Workspace,
    push: bool = True,
    pull: bool = True,
    include_unconfirmed: bool = False,
    new_project: bool = False,
    accept: bool = False,
    adopt: bool = False,
    progress: Progress = silent,
) -> SyncPreview:
    """What :func:`sync` would do, with the same options; nothing is written, here or in Doccano.

    Of a project that is to be adopted first, it is what it would do then.
    """
    require_current_schema(workspace)
    settings = sync_settings(workspace, push, pull, include_unconfirmed, accept)
    changes: list[str] = []
    plans: dict[str, SyncPlan] = {}
    targets = connect_projects(workspace, lambda: progress("Doccano", 0, 0), new_project)
    for target in targets:
        project_changes, plan = preview_project(
            workspace.store, target, settings, workspace.now, progress
        )
        changes += project_changes
        plans[target.project.name] = plan
    tasks = workspace.config.tasks
    assignments, new = plan_assignments(workspace.store, tasks)
    planned = total_plan([*plans.values()])
    left = projects_apart(workspace.store, targets)
    problems = (*left, *all_task_problems(workspace, assignments), *planned.problems)
    if not adopt and (waits := adoption_problem(workspace.store)):
        problems = (*problems, waits)
    return SyncPreview(
        preannotate=len(unannotated(workspace, False)) if push else 0,
        project=tuple(changes),
        plan=msgspec.structs.replace(planned, problems=problems),
        parts=plans if len(plans) > 1 else {},
        assign=len(new) if push else 0,
        counts=planned_counts(planned),
    )
