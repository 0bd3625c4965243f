"""What two annotations of one document have in common, and how one became the other. Pure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from curate.model import Annotation, Keyed, Record, Span, SpanKey


def common(first: Annotation, second: Annotation) -> Annotation:
    """What both annotations say."""
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
    """How one annotation became another, span by span. A pair is (before, after)."""

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


def compare(before: Annotation, after: Annotation) -> Changes:
    """Tell what changed between two annotations of one document.

    A span with the same edges and another label is relabelled, one with other edges and the same
    label is moved, one that changed in both is replaced; its edges must overlap the old ones.
    Every span is counted once.
    """
    old = {span.key: span for span in before.spans}
    new = {span.key: span for span in after.spans}
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


def _pairs(
    gone: dict[SpanKey, Span], fresh: dict[SpanKey, Span], alike: Callable[[Span, Span], bool]
) -> tuple[tuple[Span, Span], ...]:
    pairs: list[tuple[Span, Span]] = []
    for old in list(gone.values()):
        new = next((span for span in fresh.values() if alike(old, span)), None)
        if new is not None:
            pairs.append((gone.pop(old.key), fresh.pop(new.key)))
    return tuple(pairs)
