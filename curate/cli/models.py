"""``curate models``: list the trained models; ``install``: pipelines of spaCy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import emit, grid, number, progress, say, tabular
from curate.layers import model_of

if TYPE_CHECKING:
    from curate.preannotate.model_registry import CurrentModel, TrainedModel
    from curate.preannotate.official_pipelines import InstalledPipeline

models = typer.Typer()
app.add_typer(models, name="models")


@models.callback(invoke_without_command=True)
def list_models(context: typer.Context, root: Root = HERE, json: Json = False) -> None:
    """List the trained models of this workspace, and mark the promoted one.

    Example: curate models
    """
    if context.invoked_subcommand:
        return
    from curate.preannotate.model_registry import trained_models

    trained, current = trained_models(workspace(root))
    emit({"models": trained, "current": current}, json, _render)


@models.command()
def install(
    name: Annotated[str, typer.Argument(help="Name of a pipeline of spaCy.")], json: Json = False
) -> None:
    """Install a pipeline of spaCy, if it is the one on spaCy's list by name and SHA-256.

    Example: curate models install en_core_web_sm
    """
    from curate.preannotate.official_pipelines import install_official

    with progress() as report:
        installed = install_official(name, report)
    emit(installed, json, _render_installed)


def _render_installed(pipeline: InstalledPipeline) -> None:
    done = "installed, its SHA-256 is that of spaCy's list" if pipeline.sha256 else "installed"
    say(f"{escape(pipeline.name)} {escape(pipeline.version)} is {done}")
    say("to use it, name it under \\[preannotate] models in curate.toml")


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
