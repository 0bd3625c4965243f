"""Who did what in many examples: several are asked about at a time, and comments all at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from curate.doccano.names import Names
from curate.doccano.pull import Remarks, attribute, remarks_all, remarks_each
from curate.doccano.session import PAGE, Refused, Session
from curate.model import Asked, Attribution

WORKERS = 4
_AHEAD = 24

Given = TypeVar("Given")
Made = TypeVar("Made")


def gather(
    session: Session, project: int, names: Names, asked: Iterable[Asked], count: int
) -> Generator[Attribution | None, None, None]:
    """Who did what in each example, in the order asked.

    None stands for an example that is gone, or that was confirmed when it was last seen and is not
    any more: what it holds is for the next look.

    Args:
        session: a logged-in session.
        project: number of the project.
        names: the names of the project.
        asked: the examples.
        count: how many they are.
    """
    remarks = _remarks(session, project, names, count)
    yield from _ahead(lambda each: _one(session, project, names, each, remarks), asked)


def _remarks(session: Session, project: int, names: Names, count: int) -> Remarks:
    where = f"projects/{project}/comments"
    written = int(session.get(where, params={"limit": 1}).json()["count"])
    ask = remarks_all if written <= PAGE * count else remarks_each
    return ask(session, project, names)


def _one(
    session: Session, project: int, names: Names, asked: Asked, remarks: Remarks
) -> Attribution | None:
    try:
        found = attribute(session, project, names, asked, remarks)
        if asked.changed and not found.annotation.spans:
            # Doccano answers for an example that is not there with an empty list of spans.
            session.get(f"projects/{project}/examples/{asked.example}")
    except Refused as error:
        if error.status != 404:
            raise
        return None
    return None if asked.confirmed and not found.confirmed_by else found


def _ahead(work: Callable[[Given], Made], items: Iterable[Given]) -> Generator[Made, None, None]:
    """Results in order, made by some threads that are a few items ahead of who takes them."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()
