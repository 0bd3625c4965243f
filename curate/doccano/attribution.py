"""Who did what in many examples: several requests at a time, and all comments at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from curate.doccano.names import ProjectNames
from curate.doccano.pull import (
    CommentReader,
    comments_by_example,
    comments_of_project,
    read_attribution,
)
from curate.doccano.session import PAGE, Refused, Session
from curate.model import Attribution, ExampleQuery

WORKERS = 4
_AHEAD = 24  # requests that may be open or answered before their result is used

Item = TypeVar("Item")
Result = TypeVar("Result")


def read_attributions(
    session: Session, project: int, names: ProjectNames, queries: Iterable[ExampleQuery], count: int
) -> Generator[Attribution | None, None, None]:
    """Who did what in each example, in the order of the queries.

    None stands for an example that is gone, or that was confirmed when it was last seen and no
    longer is: the next sync reads it.

    Args:
        session: a logged-in session.
        project: number of the project.
        names: the names of the project.
        queries: the examples.
        count: number of queries.
    """
    comments = _comment_reader(session, project, names, count)
    yield from _ahead(lambda query: _attribution(session, project, names, query, comments), queries)


def _comment_reader(
    session: Session, project: int, names: ProjectNames, count: int
) -> CommentReader:
    where = f"projects/{project}/comments"
    total = int(session.get(where, params={"limit": 1}).json()["count"])
    read = comments_of_project if total <= PAGE * count else comments_by_example
    return read(session, project, names)


def _attribution(
    session: Session,
    project: int,
    names: ProjectNames,
    query: ExampleQuery,
    comments: CommentReader,
) -> Attribution | None:
    try:
        attribution = read_attribution(session, project, names, query, comments)
        if query.changed and not attribution.annotation.spans:
            # Doccano answers for an example that is not there with an empty list of spans.
            session.get(f"projects/{project}/examples/{query.example}")
    except Refused as error:
        if error.status != 404:
            raise
        return None
    return None if query.confirmed and not attribution.confirmed_by else attribution


def _ahead(work: Callable[[Item], Result], items: Iterable[Item]) -> Generator[Result, None, None]:
    """Results in order, computed by threads that run a few items ahead of the consumer."""
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
