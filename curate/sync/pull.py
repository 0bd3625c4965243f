"""Take what people confirmed: attribute it, merge it, and commit each document as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

import msgspec

from curate.annotations.diff import common, compare, in_words
from curate.annotations.merge import merge, outstanding
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
from curate.store.transaction import Tracked, Transaction
from curate.sync.context import Run
from curate.sync.plan import Pull
from curate.sync.policy import by_policy, tell
from curate.util.batches import batched

Answered = tuple[Pull, Attribution | None]
_TOGETHER = 50


def pull(run: Run, pulls: tuple[Pull, ...]) -> int:
    """Take documents; returns how many.

    Raises:
        RemoteError: the server failed; the documents taken before stay taken.
    """
    if not pulls:
        return 0
    with (
        run.step("pull", f"{len(pulls)} documents"),
        closing(run.remote.attributions(_all_asked(run, pulls), len(pulls))) as answers,
    ):
        taken = _take_all(run, zip(pulls, answers, strict=True), len(pulls))
    run.progress("pull", len(pulls), len(pulls))
    return taken


def _take_all(run: Run, answered: Iterable[Answered], count: int) -> int:
    """Commit some documents at a time: a commit waits for the disk, and takes longer than they."""
    taken = 0
    waiting: list[Answered] = []
    try:
        for done, each in enumerate(answered):
            run.progress("pull", done, count)
            waiting.append(each)
            if len(waiting) == _TOGETHER:
                taken += _take_some(run, waiting)
                waiting = []
    except RemoteError:
        _take_some(run, waiting)
        raise
    return taken + _take_some(run, waiting)


def _take_some(run: Run, answered: list[Answered]) -> int:
    # Where there is no answer, it went or was unconfirmed; the next sync sees how it is.
    there = [(pull, theirs) for pull, theirs in answered if theirs is not None]
    if there:
        with run.store.begin() as tx:
            for pull, theirs in there:
                _take(run, tx, pull, theirs)
    return len(there)


def _all_asked(run: Run, pulls: tuple[Pull, ...]) -> Iterator[ExampleQuery]:
    for some in batched(pulls, _TOGETHER):
        with run.store.begin() as tx:
            asked = [_asked(run, tx, pull) for pull in some]
        yield from asked


def _asked(run: Run, tx: Transaction, pull: Pull) -> ExampleQuery:
    document = tx.document(pull.document) if pull.changed else None
    _, shown = _shown(run, tx, pull)
    return ExampleQuery(
        example=pull.example,
        base=shown,
        text=document.text if document else "",  # only changed spans need it
        changed=pull.changed,
        confirmed=pull.confirmed,
    )


def _shown(run: Run, tx: Transaction, pull: Pull) -> tuple[bool, Annotation]:
    """Whether this store never pushed to the project, and what people were shown there."""
    known = tx.tracked(run.remote.marker, pull.document)
    return known is None, known.base if known else run.outgoing(tx, pull.document)


def _take(run: Run, tx: Transaction, pull: Pull, theirs: Attribution) -> None:
    fresh, shown = _shown(run, tx, pull)
    if run.aim.layer:
        keep(run, tx, pull, theirs)
    else:
        _merge(run, tx, pull, shown, theirs, fresh)
    tx.put_comments(run.remote.marker, pull.document, theirs.comments)
    run.spans.update(compare(shown, theirs.annotation).counts)


def keep(run: Run, tx: Transaction, pull: Pull, theirs: Attribution) -> None:
    """Take what an annotator who works apart says, as that person's layer."""
    layer = msgspec.structs.replace(theirs.annotation, layer=run.aim.layer)
    tx.put_annotation(layer)
    name = annotator_of(run.aim.layer)
    assignment = tx.assignment(pull.document)
    if assignment is not None:
        done = {**assignment.done, name: theirs.confirmed_at}
        tx.assign(msgspec.structs.replace(assignment, done=done))
    if tx.head(pull.document) is not None:
        run.problems.append(_late(pull.document, name))
    _track(run, tx, pull, theirs)


def _merge(
    run: Run, tx: Transaction, pull: Pull, shown: Annotation, theirs: Attribution, fresh: bool
) -> None:
    head = tx.head(pull.document)
    base = shown
    if fresh:
        # A project that this store never pushed to has no base: what both sides say is the
        # safest one, because then neither side is taken to have deleted anything. A proposal is
        # no side, and what nobody saw there does not become gold.
        base = common(head.annotation, theirs.annotation) if head else theirs.annotation
    ours = head.annotation if head else base
    found = merge(base, ours, theirs.annotation, run.settings.exclusive)
    history = tx.revisions(pull.document) if found.conflicts else []
    told = tuple(tell(conflict, history, theirs) for conflict in found.conflicts)
    merged = by_policy(msgspec.structs.replace(found, conflicts=told), run.settings)
    before = tx.conflicts_of(pull.document)
    still = outstanding(before, merged.conflicts, merged.annotation, theirs.annotation)
    _commit(run, tx, pull, shown, head, theirs, merged.annotation)
    tx.put_conflicts(pull.document, run.id, still)
    run.conflicts += bool(still)


def _commit(
    run: Run,
    tx: Transaction,
    pull: Pull,
    shown: Annotation,
    head: Revision | None,
    theirs: Attribution,
    merged: Annotation,
) -> None:
    same = head is not None and merged.content == head.annotation.content and not head.deleted
    if not same or (run.aim.decides and not _taken(run, tx, pull.document, theirs)):
        before = head.annotation if head else shown
        reason = f"{run.aim.reason}: {in_words(before, merged) or 'nothing marked'}"
        author, at = _author(theirs), run.clock()
        gold.commit(
            tx,
            head,
            merged,
            gold.Provenance(author=author, at=at, schema=run.settings.schema),
            reason,
            sync=run.id,
            confirmed_by=theirs.confirmed_by,
            confirmed_at=theirs.confirmed_at,
        )
        run.revisions += 1
    _track(run, tx, pull, theirs)


def _taken(run: Run, tx: Transaction, document: str, theirs: Attribution) -> bool:
    """Whether there is a revision of this confirmation already, or nothing was confirmed."""
    mine = (theirs.confirmed_by, theirs.confirmed_at)
    return not theirs.confirmed_by or any(
        (each.confirmed_by, each.confirmed_at) == mine and each.reason.startswith(run.aim.reason)
        for each in tx.revisions(document)
    )


def _track(run: Run, tx: Transaction, pull: Pull, theirs: Attribution) -> None:
    state = Tracked(
        document=pull.document,
        base=theirs.annotation,
        example=pull.example,
        confirmed=bool(theirs.confirmed_by),
    )
    tx.track(run.remote.marker, state)


def _late(document: str, name: str) -> Problem:
    return Problem(
        code="task.late",
        severity="info",
        document=document,
        message=f"{name} changed it after it had become gold; the layer was taken, the gold stays",
        hint="compare them with `curate show`",
    )


def _author(theirs: Attribution) -> str:
    if theirs.confirmed_by:
        return annotator_layer(theirs.confirmed_by)
    found = theirs.annotation
    every: list[Span | Relation | Category] = [*found.spans, *found.relations, *found.categories]
    latest = max(every, key=lambda item: item.at, default=None)
    return latest.by if latest is not None and latest.at else annotator_layer("unknown")
