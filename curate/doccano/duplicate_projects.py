"""Projects that carry one marker: one is the corpus's, and the others are told or taken away.

A request to make a project can reach the server after curate gave up on it, and after a second one
made the project; and people can clone a project in Doccano, its marker included.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from curate.doccano.changes import ProjectChange
from curate.doccano.session import Refused, Session
from curate.model import Problem


def choose_project(session: Session, numbers: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """The project to use of those with one marker, and the others, the oldest first.

    It is the oldest one that holds documents, or the oldest one if none does.
    """
    ordered = sorted(numbers)
    if len(ordered) == 1:
        return ordered[0], ()
    held = (number for number in ordered if count_examples(session, number))
    chosen = next(held, ordered[0])
    return chosen, tuple(number for number in ordered if number != chosen)


def count_examples(session: Session, project: int) -> int:
    """How many examples a project holds."""
    return int(session.get(f"projects/{project}/examples", params={"limit": 1}).json()["count"])


def duplicate_changes(
    session: Session, chosen: int, twins: Sequence[int]
) -> tuple[list[ProjectChange], list[Problem]]:
    """What removes the empty ones of the other projects, and those that hold something."""
    steps: list[ProjectChange] = []
    problems: list[Problem] = []
    for twin in twins:
        if held := count_examples(session, twin):
            problems.append(_held(chosen, twin, held))
        else:
            what = f"project {twin}, an empty second one with the same marker"
            make = partial(_remove, session, twin)
            steps.append(ProjectChange(f"remove {what}", f"removed {what}", make))
    return steps, problems


def _remove(session: Session, project: int) -> None:
    try:
        session.delete(f"projects/{project}")
    except Refused as error:
        if error.status != 404:
            raise


def _held(chosen: int, twin: int, held: int) -> Problem:
    return Problem(
        code="remote.project",
        severity="warning",
        message=f"project {twin} in Doccano has the marker of project {chosen} and {held} "
        f"documents; it was left alone, and {chosen} is synced",
        hint=f"take the line with the marker out of the description of {twin}, or delete it",
    )
