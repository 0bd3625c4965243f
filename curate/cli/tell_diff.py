"""What came of ``curate diff``: for people, as JSON, or as a page, told while it is being found."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO

import msgspec
from rich.markup import escape

from curate.cli.output import counted, err, say
from curate.errors import InputError

if TYPE_CHECKING:
    from curate.history.diff import AnnotationChange, DiffTotals, DocumentDiff

_SHOWN = 40  # documents that a terminal is told of; --json and --html have all
_COLOUR = {"added": "green", "removed": "red"}
Tell = Callable[["DocumentDiff"], None]


def told(compare: Callable[[Tell], DiffTotals], as_json: bool, page: Path | None) -> None:
    """Carry out a comparison and tell what comes of it.

    Args:
        compare: gives each document that differs to a function, and the sums at last.
        as_json: as one JSON object on standard output, not in words.
        page: also a page in this file.

    Raises:
        InputError: the page cannot be written.
    """
    with ExitStack() as stack:
        tellers: list[_Words | _Json | _Page] = [_Words()]
        if as_json:
            tellers = [_Json(stack.enter_context(tempfile.TemporaryFile()))]
        if page is not None:
            spool = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline=""))
            tellers.insert(0, _Page(page, spool))

        def each(found: DocumentDiff) -> None:
            for teller in tellers:
                teller.add(found)

        sums = compare(each)
        for teller in tellers:
            teller.done(sums)


class _Words:
    def __init__(self) -> None:
        self._number = 0

    def add(self, found: DocumentDiff) -> None:
        self._number += 1
        if self._number > _SHOWN:
            return
        numbers = " → ".join(f"@{n}" for n in (found.before, found.after) if n)
        title = escape(found.title[:60])
        say(f"[bold]{found.state} {found.id}[/] {title} [dim]{numbers}[/]")
        for change in found.changes:
            say(f"  {_change(change)}")

    def done(self, sums: DiffTotals) -> None:
        from curate.history.diff_page import summarise_diff

        if self._number > _SHOWN:
            say(f"… and {counted(self._number - _SHOWN, 'document')} more, see --html, --json")
        for title, table in (("label", sums.labels), ("author", sums.authors)):
            for name, counts in table.items():
                say(f"{title} {escape(name)}: {counts_told(counts)}")
        if sums.relabelled:
            say("relabelled: " + escape(", ".join(f"{k} {n}" for k, n in sums.relabelled.items())))
        say(escape(f"{sums.first} → {sums.second}: {summarise_diff(sums)}"))


class _Json:
    """The sums come first in the object, and are known last: documents wait in a file."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._documents = spool

    def add(self, found: DocumentDiff) -> None:
        between = b"," if self._documents.tell() else b""
        self._documents.write(between + msgspec.json.encode(found, order="sorted"))

    def done(self, sums: DiffTotals) -> None:
        out = sys.stdout
        out.write(msgspec.json.encode(sums, order="sorted").decode("utf-8").removesuffix("}"))
        if self._documents.tell():
            out.write(',"documents":[')
            out.flush()
            self._documents.seek(0)
            shutil.copyfileobj(self._documents, out.buffer)
            out.write("]")
        out.write("}\n")


class _Page:
    def __init__(self, path: Path, spool: TextIO) -> None:
        from curate.history.diff_page import DiffPageWriter

        self._path = path
        self._writer = DiffPageWriter(spool)

    def add(self, found: DocumentDiff) -> None:
        self._writer.add(found)

    def done(self, sums: DiffTotals) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("w", encoding="utf-8") as out:
                self._writer.write(sums, out)
        except OSError as error:
            what = f"cannot be written ({error.strerror})"
            raise InputError(what, "name another file", where=str(self._path)) from error
        err.print(f"wrote {escape(str(self._path))}")


def counts_told(counts: Mapping[str, int]) -> str:
    """Counts in words."""
    return ", ".join(f"{k.replace('_', ' ').replace('-', ' ')} {n}" for k, n in counts.items())


def _change(change: AnnotationChange) -> str:
    names = [s.label for s in (change.before, change.after) if s is not None]
    kind = change.kind.replace("-", " ")
    text = " → ".join(dict.fromkeys(filter(None, (change.old, change.new))))
    colour = next((c for name, c in _COLOUR.items() if change.kind.endswith(name)), "yellow")
    left, right = escape(_flat(change.left[-20:])), escape(_flat(change.right[:20]))
    marked = f"[dim]{left}[/][{colour}]«{escape(_flat(text))}»[/][dim]{right}[/]"
    who = f" [dim]({escape(change.by)})[/]" if change.by else ""
    return f"[{colour}]{kind}[/] {escape(' → '.join(dict.fromkeys(names)))} {marked}{who}"


def _flat(text: str) -> str:
    return text.replace("\n", " ")
