"""Ledger and report at one and at four times the size: linear is a ratio of four at most.

Usage: ``python tests/benchmarks/report.py [--documents N]``. Each document is the seed article with
its 29 spans, pre-annotated and confirmed by one of two people; every hundredth by both.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path

from common import articles, row, spans, timed

from curate.model import Annotation, Assignment, Revision
from curate.quality.corpus import validate
from curate.report.run import write_report
from curate.workspace import Workspace

AT = "2026-01-05T09:00:00Z"


def build(root: Path, count: int) -> Workspace:
    """A corpus of a size."""
    Workspace.init(root, "bench")
    workspace = Workspace(root)
    gold = spans()
    with workspace.store.begin() as tx:
        for number, document in enumerate(articles(count)):
            tx.add_document(document)
            key = document.id
            tx.put_annotation(Annotation(document=key, layer="proposal", spans=gold[:25]))
            tx.put_annotation(Annotation(document=key, layer="model:m@1", spans=gold[:25]))
            people = ("anna", "bela") if number % 100 == 0 else (("anna", "bela")[number % 2],)
            for name in people:
                tx.put_annotation(Annotation(document=key, layer=f"annotator:{name}", spans=gold))
            done = dict.fromkeys(people, AT)
            tx.put_assignment(Assignment(document=key, annotators=people, done=done))
            tx.add_revision(
                Revision(
                    document=key,
                    number=1,
                    author="annotator:anna",
                    at=AT,
                    reason="r",
                    schema=workspace.schema.id,
                    spans=gold,
                    confirmed_by=", ".join(people),
                    confirmed_at=AT,
                )
            )
    return workspace


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000)
    count = parser.parse_args().documents
    with tempfile.TemporaryDirectory() as folder:
        small = build(Path(folder) / "small", count)
        large = build(Path(folder) / "large", 4 * count)
        page = Path(folder) / "report.html"
        write_report(small, page)  # so that imports are not measured
        size = page.stat().st_size
        times = {
            "ledger": (timed(small.ledger), timed(large.ledger)),
            "validate": (
                timed(lambda: validate(small, docs=False)),
                timed(lambda: validate(large, docs=False)),
            ),
            "report": (
                timed(lambda: write_report(small, page)),
                timed(lambda: write_report(large, page)),
            ),
        }
        for name, (once, four) in times.items():
            what = f"{name} of {4 * count:,} documents"
            print(*row(what, four, f"{count:,} documents", once), sep="  ")
        print(*row("report", times["report"][1], "validate alone", times["validate"][1]), sep="  ")
        print(f"page: {size:,} bytes of {count:,} documents, {page.stat().st_size:,} of 4 times")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory of this process: {peak} MB")


if __name__ == "__main__":
    main()
