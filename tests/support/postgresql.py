"""A PostgreSQL server of the tests' own, from the programs that Debian installs.

It listens on a socket in its folder alone, waits for no disk, and sorts as French people do, so
that nothing passes which rests on the order of the database. Roles: ``curate`` owns the
database ``curate``; ``sealed`` needs a password; ``ann`` and ``ben`` are in the group ``curators``;
``guest`` may make nothing.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

PASSWORD = "secret?/@:"
_SETTINGS = """
listen_addresses = ''
max_connections = 200
"""
_QUICK = """
fsync = off
synchronous_commit = off
full_page_writes = off
"""
_LOGINS = """
local all sealed scram-sha-256
local all all trust
"""


ON_POSTGRESQL = os.environ.get("CURATE_TEST_DATABASE", "") == "postgresql"
on_sqlite = pytest.mark.skipif(ON_POSTGRESQL, reason="of the file of a SQLite store")
"""Marks a test of that file, which a store on PostgreSQL does not have."""


class Absent(Exception):
    """Why there is no PostgreSQL here."""


class Cluster:
    """A server in a folder; ``folder`` is also where its socket is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def make(cls, safe: bool = False) -> Cluster:
        """Make and start one.

        Args:
            safe: whether it waits for the disk, as one does that is in use.

        Raises:
            Absent: there is no PostgreSQL on this machine, or nobody whom it would run as.
        """
        made = cls(Path(tempfile.mkdtemp(prefix="curate-pg-")))
        if os.getuid() == 0:
            shutil.chown(made.folder, _servant())
        made.folder.chmod(0o755)
        initdb = ["initdb", "-D", str(made.data), "--auth=trust", "--username=admin", "--no-sync"]
        languages = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=fr-FR"]
        _run(*initdb, "--encoding=UTF8", *languages)
        (made.data / "pg_hba.conf").write_text(_LOGINS, encoding="utf-8")
        with (made.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(
                f"{_SETTINGS}{'' if safe else _QUICK}unix_socket_directories = '{made.folder}'\n"
            )
        made.start()
        made.tell("CREATE ROLE curate LOGIN")
        made.tell(f"CREATE ROLE sealed LOGIN PASSWORD '{PASSWORD}'")
        made.tell("CREATE ROLE guest LOGIN")
        made.tell("CREATE ROLE curators; CREATE ROLE ann LOGIN IN ROLE curators")
        made.tell("CREATE ROLE ben LOGIN IN ROLE curators")
        made.tell("CREATE DATABASE curate OWNER curate")
        made.tell("GRANT CREATE ON DATABASE curate TO sealed, curators")
        return made

    @property
    def data(self) -> Path:
        """Where the server keeps everything."""
        return self.folder / "data"

    def url(self, database: str = "curate", user: str = "curate", **query: str) -> str:
        """The address of one of its databases."""
        more = "".join(f"&{name}={value}" for name, value in query.items())
        return f"postgresql://{user}@/{database}?host={self.folder}{more}"

    def start(self) -> None:
        """Start the server."""
        log = self.folder / "log"
        _run("pg_ctl", "-D", str(self.data), "-l", str(log), "-w", "-t", "60", "start")

    def stop(self, how: str = "fast") -> None:
        """Stop the server; ``immediate`` is what a lost power supply does."""
        _run("pg_ctl", "-D", str(self.data), "-w", "-m", how, "stop")

    def remove(self) -> None:
        """Stop it, and delete all of it."""
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def tell(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Carry out a statement as the administrator."""
        import psycopg

        where = f"host={self.folder} user=admin dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


def _run(program: str, *arguments: str) -> None:
    command = [str(_find(program)), *arguments]
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        command = [
            "setpriv",
            f"--reuid={_servant()}",
            "--regid=nogroup",
            "--clear-groups",
            *command,
        ]
    done = subprocess.run(
        command,
        cwd="/",
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr}")


def _find(program: str) -> Path:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in [*places, *map(Path, os.get_exec_path())]:
        if (place / program).is_file():
            return place / program
    raise Absent(f"PostgreSQL's {program} is not installed (Debian's package is postgresql)")


def _servant() -> str:
    """A user without rights, whom the server runs as where the tests run as root."""
    known = {user.pw_name for user in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    raise Absent("PostgreSQL does not run as root, and there is neither postgres nor nobody")
