"""What a check is, as data."""

from __future__ import annotations

from typing import Literal

from curate.model import Record, Severity

Table = Literal[
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
Need = Literal[
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


class Check(Record, frozen=True, kw_only=True):
    """One check.

    Args:
        code: stable id, which every finding carries.
        table: the frame it looks at.
        severity: its level; ``error`` stops a release.
        why: one line: what goes wrong when it fails.
        says: what a finding says of its row; the columns of the frame may be filled in, and
            ``limit`` and ``schema``.
        cure: one line: how to mend it.
        limit: the number it holds values against, where there is one; ``curate.toml`` may set it.
        bound: what that number is.
        needs: what has to be there for it to be made; without, it is passed over and says so.
    """

    code: str
    table: Table
    why: str
    says: str
    cure: str
    severity: Severity = "error"
    limit: float | None = None
    bound: str = ""
    needs: tuple[Need, ...] = ()
