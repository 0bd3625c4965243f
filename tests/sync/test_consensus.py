"""Independent annotators of a document: what they agree on becomes gold, the rest is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.agreement import adjudicate_document, consensus
from curate.layers import annotator_layer
from curate.model import Annotation, Assignment, Category, Document, Relation, Span
from curate.sync.consensus import commit_unanimous
from curate.util import jsonl
from curate.workspace import Workspace

ANNA, PARIS = Span(0, 4, "PER"), Span(13, 18, "LOC")
LIVES = Relation(ANNA.key, PARIS.key, "lives")
TEXT = "Anna aime le Paris d'hier."


def version(*spans: Span, relations=(), categories=()) -> Annotation:
    return Annotation(
        document="d", layer="", spans=spans, relations=relations, categories=categories
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    Workspace.init(tmp_path)
    return Workspace(tmp_path, now=lambda: "2026-02-01T00:00:00Z")


def annotate(workspace: Workspace, text: str, done: dict[str, str], **layers: Annotation) -> str:
    """Assign a document to the annotators of these layers, some of whom have confirmed it."""
    key = jsonl.document_id(text)
    with workspace.store.begin() as tx:
        tx.add_document(Document(id=key, text=text, lang="fr"))
        for name, annotation in layers.items():
            layer = annotator_layer(name)
            tx.put_annotation(Annotation(document=key, layer=layer, spans=annotation.spans))
        tx.put_assignment(Assignment(document=key, annotators=tuple(layers), done=done))
    return key


@pytest.mark.parametrize(
    ("versions", "agreed", "is_open"),
    [
        ({}, version(), False),
        ({"anna": version(ANNA)}, version(ANNA), False),
        ({"anna": version(ANNA), "bela": version(ANNA)}, version(ANNA), False),
        ({"anna": version(ANNA, PARIS), "bela": version(ANNA)}, version(ANNA), True),
        (
            {
                "anna": version(ANNA, PARIS, relations=(LIVES,)),
                "bela": version(ANNA, PARIS),
            },
            version(ANNA, PARIS),
            True,
        ),
        (
            {"anna": version(categories=(Category("a"),)), "bela": version()},
            version(),
            True,
        ),
    ],
)
def test_what_all_annotators_have_is_agreed_and_the_rest_is_open(versions, agreed, is_open):
    adjudicated = adjudicate_document(versions, consensus())
    assert adjudicated.annotation.content == agreed.content
    assert adjudicated.is_open == is_open


def test_what_all_say_is_attributed_to_the_first_by_name():
    versions = {
        name: version(
            Span(*ANNA.key, by=name),
            PARIS,
            relations=(Relation(*LIVES.key, by=name),),
            categories=(Category("a", by=name),),
        )
        for name in ("bela", "anna")
    }
    agreed = adjudicate_document(versions, consensus()).annotation
    (relation,), (category,) = agreed.relations, agreed.categories
    assert (agreed.spans[0].by, relation.by, category.by) == ("anna", "anna", "anna")


def test_documents_become_gold_once_all_their_annotators_agree(workspace):
    both = {"anna": "2026-01-02T00:00:00Z", "bela": "2026-01-01T00:00:00Z"}
    alike = annotate(workspace, TEXT, both, anna=version(ANNA), bela=version(ANNA))
    differing = annotate(workspace, TEXT + " 2", both, anna=version(ANNA), bela=version(PARIS))
    alone = annotate(workspace, TEXT + " 3", {"anna": both["anna"]}, anna=version(PARIS))
    half = annotate(
        workspace, TEXT + " 4", {"anna": both["anna"]}, anna=version(ANNA), bela=version(ANNA)
    )
    assert commit_unanimous(workspace) == (2, 1)
    with workspace.store.begin() as tx:
        heads = {key: tx.head(key) for key in (alike, differing, alone, half)}
    assert heads[differing] is None
    assert heads[half] is None
    assert (heads[alike].author, heads[alike].confirmed_by, heads[alike].confirmed_at) == (
        "annotator:anna",
        "anna, bela",
        both["anna"],
    )
    assert (heads[alone].author, heads[alone].spans) == ("annotator:anna", (PARIS,))
    assert commit_unanimous(workspace) == (0, 1)
