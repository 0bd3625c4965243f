"""What pulling would take out of the gold, counted by reading the documents; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from curate.annotations.merge import merge
from curate.layers import annotator_of
from curate.model import Attribution, Span
from curate.store import Store
from curate.sync.brake import Brake, is_too_much, lost_spans, may_be_too_much
from curate.sync.context import SyncContext
from curate.sync.plan import PlannedPull
from curate.sync.pull import read_judgements


def check_brake(
    context: SyncContext, pulls: tuple[PlannedPull, ...], seen: Mapping[str, int]
) -> tuple[Brake, ...]:
    """What pulling would take out of the gold, if that is too much; nothing is written.

    Args:
        context: the sync.
        pulls: the documents to pull.
        seen: what the plan counted, see :class:`LossCounter`.
    """
    limit = context.settings.brake
    if context.role.layer or context.settings.accept or not may_be_too_much(seen, limit):
        return ()
    gold = _gold_spans(context.store)
    if not is_too_much(seen, gold, limit):
        return ()
    labels: Counter[str] = Counter()
    people: Counter[str] = Counter()
    documents = 0
    changed = tuple(pull for pull in pulls if pull.changed)
    for pull, theirs, judgement in read_judgements(context, changed):
        with context.store.begin() as tx:
            head = tx.head(pull.document)
        if head is None:
            continue
        ours, exclusive = head.annotation, context.settings.exclusive
        merged = merge(judgement.base, ours, theirs.annotation, exclusive).annotation
        lost = lost_spans(ours, merged)
        documents += bool(lost)
        labels.update(span.label for span, _ in lost)
        people.update(_person(after, theirs) for _, after in lost)
    if not is_too_much(labels, gold, limit):
        return ()
    brake = Brake(
        limit=limit,
        gold=sum(gold.values()),
        spans=sum(labels.values()),
        documents=documents,
        labels=dict(labels.most_common()),
        people=dict(people.most_common()),
    )
    return (brake,)


def _person(after: Span | None, theirs: Attribution) -> str:
    """The account that is behind the loss of a span, as far as Doccano tells."""
    if after is not None and after.at:
        return annotator_of(after.by)
    return theirs.confirmed_by or "unknown"


def _gold_spans(store: Store) -> Counter[str]:
    counts: Counter[str] = Counter()
    with store.begin() as tx:
        for _, head in tx.heads():
            if not head.deleted:
                counts.update(span.label for span in head.spans)
    return counts
