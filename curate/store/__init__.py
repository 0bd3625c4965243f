"""The store: one SQLite file, or one PostgreSQL database, behind named queries."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
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
        ConfigError: it is no address of a database.
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
        """One transaction: everything in it happens, or nothing does. Transactions queue.

        Raises:
            StoreError: the database failed, or somebody else took the store over (see ``hold``).
        """
        with self._connected(reads=False) as connection:
            from curate.store.transaction import Transaction

            yield Transaction(connection)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A look at the store as it is now, which nobody has to wait for; it cannot write.

        Raises:
            StoreError: the database failed, or something was to be written.
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
        """Keep every other command that writes out of the store, on all machines that share it.

        It is let go when the process ends, however it ends. Where a connection was lost on the way
        and somebody else took over, every further transaction of this store is refused.

        Args:
            what: what is being done, for those who wait.
            timeout_seconds: how long to wait for whoever holds it.
            waiting: is told once who holds it, where it is not free.

        Raises:
            StoreError: somebody else held it for too long; the message says who.
        """
        with ExitStack() as stack:
            with self._told():
                stack.enter_context(self._database.hold(what, timeout_seconds, waiting))
            yield

    def holder(self) -> str:
        """Who holds the store now: what, who, where, since when; empty if nobody does."""
        with self._told():
            return self._database.holder()

    def close(self) -> None:
        """Give back the connections."""
        self._database.engine.dispose()

    @contextmanager
    def _connected(self, reads: bool) -> Iterator[Connection]:
        with self._told(), self._database.connected(reads) as connection:
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the database as curate tells errors."""
        from sqlalchemy.exc import DBAPIError

        try:
            yield
        except DBAPIError as error:
            what = f"the store {self.url} failed ({address.hidden(str(error.orig))})"
            raise StoreError(what, self._database.hint(error.orig)) from error


def _database(url: URL) -> SQLite | PostgreSQL:
    if url.drivername == "sqlite":
        from curate.store._sqlite import SQLite

        return SQLite(url)
    from curate.store._postgresql import PostgreSQL

    return PostgreSQL(url)


def open_store(folder: Path, configured: str = "") -> Store:
    """Open, or make, the store of a workspace; see ``curate.store.address``.

    Args:
        folder: of the SQLite file, if no database is named.
        configured: what ``curate.toml`` names.

    Raises:
        ConfigError: the address is none.
        StoreError: the database cannot be opened, or another version of curate made it.
    """
    found = address.of(configured, folder)
    if found.startswith("sqlite:///"):
        folder.mkdir(parents=True, exist_ok=True)
    return Store(found)
