"""Changes of examples that are in Doccano: updates, withdrawals, and the removal of duplicates."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from curate.annotations.diff import is_between
from curate.annotations.merge import merge
from curate.errors import RemoteError
from curate.layers import REMOTE
from curate.model import Annotation, Problem, RemoteRows
from curate.store.records import TrackedDocument
from curate.sync.context import SyncContext
from curate.sync.evidence import with_lost
from curate.sync.items import items_of, rows_of, with_differences
from curate.sync.plan import ExampleCopies, PlannedUpdate
from curate.sync.pull import judge_pull, own_version
from curate.sync.refusals import concerns_document, reporting_refusals
from curate.util.batches import batched

_BATCH = 50


def push_updates(context: SyncContext, updates: tuple[PlannedUpdate, ...]) -> int:
    """Push changed gold and newer proposals, unless a person was quicker; returns how many."""
    pushed = 0
    for update in updates:
        context.progress("update", pushed, len(updates))
        with reporting_refusals(context, update.document, "update"):
            pushed += _push_update(context, update)
    return pushed


def _push_update(context: SyncContext, update: PlannedUpdate) -> bool:
    with context.store.begin() as tx:
        tracked = tx.tracked(context.project.marker, update.document)
        wanted = context.role.outgoing_annotation(tx, update.document)
        has_gold = tx.head(update.document) is not None
    if tracked is None:
        return False
    there = context.project.read_attribution(update.example, tracked.base, tracked.seen.rows)
    # If a person was quicker, the next sync merges what they did. A proposal, unlike gold, is never
    # pushed to a document that somebody has confirmed as it was.
    expected = _is_expected(there.annotation, tracked.base, wanted, update.begun)
    target, before = wanted, tracked.base
    if update.beside and not expected:
        merged = merge(tracked.base, wanted, there.annotation)
        expected = not merged.conflicts
        target, before = merged.annotation, there.annotation
    if not expected or (there.confirmed_by and not has_gold):
        if update.begun:
            with context.step("update", update.document):
                pass  # what was interrupted is over; else it would keep the next sync from merging
        return False
    with context.step("update", update.document):
        rows, refused = _update_or_undo(context, update.example, target, before)
        if refused is None:
            state = TrackedDocument(
                document=update.document,
                base=wanted,
                example=update.example,
                confirmed=tracked.confirmed,
                seen=msgspec.structs.replace(
                    tracked.seen,
                    taken=there.taken,
                    rows=rows_of(wanted, rows),
                    pusher=context.account,
                ),
            )
            with context.store.begin() as tx:
                context.track(tx, state)
    if refused is not None:
        raise refused
    return True


def restore_proposals(context: SyncContext, lost: Sequence[PlannedUpdate]) -> int:
    """Write proposals again that the server lost, beside what people did since.

    Returns:
        How many documents got theirs back.
    """
    restored = 0
    for update in lost:
        with reporting_refusals(context, update.document, "write again the proposals of"):
            restored += _restore_proposals(context, update)
    return restored


def _restore_proposals(context: SyncContext, update: PlannedUpdate) -> bool:
    with context.store.begin() as tx:
        tracked = tx.tracked(context.project.marker, update.document)
    if tracked is None:
        return False
    there = context.project.read_attribution(update.example, tracked.base, tracked.seen.rows)
    with context.store.begin() as tx:
        has_gold = own_version(context, tx, update.document) is not None
        judgement = judge_pull(context, tx, update.document, there)
    if has_gold or not judgement.changes:
        return False
    wanted = with_lost(tracked.base, there.annotation, judgement)
    with context.step("restore", update.document):
        written = context.project.update_example(update.example, wanted)
        given_up = {change.item for change in judgement.changes} - items_of(wanted)
        base = with_differences(tracked.base, there.annotation, given_up)
        rows = rows_of(base, tracked.seen.rows, written)
        seen = msgspec.structs.replace(tracked.seen, rows=rows)
        state = msgspec.structs.replace(tracked, base=base, example=update.example, seen=seen)
        with context.store.begin() as tx:
            context.track(tx, state)
    return True


def _update_or_undo(
    context: SyncContext, example: int, wanted: Annotation, base: Annotation
) -> tuple[RemoteRows, RemoteError | None]:
    """Update an example; if the server refuses a part of it, undo the rest.

    Returns its rows, or the error.

    Otherwise half of an update would stand there, and look like somebody's work.
    """
    try:
        return context.project.update_example(example, wanted), None
    except RemoteError as error:
        if not concerns_document(error):
            raise
        return context.project.update_example(example, base), error


def _is_expected(there: Annotation, base: Annotation, wanted: Annotation, begun: bool) -> bool:
    """Whether the server holds the base, or a mix of it with an update that was interrupted."""
    if there.content == base.content:
        return True
    return begun and is_between(there, base, wanted)


def delete_examples(context: SyncContext, updates: tuple[PlannedUpdate, ...]) -> int:
    """Delete the examples of documents that no longer belong in the project and that nobody
    changed since; returns how many."""
    deleted = 0
    for update in updates:
        with (
            reporting_refusals(context, update.document, "delete"),
            context.step("withdraw", update.document),
        ):
            context.project.delete_example(update.example)
            deleted += 1
            if context.role.layer:  # it may be assigned to the annotator again
                with context.store.begin() as tx:
                    tx.forget(update.document, context.project.marker)
    return deleted


def restore_metadata(context: SyncContext, updates: tuple[PlannedUpdate, ...]) -> None:
    """Write the metadata of examples again, which name their documents."""
    for number, batch in enumerate(batched(updates, _BATCH)):
        context.progress("metadata", number * _BATCH, len(updates))
        with context.store.begin() as tx:
            documents = [tx.document(update.document) for update in batch]
            shown = [context.role.outgoing_document(tx, each) for each in documents if each]
        for update, document in zip(batch, shown, strict=True):
            with reporting_refusals(context, update.document, "write the metadata of"):
                context.project.restore_metadata(update.example, document)


def remove_duplicate_spans(context: SyncContext, examples: tuple[int, ...]) -> None:
    """Of spans with the same offsets and label, keep one."""
    nothing = Annotation(document="", layer=REMOTE)
    for example in examples:
        with (
            reporting_refusals(context, "", f"remove what is twice in example {example}"),
            context.step("deduplicate", str(example)),
        ):
            annotation = context.project.read_attribution(example, nothing).annotation
            context.project.update_example(example, annotation)


def merge_copies(context: SyncContext, copies: tuple[ExampleCopies, ...]) -> None:
    """Make one example of several copies of a document, without losing anybody's work.

    A copy that nobody changed is deleted. Work in a changed copy is merged into the one that stays,
    and only then is the copy deleted. Two copies that were changed in the same place both stay.
    """
    for each in copies:
        with reporting_refusals(context, each.document, "merge the copies of"):
            _merge_copies(context, each)


def _merge_copies(context: SyncContext, copies: ExampleCopies) -> None:
    with context.store.begin() as tx:
        tracked = tx.tracked(context.project.marker, copies.document)
        outgoing = context.role.outgoing_annotation(tx, copies.document)
    base = tracked.base if tracked else outgoing
    attributions = {
        example: context.project.read_attribution(example, base) for example in copies.examples
    }
    # The one that stays: confirmed before unconfirmed, changed before unchanged, then the oldest.
    order = sorted(
        attributions,
        key=lambda example: (
            not attributions[example].confirmed_by,
            attributions[example].annotation.content == base.content,
            example,
        ),
    )
    stays = order[0]
    annotation = attributions[stays].annotation
    with context.step("merge copies", copies.document):
        for extra in order[1:]:
            merged = merge(
                base, annotation, attributions[extra].annotation, context.settings.exclusive
            )
            if merged.conflicts:
                context.problems.append(_conflicting_copies(copies.document, stays, extra))
                continue
            if merged.annotation.content != annotation.content:
                context.project.update_example(stays, merged.annotation)
                annotation = merged.annotation
            context.project.delete_example(extra)
            context.problems.append(_merged_copy(copies.document, stays, extra))
        if tracked:
            with context.store.begin() as tx:
                state = msgspec.structs.replace(tracked, example=stays, confirmed=False)
                context.track(tx, state)


def _conflicting_copies(document: str, stays: int, extra: int) -> Problem:
    return Problem(
        code="remote.copies",
        document=document,
        message=f"examples {stays} and {extra} in Doccano are copies that were changed differently "
        f"in the same place; both stay, and only {stays} is synced",
        hint=f"copy what is right in {extra} to {stays} by hand, and delete {extra}",
    )


def _merged_copy(document: str, stays: int, extra: int) -> Problem:
    return Problem(
        code="remote.copy",
        severity="info",
        document=document,
        message=f"example {extra} in Doccano was a copy of {stays}; its changes were merged into "
        f"{stays}, and the copy was deleted",
    )
