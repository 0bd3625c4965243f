"""Upgrades of an older store, one step a format. Tables that are new are made before these run."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection, delete, inspect, select, text, update

from curate.model import Annotation
from curate.store import tables as t


def _to_2(connection: Connection) -> None:
    """Layers keep a digest of what they say: a changed proposal is seen without decoding it."""
    have = {column["name"] for column in inspect(connection).get_columns("layers")}
    if "content" not in have:
        connection.execute(text("ALTER TABLE layers ADD COLUMN content TEXT NOT NULL DEFAULT ''"))
    c = t.layers.c
    for row in connection.execute(select(c.document, c.layer, c.data)).all():
        content = msgspec.json.decode(row.data, type=Annotation).content
        here = (c.document == row.document) & (c.layer == row.layer)
        connection.execute(update(t.layers).where(here).values(content=content))


def _to_3(connection: Connection) -> None:
    """PostgreSQL sorts by code point; what was seen of ``annotations/`` is kept a workspace."""
    if connection.dialect.name == "postgresql":
        for table in t.metadata.sorted_tables:
            for column in table.columns:
                if column.type.python_type is str:
                    change = f'ALTER TABLE {table.name} ALTER COLUMN "{column.name}"'
                    connection.execute(text(f'{change} TYPE TEXT COLLATE "C"'))
    connection.execute(delete(t.info).where(t.info.c.key.in_(["annotations", "people"])))


STEPS: dict[int, Callable[[Connection], None]] = {2: _to_2, 3: _to_3}
"""What leads to each format from the one before it."""


def upgrade(connection: Connection, found: int) -> None:
    """Bring a store from the format ``found`` to ``tables.FORMAT``, within the open transaction."""
    for number in range(found + 1, t.FORMAT + 1):
        STEPS[number](connection)
