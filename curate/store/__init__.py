"""The store: one SQLite file, or one PostgreSQL database, behind named queries."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from curate.errors import StoreError
from curate.store import address
from curate.util import lock

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

    from curate.store._postgresql import PostgreSQL
    from curate.store._sqlite import SQLite
    from curate.store.transaction import Transaction


class Store:
    """Documents, layers, gold revisions, releases and sync state of one corpus.

    Args:
        url: where it is, such as ``sqlite:////path/corpus.db`` or
            ``postgresql://anna@db.example.org/corpora?schema=news``.

    Raises:
        ConfigError: it is not the address of a database.
        StoreError: the database cannot be opened, or another version of curate made it.
    """

    def __init__(self, url: str) -> None:
        self.url = address.hidden(url)
        """Its address without the password."""
        self._database = _database(address.parse(url))
        weakref.finalize(self, self._database.engine.dispose)
        with self._connected(reads=False) as connection:
            from curate.store.transaction import Transaction

            self._database.prepare(connection)
            Transaction(connection).prepare()

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """One transaction, which is carried out completely or not at all. Transactions queue.

        Raises:
            StoreError: the database failed, or another command took the store over (see ``hold``).
        """
        with self._connected(reads=False) as connection:
            from curate.store.transaction import Transaction

            yield Transaction(connection)

    @contextmanager
    def rehearse(self) -> Iterator[Transaction]:
        """One transaction that is undone at its end, to see what it would come to.

        Raises:
            StoreError: the database failed.
        """
        with self._connected(reads=False) as connection, connection.begin_nested() as savepoint:
            from curate.store.transaction import Transaction

            yield Transaction(connection)
            savepoint.rollback()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A snapshot for reading; it blocks nobody and cannot write.

        Raises:
            StoreError: the database failed, or the block tried to write.
        """
        with self._connected(reads=True) as connection:
            from curate.store.transaction import Transaction

            yield Transaction(connection)

    @contextmanager
    def hold(
        self,
        what: str,
        timeout_seconds: float = lock.TIMEOUT_SECONDS,
        waiting: lock.WaitCallback = lock.silent,
    ) -> Iterator[None]:
        """Lock the store against every other command that writes, on all machines that share it.

        The lock is released when the process ends, however it ends. If the connection is lost and
        another command takes the store over, every further transaction of this store is refused.

        Args:
            what: name of the command, shown to those who wait.
            timeout_seconds: how long to wait for the lock.
            waiting: is called once with the holder, if the lock is not free.

        Raises:
            StoreError: another command held the lock for too long; the message names it.
        """
        with ExitStack() as stack:
            with self._translated_errors():
                stack.enter_context(self._database.hold(what, timeout_seconds, waiting))
            yield

    def holder(self) -> str:
        """Who holds the lock: command, person, machine and time; empty if nobody does."""
        with self._translated_errors():
            return self._database.holder()

    def close(self) -> None:
        """Close all connections."""
        self._database.engine.dispose()

    @contextmanager
    def _connected(self, reads: bool) -> Iterator[Connection]:
        with self._translated_errors(), self._database.connected(reads) as connection:
            yield connection

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Turn errors of the database into a StoreError."""
        from sqlalchemy.exc import DBAPIError

        try:
            yield
        except DBAPIError as error:
            message = f"the store {self.url} failed ({address.hidden(str(error.orig))})"
            raise StoreError(message, self._database.hint(error.orig)) from error


def _database(url: URL) -> SQLite | PostgreSQL:
    if url.drivername == "sqlite":
        from curate.store._sqlite import SQLite

        return SQLite(url)
    from curate.store._postgresql import PostgreSQL

    return PostgreSQL(url)


def open_store(folder: Path, configured: str = "") -> Store:
    """Open or create the store of a workspace; see ``curate.store.address``.

    Args:
        folder: folder of the SQLite file, if no database is configured.
        configured: the database in ``curate.toml``.

    Raises:
        ConfigError: the address is invalid.
        StoreError: the database cannot be opened, or another version of curate made it.
    """
    url = address.of(configured, folder)
    if url.startswith("sqlite:///"):
        folder.mkdir(parents=True, exist_ok=True)
    return Store(url)


def open_copy(folder: Path) -> Store:
    """A store on a copy of the SQLite file of a folder in which nothing can be written.

    The copy goes with the store, so whatever is written to it is lost.

    Raises:
        StoreError: it cannot be opened, or another version of curate made it.
    """
    copy = TemporaryDirectory(prefix="curate-")
    for file in folder.glob("corpus.db*"):
        if file.name in ("corpus.db", "corpus.db-wal"):
            shutil.copyfile(file, Path(copy.name) / file.name)
    store = Store(address.of("", Path(copy.name), {}))
    weakref.finalize(store, copy.cleanup)
    return store
