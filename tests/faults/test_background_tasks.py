"""Background tasks that fail on the server: its worker meets a real error in the middle of one.

Celery tries a task again three times, after about 1, 2 and 4 seconds, and then gives up.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support.faults import scenarios
from support.faults.proxy import Fault, Point
from support.faults.scenarios import Case, Result, Scenario, Sync, World

from curate.doccano.embedded.server import EmbeddedServer

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.xdist_group("faults-1")]
_LEFT_SECONDS = 1.2  # the fault is over before the second try


@pytest.fixture
def home(doccano: EmbeddedServer) -> Path:
    return Path(doccano.status().home)


@contextmanager
def refused(home: Path, table: str) -> Iterator[Callable[[], None]]:
    """The database refuses new rows of one table; gives what ends that."""

    def execute(statement: str) -> None:
        with closing(sqlite3.connect(home / "db.sqlite3", timeout=30)) as connection, connection:
            connection.execute(statement)

    execute(
        f"create trigger fault before insert on {table} begin select raise(abort, 'broken'); end"
    )
    try:
        yield lambda: execute("drop trigger if exists fault")
    finally:
        execute("drop trigger if exists fault")


@contextmanager
def no_room(home: Path, table: str) -> Iterator[Callable[[], None]]:
    """The folder in which exports are written is none; gives what makes it one again."""
    media, aside = home / "media", home / "media-aside"

    def mend() -> None:
        if aside.exists():
            media.unlink()
            aside.rename(media)

    media.rename(aside)
    media.touch()
    try:
        yield mend
    finally:
        mend()


BROKEN = {
    "documents": (refused, "examples_example", "remote.refused"),
    # The documents came all the same, and to complete them is refused at once.
    "labels": (refused, "labels_span", "remote.refused"),
    "export": (no_room, "", "TaskFailed"),
}


@pytest.mark.parametrize("lasting", [True, False], ids=["for good", "once"])
@pytest.mark.parametrize("what", BROKEN)
def test_a_task_fails_on_the_server(
    world: World, keep: Callable[[Result], None], home: Path, what: str, lasting: bool
) -> None:
    """For good, or only at its first try: then Celery's second one meets what the first left."""
    failures: list[str] = []
    breaking, table, failure = BROKEN[what]

    def broken(case: Case) -> Sync:
        with breaking(home, table) as mend:
            timer = threading.Timer(3600 if lasting else _LEFT_SECONDS, mend)
            timer.start()
            run = case.sync()
            timer.cancel()
            timer.join()
        failures.extend([type(run.error).__name__] if run.error else [])
        if run.report:
            failures.extend(problem.code for problem in run.report.outcome.problems)
        return run

    point = Fault(f"{what} broken", Point("task", "", 0))
    result = Result(Scenario(f"task {what}", "three", (point, point)))
    scenarios.play(world, "three", broken, result)
    keep(result)
    if lasting:
        assert failures[0] == failure
