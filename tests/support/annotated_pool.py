"""An annotated pool of short articles, without models, for the tests of selection and ingestion."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from curate.pool.frame import COLUMNS
from curate.util import jsonl


def row(number: int, **more: object) -> dict[str, object]:
    """The row of an article; its score grows with its number."""
    text = f"La mairie a reçu {number} lettres."
    return {
        "id": jsonl.document_id(text),
        "text": text,
        "lang": "fr",
        "meta": json.dumps({"url": f"https://example.org/{number}"}),
        "spans": "[]",
        "score": number / 100,
        "problem": "",
        **more,
    }


ROWS = [row(number) for number in range(60)]
REFUSED = row(99, id="", score=0.0, problem="empty: no text in it")


def write(folder: Path, parts: list[list[dict[str, object]]]) -> Path:
    """Write a partition for each list of rows; returns the folder."""
    folder.mkdir()
    for number, rows in enumerate(parts):
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        frame.to_parquet(folder / f"p-{number:05}.parquet", index=False)
    return folder


def ids(rows: list[dict[str, object]]) -> list[str]:
    """Ids of rows."""
    return [str(row["id"]) for row in rows]
