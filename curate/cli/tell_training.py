"""How ``curate evaluate --model`` prints its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from curate.cli.output import counted, problem_summary, say, tabular
from curate.cli.tell_measures import common, grid, number, scored

if TYPE_CHECKING:
    from curate.agreement.breakdown import SubsetScore
    from curate.train.evaluation import ModelEvaluation


def graded(found: ModelEvaluation) -> None:
    """``curate evaluate --model``."""
    scores = found.evaluation.conll
    documents = counted(found.evaluation.documents, "document")
    say(f"{escape(found.layer)} on {found.split} of release {found.release}, {documents}")
    problem_summary(found.problems)
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


def _parts(name: str, parts: dict[str, SubsetScore]) -> None:
    figures = grid(name, "precision", "recall", "F1", "gold", "documents")
    for part, each in parts.items():
        score = each.score
        cells = (number(score.precision), number(score.recall), number(score.f1))
        figures.add_row(escape(part), *cells, str(score.first), str(each.documents))
    tabular(figures)
