"""``curate models``: list the trained models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, grid, number, say, tabular
from curate.layers import model_of

if TYPE_CHECKING:
    from curate.preannotate.model_registry import CurrentModel, TrainedModel


@app.command()
def models(root: Root = HERE, json: Json = False) -> None:
    """List the trained models of this workspace, and mark the promoted one.

    Example: curate models
    """
    from curate.preannotate.model_registry import trained_models

    trained, current = trained_models(workspace(root))
    emit({"models": trained, "current": current}, json, _render)


def _render(output: dict[str, Any]) -> None:
    trained: list[TrainedModel] = output["models"]
    current: CurrentModel | None = output["current"]
    if not trained:
        say("no trained models; train one with `curate train`")
        return
    table = grid("model", "release", "documents", "dev F1", "seed", "base")
    for model in trained:
        mark = "* " if current and current.model == model.id else "  "
        dev = model.scores.get("all")
        base = escape(model_of(model.base)) or "blank"
        row = (model.release, str(len(model.train)), number(dev.f1 if dev else None))
        table.add_row(mark + escape(model.id), *row, str(model.settings.seed), base)
    tabular(table)
    if current is None:
        say("none is promoted; promote one with `curate promote MODEL`")
    else:
        scores = f"F1 {number(current.after)}, before {number(current.before)}"
        say(f"{escape(current.model)} replaces {escape(current.over)} ({scores})")
