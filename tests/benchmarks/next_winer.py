"""What ``curate next`` saves: F1 against annotated documents, on WiNER-fr 2016, with an oracle.

Usage: ``python tests/benchmarks/next_winer.py CORPUS [--seeds N] [--share S] [--draw FOLDER]``.

CORPUS is the folder of the twelve months. The months of ``support.winer.TEST`` are the test set and
are never selected from. The other eight are rounds: the articles of a month arrive, some of all
waiting articles are annotated (the human gold is the annotator), and a model is trained on all that
is annotated so far. In each round ``share`` of the new articles is annotated, selected by
``curate.ranking`` or at random; the line to reach is a model of all articles.

The learner is a linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) over
words, shapes, affixes and the predictions of the installed pipeline: a training with spaCy takes
minutes, and hundreds are needed here. The committee is the learner, the installed pipeline and the
rules; the confidence is the learner's.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pycrfsuite
import spacy

from curate.html import line_chart
from curate.model import Annotation, Span
from curate.preannotate import rules
from curate.ranking.ranking import GoldCounts, RankingCandidate, RankingOptions, rank
from curate.ranking.uncertainty import span_uncertainties

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for tests/support

from support import winer

Words = list[tuple[str, int, int]]
Choose = Callable[[Sequence["Item"], int, "Learner | None", list["Item"], int], list["Item"]]


@dataclass
class Item:
    """An article: its words, gold tags, features, and the layers of the pipeline and the rules."""

    article: winer.Article
    words: Words
    tags: list[str]
    features: Any
    layers: list[Annotation]

    @property
    def id(self) -> str:
        """Id of the document."""
        return self.article.document.id


class Round(NamedTuple):
    """The state after a month: how much is annotated, and F1 on the test months."""

    documents: int
    words: int
    f1: float


def items(articles: Sequence[winer.Article]) -> list[Item]:
    """Articles with their words, tags, features and layers."""
    tokenizer = spacy.blank("fr")
    files = [rules.load(path, winer.SCHEMA) for path in winer.RULES_FILES]
    by_id: dict[str, Item] = {}
    for article in articles:
        doc = tokenizer(article.document.text)
        words = [(w.text, w.idx, w.idx + len(w)) for w in doc if not w.is_space]
        base = Annotation(
            document=article.document.id, layer="model:base@1", spans=tuple(article.model)
        ).sorted()
        ruled = [
            Annotation(
                document=article.document.id,
                layer=f"rules:{number}@1",
                spans=tuple(span for span in file.spans(article.document.text) if span.label),
            ).sorted()
            for number, file in enumerate(files)
        ]
        features = pycrfsuite.ItemSequence(list(featured(words, tagged(words, article.raw))))
        tags = tagged(words, article.gold)
        by_id[article.document.id] = Item(article, words, tags, features, [base, *ruled])
    return list(by_id.values())


def tagged(words: Words, spans: Sequence[Span]) -> list[str]:
    """IOB2 tags of the words."""
    tags = ["O"] * len(words)
    for span in spans:
        inside = [
            n for n, (_, start, end) in enumerate(words) if start < span.end and span.start < end
        ]
        for number in inside:
            tags[number] = ("B-" if number == inside[0] else "I-") + span.label
    return tags


def featured(words: Words, predicted: list[str]) -> Iterator[list[str]]:
    """The features of each word: itself and two on each side."""
    lower = [text.lower() for text, _, _ in words]
    shapes = [word_shape(text) for text, _, _ in words]
    for number, word in enumerate(lower):
        features = ["bias", f"w={word}", f"s={shapes[number]}", f"p={word[:3]}", f"x={word[-3:]}"]
        features += [
            f"y={word[-2:]}",
            f"b={predicted[number]}",
            f"b+s={predicted[number]}{shapes[number]}",
        ]
        for step in (-2, -1, 1, 2):
            near = number + step
            if 0 <= near < len(words):
                features += [f"{step}w={lower[near]}", f"{step}s={shapes[near]}"]
            else:
                features.append(f"{step}=edge")
        yield features


def word_shape(word: str) -> str:
    """Capitals, small letters and digits, without repetitions."""
    kinds = (
        "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in word
    )
    shape = ""
    for kind in kinds:
        if not shape.endswith(kind):
            shape += kind
    return shape[:8]


class Learner:
    """A conditional random field trained on some articles."""

    def __init__(self, annotated: Sequence[Item], folder: Path) -> None:
        trainer = pycrfsuite.Trainer(verbose=False, algorithm="lbfgs")
        trainer.set_params({"c1": 0.05, "c2": 0.05, "max_iterations": 40})
        for item in annotated:
            trainer.append(item.features, item.tags)
        path = folder / "learner.crfsuite"
        trainer.train(str(path))
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open(str(path))

    def spans(self, item: Item) -> list[Span]:
        """The spans it predicts, each with the lowest probability of its words."""
        self._tagger.set(item.features)
        tags = self._tagger.tag()
        spans: list[Span] = []
        for first, last, label in runs(tags):
            lowest = min(self._tagger.marginal(tags[n], n) for n in range(first, last))
            start, end = item.words[first][1], item.words[last - 1][2]
            spans.append(Span(start, end, label, by="model:learner@1", score=lowest))
        return spans

    def missed(self, item: Item) -> list[Span]:
        """Words outside its spans with a low probability of being outside."""
        self._tagger.set(item.features)
        tags = self._tagger.tag()
        spans = []
        for number, tag in enumerate(tags):
            if tag == "O" and (out := self._tagger.marginal("O", number)) < 0.9:
                _, start, end = item.words[number]
                spans.append(Span(start, end, "?", score=out))
        return spans

    def f1(self, test: Sequence[Item]) -> float:
        """Strict F1 of all labels."""
        correct = predicted = wanted = 0
        for item in test:
            keys = {span.key for span in self.spans(item)}
            gold = {
                (item.words[a][1], item.words[b - 1][2], label) for a, b, label in runs(item.tags)
            }
            correct += len(keys & gold)
            predicted += len(keys)
            wanted += len(gold)
        return 2 * correct / max(predicted + wanted, 1)


def runs(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """First word, one past the last, and label of each entity of IOB2 tags."""
    start, label = 0, ""
    for number, tag in enumerate([*tags, "O"]):
        if label and tag != f"I-{label}":
            yield start, number, label
            label = ""
        if tag != "O" and not label:
            start, label = number, tag[2:]


def by_chance(
    waiting: Sequence[Item], count: int, learner: Learner | None, annotated: list[Item], seed: int
) -> list[Item]:
    """Articles at random, as without ``next``."""
    return random.Random(f"{seed}/{len(annotated)}").sample(list(waiting), count)


def by_next(cost: str) -> Choose:
    """The articles that ``next`` ranks first."""

    def choose(
        waiting: Sequence[Item],
        count: int,
        learner: Learner | None,
        annotated: list[Item],
        seed: int,
    ) -> list[Item]:
        labels = {
            "model:base@1": winer.NAMED,
            "model:learner@1": {t[2:] for i in annotated for t in i.tags},
        }
        by_id = {item.id: item for item in waiting}
        candidates = [candidate(item, learner, labels) for item in waiting]
        options = RankingOptions(count=count, seed=seed, by=cost)
        ranking = rank(candidates, gold_of(annotated), options)
        return [by_id[ranked.document] for ranked in ranking.chosen]

    return choose


def candidate(item: Item, learner: Learner | None, labels: dict[str, Any]) -> RankingCandidate:
    """An article as a candidate of ``curate next``."""
    text = item.article.document.text
    layers, proposal = list(item.layers), None
    if learner is not None:
        predicted = tuple(learner.spans(item))
        layers.append(Annotation(document=item.id, layer="model:learner@1", spans=predicted))
        proposal = Annotation(
            document=item.id, layer="proposal", spans=(*predicted, *learner.missed(item))
        )
    spans = span_uncertainties(text, layers, proposal, labels)
    return RankingCandidate(item.id, len(text.split()), spans)


def gold_of(annotated: Sequence[Item]) -> GoldCounts:
    """What the gold contains so far."""
    labels: Counter[str] = Counter()
    surfaces: Counter[str] = Counter()
    for item in annotated:
        for span in item.article.gold:
            labels[span.label] += 1
            surfaces[item.article.document.text[span.start : span.end].lower()] += 1
    return GoldCounts(labels, surfaces)


def simulate(
    months: Sequence[Sequence[Item]], test: Sequence[Item], choose: Choose, seed: int, share: float
) -> list[Round]:
    """Annotate month after month."""
    waiting: list[Item] = []
    annotated: list[Item] = []
    learner: Learner | None = None
    owed = 0.0
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for arrived in months:
            waiting += arrived
            owed += len(arrived) * share
            chosen = choose(waiting, int(owed), learner, annotated, seed)
            owed -= int(owed)
            annotated += chosen
            ids = {item.id for item in chosen}
            waiting = [item for item in waiting if item.id not in ids]
            learner = Learner(annotated, Path(folder))
            words = sum(len(item.article.document.text.split()) for item in annotated)
            rounds.append(Round(len(annotated), words, learner.f1(test)))
    return rounds


WAYS: dict[str, Choose] = {
    "next, by document": by_next("document"),
    "next, by hour": by_next("hour"),
    "random": by_chance,
}


def drawn(results: dict[str, list[list[Round]]], whole: Round, axis: str) -> str:
    """F1 against documents, or words."""
    lines = []
    for colour, (name, seeds) in enumerate(results.items()):
        rounds = list(zip(*seeds, strict=True))
        xs = [sum(getattr(state, axis) for state in same) / len(same) for same in rounds]
        scores = [[state.f1 for state in same] for same in rounds]
        points = tuple((x, sum(f1) / len(f1)) for x, f1 in zip(xs, scores, strict=True))
        band = tuple((x, min(f1), max(f1)) for x, f1 in zip(xs, scores, strict=True))
        lines.append(line_chart.Series(name, points, band=band, colour=colour))
    seeds = len(next(iter(results.values())))
    note = f"WiNER-fr 2016, months as rounds, mean and range of {seeds} seeds, no test months"
    rule = line_chart.ReferenceLine(
        f"all {getattr(whole, axis):,} {axis}: {whole.f1:.3f}", whole.f1
    )
    title = f"F1 by {axis} annotated"
    chart = line_chart.LineChart(title, f"{axis} annotated", "F1", tuple(lines), note, (rule,))
    return line_chart.render_line_chart(chart)


def main() -> None:
    """Simulate, print, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.5, help="of each month that is annotated")
    parser.add_argument("--cache", type=Path, help="file to keep what the pipeline says")
    parser.add_argument("--draw", type=Path, help="folder for the drawings")
    parser.add_argument("--way", action="append", choices=WAYS, help="Only this one. Repeatable.")
    arguments = parser.parse_args()
    articles = winer.load_articles(arguments.corpus, range(1, 13))
    winer.run_model(articles, arguments.cache)
    everything = items(articles)
    test = [item for item in everything if item.article.month in winer.TEST]
    pool = sorted({item.article.month for item in everything} - winer.TEST)
    months = [[item for item in everything if item.article.month == month] for month in pool]
    whole = simulate([[item for month in months for item in month]], test, by_chance, 0, 1.0)[-1]
    print(f"all: {whole.documents} documents, {whole.words} words, F1 {whole.f1:.4f}", flush=True)
    results: dict[str, list[list[Round]]] = {}
    for name in arguments.way or WAYS:
        for seed in range(arguments.seeds):
            rounds = simulate(months, test, WAYS[name], seed, arguments.share)
            results.setdefault(name, []).append(rounds)
            last = rounds[-1]
            note = json.dumps([round(state.f1, 4) for state in rounds])
            print(
                f"{name} {seed}: {last.documents} documents, {last.words} words, {note}", flush=True
            )
    if arguments.draw:
        arguments.draw.mkdir(parents=True, exist_ok=True)
        for axis in ("documents", "words"):
            path = arguments.draw / f"next-{axis}.svg"
            path.write_text(drawn(results, whole, axis), encoding="utf-8")


if __name__ == "__main__":
    main()
