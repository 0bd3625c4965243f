"""Revisions and releases, filtered; one pass over the history, one document in memory at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from curate.history.trace import KINDS, SpanEvent, span_events
from curate.model import Record, Revision
from curate.store.history import each_release
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace


class LogFilter(Record, frozen=True, kw_only=True):
    """What a log is asked for; what is empty does not matter.

    Args:
        document: id of a document.
        label: only revisions that changed a span with this label.
        author: only revisions by this author, or with a span that this author changed; with or
            without what stands before the colon.
        sync: only revisions that this sync brought.
    """

    document: str = ""
    label: str = ""
    author: str = ""
    sync: str = ""


class LoggedRevision(Record, frozen=True, kw_only=True):
    """A revision without its marks.

    Args:
        document: id of its document; ``number`` counts from 1.
        author: who made it, ``at`` what time, and for what ``reason``.
        sync: the sync that brought it, empty if none did.
        confirmed_by: who confirmed the document, empty if nobody did.
        deleted: whether it withdrew the document.
        changes: spans by what happened to them: ``added``, ``relabelled``, …
    """

    document: str
    number: int
    author: str
    at: str
    reason: str
    sync: str = ""
    confirmed_by: str = ""
    deleted: bool = False
    changes: dict[str, int] = {}


class LoggedRelease(Record, frozen=True, kw_only=True):
    """A release without its entries; the fields are those of ``curate.model.Release``."""

    version: str
    created: str
    author: str
    message: str = ""
    digest: str = ""
    counts: dict[str, int] = {}
    changes: dict[str, int] = {}


def entries(tx: Transaction, wanted: LogFilter) -> tuple[list[LoggedRelease], list[LoggedRevision]]:
    """Releases (where nothing is filtered but the author) and revisions, the newest first."""
    chains: Iterable[list[Revision]]
    if wanted.document:
        chains = [tx.revisions(wanted.document)[::-1]]
    else:
        chains = (list(each) for _, each in groupby(tx.history(), key=lambda r: r.document))
    found = [revision for chain in chains for revision in _matching(chain, wanted)]
    found.sort(key=lambda r: (r.at, r.number), reverse=True)
    return _releases(tx, wanted), found


def _releases(tx: Transaction, wanted: LogFilter) -> list[LoggedRelease]:
    if wanted.document or wanted.label or wanted.sync:
        return []
    return [
        LoggedRelease(**{name: getattr(each, name) for name in LoggedRelease.__struct_fields__})
        for each in each_release(tx)
        if _is(wanted.author, each.author)
    ]


def _matching(chain: list[Revision], wanted: LogFilter) -> Iterator[LoggedRevision]:
    before: Revision | None = None
    for revision in chain:
        happened = span_events(before, revision)
        by_author = _is(wanted.author, revision.author) or any(
            event.after is not None and event.after.at and _is(wanted.author, event.who)
            for event in happened
        )
        if (
            by_author
            and wanted.sync in ("", revision.sync)
            and (not wanted.label or any(_concerns(event, wanted.label) for event in happened))
        ):
            yield _logged(revision, happened)
        before = revision


def _logged(revision: Revision, happened: list[SpanEvent]) -> LoggedRevision:
    names = (name for name in LoggedRevision.__struct_fields__ if name != "changes")
    counts = Counter(event.kind for event in happened)
    changes = {kind: counts[kind] for kind in KINDS if counts[kind]}
    return LoggedRevision(**{name: getattr(revision, name) for name in names}, changes=changes)


def _is(wanted: str, author: str) -> bool:
    return wanted in ("", author, author.partition(":")[2])


def _concerns(event: SpanEvent, label: str) -> bool:
    return any(span is not None and span.label == label for span in (event.before, event.after))


def log(
    workspace: Workspace, document: str = "", label: str = "", author: str = "", sync: str = ""
) -> tuple[list[LoggedRelease], list[LoggedRevision]]:
    """Releases and revisions, the newest first.

    Args:
        document: the beginning of an id, for the revisions of that document.
        label: only revisions that changed a span with this label.
        author: only what this person did.
        sync: only what this sync brought.
    """

    key = workspace.find(document) if document else ""
    wanted = LogFilter(document=key, label=label, author=author, sync=sync)
    with workspace.store.read() as tx:
        return entries(tx, wanted)
