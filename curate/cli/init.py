"""``curate init``: create a workspace."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, app
from curate.cli.output import counted, emit, notice, say

if TYPE_CHECKING:
    from curate.templates import CorpusFiles
    from curate.workspace import Initialised

NO_MODEL = "none"


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the workspace.")] = HERE,
    name: Annotated[
        str, typer.Option(help="Name of the corpus; by default that of the folder.")
    ] = "",
    language: Annotated[
        str,
        typer.Option(
            help="Language of the articles, as its ISO 639-1 code; several with commas between "
            "them; by default the model's."
        ),
    ] = "",
    labels: Annotated[
        str, typer.Option(help="Labels, with commas between them; by default the language's.")
    ] = "",
    model: Annotated[
        list[str] | None,
        typer.Option(help="Name or folder of a spaCy pipeline; repeatable, or none."),
    ] = None,
    from_schema: Annotated[
        Path | None, typer.Option(help="Label schema to copy, instead of language and labels.")
    ] = None,
    json: Json = False,
) -> None:
    """Create a workspace, or complete one; in a fresh clone, fill the store from annotations/.

    Without options it asks on a terminal. Elsewhere the language must be given, if only by the
    name of a model or by a schema.

    Example: curate init my-corpus --language en --labels PERSON,ORG,GPE --model en_core_web_sm
    """
    from curate import config
    from curate.preannotate.new_corpus import corpus_files, language_of, missing_models
    from curate.workspace import Workspace

    if from_schema and (language or labels):
        raise typer.BadParameter("give --from-schema, or --language and --labels")
    start: CorpusFiles | None = None
    if language or labels or model or from_schema:
        models = _models(model)
        if not from_schema:
            language = language or language_of(folder, models or ()) or _refuse_to_guess()
        first, *others = _words(language) or ("",)
        start = corpus_files(folder, first, _words(labels), models, from_schema, others)
    elif not (folder / config.FILE).exists():
        asks = not json and sys.stdin.isatty() and sys.stdout.isatty()
        start = _ask(folder) if asks else _refuse_to_guess()
    emit(Workspace.init(folder, name, start=start), json, _render)
    for message in missing_models(folder, start) if start else ():
        notice(message)


def _ask(folder: Path) -> CorpusFiles:
    """What a new workspace starts with, by the answers of the person at the terminal."""
    from curate.preannotate.new_corpus import PLAIN_LABELS, corpus_files
    from curate.schema import parse
    from curate.templates import TEMPLATES, shipped

    asked = typer.prompt("Language of the articles (ISO 639-1 code)", default="fr")
    language, *others = _words(asked) or ("fr",)
    template = TEMPLATES.get(language)
    corpus_files(folder, language, others=others)  # refuses what is no code
    usual = (
        parse(shipped(template.schema).encode("utf-8"), template.schema).names
        if template
        else PLAIN_LABELS
    )
    labels = _words(typer.prompt("Labels", default=",".join(usual)))
    default = ",".join(template.models) if template and template.models else NO_MODEL
    models = _words(typer.prompt("spaCy pipelines, by name or folder, or none", default=default))
    chosen = () if labels == usual else labels
    return corpus_files(folder, language, chosen, _models([*models]), others=others)


def _refuse_to_guess() -> NoReturn:
    raise typer.BadParameter(
        "give the language of the articles, such as --language en", param_hint="--language"
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _models(given: list[str] | None) -> list[str] | None:
    """The pipelines that are named; None for those of the language."""
    return [name for name in given if name != NO_MODEL] if given else None


def _render(result: Initialised) -> None:
    say(f"workspace {escape(result.root)}")
    say(f"created {', '.join(result.made)}" if result.made else "nothing to create")
    if result.gold:
        say(f"gold: {counted(result.gold, 'document')}, from annotations/")
