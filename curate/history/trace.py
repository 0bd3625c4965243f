"""A span through the revisions of its document: since when it is what it is, and who made it so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curate.annotations.diff import compare
from curate.layers import GOLD
from curate.model import Annotation, Record, Revision, Span, SpanKey
from curate.store.fork import parents

KINDS = ("relabelled", "moved", "replaced", "added", "removed")


class SpanEvent(Record, frozen=True, kw_only=True):
    """What happened to a span in a revision.

    Args:
        revision: number of the revision; ``author``, ``at`` and ``reason`` are its own.
        kind: ``added``, ``relabelled``, ``moved``, ``replaced``, ``restored`` or ``removed``.
        before: the span before it, None where it was not there.
        after: the span after it, None where it is gone.
    """

    revision: int
    kind: str
    author: str
    at: str
    reason: str
    before: Span | None = None
    after: Span | None = None

    @property
    def who(self) -> str:
        """Who changed it: whoever the span names with a time, else the revision's author."""
        return self.after.by if self.after is not None and self.after.at else self.author

    @property
    def when(self) -> str:
        """When: the time on the span where a person left one, else the revision's."""
        return (self.after.at if self.after is not None else "") or self.at


def span_events(before: Revision | None, after: Revision) -> list[SpanEvent]:
    """What happened to the spans of a document from one revision to the next."""
    nothing = Annotation(document=after.document, layer=GOLD)
    old = before.annotation if before else nothing
    found = compare(old, after.annotation)
    pairs: list[tuple[str, Span | None, Span | None]] = []
    for kind in ("relabelled", "moved", "replaced"):
        pairs += [(kind, a, b) for a, b in getattr(found, kind)]
    pairs += [("added", None, span) for span in found.added]
    pairs += [("removed", span, None) for span in found.removed]
    return [_event(after, kind, a, b) for kind, a, b in pairs]


def span_origin(chain: Sequence[Revision], key: SpanKey, number: int = 0) -> list[SpanEvent]:
    """Everything that made a span what it is, the newest event first.

    Args:
        chain: the revisions of a document, the oldest first.
        key: the span, as it stands in the revision ``number``.
        number: the revision to look back from; the newest by default.

    Returns:
        Empty if the span is not in that revision.
    """
    numbered = {revision.number: revision for revision in chain}
    come_from = parents(chain)
    current: Revision | None = numbered.get(number or max(numbered, default=0))
    found: list[SpanEvent] = []
    while current is not None and (span := _span(current, key)) is not None:
        before = [numbered[n] for n in come_from[current.number] if n in numbered]
        same = next((each for each in before if _span(each, key) is not None), None)
        if same is not None and same is before[0]:
            current = same
            continue
        if same is not None:
            found += _from_afar(current, same, span)
            current = same
            continue
        event = _origin(before[0] if before else None, current, span)
        found.append(event)
        if event.before is None:
            break
        key, current = event.before.key, before[0]
    return found


def spans_at(
    chain: Sequence[Revision], start: int, end: int, label: str = ""
) -> list[tuple[int, Span]]:
    """Spans that ever stood at these offsets, each with the newest revision that has it.

    Args:
        label: only spans with this label.
    """
    found: dict[SpanKey, tuple[int, Span]] = {}
    for revision in reversed(chain):
        for span in revision.spans:
            if (span.start, span.end) == (start, end) and label in ("", span.label):
                found.setdefault(span.key, (revision.number, span))
    return sorted(found.values(), key=lambda pair: (-pair[0], pair[1].key))


def span_removal(chain: Iterable[Revision], key: SpanKey, number: int) -> SpanEvent | None:
    """What took a span away that was in the revision ``number`` and is not in the next one."""
    ordered = {revision.number: revision for revision in chain}
    after = ordered.get(number + 1)
    if after is None:
        return None
    happened = span_events(ordered[number], after)
    return next((e for e in happened if e.before is not None and e.before.key == key), None)


def _from_afar(current: Revision, source: Revision, span: Span) -> list[SpanEvent]:
    """A span that came along another way than from the revision before: restored, or merged in."""
    if current.reason.startswith("restored"):
        return [_event(current, "restored", None, span)]
    return []


def _origin(before: Revision | None, after: Revision, span: Span) -> SpanEvent:
    happened = span_events(before, after)
    return next(e for e in happened if e.after is not None and e.after.key == span.key)


def _span(revision: Revision, key: SpanKey) -> Span | None:
    return next((span for span in revision.spans if span.key == key), None)


def _event(revision: Revision, kind: str, before: Span | None, after: Span | None) -> SpanEvent:
    return SpanEvent(
        revision=revision.number,
        kind=kind,
        author=revision.author,
        at=revision.at,
        reason=revision.reason,
        before=before,
        after=after,
    )
