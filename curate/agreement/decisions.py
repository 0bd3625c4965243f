"""``curate adjudicate --decide``: a region of a document is settled by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.agreement.annotation_sets import AnnotationSets, stored_annotation_sets
from curate.annotations.decisions import FILE, PERSON, Bounds, Decision, DecisionFile
from curate.errors import InputError
from curate.layers import curator_author
from curate.model import Span

if TYPE_CHECKING:
    from curate.workspace import Workspace

NOTHING = "none"
"""What ``decide`` takes instead of an annotator where no span belongs in the result."""


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
            by=curator_author(workspace.config.corpus.curator),
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
