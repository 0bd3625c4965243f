"""What a sync of one project would do, found out without writing anything, here or in Doccano.

What pulling comes to is rehearsed: the documents are read, judged and merged as a sync does it, in
a transaction of the store that is then undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import msgspec

from curate.model import Problem
from curate.store import Store
from curate.store.records import RemoteProject
from curate.store.transaction import Transaction
from curate.sync.adoption import with_misplaced_imports, without_missing_metadata
from curate.sync.apply import (
    changed_by_server,
    is_to_be_updated,
    lost_to_push,
    plan_of_absent,
    report_lost_confirmations,
    without_missing,
)
from curate.sync.brake import LossCounter
from curate.sync.context import SyncContext
from curate.sync.gold_losses import check_brake
from curate.sync.label_changes import doubted_labels, renamed_label_changes
from curate.sync.plan import PlannedPull, PlannedUpdate, SyncPlan, plan, without_untaken
from curate.sync.projects import SyncTarget
from curate.sync.pull import (
    may_be_unconfirmed,
    read_documents,
    read_judgements,
    settle,
    take,
)
from curate.sync.push import select_for_push
from curate.sync.server_changes import total_server_changes, unshared
from curate.sync.server_state import compare_server, server_problems
from curate.sync.settings import SyncSettings
from curate.sync.unknown_labels import hold_unknown_labels
from curate.util.batches import batched
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.doccano.remote import DoccanoRemote

_BATCH = 200


def preview_project(
    store: Store,
    target: SyncTarget,
    settings: SyncSettings,
    clock: Callable[[], str],
    progress: Progress = silent,
) -> tuple[list[str], SyncPlan]:
    """What a sync would do: changes of the project, and the plan. Writes nothing anywhere.

    Args:
        store: the corpus.
        target: the project and what it is for.
        settings: what to do.
        clock: returns the time as ISO 8601 in UTC.
        progress: called as the work advances.
    """
    role, project = target.role, target.project
    if project.absent is not None:
        return [], plan_of_absent(store, target)
    if fault := project.export_fault():
        changes, problems = project.changes()
        return changes, SyncPlan(problems=(*problems, fault))
    context = SyncContext(store, project, role, settings, clock, progress)
    with store.begin() as tx:
        sides = role.local_sides(tx, project.marker)
    examples = project.snapshot() if project.exists() else iter(())
    counter = LossCounter(store, project.marker, sides, settings.include_unconfirmed)
    unconfirmed = settings.include_unconfirmed
    planned = plan(sides, counter.watch(examples), unconfirmed, settings.labels)
    planned = without_missing_metadata(store, project.marker, planned)
    planned = with_misplaced_imports(store, project.marker, planned)
    changes, problems = project.changes()
    if project.exists():
        problems += _compare_server(context, project)
    if refusal := project.refusal():
        server_changes = total_server_changes(context.server_changes)
        return changes, SyncPlan(
            states=planned.states,
            waiting=planned.waiting,
            problems=(*problems, *(each.problem for each in server_changes), refusal),
            server_changes=server_changes,
        )
    if project.exists():
        planned = _with_pulls(context, planned, counter.losses, project.is_shared)
    if role.commits_unchanged:
        planned = without_missing(planned)
    with store.begin() as tx:
        planned = select_for_push(tx, planned, sides, context.settings)
    server_changes = total_server_changes(context.server_changes)
    found = (*problems, *context.problems, *planned.problems)
    return changes, msgspec.structs.replace(
        planned if settings.push else _without_push(planned),
        problems=(*found, *(change.problem for change in server_changes)),
        server_changes=server_changes,
    )


def _compare_server(context: SyncContext, project: DoccanoRemote) -> list[Problem]:
    """Read what is known of the server into the context; returns what cannot be proved."""
    view = project.view()
    with context.store.begin() as tx:
        state = tx.remote_state(project.marker)
    project.add_pushers(state.pushers)
    doubted = {**state.doubted_labels, **doubted_labels(project.renamed)}
    state = msgspec.structs.replace(state, doubted_labels=doubted)
    context.server = compare_server(state, view, project.was_confirmed_twice)
    context.account = view.account
    context.server_changes += renamed_label_changes(context.store, project.marker, project.renamed)
    return server_problems(state, view)


def _with_pulls(
    context: SyncContext, planned: SyncPlan, losses: Mapping[str, int], is_shared: bool
) -> SyncPlan:
    """The plan with what pulling comes to, and with what the server lost pushed again."""
    pull = context.settings.pull
    if not is_shared:  # its documents cannot be read with what others marked
        changed = (*planned.pull, *planned.unconfirmed, *planned.begun)
        context.server_changes.append(unshared((pull.document for pull in changed), off=True))
        return msgspec.structs.replace(planned, pull=())
    report_lost_confirmations(context, planned)
    planned = lost_to_push(context, planned)
    planned = hold_unknown_labels(context, planned) if pull else planned
    brakes = check_brake(context, planned.pull, losses) if pull else ()
    if brakes or not pull:
        problems = (*planned.problems, *(brake.problem for brake in brakes))
        return msgspec.structs.replace(
            planned, pull=(), agreed=(), brakes=brakes, problems=problems
        )
    settled = _rehearse_settling(context, planned) if context.server.is_suspect else []
    merged = _rehearse_pulls(context, planned)
    write_back = sorted((*settled, *merged), key=lambda update: update.document)
    planned = msgspec.structs.replace(planned, write_back=tuple(write_back))
    return without_untaken(planned, context.kept)


def _rehearse_settling(context: SyncContext, planned: SyncPlan) -> list[PlannedUpdate]:
    """What is updated in Doccano of documents that nobody confirmed."""
    updates: list[PlannedUpdate] = []
    unconfirmed = changed_by_server(context, planned)
    with closing(read_judgements(context, unconfirmed)) as judged:
        for batch in batched(judged, _BATCH):
            untouched: list[PlannedPull] = []
            with _rehearsal(context) as tx:
                for pull, theirs, judgement in batch:
                    if judgement.changes:
                        settle(context, tx, pull, theirs, judgement)
                        # What people have worked on besides waits until somebody confirms it.
                        if theirs.annotation.content == judgement.base.content:
                            untouched.append(pull)
                updates += _to_update(context, tx, untouched)
    return updates


def _rehearse_pulls(context: SyncContext, planned: SyncPlan) -> list[PlannedUpdate]:
    """What is updated in Doccano of documents that are pulled."""
    server = context.server
    everything = (
        context.role.commits_unchanged
        or bool(server.unshared_until or server.perhaps_unshared_until)
        or (bool(planned.pull) and context.project.was_confirmed_twice())
    )
    # Else what was confirmed as it was pushed is taken as it is: there is nothing to find out.
    with context.store.begin() as tx:
        pulls = tuple(
            pull
            for pull in planned.pull
            if pull.changed or everything or may_be_unconfirmed(context, tx, pull)
        )
    pulls += planned.agreed if everything else ()
    updates: list[PlannedUpdate] = []
    with closing(read_documents(context, pulls)) as documents:
        for number, batch in enumerate(batched(documents, _BATCH)):
            context.progress("compare", number * _BATCH, len(pulls))
            answered = [(pull, theirs) for pull, theirs in batch if theirs is not None]
            with _rehearsal(context) as tx:
                take(context, tx, answered)
                differing = [
                    pull
                    for pull, theirs in answered
                    if context.role.outgoing_annotation(tx, pull.document).content
                    != theirs.annotation.content
                ]
                updates += _to_update(context, tx, differing)
    return [*updates, *context.lost]


@contextmanager
def _rehearsal(context: SyncContext) -> Iterator[Transaction]:
    """A transaction that is undone, in which the project is known as it is to a sync by then."""
    with context.store.rehearse() as tx:
        tx.put_remote(RemoteProject(marker=context.project.marker, url="", name=""))
        yield tx


def _to_update(
    context: SyncContext, tx: Transaction, pulls: list[PlannedPull]
) -> list[PlannedUpdate]:
    """Those of the documents that a sync updates in Doccano after it has read them."""
    sides = context.role.local_sides(tx, context.project.marker) if pulls else {}
    return [
        PlannedUpdate(document=pull.document, example=pull.example)
        for pull in pulls
        if is_to_be_updated(sides[pull.document])
    ]


def _without_push(planned: SyncPlan) -> SyncPlan:
    return msgspec.structs.replace(
        planned,
        push=(),
        held=0,
        update=(),
        write_back=(),
        withdraw=(),
        reassign=(),
        copies=(),
        doubled=(),
        unmarked=(),
    )
