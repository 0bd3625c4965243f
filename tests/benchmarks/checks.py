"""The checks: time and memory by the number of spans, against building a plain pandas frame.

Usage: ``python tests/benchmarks/checks.py [--spans 100000,300000,1000000] [--repeat 3]``.

Articles of 2.4 kB with 30 spans each are made from a seed: persons, places and organisations of a
few thousand names, a figure in every fifth sentence, one label in five hundred against the usual.
Each run is a process of its own; the quickest of the repeats counts. Time is the processor's, as
one core does all of it, with the time on the clock beside it; imports are done before. The baseline
builds a frame of the spans (document, start, end, label, surface) from rows, and checks nothing.
Memory is the peak of the whole process, the corpus in it.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curate import schema
from curate.model import Document, Revision, Span
from curate.util import jsonl

ROOT = Path(__file__).resolve().parents[2]
PER_ARTICLE = 30
FIRST = ["Anna", "Paul", "Marie", "Jean", "Luc", "Eva", "Karim", "Lea"]
LAST = [
    one + two
    for one in ["Ba", "Ko", "Mi", "Lu", "Ter", "San", "Vor", "Gal", "Nim", "Pa"]
    for two in ["ris", "ton", "vel", "mar", "dor", "lan", "nes"]
]


def article(number: int, draw: random.Random) -> tuple[Document, Revision]:
    """An article and its gold."""
    parts: list[str] = []
    spans: list[Span] = []
    at = 0
    for sentence in range(PER_ARTICLE):
        surface, label = _name(draw)
        told = str(draw.randrange(60)) if sentence % 5 == 0 else "mille"
        lead, rest = (
            "Selon la dépêche du matin, ",
            f", dit-on, a répondu {told} fois aux questions. ",
        )
        start = at + len(lead)
        spans.append(Span(start, start + len(surface), label, by="annotator:anna"))
        parts += [lead, surface, rest]
        at = start + len(surface) + len(rest)
    text = "".join(parts) + f"Dépêche {number}."
    document = Document(id=jsonl.document_id(text), text=text, lang="fr")
    return document, _gold(document.id, tuple(spans))


def _name(draw: random.Random) -> tuple[str, str]:
    if draw.random() < 0.5:
        rare = str(draw.randrange(300)) if draw.random() < 0.1 else ""
        return f"{draw.choice(FIRST)} {draw.choice(LAST)}{rare}", "PER"
    number = draw.randrange(len(LAST))
    return LAST[number], "PER" if draw.random() < 0.004 else "LOC" if number % 3 else "ORG"


def _gold(document: str, spans: tuple[Span, ...]) -> Revision:
    return Revision(
        document=document,
        number=1,
        author="annotator:anna",
        at="2026-01-01T00:00:00Z",
        reason="first pass",
        schema="news-fr@1.0.0",
        spans=spans,
        confirmed_by="anna",
    )


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Processor time of a piece of work, and the time on the clock."""
    processor, clock = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - processor, time.perf_counter() - clock


def measure(count: int, way: str) -> dict[str, float]:
    """One size, one way."""
    import pandas as pd

    from curate import quality

    draw = random.Random(7)
    labels = schema.load(ROOT / "schemas" / "news-fr.yaml")
    pairs = [article(number, draw) for number in range(-(-count // PER_ARTICLE))]

    def plain() -> None:
        rows = [
            (document.id, span.start, span.end, span.label, document.text[span.start : span.end])
            for document, revision in pairs
            for span in revision.spans
        ]
        pd.DataFrame(rows, columns=["document", "start", "end", "label", "surface"])

    quality.check_documents(pairs[:2], labels)  # so that imports are not measured
    before = _peak()
    work = plain if way == "plain" else lambda: quality.check_documents(pairs, labels)
    processor, clock = timed(work)
    return {"processor": processor, "clock": clock, "peak": _peak(), "before": before}


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Run every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", default="100000,300000,1000000")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        way, count = asked.one.split(":")
        print(json.dumps(measure(int(count), way)))
        return
    heads = ("spans", "checks", "on the clock", "plain frame", "ratio", "peak", "of it corpus")
    print(("{:>14}" * 7).format(*heads))
    for count in map(int, asked.spans.split(",")):
        found = {way: _apart(way, count, asked.repeat) for way in ("checks", "plain")}
        checks, plain = found["checks"], found["plain"]
        row = (
            f"{count:,}",
            f"{checks['processor']:.2f} s",
            f"{checks['clock']:.2f} s",
            f"{plain['processor']:.2f} s",
            f"{checks['processor'] / plain['processor']:.2f}",
            f"{checks['peak']:.0f} MB",
            f"{checks['before']:.0f} MB",
        )
        print(("{:>14}" * 7).format(*row), flush=True)


def _apart(way: str, count: int, repeat: int) -> dict[str, float]:
    """The quickest of some runs, each in a process of its own."""
    command = [sys.executable, __file__, "--one", f"{way}:{count}"]
    runs: list[dict[str, float]] = []
    for _ in range(repeat):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    return min(runs, key=lambda run: run["processor"])


if __name__ == "__main__":
    main()
