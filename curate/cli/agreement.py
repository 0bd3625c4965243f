"""``curate agreement``: measure how well annotators agree, or a model and people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli import reading
from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import AnnotatorFiles, Language, Resamples
from curate.cli.output import counted, emit, grid, number, problems, say, tabular
from curate.formats.reading import ReadOptions
from curate.model import Problem

if TYPE_CHECKING:
    from curate.agreement import Agreement, Disagreement, Estimate, ProposalEvaluation, Score
    from curate.agreement.calibration import Calibration
    from curate.agreement.stand_in import StandIn
    from curate.agreement.values import CategoryAgreement

_LISTED = 10  # disagreements
_UNITIZING_NOTE = "by its definition it may be higher for a long overlap than for an exact match"
_NAMED = 3  # documents that are named if one reason leaves out many


class PeriodLength(StrEnum):
    """Length of the periods of the drift."""

    day = "day"
    week = "week"
    month = "month"


Gamma = Annotated[
    bool,
    typer.Option(
        "--gamma", help="Also compute gamma, gamma-cat and gamma-k: seconds per document."
    ),
]
Bio = Annotated[
    bool, typer.Option("--bio", help="Tell the first token of a span from the others (B/I).")
]
Labels = Annotated[
    str,
    typer.Option(
        metavar="LABEL,…",
        help="Labels that count as categories of AC1, AC2, S and Randolph's kappa even if "
        "nobody uses them; schema for those of the workspace.",
    ),
]
Scale = Annotated[
    str,
    typer.Option(
        metavar="CATEGORY,…", help="Categories of documents in ascending order, if not numbers."
    ),
]
Model = Annotated[
    str, typer.Option(metavar="LAYER", help="Compare this layer with people instead.")
]
People = Annotated[str, typer.Option(help="With --model: gold, or the name of an annotator.")]
StandInLayer = Annotated[
    str,
    typer.Option(
        "--stand-in",
        metavar="LAYER",
        help="Test instead whether this layer may stand in for a person; needs three people.",
    ),
]
Epsilon = Annotated[
    float,
    typer.Option(
        help="With --stand-in: what the layer is cheaper; 0.2 for experts, 0.15 for skilled "
        "people, 0.1 for crowd workers."
    ),
]


@app.command()
def agreement(
    sources: AnnotatorFiles = None,
    read_as: reading.From = "",
    offsets: reading.Offsets = "",
    gamma: Gamma = False,
    bio: Bio = False,
    labels: Labels = "",
    scale: Scale = "",
    model: Model = "",
    people: People = "gold",
    stand_in: StandInLayer = "",
    epsilon: Epsilon = 0.2,
    language: Language = "",
    period: Annotated[PeriodLength, typer.Option(help="Period of the drift.")] = PeriodLength.week,
    resamples: Resamples = 1000,
    seed: Annotated[int, typer.Option(help="Random seed of the bootstrap and of gamma.")] = 0,
    confusion: Annotated[
        bool, typer.Option("--confusion", help="Also print a confusion table for each pair.")
    ] = False,
    svg: Annotated[
        Path | None,
        typer.Option(help="Draw the heat map, or with --model the reliability diagram, here."),
    ] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Measure how well annotators agree, in the workspace or in files; or a layer and people.

    Example: curate agreement anna.conll bela.conll --from conll
    """
    from curate.agreement import AgreementOptions, read_annotation_sets, render_heat_map
    from curate.agreement.calibration import render_reliability
    from curate.agreement.inter_annotator import agreement, inter_annotator_agreement
    from curate.agreement.proposal import evaluate_layer
    from curate.agreement.stand_in import stand_in_of_corpus, stand_in_of_files
    from curate.util import jsonl

    schema = workspace(root).schema if labels == "schema" else None
    options = AgreementOptions(
        gamma=gamma,
        resamples=resamples,
        seed=seed,
        period=period.value,
        bio=bio,
        labels=tuple(label.name for label in schema.labels) if schema else _names(labels),
        scale=_names(scale),
    )
    how = ReadOptions(offsets=reading.offset_unit(offsets))
    if model:
        evaluation = evaluate_layer(workspace(root), model, people, options)
        if svg is not None and evaluation.calibration:
            jsonl.write(svg, render_reliability(evaluation.calibration).encode("utf-8"))
        emit(evaluation, json, _render_evaluation)
        return
    if stand_in:
        tested = (
            stand_in_of_files(
                read_annotation_sets(sources, read_as, how, people=False), stand_in, epsilon
            )
            if sources
            else stand_in_of_corpus(workspace(root), stand_in, epsilon)
        )
        emit(tested, json, _render_stand_in)
        return
    if sources:
        result = inter_annotator_agreement(read_annotation_sets(sources, read_as, how), options)
    else:
        result = agreement(workspace(root), options, language)
    if svg is not None:
        jsonl.write(svg, render_heat_map(result.heat).encode("utf-8"))
    emit(result, json, _render_with_confusion if confusion else _render)


def _names(list: str) -> tuple[str, ...]:
    return tuple(name for part in list.split(",") if (name := part.strip()))


def _render(agreement: Agreement) -> None:
    annotators = ", ".join(f"{name} {count}" for name, count in agreement.annotators.items())
    documents = counted(agreement.documents, "document")
    say(f"{documents} that two or more annotated ({escape(annotators)})")
    table = grid(
        "pair", "strict F1", "95%", "macro", "overlap F1", "token F1", "Cohen", "documents"
    )
    together = [pair for pair in agreement.pairs if pair.documents]
    for pair in together or agreement.pairs[:_NAMED]:
        table.add_row(
            escape(f"{pair.first}, {pair.second}"),
            number(pair.strict.micro.f1),
            interval(pair.strict.micro),
            number(pair.strict.macro.value),
            number(pair.overlap.micro.f1),
            number(pair.token.micro.f1),
            number(pair.cohen.value),
            str(pair.documents),
        )
    tabular(table)
    if apart := len(agreement.pairs) - len(together):
        say(f"{counted(apart, 'pair')} without a document in common")
    for name in ("strict", "overlap", "token"):
        summary = agreement.across[name]
        deviation = "" if summary.deviation is None else f" ± {summary.deviation:.3f}"
        pairs = counted(summary.pairs, "pair")
        say(f"{name} F1 over {pairs}: {number(summary.mean)}{deviation}")
    _coefficients(agreement.coefficients, agreement.values)
    if _have_partial_overlaps(agreement):
        say(f"[dim]alpha-unitizing: {_UNITIZING_NOTE}[/]")
    for label, estimate in agreement.gamma_labels.items():
        say(f"gamma-k of {escape(label)}: {_estimate(estimate)}")
    if agreement.categories:
        _render_categories(agreement.categories)
    disagreements(agreement.disagreements)
    for drift in agreement.drift:
        if drift.slope.value is not None:
            say(f"drift of {escape(drift.annotator)}: {_estimate(drift.slope)} F1 per week")
    left_out(agreement.left_out)


def _coefficients(coefficients: Mapping[str, Estimate], categories: int) -> None:
    from curate.agreement.values import DEPEND_ON_CATEGORIES, coefficient_title

    for name, estimate in coefficients.items():
        depends = name.removesuffix("_marked") in DEPEND_ON_CATEGORIES
        of = f" of {counted(categories, 'category', 'categories')}" if depends else ""
        say(f"{coefficient_title(name)}{of}: {_estimate(estimate)}")


def _render_categories(agreement: CategoryAgreement) -> None:
    order = " in ascending order" if agreement.ordered else ""
    names = ", ".join(name or "none" for name in agreement.values)
    documents = counted(agreement.documents, "document")
    say(f"categories of {documents}{order}: {escape(names)}")
    names_of_measures = list(agreement.across)
    table = grid("pair", *map(_short_title, names_of_measures), "documents")
    for pair in agreement.pairs:
        values = (number(pair.coefficients[name].value) for name in names_of_measures)
        table.add_row(escape(f"{pair.first}, {pair.second}"), *values, str(pair.documents))
    tabular(table)
    _coefficients(agreement.coefficients, len(agreement.values))


def _short_title(name: str) -> str:
    titles = {"percentage": "agree", "cohen": "Cohen", "scott": "Scott", "bennett": "Bennett"}
    return titles.get(name, name.removeprefix("weighted_"))


def _have_partial_overlaps(agreement: Agreement) -> bool:
    """Whether annotators have spans that overlap without being equal."""
    return any(
        (pair.overlap.micro.f1 or 0) > (pair.strict.micro.f1 or 0) for pair in agreement.pairs
    )


def _render_with_confusion(agreement: Agreement) -> None:
    """Also a confusion table for each pair, with the first annotator's labels down the side."""
    _render(agreement)
    for pair in agreement.pairs:
        counts = {(cell.first, cell.second): cell.count for cell in pair.confusion}
        labels = sorted(
            {label for cell in counts for label in cell}, key=lambda name: (not name, name)
        )
        table = grid(escape(f"{pair.first} ↓ {pair.second} →"), *map(_label, labels))
        for first in labels:
            cells = (counts.get((first, second), 0) for second in labels)
            table.add_row(_label(first), *(f"{count:,}" if count else "" for count in cells))
        say("")
        tabular(table)


def _render_evaluation(evaluation: ProposalEvaluation) -> None:
    documents = counted(evaluation.documents, "document")
    say(f"layer {escape(evaluation.layer)} in {documents}")
    kinds = ("accepted", "relabelled", "moved", "replaced", "rejected", "missed")
    table = grid("proposed", *kinds)
    rows = {"all": evaluation.outcome, **evaluation.labels, **evaluation.sources}
    for name, outcome in rows.items():
        table.add_row(escape(name), *(f"{getattr(outcome, kind):,}" for kind in kinds))
    tabular(table)
    score = evaluation.score
    precision, recall = number(score.precision), number(score.recall)
    say(f"precision {precision}, recall {recall}, F1 {f1_with_interval(score)}")
    anchoring = evaluation.anchoring
    if anchoring is None:
        say("no control documents, so anchoring cannot be measured")
    else:
        control = counted(anchoring.hidden_documents, "document")
        say(
            f"F1 {f1_with_interval(anchoring.shown)} where people saw it, "
            f"{f1_with_interval(anchoring.hidden)} where they did not ({control}); "
            f"difference {_estimate(anchoring.difference)}"
        )
    if evaluation.calibration:
        _render_calibration(evaluation.calibration)
    disagreements(evaluation.commonest)
    left_out(evaluation.left_out)


def _render_calibration(calibration: Calibration) -> None:
    spans = counted(calibration.spans, "span")
    without = f", {calibration.without_score:,} without" if calibration.without_score else ""
    say(
        f"scores of {spans}{without}: expected calibration error {_estimate(calibration.error)}, "
        f"mean score {number(calibration.score)}, precision {number(calibration.precision)}"
    )
    table = grid("scores", "mean score", "precision", "spans")
    for bin in calibration.bins:
        figures = (number(bin.score), number(bin.precision), f"{bin.spans:,}")
        table.add_row(f"{bin.low:.1f} to {bin.high:.1f}", *figures)
    tabular(table)
    for limit in calibration.limits:
        say(f"  [dim]{limit}[/]")


def _render_stand_in(result: StandIn) -> None:
    verdict = "may stand in for a person" if result.passes else "may not stand in for a person"
    documents = counted(result.documents, "document")
    how = f"by {result.similarity}, ε {result.epsilon:g}"
    say(f"{escape(result.layer)} {verdict}: {documents}, {how}")
    table = grid("left out", "layer as near", "person as near", "test", "p", "wins", "documents")
    for person in result.people:
        table.add_row(
            escape(person.annotator),
            number(person.advantage),
            number(person.person),
            person.test,
            f"{person.p:.4f}",
            "yes" if person.wins else "no",
            f"{person.documents:,}",
        )
    tabular(table)
    say(
        f"winning rate {number(result.winning_rate)} (0.5 to pass), "
        f"advantage probability {number(result.advantage)}"
    )
    if result.shown:
        say(f"people saw a proposal in {counted(result.shown, 'document')} of these")
    say("what this does not say:")
    for limit in result.limits:
        say(f"  [dim]{limit}[/]")
    left_out(result.left_out)


def _label(name: str) -> str:
    return escape(name) or "not marked"


def _limits(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [dim]({low:.3f} to {high:.3f})[/]"


def _estimate(estimate: Estimate) -> str:
    """A value with its interval, or why there is none."""
    reason = f" [dim]({escape(estimate.reason)})[/]" if estimate.reason else ""
    return f"{number(estimate.value)}{_limits(estimate.low, estimate.high)}{reason}"


def interval(score: Score) -> str:
    """The interval of an F1, for a table."""
    return "" if score.low is None or score.high is None else f"{score.low:.3f}–{score.high:.3f}"


def f1_with_interval(score: Score) -> str:
    """An F1 with its interval, for a sentence."""
    return f"{number(score.f1)}{_limits(score.low, score.high)}"


def disagreements(items: Iterable[Disagreement]) -> None:
    """Print the most common disagreements."""
    listed = list(items)[:_LISTED]
    if listed:
        say("most common disagreements:")
    for item in listed:
        sides = " / ".join(
            f"« {text} » {label}" if label else "not marked"
            for text, label in ((item.first, item.first_label), (item.second, item.second_label))
        )
        say(f"  {item.count:>4} {item.kind:<12} {escape(' '.join(sides.split()))}")


def left_out(items: Iterable[Problem]) -> None:
    """Print what does not count: each warning, and notes by their reason if there are many."""
    notes: dict[str, list[Problem]] = {}
    for problem in items:
        if problem.severity == "info":
            notes.setdefault(problem.message, []).append(problem)
        else:
            problems([problem])
    for reason, same in notes.items():
        if len(same) <= _NAMED:
            problems(same)
        else:
            names = ", ".join(problem.document for problem in same[:_NAMED])
            say(f"{len(same):,} left out ({names} …): {escape(reason)}; --json lists them all")
