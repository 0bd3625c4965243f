"""Golden files: what each format looks like, byte by byte.

``tests/golden/round_trip/`` holds exports of ``corpus.jsonl`` in the formats from which every
annotation comes back, ``one_way/`` those in the other formats, and ``readers/`` one document
written in each format by hand.

The rule for all of them: a golden file changes only with a deliberate change of its format. Files
in ``readers/`` are edited by hand. For exports, run

    PYTHONPATH=.:tests python tests/formats/test_golden.py [FORMAT]...

read the difference, and tell the users of the format about it in CHANGELOG.md.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.golden_corpus import (
    CORPUS,
    GOLDEN,
    Pair,
    account,
    docs,
    export_corpus,
    table,
    tree,
    without_spaces,
)

from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.registry import FORMATS, READABLE, WRITABLE, detect_format
from curate.formats.sources import read_annotated, source_files
from curate.model import Span

ROUND_TRIP = (
    "cas-json",
    "doccano",
    "huggingface",
    "jsonl",
    "label-studio",
    "parquet",
    "prodigy",
    "web-annotation",
    "xmi",
)
COMPRESSED = (".spacy", ".parquet")
# What depends on the versions of zlib and pyarrow that wrote a file.
VERSIONED = (
    rb"\b[0-9a-f]{64}\b",
    rb'(?<="blocks":\[)[^]]*',
    rb'((?<=download_size: )|(?<=num_bytes: )|(?<=dataset_size: )|(?<="contentSize": "))\d+',
)

HAND_WRITTEN = GOLDEN / "readers"
EXPECTED = json.loads((HAND_WRITTEN / "expected.json").read_text("utf-8"))
SPANS = [tuple(span) for span in EXPECTED["spans"]]


@pytest.mark.parametrize(
    ("name", "format", "has_relations"),
    [
        ("argilla.json", "argilla", False),
        ("brat.txt", "brat", True),
        ("brat.ann", "brat", True),
        ("conllu.conllu", "conllu", False),
        ("curate.jsonl", "jsonl", True),
        ("doccano.jsonl", "doccano", False),
        ("doccano-relations.jsonl", "doccano", True),
        ("label-studio.json", "label-studio", True),
        ("label-studio-utf16.json", "label-studio", True),
        ("prodigy.jsonl", "prodigy", True),
        ("webanno.tsv", "webanno", True),
    ],
)
def test_every_reader_gives_the_same_document(name, format, has_relations):
    path = HAND_WRITTEN / name
    assert detect_format(path).name == format
    (item,) = read_annotated(path, options=in_code_points(format))
    assert isinstance(item, ReadDocument)
    assert item.document.text == EXPECTED["text"]
    (layer,) = item.layers
    assert layer.layer == "gold"
    assert [span.key for span in layer.spans] == SPANS
    relations = [(SPANS.index(it.head), SPANS.index(it.tail), it.label) for it in layer.relations]
    assert relations == ([tuple(it) for it in EXPECTED["relations"]] if has_relations else [])


def in_code_points(format: str) -> ReadOptions:
    """The options by which a format that leaves its offsets open is read without a warning."""
    return ReadOptions(offsets="codepoints" if FORMATS[format].open_offsets else "")


def golden_folder(format: str) -> Path:
    return GOLDEN / ("round_trip" if format in ROUND_TRIP else "one_way") / format


def export_readably(format: str, folder: Path) -> Path:
    """Export the corpus, with the content of compressed files in a text file beside them."""
    target = export_corpus(format, folder)
    if format == "spacy":
        write_readable(target, docs(target))
    for path in [target] if format == "parquet" else sorted(target.rglob("*.parquet")):
        write_readable(path, table(path))
    return target


def write_readable(path: Path, rows: list[dict[str, Any]]) -> None:
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    path.with_name(f"{path.name}.json").write_text(text, encoding="utf-8", newline="\n")


def golden_files(folder: Path) -> dict[str, bytes]:
    """The files of an export without compressed ones, and without what depends on versions."""
    files = {name: data for name, data in tree(folder).items() if not name.endswith(COMPRESSED)}
    if len(files) == len(tree(folder)):
        return files
    for pattern in VERSIONED:
        files = {name: re.sub(pattern, b"...", data) for name, data in files.items()}
    return files


@pytest.mark.parametrize("format", WRITABLE)
def test_an_export_is_equal_to_the_golden_files(format: str, tmp_path: Path) -> None:
    export_readably(format, tmp_path)
    assert golden_files(tmp_path) == tree(golden_folder(format))


def read_back(format: str, target: Path) -> Iterator[ReadDocument]:
    if format == "huggingface":
        format, target = "parquet", target / "data" / "documents"
    for path in source_files([target], format):
        for item in read_annotated(path, format, in_code_points(format)):
            if isinstance(item, ReadDocument):
                yield item
            else:
                # Tokens of lost spans are marked as missing in a DocBin.
                assert item.severity == "info" or item.code == "read.not-annotated", item


@pytest.mark.parametrize("format", sorted({*WRITABLE} & {*READABLE, "huggingface"}))
def test_what_comes_back_is_what_the_sidecar_does_not_list_as_lost(
    format: str, tmp_path: Path
) -> None:
    target = export_readably(format, tmp_path)
    sidecar = account(target)
    lists = {kind: sidecar[f"lost_{kind}"] for kind in ("spans", "relations", "categories")}
    for name, totals in sidecar.get("tables", {}).items():  # the first table has what they lack
        rows = [row for row in lists["spans"] if row.get("table") == name]
        assert Counter(row["reason"] for row in rows) == totals["lost"]
        lists["spans"] = [row for row in lists["spans"] if row not in rows]
    assert Counter(row["reason"] for rows in lists.values() for row in rows) == sidecar["lost"]
    if format in ROUND_TRIP:
        assert sidecar["lost"] == {}
    if "spans" in FORMATS[format].writes:
        loses_overlaps = bool({"nested", "overlapping"} & sidecar["lost"].keys())
        assert loses_overlaps == ("overlaps" not in FORMATS[format].writes)
    else:
        assert sidecar["counts"]["spans"] == 0
    items = list(read_back(format, target))
    documents = CORPUS
    if format == "huggingface":  # in the order of the splits
        order = [item.document.id for item in items]
        documents = sorted(CORPUS, key=lambda it: order.index(it[0].id))
    # Without spans nobody can have made one.
    absent = () if "spans" in FORMATS[format].writes else ("by", "score")
    compare(documents, items, [it for it in sidecar["without"] if it not in absent], lists)


def compare(
    documents: list[Pair],
    items: list[ReadDocument],
    aspects: list[str],
    lists: dict[str, list[dict[str, Any]]],
) -> None:
    """Compare documents with what came back of them.

    Of ``aspects``, what the format is without, each must differ somewhere; all else must be equal,
    apart from what is listed as lost.
    """
    without = set(aspects)
    lost = {
        "spans": {(r["document"], r["start"], r["end"], r["label"]) for r in lists["spans"]},
        "relations": {
            (r["document"], tuple(r["head"]), tuple(r["tail"]), r["label"])
            for r in lists["relations"]
        },
        "categories": {(r["document"], r["label"]) for r in lists["categories"]},
    }
    differs: set[str] = set()
    for (document, revision), item in zip(documents, items, strict=True):
        layer = item.layers[0] if item.layers else None
        spans = [s for s in revision.spans if (document.id, *s.key) not in lost["spans"]]
        relations = {
            r.key for r in revision.relations if (document.id, *r.key) not in lost["relations"]
        }
        categories = {
            c.label for c in revision.categories if (document.id, c.label) not in lost["categories"]
        }
        assert {r.key for r in layer.relations} == relations if layer else not relations
        assert {c.label for c in layer.categories} == categories if layer else not categories
        back = list(layer.spans) if layer else []
        if item.document.text != document.text:
            differs.add("text")
            assert without_spaces(item.document.text) == without_spaces(document.text)
        assert surfaces(item.document.text, back) == surfaces(document.text, spans)
        if "text" not in without:
            assert [span.key for span in back] == [span.key for span in spans]
        for there, here in zip(back, spans, strict=True):
            differs |= {"by"} if (there.by, there.at) != (here.by, here.at) else set()
            differs |= {"score"} if there.score != here.score else set()
        meta = {k: v for k, v in item.document.meta.items() if k not in ("curate_id", "id")}
        differs |= {"meta"} if meta != document.meta else set()
        differs |= {"lang"} if item.document.lang != document.lang else set()
    assert differs == without & {"text", "by", "score", "meta", "lang"}
    lost_kinds = {kind for kind in ("relations", "categories") if lost[kind]}
    assert lost_kinds == without & {"relations", "categories"}


def surfaces(text: str, spans: list[Span]) -> list[tuple[str, str]]:
    """Text and label of spans, ignoring white space."""
    return sorted((without_spaces(text[s.start : s.end]), s.label) for s in spans)


def write_golden_files(format: str) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        export_readably(format, Path(temporary))
        shutil.rmtree(golden_folder(format), ignore_errors=True)
        for name, data in golden_files(Path(temporary)).items():
            path = golden_folder(format) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


if __name__ == "__main__":
    for argument in sys.argv[1:] or WRITABLE:
        write_golden_files(argument)
