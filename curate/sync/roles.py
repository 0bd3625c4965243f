"""What a Doccano project is for: its documents, what people are shown, and what becomes of it.

A corpus that people annotate together has one project, for its gold. Where they annotate
independently, each annotator has a project, whose annotations become that annotator's layer, and
documents on which they differ go to a project for adjudication, whose annotations become gold.
Documents that an audit suspects of errors go to a project for reviews.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from curate.agreement import adjudicate_document, confirmed_versions, consensus
from curate.layers import ADJUDICATED, PROPOSAL, REMOTE, annotator_layer
from curate.model import Annotation, Assignment, Document, Span
from curate.store.records import LocalState
from curate.store.transaction import Transaction
from curate.sync.settings import SyncSettings

ADJUDICATION_METADATA = ("annotators", "versions")
"""Metadata that adjudicators are shown in addition to the document's own."""

REVIEW_METADATA = ("suspects",)
"""Metadata that reviewers are shown in addition to the document's own."""


class ProjectRole:
    """What a project is for. By itself: every document, with its gold or else its proposal.

    Attributes:
        layer: the annotator's layer that pulled annotations become; empty if they become gold.
        reason: how the reasons of revisions that are pulled from the project begin.
        commits_unchanged: whether a confirmation makes a revision even if nothing was changed.
    """

    layer = ""
    reason = "pulled from Doccano"
    commits_unchanged = False

    def local_sides(self, tx: Transaction, marker: str) -> dict[str, LocalState]:
        """The local side of the documents that belong in the project, by document."""
        return tx.local_states(marker)

    def outgoing_annotation(self, tx: Transaction, document: str) -> Annotation:
        """What people are shown first in a document."""
        head = tx.head(document)
        return _remote(document, head.annotation if head else tx.annotation(document, PROPOSAL))

    def outgoing_document(self, tx: Transaction, document: Document) -> Document:
        """A document with the metadata that people are shown."""
        return document

    def outgoing_comments(self, tx: Transaction, document: Document) -> tuple[str, ...]:
        """Comments that a document gets when it arrives in the project."""
        return ()

    def adjusted_settings(self, settings: SyncSettings) -> SyncSettings:
        """The settings of a sync, as they apply to this project."""
        return settings


class GoldRole(ProjectRole):
    """The one project of a corpus that people annotate together."""


class IndependentRole(ProjectRole):
    """The project of one of several independent annotators.

    Their layer starts from the proposal, or from nothing in control documents.

    Args:
        account: the annotator's account name.
        assignments: who annotates which document.
        active: whether ``[tasks] annotators`` names the account; nothing new is pushed to the
            project of somebody who left, but what they confirm there is still pulled.
    """

    def __init__(
        self, account: str, assignments: Mapping[str, Assignment], active: bool = True
    ) -> None:
        self.layer = annotator_layer(account)
        self._active = active
        self._assignments = {
            document: assignment
            for document, assignment in assignments.items()
            if account in assignment.annotators
        }

    def local_sides(self, tx: Transaction, marker: str) -> dict[str, LocalState]:
        """The documents assigned to this annotator, whose layer takes the place of the gold.

        Those that were given to somebody else and are still in the project are released.
        """
        layers = tx.layer_contents(self.layer)
        nothing = Annotation(document="", layer=REMOTE).content
        sides: dict[str, LocalState] = {}
        for document, side in tx.local_states(marker).items():
            assignment = self._assignments.get(document)
            if side.example is None and (assignment is None or not self._active):
                continue
            sides[document] = msgspec.structs.replace(
                side,
                gold=layers.get(document, ""),
                conflict=False,
                released=assignment is None,
                proposal=nothing if assignment and assignment.control else side.proposal,
            )
        return sides

    def outgoing_annotation(self, tx: Transaction, document: str) -> Annotation:
        """Their layer, else the proposal, or nothing in a control document."""
        layer = tx.annotation(document, self.layer)
        control = document in self._assignments and self._assignments[document].control
        proposal = None if control else tx.annotation(document, PROPOSAL)
        return _remote(document, layer or proposal)


class AdjudicationRole(ProjectRole):
    """The project in which adjudicators decide where independent annotators differ.

    It starts from what the annotators agree on, or from what ``curate adjudicate`` settled, so that
    only what is open is left to the adjudicator.
    """

    reason = "adjudicated in Doccano"

    def local_sides(self, tx: Transaction, marker: str) -> dict[str, LocalState]:
        """The documents on which annotators differ, and those that are in the project already."""
        every_side = tx.local_states(marker)
        sides: dict[str, LocalState] = {}
        for document, assignment in tx.assignments().items():
            side = every_side.get(document)
            if side is None or (side.gold and side.example is None and not side.base):
                continue  # settled without an adjudicator
            versions = confirmed_versions(tx, assignment)
            if side.base or adjudicate_document(versions, consensus()).is_open:
                proposal = self.outgoing_annotation(tx, document).content
                sides[document] = msgspec.structs.replace(side, proposal=proposal)
        return sides

    def outgoing_annotation(self, tx: Transaction, document: str) -> Annotation:
        """The gold, else what ``curate adjudicate`` settled, else what all annotators agree on."""
        head = tx.head(document)
        settled = head.annotation if head else tx.annotation(document, ADJUDICATED)
        if settled is not None:
            return _remote(document, settled)
        return _remote(
            document, adjudicate_document(_versions(tx, document), consensus()).annotation
        )

    def outgoing_document(self, tx: Transaction, document: Document) -> Document:
        """The document, with the annotators' differing versions in its metadata."""
        differences = _differences(tx, document)
        values = (", ".join(differences), " | ".join(_lines(differences)))
        extra = dict(zip(ADJUDICATION_METADATA, values, strict=True))
        return msgspec.structs.replace(document, meta={**document.meta, **extra})

    def outgoing_comments(self, tx: Transaction, document: Document) -> tuple[str, ...]:
        """One comment per annotator: the part of their version on which not all agree."""
        return tuple(_lines(_differences(tx, document)))


class ReviewRole(ProjectRole):
    """The project in which people look again at documents that an audit suspects of errors.

    The gold of a document in review counts as its proposal: a newer one is pushed as long as nobody
    has changed the document, and every confirmation is pulled. A reviewed document counts as any
    other with gold.

    Args:
        questions: what people are asked about each document, in sentences; the most urgent
            document first.
    """

    reason = "reviewed in Doccano"
    commits_unchanged = True

    def __init__(self, questions: Mapping[str, tuple[str, ...]]) -> None:
        self._questions = questions

    def local_sides(self, tx: Transaction, marker: str) -> dict[str, LocalState]:
        """The documents that people are asked about, and those that are in the project already.

        A store that knows nothing of the project pulls the gold that it finds there.
        """
        tracked = tx.tracked_documents(marker)
        sides: dict[str, LocalState] = {}
        for document, side in tx.local_states(marker).items():
            asked = document in self._questions
            if tracked.get(document) or (side.withdrawn and document in tracked):
                sides[document] = side
            elif side.gold and (asked or document in tracked or not tracked):
                proposal = side.gold if asked or document in tracked else ""
                sides[document] = msgspec.structs.replace(side, gold="", proposal=proposal)
        return sides

    def outgoing_document(self, tx: Transaction, document: Document) -> Document:
        """The document, with the questions in its metadata."""
        questions = " | ".join(self._questions.get(document.id, ()))
        meta = {**document.meta, REVIEW_METADATA[0]: questions}
        return msgspec.structs.replace(document, meta=meta)

    def outgoing_comments(self, tx: Transaction, document: Document) -> tuple[str, ...]:
        """One comment per question."""
        return self._questions.get(document.id, ())

    def adjusted_settings(self, settings: SyncSettings) -> SyncSettings:
        """The most urgent documents first, and without a limit."""
        return msgspec.structs.replace(settings, order=self._by_urgency, open=0)

    def _by_urgency(self, tx: Transaction, documents: Iterable[str]) -> list[str]:
        place = {document: number for number, document in enumerate(self._questions)}
        return sorted(documents, key=lambda document: (place.get(document, len(place)), document))


def _remote(document: str, annotation: Annotation | None) -> Annotation:
    nothing = Annotation(document=document, layer=REMOTE)
    return msgspec.structs.replace(annotation or nothing, layer=REMOTE)


def _versions(tx: Transaction, document: str) -> dict[str, Annotation]:
    assignment = tx.assignment(document)
    return confirmed_versions(tx, assignment) if assignment else {}


def _differences(tx: Transaction, document: Document) -> dict[str, str]:
    """For each annotator, in words, what their version has beyond what all agree on."""
    versions = _versions(tx, document.id)
    agreed = adjudicate_document(versions, consensus()).annotation
    return {
        account: _difference(version, agreed, document.text)
        for account, version in versions.items()
    }


def _lines(differences: Mapping[str, str]) -> list[str]:
    return [f"{account}: {difference}" for account, difference in differences.items()]


def _difference(version: Annotation, agreed: Annotation, text: str) -> str:
    keys = {
        item.key for part in (agreed.spans, agreed.relations, agreed.categories) for item in part
    }
    spans = [_span(span, text) for span in version.spans if span.key not in keys]
    relations = [
        f"{text[r.head[0] : r.head[1]]} → {text[r.tail[0] : r.tail[1]]} {r.label}"
        for r in version.relations
        if r.key not in keys
    ]
    labels = [category.label for category in version.categories if category.key not in keys]
    return "; ".join(spans + relations + labels) or "—"


def _span(span: Span, text: str) -> str:
    return f"« {text[span.start : span.end]} » {span.label} ({span.start}–{span.end})"
