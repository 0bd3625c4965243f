"""A Doccano project that people made without curate, through the API that its pages use."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from curate.doccano.client import DataUploadRepository
from curate.doccano.session import Session
from support.annotators import Annotator

ROLES = {"project_admin": 1, "annotator": 2, "annotation_approver": 3}


def texts(*parts: str) -> list[str]:
    """Texts that no other test of the shared server has."""
    return [f"{part} ({secrets.token_hex(4)})" for part in parts]


class ForeignProject:
    """A project that its owner makes by hand.

    Args:
        owner: session of the account that makes it.
        settings: settings of the project beside those of Doccano's page.

    Attributes:
        id: the server's id of it.
        name: its name.
        address: what ``curate clone`` is given.
    """

    def __init__(
        self,
        owner: Session,
        *,
        name: str = "",
        type: str = "SequenceLabeling",
        **settings: Any,
    ) -> None:
        resource = {
            "SequenceLabeling": "SequenceLabelingProject",
            "DocumentClassification": "TextClassificationProject",
            "IntentDetectionAndSlotFilling": "IntentDetectionAndSlotFillingProject",
            "Seq2seq": "Seq2seqProject",
        }[type]
        self.owner, self.type = owner, type
        self.name = name or f"foreign {secrets.token_hex(4)}"
        body = {
            "name": self.name,
            "description": "Made by hand.",
            "project_type": type,
            "resourcetype": resource,
            "collaborative_annotation": True,
            **settings,
        }
        self.id = owner.post("projects", json=body).json()["id"]
        self.resource = f"projects/{self.id}"
        self.address = f"{owner.url}#{self.name}"
        self._relations = bool(settings.get("use_relation"))

    def row(self) -> dict[str, Any]:
        return self.owner.get(self.resource).json()

    def add_label(
        self, text: str, kind: str = "span", colour: str = "#209cee", key: str = ""
    ) -> int:
        body = {
            "text": text,
            "background_color": colour,
            "text_color": "#ffffff",
            "suffix_key": key or None,
        }
        return self.owner.post(f"{self.resource}/{kind}-types", json=body).json()["id"]

    def add_member(self, person: Session, role: str = "annotator") -> Annotator:
        roles = {row["name"]: row["id"] for row in self.owner.get("roles").json()}
        body = {"user": person.user_id, "role": roles[role]}
        self.owner.post(f"{self.resource}/members", json=body)
        return self.person(person)

    def person(self, session: Session) -> Annotator:
        """A member at work, who knows the labels that there are now."""
        return Annotator(session, self.id)

    def add_text(self, text: str) -> int:
        """Add an example as Doccano's API does, which trims it; returns its id."""
        return self.owner.post(f"{self.resource}/examples", json={"text": text}).json()["id"]

    def upload(self, rows: Iterable[Mapping[str, Any]], owner: Session | None = None) -> list[int]:
        """Import a JSONL file, as its page does; returns the ids of the new examples."""
        owner = owner or self.owner
        before = {row["id"] for row in self.examples()}
        lines = "\n".join(json.dumps(row) for row in rows).encode("ascii")
        files = {"filepond": ("file.jsonl", lines, "application/octet-stream")}
        headers = {"Content-Type": None, "Accept": "*/*"}
        upload = owner.post("fp/process/", files=files, headers=headers).text
        task = DataUploadRepository(owner).ingest(
            self.id,
            [upload],
            "RelationExtraction" if self._relations else self.type,
            "JSONL",
            column_data="text",
            column_label="entities" if self._relations else "label",
            encoding="utf_8",
            delimiter="",
        )
        result = owner.wait(task, "an import by hand")
        assert not result["error"], result
        return [row["id"] for row in self.examples() if row["id"] not in before]

    def examples(self) -> list[dict[str, Any]]:
        return list(self.owner.pages(f"{self.resource}/examples", ordering="created_at"))

    def spans(self, example: int) -> list[dict[str, Any]]:
        return self.owner.get(f"{self.resource}/examples/{example}/spans").json()

    def comment(self, person: Session, example: int, text: str) -> None:
        person.post(f"{self.resource}/comments", params={"example": example}, json={"text": text})

    def everything(self) -> dict[str, Any]:
        """All that a clone could change: settings, labels, members, and marked examples."""
        get = self.owner.get
        examples = self.examples()
        marks = {
            row["id"]: [
                get(f"{self.resource}/examples/{row['id']}/{part}").json()
                for part in ("spans", "relations", "categories", "states")
            ]
            for row in examples
        }
        return {
            "project": self.row(),
            "labels": [
                get(f"{self.resource}/{kind}-types").json()
                for kind in ("span", "relation", "category")
            ],
            "members": get(f"{self.resource}/members").json(),
            "examples": examples,
            "marks": marks,
            "comments": list(self.owner.pages(f"{self.resource}/comments")),
        }
