"""How ``curate agreement``, ``curate evaluate`` and ``curate adjudicate`` tell what they found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from curate.cli.output import counted, problems, say, tabular
from curate.model import Problem

if TYPE_CHECKING:
    from curate.agreement import (
        Agreement,
        Decision,
        Disagreement,
        Estimate,
        Evaluation,
        ProposalEvaluation,
        Region,
        Score,
    )
    from curate.agreement.adjudication import AdjudicationReport

_FEW = 3  # documents that are named where one reason leaves out many
_SHOWN = 10


def agreement(found: Agreement) -> None:
    """``curate agreement``."""

    from curate.agreement import coefficient_title

    who = ", ".join(f"{name} {many}" for name, many in found.annotators.items())
    say(f"{counted(found.documents, 'document')} that two or more annotated ({escape(who)})")
    table = grid("pair", "strict F1", "95%", "macro", "overlap F1", "Cohen", "documents")
    for pair in found.pairs:
        table.add_row(
            escape(f"{pair.first}, {pair.second}"),
            number(pair.strict.micro.f1),
            _span(pair.strict.micro),
            number(pair.strict.macro.value),
            number(pair.overlap.micro.f1),
            number(pair.cohen.value),
            str(pair.documents),
        )
    tabular(table)
    for name in ("strict", "overlap"):
        over = found.across[name]
        spread = "" if over.deviation is None else f" ± {over.deviation:.3f}"
        say(f"{name} F1 over {counted(over.pairs, 'pair')}: {number(over.mean)}{spread}")
    for name, value in found.coefficients.items():
        say(f"{coefficient_title(name)}: {valued(value)}")
    common(found.disagreements)
    for drift in found.drift:
        if drift.slope.value is not None:
            say(f"drift of {escape(drift.annotator)}: {valued(drift.slope)} F1 a week")
    _left_out(found.left_out)


def confused(found: Agreement) -> None:
    """``curate agreement --confusion``: a table a pair, the first annotator's labels downwards."""
    agreement(found)
    for pair in found.pairs:
        cells = {(cell.first, cell.second): cell.count for cell in pair.confusion}
        labels = sorted(
            {label for key in cells for label in key}, key=lambda name: (not name, name)
        )
        table = grid(escape(f"{pair.first} ↓ {pair.second} →"), *map(_label, labels))
        for first in labels:
            counts = (cells.get((first, second), 0) for second in labels)
            table.add_row(_label(first), *(f"{count:,}" if count else "" for count in counts))
        say("")
        tabular(table)


def evaluation(found: Evaluation) -> None:
    """``curate evaluate``."""
    say(f"{counted(found.documents, 'document')} with gold and prediction")
    table = grid("CoNLL", "precision", "recall", "F1", "95%", "gold", "predicted")
    rows = {"all": found.conll.micro, **found.conll.labels}
    for name, score in rows.items():
        table.add_row(
            escape(name),
            number(score.precision),
            number(score.recall),
            number(score.f1),
            _span(score),
            str(score.first),
            str(score.second),
        )
    tabular(table)
    names = ("correct", "incorrect", "partial", "missed", "spurious")
    table = grid("SemEval", "right", "wrong", *names[2:], "precision", "recall", "F1")
    for name, scheme in found.semeval.items():
        overall = scheme.overall
        figures = (overall.precision, overall.recall, overall.f1)
        counts = (str(getattr(overall, each)) for each in names)
        table.add_row(name, *counts, *map(number, figures))
    tabular(table)
    common(found.commonest)
    _left_out(found.left_out)


def assistance(found: ProposalEvaluation) -> None:
    """``curate agreement --model``."""
    say(f"layer {escape(found.layer)} in {counted(found.documents, 'document')}")
    names = ("accepted", "relabelled", "moved", "replaced", "rejected", "missed")
    table = grid("proposed", *names)
    for name, one in {"all": found.outcome, **found.labels, **found.sources}.items():
        table.add_row(escape(name), *(f"{getattr(one, each):,}" for each in names))
    tabular(table)
    score = found.score
    say(f"precision {number(score.precision)}, recall {number(score.recall)}, F1 {scored(score)}")
    if found.anchoring is None:
        say("no control documents, so nothing can be said of anchoring")
    else:
        two = found.anchoring
        say(
            f"F1 {scored(two.shown)} where people saw it, {scored(two.hidden)} where they did "
            f"not ({counted(two.hidden_documents, 'document')}); difference "
            f"{valued(two.difference)}"
        )
    common(found.commonest)
    _left_out(found.left_out)


def adjudicated(done: AdjudicationReport) -> None:
    """``curate adjudicate``."""
    for each in done.found:
        for region in each.open:
            say(f"open {each.annotation.document}:{region.start}-{region.end}")
            for name, version in _versions(region).items():
                say(f"    {escape(name)}: {escape(version)}")
    problems(each for each in done.problems if each.severity != "info")
    if done.reliability is not None:
        shares = [f"{name} {share:.0%}" for name, share in done.reliability.accuracy.items()]
        items = counted(done.reliability.items, "span")
        say(f"right, as measured over {items}: {escape(', '.join(shares))}")
    kept = f", {done.kept} of them before" if done.kept else ""
    say(
        f"{done.strategy}: settled {counted(done.settled, 'region')} in "
        f"{counted(done.documents, 'document')}{kept}; {done.open} open"
    )
    if done.gold:
        say(f"gold: {counted(len(done.gold), 'document')}")
    if done.open:
        say("settle with `curate adjudicate --decide DOCUMENT:START-END=NAME`, or =none")


def decided(made: Decision) -> None:
    """``curate adjudicate --decide``."""
    there = counted(len(made.spans), "span") if made.spans else "nothing"
    say(f"decided: {made.document}:{made.start}-{made.end} has {there}")


def _versions(region: Region) -> dict[str, str]:
    return {
        name: ", ".join(f"{s.start}-{s.end} {s.label}" for s in spans) or "nothing"
        for name, spans in region.versions.items()
    }


def grid(first: str, *others: str) -> Table:
    """A table whose other columns are numbers."""
    table = Table(first, box=None, pad_edge=False)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _label(name: str) -> str:
    return escape(name) or "not marked"


def number(value: float | None) -> str:
    """A figure to three places, or a dash where it is undefined."""
    return "–" if value is None else f"{value:.3f}"


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [dim]({low:.3f} to {high:.3f})[/]"


def _span(score: Score) -> str:
    return "" if score.low is None or score.high is None else f"{score.low:.3f}–{score.high:.3f}"


def scored(score: Score) -> str:
    """An F1 with its interval."""
    return f"{number(score.f1)}{_between(score.low, score.high)}"


def valued(value: Estimate) -> str:
    """A value with its interval, or why there is none."""
    if value.value is None:
        return f"– [dim]({escape(value.reason)})[/]"
    why = f" [dim]({escape(value.reason)})[/]" if value.reason else ""
    return f"{number(value.value)}{_between(value.low, value.high)}{why}"


def common(found: Iterable[Disagreement]) -> None:
    """The commonest disagreements."""
    shown = list(found)[:_SHOWN]
    if shown:
        say("commonest disagreements:")
    for one in shown:
        sides = " / ".join(
            f"« {text} » {label}" if label else "not marked"
            for text, label in (
                (one.first, one.first_label),
                (one.second, one.second_label),
            )
        )
        say(f"  {one.count:>4} {one.kind:<12} {escape(' '.join(sides.split()))}")


def _left_out(found: Iterable[Problem]) -> None:
    """What does not count: warnings one by one, what is usual by its reason."""
    told = list(found)
    problems(each for each in told if each.severity != "info")
    quiet: dict[str, list[Problem]] = {}
    for each in told:
        if each.severity == "info":
            quiet.setdefault(each.message, []).append(each)
    for reason, same in quiet.items():
        if len(same) <= _FEW:
            problems(same)
        else:
            named = ", ".join(each.document for each in same[:_FEW])
            say(f"{len(same):,} left out ({named} …): {escape(reason)}; --json names them all")
