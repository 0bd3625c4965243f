"""What a project is for: which documents belong in it, what people are shown, what comes of it.

A corpus that people annotate together has one project, whose aim is the gold. Where they annotate
apart, each annotator has a project whose aim is that person's layer, and what they differ in goes
to one for adjudication, whose aim is the gold again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Protocol

import msgspec

from curate.annotations.diff import common
from curate.layers import ADJUDICATED, PROPOSAL, REMOTE, annotator_layer
from curate.model import Annotation, Assignment, Document, Span
from curate.store.records import Local
from curate.store.transaction import Transaction
from curate.sync.protocol import Settings

VERSIONS = ("annotators", "versions")
"""Metadata that an adjudicator is shown beside the document's own."""


class Aim(Protocol):
    """What a sync has to know of a project's purpose."""

    @property
    def layer(self) -> str:
        """The annotator's layer that is taken from it; empty where the gold is."""

    @property
    def reason(self) -> str:
        """What a revision that comes of it gives as its reason."""

    @property
    def decides(self) -> bool:
        """Whether a confirmation is kept as a revision even where it changes nothing."""

    def sides(self, tx: Transaction, marker: str) -> dict[str, Local]:
        """The local side of the documents that belong in the project."""

    def outgoing(self, tx: Transaction, document: str) -> Annotation:
        """What people are shown first."""

    def shown(self, tx: Transaction, document: Document) -> Document:
        """The document with the metadata that people are shown."""

    def remarks(self, tx: Transaction, document: Document) -> tuple[str, ...]:
        """Comments to put to the document when it arrives."""

    def paced(self, settings: Settings) -> Settings:
        """The settings, as far as another order or number of documents holds in this project."""


class Gold:
    """One project for everybody: the gold, or the proposal where there is no gold yet."""

    layer = ""
    reason = "pulled from Doccano"
    decides = False

    def sides(self, tx: Transaction, marker: str) -> dict[str, Local]:
        """Every document."""
        return tx.locals(marker)

    def outgoing(self, tx: Transaction, document: str) -> Annotation:
        """The gold, else the proposal."""
        head = tx.head(document)
        return _remote(document, head.annotation if head else tx.annotation(document, PROPOSAL))

    def shown(self, tx: Transaction, document: Document) -> Document:
        """The document as it is."""
        return document

    def remarks(self, tx: Transaction, document: Document) -> tuple[str, ...]:
        """None."""
        return ()

    def paced(self, settings: Settings) -> Settings:
        """As they are."""
        return settings


class Apart(Gold):
    """The project of one annotator: their layer, which starts from the proposal or from nothing.

    Args:
        annotator: account name.
        assignments: who is asked to annotate what.
    """

    def __init__(self, annotator: str, assignments: Mapping[str, Assignment]) -> None:
        self.layer = annotator_layer(annotator)
        self._mine = {k: each for k, each in assignments.items() if annotator in each.annotators}

    def sides(self, tx: Transaction, marker: str) -> dict[str, Local]:
        """The documents assigned to this annotator; what counts as gold here is their layer."""
        done = tx.layer_contents(self.layer)
        nothing = Annotation(document="", layer=REMOTE).content
        return {
            key: msgspec.structs.replace(
                side,
                gold=done.get(key, ""),
                conflict=False,
                proposal=nothing if self._mine[key].control else side.proposal,
            )
            for key, side in tx.locals(marker).items()
            if key in self._mine
        }

    def outgoing(self, tx: Transaction, document: str) -> Annotation:
        """Their layer, else the proposal, or nothing for a control document."""
        mine = tx.annotation(document, self.layer)
        control = document in self._mine and self._mine[document].control
        proposal = None if control else tx.annotation(document, PROPOSAL)
        return _remote(document, mine or proposal)


class Adjudication(Gold):
    """The project in which adjudicators decide.

    What stands in it already is what annotators agree on, or, where a curator ran
    ``curate adjudicate``, what that settled: the adjudicator is left with what is open.
    """

    reason = "adjudicated in Doccano"

    def sides(self, tx: Transaction, marker: str) -> dict[str, Local]:
        """The documents on which annotators differ, and those that are in the project already."""
        sides = tx.locals(marker)
        found: dict[str, Local] = {}
        for key, assignment in tx.assignments().items():
            side = sides.get(key)
            if side is None or (side.gold and side.example is None and not side.base):
                continue  # settled without an adjudicator
            if side.base or differ(versions(tx, assignment).values()):
                agreed = self.outgoing(tx, key).content
                found[key] = msgspec.structs.replace(side, proposal=agreed)
        return found

    def outgoing(self, tx: Transaction, document: str) -> Annotation:
        """The gold, else what `curate adjudicate` settled, else what all annotators say."""
        head = tx.head(document)
        settled = head.annotation if head else tx.annotation(document, ADJUDICATED)
        if settled is not None:
            return _remote(document, settled)
        said = _said(tx, document)
        return _remote(document, reduce(common, said.values()) if said else None)

    def shown(self, tx: Transaction, document: Document) -> Document:
        """The document, with who said what in its metadata."""
        said = _differences(tx, document)
        extra = {"annotators": ", ".join(said), "versions": " | ".join(_lines(said))}
        return msgspec.structs.replace(document, meta={**document.meta, **extra})

    def remarks(self, tx: Transaction, document: Document) -> tuple[str, ...]:
        """What each annotator says that not all say, a comment each."""
        return tuple(_lines(_differences(tx, document)))


def _said(tx: Transaction, document: str) -> dict[str, Annotation]:
    assignment = tx.assignment(document)
    return versions(tx, assignment) if assignment else {}


def _differences(tx: Transaction, document: Document) -> dict[str, str]:
    said = _said(tx, document.id)
    agreed = reduce(common, said.values()) if said else Annotation(document="", layer="")
    return {name: _differing(each, agreed, document.text) for name, each in said.items()}


def versions(tx: Transaction, assignment: Assignment) -> dict[str, Annotation]:
    """What each annotator of a document says, by name; empty until all of them confirmed it."""
    if set(assignment.done) < set(assignment.annotators):
        return {}
    found = {
        name: tx.annotation(assignment.document, annotator_layer(name)) for name in assignment.done
    }
    return {name: each for name, each in sorted(found.items()) if each is not None}


def differ(said: Iterable[Annotation]) -> bool:
    """Whether annotations of one document say different things."""
    return len({each.content for each in said}) > 1


def _remote(document: str, found: Annotation | None) -> Annotation:
    nothing = Annotation(document=document, layer=REMOTE)
    return msgspec.structs.replace(found or nothing, layer=REMOTE)


def _lines(said: Mapping[str, str]) -> list[str]:
    return [f"{name}: {what}" for name, what in said.items()]


def _differing(version: Annotation, agreed: Annotation, text: str) -> str:
    """What one version says beyond what all say, in words."""
    keys = {
        item.key for part in (agreed.spans, agreed.relations, agreed.categories) for item in part
    }
    spans = [_span(span, text) for span in version.spans if span.key not in keys]
    arrows = [
        f"{text[r.head[0] : r.head[1]]} → {text[r.tail[0] : r.tail[1]]} {r.label}"
        for r in version.relations
        if r.key not in keys
    ]
    labels = [category.label for category in version.categories if category.key not in keys]
    return "; ".join(spans + arrows + labels) or "—"


def _span(span: Span, text: str) -> str:
    return f"« {text[span.start : span.end]} » {span.label} ({span.start}–{span.end})"
