"""Adopting the project from which a corpus was cloned: the first sync with it writes to it.

A clone writes nothing to the server. So the project has no marker and its examples do not name
their documents; whoever syncs is to see that before it is written, and to ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from curate.errors import RemoteError
from curate.layers import PROPOSAL
from curate.model import Problem
from curate.store import Store
from curate.sync.plan import PlannedUpdate, SyncPlan

if TYPE_CHECKING:
    from curate.sync.projects import SyncTarget


def adoption_problem(store: Store) -> Problem | None:
    """Why a sync waits: the project was cloned, and nobody has adopted it. None if it need not."""
    with store.begin() as tx:
        cloned = [
            remote
            for remote in tx.remotes()
            if remote.name and tx.remote_state(remote.marker).cloned
        ]
    if not cloned:
        return None
    return Problem(
        code="sync.adopt",
        message=f"project {cloned[0].project} ({cloned[0].name}) was cloned and is not adopted "
        "yet; nothing was pushed or pulled",
        hint="see what a sync would write there with `curate sync --adopt --dry-run`, then run "
        "`curate sync --adopt`",
    )


def require_adopted(store: Store) -> None:
    """Refuse to write to a project that was cloned and is not adopted.

    Raises:
        RemoteError: there is one.
    """
    if waits := adoption_problem(store):
        raise RemoteError(waits.message, waits.hint)


def projects_apart(store: Store, targets: Iterable[SyncTarget]) -> tuple[Problem, ...]:
    """That annotators who worked apart go on in other projects, while an adoption is asked for."""
    projects = {target.project.marker: target.project.name for target in targets}
    with store.begin() as tx:
        left = [
            remote
            for remote in tx.remotes()
            if remote.marker not in projects and tx.remote_state(remote.marker).cloned
        ]
    return tuple(
        Problem(
            code="sync.apart",
            severity="info",
            message=f"people annotated apart in project {remote.project} ({remote.name}), which is "
            "left as it is; each of them goes on in a project of their own, with what they did: "
            + ", ".join(projects.values()),
            hint="tell them where to go on: what they do in the old project is not synced",
        )
        for remote in left
    )


def note_adoption(store: Store) -> None:
    """Record that a sync has adopted the project, once all that names its documents is there."""
    with store.begin() as tx:
        for remote in tx.remotes():
            state = tx.remote_state(remote.marker)
            if state.cloned:
                tx.put_remote_state(remote.marker, msgspec.structs.replace(state, cloned=False))


def without_missing_metadata(store: Store, marker: str, planned: SyncPlan) -> SyncPlan:
    """The plan for a project that is to be adopted: that its metadata lack ids is no problem."""
    with store.begin() as tx:
        if not tx.remote_state(marker).cloned:
            return planned
    problems = (problem for problem in planned.problems if problem.code != "remote.metadata")
    return msgspec.structs.replace(planned, problems=tuple(problems))


def with_misplaced_imports(store: Store, marker: str, planned: SyncPlan) -> SyncPlan:
    """The plan for a project that is to be adopted: imported marks that the page shows in a wrong
    place are put right also where somebody has begun to annotate."""
    with store.begin() as tx:
        if not tx.remote_state(marker).cloned:
            return planned
        misplaced = []
        for pull in planned.begun:
            tracked = tx.tracked(marker, pull.document)
            imported = tx.annotation(pull.document, PROPOSAL)
            if tracked and imported and imported.content != tracked.base.content:
                misplaced.append(
                    PlannedUpdate(document=pull.document, example=pull.example, beside=True)
                )
    return msgspec.structs.replace(planned, update=(*planned.update, *misplaced))
