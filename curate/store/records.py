"""What the store keeps beside documents and gold, as values."""

from __future__ import annotations

from curate.model import Annotation, Record


class TrackedDocument(Record, frozen=True, kw_only=True):
    """What the store knows of one document in one Doccano project.

    Args:
        document: id of the document.
        example: id of the Doccano example, None while a push is not confirmed.
        confirmed: whether a person had confirmed it when it was last seen.
        base: what was last pushed, or last seen and merged.
    """

    document: str
    base: Annotation
    example: int | None = None
    confirmed: bool = False


class LocalState(Record, frozen=True, kw_only=True):
    """The local side of one document, as far as a plan needs it.

    Args:
        document: id of the document.
        gold: ``Annotation.content`` of its gold, empty if it has none.
        proposal: ``Annotation.content`` of its pre-annotation, empty if it has none.
        withdrawn: whether it was taken out of the corpus: its newest revision is a tombstone.
        conflict: whether it has open conflicts.
        updating: whether a change of its gold was being carried to Doccano and did not end.
        example: id of its Doccano example, None if it was never seen there.
        base: ``Annotation.content`` of what was last pushed or merged, empty if nothing was.
    """

    document: str
    gold: str = ""
    proposal: str = ""
    withdrawn: bool = False
    conflict: bool = False
    updating: bool = False
    example: int | None = None
    base: str = ""


class RemoteProject(Record, frozen=True, kw_only=True):
    """A Doccano project that this corpus is synced with; ``marker`` is in its description."""

    marker: str
    url: str
    name: str
    project: int | None = None


class JournalStep(Record, frozen=True, kw_only=True):
    """A step of the journal; ``finished`` is empty if it was interrupted."""

    id: int
    sync: str
    step: str
    detail: str
    started: str
    finished: str = ""
