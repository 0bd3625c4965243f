"""Statements that are sent for every document, built once: building takes longer than sending."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Select,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from curate.store import tables as t


def rows_of(table: Table, columns: Sequence[str], keys: Sequence[str]) -> Select[tuple[Any, ...]]:
    """Select columns of a table by the values of others, which are parameters of their names."""
    match = (table.c[key] == bindparam(key) for key in keys)
    return select(*(table.c[column] for column in columns)).where(*match)


DOCUMENT = rows_of(t.documents, ["data"], ["id"])
_ID, _DATA = (bindparam(name, type_=t.documents.c[name].type) for name in ("id", "data"))
_NEW = insert(t.documents).from_select(  # checks and adds in one statement
    ["id", "data"], select(_ID, _DATA).where(~exists().where(t.documents.c.id == _ID))
)
NEW_DOCUMENT = _NEW.execution_options(preserve_rowcount=True)  # or PostgreSQL's is lost
ANNOTATION = rows_of(t.layers, ["data"], ["document", "layer"])
ANNOTATIONS = rows_of(t.layers, ["layer", "data"], ["document"]).order_by(t.layers.c.layer)
REVISIONS = rows_of(t.revisions, ["data"], ["document"]).order_by(t.revisions.c.number.desc())
NUMBER = select(func.max(t.revisions.c.number)).where(
    t.revisions.c.document == bindparam("document")
)
TRACKED = rows_of(t.tracked, ["example", "confirmed", "base", "seen"], ["marker", "document"])
REMOTE_STATE = rows_of(t.remotes, ["state"], ["marker"])
ASSIGNMENT = rows_of(t.assignments, ["data"], ["document"])
COMMENTS = rows_of(t.comments, ["data"], ["document"])
CONFLICTS = rows_of(t.conflicts, ["data"], ["document"])
NO_CONFLICTS = delete(t.conflicts).where(t.conflicts.c.document == bindparam("document"))


@cache
def replacing(table: Table, keys: tuple[str, ...]) -> Update:
    """Update a row; the parameters of its keys are ``key_<name>``, all others are values."""
    return update(table).where(and_(*(table.c[key] == bindparam(f"key_{key}") for key in keys)))
