"""Pulling confirmed documents: each is attributed, merged, and committed in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing

import msgspec

from curate.annotations.diff import compare, describe_changes
from curate.annotations.merge import merge, open_conflicts
from curate.errors import RemoteError
from curate.layers import UNKNOWN, annotator_layer, annotator_of
from curate.model import (
    NO_ROWS,
    Annotation,
    Attribution,
    Category,
    ExampleQuery,
    Problem,
    Relation,
    Revision,
    Span,
)
from curate.store import gold
from curate.store.records import LastSeen, TrackedDocument
from curate.store.transaction import Transaction
from curate.sync.context import SyncContext
from curate.sync.doubts import doubtful_conflicts
from curate.sync.evidence import (
    Judgement,
    ServerEvidence,
    confirmed_since,
    judge,
    judge_without_base,
    judge_without_both,
    judge_without_gold,
    settled_rows,
)
from curate.sync.holds import HoldReason, hold_reason, latest_act
from curate.sync.items import rows_of
from curate.sync.plan import PlannedPull, PlannedUpdate
from curate.sync.policy import (
    SettledMerge,
    attribute_conflict,
    ours_on_server_clock,
    settle_by_policy,
)
from curate.sync.refusals import refusal
from curate.sync.server_changes import (
    ServerChange,
    changes_of_document,
    confirmed_without,
    perhaps_unshared,
    settings_saved,
    unshared,
)
from curate.util.batches import batched

# Documents committed together: a commit waits for the disk and takes longer than one document.
_BATCH = 50

Held = tuple[PlannedPull, Judgement, HoldReason]
"""A document that waits for somebody to look at it, how it is judged, and why it waits."""


def pull_documents(context: SyncContext, pulls: tuple[PlannedPull, ...]) -> int:
    """Read documents and take what people did; returns of how many something was taken.

    The ids of the others are added to ``context.kept``.

    Raises:
        RemoteError: the server failed; documents that were pulled before are kept.
    """
    if not pulls:
        return 0
    pulled = 0
    waiting: list[tuple[PlannedPull, Attribution | None]] = []
    with (
        context.step("pull", f"{len(pulls)} documents"),
        closing(read_documents(context, pulls)) as answers,
    ):
        try:
            for number, answer in enumerate(answers):
                context.progress("pull", number, len(pulls))
                waiting.append(answer)
                if len(waiting) == _BATCH:
                    pulled += _commit_batch(context, waiting)
                    waiting = []
        except RemoteError:
            _commit_batch(context, waiting)
            raise
        pulled += _commit_batch(context, waiting)
    context.progress("pull", len(pulls), len(pulls))
    return pulled


def read_documents(
    context: SyncContext, pulls: tuple[PlannedPull, ...]
) -> Generator[tuple[PlannedPull, Attribution | None], None, None]:
    """What the server says about each document; None where it is gone, or refused and reported."""
    asked = _asked(context, pulls)
    with closing(context.project.attributions(asked, len(pulls))) as attributions:
        for pull, answer in zip(pulls, attributions, strict=True):
            if isinstance(answer, RemoteError):
                context.problems.append(refusal(pull.document, "read", answer))
                yield pull, None
            else:
                yield pull, answer


def _asked(context: SyncContext, pulls: tuple[PlannedPull, ...]) -> Iterator[ExampleQuery]:
    """What the server is asked about each document."""
    for batch in batched(pulls, _BATCH):
        with context.store.begin() as tx:
            asked = [_asked_about(context, tx, pull) for pull in batch]
        yield from asked


def _asked_about(context: SyncContext, tx: Transaction, pull: PlannedPull) -> ExampleQuery:
    # Whether proposals were lost and written again shows in the rows alone.
    without_gold = own_version(context, tx, pull.document) is None
    changed = pull.changed or (context.server.is_suspect and without_gold)
    document = tx.document(pull.document) if changed else None
    tracked = tx.tracked(context.project.marker, pull.document)
    shown = tracked.base if tracked else context.role.outgoing_annotation(tx, pull.document)
    return ExampleQuery(
        example=pull.example,
        base=shown,
        text=document.text if document else "",  # only changed spans need it
        changed=changed,
        confirmed=pull.confirmed,
        rows=tracked.seen.rows if tracked else NO_ROWS,
    )


def read_judgements(
    context: SyncContext, pulls: tuple[PlannedPull, ...]
) -> Generator[tuple[PlannedPull, Attribution, Judgement], None, None]:
    """What documents are in Doccano now and the evidence for it; nothing is written."""
    with closing(read_documents(context, pulls)) as answers:
        for pull, theirs in answers:
            if theirs is not None:
                with context.store.begin() as tx:
                    judgement = judge_pull(context, tx, pull.document, theirs)
                yield pull, theirs, judgement


def settle_unconfirmed(context: SyncContext, pulls: tuple[PlannedPull, ...]) -> tuple[str, ...]:
    """Take server changes into the base of documents that nobody confirmed.

    Their gold is then ahead of Doccano and is carried back, unless people have worked on them
    besides, which nobody has confirmed yet.

    Returns:
        Ids of the documents with server changes.
    """
    changed: list[str] = []
    for pull, theirs, judgement in read_judgements(context, pulls):
        if judgement.changes:
            changed.append(pull.document)
            with context.store.begin() as tx:
                settle(context, tx, pull, theirs, judgement)
    return tuple(changed)


def settle(
    context: SyncContext,
    tx: Transaction,
    pull: PlannedPull,
    theirs: Attribution,
    judgement: Judgement,
) -> None:
    """Take the server changes of one document into its base, and report them.

    One without gold keeps its base until its proposals are written again.
    """
    context.server_changes += changes_of_document(pull.document, judgement, context.server)
    if not (judgement.acts or judgement.doubtful):
        context.kept.add(pull.document)
    if own_version(context, tx, pull.document) is None:  # proposals, which are written again
        context.lost.append(PlannedUpdate(document=pull.document, example=pull.example))
        return
    tracked = tx.tracked(context.project.marker, pull.document)
    if tracked is not None:
        rows = settled_rows(tracked.seen.rows, theirs.rows or NO_ROWS, judgement)
        seen = msgspec.structs.replace(tracked.seen, rows=rows)
        state = msgspec.structs.replace(
            tracked, base=judgement.base, example=pull.example, seen=seen
        )
        context.track(tx, state)


def _commit_batch(
    context: SyncContext, answers: Iterable[tuple[PlannedPull, Attribution | None]]
) -> int:
    # A document without an answer was deleted or unconfirmed meanwhile; the next sync sees it.
    answered = [(pull, theirs) for pull, theirs in answers if theirs is not None]
    if not answered:
        return 0
    with context.store.begin() as tx:
        return len(take(context, tx, answered))


def take(
    context: SyncContext, tx: Transaction, answers: Iterable[tuple[PlannedPull, Attribution]]
) -> list[str]:
    """Take what people did in documents; returns the ids of those of which something was taken.

    The ids of the others are added to ``context.kept``.
    """
    held: list[Held] = []
    taken: list[str] = []
    for pull, theirs in answers:
        judgement = judge_pull(context, tx, pull.document, theirs)
        if reason := hold_reason(theirs, judgement, context.server):
            held.append((pull, judgement, reason))
            _hold(context, tx, pull, theirs, judgement)
        elif _pull(context, tx, pull, theirs, judgement):
            taken.append(pull.document)
            _note_saved_settings(context, pull, theirs)
        else:
            context.kept.add(pull.document)
    context.server_changes += changes_of_held(held, context.server)
    context.kept.update(pull.document for pull, _, _ in held)
    return taken


def _hold(
    context: SyncContext,
    tx: Transaction,
    pull: PlannedPull,
    theirs: Attribution,
    judgement: Judgement,
) -> None:
    """Remember of a document that waits for a new confirmation what shows that it does."""
    if not judgement.unconfirmed:
        context.waiting += 1
        return
    tracked = tx.tracked(context.project.marker, pull.document)
    if judgement.changes:
        context.lost.append(PlannedUpdate(document=pull.document, example=pull.example))
    elif tracked is not None and theirs.rows is not None:
        rows = rows_of(tracked.base, tracked.seen.rows, theirs.rows)
        seen = msgspec.structs.replace(tracked.seen, rows=rows)
        tx.put_tracked(context.project.marker, msgspec.structs.replace(tracked, seen=seen))


def _note_saved_settings(context: SyncContext, pull: PlannedPull, theirs: Attribution) -> None:
    """Report a document that was confirmed before somebody saved the project's settings."""
    until = context.server.perhaps_unshared_until
    if until and latest_act(theirs) <= until:
        context.server_changes.append(settings_saved((pull.document,), until))


def may_be_unconfirmed(context: SyncContext, tx: Transaction, pull: PlannedPull) -> bool:
    """Whether a document can wait for a new confirmation because of proposals that were lost."""
    if own_version(context, tx, pull.document) is not None:
        return False
    tracked = tx.tracked(context.project.marker, pull.document)
    return tracked is None or tracked.seen.rows != NO_ROWS or context.server.is_suspect


def changes_of_held(held: Iterable[Held], server: ServerEvidence) -> list[ServerChange]:
    """Why documents wait for somebody to look at them."""
    documents: dict[HoldReason, list[str]] = defaultdict(list)
    changes: list[ServerChange] = []
    for pull, judgement, reason in held:
        documents[reason].append(pull.document)
        if reason == "unconfirmed":
            changes += changes_of_document(pull.document, judgement, server)
    report: dict[HoldReason, Callable[[Iterable[str]], ServerChange]] = {
        "unconfirmed": confirmed_without,
        "unshared": unshared,
        "perhaps unshared": perhaps_unshared,
    }
    return changes + [report[reason](found) for reason, found in documents.items()]


def judge_pull(
    context: SyncContext, tx: Transaction, document: str, theirs: Attribution
) -> Judgement:
    """The evidence for what a document has in Doccano and not in what was taken from there.

    The base of the judgement is the one to merge with.
    """
    tracked = tx.tracked(context.project.marker, document)
    ours = own_version(context, tx, document)
    if tracked is not None and ours is not None:
        accepts = context.settings.include_unconfirmed
        return judge(tracked.base, tracked.seen, theirs, context.server, accepts)
    if tracked is not None:
        return judge_without_gold(tracked.base, tracked.seen, theirs, context.server)
    if ours is None:
        return judge_without_both(theirs, context.server)
    changed_at = _changed_at(context, tx, document)
    return judge_without_base(ours, changed_at, theirs, context.server)


def own_version(context: SyncContext, tx: Transaction, document: str) -> Annotation | None:
    """The gold, or the layer of the annotator whose project it is."""
    if context.role.layer:
        return tx.annotation(document, context.role.layer)
    head = tx.head(document)
    return head.annotation if head else None


def _changed_at(context: SyncContext, tx: Transaction, document: str) -> str:
    """When the gold or the layer was last changed, on the server's clock; empty if not known."""
    if context.role.layer:
        assignment = tx.assignment(document)
        return assignment.done.get(annotator_of(context.role.layer), "") if assignment else ""
    head = tx.head(document)
    if head is None:
        return ""
    if head.sync and head.confirmed_at:
        return head.confirmed_at  # it came from there, and what came later is newer
    return max(context.project.to_server_time(head.at), head.confirmed_at) if head.at else ""


def _pull(
    context: SyncContext,
    tx: Transaction,
    pull: PlannedPull,
    theirs: Attribution,
    judgement: Judgement,
) -> bool:
    """Take what people did in one document; returns whether that was anything."""
    context.server_changes += changes_of_document(pull.document, judgement, context.server)
    tracked = tx.tracked(context.project.marker, pull.document)
    shown = tracked.base if tracked else context.role.outgoing_annotation(tx, pull.document)
    head = tx.head(pull.document)
    confirmed = (
        tracked is None or head is None or confirmed_since(tracked.seen, theirs, context.server)
    )
    if context.role.layer:
        taken = _put_layer(context, tx, pull, theirs, judgement)
    else:
        taken = _merge(context, tx, pull.document, shown, theirs, judgement, confirmed)
    _track(context, tx, pull, theirs)
    tx.put_comments(context.project.marker, pull.document, theirs.comments)
    context.spans.update(compare(judgement.base, theirs.annotation).counts)
    return taken


def _track(context: SyncContext, tx: Transaction, pull: PlannedPull, theirs: Attribution) -> None:
    """Record a document as it was read from the project, which is its new base."""
    tracked = tx.tracked(context.project.marker, pull.document)
    seen = tracked.seen if tracked else LastSeen()
    state = TrackedDocument(
        document=pull.document,
        base=theirs.annotation,
        example=pull.example,
        confirmed=bool(theirs.confirmed_by),
        seen=msgspec.structs.replace(
            seen,
            taken=theirs.taken,
            pushed=seen.pushed or theirs.taken,
            confirmed_by=theirs.confirmed_by,
            confirmed_at=theirs.confirmed_time,
            rows=seen.rows if theirs.rows is None else theirs.rows,
        ),
    )
    context.track(tx, state)


def _put_layer(
    context: SyncContext,
    tx: Transaction,
    pull: PlannedPull,
    theirs: Attribution,
    judgement: Judgement,
) -> bool:
    """Make the annotation of an independent annotator that person's layer.

    Returns whether it is new.
    """
    layer = tx.annotation(pull.document, context.role.layer)
    annotation = theirs.annotation
    if layer is not None and (judgement.changes or judgement.doubtful):
        annotation = merge(judgement.base, layer, annotation).annotation
    tx.put_annotation(msgspec.structs.replace(annotation, layer=context.role.layer))
    account = annotator_of(context.role.layer)
    assignment = tx.assignment(pull.document)
    is_new = layer is None or layer.content != annotation.content
    if assignment is not None:
        is_new = is_new or account not in assignment.done
        done = {**assignment.done, account: theirs.confirmed_at}
        tx.put_assignment(msgspec.structs.replace(assignment, done=done))
    if tx.head(pull.document) is not None:
        context.problems.append(
            Problem(
                code="task.late",
                severity="info",
                document=pull.document,
                message=f"{account} changed the document after it had become gold; the gold stays, "
                "and the change is in the annotator's layer",
                hint="compare both with `curate show`",
            )
        )
    return is_new


def _merge(
    context: SyncContext,
    tx: Transaction,
    document: str,
    shown: Annotation,
    theirs: Attribution,
    judgement: Judgement,
    confirmed: bool,
) -> bool:
    """Merge what people did into the gold; returns whether that made a revision or a conflict."""
    head, revisions = tx.head(document), context.revisions
    nothing_known = shown if judgement.doubtful else judgement.base
    ours = head.annotation if head else nothing_known
    merged = merge(judgement.base, ours, theirs.annotation, context.settings.exclusive)
    doubts = doubtful_conflicts(judgement.doubtful, shown, ours, theirs.annotation)
    history = tx.revisions(document) if merged.conflicts or doubts else []
    attributed, doubts = (
        tuple(attribute_conflict(conflict, history, theirs) for conflict in conflicts)
        for conflicts in (merged.conflicts, doubts)
    )
    settled = settle_by_policy(
        msgspec.structs.replace(merged, conflicts=attributed),
        context.settings,
        lambda conflict: ours_on_server_clock(conflict, history, context.project.to_server_time),
    )
    kept = len(settled.overruled)
    taken = len(merged.conflicts) - len(settled.conflicts) - kept
    context.decided.update({side: n for side, n in (("gold", kept), ("doccano", taken)) if n})
    earlier = tx.conflicts_of(document)
    overruled = _commit_overruled(context, tx, head, theirs, settled)
    if head and overruled and settled.annotation.content == head.annotation.content:
        _commit_again(context, tx, msgspec.structs.replace(head, number=overruled.number))
    else:
        _commit(context, tx, shown, overruled or head, theirs, settled.annotation, confirmed)
    new = (*settled.conflicts, *doubts)
    still_open = open_conflicts(earlier, new, settled.annotation, theirs.annotation)
    tx.put_conflicts(document, context.id, still_open)
    context.conflicts += bool(still_open)
    return context.revisions > revisions or any(each not in earlier for each in still_open)


def _commit_overruled(
    context: SyncContext,
    tx: Transaction,
    head: Revision | None,
    theirs: Attribution,
    settled: SettledMerge,
) -> Revision | None:
    """Commit what the policy did not prefer, so that it can be restored: it would be lost else."""
    if not settled.overruled:
        return None
    author = next(filter(None, (conflict.theirs_by for conflict in settled.overruled)), "")
    context.revisions += 1
    return gold.commit(
        tx,
        head,
        settled.with_overruled,
        gold.Provenance(
            author=author or annotator_layer(UNKNOWN),
            at=context.clock(),
            schema=context.settings.schema,
        ),
        f"{context.role.reason}: overruled by the policy {context.settings.policy} in the next "
        "revision",
        sync=context.id,
        confirmed_by=theirs.confirmed_by,
        confirmed_at=theirs.confirmed_at,
    )


def _commit_again(context: SyncContext, tx: Transaction, head: Revision) -> None:
    """Commit the gold as it was before what the policy did not prefer."""
    provenance = gold.Provenance(
        author=head.author, at=context.clock(), schema=context.settings.schema
    )
    reason = f"kept by the policy {context.settings.policy}"
    gold.recommit(tx, head, head.annotation, provenance, reason)
    context.revisions += 1


def _commit(
    context: SyncContext,
    tx: Transaction,
    shown: Annotation,
    head: Revision | None,
    theirs: Attribution,
    merged: Annotation,
    confirmed: bool,
) -> None:
    """Commit what was merged, unless the gold says the same already."""
    unchanged = head is not None and not head.deleted and merged.content == head.annotation.content
    if unchanged and (
        not context.role.commits_unchanged or _is_committed(context, tx, merged.document, theirs)
    ):
        return
    before = head.annotation if head else shown
    author = _author(before, theirs, merged, confirmed)
    gold.commit(
        tx,
        head,
        merged,
        gold.Provenance(
            author=author,
            at=context.clock(),
            schema=context.settings.schema,
        ),
        f"{context.role.reason}: {describe_changes(before, merged) or 'nothing marked'}",
        sync=context.id,
        confirmed_by=theirs.confirmed_by,
        confirmed_at=theirs.confirmed_at,
    )
    context.revisions += 1


def _is_committed(
    context: SyncContext, tx: Transaction, document: str, theirs: Attribution
) -> bool:
    """Whether there is a revision of this confirmation already, or nothing was confirmed."""
    confirmation = (theirs.confirmed_by, theirs.confirmed_at)
    return not theirs.confirmed_by or any(
        (revision.confirmed_by, revision.confirmed_at) == confirmation
        and revision.reason.startswith(context.role.reason)
        for revision in tx.revisions(document)
    )


def _author(before: Annotation, theirs: Attribution, merged: Annotation, confirmed: bool) -> str:
    """Who confirmed the document since it was taken, else who changed it last.

    Somebody who deleted something and did not confirm the document is not known.
    """
    if confirmed and theirs.confirmed_by:
        return annotator_layer(theirs.confirmed_by)
    known = {item.key for item in _all_items(before)}
    new = (item for item in _all_items(merged) if item.key not in known)
    latest = max(new, key=lambda item: item.at, default=None)
    return latest.by if latest is not None and latest.at else annotator_layer(UNKNOWN)


def _all_items(annotation: Annotation) -> list[Span | Relation | Category]:
    return [*annotation.spans, *annotation.relations, *annotation.categories]
