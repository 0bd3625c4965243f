"""The store: one SQLite file, or one PostgreSQL database, behind named queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from curate.store.transaction import Transaction


class Store:
    """Documents, layers, gold revisions, releases and sync state of one corpus.

    Args:
        url: an SQLAlchemy URL, such as ``sqlite:////path/corpus.db``.

    Raises:
        StoreError: the database cannot be opened, or a newer curate wrote it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)
        with self.begin() as tx:
            tx.prepare()

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """One transaction: everything in it happens, or nothing does."""
        from sqlalchemy.exc import DBAPIError

        from curate.store.transaction import Transaction

        try:
            with self._engine.begin() as connection:
                yield Transaction(connection)
        except DBAPIError as error:
            raise StoreError(f"the store {self.url} failed ({error.orig})", _cure(error)) from error

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()


def sqlite(path: Path) -> Store:
    """Open, or make, the store in a SQLite file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return Store(f"sqlite:///{path}")


def _engine(url: str) -> Engine:
    from sqlalchemy import create_engine, event

    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy sends BEGIN itself, see _on_begin
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Any) -> None:
    # A transaction that reads first and writes later would fail as busy, and not wait, if another
    # one wrote in between; taking the write lock at once makes them queue.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _cure(error: Exception) -> str:
    text = str(error)
    if "locked" in text:
        return "another curate is writing; run the command again when it is done"
    if "full" in text or "disk I/O" in text:
        return "free some disk space and run the command again"
    return "run `curate doctor`"
