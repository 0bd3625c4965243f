"""An export of Doccano that somebody imports again by hand: its ids shadow the server's own."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from support.sync_corpus import TEXT, gold, propose, spans_there

from curate.doccano.client import DataUploadRepository
from curate.doccano.pull import export_project, snapshot
from curate.doccano.session import Session
from curate.sync.run import sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]

RUBIO = (0, 11, "PER")
KIEV = (30, 34, "LOC")


def import_export(admin: Session, project: int, folder: Path) -> None:
    """Download the export and upload it again, as it is."""
    with zipfile.ZipFile(export_project(admin, project, folder, lambda: None)) as archive:
        archive.extract("all.jsonl", folder)
    uploads = DataUploadRepository(admin)
    columns = {"column_data": "text", "column_label": "label", "encoding": "utf_8"}
    upload = uploads.upload(str(folder / "all.jsonl"))
    task = uploads.ingest(project, [upload], "SequenceLabeling", "JSONL", **columns)
    assert admin.wait(task, "import") == {"error": []}


@pytest.fixture
def twice(new_workspace, at_work, admin, tmp_path) -> tuple[Workspace, int, list[str]]:
    """A workspace whose documents stand in its project twice, and the project's number."""
    workspace = new_workspace()
    keys = [propose(workspace, f"{TEXT} {number}", RUBIO) for number in range(3)]
    sync(workspace)
    project = int(at_work(workspace).resource.removeprefix("projects/"))
    import_export(admin, project, tmp_path)
    return workspace, project, keys


def test_the_examples_have_the_numbers_of_the_server(twice, admin):
    _, project, _ = twice
    listed = {row["id"]: row["text"] for row in admin.pages(f"projects/{project}/examples")}
    assert len(listed) == 6
    assert len({each.example for each in snapshot(admin, project)}) == 6


def test_copies_are_made_one_with_the_work_in_both(twice, admin, at_work):
    workspace, project, keys = twice
    anna = at_work(workspace)
    rows = sorted(anna.examples(), key=lambda row: row["id"])
    old, new = rows[:3], rows[3:]
    first = next(row for row in new if row["meta"]["curate_id"] == keys[0])
    anna.add(first["id"], *KIEV)
    anna.confirm(first["id"])
    second = next(row for row in old if row["meta"]["curate_id"] == keys[1])
    anna.add(second["id"], *KIEV)
    anna.confirm(second["id"])
    outcome = sync(workspace).outcome
    assert {problem.code for problem in outcome.problems} == {"remote.copy"}
    assert len(anna.examples()) == 3
    assert set(gold(workspace, keys[0])) == {RUBIO, KIEV} == set(gold(workspace, keys[1]))
    assert sync(workspace).outcome.problems == ()
    assert status(workspace).states == {"gold": 2, "pushed": 1}
    (left,) = (row["id"] for row in anna.examples() if row["meta"]["curate_id"] == keys[0])
    assert spans_there(admin, workspace, left) == [RUBIO, KIEV]


def test_an_original_that_was_deleted_leaves_a_copy_that_works(twice, admin, at_work):
    workspace, project, keys = twice
    anna = at_work(workspace)
    for row in sorted(anna.examples(), key=lambda row: row["id"])[:3]:
        admin.delete(f"projects/{project}/examples/{row['id']}")
    copy = next(row for row in anna.examples() if row["meta"]["curate_id"] == keys[0])
    anna.add(copy["id"], *KIEV)
    anna.confirm(copy["id"])
    sync(workspace)
    assert set(gold(workspace, keys[0])) == {RUBIO, KIEV}
    assert status(workspace).states == {"gold": 1, "pushed": 2}
