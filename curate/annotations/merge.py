"""Three-way merge of annotations, which never drops a person's work. Pure.

``base`` is what both sides last agreed on, ``ours`` the gold, ``theirs`` what Doccano has now. The
unit is the region: changed spans that overlap, directly or through others, form one region. A
region that only one side changed is taken from that side, and one that both changed alike is taken
once. A region that both changed differently is a conflict, and keeps our version until it is
settled. The rule is that of diff3 (Khanna, Kunal and Pierce 2007, "A Formal Investigation of
Diff3"), with overlapping spans in the place of adjacent lines. Relations follow their spans, see
``curate.annotations.merge_relations``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from curate.annotations.diff import follow_spans, span_moves
from curate.annotations.merge_relations import (
    Links,
    LinkSides,
    SpanRoutes,
    grouped_by_span,
    merge_categories,
    merge_relations,
    relations_on,
    span_pairs,
    undecided,
)
from curate.model import Annotation, Category, Record, Relation, Span, SpanKey

ConflictSide = Literal["base", "ours", "theirs"]
ConflictKind = Literal[
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
    """A region that both sides changed differently.

    ``relation``: both sides changed a relation differently, or one side deleted a span to which the
    other side added a relation. ``category``: both sides changed the category of a document that
    may have only one. ``document-deleted`` and ``text-changed`` concern the whole document: it was
    deleted in a Doccano project, or its text was changed there.

    Args:
        kind: what the sides disagree on.
        base: the spans of the base in the region.
        ours: our spans there.
        theirs: their spans there.
        links: each side's relations on these spans, or its categories.
        ours_by: author of our version, ``annotator:…`` or ``curator:…``.
        ours_at: when.
        theirs_by: author of their version, as far as Doccano tells.
        theirs_at: when.
        project: marker of the project, if the conflict concerns the whole document.
    """

    kind: ConflictKind
    base: tuple[Span, ...] = ()
    ours: tuple[Span, ...] = ()
    theirs: tuple[Span, ...] = ()
    links: LinkSides = LinkSides()
    ours_by: str = ""
    ours_at: str = ""
    theirs_by: str = ""
    theirs_at: str = ""
    project: str = ""

    def version(self, side: ConflictSide) -> tuple[Span | Relation | Category, ...]:
        """Everything that a side has in the region."""
        spans: tuple[Span, ...] = getattr(self, side)
        links: Links = getattr(self.links, side)
        return (*spans, *links.relations, *links.categories)

    @property
    def concerns_document(self) -> bool:
        """Whether it concerns the whole document and not a place in it."""
        return self.kind in ("document-deleted", "text-changed")


class MergeResult(Record, frozen=True, kw_only=True):
    """The merged annotation, which keeps our version in conflicts, and the conflicts."""

    annotation: Annotation
    conflicts: tuple[Conflict, ...] = ()


def merge(
    base: Annotation, ours: Annotation, theirs: Annotation, exclusive: bool = False
) -> MergeResult:
    """Merge two annotations of one document that both started from ``base``.

    Args:
        exclusive: whether a document has at most one category.
    """
    spans, conflicts = _merge_spans(base.spans, ours.spans, theirs.spans)
    routes = SpanRoutes(base, ours, theirs, spans)
    relations = merge_relations(
        base.relations, routes.home(ours.relations, 0), routes.home(theirs.relations, 1)
    )
    disputed = {span.key for conflict in conflicts for span in conflict.theirs}
    open_links = [
        each for each in undecided(relations, routes) if not routes.only_miss(each, disputed)
    ]
    kept, relation_conflicts = _relation_conflicts(open_links, routes, (base, ours, theirs), spans)
    routes = SpanRoutes(base, ours, theirs, (*spans, *kept))
    complete = [each for each in (*relations.ours, *relations.theirs) if not routes.missing(each)]
    categories, category_sides = merge_categories(
        base.categories, ours.categories, theirs.categories, exclusive
    )
    annotation = msgspec.structs.replace(
        ours,
        spans=(*spans, *kept),
        relations=tuple(routes.placed(each) for each in complete),
        categories=tuple(categories),
    )
    return MergeResult(
        annotation=annotation.sorted(),
        conflicts=(
            *(_with_links(conflict, routes, base, ours, theirs) for conflict in conflicts),
            *(_placed(conflict, routes) for conflict in relation_conflicts),
            *([Conflict(kind="category", links=category_sides)] if category_sides else []),
        ),
    )


def settle_conflict(annotation: Annotation, conflict: Conflict, take: ConflictSide) -> Annotation:
    """Put one side's version of a conflict into an annotation that has our version."""
    wanted: tuple[Span, ...] = getattr(conflict, take)
    links: Links = getattr(conflict.links, take)
    region = {span.key for span in _places(conflict)}
    spans = tuple(span for span in annotation.spans if span.key not in region) + wanted
    keys = {span.key for span in spans}
    moved = span_moves(annotation, msgspec.structs.replace(annotation, spans=spans))
    disputed = {relation.key for side in conflict.links for relation in side.relations}
    rest = [follow_spans(each, moved) for each in annotation.relations if each.key not in disputed]
    disputed_labels = {category.key for side in conflict.links for category in side.categories}
    categories = [each for each in annotation.categories if each.key not in disputed_labels]
    return msgspec.structs.replace(
        annotation,
        spans=spans,
        relations=tuple(r for r in (*rest, *links.relations) if {r.head, r.tail} <= keys),
        categories=(*categories, *links.categories),
    ).sorted()


def open_conflicts(
    old: Iterable[Conflict], new: Iterable[Conflict], gold: Annotation, theirs: Annotation
) -> tuple[Conflict, ...]:
    """Conflicts that are open after a merge: the new ones, and old ones that nobody has settled.

    An old conflict is settled when both sides now say the same in its place, and replaced when a
    new one overlaps it. A merge never settles a conflict about the whole document.
    """
    fresh = tuple(new)
    kept = [
        conflict
        for conflict in old
        if conflict.concerns_document
        or (
            not any(_touch(conflict, other) for other in fresh)
            and content_at(gold, conflict) != content_at(theirs, conflict)
        )
    ]
    return (*kept, *fresh)


def _places(conflict: Conflict) -> tuple[Span, ...]:
    return (*conflict.base, *conflict.ours, *conflict.theirs)


def _touch(first: Conflict, second: Conflict) -> bool:
    return (
        any(a.overlaps(b) for a in _places(first) for b in _places(second))
        or bool(span_pairs(first.links) & span_pairs(second.links))
        or first.kind == second.kind == "category"
    )


def content_at(
    annotation: Annotation, conflict: Conflict
) -> tuple[set[SpanKey], set[str], set[str]]:
    """What an annotation has in the place of a conflict: spans, relation labels and categories."""
    places = _places(conflict)
    spans = {s.key for s in annotation.spans if any(s.overlaps(place) for place in places)}
    if conflict.kind == "category":
        return spans, set(), {category.label for category in annotation.categories}
    joined = span_pairs(conflict.links) if conflict.kind == "relation" else set()
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
        chosen = o if ours_changed else t
        result.update({key: chosen[key] for key in region & chosen.keys()})
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


def _kind(base: tuple[Span, ...], ours: tuple[Span, ...], theirs: tuple[Span, ...]) -> ConflictKind:
    if not ours or not theirs:
        return "delete-edit"
    if not base:
        return "add-add"
    ranges = ([(s.start, s.end) for s in ours], [(s.start, s.end) for s in theirs])
    return "relabel" if ranges[0] == ranges[1] else "boundary"


def _relation_conflicts(
    open_links: Iterable[LinkSides],
    routes: SpanRoutes,
    sides: tuple[Annotation, Annotation, Annotation],
    spans: Iterable[Span],
) -> tuple[list[Span], list[Conflict]]:
    """Conflicts about relations, with the spans at their ends that one side deleted.

    Returns:
        Our spans that are kept for the sake of relations, where no other span overlaps them, and
        the conflicts, whose relations are still between spans of the base.
    """
    kept: list[Span] = []
    conflicts: list[Conflict] = []
    for ends, links in grouped_by_span(open_links, routes):
        keys = (ends, *({routes.on_side(key, number) for key in ends} for number in (0, 1)))
        base, ours, theirs = (
            tuple(span for span in side.spans if span.key in wanted)
            for side, wanted in zip(sides, keys, strict=True)
        )
        kept += [s for s in ours if not any(s.overlaps(other) for other in (*spans, *kept))]
        conflicts.append(
            Conflict(kind="relation", base=base, ours=ours, theirs=theirs, links=links)
        )
    return kept, conflicts


def _placed(conflict: Conflict, routes: SpanRoutes) -> Conflict:
    """A conflict about relations, put between spans of the merge, else of their own side."""
    links = [
        Links(relations=tuple(routes.placed(each, number) for each in side.relations))
        for number, side in zip((0, 0, 1), conflict.links, strict=True)
    ]
    return msgspec.structs.replace(conflict, links=LinkSides(*links))


def _with_links(
    conflict: Conflict, routes: SpanRoutes, base: Annotation, ours: Annotation, theirs: Annotation
) -> Conflict:
    """A conflict about spans, with the relations on each side's spans."""
    links = [
        _links_on(base, conflict.base, {}, routes),
        _links_on(ours, conflict.ours, routes.came[0], routes),
        _links_on(theirs, conflict.theirs, routes.came[1], routes),
    ]
    return msgspec.structs.replace(conflict, links=LinkSides(*links))


def _links_on(
    side: Annotation,
    spans: tuple[Span, ...],
    came: Mapping[SpanKey, SpanKey],
    routes: SpanRoutes,
) -> Links:
    own = {span.key for span in spans}

    def end(key: SpanKey) -> SpanKey:
        return key if key in own else routes.now(came.get(key, key)) or key

    relations = (
        msgspec.structs.replace(each, head=end(each.head), tail=end(each.tail))
        for each in relations_on(side.relations, spans)
    )
    return Links(relations=tuple(relations))
