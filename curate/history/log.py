"""Revisions and releases, filtered; one pass over the history, one document in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from curate.history.trace import Event, events
from curate.model import Record, Release, Revision
from curate.store.transaction import Transaction


class Wanted(Record, frozen=True, kw_only=True):
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

    @property
    def everything(self) -> bool:
        """Whether nothing is filtered."""
        return self == Wanted()


def log(tx: Transaction, wanted: Wanted) -> tuple[list[Release], list[Revision]]:
    """Releases (where nothing is filtered but the author) and revisions, the newest first."""
    chains: Iterable[list[Revision]]
    if wanted.document:
        chains = [tx.revisions(wanted.document)[::-1]]
    else:
        chains = (list(each) for _, each in groupby(tx.history(), key=lambda r: r.document))
    found = [revision for chain in chains for revision in _matching(chain, wanted)]
    found.sort(key=lambda r: (r.at, r.number), reverse=True)
    return _releases(tx, wanted), found


def _releases(tx: Transaction, wanted: Wanted) -> list[Release]:
    if wanted.document or wanted.label or wanted.sync:
        return []
    return [r for r in tx.releases() if _is(wanted.author, r.author)]


def _matching(chain: list[Revision], wanted: Wanted) -> Iterator[Revision]:
    before: Revision | None = None
    for revision in chain:
        happened = events(before, revision) if wanted.label or wanted.author else []
        by_author = _is(wanted.author, revision.author) or any(
            event.after is not None and event.after.at and _is(wanted.author, event.who)
            for event in happened
        )
        if (
            by_author
            and wanted.sync in ("", revision.sync)
            and (not wanted.label or any(_concerns(event, wanted.label) for event in happened))
        ):
            yield revision
        before = revision


def _is(wanted: str, author: str) -> bool:
    return wanted in ("", author, author.partition(":")[2])


def _concerns(event: Event, label: str) -> bool:
    return any(span is not None and span.label == label for span in (event.before, event.after))
