"""A store in one SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event

from curate.util import lock

_READS = "curate_reads"


class SQLite:
    """Connections to the file, and its lock, which is a file beside it."""

    def __init__(self, url: URL) -> None:
        self.engine = create_engine(url)
        self._file = url.database
        self._lock = Path(f"{url.database}.lock")
        event.listen(self.engine, "connect", _on_connect)
        event.listen(self.engine, "begin", _on_begin)

    @contextmanager
    def connected(self, reads: bool) -> Iterator[Connection]:
        """A connection in a transaction."""
        engine = self.engine.execution_options(**{_READS: reads})
        with engine.begin() as connection:
            yield connection

    def prepare(self, connection: Connection) -> None:
        """Nothing to prepare before the tables."""

    def hold(
        self, what: str, timeout_seconds: float, waiting: lock.WaitCallback
    ) -> AbstractContextManager[object]:
        """See ``Store.hold``."""
        return lock.hold(self._lock, what, timeout_seconds, waiting)

    def holder(self) -> str:
        """See ``Store.holder``."""
        return lock.holder(self._lock)

    def hint(self, error: object) -> str:
        """A hint for an error of the database."""
        text = str(error)
        if "locked" in text:
            return "another curate is writing; run the command again when it is done"
        if "full" in text or "disk I/O" in text:
            return "free some disk space and run the command again"
        is_folder = Path(str(self._file)).is_dir()
        if is_folder or "not a database" in text or "malformed" in text:
            return f"move {self._file} away, and run `curate init`, which reads annotations/ again"
        if "readonly" in text or "unable to open" in text:
            return f"see that you may write {self._file} and its folder"
        return "see the message of SQLite"


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy sends BEGIN itself, see _on_begin
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail as busy, instead of waiting, if
    # another one wrote in between. Taking the write lock at once makes them queue.
    reads = connection.get_execution_options().get(_READS)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reads else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
