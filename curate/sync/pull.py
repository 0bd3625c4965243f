"""Pulling confirmed documents: each is attributed, merged, and committed in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

import msgspec

from curate.annotations.diff import common_part, compare, describe_changes
from curate.annotations.merge import merge, open_conflicts
from curate.errors import RemoteError
from curate.layers import annotator_layer, annotator_of
from curate.model import (
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
from curate.store.records import TrackedDocument
from curate.store.transaction import Transaction
from curate.sync.context import SyncContext
from curate.sync.plan import PlannedPull
from curate.sync.policy import attribute_conflict, settle_by_policy
from curate.util.batches import batched

# Documents committed together: a commit waits for the disk and takes longer than one document.
_BATCH = 50


def pull_documents(context: SyncContext, pulls: tuple[PlannedPull, ...]) -> int:
    """Pull documents; returns how many.

    Raises:
        RemoteError: the server failed; documents that were pulled before are kept.
    """
    if not pulls:
        return 0
    asked = _asked(context, pulls)
    pulled = 0
    waiting: list[tuple[PlannedPull, Attribution | None]] = []
    with (
        context.step("pull", f"{len(pulls)} documents"),
        closing(context.project.attributions(asked, len(pulls))) as attributions,
    ):
        try:
            for number, answer in enumerate(zip(pulls, attributions, strict=True)):
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


def _asked(context: SyncContext, pulls: tuple[PlannedPull, ...]) -> Iterator[ExampleQuery]:
    """What the server is asked about each document."""
    for batch in batched(pulls, _BATCH):
        with context.store.begin() as tx:
            asked = [_asked_about(context, tx, pull) for pull in batch]
        yield from asked


def _asked_about(context: SyncContext, tx: Transaction, pull: PlannedPull) -> ExampleQuery:
    document = tx.document(pull.document) if pull.changed else None
    _, shown = _shown(context, tx, pull)
    return ExampleQuery(
        example=pull.example,
        base=shown,
        text=document.text if document else "",  # only changed spans need it
        changed=pull.changed,
        confirmed=pull.confirmed,
    )


def _commit_batch(
    context: SyncContext, answers: Iterable[tuple[PlannedPull, Attribution | None]]
) -> int:
    # A document without an answer was deleted or unconfirmed meanwhile; the next sync sees it.
    answered = [(pull, theirs) for pull, theirs in answers if theirs is not None]
    if answered:
        with context.store.begin() as tx:
            for pull, theirs in answered:
                _pull(context, tx, pull, theirs)
    return len(answered)


def _shown(context: SyncContext, tx: Transaction, pull: PlannedPull) -> tuple[bool, Annotation]:
    """Whether this store pushed the document, and what people were shown."""
    tracked = tx.tracked(context.project.marker, pull.document)
    if tracked is not None:
        return True, tracked.base
    return False, context.role.outgoing_annotation(tx, pull.document)


def _pull(context: SyncContext, tx: Transaction, pull: PlannedPull, theirs: Attribution) -> None:
    pushed, shown = _shown(context, tx, pull)
    if context.role.layer:
        _put_layer(context, tx, pull, theirs)
    else:
        _merge(context, tx, pull, shown, theirs, pushed)
    state = TrackedDocument(
        document=pull.document,
        base=theirs.annotation,
        example=pull.example,
        confirmed=bool(theirs.confirmed_by),
    )
    tx.put_tracked(context.project.marker, state)
    tx.put_comments(context.project.marker, pull.document, theirs.comments)
    context.spans.update(compare(shown, theirs.annotation).counts)


def _put_layer(
    context: SyncContext, tx: Transaction, pull: PlannedPull, theirs: Attribution
) -> None:
    """Make the annotation of an independent annotator that person's layer."""
    tx.put_annotation(msgspec.structs.replace(theirs.annotation, layer=context.role.layer))
    account = annotator_of(context.role.layer)
    assignment = tx.assignment(pull.document)
    if assignment is not None:
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


def _merge(
    context: SyncContext,
    tx: Transaction,
    pull: PlannedPull,
    shown: Annotation,
    theirs: Attribution,
    pushed: bool,
) -> None:
    head = tx.head(pull.document)
    base = shown
    if not pushed:
        # There is no base. What both sides have is the safest one, because then neither side
        # counts as having deleted anything. A proposal is no side: what nobody saw in the project
        # must not become gold.
        base = common_part(head.annotation, theirs.annotation) if head else theirs.annotation
    ours = head.annotation if head else base
    merged = merge(base, ours, theirs.annotation, context.settings.exclusive)
    history = tx.revisions(pull.document) if merged.conflicts else []
    attributed = tuple(attribute_conflict(c, history, theirs) for c in merged.conflicts)
    merged = settle_by_policy(
        msgspec.structs.replace(merged, conflicts=attributed), context.settings
    )
    earlier = tx.conflicts_of(pull.document)
    _commit(context, tx, shown, head, theirs, merged.annotation)
    still_open = open_conflicts(earlier, merged.conflicts, merged.annotation, theirs.annotation)
    tx.put_conflicts(pull.document, context.id, still_open)
    context.conflicts += bool(still_open)


def _commit(
    context: SyncContext,
    tx: Transaction,
    shown: Annotation,
    head: Revision | None,
    theirs: Attribution,
    merged: Annotation,
) -> None:
    """Commit what was merged, unless the gold says the same already."""
    unchanged = head is not None and not head.deleted and merged.content == head.annotation.content
    if unchanged and (
        not context.role.commits_unchanged or _is_committed(context, tx, merged.document, theirs)
    ):
        return
    before = head.annotation if head else shown
    gold.commit(
        tx,
        head,
        merged,
        gold.Provenance(author=_author(theirs), at=context.clock(), schema=context.settings.schema),
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


def _author(theirs: Attribution) -> str:
    """Who confirmed the document, else who changed it last."""
    if theirs.confirmed_by:
        return annotator_layer(theirs.confirmed_by)
    annotation = theirs.annotation
    items: list[Span | Relation | Category] = [
        *annotation.spans,
        *annotation.relations,
        *annotation.categories,
    ]
    latest = max(items, key=lambda item: item.at, default=None)
    return latest.by if latest is not None and latest.at else annotator_layer("unknown")
