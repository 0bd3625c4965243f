"""Three-way merge of annotations: pure, and it never drops what a person did.

``base`` is what both sides last agreed on, ``ours`` the gold, ``theirs`` what Doccano holds now.
The unit is the region: changed spans that overlap, directly or through others, belong to one
region. A region that one side changed is taken from that side; one that both changed alike is
taken once; one that both changed differently is a conflict, and keeps ours until it is settled.
The rule is that of diff3 (Khanna, Kunal and Pierce 2007, "A Formal Investigation of Diff3"), with
overlapping spans in the place of adjacent lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from curate.model import Annotation, Keyed, Record, Relation, Span, SpanKey

Side = Literal["base", "ours", "theirs"]
Kind = Literal[
    "relabel", "boundary", "delete-edit", "add-add", "relation", "document-deleted", "text-changed"
]


class Conflict(Record, frozen=True, kw_only=True):
    """Both sides changed one region, differently. Each version holds that side's spans there.

    ``document-deleted`` and ``text-changed`` concern the document as a whole: it was deleted in
    Doccano, or its text was changed there.

    Args:
        ours_by: who made our version, ``annotator:…`` or ``curator:…``; ``ours_at`` when.
        theirs_by: who made theirs, as far as Doccano tells; ``theirs_at`` when.
    """

    kind: Kind
    base: tuple[Span, ...] = ()
    ours: tuple[Span, ...] = ()
    theirs: tuple[Span, ...] = ()
    relation: Relation | None = None
    ours_by: str = ""
    ours_at: str = ""
    theirs_by: str = ""
    theirs_at: str = ""

    @property
    def whole(self) -> bool:
        """Whether it concerns the document as a whole and not a place in it."""
        return self.kind in ("document-deleted", "text-changed")


class Merged(Record, frozen=True, kw_only=True):
    """What a merge gives: the annotation (ours where in conflict) and the open conflicts."""

    annotation: Annotation
    conflicts: tuple[Conflict, ...] = ()


def merge(base: Annotation, ours: Annotation, theirs: Annotation) -> Merged:
    """Merge two annotations of one document that grew from ``base``."""
    spans, conflicts = _merge_spans(base.spans, ours.spans, theirs.spans)
    relations = _merge_set(base.relations, ours.relations, theirs.relations)
    kept, dangling = _split_dangling(relations, spans)
    merged = msgspec.structs.replace(
        ours,
        spans=tuple(spans),
        relations=tuple(kept),
        categories=tuple(_merge_set(base.categories, ours.categories, theirs.categories)),
    )
    lost = [Conflict(kind="relation", relation=relation) for relation in dangling]
    return Merged(annotation=merged.sorted(), conflicts=(*conflicts, *lost))


def settle(annotation: Annotation, conflict: Conflict, take: Side) -> Annotation:
    """Put one side's version of a conflict into an annotation that holds ours."""
    if conflict.relation is not None:
        more = (conflict.relation,) if take != "base" else ()
        return msgspec.structs.replace(annotation, relations=annotation.relations + more).sorted()
    wanted: tuple[Span, ...] = getattr(conflict, take)
    region = {span.key for span in _places(conflict)}
    kept = tuple(span for span in annotation.spans if span.key not in region)
    return msgspec.structs.replace(annotation, spans=kept + wanted).sorted()


def outstanding(
    old: Iterable[Conflict], new: Iterable[Conflict], gold: Annotation, theirs: Annotation
) -> tuple[Conflict, ...]:
    """Conflicts that are open after a merge: the new ones, and the old ones nobody settled since.

    An old one is settled when both sides say the same in its place now, and replaced when a new one
    overlaps it.
    """
    fresh = tuple(new)
    kept = [
        conflict
        for conflict in old
        if not any(_touch(conflict, other) for other in fresh)
        and _within(gold, conflict) != _within(theirs, conflict)
    ]
    return (*kept, *fresh)


def _places(conflict: Conflict) -> tuple[Span, ...]:
    return (*conflict.base, *conflict.ours, *conflict.theirs)


def _touch(first: Conflict, second: Conflict) -> bool:
    return any(a.overlaps(b) for a in _places(first) for b in _places(second))


def _within(annotation: Annotation, conflict: Conflict) -> set[SpanKey]:
    places = _places(conflict)
    return {s.key for s in annotation.spans if any(s.overlaps(place) for place in places)}


def _merge_spans(
    base: Iterable[Span], ours: Iterable[Span], theirs: Iterable[Span]
) -> tuple[list[Span], list[Conflict]]:
    b, o, t = ({span.key: span for span in side} for side in (base, ours, theirs))
    changed = (b.keys() ^ o.keys()) | (b.keys() ^ t.keys())
    result = {key: o[key] for key in o.keys() - changed}
    conflicts: list[Conflict] = []
    for region in _regions(changed):
        ours_changed = (b.keys() ^ o.keys()) & region
        theirs_changed = (b.keys() ^ t.keys()) & region
        if ours_changed and theirs_changed and ours_changed != theirs_changed:
            conflicts.append(_conflict(*(_pick(side, region) for side in (b, o, t))))
        taken = o if ours_changed else t
        result.update({key: taken[key] for key in region & taken.keys()})
    return list(result.values()), conflicts


def _regions(keys: Iterable[SpanKey]) -> list[set[SpanKey]]:
    regions: list[set[SpanKey]] = []
    end = -1
    for key in sorted(keys):
        if not regions or key[0] >= end:
            regions.append(set())
        regions[-1].add(key)
        end = max(end, key[1])
    return regions


def _pick(side: dict[SpanKey, Span], region: set[SpanKey]) -> tuple[Span, ...]:
    return tuple(side[key] for key in sorted(side.keys() & region))


def _conflict(base: tuple[Span, ...], ours: tuple[Span, ...], theirs: tuple[Span, ...]) -> Conflict:
    return Conflict(kind=_kind(base, ours, theirs), base=base, ours=ours, theirs=theirs)


def _kind(base: tuple[Span, ...], ours: tuple[Span, ...], theirs: tuple[Span, ...]) -> Kind:
    if not ours or not theirs:
        return "delete-edit"
    if not base:
        return "add-add"
    ranges = ([(s.start, s.end) for s in ours], [(s.start, s.end) for s in theirs])
    return "relabel" if ranges[0] == ranges[1] else "boundary"


def _merge_set(
    base: Iterable[Keyed], ours: Iterable[Keyed], theirs: Iterable[Keyed]
) -> list[Keyed]:
    b = {item.key for item in base}
    o = {item.key: item for item in ours}
    t = {item.key: item for item in theirs}
    kept = (o.keys() & t.keys()) | ((o.keys() | t.keys()) - b)
    return [o.get(key) or t[key] for key in kept]


def _split_dangling(
    relations: Iterable[Relation], spans: Iterable[Span]
) -> tuple[list[Relation], list[Relation]]:
    keys = {span.key for span in spans}
    kept: list[Relation] = []
    dangling: list[Relation] = []
    for relation in relations:
        whole = relation.head in keys and relation.tail in keys
        (kept if whole else dangling).append(relation)
    return kept, dangling
