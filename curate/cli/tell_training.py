"""How the commands about trained models tell what came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from curate.cli.output import counted, problems, say, tabular
from curate.cli.tell_measures import common, grid, number, scored
from curate.model import Problem

if TYPE_CHECKING:
    from curate.agreement.breakdown import Part
    from curate.train import Current, Trained
    from curate.train.learning_curve import Curve
    from curate.train.promotion import Graded, Promotion
    from curate.train.training import Made

_SHOWN = 10


def trained(told: dict[str, Any]) -> None:
    """``curate train``."""
    made: Made = told["trained"]
    model = made.model
    _reasons(made.problems)
    figures = grid("dev", "precision", "recall", "F1")
    for name, each in model.scores.items():
        figures.add_row(escape(name), number(each.precision), number(each.recall), number(each.f1))
    tabular(figures)
    what = "was there already:" if made.known else "trained"
    on = f"on {counted(len(model.train), 'document')} of release {model.release}"
    how = f"from {escape(model.base.removeprefix('model:'))}" if model.base else "from nothing"
    say(f"{what} {escape(model.id)} {on}, {how}, seed {model.settings.seed}, {model.steps} steps")
    if "curve" in told:
        curve(told["curve"])
    if "promotion" in told:
        promoted(told["promotion"])
    else:
        say(f"let it propose with `curate promote {escape(model.id)}`")


def curve(found: Curve) -> None:
    """``curate train --curve``."""
    figures = grid("dev", "documents", "spans", "F1", "95%")
    for stop in found.stops:
        ends = "" if stop.low is None or stop.high is None else f"{stop.low:.3f} to {stop.high:.3f}"
        row = (f"{stop.documents:,}", f"{stop.spans:,}", number(stop.f1), ends)
        figures.add_row(f"{stop.share:.0%}", *row)
    for each in found.forecast.ahead:
        ends = f"{each.low:.3f} to {each.high:.3f}"
        figures.add_row("foretold", f"{each.documents:,}", "", number(each.score), ends)
    tabular(figures)
    law = found.forecast
    if law.a is None or law.b is None or law.c is None:
        say(f"nothing is foretold: {law.reason}")
    else:
        say(f"F1 = {law.a:.3f} - {law.b:.3f} / documents^{law.c:.2f}")
    say(f"drawn in {escape(found.drawn)}")


def promoted(done: Promotion) -> None:
    """``curate promote``."""
    _reasons(done.problems)
    figures = grid(f"test {done.release}", "before", "after", "difference", "95%")
    for name, pair in {"proposals": done.proposals, "model alone": done.alone}.items():
        if pair is not None:
            gained, (low, high) = pair.difference, (pair.difference.low, pair.difference.high)
            ends = "" if low is None or high is None else f"{low:+.3f} to {high:+.3f}"
            figures.add_row(name, *map(number, (pair.before.f1, pair.after.f1, gained.value)), ends)
    for label, (before, after) in done.proposals.labels.items():
        gain = after - before if before is not None and after is not None else None
        figures.add_row(f"  {escape(label)}", *map(number, (before, after, gain)))
    say(f"before: {escape(done.over)}; after: {escape(done.model)}")
    tabular(figures)
    say(f"compared on {counted(done.proposals.documents, 'document')}: {escape(done.reason)}")
    if done.took_over:
        say(f"{escape(done.model)} proposes now; `curate promote --back` undoes it")
    else:
        say(f"{escape(done.over)} goes on to propose")


def stepped_back(told: dict[str, str]) -> None:
    """``curate promote --back``."""
    left = told["stepped_back"]
    say(f"{escape(left)} proposes no longer" if left else "no trained model proposed")


def listed(told: dict[str, Any]) -> None:
    """``curate models``."""
    models: list[Trained] = told["models"]
    current: Current | None = told["current"]
    figures = grid("model", "release", "documents", "dev F1", "seed", "from")
    for each in models:
        mark = "* " if current and current.model == each.id else "  "
        dev = each.scores.get("all")
        base = escape(each.base.removeprefix("model:")) or "nothing"
        row = (each.release, str(len(each.train)), number(dev.f1 if dev else None))
        figures.add_row(mark + escape(each.id), *row, str(each.settings.seed), base)
    if models:
        tabular(figures)
    else:
        say("no model was trained here; `curate train` does")
    if current is not None:
        f1 = f"F1 {number(current.after)}, before {number(current.before)}"
        say(f"{escape(current.model)} took over from {escape(current.over)} ({f1})")
    elif models:
        say("none of them proposes; `curate promote MODEL` lets one")


def graded(found: Graded) -> None:
    """``curate evaluate --model``."""
    scores = found.evaluation.conll
    documents = counted(found.evaluation.documents, "document")
    say(f"{escape(found.layer)} on {found.split} of release {found.release}, {documents}")
    _reasons(found.problems)
    figures = grid("label", "precision", "recall", "F1", "gold", "predicted")
    for name, each in {"all": scores.micro, **scores.labels}.items():
        cells = (number(each.precision), number(each.recall), scored(each))
        figures.add_row(escape(name), *cells, str(each.first), str(each.second))
    tabular(figures)
    _parts("source", found.parts.sources)
    _parts("length", found.parts.lengths)
    _parts("words of a span", found.parts.words)
    for worst in found.parts.worst:
        title = escape(worst.title[:60]) or "untitled"
        many = counted(worst.errors, "error")
        say(f"worst: {worst.document} {title}: {many}, F1 {number(worst.score.f1)}")
    common(found.evaluation.commonest)


def _parts(name: str, parts: dict[str, Part]) -> None:
    figures = grid(name, "precision", "recall", "F1", "gold", "documents")
    for part, each in parts.items():
        score = each.score
        cells = (number(score.precision), number(score.recall), number(score.f1))
        figures.add_row(escape(part), *cells, str(score.first), str(each.documents))
    tabular(figures)


def _reasons(found: Iterable[Problem]) -> None:
    """Each problem that is more than for reading; the others counted by their code."""
    told = list(found)
    problems([each for each in told if each.severity == "error"])
    rest = [each for each in told if each.severity != "error"]
    for code, many in sorted(Counter(each.code for each in rest).items()):
        if many > 3:
            say(f"{code}: {counted(many, 'case')}; --json names them")
        else:
            problems(each for each in rest if each.code == code)


__all__ = ["curve", "graded", "listed", "promoted", "stepped_back", "trained"]
