"""The actions that pre-annotation saves on French news, simulated: the ledger on WiNER-fr 2016.

Usage: ``python tests/benchmarks/ledger_winer.py CORPUS``.

CORPUS is the folder of the twelve months. The annotator is a program that leaves each article of
the test months (225 articles that no rule or weight was made from) as WiNER's annotators left it:
the outermost spans of persons, places, organisations and dates. What is proposed of other labels
is not looked at, since WiNER does not say what is right there. The actions are those of the
shortest way on Doccano's page (``curate.ledger.ACTIONS``), from blank and from each pre-annotation.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from curate import preannotate
from curate.layers import PROPOSAL
from curate.ledger import Ledger, LedgerRow, Work, compile_ledger
from curate.model import Annotation

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tests/support

from support.winer import MODEL, RULES_FILES, SCHEMA, TEST, VOTES_FILE, Article, load_articles

LABELS = ("PER", "LOC", "ORG", "DATE")
NAMES = LABELS[:3]
SETUPS = {
    "the model alone": {"models": [MODEL], "rules": []},
    "rules and gazetteers alone": {"models": [], "rules": RULES_FILES},
    "model, rules and gazetteers": {"models": [MODEL], "rules": RULES_FILES},
    "and votes": {"models": [MODEL], "rules": RULES_FILES, "votes": VOTES_FILE},
}


def works(
    articles: Sequence[Article], setup: Mapping[str, object], labels: Sequence[str]
) -> Iterator[Work]:
    """The work of the annotator on each article, from what a setup proposes."""
    documents = [one.document for one in articles]
    found = preannotate.annotate(documents, schema=SCHEMA, **setup)
    for one, (document, layers, problems) in zip(articles, found, strict=True):
        assert not problems
        told = {layer.layer: only(layer, labels) for layer in layers}
        gold = Annotation(document=document.id, layer="gold", spans=tuple(one.gold)).sorted()
        yield Work(
            document=document.id,
            person="WiNER",
            proposal=told.pop(PROPOSAL),
            made=only(gold, labels),
            layers=tuple(told.values()),
        )


def only(annotation: Annotation, labels: Sequence[str]) -> Annotation:
    """The spans of some labels."""
    return replace(annotation, spans=tuple(s for s in annotation.spans if s.label in labels))


def line(name: str, row: LedgerRow) -> None:
    """Print a line of a table."""
    kinds = ("proposed", "accepted", "relabelled", "moved", "replaced", "rejected", "missed")
    counts = [f"{getattr(row.outcome, kind):,}" for kind in kinds]
    shares = ["" if x is None else f"{x:.3f}" for x in (row.precision, row.recall)]
    cost = [f"{row.blank.actions:,}", f"{row.corrected.actions:,}", f"{row.saved:,}"]
    print(f"| {name} | {' | '.join((*counts, *shares, *cost))} |")


def told(name: str, found: Ledger) -> None:
    """Print what a setup saves."""
    total = found.total
    hands = [total.blank.seconds / 3600, total.corrected.seconds / 3600]
    share = total.saved / total.blank.actions
    hours = f"{hands[0]:.2f} h to {hands[1]:.2f} h of the hand, {1 - hands[1] / hands[0]:.1%} less"
    line(name, total)
    print(f"  saved {share:.1%} of all actions; {hours}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    articles = load_articles(parser.parse_args().corpus, sorted(TEST))
    for labels in (NAMES, LABELS):
        print(f"\n{', '.join(labels)} in {len(articles)} articles")
        for name, setup in SETUPS.items():
            found = compile_ledger(works(articles, setup, labels))
            told(name, found)
        for table in (found.labels, found.layers, found.rules):
            print()
            for key, row in sorted(table.items(), key=lambda pair: -pair[1].saved):
                line(key, row)


if __name__ == "__main__":
    main()
