"""Rows of Doccano's import and export, for any text."""

from __future__ import annotations

import json
import uuid

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.doccano.codec import META, decode, encode, example_uuid
from curate.doccano.project_types import (
    CATEGORIES,
    RELATIONS,
    SPANS,
    SPANS_AND_CATEGORIES,
    ProjectKind,
)
from curate.errors import RemoteError
from curate.model import Annotation, Category, Document, Relation, Span
from curate.util import jsonl

PIECES = [
    "é",
    "e\u0301",
    "👩\u200d🚀",
    "\r\n",
    "\n",
    "\u00a0",
    "\u202f",
    "’",
    "אב",
    "a",
    " ",
    "\u2028",
    "𝒳",
]
texts = st.lists(
    st.sampled_from(PIECES) | st.characters(exclude_categories=("Cs",)), min_size=1
).map("".join)


@st.composite
def annotated(draw: st.DrawFn, kind: ProjectKind = SPANS) -> tuple[Document, Annotation]:
    text = draw(texts)
    spans = []
    for _ in range(draw(st.integers(0, 4)) if kind.spans else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        spans.append(Span(start, end, draw(st.sampled_from(["PER", "LOC"]))))
    ends = st.sampled_from([span.key for span in spans] or [(0, 1, "PER")])
    arrows = st.lists(st.builds(Relation, ends, ends, st.sampled_from(["r", "s"])), max_size=4)
    topics = st.lists(st.builds(Category, st.sampled_from(["sport", "politics"])), max_size=2)
    document = Document(id=jsonl.document_id(text), text=text, lang="fr", meta={"title": text[:5]})
    annotation = Annotation(
        document=document.id,
        layer="remote",
        spans=tuple(spans),
        relations=tuple(draw(arrows)) if kind.relations and spans else (),
        categories=tuple(draw(topics)) if kind.categories else (),
    )
    return document, annotation.sorted()


def exported(row: dict, kind: ProjectKind = SPANS, number: int = 3) -> dict:
    """The row of an export that the server makes of an import row.

    Metadata comes back at the top level; spans get ids of the server's own, in any order.
    """
    row = json.loads(json.dumps(row))
    back = {name: value for name, value in row.items() if name != "example_uuid"}
    if kind.numbered:
        spans = [{**span, "id": 70 - 2 * span["id"]} for span in row[kind.spans]]
        ends = ("from_id", "to_id")
        relations = [
            {"id": index, **relation, **{end: 70 - 2 * relation[end] for end in ends}}
            for index, relation in enumerate(row[kind.relations])
        ]
        back |= {kind.spans: spans[::-1], kind.relations: relations[::-1]}
    return {"id": number, **back, "Comments": []}


KINDS = (SPANS, RELATIONS, CATEGORIES, SPANS_AND_CATEGORIES)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.task)
@given(data=st.data())
def test_a_document_comes_back_as_it_went(kind, data):
    kind = msgspec.structs.replace(kind, overlap=True)
    document, annotation = data.draw(annotated(kind))
    back = decode(exported(encode(document, annotation, "m", kind), kind), False, kind)
    assert back.document == document.id == back.text_id
    assert back.annotation == annotation
    assert not back.doubled


@given(annotated(msgspec.structs.replace(RELATIONS, overlap=True)), st.booleans())
def test_a_relation_goes_only_to_spans_that_doccano_keeps(pair, overlap):
    document, annotation = pair
    kind = msgspec.structs.replace(RELATIONS, overlap=overlap)
    row = encode(document, annotation, "m", kind)
    kept, last = set(), -1
    for span in row["entities"]:  # in the order of their starts, as Doccano sorts them
        if overlap or span["start_offset"] >= last:
            kept.add(span["id"])
            last = span["end_offset"]
    for arrow in row["relations"]:
        assert {arrow["from_id"], arrow["to_id"]} <= kept
    if overlap:
        assert len(row["relations"]) == len(annotation.relations)


def test_labels_that_are_there_twice_are_noticed():
    both = {"id": 1, "text": "abc", "entities": [], "cats": ["sport", "sport"]}
    assert decode(both, False, SPANS_AND_CATEGORIES).doubled
    span = {"start_offset": 0, "end_offset": 1, "label": "PER"}
    arrow = {"from_id": 5, "to_id": 5, "type": "r"}
    linked = {
        "id": 1,
        "text": "abc",
        "entities": [{"id": 5, **span}],
        "relations": [{"id": 1, **arrow}, {"id": 2, **arrow}],
    }
    assert decode(linked, False, RELATIONS).doubled


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        (SPANS, {"categories": (Category("sport"),)}),
        (SPANS, {"relations": (Relation((0, 1, "PER"), (0, 1, "PER"), "r"),)}),
        (CATEGORIES, {"spans": (Span(0, 1, "PER"),)}),
        (RELATIONS, {"categories": (Category("sport"),)}),
    ],
)
def test_what_a_project_cannot_hold_is_not_sent(kind, parts):
    document = Document(id="d", text="abc")
    with pytest.raises(RemoteError, match="document d"):
        encode(document, Annotation(document="d", layer="remote", **parts), "m", kind)


def test_two_categories_are_not_sent_where_one_is_allowed():
    kind = msgspec.structs.replace(CATEGORIES, exclusive=True)
    two = Annotation(
        document="d", layer="remote", categories=(Category("sport"), Category("politics"))
    )
    with pytest.raises(RemoteError, match="document d"):
        encode(Document(id="d", text="abc"), two, "m", kind)


@given(st.lists(annotated(), min_size=2, max_size=4))
def test_every_row_has_the_same_fields(pairs):
    rows = [encode(document, annotation, "m") for document, annotation in pairs]
    assert len({tuple(sorted(row)) for row in rows}) == 1
    assert set(META) <= rows[0].keys()


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_unique_key_is_a_version_4_uuid_and_always_the_same(marker, document):
    key = uuid.UUID(example_uuid(marker, document))
    assert (key.version, key.variant) == (4, uuid.RFC_4122)
    assert example_uuid(marker, document) == str(key)


def test_the_unique_key_differs_by_project():
    assert example_uuid("a", "d") != example_uuid("b", "d")


def test_an_example_that_curate_did_not_make_has_no_document():
    example = decode({"id": 4, "text": "x", "label": []}, confirmed=True)
    assert (example.document, example.confirmed) == ("", True)


@pytest.mark.parametrize("row", [{"id": 4, "text": "x"}, {"id": 4, "text": "x", "label": [[1, 2]]}])
def test_a_row_of_another_kind_of_project_is_refused(row):
    with pytest.raises(RemoteError, match="example 4"):
        decode(row, confirmed=False)


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        (RELATIONS, {"label": []}),
        (RELATIONS, {"entities": [], "relations": [{"from_id": 1, "to_id": 2, "type": "r"}]}),
        (CATEGORIES, {"label": [[0, 1, "PER"]]}),
        (CATEGORIES, {"label": "sport"}),
        (SPANS_AND_CATEGORIES, {"entities": []}),
    ],
)
def test_a_row_that_does_not_fit_the_kind_is_refused(kind, row):
    with pytest.raises(RemoteError, match=kind.type):
        decode({"id": 4, "text": "abc", **row}, False, kind)
