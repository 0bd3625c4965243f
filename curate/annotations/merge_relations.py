"""Three-way merge of relations and categories. Pure.

A relation is identified by the spans at its ends, and spans change. So the relations of both sides
are first put between the spans of the base that theirs came from, then merged, and then put between
the merged spans.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from curate.annotations.diff import follow_spans, span_moves
from curate.model import Annotation, Category, Record, Relation, Span, SpanKey

Pair = tuple[SpanKey, SpanKey]


class Links(Record, frozen=True, kw_only=True):
    """The relations and categories of one side in a conflict."""

    relations: tuple[Relation, ...] = ()
    categories: tuple[Category, ...] = ()


class LinkSides(NamedTuple):
    """The relations and categories of base, ours and theirs in one place."""

    base: Links = Links()
    ours: Links = Links()
    theirs: Links = Links()


class SpanRoutes:
    """Where the spans of the base are on both sides and in the merge.

    Args:
        base: what both sides started from.
        ours: one side.
        theirs: the other side.
        spans: the merged spans.
    """

    def __init__(
        self, base: Annotation, ours: Annotation, theirs: Annotation, spans: Iterable[Span]
    ) -> None:
        self._went = [span_moves(base, side) for side in (ours, theirs)]
        self.came = [{new: old for old, new in went.items()} for went in self._went]
        self._merged = {span.key for span in spans}

    def home(self, relations: Iterable[Relation], side: int) -> list[Relation]:
        """Relations of a side, 0 for ours and 1 for theirs, put between spans of the base."""
        return [follow_spans(relation, self.came[side]) for relation in relations]

    def now(self, key: SpanKey) -> SpanKey | None:
        """Where a span of the base, or a new one of a side, is in the merge; None if it is not."""
        candidates = (went.get(key, key) for went in self._went)
        return next((each for each in candidates if each in self._merged), None)

    def on_side(self, key: SpanKey, side: int) -> SpanKey:
        """Where a span of the base is on a side."""
        return self._went[side].get(key, key)

    def placed(self, relation: Relation, side: int = 0) -> Relation:
        """A relation between spans of the base, put between merged spans, else those of a side."""
        ends = (relation.head, relation.tail)
        return follow_spans(
            relation, {key: self.now(key) or self.on_side(key, side) for key in ends}
        )

    def missing(self, relation: Relation) -> set[SpanKey]:
        """Ends of a relation between spans of the base that the merge does not have."""
        return {key for key in (relation.head, relation.tail) if self.now(key) is None}

    def only_miss(self, sides: LinkSides, disputed: Collection[SpanKey]) -> bool:
        """Whether the only spans that relations miss are some disputed spans of theirs."""
        ends = {key for side in sides for each in side.relations for key in self.missing(each)}
        return bool(ends) and all(self.on_side(key, 1) in disputed for key in ends)


class Relations(NamedTuple):
    """Merged relations, between spans of the base; our version where both changed one differently.

    Args:
        ours: relations that our side has.
        theirs: relations that only their side has.
        conflicts: for each pair of spans that both sides changed differently, what each side has.
    """

    ours: list[Relation]
    theirs: list[Relation]
    conflicts: list[LinkSides]


def merge_relations(
    base: Iterable[Relation], ours: Iterable[Relation], theirs: Iterable[Relation]
) -> Relations:
    """Merge the relations between the same spans.

    Both sides changed a relation differently if both removed it and only one side added another
    one, or they added different ones. Otherwise relations are merged as a set: what a side added is
    added, what it removed is removed.
    """
    b, o, t = (_paired(side) for side in (base, ours, theirs))
    merged = Relations([], [], [])
    for pair in sorted(b.keys() | o.keys() | t.keys()):
        before, mine, there = (side.get(pair, {}) for side in (b, o, t))
        removed = before.keys() - mine.keys() - there.keys()
        if removed and mine.keys() - before.keys() != there.keys() - before.keys():
            merged.conflicts.append(LinkSides(*(_links(side) for side in (before, mine, there))))
            merged.ours.extend(mine.values())
            continue
        kept = (mine.keys() & there.keys()) | ((mine.keys() | there.keys()) - before.keys())
        merged.ours.extend(mine[label] for label in sorted(kept & mine.keys()))
        merged.theirs.extend(there[label] for label in sorted(kept - mine.keys()))
    return merged


def merge_categories(
    base: Iterable[Category], ours: Iterable[Category], theirs: Iterable[Category], exclusive: bool
) -> tuple[list[Category], LinkSides | None]:
    """Merge categories as a set, or as a single value if a document has at most one.

    Returns:
        The categories, and what each side has if both changed the single value differently.
    """
    b, o, t = ({each.label: each for each in side} for side in (base, ours, theirs))
    if not exclusive:
        kept = (o.keys() & t.keys()) | ((o.keys() | t.keys()) - b.keys())
        return [o.get(label) or t[label] for label in sorted(kept)], None
    if o.keys() == t.keys() or t.keys() == b.keys():
        return [*o.values()], None
    if o.keys() == b.keys():
        return [*t.values()], None
    sides = (Links(categories=tuple(side.values())) for side in (b, o, t))
    return [*o.values()], LinkSides(*sides)


def relations_on(relations: Iterable[Relation], spans: Iterable[Span]) -> Iterator[Relation]:
    """Relations with an end among some spans."""
    keys = {span.key for span in spans}
    return (each for each in relations if each.head in keys or each.tail in keys)


def undecided(merged: Relations, routes: SpanRoutes) -> Iterator[LinkSides]:
    """What both sides changed differently, and relations of which one side deleted a span."""
    yield from merged.conflicts
    for each in merged.ours:
        if routes.missing(each):
            yield LinkSides(ours=Links(relations=(each,)))
    for each in merged.theirs:
        if routes.missing(each):
            yield LinkSides(theirs=Links(relations=(each,)))


def grouped_by_span(
    open_links: Iterable[LinkSides], routes: SpanRoutes
) -> list[tuple[set[SpanKey], LinkSides]]:
    """Group what misses the same span; each group comes with the spans that it misses."""
    groups: list[tuple[set[SpanKey], LinkSides]] = []
    for sides in open_links:
        ends = {key for side in sides for each in side.relations for key in routes.missing(each)}
        for group in [group for group in groups if group[0] & ends]:
            groups.remove(group)
            ends, sides = ends | group[0], _joined(group[1], sides)
        groups.append((ends, sides))
    return groups


def _joined(first: LinkSides, second: LinkSides) -> LinkSides:
    return LinkSides(
        *(
            Links(relations=tuple(dict.fromkeys((*a.relations, *b.relations))))
            for a, b in zip(first, second, strict=True)
        )
    )


def span_pairs(links: Iterable[Links]) -> set[Pair]:
    """The pairs of spans between which there are relations."""
    return {(each.head, each.tail) for side in links for each in side.relations}


def _paired(relations: Iterable[Relation]) -> dict[Pair, dict[str, Relation]]:
    paired: dict[Pair, dict[str, Relation]] = {}
    for relation in relations:
        paired.setdefault((relation.head, relation.tail), {})[relation.label] = relation
    return paired


def _links(relations: Mapping[str, Relation]) -> Links:
    return Links(relations=tuple(relations[label] for label in sorted(relations)))
