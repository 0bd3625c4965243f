"""Decisions: regions that are settled for good, in a file, by strategies and by people.

``annotations/adjudication.jsonl`` has one decision per line, sorted by document and position. A
later run takes each region as it was decided, whatever the versions say by then. To have a region
decided again, remove its line.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from curate.model import Record, Span
from curate.util import jsonl

FILE = "adjudication.jsonl"
PERSON = "person"

Bounds = tuple[int, int]
"""First code point of a region, and one past its last."""


class Decision(Record, frozen=True, kw_only=True):
    """A region that is settled for good.

    Args:
        document: id of the document.
        start: first code point.
        end: one past the last.
        how: a strategy's name, or ``person``.
        by: who ran the strategy, or decided.
        at: when.
        spans: the spans of the result in this region; it may have none.
    """

    document: str
    start: int
    end: int
    how: str
    by: str
    at: str
    spans: tuple[Span, ...] = ()


class DecisionFile:
    """The decisions of one file.

    Args:
        path: the file; it need not exist. None for decisions that are not stored.

    Raises:
        InputError: a line is no decision.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._by_document: dict[str, list[Decision]] = {}
        for decision in jsonl.read(path, Decision) if path and path.exists() else ():
            self._by_document.setdefault(decision.document, []).append(decision)

    def of(self, document: str) -> dict[Bounds, tuple[Span, ...]]:
        """The decided regions of a document, with their spans."""
        return {(d.start, d.end): d.spans for d in self._by_document.get(document, ())}

    def discard_strategies(self) -> None:
        """Discard what strategies decided, and keep what people did."""
        for document, decisions in self._by_document.items():
            self._by_document[document] = [d for d in decisions if d.how == PERSON]

    def add(self, decisions: Iterable[Decision]) -> None:
        """Add decisions; each replaces those that it overlaps."""
        for new in decisions:
            own = self._by_document.setdefault(new.document, [])
            own[:] = [old for old in own if old.end <= new.start or new.end <= old.start]
            own.append(new)

    def save(self) -> bool:
        """Write the file; returns whether it changed."""
        decisions = [decision for own in self._by_document.values() for decision in own]
        decisions.sort(key=lambda d: (d.document, d.start, d.end))
        if self.path is None or (not decisions and not self.path.exists()):
            return False
        return jsonl.write(self.path, b"".join(jsonl.lines(decisions)))

    def people(self, document: str) -> list[str]:
        """Who decided something in a document, sorted."""
        decisions = self._by_document.get(document, ())
        return sorted({decision.by for decision in decisions if decision.how == PERSON})

    def person(self, document: str, span: Span) -> Decision | None:
        """The decision of a person by which a document has a span; None if there is none."""
        return next(
            (
                decision
                for decision in self._by_document.get(document, ())
                if decision.how == PERSON and span.key in {s.key for s in decision.spans}
            ),
            None,
        )
