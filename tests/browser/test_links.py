"""The address of a document in Doccano opens that document, with what was told of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.annotator_page import AnnotatorPage

from curate.model import Annotation, Document, Span
from curate.quality.corpus import example_url, validate
from curate.quality.push_comments import push_findings
from curate.sync.run import sync
from curate.util import jsonl
from curate.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.server]

FIRST, SECOND, THIRD = (f"Marco Rubio parle à Kiev, le {day} juin." for day in (1, 2, 3))


def test_the_address_opens_the_document_among_others_with_its_findings(
    propose: Callable[..., tuple[Workspace, str]], log_in: Callable[[str], AnnotatorPage]
):
    workspace, _ = propose(FIRST, {"Marco Rubio": "PER"})
    with workspace.store.begin() as tx:
        for text in (SECOND, THIRD):
            key = jsonl.document_id(text)
            tx.add_document(Document(id=key, text=text, lang="fr"))
            span = Span(0, 12, "PER", by="model:test@1")  # a blank at its edge
            for layer in ("model:test@1", "proposal"):
                tx.put_annotation(Annotation(document=key, layer=layer, spans=(span,)))
    sync(workspace)
    key = jsonl.document_id(SECOND)
    anna = log_in("anna")
    anna.visit(example_url(workspace, key))
    assert anna.text() == SECOND
    anna.confirm()
    anna.sees_confirmed(True)
    sync(workspace)

    report = push_findings(workspace, validate(workspace, docs=False))
    assert [*report.links] == [key]
    anna.visit(report.links[key])
    assert anna.text() == SECOND
    (comment,) = anna.comments()
    assert "blank" in comment and "(0–12)" in comment
