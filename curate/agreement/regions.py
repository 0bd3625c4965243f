"""The core of adjudication: versions of a document in, regions out, each settled or open.

``curate adjudicate`` and the adjudication project in Doccano both stand on it.

The unit is the region: spans of all versions that overlap, directly or through others. In a region

1. a span is taken if the strategy finds enough support for it, the best supported first, unless it
   overlaps a taken span and no version has both;
2. the remaining spans form groups that overlap, and a group is dropped if annotators of enough
   weight marked none of it. So if three annotators give one name three different boundaries, it
   stays open: none of the three spans has a majority, but neither has "no name here";
3. whatever is neither taken nor dropped is contested, and the region is open.

A region that was decided before, by a person or by an earlier run, keeps its decision, whatever the
versions say now.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import accumulate
from typing import NamedTuple

import msgspec

from curate.agreement.annotation_sets import Versions
from curate.agreement.strategies import Strategy, spans
from curate.annotations.decisions import Bounds, Decision
from curate.layers import ADJUDICATED
from curate.model import Annotation, Category, Record, Relation, Span, SpanKey

DECIDED = "decided"
"""How a region is settled that was decided before."""


class Region(Record, frozen=True, kw_only=True):
    """A region of a document, settled or open.

    Args:
        start: first code point.
        end: one past the last.
        how: the strategy's name, or ``decided`` if it was decided before.
        taken: spans that belong in the result.
        dropped: spans that do not.
        contested: spans that are left open; none in a settled region.
        support: the least support of a taken span; None if none was taken by its support.
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
    """One annotation made from several versions, with its regions in order of position.

    Args:
        annotation: what is settled; contested spans are not in it.
        settled: regions in which every span is taken or dropped.
        open: regions in which at least one span is contested.
        open_relations: contested relations between taken spans.
        open_categories: contested labels of the document.
    """

    annotation: Annotation
    settled: tuple[Region, ...] = ()
    open: tuple[Region, ...] = ()
    open_relations: tuple[Relation, ...] = ()
    open_categories: tuple[Category, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether anything is left to decide."""
        return bool(self.open or self.open_relations or self.open_categories)


def adjudicate_document(
    versions: Versions,
    strategy: Strategy,
    decided: Mapping[Bounds, Sequence[Span]] | None = None,
    *,
    document: str = "",
    layer: str = ADJUDICATED,
) -> AdjudicatedDocument:
    """Make one annotation from several versions of one document.

    Spans, relations and categories on which several agree are those of the first annotator by name,
    with their ``by`` and ``at``.

    Args:
        versions: annotations of the document, by annotator.
        strategy: see ``curate.agreement.strategies``.
        decided: regions that were decided before, with their spans.
        document: id of the document; taken from the versions by default.
        layer: the layer of the result.
    """
    decided = decided or {}
    ballot = _ballot(versions, strategy)
    regions = [
        Region(
            start=start,
            end=end,
            how=DECIDED,
            taken=tuple(taken),
            versions=_within(versions, start, end),
        )
        for (start, end), taken in sorted(decided.items())
    ]
    undecided = _undecided(spans(versions).values(), decided)
    regions += [_settle(group, ballot, strategy) for group in _overlapping_groups(undecided)]
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
    """The regions of a document that somebody decided as a whole: the gold settles all of them.

    Args:
        versions: annotations of the document, by annotator.
        gold: the decision.
        layer: the layer of the result.
    """
    keys = {span.key for span in gold.spans}
    all_spans = {**spans(versions), **{span.key: span for span in gold.spans}}
    regions = []
    for group in _overlapping_groups(all_spans.values()):
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


def new_decisions(adjudicated: AdjudicatedDocument, by: str, at: str) -> list[Decision]:
    """The regions that were settled now, as decisions that a later run keeps.

    Args:
        adjudicated: the document.
        by: who ran the strategy.
        at: when.
    """
    return [
        Decision(
            document=adjudicated.annotation.document,
            start=region.start,
            end=region.end,
            how=region.how,
            by=by,
            at=at,
            spans=region.taken,
        )
        for region in adjudicated.settled
        if region.how != DECIDED
    ]


def _undecided(candidates: Iterable[Span], decided: Mapping[Bounds, Sequence[Span]]) -> list[Span]:
    """The spans that overlap no decided region."""
    starts = sorted(start for start, _ in decided)
    reach = list(accumulate((end for _, end in sorted(decided)), max))

    def is_free(span: Span) -> bool:
        before = bisect_left(starts, span.end)  # number of regions that begin before the span ends
        return not before or reach[before - 1] <= span.start

    return [span for span in candidates if is_free(span)]


def _overlapping_groups(candidates: Iterable[Span]) -> list[list[Span]]:
    """Spans grouped by overlap, directly or through others, in order of position."""
    groups: list[list[Span]] = []
    end = -1
    for span in sorted(candidates, key=lambda s: s.key):
        if not groups or span.start >= end:
            groups.append([])
        groups[-1].append(span)
        end = max(end, span.end)
    return groups


class _Ballot(NamedTuple):
    """What a document's annotators mark, with their weights."""

    spans: dict[str, dict[SpanKey, Span]]  # by annotator
    weights: dict[str, float]  # by annotator
    support: dict[SpanKey, float]
    quorum: bool  # whether there are enough annotators to settle anything


def _ballot(versions: Versions, strategy: Strategy) -> _Ballot:
    weights = strategy.weights(versions)
    quorum = _has_quorum(weights, strategy)
    return _Ballot(
        spans={name: {span.key: span for span in v.spans} for name, v in versions.items()},
        weights=weights,
        support=strategy.support(versions) if quorum else {},
        quorum=quorum,
    )


def _has_quorum(weights: Mapping[str, float], strategy: Strategy) -> bool:
    return sum(weight > 0 for weight in weights.values()) >= strategy.quorum


def _settle(group: list[Span], ballot: _Ballot, strategy: Strategy) -> Region:
    taken = _taken(group, ballot, strategy)
    dropped: list[Span] = []
    contested: list[Span] = []
    for rest in _overlapping_groups(span for span in group if span not in taken):
        absent = ballot.quorum and _is_absent(rest, ballot, strategy)
        (dropped if absent else contested).extend(rest)
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
            for name, own in ballot.spans.items()
        },
    )


def _taken(group: list[Span], ballot: _Ballot, strategy: Strategy) -> list[Span]:
    """The spans of a region that have enough support and fit together."""
    taken: list[Span] = []
    for span in sorted(group, key=lambda s: (-ballot.support.get(s.key, 0.0), s.key)):
        if not strategy.enough(ballot.support.get(span.key, 0.0)):
            break
        overlapping = [other.key for other in taken if span.overlaps(other)]
        if all(
            any(span.key in own and key in own for own in ballot.spans.values())
            for key in overlapping
        ):
            taken.append(span)
    return sorted(taken, key=lambda s: s.key)


def _is_absent(rest: list[Span], ballot: _Ballot, strategy: Strategy) -> bool:
    """Whether annotators of enough weight marked none of these spans."""
    keys = {span.key for span in rest}
    absent = sum(
        ballot.weights[name] for name, own in ballot.spans.items() if not keys & own.keys()
    )
    if strategy.name != "weighted":
        return strategy.enough(absent)
    # The weights say whether there is any span at all, the probabilities whether each is wrong.
    return absent > 0.5 and all(strategy.enough(1 - ballot.support[key]) for key in keys)


def _within(versions: Versions, start: int, end: int) -> dict[str, tuple[Span, ...]]:
    return {
        name: tuple(s for s in annotation.spans if s.start < end and start < s.end)
        for name, annotation in versions.items()
    }


def _relations(
    versions: Versions, strategy: Strategy, taken: set[SpanKey]
) -> tuple[tuple[Relation, ...], tuple[Relation, ...]]:
    """The relations between taken spans: those that are taken, and those that are contested."""
    by_key = {r.key: r for name in sorted(versions, reverse=True) for r in versions[name].relations}
    drawn = {name: {r.key for r in v.relations} for name, v in versions.items()}
    settled: list[Relation] = []
    contested: list[Relation] = []
    for key, relation in sorted(by_key.items()):
        verdict = _verdict(drawn, key, versions, strategy)
        if relation.head in taken and relation.tail in taken and verdict is not False:
            (contested if verdict is None else settled).append(relation)
    return tuple(settled), tuple(contested)


def _categories(
    versions: Versions, strategy: Strategy
) -> tuple[tuple[Category, ...], tuple[Category, ...]]:
    """The labels of the document: those that are taken, and those that are contested."""
    by_key = {
        c.key: c for name in sorted(versions, reverse=True) for c in versions[name].categories
    }
    given = {name: {c.key for c in v.categories} for name, v in versions.items()}
    settled: list[Category] = []
    contested: list[Category] = []
    for key, category in sorted(by_key.items()):
        verdict = _verdict(given, key, versions, strategy)
        if verdict is not False:
            (contested if verdict is None else settled).append(category)
    return tuple(settled), tuple(contested)


def _verdict(
    keys: Mapping[str, Set[object]], key: object, versions: Versions, strategy: Strategy
) -> bool | None:
    """Whether a relation or category belongs in the result; None if it is contested.

    Args:
        keys: the keys of the relations or categories of each annotator.
        key: the one to judge.
    """
    weights = strategy.weights(versions)
    if not _has_quorum(weights, strategy):
        return None
    share = sum(weights[name] for name, own in keys.items() if key in own)
    if strategy.enough(share):
        return True
    return False if strategy.enough(1 - share) else None
