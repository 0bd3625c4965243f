"""How many of the top suspects of an audit are what two other annotators would have done otherwise.

Usage: ``python tests/benchmarks/audit_people.py NOVELS``, with a folder of exports in the shape
of Doccano 1.0 that three people annotated (``doccano-multiuser-novels``).

Each person's annotations are audited as if they were gold. An error is a span that the two others
have both and this person has not, or one that neither of them has. Nothing is planted.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from audit import Run, score
from audit import by_one_method as alone
from planted import Error

from curate.audit.detection import collect_signals
from curate.audit.documents import AuditedDocument, tokenise_corpus
from curate.audit.scoring import score_suspects
from curate.audit.suspects import Method
from curate.formats.reading import ReadDocument
from curate.formats.sources import read_annotated, source_files
from curate.model import Document, Problem, Span, SpanKey

METHODS: tuple[Method, ...] = ("model", "surfaces", "edges")
PEOPLE = 3
Layers = list[set[SpanKey]]


def load(source: Path) -> list[tuple[Document, Layers]]:
    """The documents that all people annotated; the rarer label of a file is ``other``."""
    documents = {}
    for path in source_files([source], "doccano"):
        items = [it for it in read_annotated(path, "doccano") if not isinstance(it, Problem)]
        labels = [span.label for item in items for layer in item.layers for span in layer.spans]
        most = max(sorted(set(labels)), key=labels.count)
        for item in items:
            layers = _keys(item, most)
            if len(layers) == PEOPLE:
                documents[item.document.id] = (item.document, layers)
    return [documents[key] for key in sorted(documents)]


def _keys(item: ReadDocument, most: str) -> Layers:
    return [
        {(s.start, s.end, "mention" if s.label == most else "other") for s in layer.spans}
        for layer in sorted(item.layers, key=lambda layer: layer.layer)
    ]


def disagreements(number: int, own: set[SpanKey], others: Iterable[set[SpanKey]]) -> list[Error]:
    """Where two people agree against a third one."""
    first, second = others
    lacking = (first & second) - own
    errors = [Error(number, "lacking", right, None) for right in sorted(lacking)]
    for wrong in sorted(own - first - second):
        if not any(wrong[0] < it[1] and it[0] < wrong[1] for it in lacking):
            errors.append(Error(number, "alone", None, wrong))
    return errors


def run(documents: list[tuple[Document, Layers]], person: int) -> Run:
    """The audit of one person's annotations."""
    errors = [
        error
        for number, (_, layers) in enumerate(documents)
        for error in disagreements(
            number, layers[person], [it for other, it in enumerate(layers) if other != person]
        )
    ]
    corpus = tokenise_corpus(
        AuditedDocument(document=document, spans=tuple(Span(*key) for key in sorted(it[person])))
        for document, it in documents
    )
    return Run(corpus, errors, collect_signals(corpus, METHODS, 0))


def main() -> None:
    """Print the figures of each person and their means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("novels", type=Path)
    documents = load(parser.parse_args().novels)
    runs = [run(documents, person) for person in range(PEOPLE)]
    names = ("P@50", "P@100", "P@200", "R@n", "R@2n")
    print(f"{'':<10}" + "".join(f"{name:>8}" for name in names))
    rankings = {
        **{method: [alone(it, method) for it in runs] for method in METHODS},
        "combined": [score_suspects(it.corpus, it.signals) for it in runs],
    }
    for ranking, suspects in rankings.items():
        rows = [score(it, listed) for it, listed in zip(runs, suspects, strict=True)]
        means = (sum(row[name] for row in rows) / len(rows) for name in names)
        print(f"{ranking:<10}" + "".join(f"{mean:>8.3f}" for mean in means))
    errors = ", ".join(str(len(it.errors)) for it in runs)
    print(f"{len(documents)} documents; errors of each person: {errors}")


if __name__ == "__main__":
    main()
