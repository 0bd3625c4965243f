"""The checks, as data: what each looks at, why it matters, how to mend what it finds.

A check names the expectation that makes it: one of Great Expectations where one fits, or one of
``expectations.py``. Nothing here needs Great Expectations.
"""

from __future__ import annotations

from typing import Any, Literal

from curate.model import Record, Severity
from curate.schema import Schema

Table = Literal["documents", "spans"]


class Expect(Record, frozen=True):
    """An expectation: the name of its class and its arguments."""

    name: str
    arguments: dict[str, Any]


class Check(Record, frozen=True, kw_only=True):
    """One check.

    Args:
        code: stable id, which every finding carries.
        table: the frame it looks at.
        why: one line: what goes wrong when it fails.
        says: what a finding says of its row; the columns of the frame may be filled in.
        cure: one line: how to mend it.
        expects: the expectations that make it; a row that misses any of them is one finding.
        severity: ``error`` stops a release.
    """

    code: str
    table: Table
    why: str
    says: str
    cure: str
    expects: tuple[Expect, ...]
    severity: Severity = "error"


def checks(schema: Schema) -> tuple[Check, ...]:
    """The checks of a corpus under a label schema, in the order in which they are reported."""
    overlap = () if schema.overlap else (_OVERLAP,)
    return (*_DOCUMENTS, *_SPANS, _label(schema), *overlap)


def _above(larger: str, smaller: str, or_equal: bool) -> Expect:
    columns = {"column_A": larger, "column_B": smaller, "or_equal": or_equal}
    return Expect("ExpectColumnPairValuesAToBeGreaterThanB", columns)


def _at_least(column: str, least: int) -> Expect:
    return Expect("ExpectColumnValuesToBeBetween", {"column": column, "min_value": least})


_DOCUMENTS = (
    Check(
        code="document.unique",
        table="documents",
        why="A document that is there twice counts twice in training and in every figure.",
        says="the document is there more than once",
        cure="keep one of them in annotations/gold",
        expects=(Expect("ExpectColumnValuesToBeUnique", {"column": "document"}),),
    ),
    Check(
        code="document.empty",
        table="documents",
        why="An empty document teaches nothing and breaks programs that expect a sentence.",
        says="the text has no visible character ({length} in all)",
        cure="delete the document, or take the article in again",
        expects=(_at_least("visible", 1),),
    ),
    Check(
        code="document.digest",
        table="documents",
        why="If the text changed under its id, the offsets of its spans no longer mean anything.",
        says="the text does not belong to the id; its own would be {digest}",
        cure="restore the text from version control, or take the article in again",
        expects=(
            Expect(
                "ExpectColumnPairValuesToBeEqual", {"column_A": "document", "column_B": "digest"}
            ),
        ),
    ),
    Check(
        code="document.confirmed",
        table="documents",
        why="What no person confirmed is a guess of a program, not gold.",
        says="nobody confirmed revision {revision}",
        cure="confirm the document in Doccano and run `curate sync`",
        expects=(Expect("ExpectColumnValuesToNotBeNull", {"column": "confirmed_by"}),),
    ),
)

_SPANS = (
    Check(
        code="span.offsets",
        table="spans",
        why="A span outside the text marks nothing.",
        says="runs from {start} to {end}, and the text from 0 to {length}",
        cure="mark it again in Doccano",
        expects=(_at_least("start", 0), _above("length", "end", or_equal=True)),
    ),
    Check(
        code="span.order",
        table="spans",
        why="A span must hold at least one character.",
        says="starts at {start} and ends at {end}",
        cure="mark it again in Doccano",
        expects=(_above("end", "start", or_equal=False),),
    ),
    Check(
        code="span.edges",
        table="spans",
        why="Blank or invisible characters at the edges fit no token and differ between people.",
        says="begins or ends with a blank or invisible character",
        cure="mark it again without the blanks",
        expects=(Expect("ExpectColumnValuesToHaveCleanEdges", {"column": "surface"}),),
    ),
    Check(
        code="span.duplicate",
        table="spans",
        why="A span that is there twice counts twice in training and in every figure.",
        says="is there more than once, {start} to {end} as {label}",
        cure="delete all but one of them",
        expects=(
            Expect(
                "ExpectCompoundColumnsToBeUnique",
                {"column_list": ["document", "start", "end", "label"]},
            ),
        ),
    ),
)

_OVERLAP = Check(
    code="span.overlap",
    table="spans",
    why="The schema gives a character one label at most; most formats cannot hold two.",
    says="overlaps a span before it, {start} to {end} as {label}",
    cure="keep one of the two, or set `overlap: true` in the schema",
    expects=(
        Expect("ExpectSpansToNotOverlap", {"column_list": ["document", "start", "end", "label"]}),
    ),
)


def _label(schema: Schema) -> Check:
    return Check(
        code="span.label",
        table="spans",
        why="A label that the schema does not know has no guideline and no colour.",
        says="has the label {label}, which " + f"{schema.id} does not know",
        cure=f"use one of {', '.join(schema.names)}, or add the label to the schema",
        expects=(
            Expect(
                "ExpectColumnValuesToBeInSet",
                {"column": "label", "value_set": list(schema.names)},
            ),
        ),
    )
