"""What models, rules and votes are worth on French news: strict span F1 on WiNER-fr 2016.

Usage: ``python tests/benchmarks/rules_winer.py CORPUS [--test] [--cache FILE]``.

CORPUS is the folder of the twelve months. Rules and weights were made by looking only at the
development months; without ``--test`` the test months are not even read. The votes of each
development month are measured with weights learned from the other development months, those of the
test months with the weights that curate comes with (tests/benchmarks/sources.py).
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from curate import preannotate
from curate.model import Annotation, Span
from curate.preannotate import article_rules, boundaries, rules
from curate.preannotate.votes import Votes

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tests/support

from support import winer
from support.calibration import calibration_error, reliability
from support.winer import Article

VotesOf = Callable[[Article], Votes]
"""The weights to score an article with."""


def print_steps(articles: Sequence[Article], votes_of: VotesOf) -> None:
    """Print the scores after each step."""

    def fixed_order(article: Article, rules: Sequence[article_rules.ArticleRule]) -> list[Span]:
        return winer.fixed_order(article, winer.proposed_spans(article), rules)

    every = article_rules.RULES
    row("the model's own spans", *winer.score(articles, lambda a: a.raw))
    row("cleaned", *winer.score(articles, lambda a: a.model))
    row("and rules and gazetteers", *winer.score(articles, lambda a: fixed_order(a, ())))
    row("and the rules of the article", *winer.score(articles, lambda a: fixed_order(a, every)))
    row("and votes", *winer.score(articles, lambda a: winer.voted(a, votes_of(a))))


def print_rules(articles: Sequence[Article], names: Sequence[str]) -> None:
    """Print for each rule the points of F1 it adds alone, and those that are lost without it."""
    edges, every = boundaries.RULES["fr"], article_rules.RULES

    def f1(predict: winer.Predict) -> float:
        return winer.score(articles, predict)[2] * 100

    def cleaned_by(article: Article, rules: Sequence[boundaries.BoundaryRule]) -> list[Span]:
        spans = winer.proposed_spans(article, model=winer.clean(article, rules))
        return winer.fixed_order(article, spans, every)

    def ordered(article: Article, **which: str) -> list[Span]:
        return winer.fixed_order(article, winer.proposed_spans(article, **which), every)

    def settled(article: Article, rules: Sequence[article_rules.ArticleRule]) -> list[Span]:
        return winer.fixed_order(article, winer.proposed_spans(article), rules)

    none, full = f1(lambda a: cleaned_by(a, [])), f1(lambda a: cleaned_by(a, edges))
    for edge in edges:
        others = [other for other in edges if other is not edge]
        alone = f1(lambda a, edge=edge: cleaned_by(a, [edge])) - none
        lost = full - f1(lambda a, others=others: cleaned_by(a, others))
        row(f"boundaries: {edge.__name__}", alone, lost)
    none, full = f1(lambda a: winer.fixed_order(a, a.model, every)), f1(ordered)
    for name in names:
        alone = f1(lambda a, name=name: ordered(a, only=name)) - none
        lost = full - f1(lambda a, name=name: ordered(a, without=name))
        row(f"rules: {name}", alone, lost)
    none = f1(lambda a: settled(a, ()))
    for rule in every:
        others = [other for other in every if other is not rule]
        alone = f1(lambda a, rule=rule: settled(a, [rule])) - none
        lost = full - f1(lambda a, others=others: settled(a, others))
        row(f"article: {rule.__name__}", alone, lost)


def print_times(articles: Sequence[Article]) -> None:
    """Print the scores of dates and hours, and what is lost without each rule for dates."""
    file = rules.load(winer.RULES_FILES[0], winer.SCHEMA_WITH_HOURS)
    for label in ("DATE", "TIME"):
        scores = winer.score(articles, lambda a: file.spans(a.document.text), [label])
        row(label, *scores)
        for compiled in file.rules if label == "DATE" else ():
            if compiled.label == label:
                others = tuple(other for other in file.rules if other is not compiled)
                rest = dataclasses.replace(file, rules=others)
                lower = winer.score(
                    articles, lambda a, rest=rest: rest.spans(a.document.text), [label]
                )
                row(f"dates: {compiled.rule.name}", 100 * (scores[2] - lower[2]))


def print_calibration(articles: Sequence[Article], votes_of: VotesOf) -> None:
    """Print the reliability table and the expected calibration error."""
    scored = [
        (span.score, span.key in article.gold_keys())
        for article in articles
        for span in winer.voted(article, votes_of(article), 0.0)
        if span.score is not None
    ]
    table = reliability(scored)
    for line in table:
        row(f"{line.low:.1f}–{line.high:.1f}", line.spans, line.confidence, line.accuracy)
    row("expected calibration error", calibration_error(table))


def learn(articles: Sequence[Article]) -> Votes:
    """Weights learned from articles."""
    layer = f"model:{winer.MODEL}"
    examples = (
        (
            article.document,
            [Annotation(document=article.document.id, layer=layer, spans=tuple(article.model))],
            article.gold,
        )
        for article in articles
    )
    return preannotate.learn(
        examples,
        rules=winer.RULES_FILES,
        schema=winer.SCHEMA,
        labels=winer.NAMED,
        name="votes-fr",
        language="fr",
    )


def row(name: str, *values: float) -> None:
    """Print a line of a table."""
    cells = [str(value) if isinstance(value, int) else f"{value:+.3f}" for value in values]
    print(f"| {name} | {' | '.join(cell.replace('+', '') for cell in cells)} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--test", action="store_true", help="measure the test months too")
    parser.add_argument("--cache", type=Path, help="file for the spans of the model")
    arguments = parser.parse_args()
    months = [month for month in range(1, 13) if month not in winer.TEST]
    development = winer.load_articles(arguments.corpus, months)
    sets = {"development": development}
    if arguments.test:
        sets["test"] = winer.load_articles(arguments.corpus, sorted(winer.TEST))
    files = [rules.load(path, winer.SCHEMA) for path in winer.RULES_FILES]
    for articles in sets.values():
        winer.run_model(articles, arguments.cache)
        names = winer.run_rules(articles, files)
    final = preannotate.read_votes(winer.VOTES_FILE)
    folds = {m: learn([a for a in development if a.month != m]) for m in months}
    for title, articles in sets.items():
        spans = sum(len(article.gold_keys()) for article in articles)
        print(f"\n{title}: {len(articles)} articles, {spans} spans")
        print_steps(articles, lambda a: folds.get(a.month, final))
        print_rules(articles, names)
        print_times(articles)
        print_calibration(articles, lambda a: folds.get(a.month, final))


if __name__ == "__main__":
    main()
