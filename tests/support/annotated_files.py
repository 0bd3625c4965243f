"""Files of three annotators, and a corpus that two annotated."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.workspace import Workspace
from support.annotated_texts import ORAN, RABAT, annotation, document, json_line

AT = "2026-03-02T09:00:00Z"


@pytest.fixture
def annotator_files(tmp_path: Path) -> list[Path]:
    """JSON Lines files of Anna and Bela, who differ in one label, and of Carl, who did one text."""
    lines = {
        "anna": [
            json_line(RABAT, ("Marie Dupont", "PER"), ("Rabat", "LOC")),
            json_line(ORAN, ("Oran", "LOC")),
        ],
        "bela": [
            json_line(ORAN, ("Oran", "LOC")),
            json_line(RABAT, ("Marie Dupont", "PER"), ("Rabat", "ORG")),
        ],
        "carl": [json_line(RABAT, ("Marie Dupont", "PER"), ("Rabat", "LOC"))],
    }
    paths = [tmp_path / f"{name}.jsonl" for name in lines]
    for path, own in zip(paths, lines.values(), strict=True):
        path.write_text("\n".join(own), encoding="utf-8")
    return paths


@pytest.fixture
def annotated_corpus(tmp_path: Path) -> Workspace:
    """A corpus of two documents; Anna and Bela differ in the label of one span."""
    Workspace.init(tmp_path / "corpus", "corpus", now=lambda: AT)
    workspace = Workspace(tmp_path / "corpus", now=lambda: AT)
    with workspace.store.begin() as tx:
        for text in (RABAT, ORAN):
            tx.add_document(document(text))
        for name, label in (("anna", "LOC"), ("bela", "ORG")):
            tx.put_annotation(annotation(name, RABAT, ("Marie Dupont", "PER"), ("Rabat", label)))
            tx.put_annotation(annotation(name, ORAN, ("Oran", "LOC")))
    return workspace
