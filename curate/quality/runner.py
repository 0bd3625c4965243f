"""Validate gold: build the tables, run the checks, and turn row numbers back into findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.model import Document, Problem, Revision
from curate.quality import frames, pages
from curate.quality.checks import Check, checks
from curate.quality.report import Outcome, Report
from curate.schema import Schema

if TYPE_CHECKING:
    import pandas as pd


def validate(
    pairs: Iterable[tuple[Document, Revision]], schema: Schema, docs_folder: Path | None = None
) -> Report:
    """Check gold, and report everything that is wrong with it.

    Args:
        pairs: documents with the revision to check; tombstones are passed over.
        schema: the label schema to hold it against.
        docs_folder: where to write Data Docs (HTML) as well; what an earlier run wrote there goes.

    Raises:
        CurateError: a check could not run.
    """
    from curate.quality import great

    tables = frames.build(pairs)
    context = great.context()
    problems: list[Problem] = []
    outcomes: list[Outcome] = []
    for name, frame in tables._asdict().items():
        wanted = [check for check in checks(schema) if check.table == name]
        rows = great.run(context, name, frame, wanted, docs=docs_folder is not None)
        for check in wanted:
            found = list(_findings(check, frame, rows[check.code]))
            problems += found
            outcomes.append(_outcome(check, len(found)))
    counts = {name: len(frame) for name, frame in tables._asdict().items()}
    report = Report(problems=tuple(problems), checks=tuple(outcomes), counts=counts)
    if docs_folder is not None:
        great.write_docs(context, docs_folder)
        pages.finish(docs_folder, report)
    return report


def _outcome(check: Check, findings: int) -> Outcome:
    return Outcome(
        code=check.code,
        severity=check.severity,
        why=check.why,
        ok=not findings,
        findings=findings,
    )


def _findings(check: Check, frame: pd.DataFrame, rows: tuple[int, ...]) -> Iterator[Problem]:
    """One problem a document or span, however many rows say it."""
    columns = [str(name) for name in frame.columns]
    seen = set()
    for values in frame.iloc[list(rows)].itertuples(index=False, name=None):
        row = dict(zip(columns, values, strict=True))
        key = (row["start"], row["end"], row["label"]) if check.table == "spans" else None
        if (row["document"], key) not in seen:
            seen.add((row["document"], key))
            yield _problem(check, row, key)


def _problem(check: Check, row: dict[str, Any], key: tuple[int, int, str] | None) -> Problem:
    said = check.says.format_map(row)
    return Problem(
        code=check.code,
        message=f"{_quoted(row['surface'])} {said}" if key else said,
        severity=check.severity,
        document=row["document"],
        span=key,
        cure=check.cure,
    )


def _quoted(surface: str) -> str:
    """The marked text as one line that shows its blanks, cut in the middle if it is long."""
    shown = surface if len(surface) <= 60 else f"{surface[:40]} … {surface[-15:]}"
    return repr(shown)
