"""Push what is missing, and believe it only when it was read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import msgspec

from curate.annotations.diff import between, in_words, unfinished
from curate.errors import TaskFailed
from curate.model import Annotation, Problem
from curate.store.records import Local
from curate.store.transaction import Tracked, Transaction
from curate.sync.context import Run
from curate.sync.plan import Arrived, Plan
from curate.sync.protocol import Row, Settings
from curate.util.batches import batched

# One file of at most this many rows is one insert on the server (its IMPORT_BATCH_SIZE), so that
# a unique key that is there already refuses the whole file and adds nothing.
BATCH = 1000


def push(run: Run, documents: tuple[str, ...]) -> int:
    """Push documents in batches; returns how many.

    Raises:
        RemoteError: the server failed; what arrived is found by the next sync.
    """
    batches = [*batched(documents, BATCH), []]
    done = 0
    with ThreadPoolExecutor(1) as beside:
        rows = _stage(run, batches[0])
        for ids, following in pairwise(batches):
            run.progress("push", done, len(documents))
            with run.step("push", f"{ids[0]} and {len(ids) - 1} more"):
                # While the server takes this batch in, the next one is made ready.
                staged = beside.submit(_stage, run, following)
                _push_batch(run, ids, rows)
                rows = staged.result()
            done += len(ids)
    run.progress("push", done, len(documents))
    return done


def _push_batch(run: Run, ids: list[str], rows: list[Row]) -> None:
    try:
        run.remote.push(rows)
    except TaskFailed:
        # An import is also refused when an earlier one, whose answer was lost, brought the same
        # documents after all. Then nothing is missing, and nothing has failed.
        if set(ids) & set(run.look().push):
            raise


def due(tx: Transaction, found: Plan, sides: Mapping[str, Local], settings: Settings) -> Plan:
    """The plan with what is to be pushed in the order in which people are to find it.

    Where only so many documents may wait for an annotator, the rest is held back; documents with
    gold wait for nobody.
    """
    golden = [key for key in found.push if sides[key].gold]
    fresh = settings.order(tx, [key for key in found.push if not sides[key].gold])
    if settings.open:
        there = found.states.get("pushed", 0) + found.states.get("annotating", 0)
        fresh = fresh[: max(0, settings.open - there)]
    push = (*fresh, *golden)
    return msgspec.structs.replace(found, push=push, held=len(found.push) - len(push))


def arrived_all(found: Plan, pushed: Collection[str]) -> None:
    """Refuse to go on where a push was answered well and its documents are not there.

    Raises:
        TaskFailed: some are missing; the next sync sends them again.
    """
    missing = [key for key in found.push if key in pushed]
    if missing:
        raise TaskFailed(
            f"{len(missing)} documents were pushed and are not in Doccano ({missing[0]}, …)",
            "run the command again; nothing was lost",
        )


def _stage(run: Run, ids: list[str]) -> list[Row]:
    """Store the base of each document before anything is sent."""
    rows: list[Row] = []
    with run.store.begin() as tx:
        for key in ids:
            document = tx.document(key)
            if document is not None:
                rows.append((run.aim.shown(tx, document), run.outgoing(tx, key)))
                tx.track(run.remote.marker, Tracked(document=key, base=rows[-1][1]))
    return rows


def confirm(run: Run, found: Plan) -> None:
    """Read back what was pushed: the same spans must be there, or it is said."""
    for some in batched(found.arrived, BATCH):
        with run.store.begin() as tx:
            begun = tx.unfinished("complete")
            left = [each for each in some if not _as_pushed(run, tx, each)]
        for each in left:
            _confirm(run, each, str(each.example) in begun)


def _as_pushed(run: Run, tx: Transaction, example: Arrived) -> bool:
    """Confirm a document that stands there as it was pushed, and needs nothing else."""
    _, base = _known(run, tx, example)
    document = tx.document(example.document)
    if base.content != example.content or (document and run.aim.remarks(tx, document)):
        return False
    _track(run, tx, example, base)
    return True


def _known(run: Run, tx: Transaction, example: Arrived) -> tuple[bool, Annotation]:
    known = tx.tracked(run.remote.marker, example.document)
    return known is not None, known.base if known else run.outgoing(tx, example.document)


def _confirm(run: Run, example: Arrived, begun: bool) -> None:
    with run.store.begin() as tx:
        known, base = _known(run, tx, example)
    if known and example.annotation is not None and not example.confirmed:
        _repair(run, example, example.annotation, base, begun)
    _remark(run, example)
    if known or base.content == example.content:  # else it is another's, with a base not known here
        with run.store.begin() as tx:
            _track(run, tx, example, base)


def _remark(run: Run, example: Arrived) -> None:
    with run.store.begin() as tx:
        document = tx.document(example.document)
        remarks = run.aim.remarks(tx, document) if document else ()
    if remarks:
        run.remote.add_comments(example.example, remarks)


def _track(run: Run, tx: Transaction, example: Arrived, base: Annotation) -> None:
    state = Tracked(
        document=example.document,
        base=base,
        example=example.example,
        # Where a confirmation decides, it counts as seen only once it was taken.
        confirmed=example.confirmed and not run.aim.decides,
    )
    tx.track(run.remote.marker, state)


def _repair(run: Run, example: Arrived, there: Annotation, base: Annotation, begun: bool) -> None:
    # The server inserts documents first and then their labels, one kind after the other. A document
    # that nobody confirmed and that lacks whole kinds is one whose import stopped in between; one
    # whose repair was begun is mended on. Anything else may be a person's work already, and is left
    # alone.
    if unfinished(base, there) or (begun and between(there, base, base)):
        with run.step("complete", str(example.example)):
            run.remote.update_example(example.example, base)
        return
    run.problems.append(
        Problem(
            code="remote.readback",
            severity="warning",
            document=example.document,
            message=f"example {example.example} in Doccano has not the labels that were pushed "
            f"({in_words(base, there)})",
            hint="somebody may have changed it already; look at it there",
        )
    )
