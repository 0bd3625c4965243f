"""Golden files of every format, and what the readers get back from them.

``tests/golden/round_trip/`` are the formats from which every mark comes back, ``one_way/`` the
others. To accept a change of a format, run ``python tests/unit/test_export_golden.py``, and look
at the difference.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.golden_corpus import CORPUS, GOLDEN, RELEASE, SCHEMA, Pair, account, docs, table, tree

from curate.formats import export
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.registry import WRITABLE
from curate.formats.sources import read_annotated, source_files
from curate.model import Span

ROUND_TRIP = ("doccano", "huggingface", "jsonl", "label-studio", "parquet", "prodigy")
READERS = {
    "huggingface": "parquet",
    "web-annotation": "",  # no reader: see the tests of the consumers
}
PARTS = {"huggingface": "data/documents"}
"""The folder in the export that holds everything, where there are further tables."""


def folder(format: str) -> Path:
    return GOLDEN / ("round_trip" if format in ROUND_TRIP else "one_way") / format


def made(format: str, root: Path) -> Path:
    """The export, as it goes into the golden files: what is packed is unpacked."""
    target = root / f"corpus.{format}"
    export.write(format, CORPUS, target, SCHEMA, RELEASE)
    if format == "spacy":  # packed, and the packing differs between builds of zlib
        _readable(target, docs(target))
    for path in [target] if format == "parquet" else sorted(target.rglob("*.parquet")):
        _readable(path, table(path))  # the file names the version of the library that wrote it
    return target


def _readable(path: Path, rows: list[dict[str, Any]]) -> None:
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    path.with_name(f"{path.name}.json").write_text(text, encoding="utf-8", newline="\n")


def stable(root: Path) -> dict[str, bytes]:
    """The files without what hangs on the versions of zlib and pyarrow that wrote them."""
    found = {name: data for name, data in tree(root).items() if not name.endswith(PACKED)}
    if len(found) == len(tree(root)):
        return found
    for pattern in VERSIONED:
        found = {name: re.sub(pattern, b"...", data) for name, data in found.items()}
    return found


PACKED = (".spacy", ".parquet")
VERSIONED = (
    rb"\b[0-9a-f]{64}\b",
    rb'(?<="blocks":\[)[^]]*',
    rb'((?<=download_size: )|(?<=num_bytes: )|(?<=dataset_size: )|(?<="contentSize": "))\d+',
)


@pytest.mark.parametrize("format", WRITABLE)
def test_the_output_is_that_of_the_golden_files(format: str, tmp_path: Path) -> None:
    made(format, tmp_path)
    assert stable(tmp_path) == tree(folder(format))


def back(format: str, path: Path) -> Iterator[ReadDocument]:
    """What our reader of a format gives back."""
    root = path / PARTS.get(format, "")
    for file in source_files([root], READERS.get(format, format)):
        for item in read_annotated(file, READERS.get(format, format), ReadOptions()):
            if isinstance(item, ReadDocument):
                yield item
            else:
                assert item.severity == "info", item


def solid(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("format", [it for it in WRITABLE if READERS.get(it, it)])
def test_what_comes_back_is_what_the_account_says_was_not_lost(format: str, tmp_path: Path) -> None:
    target = made(format, tmp_path)
    told = account(target)
    lists = {kind: told[f"lost_{kind}"] for kind in ("spans", "relations", "categories")}
    for name, inner in told.get("tables", {}).items():  # what they lack, the first table has
        rows = [row for row in lists["spans"] if row.get("table") == name]
        assert Counter(row["reason"] for row in rows) == inner["lost"]
        lists["spans"] = [row for row in lists["spans"] if row not in rows]
    told |= {f"lost_{kind}": rows for kind, rows in lists.items()}
    items = list(back(format, target))
    pairs = CORPUS if format != "huggingface" else _by_text(items)
    assert len(items) == len(CORPUS)
    compare(pairs, items, told)
    assert Counter(row["reason"] for rows in lists.values() for row in rows) == told["lost"]
    if format in ROUND_TRIP:
        assert told["lost"] == {}


def _by_text(items: list[ReadDocument]) -> list[Pair]:
    """The corpus in the order in which splits come back."""
    order = [item.document.id for item in items]
    return sorted(CORPUS, key=lambda it: order.index(it[0].id))


def compare(pairs: list[Pair], items: list[ReadDocument], told: dict[str, Any]) -> None:
    """Hold documents against what came back of them, and both against the account.

    What the account says the format is without must differ somewhere, and all else be equal.
    """
    without = set(told["without"])
    gone = {
        "spans": {(r["document"], r["start"], r["end"], r["label"]) for r in told["lost_spans"]},
        "relations": {
            (r["document"], tuple(r["head"]), tuple(r["tail"]), r["label"])
            for r in told["lost_relations"]
        },
        "categories": {(r["document"], r["label"]) for r in told["lost_categories"]},
    }
    differs: set[str] = set()
    for (document, revision), item in zip(pairs, items, strict=True):
        said = item.layers[0] if item.layers else None
        spans = [s for s in revision.spans if (document.id, *s.key) not in gone["spans"]]
        relations = {
            r.key for r in revision.relations if (document.id, *r.key) not in gone["relations"]
        }
        categories = {
            c.label for c in revision.categories if (document.id, c.label) not in gone["categories"]
        }
        assert {r.key for r in said.relations} == relations if said else not relations
        assert {c.label for c in said.categories} == categories if said else not categories
        found = list(said.spans) if said else []
        if item.document.text != document.text:
            differs.add("text")
            assert solid(item.document.text) == solid(document.text)
        assert marked(item.document.text, found) == marked(document.text, spans)
        if "text" not in without:
            assert [s.key for s in found] == [s.key for s in spans]
        for there, here in zip(found, spans, strict=True):
            differs |= {"by"} if (there.by, there.at) != (here.by, here.at) else set()
            differs |= {"score"} if there.score != here.score else set()
        meta = {k: v for k, v in item.document.meta.items() if k not in ("curate_id", "id")}
        differs |= {"meta"} if meta != document.meta else set()
        differs |= {"lang"} if item.document.lang != document.lang else set()
    lost = {kind for kind in ("relations", "categories") if gone[kind]}
    assert differs == without & {"text", "by", "score", "meta", "lang"}
    assert lost == without & {"relations", "categories"}


def marked(text: str, spans: list[Span]) -> list[tuple[str, str]]:
    """What is marked as what, without white space."""
    return sorted((solid(text[s.start : s.end]), s.label) for s in spans)


if __name__ == "__main__":
    import tempfile

    for one in sys.argv[1:] or WRITABLE:
        with tempfile.TemporaryDirectory() as temporary:
            made(one, Path(temporary))
            shutil.rmtree(folder(one), ignore_errors=True)
            for name, data in stable(Path(temporary)).items():
                path = folder(one) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
