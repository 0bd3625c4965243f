"""The actions that pre-annotation saves on French news, simulated: the ledger on WiNER-fr 2016.

Usage: ``python tests/benchmarks/ledger_winer.py CORPUS``.

CORPUS is the folder with the twelve months. The annotator is simulated: the result for each article
of the test months (225 articles from which no rule or weight was made) is WiNER's annotation, the
outermost spans of persons, places, organisations and dates. Proposals with other labels do not
count, since WiNER has no gold for them. The actions are those of the shortest way on Doccano's page
(``curate.ledger.ACTIONS``), from blank and from each pre-annotation.
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
    """The work of the annotator on each article, with what a setup proposes."""
    documents = [article.document for article in articles]
    annotated = preannotate.annotate(documents, schema=SCHEMA, **setup)
    for article, (document, layers, problems) in zip(articles, annotated, strict=True):
        assert not problems
        by_name = {layer.layer: only(layer, labels) for layer in layers}
        gold = Annotation(document=document.id, layer="gold", spans=tuple(article.gold)).sorted()
        yield Work(
            document=document.id,
            person="WiNER",
            proposal=by_name.pop(PROPOSAL),
            result=only(gold, labels),
            layers=tuple(by_name.values()),
        )


def only(annotation: Annotation, labels: Sequence[str]) -> Annotation:
    """The spans of some labels."""
    return replace(annotation, spans=tuple(s for s in annotation.spans if s.label in labels))


def print_row(name: str, row: LedgerRow) -> None:
    """Print a row of a table."""
    kinds = ("proposed", "accepted", "relabelled", "moved", "replaced", "rejected", "missed")
    counts = [f"{getattr(row.outcome, kind):,}" for kind in kinds]
    shares = ["" if x is None else f"{x:.3f}" for x in (row.precision, row.recall)]
    actions = [f"{row.blank.actions:,}", f"{row.corrected.actions:,}", f"{row.saved:,}"]
    print(f"| {name} | {' | '.join((*counts, *shares, *actions))} |")


def print_savings(name: str, ledger: Ledger) -> None:
    """Print what a setup saves."""
    total = ledger.total
    blank, corrected = total.blank.seconds / 3600, total.corrected.seconds / 3600
    share = total.saved / total.blank.actions
    print_row(name, total)
    print(
        f"  saved {share:.1%} of all actions; {blank:.2f} h to {corrected:.2f} h of mouse and "
        f"keyboard work, {1 - corrected / blank:.1%} less"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    articles = load_articles(parser.parse_args().corpus, sorted(TEST))
    for labels in (NAMES, LABELS):
        print(f"\n{', '.join(labels)} in {len(articles)} articles")
        for name, setup in SETUPS.items():
            ledger = compile_ledger(works(articles, setup, labels))
            print_savings(name, ledger)
        for table in (ledger.labels, ledger.layers, ledger.rules):
            print()
            for key, row in sorted(table.items(), key=lambda pair: -pair[1].saved):
                print_row(key, row)


if __name__ == "__main__":
    main()
