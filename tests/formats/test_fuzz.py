"""Whatever a file contains, a reader yields documents and problems, and never raises."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curate.errors import InputError
from curate.formats.reading import ReadDocument
from curate.formats.sources import read_annotated
from curate.formats.to_document import NormalisedDocument, to_document
from curate.model import Problem

FIELDS = [
    *("text", "data", "label", "labels", "entities", "annotations", "relations", "cats", "meta"),
    *("spans", "categories", "id", "start", "end", "start_offset", "end_offset", "user", "result"),
    *("value", "choices", "completed_by", "from_id", "to_id", "type", "head", "tail", "answer"),
    *("head_span", "child_span", "accept", "predictions", "annotator", "annotation_id", "score"),
    *("direction", "was_cancelled", "updated_at", "_annotator_id", "model_version", "lang", "by"),
]


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 9)
    | st.sampled_from(
        [0.5, "Anna", "x y", "", "relation", "labels", "accept", "2026-01-01T00:00:00Z"]
    )
)


VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
    ),
    max_leaves=12,
)


ROWS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5)


def held(format: str, name: str, data: bytes, notes: bytes = b"") -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        if format == "brat":
            path.with_suffix(".ann").write_bytes(notes)
        for item in read_annotated(path, format):
            assert isinstance(item, ReadDocument | Problem)
            if isinstance(item, ReadDocument):
                text = item.document.text
                for layer in item.layers:
                    assert all(0 <= s.start < s.end <= len(text) for s in layer.spans)
                assert isinstance(to_document(item), NormalisedDocument | Problem)


@pytest.mark.parametrize(
    "format", ["jsonl", "doccano", "label-studio", "prodigy", "spacy-json", "gliner"]
)
@settings(max_examples=80)
@given(row=ROWS)
def test_any_object(format: str, row: dict[str, Any]) -> None:
    texted = {"text": "Anna Elm", **row}
    task = {**row, "data": {"text": "Anna Elm"}}
    held(format, "a.json", json.dumps([row, texted, task]).encode())


LINES = st.sampled_from(
    [
        *(
            "Anna\tB-PER",
            "Elm I-PER",
            "-DOCSTART-",
            "",
            " ",
            "\t",
            "# newdoc",
            "#Text=Anna \\",
            "O",
        ),
        *("#FORMAT=WebAnno TSV 3.3", "#T_SP=a.b.C|value", "#T_RL=a.R|l|BT_a.b.C", "#T_CH=x|a|b"),
        *(
            "1-1\t0-4\tAnna\tPER[1]|_\tx\t1-1[0_9]",
            "1-2\t9-4\t\\",
            "1-1\t0-1\tA",
            "T1\tPER 0 4\tAnna",
        ),
        *("T2\tPER 0 2;3 4\tAnna", "R1\tr Arg1:T1 Arg2:T1", "T1", "*\tx", "A", "text,label", "a,b"),
        *(
            '"',
            'a,"b',
            "1\tAnna\t_\t_\t_\t_\t_\t_\t_\tNER=(x|Entity=x)",
            "2-1\tx" + "\t_" * 8,
            "\x00",
        ),
        *(
            "1-2\tx" + "\t_" * 8,
            "1\ty" + "\t(a-" * 8,
            "<rss>",
            "<p>Anna</p>",
            "__label__a",
            "\ufeff",
        ),
    ]
)


BYTES = st.lists(LINES.map(str.encode) | st.binary(max_size=6), max_size=9).map(b"\n".join)


@pytest.mark.parametrize(
    "format",
    [
        "txt",
        "lines",
        "fasttext",
        "csv",
        "tsv",
        "brat",
        "conll",
        "conllu",
        "conll2012",
        "token-table",
        "webanno",
        "feed",
    ],
)
@settings(max_examples=80)
@given(data=BYTES, notes=BYTES)
def test_any_bytes(format: str, data: bytes, notes: bytes) -> None:
    try:
        held(format, "a.txt", data, notes)
    except InputError as error:  # a table without the column of the text is told as a whole
        assert format in ("csv", "tsv", "token-table") and "no column" in error.message


@pytest.mark.parametrize("format", ["spacy", "parquet", "html"])
@settings(max_examples=30)
@given(data=BYTES)
def test_any_bytes_in_what_libraries_read(format: str, data: bytes) -> None:
    held(format, "a.bin", data)
