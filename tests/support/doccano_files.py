"""Files that a real Doccano imports and exports, as a person does with them on its page."""

from __future__ import annotations

import secrets
import zipfile
from pathlib import Path
from typing import Any

from curate.doccano.client import DataDownloadRepository, DataUploadRepository, ExportOption
from curate.doccano.pull import download_export
from curate.doccano.session import Session

RESOURCES = {
    "SequenceLabeling": "SequenceLabelingProject",
    "DocumentClassification": "TextClassificationProject",
    "IntentDetectionAndSlotFilling": "IntentDetectionAndSlotFillingProject",
}


class FileProject:
    """A new project into which files are imported by the defaults of Doccano's page.

    Args:
        admin: the administrator's session.
        type: Doccano's project type.
        settings: further settings of the project.
    """

    def __init__(self, admin: Session, type: str, **settings: Any) -> None:
        body = {
            "name": f"files-{secrets.token_hex(4)}",
            "description": "files",
            "guideline": "",
            "project_type": type,
            "resourcetype": RESOURCES[type],
            "random_order": False,
            "collaborative_annotation": True,
            "single_class_classification": False,
            "allow_overlapping": True,
            "grapheme_mode": False,
            "use_relation": False,
            "tags": [],
            **settings,
        }
        self.admin = admin
        self.number = int(admin.post("projects", json=body).json()["id"])
        self.resource = f"projects/{self.number}"
        self._task = "RelationExtraction" if body["use_relation"] else type

    def import_file(
        self, path: Path, format: str = "JSONL", encoding: str = "utf_8", **settings: str
    ) -> list[dict[str, Any]]:
        """Import a file; returns the errors that the server reports.

        Raises:
            TaskFailed: the import failed on the server.
        """
        uploads = DataUploadRepository(self.admin)
        upload = uploads.upload(str(path))
        columns = {"column_data": "text", "column_label": "label", "delimiter": ","} | settings
        task = uploads.ingest(
            self.number, [upload], self._task, format, encoding=encoding, **columns
        )
        errors: list[dict[str, Any]] = (self.admin.wait(task, "import") or {}).get("error") or []
        return errors

    def export_file(self, folder: Path, format: str = "JSONL") -> Path:
        """Export all documents; returns the file in the archive."""
        option = ExportOption(name=format, example="")
        task = DataDownloadRepository(self.admin).schedule_download(self.number, option)
        self.admin.wait(task, "export")
        archive = folder / f"export-{self.number}-{format}.zip"
        download_export(self.admin, self.number, task, archive)
        with zipfile.ZipFile(archive) as file:
            (name,) = file.namelist()
            return Path(file.extract(name, folder / archive.stem))

    def examples(self) -> list[dict[str, Any]]:
        """The documents with their metadata, in the order in which they were imported."""
        return sorted(self.admin.pages(f"{self.resource}/examples"), key=lambda row: row["id"])

    def spans(self, example: int) -> list[tuple[int, int, str]]:
        """Offsets and labels of the spans of a document, as the server has them."""
        names = self._names("span")
        rows = self.admin.get(f"{self.resource}/examples/{example}/spans").json()
        return sorted((row["start_offset"], row["end_offset"], names[row["label"]]) for row in rows)

    def relations(self, example: int) -> list[tuple[tuple[int, int], tuple[int, int], str]]:
        """Offsets of both spans and the type of the relations of a document."""
        names = self._names("relation")
        where = f"{self.resource}/examples/{example}"
        edges = {
            row["id"]: (row["start_offset"], row["end_offset"])
            for row in self.admin.get(f"{where}/spans").json()
        }
        rows = self.admin.get(f"{where}/relations").json()
        return sorted((edges[it["from_id"]], edges[it["to_id"]], names[it["type"]]) for it in rows)

    def categories(self, example: int) -> list[str]:
        """The categories of a document."""
        names = self._names("category")
        rows = self.admin.get(f"{self.resource}/examples/{example}/categories").json()
        return sorted(names[row["label"]] for row in rows)

    def comment(self, example: int, text: str) -> None:
        """Write a comment about a document."""
        body = {"text": text, "example": example}
        self.admin.post(f"{self.resource}/comments", params={"example": example}, json=body)

    def mark(self, example: int, start: int, end: int, label: str) -> None:
        """Add a span, in the numbers that the page would send."""
        numbers = {name: number for number, name in self._names("span").items()}
        body = {"start_offset": start, "end_offset": end, "label": numbers[label]}
        self.admin.post(f"{self.resource}/examples/{example}/spans", json=body)

    def _names(self, kind: str) -> dict[int, str]:
        rows = self.admin.get(f"{self.resource}/{kind}-types").json()
        return {row["id"]: row["text"] for row in rows}
