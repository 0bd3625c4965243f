"""Compare two annotations of one document: what they share, and how one became the other. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from curate.model import Annotation, Category, Keyed, Record, Relation, Span, SpanKey


def common_part(first: Annotation, second: Annotation) -> Annotation:
    """The part that both annotations have."""
    return msgspec.structs.replace(
        first,
        spans=_both(first.spans, second.spans),
        relations=_both(first.relations, second.relations),
        categories=_both(first.categories, second.categories),
    )


def _both(first: tuple[Keyed, ...], second: tuple[Keyed, ...]) -> tuple[Keyed, ...]:
    keys = {item.key for item in second}
    return tuple(item for item in first if item.key in keys)


class Changes(Record, frozen=True, kw_only=True):
    """How one annotation became another, span by span. Pairs are (before, after)."""

    kept: tuple[Span, ...] = ()
    relabelled: tuple[tuple[Span, Span], ...] = ()
    moved: tuple[tuple[Span, Span], ...] = ()
    replaced: tuple[tuple[Span, Span], ...] = ()
    added: tuple[Span, ...] = ()
    removed: tuple[Span, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """Number of spans of each kind."""
        return {name: len(getattr(self, name)) for name in self.__struct_fields__}

    def pairs(self) -> list[tuple[str, Span | None, Span | None]]:
        """Every change as kind, span before and span after; an added span has none before."""
        return [
            *(("relabelled", old, new) for old, new in self.relabelled),
            *(("moved", old, new) for old, new in self.moved),
            *(("replaced", old, new) for old, new in self.replaced),
            *(("added", None, span) for span in self.added),
            *(("removed", span, None) for span in self.removed),
        ]


def compare(before: Annotation, after: Annotation) -> Changes:
    """Compare two annotations of one document.

    A span with the same offsets and another label is relabelled, one with other offsets and the
    same label is moved, and one that changed in both is replaced; a moved or replaced span overlaps
    the old one. Every span is counted once.
    """
    new = {span.key: span for span in after.spans}
    if before.spans == after.spans:
        return Changes(kept=tuple(new[key] for key in sorted(new)))
    old = {span.key: span for span in before.spans}
    kept = tuple(new[key] for key in sorted(old.keys() & new.keys()))
    gone = {key: old[key] for key in sorted(old.keys() - new.keys())}
    fresh = {key: new[key] for key in sorted(new.keys() - old.keys())}
    relabelled = _pairs(gone, fresh, lambda a, b: (a.start, a.end) == (b.start, b.end))
    moved = _pairs(gone, fresh, lambda a, b: a.label == b.label and a.overlaps(b))
    replaced = _pairs(gone, fresh, Span.overlaps)
    return Changes(
        kept=kept,
        relabelled=relabelled,
        moved=moved,
        replaced=replaced,
        added=tuple(fresh.values()),
        removed=tuple(gone.values()),
    )


def describe_changes(before: Annotation, after: Annotation) -> str:
    """The changes in words: ``2 kept, 1 added, 1 relation removed``; empty if there is nothing.

    A relation that only followed its spans is not counted.
    """
    words = [f"{count} {kind}" for kind, count in compare(before, after).counts.items() if count]
    moved = span_moves(before, after)
    relations = ({follow_spans(r, moved).key for r in before.relations}, _keys(after.relations))
    categories = (_keys(before.categories), _keys(after.categories))
    for (old, new), one, many in (
        (relations, "relation", "relations"),
        (categories, "category", "categories"),
    ):
        for count, verb in ((len(new - old), "added"), (len(old - new), "removed")):
            words += [f"{count} {one if count == 1 else many} {verb}"] if count else []
    return ", ".join(words)


def span_moves(before: Annotation, after: Annotation) -> dict[SpanKey, SpanKey]:
    """The new keys of the spans of ``before`` that changed and were not removed."""
    if before.spans == after.spans:  # as in most documents that people confirmed
        return {}
    changes = compare(before, after)
    pairs = (*changes.relabelled, *changes.moved, *changes.replaced)
    return {old.key: new.key for old, new in pairs}


def follow_spans(relation: Relation, moved: Mapping[SpanKey, SpanKey]) -> Relation:
    """A relation with its ends moved along with their spans."""
    head, tail = moved.get(relation.head, relation.head), moved.get(relation.tail, relation.tail)
    if (head, tail) == (relation.head, relation.tail):
        return relation
    return msgspec.structs.replace(relation, head=head, tail=tail)


def is_between(now: Annotation, before: Annotation, after: Annotation) -> bool:
    """Whether ``now`` is a mix of the other two, as an interrupted update leaves it."""
    moved = span_moves(before, after)
    relations = {follow_spans(each, moved).key for each in (*before.relations, *after.relations)}
    return (
        _keys(now.spans) <= _keys(before.spans) | _keys(after.spans)
        and {follow_spans(each, moved).key for each in now.relations} <= relations
        and _keys(now.categories) <= _keys(before.categories) | _keys(after.categories)
    )


def is_partial_import(pushed: Annotation, there: Annotation) -> bool:
    """Whether ``there`` is an import of ``pushed`` that was interrupted.

    The server imports spans, relations and categories one kind after the other, each completely.
    """
    pairs = (
        (_keys(pushed.spans), _keys(there.spans)),
        (_keys(pushed.relations), _keys(there.relations)),
        (_keys(pushed.categories), _keys(there.categories)),
    )
    return any(a != b for a, b in pairs) and all(not b or a == b for a, b in pairs)


def _keys(items: Iterable[Span] | Iterable[Relation] | Iterable[Category]) -> set[Any]:
    return {item.key for item in items}


def _pairs(
    gone: dict[SpanKey, Span], fresh: dict[SpanKey, Span], alike: Callable[[Span, Span], bool]
) -> tuple[tuple[Span, Span], ...]:
    pairs: list[tuple[Span, Span]] = []
    for old in list(gone.values()):
        new = next((span for span in fresh.values() if alike(old, span)), None)
        if new is not None:
            pairs.append((gone.pop(old.key), fresh.pop(new.key)))
    return tuple(pairs)
