"""A corpus of articles with and without gold, whose models differ on one of them."""

from __future__ import annotations

import pytest
from support import history_corpus, trained_corpus

from curate.model import Annotation, Span
from curate.workspace import Workspace


def put_layer(workspace: Workspace, document: str, layer: str, *spans: Span) -> None:
    with workspace.store.begin() as tx:
        tx.put_annotation(Annotation(document=document, layer=layer, spans=tuple(spans)))


@pytest.fixture
def corpus(tmp_path) -> Workspace:
    """Six articles with gold, and four without: models differ on the third of these."""
    workspace = trained_corpus.workspace(tmp_path / "gazette")
    trained_corpus.fill(workspace, range(6))
    for number in range(100, 104):
        (document,) = trained_corpus.fill(workspace, range(number, number + 1), gold=False)
        spans = [Span(s.start, s.end, s.label) for s in trained_corpus.article(number)[1]]
        other = [Span(s.start, s.end, "MISC") for s in spans] if number == 102 else spans
        # A model votes on a label only if it uses the label somewhere, as both do here.
        put_layer(workspace, document, "model:a@1", *spans)
        put_layer(workspace, document, "model:b@1", *other)
        put_layer(workspace, document, "proposal", *spans)
    return workspace


@pytest.fixture
def fresh() -> list[str]:
    """Ids of the articles without gold."""
    return [
        history_corpus.document(trained_corpus.article(number)[0]).id for number in range(100, 104)
    ]
