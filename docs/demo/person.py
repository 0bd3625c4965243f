"""A simulated annotator, who works only through the API that Doccano's pages use.

Offsets are Unicode code points here and UTF-16 units on the server, as its pages count.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from curate.doccano.codec import ID_FIELD
from curate.doccano.embedded.server import embedded_server
from curate.doccano.session import connect
from curate.text.offsets import Utf16
from curate.workspace import Workspace

Mark = tuple[int, int, str]


class Change(NamedTuple):
    """One correction: the span before and after it; None if there is none."""

    before: Mark | None
    after: Mark | None


def changes(shown: Iterable[Mark], answers: set[Mark]) -> list[Change]:
    """The corrections that turn the spans that are shown into the right ones.

    A wrong span that overlaps a missing one is changed into it; any other wrong span is deleted.
    """
    shown, corrections = set(shown), []
    missing = sorted(answers - shown)
    for wrong in sorted(shown - answers):
        right = next((m for m in missing if m[0] < wrong[1] and wrong[0] < m[1]), None)
        if right is not None:
            missing.remove(right)
        corrections.append(Change(wrong, right))
    return corrections + [Change(None, mark) for mark in missing]


class Person:
    """An annotator with an account on the embedded server of a workspace.

    The password is generated and kept beside the server's own, readable only by its owner.

    Args:
        workspace: the workspace whose server it is.
        name: the account; created if it does not exist.
    """

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.name = name
        path = workspace.state / "server" / f"{name}-password"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(16), encoding="ascii")
        embedded_server(workspace).create_user(name, path.read_text("ascii"))
        url = embedded_server(workspace).status().url
        assert url is not None
        self._session = connect(url, name, path.read_text("ascii"))

    def project(self, name: str) -> Project:
        """A project of this name that the person is a member of."""
        rows = self._session.pages("projects")
        return Project(self._session, next(row["id"] for row in rows if row["name"] == name))


class Project:
    """A project as its annotators see it."""

    def __init__(self, session: Any, number: int) -> None:
        self._session, self._base = session, f"projects/{number}"
        types = session.get(f"{self._base}/span-types").json()
        self._labels = {row["text"]: row["id"] for row in types}
        self._names = {number: name for name, number in self._labels.items()}

    def examples(self) -> Iterator[dict[str, Any]]:
        """The articles, in the order in which they are shown."""
        yield from self._session.pages(f"{self._base}/examples")

    @staticmethod
    def document(example: dict[str, Any]) -> str:
        """Id of the document that an example shows."""
        return str(example["meta"][ID_FIELD])

    def correct(self, example: dict[str, Any], answers: set[Mark]) -> list[Change]:
        """Correct the spans of an article, and confirm it.

        A label is changed in place. To change boundaries, a span is deleted and created again, as
        on Doccano's pages. Deletions come first, because spans may not overlap.
        """
        where = Utf16(example["text"])
        place = f"{self._base}/examples/{example['id']}"
        shown: dict[Mark, int] = {}
        for row in self._session.get(f"{place}/spans").json():
            start = where.point(row["start_offset"])
            end = where.point(row["end_offset"], end=True)
            shown[start, end, self._names[row["label"]]] = row["id"]
        corrections = changes(shown.keys(), answers)
        for before, after in corrections:
            if before and after and before[:2] == after[:2]:
                label = {"label": self._labels[after[2]]}
                self._session.patch(f"{place}/spans/{shown[before]}", json=label)
            elif before:
                self._session.delete(f"{place}/spans/{shown[before]}")
        for before, after in corrections:
            if after and (before is None or before[:2] != after[:2]):
                self._session.post(f"{place}/spans", json=self._body(where, after))
        self._session.post(f"{place}/states")
        return corrections

    def _body(self, where: Utf16, mark: Mark) -> dict[str, int]:
        start, end, label = mark
        offsets = {"start_offset": where.units(start), "end_offset": where.units(end)}
        return {**offsets, "label": self._labels[label]}
