"""Settle what a strategy can settle, region by region, and leave the rest open.

The unit is the region: spans of all versions that overlap, directly or through others. In a region

1. a span is taken if the strategy finds enough support for it, the best supported first, unless it
   overlaps one that is taken and no version has both;
2. what is left falls apart into groups that overlap, and a group is dropped if annotators of enough
   weight marked nothing of it. So three annotators who give one name three different edges leave it
   open: none of the three has a majority, but neither has "no name here";
3. whatever is neither taken nor dropped is contested, and the region is open.

A region that was decided before, by a person or by an earlier run, stays as it was decided,
whatever the versions say now.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import accumulate
from typing import NamedTuple

import msgspec

from curate.agreement.strategies import Strategy, Versions, spans
from curate.layers import ADJUDICATED
from curate.model import Annotation, Category, Record, Relation, Span, SpanKey

Place = tuple[int, int]
DECIDED = "decided"


class Region(Record, frozen=True, kw_only=True):
    """A region of a document, and what became of it.

    Args:
        start: first code point.
        end: one past the last.
        how: the strategy's name, or ``decided`` where it was decided before.
        taken: spans that are settled to be there.
        dropped: spans that are settled not to be there.
        contested: spans that are left open; none in a settled region.
        support: the least support that settled a span, None where none was settled by support.
        versions: what each annotator marks in the region.
    """

    start: int
    end: int
    how: str
    taken: tuple[Span, ...] = ()
    dropped: tuple[Span, ...] = ()
    contested: tuple[Span, ...] = ()
    support: float | None = None
    versions: dict[str, tuple[Span, ...]] = {}


class AdjudicatedDocument(Record, frozen=True, kw_only=True):
    """One annotation out of several, with the regions it is made of, in order of position.

    Args:
        annotation: what is settled to be there; contested spans are not in it.
        settled: regions in which every span is taken or dropped.
        open: regions in which at least one is contested.
        open_relations: relations between taken spans that are contested.
        open_categories: labels of the document that are contested.
    """

    annotation: Annotation
    settled: tuple[Region, ...] = ()
    open: tuple[Region, ...] = ()
    open_relations: tuple[Relation, ...] = ()
    open_categories: tuple[Category, ...] = ()


class Decision(Record, frozen=True, kw_only=True):
    """A region that is settled for good.

    Args:
        document: id of the document.
        start: first code point.
        end: one past the last.
        how: a strategy's name, or ``person``.
        by: who ran it, or decided it.
        at: when.
        spans: what is there; nothing if nothing is.
    """

    document: str
    start: int
    end: int
    how: str
    by: str
    at: str
    spans: tuple[Span, ...] = ()


def adjudicate_document(
    versions: Versions,
    strategy: Strategy,
    decided: Mapping[Place, Sequence[Span]] | None = None,
    *,
    document: str = "",
    layer: str = ADJUDICATED,
) -> AdjudicatedDocument:
    """Make one annotation of several versions of one document.

    Args:
        versions: annotations of the document, by annotator.
        strategy: see ``curate.agreement.strategies``.
        decided: regions that were decided before, with the spans that are there.
        document: id of the document; of the versions by default.
        layer: the layer of the result.
    """
    known = decided or {}
    ballot = _ballot(versions, strategy)
    regions = _kept(known, versions)
    regions += [_settle(group, ballot, strategy) for group in _regions(_undecided(versions, known))]
    regions.sort(key=lambda region: (region.start, region.end))
    taken = tuple(span for region in regions for span in region.taken)
    relations, open_relations = _relations(versions, strategy, {span.key for span in taken})
    categories, open_categories = _categories(versions, strategy)
    return AdjudicatedDocument(
        annotation=Annotation(
            document=document or next((v.document for v in versions.values()), ""),
            layer=layer,
            spans=taken,
            relations=relations,
            categories=categories,
        ).sorted(),
        settled=tuple(region for region in regions if not region.contested),
        open=tuple(region for region in regions if region.contested),
        open_relations=open_relations,
        open_categories=open_categories,
    )


def settled_by_gold(
    versions: Versions, gold: Annotation, *, layer: str = ADJUDICATED
) -> AdjudicatedDocument:
    """The regions of a document that somebody decided as a whole: what its gold has is settled.

    Args:
        versions: annotations of the document, by annotator.
        gold: what was decided.
        layer: the layer of the result.
    """
    keys = {span.key for span in gold.spans}
    both = {**spans(versions), **{span.key: span for span in gold.spans}}
    regions = []
    for group in _regions(both.values()):
        start, end = min(span.start for span in group), max(span.end for span in group)
        regions.append(
            Region(
                start=start,
                end=end,
                how=DECIDED,
                taken=tuple(span for span in group if span.key in keys),
                dropped=tuple(span for span in group if span.key not in keys),
                versions=_within(versions, start, end),
            )
        )
    annotation = msgspec.structs.replace(gold, layer=layer).sorted()
    return AdjudicatedDocument(annotation=annotation, settled=tuple(regions))


def new_decisions(found: AdjudicatedDocument, by: str, at: str) -> list[Decision]:
    """The settled regions as decisions that a later run keeps."""
    return [
        Decision(
            document=found.annotation.document,
            start=region.start,
            end=region.end,
            how=region.how,
            by=by,
            at=at,
            spans=region.taken,
        )
        for region in found.settled
        if region.how != DECIDED
    ]


def _kept(known: Mapping[Place, Sequence[Span]], versions: Versions) -> list[Region]:
    return [
        Region(
            start=start,
            end=end,
            how=DECIDED,
            taken=tuple(there),
            versions=_within(versions, start, end),
        )
        for (start, end), there in sorted(known.items())
    ]


def _undecided(versions: Versions, known: Mapping[Place, Sequence[Span]]) -> list[Span]:
    starts = sorted(start for start, _ in known)
    reach = list(accumulate((end for _, end in sorted(known)), max))

    def free(span: Span) -> bool:
        before = bisect_left(starts, span.end)
        return not before or reach[before - 1] <= span.start

    return [span for span in spans(versions).values() if free(span)]


def _regions(found: Iterable[Span]) -> list[list[Span]]:
    groups: list[list[Span]] = []
    end = -1
    for span in sorted(found, key=lambda s: s.key):
        if not groups or span.start >= end:
            groups.append([])
        groups[-1].append(span)
        end = max(end, span.end)
    return groups


class _Ballot(NamedTuple):
    """What a document's annotators say, looked up once for all its regions."""

    held: dict[str, dict[SpanKey, Span]]
    weights: dict[str, float]
    support: dict[SpanKey, float]
    quorum: bool


def _ballot(versions: Versions, strategy: Strategy) -> _Ballot:
    weights = strategy.weights(versions)
    quorum = _quorum(weights, strategy)
    return _Ballot(
        held={name: {span.key: span for span in v.spans} for name, v in versions.items()},
        weights=weights,
        support=strategy.support(versions) if quorum else {},
        quorum=quorum,
    )


def _quorum(weights: Mapping[str, float], strategy: Strategy) -> bool:
    return sum(weight > 0 for weight in weights.values()) >= strategy.quorum


def _settle(group: list[Span], ballot: _Ballot, strategy: Strategy) -> Region:
    taken = _taken(group, ballot, strategy)
    dropped: list[Span] = []
    contested: list[Span] = []
    for rest in _regions(span for span in group if span not in taken):
        gone = ballot.quorum and _refused(rest, ballot, strategy)
        (dropped if gone else contested).extend(rest)
    return Region(
        start=min(span.start for span in group),
        end=max(span.end for span in group),
        how=strategy.name,
        taken=tuple(taken),
        dropped=tuple(dropped),
        contested=tuple(contested),
        support=min((ballot.support[span.key] for span in taken), default=None),
        versions={
            name: tuple(own[span.key] for span in group if span.key in own)
            for name, own in ballot.held.items()
        },
    )


def _taken(group: list[Span], ballot: _Ballot, strategy: Strategy) -> list[Span]:
    taken: list[Span] = []
    for span in sorted(group, key=lambda s: (-ballot.support.get(s.key, 0.0), s.key)):
        if not strategy.enough(ballot.support.get(span.key, 0.0)):
            break
        rivals = [other.key for other in taken if span.overlaps(other)]
        if all(any(span.key in o and r in o for o in ballot.held.values()) for r in rivals):
            taken.append(span)
    return sorted(taken, key=lambda s: s.key)


def _refused(rest: list[Span], ballot: _Ballot, strategy: Strategy) -> bool:
    keys = {span.key for span in rest}
    absent = sum(ballot.weights[name] for name, own in ballot.held.items() if not keys & own.keys())
    if strategy.name != "weighted":
        return strategy.enough(absent)
    # Probability says whether each of them is wrong, the weights whether anything is there at all.
    return absent > 0.5 and all(strategy.enough(1 - ballot.support[key]) for key in keys)


def _within(versions: Versions, start: int, end: int) -> dict[str, tuple[Span, ...]]:
    return {
        name: tuple(s for s in annotation.spans if s.start < end and start < s.end)
        for name, annotation in versions.items()
    }


def _relations(
    versions: Versions, strategy: Strategy, taken: set[SpanKey]
) -> tuple[tuple[Relation, ...], tuple[Relation, ...]]:
    """Relations whose ends are both taken, by the weights of those who drew them."""
    found = {r.key: r for v in versions.values() for r in v.relations}
    held = {name: {r.key for r in v.relations} for name, v in versions.items()}
    sides: tuple[list[Relation], list[Relation]] = ([], [])
    for key, relation in sorted(found.items()):
        verdict = _verdict(held, key, versions, strategy)
        if relation.head in taken and relation.tail in taken and verdict is not False:
            sides[verdict is None].append(relation)
    return tuple(sides[0]), tuple(sides[1])


def _categories(
    versions: Versions, strategy: Strategy
) -> tuple[tuple[Category, ...], tuple[Category, ...]]:
    found = {c.key: c for v in versions.values() for c in v.categories}
    held = {name: {c.key for c in v.categories} for name, v in versions.items()}
    sides: tuple[list[Category], list[Category]] = ([], [])
    for key, category in sorted(found.items()):
        verdict = _verdict(held, key, versions, strategy)
        if verdict is not False:
            sides[verdict is None].append(category)
    return tuple(sides[0]), tuple(sides[1])


def _verdict(
    held: Mapping[str, Set[object]], key: object, versions: Versions, strategy: Strategy
) -> bool | None:
    """Whether a relation or category is there; None where it is contested."""
    weights = strategy.weights(versions)
    if not _quorum(weights, strategy):
        return None
    share = sum(weights[name] for name, own in held.items() if key in own)
    if strategy.enough(share):
        return True
    return False if strategy.enough(1 - share) else None
