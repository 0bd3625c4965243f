"""How results are printed: as JSON, as lines for people, and progress bars on a terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from rich import progress as rich_progress
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from curate.errors import CurateError
from curate.model import Problem
from curate.util.progress import Progress, silent

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

_LISTED = 3  # with more problems of one code, a summary counts them
_COLOUR = {"error": "red", "warning": "yellow", "info": "blue"}


def emit(value: Any, as_json: bool, render: Callable[[Any], None]) -> None:
    """Print a value: as JSON, or by ``render``."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(value, order="sorted").decode("utf-8") + "\n")
    else:
        render(value)


def say(text: str) -> None:
    """Print a line; rich markup is honoured, so escape text that comes from elsewhere."""
    out.print(text)


def refuse(error: CurateError, as_json: bool) -> None:
    """Print an error: a line on standard error, with ``--json`` also JSON on standard output."""
    err.print(f"[red]curate:[/] {escape(str(error))}")
    if as_json:
        fields = {"type": type(error).__name__, "message": error.message, "cure": error.hint}
        emit({"error": fields}, True, lambda _: None)


def waiting(who: str) -> None:
    """Print which command holds the lock that this one waits for."""
    err.print(f"waiting for {escape(who or 'another curate')}")


def notice(message: str) -> None:
    """Print a sentence on standard error."""
    err.print(escape(message))


def problems(findings: Iterable[Problem], limit: int | None = None) -> None:
    """Print findings, one line each; of those of one code at most ``limit``, and how many more."""
    shown: Counter[str] = Counter()
    for problem in findings:
        shown[problem.code] += 1
        if limit is not None and shown[problem.code] > limit:
            continue
        place = " ".join(filter(None, (problem.where, problem.document)))
        if problem.span:
            place += f" {problem.span[0]}–{problem.span[1]} {problem.span[2]}"
        colour = _COLOUR[problem.severity]
        message = f"{place}: {problem.message}" if place else problem.message
        hint = f" [dim]({escape(problem.hint)})[/]" if problem.hint else ""
        out.print(f"[{colour}]{problem.severity}[/] {problem.code} {escape(message)}{hint}")
    for code, count in shown.items():
        if limit is not None and count > limit:
            say(f"… and {count - limit:,} more {code}, listed with --json")


def problem_summary(findings: Iterable[Problem]) -> None:
    """Print errors one by one; warnings and notes of one code only as a number if they are many."""
    rest: dict[str, list[Problem]] = {}
    for problem in findings:
        if problem.severity == "error":
            problems([problem])
        else:
            rest.setdefault(problem.code, []).append(problem)
    for code, same in sorted(rest.items()):
        if len(same) > _LISTED:
            say(f"{code}: {counted(len(same), 'case')}, listed with --json")
        else:
            problems(same)


def exit_code(findings: Iterable[Problem]) -> int:
    """1 if one of the problems is an error."""
    return 1 if any(problem.severity == "error" for problem in findings) else 0


def grid(first: str, *others: str) -> Table:
    """A table with these columns, of which all but the first are numbers."""
    table = Table(first, box=None, pad_edge=False)
    for name in others:
        table.add_column(name, justify="right")
    return table


def number(value: float | None) -> str:
    """A figure to three decimal places, or a dash if it is undefined."""
    return "–" if value is None else f"{value:.3f}"


def tabular(table: Table) -> None:
    """Print a table as wide as it is; a terminal may wrap its lines, and no figure is cut off."""
    room = out.options.update(width=1000)
    table.width = Measurement.get(out, room, table).maximum
    out.print(table)


def counted(number: int, one: str, many: str = "") -> str:
    """``1 document``, ``2 documents``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def counts_in_words(counts: Mapping[str, int]) -> str:
    """Counts by kind: ``relabelled 1, relation added 2``."""
    return ", ".join(f"{k.replace('_', ' ').replace('-', ' ')} {n}" for k, n in counts.items())


def on_one_line(text: str) -> str:
    """A text with blanks in place of line ends."""
    return text.replace("\n", " ")


@contextmanager
def progress() -> Iterator[Progress]:
    """Report progress by a bar on a terminal, and not at all elsewhere."""
    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
    )
    bar = rich_progress.Progress(
        *columns, rich_progress.TimeElapsedColumn(), console=err, transient=True
    )
    tasks: dict[str, Any] = {}

    def report(task: str, done: int, total: int) -> None:
        if task not in tasks:
            tasks[task] = bar.add_task(task, total=total or None)
        bar.update(tasks[task], completed=done, total=total or None)

    if not err.is_terminal:
        yield silent
        return
    with bar:
        yield report
