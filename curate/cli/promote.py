"""``curate promote``: use a trained model to pre-annotate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.options import Resamples, Seed
from curate.cli.output import counted, emit, grid, number, problem_summary, say, tabular

if TYPE_CHECKING:
    from curate.train.promotion import Promotion

Version = Annotated[
    str, typer.Argument(metavar="[VERSION]", help="Release; the newest by default.")
]
Sure = Annotated[
    bool,
    typer.Option("--sure", help="Promote only if the confidence interval excludes 0."),
]


@app.command()
def promote(
    model: Annotated[str, typer.Argument(help="Trained model; see `curate models`.")] = "",
    version: Version = "",
    sure: Sure = False,
    back: Annotated[bool, typer.Option("--back", help="Return to the configured models.")] = False,
    language: Annotated[
        str,
        typer.Option(help="With --back: for articles in this language."),
    ] = "",
    resamples: Resamples = 1000,
    seed: Seed = 0,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Use a trained model to pre-annotate if its proposals on the test split are better.

    The exit code is 1 if they are not.

    Example: curate promote news-fr-0.1.0
    """
    from curate.train import promotion

    if back == bool(model):
        raise typer.BadParameter("give a model, or --back")
    if back:
        reverted = {"stepped_back": promotion.revert_promotion(workspace(root), language)}
        emit(reverted, json, _render_reverted)
        return
    result = promotion.promote(workspace(root), model, version, sure, resamples, seed)
    emit(result, json, render_promotion)
    raise typer.Exit(0 if result.took_over else 1)


def render_promotion(promotion: Promotion) -> None:
    """Print the comparison of a trained model with the current pipelines, and its outcome."""
    problem_summary(promotion.problems)
    table = grid(f"test {promotion.release}", "before", "after", "difference", "95%")
    for name, pair in {"proposals": promotion.proposals, "model alone": promotion.alone}.items():
        if pair is not None:
            low, high = pair.difference.low, pair.difference.high
            interval = "" if low is None or high is None else f"{low:+.3f} to {high:+.3f}"
            scores = (pair.before.f1, pair.after.f1, pair.difference.value)
            table.add_row(name, *map(number, scores), interval)
    for label, (before, after) in promotion.proposals.labels.items():
        gain = after - before if before is not None and after is not None else None
        table.add_row(f"  {escape(label)}", *map(number, (before, after, gain)))
    say(f"before: {escape(promotion.over)}; after: {escape(promotion.model)}")
    tabular(table)
    documents = counted(promotion.proposals.documents, "document")
    say(f"compared on {documents}: {escape(promotion.reason)}")
    if promotion.took_over:
        say(f"promoted {escape(promotion.model)}; undo it with `curate promote --back`")
    else:
        say(f"not promoted; {escape(promotion.over)} stays in use")


def _render_reverted(output: dict[str, str]) -> None:
    model = output["stepped_back"]
    say(f"{escape(model)} is no longer promoted" if model else "no model was promoted")
