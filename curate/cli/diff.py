"""``curate diff``: compare two states of the corpus: on the terminal, as JSON, Markdown or a page.

Documents are printed while the comparison runs, so that neither side has to fit in memory.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, TextIO

import msgspec
import typer
from rich.markup import escape

from curate.cli.app import HERE, Json, Root, app, workspace
from curate.cli.output import counted, counts_in_words, err, on_one_line, say
from curate.errors import InputError
from curate.layers import GOLD

if TYPE_CHECKING:
    from curate.history.diff import AnnotationChange, DiffTotals, DocumentDiff

_SHOWN = 40  # documents that are printed on a terminal; --json and --html have all
_CONTEXT = 20  # code points around a change on a terminal
_COLOUR = {"added": "green", "removed": "red"}


@app.command()
def diff(
    first: Annotated[
        str,
        typer.Argument(
            help="Release, revision (1a2e@3), layer or file; the last release if empty."
        ),
    ] = "",
    second: Annotated[
        str, typer.Argument(help="What to compare it with; the current gold by default.")
    ] = GOLD,
    html: Annotated[Path | None, typer.Option(help="Write the comparison to this page.")] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, as for a pull request.")
    ] = False,
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Compare two states of the corpus span by span, with totals by label and author.

    Example: curate diff 0.1.0 gold
    """
    from curate.history.diff import compare

    if markdown and json:
        raise typer.BadParameter("prints something else than --json", param_hint="--markdown")
    with ExitStack() as stack:
        writers: list[_TerminalWriter | _JsonWriter | _PageWriter | _MarkdownWriter] = []
        if html is not None:
            spool = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline=""))
            writers.append(_PageWriter(html, spool))
        if json:
            writers.append(_JsonWriter(stack.enter_context(tempfile.TemporaryFile())))
        else:
            writers.append(_MarkdownWriter() if markdown else _TerminalWriter())

        def report(document: DocumentDiff) -> None:
            for writer in writers:
                writer.add(document)

        totals = compare(workspace(root), first, second, report)
        for writer in writers:
            writer.finish(totals)


class _TerminalWriter:
    def __init__(self) -> None:
        self._number = 0

    def add(self, document: DocumentDiff) -> None:
        self._number += 1
        if self._number > _SHOWN:
            return
        numbers = " → ".join(f"@{n}" for n in (document.before, document.after) if n)
        title = escape(document.title[:60])
        say(f"[bold]{document.state} {document.id}[/] {title} [dim]{numbers}[/]")
        for change in document.changes:
            say(f"  {_change_line(change)}")

    def finish(self, totals: DiffTotals) -> None:
        from curate.history.diff_page import summarise_diff

        if self._number > _SHOWN:
            more = counted(self._number - _SHOWN, "more document")
            say(f"… and {more}; --html and --json have all")
        for title, table in (("label", totals.labels), ("author", totals.authors)):
            for name, counts in table.items():
                say(f"{title} {escape(name)}: {counts_in_words(counts)}")
        if totals.relabelled:
            say(
                "relabelled: " + escape(", ".join(f"{k} {n}" for k, n in totals.relabelled.items()))
            )
        say(escape(f"{totals.first} → {totals.second}: {summarise_diff(totals)}"))


class _JsonWriter:
    """Writes one object; the totals come first in it and last from the comparison.

    Until they are complete, the documents wait in a temporary file.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        self._documents = spool

    def add(self, document: DocumentDiff) -> None:
        between = b"," if self._documents.tell() else b""
        self._documents.write(between + msgspec.json.encode(document, order="sorted"))

    def finish(self, totals: DiffTotals) -> None:
        out = sys.stdout
        out.write(msgspec.json.encode(totals, order="sorted").decode("utf-8").removesuffix("}"))
        if self._documents.tell():
            out.write(',"documents":[')
            out.flush()
            self._documents.seek(0)
            shutil.copyfileobj(self._documents, out.buffer)
            out.write("]")
        out.write("}\n")


class _MarkdownWriter:
    def __init__(self) -> None:
        from curate.history.diff_markdown import DiffMarkdownWriter

        self._markdown = DiffMarkdownWriter()

    def add(self, document: DocumentDiff) -> None:
        self._markdown.add(document)

    def finish(self, totals: DiffTotals) -> None:
        sys.stdout.write(self._markdown.text(totals))


class _PageWriter:
    def __init__(self, path: Path, spool: TextIO) -> None:
        from curate.history.diff_page import DiffPageWriter

        self._path = path
        self._page = DiffPageWriter(spool)

    def add(self, document: DocumentDiff) -> None:
        self._page.add(document)

    def finish(self, totals: DiffTotals) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("w", encoding="utf-8") as out:
                self._page.write(totals, out)
        except OSError as error:
            what = f"cannot be written ({error.strerror})"
            raise InputError(what, "name another file", where=str(self._path)) from error
        err.print(f"wrote {escape(str(self._path))}")


def _change_line(change: AnnotationChange) -> str:
    labels = [span.label for span in (change.before, change.after) if span is not None]
    kind = change.kind.replace("-", " ")
    text = " → ".join(dict.fromkeys(filter(None, (change.old, change.new))))
    colour = next((c for name, c in _COLOUR.items() if change.kind.endswith(name)), "yellow")
    left = escape(on_one_line(change.left[-_CONTEXT:]))
    right = escape(on_one_line(change.right[:_CONTEXT]))
    marked = f"[dim]{left}[/][{colour}]«{escape(on_one_line(text))}»[/][dim]{right}[/]"
    author = f" [dim]({escape(change.by)})[/]" if change.by else ""
    return f"[{colour}]{kind}[/] {escape(' → '.join(dict.fromkeys(labels)))} {marked}{author}"
