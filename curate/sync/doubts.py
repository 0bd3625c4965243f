"""Conflicts about what cannot be known: whether a person made a difference. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from curate.annotations.merge import Conflict, ConflictKind
from curate.annotations.merge_relations import Links, LinkSides
from curate.model import Annotation, Category, Relation, Span, SpanKey
from curate.sync.items import Item


def doubtful_conflicts(
    doubtful: Collection[Item], base: Annotation, gold: Annotation, theirs: Annotation
) -> tuple[Conflict, ...]:
    """A conflict for each place in which a doubtful difference is one from the gold too.

    The gold keeps its version until somebody decides.

    Args:
        doubtful: the differences between ``base`` and ``theirs`` that nothing explains.
        base: what was last taken.
        gold: the gold.
        theirs: what Doccano holds.
    """
    spans = {key for kind, key in doubtful if kind == "span"}
    conflicts = [
        _span_conflict(region, base.spans, gold.spans, theirs.spans) for region in _regions(spans)
    ]
    for kind, key in sorted(doubtful, key=repr):
        if kind == "relation" and not {*key[:2]} & spans:
            sides = LinkSides(
                *(Links(relations=_with_key(side.relations, key)) for side in (base, gold, theirs))
            )
            conflicts.append(Conflict(kind="relation", links=sides))
    labels = {key for kind, key in doubtful if kind == "category"}
    if labels:
        sides = LinkSides(
            *(
                Links(categories=tuple(each for each in side.categories if each.label in labels))
                for side in (base, gold, theirs)
            )
        )
        conflicts.append(Conflict(kind="category", links=sides))
    return tuple(conflict for conflict in conflicts if _differs(conflict))


def _with_key(relations: Iterable[Relation], key: object) -> tuple[Relation, ...]:
    return tuple(relation for relation in relations if relation.key == key)


def _span_conflict(
    region: Collection[SpanKey],
    base: Iterable[Span],
    gold: Iterable[Span],
    theirs: Iterable[Span],
) -> Conflict:
    places = [Span(*key) for key in region]

    def within(spans: Iterable[Span]) -> tuple[Span, ...]:
        return tuple(span for span in spans if any(span.overlaps(place) for place in places))

    before, ours, there = within(base), within(gold), within(theirs)
    kind: ConflictKind = "boundary" if ours and there else "delete-edit"
    if not before:
        kind = "add-add"
    return Conflict(kind=kind, base=before, ours=ours, theirs=there)


def _regions(keys: Iterable[SpanKey]) -> list[list[SpanKey]]:
    """Spans that overlap, directly or through others, together."""
    regions: list[list[SpanKey]] = []
    end = -1
    for key in sorted(keys):
        if not regions or key[0] >= end:
            regions.append([])
        regions[-1].append(key)
        end = max(end, key[1])
    return regions


def _differs(conflict: Conflict) -> bool:
    ours, theirs = (_keys(conflict.version(side)) for side in ("ours", "theirs"))
    return ours != theirs


def _keys(items: Iterable[Span | Relation | Category]) -> set[object]:
    return {item.key for item in items}
