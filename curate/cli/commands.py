"""Every command: read the arguments, call one method of the workspace, tell what came of it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from curate import __version__
from curate.cli import tell
from curate.cli.output import emit, progress, say

app = typer.Typer(
    help="Keep a gold corpus of annotated news articles, with Doccano as its remote.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
server = typer.Typer(help="The embedded Doccano server of this workspace.", no_args_is_help=True)
app.add_typer(server, name="server", rich_help_panel=None)

Root = Annotated[
    Path, typer.Option("-C", "--workspace", help="Folder of the workspace.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
HERE = Path()


class Take(StrEnum):
    """The sides of a conflict."""

    ours = "ours"
    theirs = "theirs"
    base = "base"


def _workspace(root: Path):  # type: ignore[no-untyped-def]
    from curate.workspace import Workspace

    return Workspace(root)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"curate {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make it in.")] = HERE,
    name: Annotated[str, typer.Option(help="Name of the corpus; the folder's by default.")] = "",
    json: Json = False,
) -> None:
    """Make a workspace, or complete one; in a fresh clone, fill the store from annotations/.

    Example: curate init my-corpus
    """
    from curate.workspace import Workspace

    emit(Workspace.init(folder, name), json, tell.initialised)


@app.command()
def ingest(
    sources: Annotated[list[Path], typer.Argument(help="Files or folders: .txt, .jsonl.")],
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Take articles in. A file that is refused is named, and the rest goes on (exit code 1).

    Example: curate ingest seeds/
    """
    with progress() as bar:
        done = _workspace(root).ingest(sources, bar)
    emit(done, json, tell.ingested)
    raise typer.Exit(1 if done.problems else 0)


@app.command()
def preannotate(
    again: Annotated[bool, typer.Option("--again", help="Also documents that were done.")] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Propose spans with the models and rules of curate.toml. Documents with gold are left alone.

    Example: curate preannotate
    """
    with progress() as bar:
        done = _workspace(root).preannotate(again, bar)
    emit(done, json, tell.preannotated)
    raise typer.Exit(tell.exit_code(done.problems))


DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Tell the plan, write nothing.")]
Unconfirmed = Annotated[
    bool, typer.Option("--include-unconfirmed", help="Also take changes nobody confirmed.")
]


@app.command()
def sync(
    dry_run: DryRun = False,
    include_unconfirmed: Unconfirmed = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Pre-annotate what is new, push it to Doccano, pull what was confirmed, merge it into gold.

    Example: curate sync --dry-run
    """
    _sync(root, json, dry_run, True, True, include_unconfirmed)


@app.command()
def push(dry_run: DryRun = False, root: Root = HERE, json: Json = False) -> None:
    """Pre-annotate what is new and push it to Doccano; pull nothing.

    Example: curate push
    """
    _sync(root, json, dry_run, True, False, False)


@app.command()
def pull(
    dry_run: DryRun = False,
    include_unconfirmed: Unconfirmed = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Pull what was confirmed in Doccano and merge it into gold; push nothing.

    Example: curate pull
    """
    _sync(root, json, dry_run, False, True, include_unconfirmed)


def _sync(root: Path, json: bool, dry: bool, push: bool, pull: bool, unconfirmed: bool) -> None:
    workspace = _workspace(root)
    if dry:
        emit(workspace.preview(push, pull, unconfirmed), json, tell.preview)
        return
    with progress() as bar:
        done = workspace.sync(push=push, pull=pull, include_unconfirmed=unconfirmed, progress=bar)
    emit(done, json, tell.synced)
    raise typer.Exit(tell.exit_code(done.outcome.problems + done.preannotated.problems))


@app.command()
def status(root: Root = HERE, json: Json = False) -> None:
    """Tell where the documents stand, here and in Doccano.

    Example: curate status
    """
    emit(_workspace(root).status(), json, tell.status)


@app.command()
def conflicts(root: Root = HERE, json: Json = False) -> None:
    """List where gold and Doccano changed the same place; exit code 1 if there are any.

    Example: curate conflicts
    """
    found = _workspace(root).conflicts()
    emit(found, json, tell.conflicts)
    raise typer.Exit(1 if found else 0)


@app.command()
def resolve(
    document: Annotated[str, typer.Argument(help="Beginning of a document's id.")],
    number: Annotated[int | None, typer.Argument(help="Which conflict; all by default.")] = None,
    take: Annotated[Take, typer.Option(help="Whose version to take.")] = ...,  # type: ignore[assignment]
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Settle conflicts by taking a side: ours (gold), theirs (Doccano) or base (before both).

    Example: curate resolve 1a2e 1 --take theirs
    """
    emit(_workspace(root).resolve(document, number, take.value), json, tell.resolved)


@app.command()
def validate(root: Root = HERE, json: Json = False) -> None:
    """Check the gold corpus; list all findings; exit code 1 if one is an error.

    Example: curate validate
    """
    report = _workspace(root).validate()
    emit(report, json, tell.report)
    raise typer.Exit(0 if report.passed else 1)


@app.command()
def release(
    version: Annotated[str, typer.Argument(help="Semantic version, such as 0.1.0.")],
    message: Annotated[str, typer.Option("-m", "--message", help="What is in it.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Cut a release of the gold; refused while the checks find errors.

    Example: curate release 0.1.0 -m "First articles"
    """
    emit(_workspace(root).release(version, message), json, tell.released)


@app.command()
def log(
    document: Annotated[str, typer.Argument(help="Beginning of a document's id.")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """List releases and revisions, the newest first; of one document if it is named.

    Example: curate log 1a2e
    """
    emit(_workspace(root).log(document), json, tell.log)


@app.command()
def export(
    version: Annotated[str, typer.Argument(help="Release; the newest by default.")] = "",
    formats: Annotated[
        list[str] | None, typer.Option("-f", "--format", help="jsonl, spacy, conll; may repeat.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Folder; exports/<version> by default.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write a release for training, each format with a note of what it could not express.

    Example: curate export 0.1.0 -f spacy -f conll
    """
    chosen = tuple(formats or ("jsonl", "spacy", "conll"))
    with progress() as bar:
        done = _workspace(root).export(version, chosen, to, bar)
    emit(done, json, tell.exported)


@app.command()
def show(
    document: Annotated[str, typer.Argument(help="Beginning of a document's id.")] = "",
    layer: Annotated[str, typer.Option(help="Layer to show: gold, proposal, model:…")] = "",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Show an article with its spans in colour; without one, list the articles and their ids.

    Example: curate show 1a2e --layer proposal
    """
    workspace = _workspace(root)
    if not document:
        emit(workspace.documents(), json, tell.listed)
        return
    shown = workspace.show(document, layer)
    emit(shown, json, lambda value: tell.shown(value, workspace.schema))


@app.command()
def doctor(root: Root = HERE, json: Json = False) -> None:
    """Look for what is wrong with the set-up, and tell the command that mends it.

    Example: curate doctor
    """
    from curate.doctor import examine

    found = examine(root)
    emit(found, json, tell.examined)
    raise typer.Exit(0 if all(item.ok for item in found) else 1)


@server.command()
def start(
    port: Annotated[int | None, typer.Option(help="Port on loopback; 0 for a free one.")] = None,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Start the embedded Doccano; the first time, install it and make its database.

    Example: curate server start
    """
    emit(_workspace(root).start_server(port, tell.notice), json, tell.server)


@server.command()
def stop(root: Root = HERE, json: Json = False) -> None:
    """Stop the embedded Doccano; its data stay.

    Example: curate server stop
    """
    stopped = _workspace(root).server.stop()
    emit({"stopped": stopped}, json, lambda _: say("stopped" if stopped else "it was not running"))


@server.command("status")
def server_status(root: Root = HERE, json: Json = False) -> None:
    """Tell whether the embedded Doccano runs, and where.

    Example: curate server status
    """
    found = _workspace(root).server.status()
    emit(found, json, tell.server)
    raise typer.Exit(0 if found.running else 1)
