"""People who annotate on the real Doccano server, through the API that its pages use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from curate.doccano.session import Session
from curate.workspace import Workspace


class Annotator:
    """A person who works in one project.

    Args:
        session: the person's own session.
        project: id of the project.

    Attributes:
        resource: the project's path in the API.
        label_ids: id of each label type of spans, by its name.
    """

    def __init__(self, session: Session, project: int) -> None:
        self.session = session
        self.project = project
        self.resource = f"projects/{project}"
        types = session.get(f"{self.resource}/span-types").json()
        self.label_ids = {row["text"]: row["id"] for row in types}

    def examples(self) -> list[dict[str, Any]]:
        return list(self.session.pages(f"{self.resource}/examples"))

    def spans(self, example: int) -> list[dict[str, Any]]:
        return self.session.get(f"{self.resource}/examples/{example}/spans").json()

    def add(self, example: int, start: int, end: int, label: str) -> int:
        """Add a span; returns its id."""
        body = {"start_offset": start, "end_offset": end, "label": self.label_ids[label]}
        response = self.session.post(f"{self.resource}/examples/{example}/spans", json=body)
        return response.json()["id"]

    def change(self, example: int, span: int, **values: Any) -> None:
        if "label" in values:
            values["label"] = self.label_ids[values["label"]]
        self.session.patch(f"{self.resource}/examples/{example}/spans/{span}", json=values)

    def remove(self, example: int, span: int) -> None:
        self.session.delete(f"{self.resource}/examples/{example}/spans/{span}")

    def comments(self, example: int) -> list[str]:
        rows = self.session.pages(f"{self.resource}/comments", example=example)
        return [row["text"] for row in rows]

    def confirm(self, example: int) -> None:
        """Confirm an example, or take the confirmation back, as the button does."""
        self.session.post(f"{self.resource}/examples/{example}/states")


@pytest.fixture
def at_work(people: dict[str, Session], admin: Session) -> Callable[..., Annotator]:
    """Returns a person at work in the project of a workspace, anna by default.

    ``part`` is the end of the project's name, such as ``-review``.
    """

    def start(workspace: Workspace, name: str = "anna", part: str = "") -> Annotator:
        rows, wanted = admin.pages("projects"), workspace.config.project + part
        project = next(row["id"] for row in rows if row["name"] == wanted)
        return Annotator(people[name], project)

    return start
