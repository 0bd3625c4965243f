"""Several projects with one marker: one belongs to the corpus, the others are reported or removed.

A request to make a project can reach the server after curate gave up on it and a second one made
the project; and people can clone a project in Doccano, with its marker.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from curate.doccano.changes import ProjectChange
from curate.doccano.session import Refused, Session
from curate.model import Problem


def choose_project(session: Session, projects: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """Choose which of the projects with one marker to use; returns its id, and those of the others.

    It is the oldest one that holds documents, or the oldest one if none does. The others come in
    the order of their age, the oldest first.
    """
    ordered = sorted(projects)
    if len(ordered) == 1:
        return ordered[0], ()
    with_documents = (project for project in ordered if count_examples(session, project))
    chosen = next(with_documents, ordered[0])
    return chosen, tuple(project for project in ordered if project != chosen)


def count_examples(session: Session, project: int) -> int:
    """How many examples a project holds."""
    return int(session.get(f"projects/{project}/examples", params={"limit": 1}).json()["count"])


def duplicate_changes(
    session: Session, chosen: int, duplicates: Sequence[int]
) -> tuple[list[ProjectChange], list[Problem]]:
    """The changes that remove empty duplicates, and a problem for each that holds documents.

    Args:
        session: a logged-in session.
        chosen: id of the project that is used.
        duplicates: ids of the others with its marker.
    """
    changes: list[ProjectChange] = []
    problems: list[Problem] = []
    for duplicate in duplicates:
        if count := count_examples(session, duplicate):
            problems.append(_duplicate_problem(chosen, duplicate, count))
        else:
            target = f"project {duplicate}, an empty second one with the same marker"
            remove = partial(_delete_project, session, duplicate)
            changes.append(ProjectChange(f"remove {target}", f"removed {target}", remove))
    return changes, problems


def _delete_project(session: Session, project: int) -> None:
    try:
        session.delete(f"projects/{project}")
    except Refused as error:
        if error.status != 404:
            raise


def _duplicate_problem(chosen: int, duplicate: int, count: int) -> Problem:
    return Problem(
        code="remote.project",
        severity="warning",
        message=f"project {duplicate} in Doccano has the marker of project {chosen} and holds "
        f"{count} documents; it was not touched, and project {chosen} is synced",
        hint="remove the line with the marker from the description of project "
        f"{duplicate}, or delete that project",
    )
