"""What the benchmarks share: articles, their gold, and rows of the table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from curate import jsonl
from curate.model import Document, Revision, Span

ROOT = Path(__file__).resolve().parents[2]
Row = tuple[str, str, str, str]


def articles(count: int) -> Iterator[Document]:
    """Articles of 2.4 kB, all different."""
    text = (ROOT / "seeds" / "000_878ce322c5459e48.txt").read_text("utf-8")
    for number in range(count):
        one = f"{text} Dépêche {number}."
        yield Document(id=jsonl.document_id(one), text=one, lang="fr")


def spans() -> tuple[Span, ...]:
    """The seed article's gold."""
    line = next((ROOT / "annotations" / "gold").glob("*.jsonl")).read_bytes().splitlines()[0]
    return msgspec.json.decode(line, type=Revision).spans


def timed(work: Callable[[], Any]) -> float:
    """Seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(what: str, seconds: float, baseline: str, other: float) -> Row:
    """A line of the table."""
    return what, f"{seconds:.2f} s", f"{baseline} {other:.2f} s", f"{seconds / other:.3f}"
