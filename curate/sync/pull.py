"""Take what people confirmed: attribute it, merge it, and commit it, one document a transaction."""

from __future__ import annotations

import msgspec

from curate.diff import common, compare
from curate.merge import Conflict, Merged, Side, merge, outstanding, settle
from curate.model import Annotation, Attribution, Revision
from curate.store.transaction import Tracked, Transaction
from curate.sync.plan import Pull
from curate.sync.protocol import Policy
from curate.sync.run import Run, outgoing

_Conflicts = tuple[Conflict, ...]


def pull(run: Run, pulls: tuple[Pull, ...]) -> int:
    """Take documents; returns how many.

    Raises:
        RemoteError: the server failed; the documents taken before stay taken.
    """
    if not pulls:
        return 0
    with run.step("pull", f"{len(pulls)} documents"):
        for done, each in enumerate(pulls):
            run.progress("pull", done, len(pulls))
            _take(run, each)
    run.progress("pull", len(pulls), len(pulls))
    return len(pulls)


def _take(run: Run, pull: Pull) -> None:
    marker = run.remote.marker
    with run.store.begin() as tx:
        known = tx.tracked(marker, pull.document)
        shown = known.base if known else outgoing(tx, pull.document)
    theirs = run.remote.attribute(pull.example, shown)
    with run.store.begin() as tx:
        head = tx.head(pull.document)
        ours = head.annotation if head else shown
        # A project that this store never pushed to has no base: what both sides say is the
        # safest one, because then neither side is taken to have deleted anything.
        base = shown if known else common(ours, theirs.annotation)
        merged = _by_policy(merge(base, ours, theirs.annotation), run.settings.policy, head, theirs)
        before = msgspec.json.decode(tx.conflicts_of(pull.document), type=_Conflicts)
        still = outstanding(before, merged.conflicts, merged.annotation, theirs.annotation)
        _commit(run, tx, pull, shown, head, theirs, merged.annotation)
        tx.put_conflicts(pull.document, run.id, still)
    run.conflicts += bool(still)
    run.spans.update(compare(shown, theirs.annotation).counts)


def _by_policy(
    merged: Merged, policy: Policy, head: Revision | None, theirs: Attribution
) -> Merged:
    """Settle conflicts as the settings say; ``ask`` leaves them."""
    if policy == "ask":
        return merged
    annotation = merged.annotation
    left: list[Conflict] = []
    for conflict in merged.conflicts:
        if conflict.relation is not None:  # its ends are gone: no side has a whole one to take
            left.append(conflict)
        else:
            annotation = settle(annotation, conflict, _winner(policy, conflict, head, theirs))
    return Merged(annotation=annotation, conflicts=tuple(left))


def _winner(policy: Policy, conflict: Conflict, head: Revision | None, theirs: Attribution) -> Side:
    if policy != "prefer-newest":
        return "theirs" if policy == "prefer-doccano" else "ours"
    # A deletion leaves no time on a span; the confirmation then tells when theirs was made.
    at = max((span.at for span in conflict.theirs), default="") or theirs.confirmed_at
    return "theirs" if head is None or at >= head.at else "ours"


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
    state = Tracked(
        document=pull.document,
        base=theirs.annotation,
        example=pull.example,
        confirmed=bool(theirs.confirmed_by),
    )
    tx.track(run.remote.marker, state)


def _revision(
    run: Run,
    pull: Pull,
    before: Annotation,
    head: Revision | None,
    theirs: Attribution,
    gold: Annotation,
) -> Revision:
    changed = compare(before, gold).counts
    told = ", ".join(f"{count} {kind}" for kind, count in changed.items() if count)
    return Revision(
        document=pull.document,
        number=head.number + 1 if head else 1,
        author=_author(theirs),
        at=run.clock(),
        reason=f"pulled from Doccano: {told or 'nothing marked'}",
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
    latest = max(theirs.annotation.spans, key=lambda span: span.at, default=None)
    return latest.by if latest is not None and latest.at else "annotator:unknown"
