"""The registry of checks: one decorated function per check, in ``curate.quality.checks``.

A check looks at one table of the corpus (``curate.quality.tables``) and computes a mask: for each
row, whether something is wrong with it. Its docstring says why that matters; everything else that
is said about the check stands in its decorator::

    @check(
        "span.order",
        table="spans",
        severity="error",
        message="starts at {start} and ends at {end}",
        hint="annotate it again in Doccano",
    )
    def order(spans: pd.DataFrame) -> Mask:
        '''A span must contain at least one character.'''
        return spans["end"] <= spans["start"]

The function may also take ``schema``, the label schema, ``limit``, the number that ``curate.toml``
can set, and ``languages``, those of the corpus.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from curate.errors import ConfigError
from curate.model import Record, Severity
from curate.schema import Schema

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Mask = pd.Series[bool] | NDArray[Any]
    TableMask = Callable[[pd.DataFrame], Mask]
    Function = TypeVar("Function", bound=Callable[..., Mask])

TableName = Literal[
    "documents",
    "spans",
    "relations",
    "categories",
    "layers",
    "schema",
    "mentions",
    "unmarked",
    "corpus",
]
TABLES: tuple[TableName, ...] = get_args(TableName)
"""The tables in the order in which a report lists their checks."""

Requirement = Literal[
    "schema",
    "apart",
    "exclusive",
    "revisions",
    "tasks",
    "release",
    "names",
    "size",
    "dates",
    "numbers",
]


class Check(Record, frozen=True, kw_only=True, rename={"message": "says", "hint": "cure"}):
    """One check, as data.

    Args:
        code: stable id, which every finding carries.
        table: the table it looks at.
        severity: its level; ``error`` stops a release.
        why: what goes wrong when it fails, in one line.
        message: template of a finding's message; it may refer to the columns of the row, to
            ``limit`` and to ``schema``.
        hint: how to mend a finding, in one line.
        limit: the number that values are compared with, if any; ``curate.toml`` can set it.
        bound: what that number means.
        needs: what must be there for the check to run; without it the check is skipped, and the
            report says so.
    """

    code: str
    table: TableName
    why: str
    message: str
    hint: str
    severity: Severity = "error"  # the JSON leaves defaults out
    limit: float | None = None
    bound: str = ""
    needs: tuple[Requirement, ...] = ()


CHECKS: dict[str, Check] = {}
"""All checks by code; importing ``curate.quality.checks`` fills it."""
_FUNCTIONS: dict[str, Callable[..., Mask]] = {}


def check(
    code: str,
    *,
    table: TableName,
    severity: Severity,
    message: str,
    hint: str,
    limit: float | None = None,
    bound: str = "",
    needs: tuple[Requirement, ...] = (),
) -> Callable[[Function], Function]:
    """Register a function as a check; the arguments are those of ``Check``.

    The function's docstring, one line, becomes ``Check.why``.
    """

    def register(function: Function) -> Function:
        if code in CHECKS:
            raise ValueError(f"there are two checks {code!r}")
        CHECKS[code] = Check(
            code=code,
            table=table,
            why=inspect.getdoc(function) or "",
            message=message,
            hint=hint,
            severity=severity,
            limit=limit,
            bound=bound,
            needs=needs,
        )
        _FUNCTIONS[code] = function
        return function

    return register


def mask(check: Check, schema: Schema | None, languages: tuple[str, ...] = ()) -> TableMask:
    """The function of a check that computes its mask, given a table.

    Args:
        check: the check, with the limit to use.
        schema: the label schema; None only for checks that do not need one.
        languages: the languages of the corpus.
    """
    function = _FUNCTIONS[check.code]
    taken = inspect.signature(function).parameters
    values = {"schema": schema, "limit": check.limit, "languages": languages}
    return partial(function, **{name: values[name] for name in values if name in taken})


def find(code: str) -> Check:
    """The check with this code.

    Raises:
        ConfigError: there is none.
    """
    if code in CHECKS:
        return CHECKS[code]
    near = difflib.get_close_matches(code, CHECKS, n=3) or list(CHECKS)
    raise ConfigError(f"curate.toml: there is no check {code!r}", f"use {' or '.join(near)}")
