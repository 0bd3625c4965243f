"""What ``curate next`` saves: F against documents annotated, on WiNER-fr 2016, with an oracle.

Usage: ``python tests/benchmarks/next_winer.py CORPUS [--seeds N] [--share S] [--draw FOLDER]``.

CORPUS is the folder of the twelve months. The months of ``support.winer.TEST`` are the test and are
never chosen from. The other eight are rounds: the articles of a month arrive, some of all that wait
are annotated (the human gold is the annotator), and a model is trained on all that is annotated so
far. ``share`` of what arrives is annotated in each round, by ``curate.ranking`` or by chance;
the line to reach is a model of all the articles.

The learner is a linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) over
words, shapes, affixes and what the installed pipeline says: as a training by spaCy takes minutes,
and here there are hundreds, something quicker stands for it. The committee is the learner, the
installed pipeline and the rules; the confidence is the learner's.
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
    """An article: its words, gold tags and features, and what the pipeline and the rules say."""

    article: winer.Article
    words: Words
    tags: list[str]
    features: Any
    layers: list[Annotation]

    @property
    def id(self) -> str:
        """Of the document."""
        return self.article.document.id


class Round(NamedTuple):
    """After a month: how much was annotated, and F1 on the test months."""

    documents: int
    words: int
    f1: float


def items(articles: Sequence[winer.Article]) -> list[Item]:
    """Articles made ready."""
    tokenizer = spacy.blank("fr")
    files = [rules.load(path, winer.SCHEMA) for path in winer.RULES_FILES]
    found: dict[str, Item] = {}
    for one in articles:
        doc = tokenizer(one.document.text)
        words = [(w.text, w.idx, w.idx + len(w)) for w in doc if not w.is_space]
        base = Annotation(
            document=one.document.id, layer="model:base@1", spans=tuple(one.model)
        ).sorted()
        ruled = [
            Annotation(
                document=one.document.id,
                layer=f"rules:{number}@1",
                spans=tuple(span for span in file.spans(one.document.text) if span.label),
            ).sorted()
            for number, file in enumerate(files)
        ]
        features = pycrfsuite.ItemSequence(list(featured(words, tagged(words, one.raw))))
        tags = tagged(words, one.gold)
        found[one.document.id] = Item(one, words, tags, features, [base, *ruled])
    return list(found.values())


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


def featured(words: Words, said: list[str]) -> Iterator[list[str]]:
    """What the learner sees of each word: itself and two on each side."""
    lower = [text.lower() for text, _, _ in words]
    shapes = [shape(text) for text, _, _ in words]
    for number, word in enumerate(lower):
        found = ["bias", f"w={word}", f"s={shapes[number]}", f"p={word[:3]}", f"x={word[-3:]}"]
        found += [f"y={word[-2:]}", f"b={said[number]}", f"b+s={said[number]}{shapes[number]}"]
        for step in (-2, -1, 1, 2):
            near = number + step
            if 0 <= near < len(words):
                found += [f"{step}w={lower[near]}", f"{step}s={shapes[near]}"]
            else:
                found.append(f"{step}=edge")
        yield found


def shape(word: str) -> str:
    """Capitals, small letters and digits, repetitions left out."""
    kinds = (
        "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in word
    )
    found = ""
    for kind in kinds:
        if not found.endswith(kind):
            found += kind
    return found[:8]


class Learner:
    """A conditional random field trained on some articles."""

    def __init__(self, known: Sequence[Item], folder: Path) -> None:
        trainer = pycrfsuite.Trainer(verbose=False, algorithm="lbfgs")
        trainer.set_params({"c1": 0.05, "c2": 0.05, "max_iterations": 40})
        for item in known:
            trainer.append(item.features, item.tags)
        path = folder / "learner.crfsuite"
        trainer.train(str(path))
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open(str(path))

    def spans(self, item: Item) -> list[Span]:
        """What it finds, each with its probability: the least of its words'."""
        self._tagger.set(item.features)
        tags = self._tagger.tag()
        found: list[Span] = []
        for first, last, label in runs(tags):
            sure = min(self._tagger.marginal(tags[n], n) for n in range(first, last))
            start, end = item.words[first][1], item.words[last - 1][2]
            found.append(Span(start, end, label, by="model:learner@1", score=sure))
        return found

    def missed(self, item: Item) -> list[Span]:
        """Words that it leaves out and is not sure of, with the probability that it is wrong."""
        self._tagger.set(item.features)
        tags = self._tagger.tag()
        found = []
        for number, tag in enumerate(tags):
            if tag == "O" and (out := self._tagger.marginal("O", number)) < 0.9:
                _, start, end = item.words[number]
                found.append(Span(start, end, "?", score=out))
        return found

    def f1(self, test: Sequence[Item]) -> float:
        """Strict F1 of all labels."""
        right = made = wanted = 0
        for item in test:
            keys = {span.key for span in self.spans(item)}
            gold = {
                (item.words[a][1], item.words[b - 1][2], label) for a, b, label in runs(item.tags)
            }
            right, made, wanted = right + len(keys & gold), made + len(keys), wanted + len(gold)
        return 2 * right / max(made + wanted, 1)


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
    waiting: Sequence[Item], count: int, learner: Learner | None, known: list[Item], seed: int
) -> list[Item]:
    """What a corpus without ``next`` annotates."""
    return random.Random(f"{seed}/{len(known)}").sample(list(waiting), count)


def by_next(cost: str) -> Choose:
    """What ``next`` puts first."""

    def choose(
        waiting: Sequence[Item], count: int, learner: Learner | None, known: list[Item], seed: int
    ) -> list[Item]:
        speaks = {
            "model:base@1": winer.NAMED,
            "model:learner@1": {t[2:] for i in known for t in i.tags},
        }
        found = {item.id: item for item in waiting}
        candidates = [candidate(item, learner, speaks) for item in waiting]
        options = RankingOptions(count=count, seed=seed, by=cost)
        ranking = rank(candidates, gold_of(known), options)
        return [found[ranked.document] for ranked in ranking.chosen]

    return choose


def candidate(item: Item, learner: Learner | None, speaks: dict[str, Any]) -> RankingCandidate:
    """An article as ``curate next`` sees one."""
    text = item.article.document.text
    layers, proposal = list(item.layers), None
    if learner is not None:
        said = tuple(learner.spans(item))
        layers.append(Annotation(document=item.id, layer="model:learner@1", spans=said))
        proposal = Annotation(
            document=item.id, layer="proposal", spans=(*said, *learner.missed(item))
        )
    spans = span_uncertainties(text, layers, proposal, speaks)
    return RankingCandidate(item.id, len(text.split()), spans)


def gold_of(known: Sequence[Item]) -> GoldCounts:
    """What the gold has so far."""
    labels: Counter[str] = Counter()
    surfaces: Counter[str] = Counter()
    for item in known:
        for span in item.article.gold:
            labels[span.label] += 1
            surfaces[item.article.document.text[span.start : span.end].lower()] += 1
    return GoldCounts(labels, surfaces)


def simulate(
    months: Sequence[Sequence[Item]], test: Sequence[Item], choose: Choose, seed: int, share: float
) -> list[Round]:
    """Annotate month after month."""
    waiting: list[Item] = []
    known: list[Item] = []
    learner: Learner | None = None
    owed = 0.0
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for arrived in months:
            waiting += arrived
            owed += len(arrived) * share
            chosen = choose(waiting, int(owed), learner, known, seed)
            owed -= int(owed)
            known += chosen
            ids = {item.id for item in chosen}
            waiting = [item for item in waiting if item.id not in ids]
            learner = Learner(known, Path(folder))
            words = sum(len(item.article.document.text.split()) for item in known)
            rounds.append(Round(len(known), words, learner.f1(test)))
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
        xs = [sum(getattr(each, axis) for each in same) / len(same) for same in rounds]
        scores = [[each.f1 for each in same] for same in rounds]
        points = tuple((x, sum(f1) / len(f1)) for x, f1 in zip(xs, scores, strict=True))
        band = tuple((x, min(f1), max(f1)) for x, f1 in zip(xs, scores, strict=True))
        lines.append(line_chart.Series(name, points, band=band, colour=colour))
    seeds = len(next(iter(results.values())))
    told = f"WiNER-fr 2016, months as rounds, mean and range of {seeds} seeds, no test months"
    rule = line_chart.ReferenceLine(
        f"all {getattr(whole, axis):,} {axis}: {whole.f1:.3f}", whole.f1
    )
    title = f"F1 by {axis} annotated"
    chart = line_chart.LineChart(title, f"{axis} annotated", "F1", tuple(lines), told, (rule,))
    return line_chart.render_line_chart(chart)


def main() -> None:
    """Simulate, print, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.5, help="of each month that is annotated")
    parser.add_argument("--cache", type=Path, help="file to keep what the pipeline says")
    parser.add_argument("--draw", type=Path, help="folder for the drawings")
    parser.add_argument("--way", action="append", choices=WAYS, help="only this one; may repeat")
    asked = parser.parse_args()
    articles = winer.load_articles(asked.corpus, range(1, 13))
    winer.run_model(articles, asked.cache)
    everything = items(articles)
    test = [item for item in everything if item.article.month in winer.TEST]
    pool = sorted({item.article.month for item in everything} - winer.TEST)
    months = [[item for item in everything if item.article.month == month] for month in pool]
    whole = simulate([[item for month in months for item in month]], test, by_chance, 0, 1.0)[-1]
    print(f"all: {whole.documents} documents, {whole.words} words, F1 {whole.f1:.4f}", flush=True)
    results: dict[str, list[list[Round]]] = {}
    for name in asked.way or WAYS:
        for seed in range(asked.seeds):
            rounds = simulate(months, test, WAYS[name], seed, asked.share)
            results.setdefault(name, []).append(rounds)
            last = rounds[-1]
            told = json.dumps([round(each.f1, 4) for each in rounds])
            print(
                f"{name} {seed}: {last.documents} documents, {last.words} words, {told}", flush=True
            )
    if asked.draw:
        asked.draw.mkdir(parents=True, exist_ok=True)
        for axis in ("documents", "words"):
            path = asked.draw / f"next-{axis}.svg"
            path.write_text(drawn(results, whole, axis), encoding="utf-8")


if __name__ == "__main__":
    main()
