"""Format ``jsonl``: a JSON object a line, or an array of them; see ``rows``."""

from __future__ import annotations

from collections.abc import Iterator

from curate.formats.readers import rows, values
from curate.formats.readers.common import Format, Item, Options, Refusal
from curate.formats.readers.source import Source


def read(source: Source, options: Options) -> Iterator[Item]:
    """Each object as a document."""
    for row in values.rows(source):
        if isinstance(row, Refusal):
            yield row
        else:
            yield from rows.items(row.value, row.where, row.text, options)


FORMAT = Format(
    "jsonl",
    "a JSON object a line: text, title, url, …, and what curate exports as jsonl",
    read,
    (".jsonl", ".ndjson", ".json"),
    annotated=False,
)
