"""What the store keeps besides documents and gold: the state of the sync, as values."""

from __future__ import annotations

from curate.model import Annotation, Record


class TrackedDocument(Record, frozen=True, kw_only=True):
    """A document in a Doccano project, as it was last pushed or seen.

    Args:
        document: id of the document.
        example: id of the Doccano example; None while a push has not been confirmed.
        confirmed: whether a person had confirmed it when it was last seen.
        base: the annotation that was last pushed, or last seen and merged.
    """

    document: str
    base: Annotation
    example: int | None = None
    confirmed: bool = False


class LocalState(Record, frozen=True, kw_only=True):
    """The local side of a document, as far as a sync plan needs it.

    Args:
        document: id of the document.
        gold: ``Annotation.content`` of its gold, empty if it has none.
        proposal: ``Annotation.content`` of its pre-annotation, empty if it has none.
        withdrawn: whether its newest revision is a tombstone.
        released: whether it is in the project of an annotator to whom it is no longer assigned.
        conflict: whether it has open conflicts.
        updating: whether an update of its Doccano example was started and did not finish.
        example: id of its Doccano example; None if it was never seen there.
        base: ``Annotation.content`` of what was last pushed or merged; empty if nothing was.
    """

    document: str
    gold: str = ""
    proposal: str = ""
    withdrawn: bool = False
    released: bool = False
    conflict: bool = False
    updating: bool = False
    example: int | None = None
    base: str = ""


class RemoteProject(Record, frozen=True, kw_only=True):
    """A Doccano project that the corpus is synced with; its description contains ``marker``."""

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
