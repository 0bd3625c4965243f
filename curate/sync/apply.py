"""Syncing one project, step by step; each step can be repeated safely.

What makes that so: the base of a document is stored before it is pushed; a push counts only once it
was read back; a document's gold, base and conflicts change in one transaction; and a change on the
server is journalled before it is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import msgspec

from curate.model import Problem, Record
from curate.store import Store
from curate.store.records import LocalState
from curate.sync.adoption import with_misplaced_imports, without_missing_metadata
from curate.sync.brake import Brake
from curate.sync.conflicts import record_document_conflicts
from curate.sync.context import SyncContext, new_id
from curate.sync.gold_losses import check_brake
from curate.sync.label_changes import doubt_labels, record_unshared, renamed_label_changes
from curate.sync.plan import (
    PlannedPull,
    PlannedUpdate,
    SyncPlan,
    is_ahead,
    is_stale,
    plan,
    without_untaken,
)
from curate.sync.projects import SyncTarget, record_project
from curate.sync.pull import pull_documents, read_judgements, settle_unconfirmed
from curate.sync.push import check_arrival, confirm_pushes, push_documents, select_for_push
from curate.sync.server_changes import (
    ServerChange,
    lost_confirmations,
    total_server_changes,
    unshared,
    went_back,
)
from curate.sync.server_state import look_at_server, record_saved_settings, record_server
from curate.sync.settings import SyncSettings
from curate.sync.unknown_labels import hold_unknown_labels
from curate.sync.updates import (
    delete_examples,
    merge_copies,
    push_updates,
    remove_duplicate_spans,
    restore_metadata,
    restore_proposals,
)
from curate.util.progress import Progress

if TYPE_CHECKING:
    from curate.doccano.remote import DoccanoRemote


class SyncOutcome(Record, frozen=True, kw_only=True):
    """What a sync did in a project, or in all projects together.

    Args:
        sync: id of the sync, recorded in the revisions that it committed.
        project: what was created or corrected in the project.
        pushed: documents pushed and read back.
        held: new documents held back because enough wait for an annotator.
        pulled: documents pulled.
        carried: documents updated in Doccano, with gold that was written back.
        withdrawn: withdrawn documents deleted in Doccano.
        reassigned: documents deleted in the project of an annotator from whom they were taken.
        revisions: new revisions of the gold.
        spans: what people did to the spans that they were shown, by the kinds of
            ``curate.annotations.diff.Changes``.
        conflicts: documents left in conflict.
        decided: conflicts that the policy decided, by whose version it took: ``gold`` or
            ``doccano``. The other version is in the history.
        states: number of documents in each state, before the sync.
        problems: everything that is wrong.
        server_changes: what changed on the server and is no act of a person.
        brakes: what was not pulled, because it takes too much out of the gold.
    """

    sync: str
    project: tuple[str, ...] = ()
    pushed: int = 0
    held: int = 0
    pulled: int = 0
    carried: int = 0
    withdrawn: int = 0
    reassigned: int = 0
    revisions: int = 0
    spans: dict[str, int] = {}
    conflicts: int = 0
    decided: dict[str, int] = {}
    states: dict[str, int] = {}
    problems: tuple[Problem, ...] = ()
    server_changes: tuple[ServerChange, ...] = ()
    brakes: tuple[Brake, ...] = ()


def sync_project(
    store: Store,
    target: SyncTarget,
    settings: SyncSettings,
    clock: Callable[[], str],
    progress: Progress,
) -> SyncOutcome:
    """Sync a corpus with one of its projects.

    Args:
        store: the corpus.
        target: the project and what it is for.
        settings: what to do.
        clock: returns the time as ISO 8601 in UTC.
        progress: called as the work advances.

    Raises:
        RemoteError: the server failed; what was done is kept, and the next sync resumes.
    """
    project = target.project
    if project.absent is not None:
        planned = plan_of_absent(store, target)
        return SyncOutcome(
            sync=new_id(clock),
            states=planned.states,
            problems=planned.problems,
            server_changes=planned.server_changes,
        )
    record_project(store, project)  # before it is created, so that its marker is known
    context = SyncContext(store, project, target.role, settings, clock, progress)
    changes = _prepare(context, project)
    record_project(store, project)  # from now on, it is missed if it is not there
    look_at_server(context)
    first = _first_plan(context)
    current = _without_duplicates(context, first)
    selected = _select(context, current) if settings.push else SyncPlan()
    pushed = push_documents(context, selected.push)
    if pushed:
        current = _without_duplicates(context, context.plan())
        check_arrival(current, {*pushed})
    confirm_pushes(context, current)
    if target.role.commits_unchanged:
        current = _forget_missing(context, current)
    else:
        record_document_conflicts(context, current)
    current = hold_unknown_labels(context, current) if settings.pull else current
    brakes = check_brake(context, current.pull, context.losses) if settings.pull else ()
    if brakes:
        settings = context.settings = msgspec.structs.replace(context.settings, pull=False)
    settled: tuple[str, ...] = ()
    if settings.pull and context.server.is_suspect:
        settled = settle_unconfirmed(context, changed_by_server(context, current))
    read = (*current.pull, *current.agreed)
    pulled = pull_documents(context, read) if settings.pull else 0
    written = _update(context, current, settled) if settings.push else {}
    changes += project.finish() if settings.push else []
    record_project(store, project)
    record_server(context)
    server_changes = total_server_changes(context.server_changes)
    return SyncOutcome(
        sync=context.id,
        project=tuple(changes),
        pushed=len(pushed),
        held=selected.held,
        pulled=pulled,
        **written,
        revisions=context.revisions,
        spans=dict(context.spans),
        conflicts=context.conflicts,
        decided=dict(context.decided),
        states=without_untaken(first, context.kept).states,
        problems=(
            *context.problems,
            *current.problems,
            *(brake.problem for brake in brakes),
            *(change.problem for change in server_changes),
        ),
        server_changes=server_changes,
        brakes=brakes,
    )


def _first_plan(context: SyncContext) -> SyncPlan:
    """What the project holds before anything is pushed or pulled."""
    planned = context.plan()
    report_lost_confirmations(context, planned)
    planned = _push_again(context, planned)
    planned = without_missing_metadata(context.store, context.project.marker, planned)
    if context.settings.push:
        restore_metadata(context, planned.unmarked)
    return planned


def _prepare(context: SyncContext, project: DoccanoRemote) -> list[str]:
    """Create the project or correct it, and say what somebody changed in it."""
    store, marker = context.store, project.marker
    context.server_changes += renamed_label_changes(store, marker, project.renamed)
    doubt_labels(store, marker, project.renamed)
    if project.exists():
        record_saved_settings(store, project)
    was_shared = project.is_shared
    if not was_shared:
        context.server_changes.append(unshared())
        record_unshared(store, marker)
    with context.step("project"):
        changes, context.problems = project.prepare()
    if any(renamed.ambiguous for renamed in project.renamed):
        doubt_labels(store, marker, project.renamed, project.written_time())
    if not was_shared:
        record_unshared(store, marker, project.written_time())
    return changes


def plan_of_absent(store: Store, target: SyncTarget) -> SyncPlan:
    """The plan for a project that is not to be seen any more: nothing, until a person decides.

    Its documents count as gone only if it was deleted. If the account or the address does not show
    it, nothing is known of them.
    """
    absent = target.project.absent
    with store.begin() as tx:
        sides = target.role.local_sides(tx, target.project.marker)
    planned = plan(sides, ())
    if absent is None:
        return planned
    change = ServerChange(
        code=absent.code,
        message=absent.message,
        hint=absent.hint,
        documents=planned.gone,
        error=True,
    )
    states, waiting = planned.states, planned.waiting
    if absent.hidden or absent.known.remote.url != absent.url:
        states = {("unseen" if state == "gone" else state): n for state, n in states.items()}
        waiting = {("unseen" if state == "gone" else state): d for state, d in waiting.items()}
    return SyncPlan(
        states=states,
        waiting=waiting,
        problems=(absent.problem(),),
        server_changes=(change,),
    )


def report_lost_confirmations(context: SyncContext, planned: SyncPlan) -> None:
    """Report confirmations that are gone because the server went back or accounts were deleted."""
    server, marker = context.server, context.project.marker
    went_back = server.timeline.kind == "back"
    if not (went_back or server.gone_accounts):
        return
    unconfirmed = {*planned.reopened, *planned.gone}
    with context.store.begin() as tx:
        documents = tx.tracked_documents(marker) if went_back else planned.reopened
        taken = {key: state for key in documents if (state := tx.tracked(marker, key))}
    if went_back:  # an earlier confirmation may be there instead
        others = tuple(
            PlannedPull(document=key, example=state.example, confirmed=True, changed=False)
            for key, state in taken.items()
            if state.seen.confirmed_at > server.timeline.since
            and state.example is not None
            and key not in unconfirmed
        )
        for pull, theirs, _ in read_judgements(context, others):
            if theirs.confirmed_time < taken[pull.document].seen.confirmed_at:
                unconfirmed.add(pull.document)
    seen = {key: taken[key].seen for key in sorted(unconfirmed & taken.keys())}
    context.server_changes += lost_confirmations(server, seen)


def lost_to_push(context: SyncContext, planned: SyncPlan) -> SyncPlan:
    """The plan in which documents that came after the backup of the server are pushed again."""
    if context.server.timeline.kind != "back":
        return planned
    with context.store.begin() as tx:
        tracked = {key: tx.tracked(context.project.marker, key) for key in planned.gone}
    since = context.server.timeline.since
    lost = {key for key, state in tracked.items() if state and state.seen.pushed > since}
    context.server_changes.append(went_back(context.server, tuple(sorted(lost))))
    return msgspec.structs.replace(
        planned,
        push=tuple(sorted({*planned.push, *lost})),
        gone=tuple(key for key in planned.gone if key not in lost),
        problems=tuple(
            problem
            for problem in planned.problems
            if not (problem.code == "remote.gone" and problem.document in lost)
        ),
    )


def _push_again(context: SyncContext, planned: SyncPlan) -> SyncPlan:
    """Forget where documents were that came after the backup of the server, so that they are
    pushed again."""
    again = lost_to_push(context, planned)
    with context.store.begin() as tx:
        for document in {*planned.gone} - {*again.gone} if context.settings.push else ():
            tx.forget(document, context.project.marker)
    return again


def _select(context: SyncContext, planned: SyncPlan) -> SyncPlan:
    with context.store.begin() as tx:
        sides = context.role.local_sides(tx, context.project.marker)
        return select_for_push(tx, planned, sides, context.settings)


def _without_duplicates(context: SyncContext, planned: SyncPlan) -> SyncPlan:
    """Remove what is on the server twice, and plan again if there was any."""
    if not context.settings.push or not (planned.doubled or planned.copies):
        return planned
    remove_duplicate_spans(context, planned.doubled)
    merge_copies(context, planned.copies)
    return context.plan()


def _forget_missing(context: SyncContext, planned: SyncPlan) -> SyncPlan:
    """Forget documents that somebody deleted in a project for reviews: that is no conflict."""
    with context.store.begin() as tx:
        for document in planned.gone:
            tx.forget(document, context.project.marker)
    return without_missing(planned)


def without_missing(planned: SyncPlan) -> SyncPlan:
    """The plan of a project in which it is no problem that somebody deleted documents."""
    problems = tuple(problem for problem in planned.problems if problem.code != "remote.gone")
    return msgspec.structs.replace(planned, gone=(), problems=problems)


def changed_by_server(context: SyncContext, planned: SyncPlan) -> tuple[PlannedPull, ...]:
    """Documents that nobody confirmed and that the server itself may have changed."""
    lacks_owners = context.server.lacks_label_types or context.server.gone_accounts
    begun = planned.begun if lacks_owners else ()
    return (*planned.unconfirmed, *begun)


def is_to_be_updated(side: LocalState) -> bool:
    """Whether a document that was just read is to be updated in Doccano."""
    return is_ahead(side) or (not side.gold and is_stale(side))


def _update(context: SyncContext, planned: SyncPlan, settled: Collection[str]) -> dict[str, int]:
    """Delete what does not belong in the project, and push updates of the plan and of this sync.

    Returns how many of each, by the names of ``SyncOutcome``.

    Args:
        settled: documents that nobody confirmed and that lost something without a person's act.
    """
    planned = with_misplaced_imports(context.store, context.project.marker, planned)
    with context.store.begin() as tx:
        sides = context.role.local_sides(tx, context.project.marker)
    unconfirmed = changed_by_server(context, planned)
    candidates = (
        *planned.pull,
        *planned.agreed,
        *(pull for pull in unconfirmed if pull.document in settled),
    )
    merged = tuple(
        PlannedUpdate(document=pull.document, example=pull.example)
        for pull in candidates
        if is_to_be_updated(sides[pull.document])
    )
    return {
        "withdrawn": delete_examples(context, planned.withdraw),
        "reassigned": delete_examples(context, planned.reassign),
        "carried": push_updates(context, planned.update + merged)
        + restore_proposals(context, context.lost),
    }
