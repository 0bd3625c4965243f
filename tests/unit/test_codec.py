"""Rows of Doccano's import and export, for any text."""

from __future__ import annotations

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate import jsonl
from curate.doccano.codec import META, decode, encode, example_uuid
from curate.errors import RemoteError
from curate.model import Annotation, Document, Span
from curate.schema import text_colour

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
def annotated(draw: st.DrawFn) -> tuple[Document, Annotation]:
    text = draw(texts)
    found = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        found.append(Span(start, end, draw(st.sampled_from(["PER", "LOC"]))))
    document = Document(id=jsonl.document_id(text), text=text, lang="fr", meta={"title": text[:5]})
    annotation = Annotation(document=document.id, layer="remote", spans=tuple(found))
    return document, annotation.sorted()


def exported(row: dict, number: int = 3) -> dict:
    """What the server makes of an import row: metadata comes back at the top level."""
    row = json.loads(json.dumps(row))
    meta = {
        key: value for key, value in row.items() if key not in ("text", "label", "example_uuid")
    }
    return {"id": number, "text": row["text"], **meta, "label": row["label"], "Comments": []}


@given(annotated())
def test_a_document_comes_back_as_it_went(pair):
    document, annotation = pair
    back = decode(exported(encode(document, annotation, "m")), confirmed=False)
    assert back.document == document.id == back.text_id
    assert back.annotation == annotation


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
    found = decode({"id": 4, "text": "x", "label": []}, confirmed=True)
    assert (found.document, found.confirmed) == ("", True)


@pytest.mark.parametrize("row", [{"id": 4, "text": "x"}, {"id": 4, "text": "x", "label": [[1, 2]]}])
def test_a_row_of_another_kind_of_project_is_refused(row):
    with pytest.raises(RemoteError, match="example 4 of the export cannot be read"):
        decode(row, confirmed=False)


def test_text_on_a_label_has_the_higher_contrast():
    assert [text_colour(c) for c in ("#000000", "#ffffff", "#0050a0", "#ffd54f")] == [
        "#ffffff",
        "#000000",
        "#ffffff",
        "#000000",
    ]
