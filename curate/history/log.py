"""``curate log``: releases and revisions, filtered.

The history is read once, with one document in memory at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from curate.history.trace import KINDS, SpanEvent, span_events
from curate.model import Record, Revision

if TYPE_CHECKING:
    from curate.workspace import Workspace


class LogFilter(Record, frozen=True, kw_only=True):
    """Which revisions a log lists; empty fields do not filter.

    Args:
        document: id of a document.
        label: only revisions that changed a span with this label.
        author: only revisions by this author, or with a span that this author changed; with or
            without the prefix before the colon.
        sync: only revisions from this sync.
    """

    document: str = ""
    label: str = ""
    author: str = ""
    sync: str = ""


class LoggedRevision(Record, frozen=True, kw_only=True):
    """A revision without its annotations; the fields are those of ``curate.model.Revision``.

    Args:
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


def log(
    workspace: Workspace, document: str = "", label: str = "", author: str = "", sync: str = ""
) -> tuple[list[LoggedRelease], list[LoggedRevision]]:
    """Releases and revisions, newest first.

    Releases are left out where anything but the author is filtered.

    Args:
        document: the beginning of an id, for the revisions of that document.
        label: only revisions that changed a span with this label.
        author: only the work of this person.
        sync: only revisions from this sync.

    Raises:
        InputError: no document has such an id, or several have.
    """
    key = workspace.find(document) if document else ""
    wanted = LogFilter(document=key, label=label, author=author, sync=sync)
    chains: Iterable[list[Revision]]
    with workspace.store.read() as tx:
        if key:
            chains = [tx.revisions(key)[::-1]]
        else:
            chains = (list(group) for _, group in groupby(tx.history(), key=lambda r: r.document))
        revisions = [revision for chain in chains for revision in _matching(chain, wanted)]
        revisions.sort(key=lambda r: (r.at, r.number), reverse=True)
        releases = [
            LoggedRelease(**{name: getattr(each, name) for name in LoggedRelease.__struct_fields__})
            for each in (() if key or label or sync else tx.iter_releases())
            if _is_author(author, each.author)
        ]
    return releases, revisions


def _matching(chain: list[Revision], wanted: LogFilter) -> Iterator[LoggedRevision]:
    before: Revision | None = None
    for revision in chain:
        events = span_events(before, revision)
        by_author = _is_author(wanted.author, revision.author) or any(
            event.after is not None and event.after.at and _is_author(wanted.author, event.after.by)
            for event in events
        )
        if (
            by_author
            and wanted.sync in ("", revision.sync)
            and (not wanted.label or any(_has_label(event, wanted.label) for event in events))
        ):
            yield _logged(revision, events)
        before = revision


def _logged(revision: Revision, events: list[SpanEvent]) -> LoggedRevision:
    names = (name for name in LoggedRevision.__struct_fields__ if name != "changes")
    counts = Counter(event.kind for event in events)
    changes = {kind: counts[kind] for kind in KINDS if counts[kind]}
    return LoggedRevision(**{name: getattr(revision, name) for name in names}, changes=changes)


def _is_author(wanted: str, author: str) -> bool:
    return wanted in ("", author, author.partition(":")[2])


def _has_label(event: SpanEvent, label: str) -> bool:
    return any(span is not None and span.label == label for span in (event.before, event.after))
