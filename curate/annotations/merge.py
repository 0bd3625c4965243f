"""Three-way merge of annotations: pure, and it never drops what a person did.

``base`` is what both sides last agreed on, ``ours`` the gold, ``theirs`` what Doccano holds now.
The unit is the region: changed spans that overlap, directly or through others, belong to one
region. A region that one side changed is taken from that side; one that both changed alike is
taken once; one that both changed differently is a conflict, and keeps ours until it is settled.
The rule is that of diff3 (Khanna, Kunal and Pierce 2007, "A Formal Investigation of Diff3"), with
overlapping spans in the place of adjacent lines. Relations follow their spans, see
``curate.annotations.merge_relations``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from curate.annotations.diff import followed, moves
from curate.annotations.merge_relations import (
    Links,
    Routes,
    Sides,
    grouped,
    hanging,
    merge_categories,
    merge_relations,
    pairs,
    torn,
)
from curate.model import Annotation, Category, Record, Relation, Span, SpanKey

Side = Literal["base", "ours", "theirs"]
Kind = Literal[
    "relabel",
    "boundary",
    "delete-edit",
    "add-add",
    "relation",
    "category",
    "document-deleted",
    "text-changed",
]


class Conflict(Record, frozen=True, kw_only=True):
    """Both sides changed one region, differently. Each version holds that side's spans there.

    ``relation``: both changed a relation differently, or one deleted a span to which the other put
    a relation. ``category``: both changed the category of a document that has one at most.
    ``document-deleted`` and ``text-changed`` concern the document as a whole: it was deleted in
    one project of Doccano, or its text was changed there.

    Args:
        links: each side's relations on the spans, or its categories, that go with its version.
        ours_by: who made our version, ``annotator:…`` or ``curator:…``; ``ours_at`` when.
        theirs_by: who made theirs, as far as Doccano tells; ``theirs_at`` when.
        project: marker of the project, where the document as a whole is concerned.
    """

    kind: Kind
    base: tuple[Span, ...] = ()
    ours: tuple[Span, ...] = ()
    theirs: tuple[Span, ...] = ()
    links: Sides = Sides()
    ours_by: str = ""
    ours_at: str = ""
    theirs_by: str = ""
    theirs_at: str = ""
    project: str = ""

    def version(self, side: Side) -> tuple[Span | Relation | Category, ...]:
        """Everything that a side has in this place."""
        spans: tuple[Span, ...] = getattr(self, side)
        links: Links = getattr(self.links, side)
        return (*spans, *links.relations, *links.categories)

    @property
    def concerns_document(self) -> bool:
        """Whether it concerns the whole document and not a place in it."""
        return self.kind in ("document-deleted", "text-changed")


class MergeResult(Record, frozen=True, kw_only=True):
    """What a merge gives: the annotation (ours where in conflict) and the open conflicts."""

    annotation: Annotation
    conflicts: tuple[Conflict, ...] = ()


def merge(
    base: Annotation, ours: Annotation, theirs: Annotation, exclusive: bool = False
) -> MergeResult:
    """Merge two annotations of one document that grew from ``base``.

    Args:
        exclusive: whether a document has one category at most.
    """
    spans, conflicts = _merge_spans(base.spans, ours.spans, theirs.spans)
    routes = Routes(base, ours, theirs, spans)
    found = merge_relations(
        base.relations, routes.home(ours.relations, 0), routes.home(theirs.relations, 1)
    )
    fought = {span.key for conflict in conflicts for span in conflict.theirs}
    stakes = [each for each in torn(found, routes) if not routes.lost_in(each, fought)]
    kept, parted = _part(stakes, routes, (base, ours, theirs), spans)
    routes = Routes(base, ours, theirs, (*spans, *kept))
    whole = [each for each in (*found.ours, *found.theirs) if not routes.missing(each)]
    categories, filed = merge_categories(
        base.categories, ours.categories, theirs.categories, exclusive
    )
    annotation = msgspec.structs.replace(
        ours,
        spans=(*spans, *kept),
        relations=tuple(routes.placed(each) for each in whole),
        categories=tuple(categories),
    )
    return MergeResult(
        annotation=annotation.sorted(),
        conflicts=(
            *(_with_links(conflict, routes, base, ours, theirs) for conflict in conflicts),
            *(_placed(conflict, routes) for conflict in parted),
            *([Conflict(kind="category", links=filed)] if filed else []),
        ),
    )


def settle(annotation: Annotation, conflict: Conflict, take: Side) -> Annotation:
    """Put one side's version of a conflict into an annotation that holds ours."""
    wanted: tuple[Span, ...] = getattr(conflict, take)
    links: Links = getattr(conflict.links, take)
    region = {span.key for span in _places(conflict)}
    spans = tuple(span for span in annotation.spans if span.key not in region) + wanted
    keys = {span.key for span in spans}
    moved = moves(annotation, msgspec.structs.replace(annotation, spans=spans))
    stake = {relation.key for side in conflict.links for relation in side.relations}
    rest = [followed(each, moved) for each in annotation.relations if each.key not in stake]
    filed = {category.key for side in conflict.links for category in side.categories}
    categories = [each for each in annotation.categories if each.key not in filed]
    return msgspec.structs.replace(
        annotation,
        spans=spans,
        relations=tuple(r for r in (*rest, *links.relations) if {r.head, r.tail} <= keys),
        categories=(*categories, *links.categories),
    ).sorted()


def outstanding(
    old: Iterable[Conflict], new: Iterable[Conflict], gold: Annotation, theirs: Annotation
) -> tuple[Conflict, ...]:
    """Conflicts that are open after a merge: the new ones, and the old ones nobody settled since.

    An old one is settled when both sides say the same in its place now, and replaced when a new one
    overlaps it. One about the document as a whole is not for a merge to settle.
    """
    fresh = tuple(new)
    kept = [
        conflict
        for conflict in old
        if conflict.concerns_document
        or (
            not any(_touch(conflict, other) for other in fresh)
            and within(gold, conflict) != within(theirs, conflict)
        )
    ]
    return (*kept, *fresh)


def _places(conflict: Conflict) -> tuple[Span, ...]:
    return (*conflict.base, *conflict.ours, *conflict.theirs)


def _touch(first: Conflict, second: Conflict) -> bool:
    return (
        any(a.overlaps(b) for a in _places(first) for b in _places(second))
        or bool(pairs(first.links) & pairs(second.links))
        or first.kind == second.kind == "category"
    )


def within(annotation: Annotation, conflict: Conflict) -> tuple[set[SpanKey], set[str], set[str]]:
    """What an annotation says in the place of a conflict: spans, and labels of the rest."""
    places = _places(conflict)
    spans = {s.key for s in annotation.spans if any(s.overlaps(place) for place in places)}
    if conflict.kind == "category":
        return spans, set(), {category.label for category in annotation.categories}
    joined = pairs(conflict.links) if conflict.kind == "relation" else set()
    relations = {r.label for r in annotation.relations if (r.head, r.tail) in joined}
    return spans, relations, set()


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


def _part(
    stakes: Iterable[Sides],
    routes: Routes,
    sides: tuple[Annotation, Annotation, Annotation],
    spans: Iterable[Span],
) -> tuple[list[Span], list[Conflict]]:
    """Conflicts about relations, with the spans at their ends that one side deleted.

    Returns:
        The spans of ours that stay for the sake of relations, where nothing is in the way, and the
        conflicts, whose relations are still between spans of the base.
    """
    kept: list[Span] = []
    conflicts: list[Conflict] = []
    for ends, links in grouped(stakes, routes):
        keys = (ends, *({routes.on_side(key, number) for key in ends} for number in (0, 1)))
        base, ours, theirs = (
            tuple(span for span in side.spans if span.key in there)
            for side, there in zip(sides, keys, strict=True)
        )
        kept += [s for s in ours if not any(s.overlaps(other) for other in (*spans, *kept))]
        conflicts.append(
            Conflict(kind="relation", base=base, ours=ours, theirs=theirs, links=links)
        )
    return kept, conflicts


def _placed(conflict: Conflict, routes: Routes) -> Conflict:
    """A conflict about relations with these between spans of the merge, or of their own side."""
    links = [
        Links(relations=tuple(routes.placed(each, number) for each in side.relations))
        for number, side in zip((0, 0, 1), conflict.links, strict=True)
    ]
    return msgspec.structs.replace(conflict, links=Sides(*links))


def _with_links(
    conflict: Conflict, routes: Routes, base: Annotation, ours: Annotation, theirs: Annotation
) -> Conflict:
    """A conflict about spans with the relations that hang on each side's."""
    links = [
        _hanging(base, conflict.base, {}, routes),
        _hanging(ours, conflict.ours, routes.came[0], routes),
        _hanging(theirs, conflict.theirs, routes.came[1], routes),
    ]
    return msgspec.structs.replace(conflict, links=Sides(*links))


def _hanging(
    side: Annotation,
    spans: tuple[Span, ...],
    came: Mapping[SpanKey, SpanKey],
    routes: Routes,
) -> Links:
    own = {span.key for span in spans}

    def end(key: SpanKey) -> SpanKey:
        return key if key in own else routes.now(came.get(key, key)) or key

    found = [
        msgspec.structs.replace(each, head=end(each.head), tail=end(each.tail))
        for each in hanging(side.relations, spans)
    ]
    return Links(relations=tuple(found))
