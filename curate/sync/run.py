"""``curate sync``: every project of a corpus pushed, pulled and merged; or only planned."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from curate.model import Record
from curate.preannotate.corpus import Preannotated
from curate.sync.plan import Outcome, Plan
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.sync.protocol import Settings
    from curate.sync.targets import Desk
    from curate.workspace import Workspace


class Preview(Record, frozen=True, kw_only=True):
    """What ``sync`` would do, in all projects together; ``parts`` has each where there are more."""

    preannotate: int
    project: tuple[str, ...]
    plan: Plan
    parts: dict[str, Plan] = {}
    assign: int = 0


class Synced(Record, frozen=True, kw_only=True):
    """What ``sync`` did.

    Args:
        preannotated: the pre-annotation before it.
        outcome: what was done in Doccano and here, in all projects together.
        parts: the same for each project, where annotators work apart.
        assigned: documents that somebody was asked to annotate, new by this sync.
        settled: documents that became gold because all their annotators say the same.
        differing: documents on which annotators differ and nobody decided yet.
        files: the files it wrote.
    """

    preannotated: Preannotated
    outcome: Outcome
    parts: dict[str, Outcome] = {}
    assigned: int = 0
    settled: int = 0
    differing: int = 0
    files: tuple[str, ...] = ()


def sync(
    workspace: Workspace,
    *,
    push: bool = True,
    pull: bool = True,
    include_unconfirmed: bool = False,
    progress: Progress = silent,
) -> Synced:
    """Pre-annotate what is new, push it, pull what was confirmed, merge, write the files."""
    from curate.doccano.credentials import workspace_credentials
    from curate.preannotate.corpus import preannotate
    from curate.sync import migrate, targets, totals
    from curate.sync.migrate import require_current_schema

    require_current_schema(workspace)
    workspace_credentials(workspace)  # without a server, say so before the models have run
    done = preannotate(workspace, progress=progress) if push else Preannotated()
    settings = sync_settings(workspace, push, pull, include_unconfirmed)
    with workspace.writing("sync") as written:
        assigned = _assign(workspace) if push else 0
        desks = project_targets(workspace, lambda: progress("Doccano", 0, 0))
        parts: dict[str, Outcome] = {}
        settled = 0
        for desk in desks:
            if not desk.aim.layer:  # what annotators agree on needs no adjudicator
                settled += _settle(workspace)[0]
            parts[desk.remote.name] = targets.sync(
                workspace.store, desk, settings, workspace.now, progress
            )
        more, differing = _settle(workspace)
        migrate.settle(workspace.store, workspace.schema)
    return Synced(
        preannotated=done,
        outcome=totals.outcomes(list(parts.values())),
        parts=parts if len(parts) > 1 else {},
        assigned=assigned,
        settled=settled + more,
        differing=differing,
        files=tuple(written),
    )


def preview_sync(
    workspace: Workspace, push: bool = True, pull: bool = True, include_unconfirmed: bool = False
) -> Preview:
    """What ``sync`` would do; nothing is written, here or there."""
    from curate.preannotate.corpus import unannotated
    from curate.sync import targets, totals
    from curate.sync.apply import preview
    from curate.sync.migrate import require_current_schema

    require_current_schema(workspace)
    settings = sync_settings(workspace, push, pull, include_unconfirmed)
    changes: list[str] = []
    parts: dict[str, Plan] = {}
    for aim, remote in project_targets(workspace, lambda: None):
        more, parts[remote.name] = preview(workspace.store, remote, settings, aim)
        changes += more
    return Preview(
        preannotate=len(unannotated(workspace, False)) if push else 0,
        project=tuple(changes),
        plan=totals.plans(list(parts.values())),
        parts=parts if len(parts) > 1 else {},
        assign=len(targets.assignments(workspace.store, workspace.config.tasks)[1]) if push else 0,
    )


def _assign(workspace: Workspace) -> int:
    """Keep who is asked to annotate what is new; returns how many documents."""
    from curate.sync import targets

    fresh = targets.assignments(workspace.store, workspace.config.tasks)[1]
    with workspace.store.begin() as tx:
        for assignment in fresh:
            tx.assign(assignment)
    return len(fresh)


def _settle(workspace: Workspace) -> tuple[int, int]:
    from curate.sync.consensus import settle

    return settle(workspace.store, workspace.schema.id, workspace.now)


def sync_settings(
    workspace: Workspace, push: bool, pull: bool, include_unconfirmed: bool
) -> Settings:
    """What a sync of this corpus does, by its settings."""
    from curate.ranking.corpus import order
    from curate.sync.protocol import Settings

    ranks = {role: rank for rank, role in enumerate(workspace.config.merge.roles)}
    people = {
        name: ranks[role]
        for name, role in workspace.config.doccano.members.items()
        if role in ranks
    }
    return Settings(
        schema=workspace.schema.id,
        push=push,
        pull=pull,
        include_unconfirmed=include_unconfirmed,
        policy=workspace.config.merge.policy,
        ranks={**people, "curator": ranks.get("curator", len(ranks))},
        order=order(workspace.config.tasks.order),
        open=workspace.config.tasks.open,
        exclusive=workspace.schema.exclusive,
    )


def project_targets(workspace: Workspace, tick: Callable[[], None]) -> list[Desk]:
    """The projects of the corpus, logged in to, in the order in which they are synced."""
    from curate.audit.corpus import asked
    from curate.doccano.credentials import workspace_credentials
    from curate.sync import targets

    everything, _ = targets.assignments(workspace.store, workspace.config.tasks)
    return targets.desks(
        workspace.store,
        workspace.config,
        workspace.schema,
        workspace_credentials(workspace),
        tick,
        everything,
        workspace.migrations,
        asked(workspace.state),
    )
