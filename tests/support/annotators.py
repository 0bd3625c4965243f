"""People at work on the real Doccano server, through the API that its pages use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from curate.doccano.session import Session
from curate.workspace import Workspace


class Annotator:
    """A person at work, through the same API that Doccano's pages use.

    Args:
        session: the person's own session.
        project: number of the project.
    """

    def __init__(self, session: Session, project: int) -> None:
        self.session = self._s = session
        self.project = project
        self._base = f"projects/{project}"
        types = session.get(f"{self._base}/span-types").json()
        self._types = {row["text"]: row["id"] for row in types}

    def examples(self) -> list[dict[str, Any]]:
        return list(self._s.pages(f"{self._base}/examples"))

    def spans(self, example: int) -> list[dict[str, Any]]:
        return self._s.get(f"{self._base}/examples/{example}/spans").json()

    def add(self, example: int, start: int, end: int, label: str) -> int:
        body = {"start_offset": start, "end_offset": end, "label": self._types[label]}
        return self._s.post(f"{self._base}/examples/{example}/spans", json=body).json()["id"]

    def change(self, example: int, span: int, **values: Any) -> None:
        if "label" in values:
            values["label"] = self._types[values["label"]]
        self._s.patch(f"{self._base}/examples/{example}/spans/{span}", json=values)

    def remove(self, example: int, span: int) -> None:
        self._s.delete(f"{self._base}/examples/{example}/spans/{span}")

    def comments(self, example: int) -> list[str]:
        rows = self._s.pages(f"{self._base}/comments", example=example)
        return [row["text"] for row in rows]

    def confirm(self, example: int) -> None:
        """Toggles, as the button does."""
        self._s.post(f"{self._base}/examples/{example}/states")


@pytest.fixture
def at_work(people: dict[str, Session], admin: Session) -> Callable[..., Annotator]:
    """Puts a person to work in the project of a workspace."""

    def start(workspace: Workspace, name: str = "anna", part: str = "") -> Annotator:
        rows, wanted = admin.pages("projects"), workspace.config.project + part
        project = next(row["id"] for row in rows if row["name"] == wanted)
        return Annotator(people[name], project)

    return start
