"""A workspace with one planted error."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from support.audit_corpus import TIMES, changed, find, regular, revision

from curate.model import Document, Span
from curate.workspace import Workspace


class PlantedLabel(NamedTuple):
    """A wrong label: the document, its gold, and the right span."""

    document: Document
    spans: tuple[Span, ...]
    right: Span


@pytest.fixture
def planted() -> PlantedLabel:
    """The error in the workspace: one Paris is a person."""
    corpus = regular()
    number, span = find(corpus, "Paris", 2)
    wrong = (span.start, span.end, "PER")
    return PlantedLabel(*changed(corpus, number, [span], [wrong])[number], span)


@pytest.fixture
def workspace(tmp_path, planted) -> Workspace:
    """A workspace with the error; each look at the clock is a day later."""
    Workspace.init(tmp_path)
    days = iter(TIMES[1:])
    workspace = Workspace(tmp_path, now=lambda: next(days))
    with workspace.store.begin() as tx:
        for document, spans in regular():
            spans = planted.spans if document == planted.document else spans
            tx.add_document(document)
            tx.add_revision(revision(document, spans))
    return workspace
