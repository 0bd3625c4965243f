"""Decisions: regions that are settled for good, in a file, by strategies and by people.

``annotations/adjudication.jsonl`` has one decision per line, sorted by document and position. A
later run takes each region as it was decided, whatever the versions say by then. To have a region
decided again, remove its line.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from curate.agreement.annotation_sets import AnnotationSets, stored_annotation_sets
from curate.agreement.regions import Bounds, Decision
from curate.errors import InputError
from curate.model import Span
from curate.util import jsonl

if TYPE_CHECKING:
    from curate.workspace import Workspace

FILE = "adjudication.jsonl"
PERSON = "person"
NOTHING = "none"
"""What ``decide`` takes instead of an annotator where no span belongs in the result."""


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


def decide(workspace: Workspace, document: str, start: int, end: int, take: str) -> Decision:
    """Settle a region of a document by hand, and store the decision.

    Args:
        document: beginning of its id.
        start: first code point of the region.
        end: one past the last.
        take: the annotator whose spans there are taken, or ``none`` for no span.

    Raises:
        InputError: there is no such document, the annotator has no version of it, or a span of it
            is partly outside the region.
    """
    with workspace.locked("adjudicate"):
        decisions = DecisionFile(workspace.annotations / FILE)
        decision = decide_region(
            stored_annotation_sets(workspace.store),
            workspace.find(document),
            (start, end),
            take,
            by=workspace.config.corpus.curator,
            at=workspace.now(),
        )
        decisions.add([decision])
        decisions.save()
    return decision


def decide_region(
    sets: AnnotationSets, document: str, bounds: Bounds, take: str, *, by: str, at: str
) -> Decision:
    """The decision for what one annotator has in a region, or for nothing.

    Args:
        sets: the versions.
        document: id of the document.
        bounds: the region.
        take: name of the annotator, or ``none``.
        by: who decides.
        at: when.

    Raises:
        InputError: the annotator has no version of the document, or a span of it is partly outside
            the region.
    """
    start, end = bounds
    spans: tuple[Span, ...] = ()
    if take != NOTHING:
        version = sets.versions().get(document, {}).get(take)
        if version is None:
            raise InputError(
                f"{take} has no version of {document}",
                "name an annotator who annotated it, or none",
            )
        spans = tuple(span for span in version.spans if span.start < end and start < span.end)
        if any(span.start < start or span.end > end for span in spans):
            first, last = min(s.start for s in spans), max(s.end for s in spans)
            raise InputError(
                f"{take} has a span that is partly outside {start}-{end}",
                f"decide on {first}-{last}",
            )
    return Decision(document=document, start=start, end=end, how=PERSON, by=by, at=at, spans=spans)
