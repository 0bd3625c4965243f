"""Benchmarks of agreement and evaluation: against other libraries, and how they grow.

Usage: ``python tests/benchmarks/agreement.py [--documents N]``. The articles and the annotators
that err on them are made by a seeded generator.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from curate.agreement import (
    AgreementOptions,
    AnnotationSets,
    Resampler,
    adjudicate_document,
    evaluate,
    inter_annotator_agreement,
    majority,
    reliability,
    weighted,
)
from curate.model import Annotation, Document, Span
from curate.util import jsonl

Row = tuple[str, str, str, str]
LABELS = ("PER", "LOC", "ORG", "DATE", "EVENT")
NAMES = ("anna", "bela", "carl")
SPANS = 25  # a document, about as many as in an article


def corpus(count: int) -> AnnotationSets:
    """Documents of 2 kB, and three annotators who agree on nine spans in ten."""
    generator = np.random.default_rng(0)
    documents: list[Document] = []
    annotations: dict[str, list[Annotation]] = {name: [] for name in NAMES}
    for number in range(count):
        text = f"{number:06} " + "mot autre " * 200
        key = jsonl.document_id(text)
        documents.append(Document(id=key, text=text))
        starts = 7 + 10 * np.sort(generator.choice(200, SPANS, replace=False))
        labels = generator.integers(0, len(LABELS), SPANS)
        for name in NAMES:
            errs = generator.random(SPANS)
            spans = tuple(
                Span(
                    int(at),
                    int(at) + (3 if err > 0.05 else 9),
                    LABELS[(at_label + (err > 0.97)) % 5],
                )
                for at, at_label, err in zip(starts, labels, errs, strict=True)
                if err > 0.02
            )
            layer = f"annotator:{name}"
            annotations[name].append(Annotation(document=key, layer=layer, spans=spans))
    return AnnotationSets(
        documents=tuple(documents),
        annotations={name: tuple(own) for name, own in annotations.items()},
    )


def timed(work: Callable[[], Any]) -> float:
    """Seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(title: str, seconds: float, baseline: str, other: float) -> Row:
    """A row of the table."""
    return title, f"{seconds:.2f} s", f"{baseline} {other:.2f} s", f"{seconds / other:.3f}"


def bench_agreement(count: int) -> Iterator[Row]:
    """Every measure but gamma, without and with intervals, at one and at four times the size."""
    small, large = corpus(count), corpus(4 * count)
    plain = timed(lambda: inter_annotator_agreement(small, AgreementOptions(resamples=0)))
    four = timed(lambda: inter_annotator_agreement(large, AgreementOptions(resamples=0)))
    yield row(f"agreement of 3 on {4 * count:,} documents", four, f"on {count:,}", plain)
    with_intervals = timed(
        lambda: inter_annotator_agreement(small, AgreementOptions(resamples=1000))
    )
    title = f"the same on {count:,} with 1,000 resamples"
    yield row(title, with_intervals, "without", plain)


def bench_evaluate(count: int) -> Iterator[Row]:
    """CoNLL and the four schemes of SemEval against nervaluate's four schemes."""
    from nervaluate.evaluator import Evaluator

    sets = corpus(count)
    gold, predicted = sets.annotations["anna"], sets.annotations["bela"]
    no_intervals = Resampler(0)
    ours = timed(lambda: evaluate(sets.documents, gold, predicted, resampler=no_intervals))

    def theirs(side: Sequence[Annotation]) -> list[list[dict[str, Any]]]:
        return [
            [{"label": s.label, "start": s.start, "end": s.end - 1} for s in a.spans] for a in side
        ]

    their_gold, their_predicted = theirs(gold), theirs(predicted)
    other = timed(
        lambda: Evaluator(their_gold, their_predicted, list(LABELS), loader="dict").evaluate()
    )
    yield row(f"evaluation of {count:,} documents", ours, "nervaluate", other)


def bench_adjudicate(count: int) -> Iterator[Row]:
    """Dawid and Skene with the adjudication by it, against the majority."""
    documents = list(corpus(count).versions().values())

    def by_weight() -> None:
        strategy = weighted(reliability(documents))
        for versions in documents:
            adjudicate_document(versions, strategy)

    def by_votes() -> None:
        strategy = majority()
        for versions in documents:
            adjudicate_document(versions, strategy)

    yield row(
        f"weighted adjudication of {count:,} documents",
        timed(by_weight),
        "majority",
        timed(by_votes),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=500)
    count = parser.parse_args().documents
    for bench in (bench_agreement, bench_evaluate, bench_adjudicate):
        for line in bench(count):
            print(" | ".join(line))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
