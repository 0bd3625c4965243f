"""Three-way merge of what hangs on spans and on documents: relations and categories. Pure.

A relation is known by its ends, and spans change: so it is followed. Both sides' relations are
first read as relations between spans of the base, wherever these went, then merged, and then put
between the spans that the merge gave.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from curate.annotations.diff import followed, moves
from curate.model import Annotation, Category, Record, Relation, Span, SpanKey

Pair = tuple[SpanKey, SpanKey]


class Links(Record, frozen=True, kw_only=True):
    """Relations and categories that are at stake in a conflict, as one side has them."""

    relations: tuple[Relation, ...] = ()
    categories: tuple[Category, ...] = ()


class Sides(NamedTuple):
    """What base, ours and theirs have in one place."""

    base: Links = Links()
    ours: Links = Links()
    theirs: Links = Links()


class Routes:
    """Where the spans of the base went on both sides, and in the merge.

    Args:
        base: what both sides grew from.
        ours: one side.
        theirs: the other.
        spans: the spans that the merge gave.
    """

    def __init__(
        self, base: Annotation, ours: Annotation, theirs: Annotation, spans: Iterable[Span]
    ) -> None:
        self._went = [moves(base, side) for side in (ours, theirs)]
        self.came = [{new: old for old, new in went.items()} for went in self._went]
        self._merged = {span.key for span in spans}

    def home(self, relations: Iterable[Relation], side: int) -> list[Relation]:
        """Relations of a side, 0 for ours and 1 for theirs, between the spans they came from."""
        return [followed(relation, self.came[side]) for relation in relations]

    def now(self, key: SpanKey) -> SpanKey | None:
        """Where a span of the base, or a new one of a side, is in the merge; None if nowhere."""
        candidates = (went.get(key, key) for went in self._went)
        return next((each for each in candidates if each in self._merged), None)

    def on_side(self, key: SpanKey, side: int) -> SpanKey:
        """Where a span of the base is on a side."""
        return self._went[side].get(key, key)

    def placed(self, relation: Relation, side: int = 0) -> Relation:
        """A relation between spans of the base, put between those of the merge, else of a side."""
        ends = (relation.head, relation.tail)
        return followed(relation, {key: self.now(key) or self.on_side(key, side) for key in ends})

    def missing(self, relation: Relation) -> set[SpanKey]:
        """Ends of a relation between spans of the base that the merge has not."""
        return {key for key in (relation.head, relation.tail) if self.now(key) is None}

    def lost_in(self, sides: Sides, fought: Collection[SpanKey]) -> bool:
        """Whether relations miss no other spans than some of theirs."""
        ends = {key for side in sides for each in side.relations for key in self.missing(each)}
        return bool(ends) and all(self.on_side(key, 1) in fought for key in ends)


class Relations(NamedTuple):
    """Merged relations, between spans of the base; ours where both sides changed one differently.

    Args:
        ours: those that ours has.
        theirs: those that only theirs has.
        conflicts: for each pair of spans that both sides changed differently, what each has.
    """

    ours: list[Relation]
    theirs: list[Relation]
    conflicts: list[Sides]


def merge_relations(
    base: Iterable[Relation], ours: Iterable[Relation], theirs: Iterable[Relation]
) -> Relations:
    """Merge the relations between the same spans.

    Both sides changed a relation differently if both took it away and put different ones, or one
    and none, in its place. Anything else is a set: what a side added is added, what it took away is
    gone.
    """
    b, o, t = (_paired(side) for side in (base, ours, theirs))
    found = Relations([], [], [])
    for pair in sorted(b.keys() | o.keys() | t.keys()):
        before, mine, there = (side.get(pair, {}) for side in (b, o, t))
        taken = before.keys() - mine.keys() - there.keys()
        if taken and mine.keys() - before.keys() != there.keys() - before.keys():
            found.conflicts.append(Sides(*(_links(side) for side in (before, mine, there))))
            found.ours.extend(mine.values())
            continue
        kept = (mine.keys() & there.keys()) | ((mine.keys() | there.keys()) - before.keys())
        found.ours.extend(mine[label] for label in sorted(kept & mine.keys()))
        found.theirs.extend(there[label] for label in sorted(kept - mine.keys()))
    return found


def merge_categories(
    base: Iterable[Category], ours: Iterable[Category], theirs: Iterable[Category], exclusive: bool
) -> tuple[list[Category], Sides | None]:
    """Merge categories: as a set, or as one value where a document has one at most.

    Returns:
        The categories, and what each side has if both changed the one value differently.
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
    return [*o.values()], Sides(*sides)


def hanging(relations: Iterable[Relation], spans: Iterable[Span]) -> Iterator[Relation]:
    """Relations that have an end among some spans."""
    keys = {span.key for span in spans}
    return (each for each in relations if each.head in keys or each.tail in keys)


def torn(found: Relations, routes: Routes) -> Iterator[Sides]:
    """What needs a decision: what both sides changed, and relations whose span one side deleted."""
    yield from found.conflicts
    for each in found.ours:
        if routes.missing(each):
            yield Sides(ours=Links(relations=(each,)))
    for each in found.theirs:
        if routes.missing(each):
            yield Sides(theirs=Links(relations=(each,)))


def grouped(stakes: Iterable[Sides], routes: Routes) -> list[tuple[set[SpanKey], Sides]]:
    """Put together what misses the same span; with each group the spans that it misses."""
    groups: list[tuple[set[SpanKey], Sides]] = []
    for sides in stakes:
        ends = {key for side in sides for each in side.relations for key in routes.missing(each)}
        for group in [group for group in groups if group[0] & ends]:
            groups.remove(group)
            ends, sides = ends | group[0], _joined(group[1], sides)
        groups.append((ends, sides))
    return groups


def _joined(first: Sides, second: Sides) -> Sides:
    return Sides(
        *(
            Links(relations=tuple(dict.fromkeys((*a.relations, *b.relations))))
            for a, b in zip(first, second, strict=True)
        )
    )


def pairs(links: Iterable[Links]) -> set[Pair]:
    """The pairs of spans between which there are relations."""
    return {(each.head, each.tail) for side in links for each in side.relations}


def _paired(relations: Iterable[Relation]) -> dict[Pair, dict[str, Relation]]:
    found: dict[Pair, dict[str, Relation]] = {}
    for each in relations:
        found.setdefault((each.head, each.tail), {})[each.label] = each
    return found


def _links(relations: Mapping[str, Relation]) -> Links:
    return Links(relations=tuple(relations[label] for label in sorted(relations)))
