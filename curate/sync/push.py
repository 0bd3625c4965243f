"""Pushing new documents; a push counts only once the documents were read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from curate.annotations.diff import describe_changes, is_between, is_partial_import
from curate.errors import TaskFailed
from curate.model import Annotation, Document, Problem
from curate.store.records import LastSeen, LocalState, TrackedDocument
from curate.store.transaction import Transaction
from curate.sync.context import SyncContext
from curate.sync.plan import ArrivedExample, SyncPlan
from curate.sync.refusals import refusal, reporting_refusals
from curate.sync.settings import SyncSettings
from curate.util.batches import batched

if TYPE_CHECKING:
    from curate.doccano.push import PushResult

# The server inserts a file of at most this many rows at once (its IMPORT_BATCH_SIZE), so that a
# unique key that is there already refuses the whole file and adds nothing.
BATCH = 1000


def select_for_push(
    tx: Transaction, planned: SyncPlan, sides: Mapping[str, LocalState], settings: SyncSettings
) -> SyncPlan:
    """The plan with its documents to push in the order in which people are to find them.

    If only so many documents may wait for an annotator, the others are held back. Documents with
    gold wait for nobody and are always pushed.
    """
    golden = [document for document in planned.push if sides[document].gold]
    new = settings.order(tx, [document for document in planned.push if not sides[document].gold])
    if settings.open:
        waiting = planned.states.get("pushed", 0) + planned.states.get("annotating", 0)
        new = new[: max(0, settings.open - waiting)]
    selected = (*new, *golden)
    held = len(planned.push) - len(selected)
    return msgspec.structs.replace(planned, push=selected, held=held)


def push_documents(context: SyncContext, documents: tuple[str, ...]) -> list[str]:
    """Push documents in batches; returns the ids of those that the server accepted.

    A document that is refused is reported and stops only itself.

    Raises:
        RemoteError: the server failed; the next sync finds what arrived.
    """
    with context.store.begin() as tx:
        attempted = {*tx.tracked_documents(context.project.marker)}
    # What was sent before and is not there may have been refused. In files of its own it is found
    # without halving those of the others.
    again = [document for document in documents if document in attempted]
    fresh = [document for document in documents if document not in attempted]
    batches = [*batched(again, BATCH), *batched(fresh, BATCH), []]
    pushed: list[str] = []
    tried = 0
    with ThreadPoolExecutor(1) as executor:
        rows = _stage(context, batches[0])
        for batch, following in pairwise(batches):
            context.progress("push", tried, len(documents))
            with context.step("push", f"{batch[0]} and {len(batch) - 1} more"):
                # The next batch is prepared while the server imports this one.
                staged = executor.submit(_stage, context, following)
                result = context.project.push(rows)
                rows = staged.result()
            tried += len(batch)
            pushed += _accepted(context, batch, result)
            if result.unsent:
                _report_unsent(context, len(result.unsent) + len(documents) - tried)
                break
    context.progress("push", len(documents), len(documents))
    return pushed


def _accepted(context: SyncContext, batch: list[str], result: PushResult) -> list[str]:
    """The documents of a batch that were accepted; the refused ones are reported."""
    for document, error in sorted(result.refused.items()):
        context.problems.append(refusal(document, "push", error))
    left = {*result.refused, *result.unsent}
    return [document for document in batch if document not in left]


def _report_unsent(context: SyncContext, number: int) -> None:
    context.problems.append(
        Problem(
            code="remote.refused",
            message=f"{number} more documents were not pushed, because Doccano refused all that "
            "were tried",
            hint="mend what the first refusal says; the next sync tries them again",
        )
    )


def _stage(context: SyncContext, documents: list[str]) -> list[tuple[Document, Annotation]]:
    """Store the base of each document before anything is sent."""
    rows: list[tuple[Document, Annotation]] = []
    with context.store.begin() as tx:
        for key in documents:
            document = tx.document(key)
            if document is not None:
                base = context.role.outgoing_annotation(tx, key)
                rows.append((context.role.outgoing_document(tx, document), base))
                tx.put_tracked(context.project.marker, TrackedDocument(document=key, base=base))
    return rows


def check_arrival(planned: SyncPlan, pushed: Collection[str]) -> None:
    """Refuse to continue if the server reported a push as successful and documents are missing.

    Raises:
        TaskFailed: some are missing; the next sync pushes them again.
    """
    missing = [document for document in planned.push if document in pushed]
    if missing:
        raise TaskFailed(
            f"{len(missing)} documents were pushed but are not in Doccano ({missing[0]}, …)",
            "run the command again; nothing was lost",
        )


def confirm_pushes(context: SyncContext, planned: SyncPlan) -> None:
    """Compare the documents that arrived with what was pushed.

    A document whose import broke off is completed; one that differs otherwise is reported. Then the
    comments of its role are written to it.
    """
    for batch in batched(planned.arrived, BATCH):
        with context.store.begin() as tx:
            begun = tx.unfinished("complete")
            remaining = [
                example for example in batch if not _confirm_unchanged(context, tx, example)
            ]
        for example in remaining:
            with reporting_refusals(context, example.document, "complete"):
                _confirm(context, example, str(example.example) in begun)


def _confirm_unchanged(context: SyncContext, tx: Transaction, example: ArrivedExample) -> bool:
    """Confirm the push of a document that arrived as it was pushed and gets no comments."""
    _, base = _base(context, tx, example)
    document = tx.document(example.document)
    if base.content != example.content:
        return False
    if document and context.role.outgoing_comments(tx, document):
        return False
    _track(context, tx, example, base)
    return True


def _confirm(context: SyncContext, example: ArrivedExample, begun: bool) -> None:
    with context.store.begin() as tx:
        tracked, base = _base(context, tx, example)
        document = tx.document(example.document)
        comments = context.role.outgoing_comments(tx, document) if document else ()
    if tracked and example.annotation is not None and not example.confirmed:
        _complete(context, example, example.annotation, base, begun)
    if comments:
        context.project.add_comments(example.example, comments)
    # Otherwise another store pushed it, whose base is not known here.
    if tracked or base.content == example.content:
        with context.store.begin() as tx:
            _track(context, tx, example, base)


def _base(
    context: SyncContext, tx: Transaction, example: ArrivedExample
) -> tuple[bool, Annotation]:
    """Whether this store pushed the document, and what it is compared with."""
    tracked = tx.tracked(context.project.marker, example.document)
    if tracked is not None:
        return True, tracked.base
    return False, context.role.outgoing_annotation(tx, example.document)


def _track(
    context: SyncContext, tx: Transaction, example: ArrivedExample, base: Annotation
) -> None:
    before = tx.tracked(context.project.marker, example.document)
    seen = before.seen if before else LastSeen()
    state = TrackedDocument(
        document=example.document,
        base=base,
        example=example.example,
        seen=msgspec.structs.replace(
            seen,
            taken=context.read_at,
            pushed=seen.pushed or context.read_at,
            pusher=context.account if before else 0,
        ),
        # Where every confirmation makes a revision, it counts as seen only once it was pulled.
        confirmed=example.confirmed and not context.role.commits_unchanged,
    )
    context.track(tx, state)


def _complete(
    context: SyncContext, example: ArrivedExample, there: Annotation, base: Annotation, begun: bool
) -> None:
    # The server inserts documents first and then their labels, one kind after the other. If nobody
    # confirmed a document and it lacks whole kinds, its import broke off in between; if completing
    # it was begun, it is continued. Anything else may be a person's work and is left alone.
    if is_partial_import(base, there) or (begun and is_between(there, base, base)):
        with context.step("complete", str(example.example)):
            context.project.update_example(example.example, base)
        return
    context.problems.append(
        Problem(
            code="remote.readback",
            severity="warning",
            document=example.document,
            message=f"the labels of example {example.example} in Doccano are not those that were "
            f"pushed ({describe_changes(base, there)})",
            hint="somebody may have changed it already; look at it in Doccano",
        )
    )
