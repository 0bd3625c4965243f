"""``curate blame`` and ``curate log --span``: who is behind a span, and since when it is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from curate.annotations.decisions import FILE, DecisionFile
from curate.annotations.diff import compare
from curate.errors import InputError
from curate.history.names import named_revision
from curate.history.trace import SpanEvent, span_origin, span_removal, spans_at
from curate.layers import PROPOSERS, annotator_layer, is_curator, is_machine
from curate.model import Annotation, Document, Record, Release, Revision, Span, SpanKey
from curate.release import version_key
from curate.store.fork import parents
from curate.store.transaction import Transaction
from curate.util.batches import batched

if TYPE_CHECKING:
    from curate.workspace import Workspace

_BATCH = 100  # documents that are read in one transaction
_DECIDED = re.compile(r"conflict settled|adjudicat")


class SpanBlame(Record, frozen=True, kw_only=True):
    """A span and the people, models and rules behind it.

    Args:
        span: as it is in the revision.
        text: the text it marks.
        proposed: models and rules that proposed it, in this form or before people changed it.
        changed_by: the person who gave it this form; empty where nobody changed the proposal.
        changed_at: when.
        adjudicated_by: who decided it where people disagreed; empty if nobody had to.
        adjudicated_at: when.
        confirmed_by: who confirmed the document in the revision that brought the span.
        since: number of the first revision with the span in this form.
        release: the first release with the span in this form; empty if there is none yet.
        events: the changes that gave it this form, newest first.
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

    @property
    def proposal(self) -> Span:
        """What was proposed, which people may have changed; the span itself if nothing was."""
        first = self.events[-1].before or self.events[-1].after or self.span
        return first if self.events[-1].before or is_machine(first.by) else self.span

    @property
    def acts(self) -> tuple[SpanEvent, ...]:
        """What people did to it, oldest first; that they confirmed it is none of these."""
        return tuple(event for event in reversed(self.events) if _is_act(event))


class RevisionBlame(Record, frozen=True, kw_only=True):
    """A revision of a document, span by span."""

    document: Document
    revision: Revision
    spans: tuple[SpanBlame, ...] = ()


class SpanHistory(Record, frozen=True, kw_only=True):
    """The history of a span.

    Args:
        span: its present form, or the last one.
        text: the text it marks.
        last: number of the newest revision that has it.
        events: the changes that gave it this form, newest first.
        since: the change that gave it its label.
        gone: the change that removed it; None while it is there.
    """

    span: Span
    text: str
    last: int
    events: tuple[SpanEvent, ...]
    since: SpanEvent | None = None
    gone: SpanEvent | None = None


def blame(workspace: Workspace, document: str) -> RevisionBlame:
    """Who is behind every span of a document's gold.

    Args:
        document: the beginning of its id; ``1a2e@3`` for its third revision.

    Raises:
        InputError: there is no such document or revision, or it has no gold.
    """
    with workspace.store.read() as tx:
        if "@" in document:
            text, wanted = named_revision(tx, document)
            chain = tx.revisions(text.id)[::-1]
        else:
            text, chain = _chain(tx, tx.identify(document))
            wanted = chain[-1]
        proposals = _proposals(tx, text.id)
        releases = _first_releases(tx.iter_releases(), text.id)
    decisions = DecisionFile(workspace.annotations / FILE)
    return _revision_blame(text, chain, wanted, proposals, decisions, releases)


def blame_release(workspace: Workspace, release: Release) -> Iterator[RevisionBlame]:
    """Who is behind every span of a release, document by document.

    ``SpanBlame.release`` is empty, since it takes a look at all releases.

    Raises:
        InputError: the store lacks a revision of the release.
    """
    decisions = DecisionFile(workspace.annotations / FILE)
    for batch in batched(release.entries, _BATCH):
        blames: list[RevisionBlame] = []
        with workspace.store.read() as tx:
            for entry in batch:
                text, wanted = named_revision(tx, f"{entry.document}@{entry.revision}")
                chain = tx.revisions(text.id)[::-1]
                proposals = _proposals(tx, text.id)
                blames.append(_revision_blame(text, chain, wanted, proposals, decisions, {}))
        yield from blames


def blame_span(
    workspace: Workspace, document: str, start: int, end: int, label: str = ""
) -> list[SpanHistory]:
    """The history of all spans that ever had these offsets in a document, newest first.

    Args:
        document: the beginning of its id.
        start: first code point of the span.
        end: one past its last code point.
        label: only spans with this label.

    Raises:
        InputError: there is no such document, or no revision has such a span.
    """
    key = workspace.find(document)
    with workspace.store.read() as tx:
        text, chain = _chain(tx, key)
        proposals = _proposals(tx, key)
    spans = spans_at(chain, start, end, label)
    if not spans:
        span_words = f"{label} at {start}:{end}" if label else f"span at {start}:{end}"
        raise InputError(f"no revision of {key} has a {span_words}", f"see `curate blame {key}`")
    return [_span_history(text, chain, number, span, proposals) for number, span in spans]


def _span_history(
    text: Document,
    chain: Sequence[Revision],
    number: int,
    span: Span,
    proposals: Mapping[str, Annotation],
) -> SpanHistory:
    events = tuple(_origin(chain, span.key, number, proposals))
    labelled = takewhile(lambda e: e.after is not None and e.after.label == span.label, events)
    return SpanHistory(
        span=span,
        text=text.text[span.start : span.end],
        last=number,
        events=events,
        since=max(labelled, key=lambda e: -e.revision, default=None),
        gone=span_removal(chain, span.key, number),
    )


def _revision_blame(
    text: Document,
    chain: Sequence[Revision],
    wanted: Revision,
    proposals: Mapping[str, Annotation],
    decisions: DecisionFile,
    releases: Mapping[int, str],
) -> RevisionBlame:
    spans = (
        _blame(span, text, chain, wanted, proposals, decisions, releases) for span in wanted.spans
    )
    return RevisionBlame(document=text, revision=wanted, spans=tuple(spans))


def _chain(tx: Transaction, document: str) -> tuple[Document, list[Revision]]:
    """A document and its revisions, oldest first."""
    text = tx.document(document)
    chain = tx.revisions(document)[::-1]
    if text is None or not chain:
        raise InputError(f"{document} has no gold yet", "confirm it, then run `curate sync`")
    return text, chain


def _first_releases(releases: Iterable[Release], document: str) -> dict[int, str]:
    """The lowest release with each revision of a document, by revision number.

    Args:
        releases: the highest version first, so that the lowest one is set last.
    """
    return {
        entry.revision: release.version
        for release in releases
        for entry in release.entries
        if entry.document == document
    }


def _blame(
    span: Span,
    text: Document,
    chain: Sequence[Revision],
    wanted: Revision,
    proposals: Mapping[str, Annotation],
    decisions: DecisionFile,
    releases: Mapping[int, str],
) -> SpanBlame:
    events = _origin(chain, span.key, wanted.number, proposals)
    newest, oldest = events[0], events[-1]
    made = next((event for event in events if event.kind != "restored"), newest)
    by_person = _is_act(made)
    decision = next((event for event in events if _is_decision(event)), None)
    adjudicated = decision is not None and decision.reason.startswith("adjudicat")
    decided = decisions.person(text.id, span) if adjudicated else None
    brought = next(r for r in chain if r.number == newest.revision)
    return SpanBlame(
        span=span,
        text=text.text[span.start : span.end],
        since=newest.revision,
        proposed=_proposers(span, oldest, proposals),
        changed_by=made.who if by_person else "",
        changed_at=made.when if by_person else "",
        adjudicated_by=decided.by if decided else _adjudicator(decision, chain),
        adjudicated_at=decided.at if decided else decision.at if decision else "",
        confirmed_by=brought.confirmed_by,
        release=_release_since(chain, wanted, span.key, releases),
        events=tuple(events),
    )


def _proposals(tx: Transaction, document: str) -> dict[str, Annotation]:
    """What models and rules say about a document, by layer."""
    return {layer.layer: layer for layer in tx.annotations(document, *PROPOSERS)}


def _origin(
    chain: Sequence[Revision], key: SpanKey, number: int, proposals: Mapping[str, Annotation]
) -> list[SpanEvent]:
    """The changes that gave a span its form, newest first, from the proposal that people changed.

    People correct a proposal before it is gold for the first time, so that no revision shows what
    it was.
    """
    events = span_origin(chain, key, number)
    first = events[-1] if events else None
    if first is None or first.after is None or first.kind != "added" or is_machine(first.after.by):
        return events
    revision = next(r for r in chain if r.number == first.revision)
    for layer in proposals.values():
        for kind, before, after in compare(layer, revision.annotation).pairs():
            if before is not None and after is not None and after.key == first.after.key:
                events[-1] = msgspec.structs.replace(first, kind=kind, before=before)
                return events
    return events


def _is_act(event: SpanEvent) -> bool:
    """Whether a person changed the span; a proposal that was only confirmed keeps its proposer."""
    if event.kind == "restored":
        return True
    changed = event.before is not None or event.after is None or not is_machine(event.after.by)
    return changed and not is_machine(event.who)


def _is_decision(event: SpanEvent) -> bool:
    return bool(_DECIDED.match(event.reason))


def _adjudicator(event: SpanEvent | None, chain: Sequence[Revision]) -> str:
    """The curator who settled a conflict, or the adjudicator who confirmed the document."""
    if event is None:
        return ""
    revision = next(r for r in chain if r.number == event.revision)
    if is_curator(event.author) or not revision.confirmed_by:
        return event.author
    return annotator_layer(revision.confirmed_by)


def _proposers(
    span: Span, oldest: SpanEvent, proposals: Mapping[str, Annotation]
) -> tuple[str, ...]:
    """Layers that have the span or its first form, and whom it names as its proposer."""
    first = oldest.before or oldest.after or span
    keys = {span.key, first.key}
    layers = [name for name, layer in proposals.items() if keys & {s.key for s in layer.spans}]
    named = [by for by in (span.by, first.by) if is_machine(by)]
    return tuple(dict.fromkeys(layers + named))


def _release_since(
    chain: Sequence[Revision], wanted: Revision, key: SpanKey, releases: Mapping[int, str]
) -> str:
    """The first release in the unbroken run of revisions up to ``wanted`` that have the span."""
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
    return min(versions, key=version_key, default="")
