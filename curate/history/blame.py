"""Who is behind every span of a document, and in which release it has been since."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from curate import release
from curate.errors import InputError
from curate.history.trace import SpanEvent, span_origin, span_removal, spans_at
from curate.layers import PROPOSERS, annotator_layer, is_adjudication, is_curator, is_proposer
from curate.model import Annotation, Document, Record, Release, Revision, Span, SpanKey
from curate.store.fork import parents
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace

_DECIDED = re.compile(r"conflict settled|adjudicat")


class SpanBlame(Record, frozen=True, kw_only=True):
    """A span with who is behind it.

    Args:
        span: as it stands in the revision.
        text: what it marks.
        proposed: models and rules that proposed it, as it is or as it was before people changed it.
        changed_by: the person who made it what it is, empty where nobody changed the proposal.
        changed_at: when.
        adjudicated_by: who decided it where people differed, empty if nobody had to.
        adjudicated_at: when.
        confirmed_by: who confirmed the document in the revision that brought it.
        since: number of the revision since which it is there as it is.
        release: the first release that holds it as it is, empty if none does yet.
        events: what made it what it is, the newest first.
    """

    span: Span
    text: str
    since: int
    proposed: tuple[str, ...] = ()
    changed_by: str = ""
    changed_at: str = ""
    adjudicated_by: str = ""
    adjudicated_at: str = ""
    confirmed_by: str = ""
    release: str = ""
    events: tuple[SpanEvent, ...] = ()


class RevisionBlame(Record, frozen=True, kw_only=True):
    """A revision of a document, span by span."""

    document: Document
    revision: Revision
    spans: tuple[SpanBlame, ...] = ()


class SpanHistory(Record, frozen=True, kw_only=True):
    """The history of a span.

    Args:
        span: as it stands, or last stood.
        text: what it marks.
        last: the newest revision that has it.
        events: what made it what it is, the newest first.
        since: the event that gave it its label: since then it is a PER, a LOC, …
        gone: what took it away; None while it is there.
    """

    span: Span
    text: str
    last: int
    events: tuple[SpanEvent, ...]
    since: SpanEvent | None = None
    gone: SpanEvent | None = None


def blame_spans(tx: Transaction, document: str, number: int = 0) -> RevisionBlame:
    """Who is behind every span of a revision, the newest by default.

    Raises:
        InputError: the document has no gold, or no such revision.
    """
    text, chain = _chain(tx, document)
    wanted = next((r for r in chain if r.number == (number or len(chain))), None)
    if wanted is None:
        raise InputError(f"{document} has no revision {number}", f"it has {len(chain)} of them")
    proposals = _proposals(tx, document)
    releases = _holding(tx.iter_releases(), document)
    spans = tuple(_blamed(span, text, chain, wanted, proposals, releases) for span in wanted.spans)
    return RevisionBlame(document=text, revision=wanted, spans=spans)


def span_history(
    tx: Transaction, document: str, start: int, end: int, label: str = ""
) -> list[SpanHistory]:
    """The history of the spans that ever stood at these offsets, the newest first.

    Raises:
        InputError: no revision has such a span.
    """
    text, chain = _chain(tx, document)
    found = [
        _told(text, chain, number, span) for number, span in spans_at(chain, start, end, label)
    ]
    if not found:
        what = f"{label} at {start}:{end}" if label else f"span at {start}:{end}"
        raise InputError(
            f"no revision of {document} has a {what}", f"see `curate blame {document}`"
        )
    return found


def _told(text: Document, chain: Sequence[Revision], number: int, span: Span) -> SpanHistory:
    events = tuple(span_origin(chain, span.key, number))
    labelled = takewhile(lambda e: e.after is not None and e.after.label == span.label, events)
    return SpanHistory(
        span=span,
        text=text.text[span.start : span.end],
        last=number,
        events=events,
        since=max(labelled, key=lambda e: -e.revision, default=None),
        gone=span_removal(chain, span.key, number),
    )


def _chain(tx: Transaction, document: str) -> tuple[Document, list[Revision]]:
    text = tx.document(document)
    chain = tx.revisions(document)[::-1]
    if text is None or not chain:
        raise InputError(f"{document} has no gold yet", "confirm it, then `curate sync`")
    return text, chain


def _proposals(tx: Transaction, document: str) -> dict[str, Annotation]:
    return {found.layer: found for found in tx.annotations(document, *PROPOSERS)}


def _holding(releases: Iterable[Release], document: str) -> dict[int, str]:
    """The lowest release that holds each revision of a document, by revision."""
    found: dict[int, str] = {}
    for each in releases:  # the highest comes first, the lowest has the last word
        for entry in each.entries:
            if entry.document == document:
                found[entry.revision] = each.version
    return found


def _blamed(
    span: Span,
    text: Document,
    chain: Sequence[Revision],
    wanted: Revision,
    proposals: Mapping[str, Annotation],
    releases: Mapping[int, str],
) -> SpanBlame:
    events = span_origin(chain, span.key, wanted.number)
    newest, oldest = events[0], events[-1]
    by_person = not is_proposer(newest.who) and _changed(newest)
    decided = next((e for e in events if _DECIDED.match(e.reason) or _decider(e.author)), None)
    brought = next(r for r in chain if r.number == newest.revision)
    return SpanBlame(
        span=span,
        text=text.text[span.start : span.end],
        since=newest.revision,
        proposed=_proposed(span, oldest, proposals),
        changed_by=newest.who if by_person else "",
        changed_at=newest.when if by_person else "",
        adjudicated_by=(_who_decided(decided, chain) if decided else ""),
        adjudicated_at=decided.at if decided else "",
        confirmed_by=brought.confirmed_by,
        release=_release_since(chain, wanted, span.key, releases),
        events=tuple(events),
    )


def _changed(event: SpanEvent) -> bool:
    """Whether a person made it so; a proposal that was only confirmed names its proposer still."""
    after = event.after
    return event.before is not None or after is None or not is_proposer(after.by)


def _decider(author: str) -> bool:
    return is_adjudication(author)


def _who_decided(event: SpanEvent, chain: Sequence[Revision]) -> str:
    """The curator who settled it, or the adjudicator who confirmed the document."""
    revision = next(r for r in chain if r.number == event.revision)
    if is_curator(event.author) or not revision.confirmed_by:
        return event.author
    return annotator_layer(revision.confirmed_by)


def _proposed(
    span: Span, oldest: SpanEvent, proposals: Mapping[str, Annotation]
) -> tuple[str, ...]:
    """Layers that have the span or what it began as, and who it names as its proposer."""
    began = oldest.before or oldest.after or span
    keys = {span.key, began.key}
    found = [name for name, layer in proposals.items() if keys & {s.key for s in layer.spans}]
    named = [by for by in (span.by, began.by) if is_proposer(by)]
    return tuple(dict.fromkeys(found + named))


def _release_since(
    chain: Sequence[Revision], wanted: Revision, key: SpanKey, releases: Mapping[int, str]
) -> str:
    """The first release of the unbroken run of revisions up to ``wanted`` that have the span."""
    numbered = {revision.number: revision for revision in chain}
    come_from = parents(chain)
    run = {wanted.number}
    waiting = [wanted.number]
    while waiting:
        for number in come_from[waiting.pop()]:
            before = numbered.get(number)
            if before is not None and number not in run and key in {s.key for s in before.spans}:
                run.add(number)
                waiting.append(number)
    versions = [releases[number] for number in run if number in releases]
    return min(versions, key=release.version_key, default="")


def blame_span(
    workspace: Workspace, document: str, start: int, end: int, label: str = ""
) -> list[SpanHistory]:
    """The history of the spans that ever stood at these offsets of a document.

    Raises:
        InputError: there is no such document, or there never was such a span.
    """

    key = workspace.find(document)
    with workspace.store.read() as tx:
        return span_history(tx, key, start, end, label)


def blame(workspace: Workspace, document: str) -> RevisionBlame:
    """Who is behind every span of a document, or of one of its revisions (``1a2e@3``).

    Raises:
        InputError: there is no such document or revision, or it has no gold.
    """
    from curate.history import sides

    with workspace.store.read() as tx:
        if "@" in document:
            found, revision = sides.named_revision(tx, document)
            return blame_spans(tx, found.id, revision.number)
        return blame_spans(tx, sides.identify(tx, document))
