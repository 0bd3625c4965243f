"""A store in a PostgreSQL database, shared by curators on several machines.

Transactions that may write queue for an advisory lock, as those of SQLite do for its file: each
sees everything that was committed before it, and none has to be retried. A command holds a second
advisory lock on a connection of its own, which the server releases when the connection ends. If
that happens before the command ends, another command may take over; ``info`` then holds its token
instead of ours, and our further transactions are refused (a fencing token, see Kleppmann 2016,
"How to do distributed locking"). PostgreSQL 12 and later.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import URL, Connection, create_engine, delete, func, select, text
from sqlalchemy.exc import DBAPIError

from curate.errors import ConfigError, StoreError
from curate.store import tables as t
from curate.util import lock
from curate.util.installation import extra_hint

_WRITES, _HOLDS = 0x63757231, 0x63757232  # key spaces of the advisory locks, "cur1" and "cur2"
_HOLDER = "holder"
_DEFAULTS = {
    "application_name": "curate",
    "client_encoding": "utf8",
    "connect_timeout": 15,
    "keepalives_idle": 30,  # seconds; an idle connection keeps the command's lock
}
_IS_HELD = text(
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :space "
    "AND objid = :key AND database = (SELECT oid FROM pg_database WHERE datname = "
    "current_database())"
)
_HINTS = {
    "28": "set CURATE_DATABASE_PASSWORD or PGPASSWORD, or write ~/.pgpass",
    "3D": "create it with `createdb`, or correct the address",
    "42501": "have its owner grant CREATE on it, or name a schema of your own with ?schema=",
    "53100": "free some disk space on the server and run the command again",
    "53300": "run the command again when fewer people are connected",
    "55P03": "another curate is writing; run the command again when it is done",
    "57P": "run the command again when the server is back",
}
_WORDS = {"password": "28", "does not exist": "3D", "too many": "53300", "starting up": "57P"}


class PostgreSQL:
    """Connections to the database, and its two locks."""

    def __init__(self, url: URL) -> None:
        self._schema = str(url.query.get("schema", ""))
        self._url = url.difference_update_query(["schema"])
        self._key = zlib.crc32(self._schema.encode()) & 0x7FFFFFFF
        self._token = ""
        try:
            self.engine = create_engine(
                self._url, connect_args=self._arguments(url.query), pool_pre_ping=True
            )
        except ModuleNotFoundError as error:
            raise ConfigError(
                "PostgreSQL's driver, psycopg, is not installed", extra_hint("postgresql")
            ) from error
        self._reading = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @contextmanager
    def connected(self, reads: bool) -> Iterator[Connection]:
        """A connection in a transaction: a snapshot for reading, or one that waited its turn."""
        with (self._reading if reads else self.engine).begin() as connection:
            if not reads:
                connection.execute(select(func.pg_advisory_xact_lock(_WRITES, self._key)))
                self._still_ours(connection)
            yield connection

    def prepare(self, connection: Connection) -> None:
        """Create the schema if it is missing.

        Raises:
            ConfigError: the encoding of the database does not cover all of Unicode.
        """
        query = "SELECT current_schema(), current_setting('server_encoding')"
        schema, encoding = connection.exec_driver_sql(query).one()
        if encoding != "UTF8":
            hint = "create one with `createdb --encoding=UTF8 --template=template0`"
            raise ConfigError(f"the database has the encoding {encoding}", hint)
        if schema is None and self._schema:
            connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"')

    @contextmanager
    def hold(self, what: str, timeout_seconds: float, waiting: lock.WaitCallback) -> Iterator[None]:
        """See ``Store.hold``."""
        connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # closed instead of pooled, so that the server releases the lock
        take = select(func.pg_try_advisory_lock(_HOLDS, self._key))
        try:
            lock.wait(
                lambda: bool(connection.scalar(take)), self.holder, what, timeout_seconds, waiting
            )
            self._sign(lock.describe_holder(what))
            yield
        finally:
            self._unsign()
            with suppress(DBAPIError):  # the connection has ended already, and the lock with it
                connection.close()

    def holder(self) -> str:
        """See ``Store.holder``."""
        with self.connected(reads=True) as connection:
            values = {"space": _HOLDS, "key": self._key}
            held = connection.execute(_IS_HELD, values).first() is not None
            return self._signed(connection).partition(" ")[2] if held else ""

    def hint(self, error: object) -> str:
        """A hint for an error of the database, by its SQLSTATE."""
        state = getattr(error, "sqlstate", None) or ""
        if not state:  # as when the connection failed
            state = next((code for word, code in _WORDS.items() if word in str(error)), "")
        hints = (hint for prefix, hint in _HINTS.items() if state.startswith(prefix))
        unreachable = "check that the server runs and the address is right; try `curate doctor`"
        return next(hints, "run `curate doctor`" if state else unreachable)

    def _arguments(self, query: Mapping[str, Any]) -> dict[str, Any]:
        options = ["-c lock_timeout=30000", "-c idle_session_timeout=0"]
        if self._schema:
            options.append(f"-c search_path={self._schema}")
        configured = str(query.get("options", ""))  # last, so that they override ours
        defaults = {name: value for name, value in _DEFAULTS.items() if name not in query}
        return {**defaults, "options": " ".join([*options, configured]).strip()}

    def _sign(self, who: str) -> None:
        """Record in the store who holds it, in a transaction that queues like any other."""
        token = secrets.token_hex(8)
        with self.connected(reads=False) as connection:
            connection.execute(delete(t.info).where(t.info.c.key == _HOLDER))
            connection.execute(t.info.insert().values(key=_HOLDER, value=f"{token} {who}"))
        self._token = token

    def _unsign(self) -> None:
        mine, self._token = self._token, ""
        row = (t.info.c.key == _HOLDER) & t.info.c.value.startswith(mine)
        if mine:
            with suppress(DBAPIError), self.connected(reads=False) as connection:
                connection.execute(delete(t.info).where(row))

    def _signed(self, connection: Connection) -> str:
        query = select(t.info.c.value).where(t.info.c.key == _HOLDER)
        return connection.execute(query).scalar() or ""

    def _still_ours(self, connection: Connection) -> None:
        if self._token and not (there := self._signed(connection)).startswith(self._token):
            who = there.partition(" ")[2] or "another command"
            hint = "run the command again; what it did so far is kept"
            raise StoreError(f"the connection to the store was lost, and {who} took it over", hint)
