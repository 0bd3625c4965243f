"""What each check expects: the name of an expectation and its arguments, by the check's id.

An expectation is one of Great Expectations where one fits, or one of ``expectations``. Nothing here
needs Great Expectations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from curate.model import Record
from curate.schema import Schema

LEAST = 30  # of a group whose lengths are compared
SIZE = 50  # documents from which a corpus is judged as a whole
COUNTED = {"labels": 100, "languages": SIZE, "lengths": SIZE}
_LAYER = r"^(?:gold|proposal|remote|adjudicated|(?:annotator|rebased):.+|(?:model|rules):[^@]+@.+)$"


class Expect(Record, frozen=True):
    """An expectation: the name of its class and its arguments."""

    name: str
    arguments: dict[str, Any]


class Asked(NamedTuple):
    """What a check is made with: the schema (empty where there is none), and its limit."""

    schema: Schema
    limit: float


def expects(code: str, asked: Asked) -> tuple[Expect, ...]:
    """The expectations of a check; a row that misses any of them is one finding."""
    return _SUITES[code](asked)


def _false(column: str) -> Callable[[Asked], tuple[Expect, ...]]:
    return lambda asked: (Expect("ExpectColumnToBeFalse", {"column": column}),)


def _unique(column: str) -> Callable[[Asked], tuple[Expect, ...]]:
    return lambda asked: (Expect("ExpectColumnValuesToBeUnique", {"column": column}),)


def _own(name: str) -> Callable[[Asked], tuple[Expect, ...]]:
    return lambda asked: (Expect(name, {}),)


def _between(column: str, **bounds: float) -> Expect:
    return Expect("ExpectColumnValuesToBeBetween", {"column": column, **bounds})


def _equal(one: str, other: str) -> Callable[[Asked], tuple[Expect, ...]]:
    columns = {"column_A": one, "column_B": other}
    return lambda asked: (Expect("ExpectColumnPairValuesToBeEqual", columns),)


def _above(larger: str, smaller: str, or_equal: bool) -> Expect:
    columns = {"column_A": larger, "column_B": smaller, "or_equal": or_equal}
    return Expect("ExpectColumnPairValuesAToBeGreaterThanB", columns)


def _among(column: str, kind: str) -> Callable[[Asked], tuple[Expect, ...]]:
    def made(asked: Asked) -> tuple[Expect, ...]:
        names = [mark.name for mark in asked.schema.marks[kind]]
        return (Expect("ExpectColumnValuesToBeInSet", {"column": column, "value_set": names}),)

    return made


def _usual(column: str, by: str) -> Callable[[Asked], tuple[Expect, ...]]:
    def made(asked: Asked) -> tuple[Expect, ...]:
        arguments = {"column": column, "by": by, "limit": asked.limit, "least": LEAST}
        return (Expect("ExpectLengthsToBeUsual", arguments),)

    return made


def _stays(kind: str) -> Callable[[Asked], tuple[Expect, ...]]:
    def made(asked: Asked) -> tuple[Expect, ...]:
        arguments = {"kind": kind, "limit": asked.limit, "least": COUNTED[kind]}
        return (Expect("ExpectDistributionToStay", arguments),)

    return made


def _joins(asked: Asked) -> tuple[Expect, ...]:
    allowed = {each.name: [[*each.heads], [*each.tails]] for each in asked.schema.relations}
    return (Expect("ExpectRelationsToJoinAllowedLabels", {"allowed": allowed}),)


_SUITES: dict[str, Callable[[Asked], tuple[Expect, ...]]] = {
    "document.unique": _unique("document"),
    "document.empty": lambda asked: (_between("visible", min_value=1),),
    "document.digest": _equal("document", "digest"),
    "span.offsets": _own("ExpectSpansToLieInTheText"),
    "span.order": lambda asked: (_above("end", "start", or_equal=False),),
    "span.edges": _own("ExpectSpansToHaveVisibleEdges"),
    "span.words": _own("ExpectSpansToFitWords"),
    "span.duplicate": _false("repeat"),
    "span.overlap": lambda asked: (_above("start", "reach", or_equal=True),),
    "span.label": _among("label", "label"),
    "relation.ends": _false("dangling"),
    "relation.label": _among("label", "relation"),
    "relation.types": _joins,
    "relation.duplicate": _false("repeat"),
    "relation.self": _false("itself"),
    "category.label": _among("label", "category"),
    "category.duplicate": _false("repeat"),
    "category.exclusive": lambda asked: (_between("many", max_value=1),),
    "layer.name": lambda asked: (
        Expect("ExpectColumnValuesToMatchRegex", {"column": "layer", "regex": _LAYER}),
    ),
    "layer.document": lambda asked: (
        Expect("ExpectColumnValuesToBeInSet", {"column": "there", "value_set": [True]}),
    ),
    "layer.offsets": lambda asked: (_between("outside", max_value=0),),
    "layer.label": lambda asked: (_between("unknown", max_value=0),),
    "schema.guideline": lambda asked: (
        Expect("ExpectColumnValuesToBeInSet", {"column": "guided", "value_set": [True]}),
    ),
    "schema.colour": _false("alike"),
    "schema.unused": lambda asked: (_between("uses", min_value=1),),
    "schema.support": lambda asked: (_between("used", min_value=asked.limit),),
    "span.context": lambda asked: (
        Expect("ExpectLikeContextsToShareALabel", {"share": asked.limit, "least": 3}),
    ),
    "span.gazetteer": _equal("kind", "listed"),
    "span.length": _usual("extent", "label"),
    "text.date": _false("date"),
    "text.number": _false("number"),
    "document.stretch": lambda asked: (_between("gap", max_value=asked.limit),),
    "document.duplicate": _unique("twin"),
    "document.length": _usual("length", ""),
    "document.language": lambda asked: (
        Expect(
            "ExpectColumnValuesToBeInSet",
            {"column": "lang", "value_set": [asked.schema.language]},
        ),
    ),
    "document.confirmed": lambda asked: (
        Expect("ExpectColumnValuesToNotBeNull", {"column": "confirmed_by"}),
    ),
    "document.schema": lambda asked: (
        Expect("ExpectColumnValuesToBeInSet", {"column": "schema", "value_set": [asked.schema.id]}),
    ),
    "document.annotators": lambda asked: (_above("done", "asked", or_equal=True),),
    "corpus.labels": _stays("labels"),
    "corpus.languages": _stays("languages"),
    "corpus.lengths": _stays("lengths"),
}
