"""What the benchmarks share: articles, their gold, and rows of the table."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import msgspec

from curate.model import Document, Revision, Span
from curate.util import jsonl

ROOT = Path(__file__).resolve().parents[2]
Row = tuple[str, str, str, str]


def articles(count: int, alike: bool = False) -> Iterator[Document]:
    """Articles of 2.4 kB, all different.

    Args:
        count: how many.
        alike: whether they are French, and near copies of each other; else each is spelled in an
            alphabet of its own, so that they have as little in common as news of different days.
    """
    text = (ROOT / "seeds" / "000_878ce322c5459e48.txt").read_text("utf-8")
    for number in range(count):
        body = text if alike else text.translate(_alphabet(number))
        one = f"{body} Dépêche {number}."
        yield Document(id=jsonl.document_id(one), text=one, lang="fr")


def _alphabet(number: int) -> dict[int, str]:
    letters = list(ascii_lowercase)
    random.Random(number).shuffle(letters)
    return str.maketrans(ascii_lowercase, "".join(letters))


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


def asked(
    description: str | None,
    rows: Callable[[int], Iterator[Row]],
    memory: Callable[[list[int]], Iterator[str]],
) -> None:
    """The command line of a benchmark that compares seconds, or tells memory by size."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--memory", type=int, nargs="+", metavar="DOCUMENTS")
    wanted = parser.parse_args()
    if wanted.memory:
        for line in memory(wanted.memory):
            print(line, flush=True)
        return
    for what, seconds, baseline, ratio in rows(wanted.documents):
        print(f"{what:<58}{seconds:>10}  {baseline:<44}{ratio:>7}", flush=True)
