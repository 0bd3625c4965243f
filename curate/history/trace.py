"""A span through the revisions of its document: when it got its form, and from whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curate.annotations.diff import compare
from curate.layers import GOLD
from curate.model import Annotation, Record, Revision, Span, SpanKey
from curate.store.fork import parents

KINDS = ("relabelled", "moved", "replaced", "added", "removed")


class SpanEvent(Record, frozen=True, kw_only=True):
    """A change of a span by a revision.

    Args:
        revision: number of the revision; ``author``, ``at`` and ``reason`` are those of the
            revision.
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
        """Who changed it: the person whom the span names, else the revision's author.

        Somebody who restored a span is not the person whom it names.
        """
        named = self.after is not None and self.after.at and not is_restoration(self.reason)
        return self.after.by if self.after is not None and named else self.author

    @property
    def when(self) -> str:
        """When: the time on the span if a person changed it, else the time of the revision."""
        if self.after is None or is_restoration(self.reason):
            return self.at
        return self.after.at or self.at


def is_restoration(reason: str) -> bool:
    """Whether the reason of a revision says that ``curate restore`` made it."""
    return reason.startswith("restored")


def span_events(before: Revision | None, after: Revision) -> list[SpanEvent]:
    """How the spans of a document changed from one revision to the next."""
    nothing = Annotation(document=after.document, layer=GOLD)
    changes = compare(before.annotation if before else nothing, after.annotation)
    return [_event(after, kind, old, new) for kind, old, new in changes.pairs()]


def span_origin(chain: Sequence[Revision], key: SpanKey, number: int = 0) -> list[SpanEvent]:
    """The changes that gave a span its form, newest first.

    Args:
        chain: the revisions of a document, oldest first.
        key: the span in the revision ``number``.
        number: the revision to start from; the newest by default.

    Returns:
        Empty if the span is not in that revision.
    """
    numbered = {revision.number: revision for revision in chain}
    come_from = parents(chain)
    current: Revision | None = numbered.get(number or max(numbered, default=0))
    events: list[SpanEvent] = []
    while current is not None and (span := _span(current, key)) is not None:
        before = [numbered[n] for n in come_from[current.number] if n in numbered]
        same = next((each for each in before if _span(each, key) is not None), None)
        if same is not None and same is before[0]:
            current = same
            continue
        if same is not None:
            if is_restoration(current.reason):
                events.append(_event(current, "restored", None, span))
            current = same
            continue
        changes = span_events(before[0] if before else None, current)
        event = next(e for e in changes if e.after is not None and e.after.key == span.key)
        events.append(event)
        if event.before is None:
            break
        key, current = event.before.key, before[0]
    return events


def spans_at(
    chain: Sequence[Revision], start: int, end: int, label: str = ""
) -> list[tuple[int, Span]]:
    """Spans that ever had these offsets, each with the newest revision that has it.

    Args:
        label: only spans with this label.
    """
    newest: dict[SpanKey, tuple[int, Span]] = {}
    for revision in reversed(chain):
        for span in revision.spans:
            if (span.start, span.end) == (start, end) and label in ("", span.label):
                newest.setdefault(span.key, (revision.number, span))
    return sorted(newest.values(), key=lambda pair: (-pair[0], pair[1].key))


def span_removal(chain: Iterable[Revision], key: SpanKey, number: int) -> SpanEvent | None:
    """The change after revision ``number`` that removed a span; None if it was not removed."""
    ordered = {revision.number: revision for revision in chain}
    after = ordered.get(number + 1)
    if after is None:
        return None
    events = span_events(ordered[number], after)
    return next((e for e in events if e.before is not None and e.before.key == key), None)


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
