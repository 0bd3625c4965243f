"""A comparison as one HTML page.

Every change is written in words as well as in colour, in a list that a screen reader reads in
order. A list of the documents leads to each of them, and checkboxes, which need no script, filter
by kind of change and label. The documents that differ go through a temporary file, so that the page
of a comparison of any size can be written.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import pairwise
from typing import NamedTuple, TextIO

from curate.history.diff import AnnotationChange, CorpusDiff, DiffTotals, DocumentDiff
from curate.html import page
from curate.html.filters import counted

_CHUNK = 1 << 16  # code points that are copied at a time
_UNLABELLED = "relations and categories"


class IndexEntry(NamedTuple):
    """A document in the list at the head of the page, and the classes it is filtered by."""

    id: str
    title: str
    state: str
    kinds: dict[str, int]
    classes: str


class DiffPageWriter:
    """Takes documents that differ one by one, and then writes the page.

    Args:
        spool: an empty file that holds their sections until then, open for reading and writing.
    """

    def __init__(self, spool: TextIO) -> None:
        self._spool = spool
        self._index: list[IndexEntry] = []
        self._kinds: dict[str, int] = {}
        self._labels: dict[str, int] = {}

    def add(self, document: DocumentDiff) -> None:
        """Add a document."""
        classes = self._classes(document.changes)
        kinds = Counter(change.kind for change in document.changes)
        entry = IndexEntry(
            document.id, document.title, document.state, dict(sorted(kinds.items())), classes
        )
        self._index.append(entry)
        section = page.render(
            __package__,
            "diff_document.html.j2",
            document=document,
            classes=classes,
            changes=[
                (change, self._classes([change]), marked_text(change))
                for change in document.changes
            ],
            in_words=in_words,
        )
        self._spool.write(section)

    def write(self, totals: DiffTotals, out: TextIO) -> None:
        """Write the page."""
        self._spool.seek(0)
        template = page.environment(__package__).get_template("diff.html.j2")
        stream = template.stream(
            totals=totals,
            summary=summarise_diff(totals),
            index=self._index,
            kinds=self._kinds,
            labels=self._labels,
            documents=iter(partial(self._spool.read, _CHUNK), ""),
            in_words=in_words,
            change_kinds=_change_kinds,
        )
        out.writelines(stream)

    def _classes(self, changes: Iterable[AnnotationChange]) -> str:
        """A class for each kind and label of these changes, which the checkboxes act on."""
        classes: dict[str, None] = {}
        for change in changes:
            kind = self._kinds.setdefault(change.kind, len(self._kinds))
            for label in change.labels or [_UNLABELLED]:
                number = self._labels.setdefault(label, len(self._labels))
                classes[f"c{kind}-{number}"] = None
        return " ".join(["f", *classes] if classes else [])


def render_diff(delta: CorpusDiff) -> str:
    """The page of a comparison that is in memory."""
    writer, out = DiffPageWriter(io.StringIO()), io.StringIO()
    for document in delta.documents:
        writer.add(document)
    writer.write(delta, out)
    return out.getvalue()


def summarise_diff(totals: DiffTotals) -> str:
    """The counts on one line: ``2 documents added, 7 spans added; 4 documents unchanged``."""
    counts = ", ".join(_counted(name, count) for name, count in totals.counts.items())
    parts = [counts or "no differences", f"{counted(totals.same, 'document')} unchanged"]
    if totals.skipped:
        parts.append(f"{counted(totals.skipped, 'document')} on one side only, not compared")
    return "; ".join(parts)


def marked_text(change: AnnotationChange) -> list[tuple[str, str]]:
    """The text that only the old span marks, that only the new one marks, and that both mark.

    Returns:
        Pairs of ``del``, ``ins`` or ``mark`` and the text, in the order of the text.
    """
    old, new = change.before, change.after
    if old is None or new is None:
        return [(name, text) for name, text in (("del", change.old), ("ins", change.new)) if text]
    pieces: list[tuple[str, str]] = []
    for start, end in pairwise(sorted({old.start, old.end, new.start, new.end})):
        if old.start <= start < old.end:
            name = "mark" if new.start <= start < new.end else "del"
            pieces.append((name, change.old[start - old.start : end - old.start]))
        else:
            pieces.append(("ins", change.new[start - new.start : end - new.start]))
    return pieces


def in_words(name: str) -> str:
    """The name of a kind of change or of a count, in words."""
    return name.replace("_", " ").replace("-", " ")


def _counted(name: str, count: int) -> str:
    nouns, _, change = in_words(name).partition(" ")
    noun = "category" if nouns == "categories" else nouns.removesuffix("s")
    return f"{counted(count, noun, nouns)} {change}"


def _change_kinds(rows: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The kinds of change that any row counts, sorted."""
    return sorted({kind for row in rows.values() for kind in row})
