"""Source files as lists of documents and problems, and short views of what was read."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from curate.formats.reading import ReadDocument, ReadItem, ReadOptions
from curate.formats.sources import read_annotated, source_files
from curate.model import Problem, SpanKey


def read(path: Path, format: str = "", **options: Any) -> tuple[list[ReadDocument], list[Problem]]:
    """The documents of a file, and the problems."""
    items = list(read_annotated(path, format, ReadOptions(**options)))
    return documents(items), [item for item in items if isinstance(item, Problem)]


def read_text(path: Path, text: str, **options: Any) -> tuple[list[ReadDocument], list[Problem]]:
    """Write a file, and read it."""
    path.write_text(text, encoding="utf-8")
    return read(path, **options)


def read_all(path: Path, format: str = "", **options: Any) -> list[ReadItem]:
    """Documents and problems of a file, or of all files of a folder."""
    paths = source_files([path], format)
    return [item for it in paths for item in read_annotated(it, format, ReadOptions(**options))]


def write_rows(path: Path, *rows: Any) -> Path:
    """Write JSON Lines; a string is written as it is."""
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def documents(items: list[ReadItem]) -> list[ReadDocument]:
    """The documents among what was read."""
    return [item for item in items if isinstance(item, ReadDocument)]


def reasons(items: list[ReadItem]) -> Counter[str]:
    """How many problems have each reason."""
    return Counter(it.code.removeprefix("read.") for it in items if isinstance(it, Problem))


def span_counts(items: list[ReadItem]) -> Counter[str]:
    """How many spans each layer has in all documents."""
    counts: Counter[str] = Counter()
    for item in documents(items):
        for layer in item.layers:
            counts[layer.layer] += len(layer.spans)
    return counts


def texts(documents: list[ReadDocument]) -> list[str]:
    """The texts of documents."""
    return [item.document.text for item in documents]


def surfaces(item: ReadDocument) -> list[tuple[str, str]]:
    """Text and label of the spans of a document's first layer."""
    text = item.document.text
    return [(text[span.start : span.end], span.label) for span in item.layers[0].spans]


def keys_by_layer(item: ReadDocument) -> dict[str, list[SpanKey]]:
    """The spans of each layer of a document."""
    return {layer.layer: [span.key for span in layer.spans] for layer in item.layers}
