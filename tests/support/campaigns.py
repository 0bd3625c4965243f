"""An annotation campaign as each tool exports it: three texts and the people who annotated them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TEXTS = (
    "Marie Dupont arrive à Rabat.",
    "Le port d'Oran ouvre lundi.",
    "Ali rentre de Tunis.",
)
# (start, end, label) by person, for each text; None where a person has not judged it.
WORK: dict[str, tuple[list[tuple[int, int, str]] | None, ...]] = {
    "anna": ([(0, 12, "person"), (22, 27, "place")], [(10, 14, "place")], [(0, 3, "person")]),
    "bela": ([(0, 12, "person"), (22, 27, "place")], [(10, 14, "place")], []),
    "carl": ([(6, 12, "person"), (22, 27, "place")], [(10, 14, "place")], None),
}
LABELS = ["--label", "person=PER", "--label", "place=LOC"]


def span_key(text: str, span: tuple[int, int, str]) -> tuple[str, str]:
    """A span by what it marks."""
    return text[span[0] : span[1]], span[2]


def write_json(path: Path, value: Any) -> Path:
    """A JSON file."""
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def write_lines(path: Path, rows: list[Any]) -> Path:
    """A file of JSON Lines."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def region(text: str, span: tuple[int, int, str], **more: Any) -> dict[str, Any]:
    """A labelled region of Label Studio."""
    start, end, label = span
    value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
    return {"id": f"r{start}", "type": "labels", "value": value, **more}


def label_studio(path: Path, texts: tuple[str, ...] = TEXTS) -> Path:
    """An export of Label Studio in which carl skipped the last task and left a draft."""
    tasks: list[dict[str, Any]] = []
    for number, text in enumerate(texts):
        annotations: list[dict[str, Any]] = []
        for user, (name, work) in enumerate(WORK.items(), 1):
            spans = work[number]
            annotation = {
                "id": 10 * number + user,
                "completed_by": {"id": user, "email": f"{name}@example.org"},
                "result": [region(text, span) for span in spans or ()],
                "was_cancelled": spans is None,
                "ground_truth": number == 1 and name == "bela",
                "created_at": f"2026-03-0{number + 1}T08:0{user}:00Z",
            }
            annotations.append(annotation)
        tasks.append(
            {
                "id": 100 + number,
                "data": {"text": text, "source": "wire"},
                "annotations": annotations,
                "predictions": [
                    {"model_version": "tagger@1", "result": [region(text, (0, 3, "person"))]}
                ],
                "drafts": [],
            }
        )
    first = tasks[0]["annotations"][0]["result"][0]
    first["meta"] = {"text": ["is this one name?"]}
    comment = {"text": "ask the desk", "created_by": 3, "created_at": "2026-03-02T09:00:00Z"}
    tasks[1]["comments"] = [comment]
    tasks[2]["drafts"] = [{"user": 3, "result": [region(texts[2], (0, 3, "person"))]}]
    return write_json(path, tasks)
