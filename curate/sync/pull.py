"""Take what people confirmed: attribute it, merge it, and commit each document as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

import msgspec

from curate.batches import batched
from curate.diff import common, compare, in_words
from curate.errors import RemoteError
from curate.merge import Conflict, Merged, Side, merge, outstanding, settle
from curate.model import Annotation, Asked, Attribution, Category, Problem, Relation, Revision, Span
from curate.store.transaction import Tracked, Transaction
from curate.sync.plan import Pull
from curate.sync.protocol import Settings
from curate.sync.run import Run

_Conflicts = tuple[Conflict, ...]
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


def _all_asked(run: Run, pulls: tuple[Pull, ...]) -> Iterator[Asked]:
    for some in batched(pulls, _TOGETHER):
        with run.store.begin() as tx:
            asked = [_asked(run, tx, pull) for pull in some]
        yield from asked


def _asked(run: Run, tx: Transaction, pull: Pull) -> Asked:
    document = tx.document(pull.document) if pull.changed else None
    _, shown = _shown(run, tx, pull)
    return Asked(
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
    name = run.aim.layer.removeprefix("annotator:")
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
    ours = head.annotation if head else shown
    # A project that this store never pushed to has no base: what both sides say is the
    # safest one, because then neither side is taken to have deleted anything.
    base = common(ours, theirs.annotation) if fresh else shown
    found = merge(base, ours, theirs.annotation, run.settings.exclusive)
    told = tuple(_told(conflict, head, theirs) for conflict in found.conflicts)
    merged = _by_policy(msgspec.structs.replace(found, conflicts=told), run.settings, head, theirs)
    before = msgspec.json.decode(tx.conflicts_of(pull.document), type=_Conflicts)
    still = outstanding(before, merged.conflicts, merged.annotation, theirs.annotation)
    _commit(run, tx, pull, shown, head, theirs, merged.annotation)
    tx.put_conflicts(pull.document, run.id, still)
    run.conflicts += bool(still)


def _told(conflict: Conflict, head: Revision | None, theirs: Attribution) -> Conflict:
    """A conflict with who made each version, and when.

    A deletion leaves no name on a span: it is put down to whoever made the revision, or confirmed
    the document.
    """
    ours = max(conflict.version("ours"), key=lambda item: item.at, default=None)
    there = max(conflict.version("theirs"), key=lambda item: item.at, default=None)
    person = f"annotator:{theirs.confirmed_by}" if theirs.confirmed_by else ""
    dated = ours is not None and ours.at
    return msgspec.structs.replace(
        conflict,
        ours_by=ours.by if ours and dated else (head.author if head else ""),
        ours_at=ours.at if ours and dated else (head.at if head else ""),
        theirs_by=there.by if there and there.at else person,
        theirs_at=there.at if there and there.at else theirs.confirmed_at,
    )


def _by_policy(
    merged: Merged, settings: Settings, head: Revision | None, theirs: Attribution
) -> Merged:
    """Settle conflicts as the settings say; ``ask`` leaves them."""
    annotation = merged.annotation
    left: list[Conflict] = []
    for conflict in merged.conflicts:
        winner = _winner(settings, conflict, head, theirs)
        if winner is None:
            left.append(conflict)
        else:
            annotation = settle(annotation, conflict, winner)
    return Merged(annotation=annotation, conflicts=tuple(left))


def _winner(
    settings: Settings, conflict: Conflict, head: Revision | None, theirs: Attribution
) -> Side | None:
    if settings.policy == "ask":
        return None
    if settings.policy == "prefer-doccano":
        return "theirs"
    if settings.policy == "prefer-gold":
        return "ours"
    if settings.policy == "prefer-newest":
        # A deletion leaves no time on a span; the confirmation then tells when theirs was made.
        at = max((each.at for each in conflict.version("theirs")), default="")
        at = at or theirs.confirmed_at
        return "theirs" if head is None or at >= head.at else "ours"
    ours, there = (_rank(settings, by) for by in (conflict.ours_by, conflict.theirs_by))
    return None if ours == there else ("ours" if ours < there else "theirs")


def _rank(settings: Settings, by: str) -> int:
    """Rank of ``annotator:<name>`` or ``curator:<name>``; who has no role comes last."""
    kind, _, name = by.partition(":")
    return settings.ranks.get(kind if kind == "curator" else name, len(settings.ranks) + 1)


def _commit(
    run: Run,
    tx: Transaction,
    pull: Pull,
    shown: Annotation,
    head: Revision | None,
    theirs: Attribution,
    gold: Annotation,
) -> None:
    if head is None or gold.content != head.annotation.content or head.deleted:
        before = head.annotation if head else shown
        tx.add_revision(_revision(run, pull, before, head, theirs, gold))
        run.revisions += 1
    _track(run, tx, pull, theirs)


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
        cure="compare them with `curate show`",
    )


def _revision(
    run: Run,
    pull: Pull,
    before: Annotation,
    head: Revision | None,
    theirs: Attribution,
    gold: Annotation,
) -> Revision:
    return Revision(
        document=pull.document,
        number=head.number + 1 if head else 1,
        author=_author(theirs),
        at=run.clock(),
        reason=f"{run.aim.reason}: {in_words(before, gold) or 'nothing marked'}",
        schema=run.settings.schema,
        spans=gold.spans,
        relations=gold.relations,
        categories=gold.categories,
        sync=run.id,
        confirmed_by=theirs.confirmed_by,
        confirmed_at=theirs.confirmed_at,
    )


def _author(theirs: Attribution) -> str:
    if theirs.confirmed_by:
        return f"annotator:{theirs.confirmed_by}"
    found = theirs.annotation
    every: list[Span | Relation | Category] = [*found.spans, *found.relations, *found.categories]
    latest = max(every, key=lambda item: item.at, default=None)
    return latest.by if latest is not None and latest.at else "annotator:unknown"
