"""A server that is restored from a backup: what people did in between stays in the gold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.own_server import OwnServer
from support.sync_corpus import TEXT, gold, propose, repropose

from curate.doccano.credentials import PASSWORD, URL, USER
from curate.history.restore import restore
from curate.model import Problem
from curate.sync.run import SyncReport, preview_sync, sync
from curate.sync.status import status
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.xdist_group("own server")]

ORG, RUBIO, MARCO, KIEV, DATE = (
    (19, 26, "ORG"),
    (0, 11, "PER"),
    (0, 5, "PER"),
    (30, 34, "LOC"),
    (38, 44, "DATE"),
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    server = OwnServer(tmp_path_factory.mktemp("own") / "server")
    yield server
    server.server.stop()


@pytest.fixture
def workspace(own: OwnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A corpus with a project of its own, annotated by anna and bela."""
    for name, value in ((URL, "url"), (USER, "username"), (PASSWORD, "password")):
        monkeypatch.setenv(name, getattr(own.account, value))
    own.session("anna"), own.session("bela")
    root = tmp_path / f"corpus-{tmp_path.name}"
    Workspace.init(root, root.name)
    text = (root / "curate.toml").read_text("utf-8")
    people = '[doccano.members]\nanna = "annotator"\nbela = "annotator"'
    text = text.replace("[doccano.members]", people)
    text = re.sub(r"(?m)^(models|rules) = .*$", r"\1 = []", text)
    text = re.sub(r"(?m)^votes = .*$", "", text)
    (root / "curate.toml").write_text(text, encoding="utf-8")
    return Workspace(root)


def went_back(report: SyncReport) -> list[Problem]:
    return [each for each in report.outcome.problems if each.code == "remote.went-back"]


def revisions(workspace: Workspace, key: str) -> int:
    with workspace.store.begin() as tx:
        return len(tx.revisions(key))


def there(own: OwnServer, workspace: Workspace, example: int) -> set[tuple[int, int, str]]:
    anna = own.annotator("anna", workspace)
    names = {number: name for name, number in anna.label_ids.items()}
    return {
        (row["start_offset"], row["end_offset"], names[row["label"]]) for row in anna.spans(example)
    }


def example_of(own: OwnServer, workspace: Workspace, key: str) -> int:
    anna = own.annotator("anna", workspace)
    return next(row["id"] for row in anna.examples() if row["meta"]["curate_id"] == key)


def test_work_that_a_backup_lacks_stays_in_the_gold_and_is_carried_back(own, workspace):
    changed = propose(workspace, TEXT, MARCO, ORG)
    added = propose(workspace, f"A. {TEXT}", (3, 8, "PER"))
    removed = propose(workspace, f"BB. {TEXT}", (4, 9, "PER"), (23, 30, "ORG"))
    sync(workspace)
    anna, bela = own.annotator("anna", workspace), own.annotator("bela", workspace)
    examples = {key: example_of(own, workspace, key) for key in (changed, added, removed)}
    for example in examples.values():
        bela.confirm(example)
    sync(workspace)
    copy = own.back_up()

    marks = {row["start_offset"]: row["id"] for row in anna.spans(examples[changed])}
    anna.change(examples[changed], marks[0], end_offset=11)
    anna.add(examples[added], 33, 37, "LOC")
    anna.remove(examples[removed], anna.spans(examples[removed])[1]["id"])
    for example in examples.values():
        bela.confirm(example)  # takes the confirmation back
        anna.confirm(example)
    assert sync(workspace).outcome.revisions == 3
    own.restore(copy)
    assert there(own, workspace, examples[changed]) == {MARCO, ORG}

    before = {key: (gold(workspace, key), revisions(workspace, key)) for key in examples}
    seen = preview_sync(workspace).plan.server_changes
    (change,) = [each for each in seen if each.code == "remote.went-back"]
    assert change.documents == tuple(sorted(examples))
    assert (bool(change.since), change.spans, change.confirmations) == (True, 3, 3)
    assert [each.code for each in status(workspace).server_changes] == ["remote.went-back"]
    report = sync(workspace)
    assert len(went_back(report)) == 1
    assert report.outcome.revisions == 0
    assert report.outcome.carried == 3
    assert before == {key: (gold(workspace, key), revisions(workspace, key)) for key in examples}
    assert gold(workspace, changed) == {RUBIO: "annotator:anna", ORG: "model:test@1"}
    assert there(own, workspace, examples[changed]) == {RUBIO, ORG}
    assert there(own, workspace, examples[removed]) == {(4, 9, "PER")}
    again = sync(workspace)
    assert (went_back(again), again.outcome.pulled, again.outcome.carried) == ([], 0, 0)


def test_what_people_do_after_a_backup_was_restored_is_taken(own, workspace):
    key = propose(workspace, TEXT, MARCO, ORG)
    sync(workspace)
    anna, bela = own.annotator("anna", workspace), own.annotator("bela", workspace)
    example = example_of(own, workspace, key)
    bela.confirm(example)
    sync(workspace)
    copy = own.back_up()
    anna.add(example, *KIEV)
    bela.confirm(example)
    anna.confirm(example)
    sync(workspace)
    own.restore(copy)

    marks = {row["start_offset"]: row["id"] for row in bela.spans(example)}
    bela.change(example, marks[0], end_offset=11)
    bela.remove(example, marks[19])
    bela.add(example, *DATE)
    bela.confirm(example)
    bela.confirm(example)
    report = sync(workspace)
    assert len(went_back(report)) == 1
    expected = {KIEV: "annotator:anna", RUBIO: "annotator:bela", DATE: "annotator:bela"}
    assert gold(workspace, key) == expected
    assert there(own, workspace, example) == set(expected)
    assert sync(workspace).outcome.pulled == 0


def test_a_curators_restore_survives_a_backup(own, workspace):
    key = propose(workspace, TEXT, MARCO, ORG)
    sync(workspace)
    anna = own.annotator("anna", workspace)
    example = example_of(own, workspace, key)
    anna.confirm(example)
    sync(workspace)
    anna.add(example, *KIEV)
    anna.confirm(example)
    anna.confirm(example)
    sync(workspace)
    copy = own.back_up()
    restore(workspace, f"{key}@1")
    sync(workspace)
    assert set(gold(workspace, key)) == there(own, workspace, example) == {MARCO, ORG}
    own.restore(copy)
    assert there(own, workspace, example) == {MARCO, ORG, KIEV}
    report = sync(workspace)
    assert len(went_back(report)) == 1
    assert set(gold(workspace, key)) == there(own, workspace, example) == {MARCO, ORG}
    assert report.outcome.revisions == 0


def test_documents_that_a_backup_lacks_are_pushed_again(own, workspace):
    key = propose(workspace, TEXT, MARCO)
    sync(workspace)
    own.annotator("anna", workspace).confirm(example_of(own, workspace, key))
    sync(workspace)
    copy = own.back_up()
    later = propose(workspace, f"C. {TEXT}", (3, 8, "PER"))
    sync(workspace)
    anna = own.annotator("anna", workspace)
    example = example_of(own, workspace, later)
    anna.add(example, 33, 37, "LOC")
    anna.confirm(example)
    sync(workspace)
    own.restore(copy)
    report = sync(workspace)
    assert [each.code for each in report.outcome.problems] == ["remote.went-back"]
    assert (report.outcome.pushed, report.outcome.conflicts) == (1, 0)
    assert there(own, workspace, example_of(own, workspace, later)) == {
        (3, 8, "PER"),
        (33, 37, "LOC"),
    }
    assert gold(workspace, later)[33, 37, "LOC"] == "annotator:anna"


def test_a_backup_that_is_older_than_the_project_takes_nothing_from_the_gold(own, workspace):
    own.session("anna")
    copy = own.back_up()
    key = propose(workspace, TEXT, MARCO)
    sync(workspace)
    anna = own.annotator("anna", workspace)
    example = example_of(own, workspace, key)
    anna.add(example, *KIEV)
    anna.confirm(example)
    sync(workspace)
    own.restore(copy)
    before = gold(workspace, key), revisions(workspace, key)
    outcome = sync(workspace).outcome
    assert [each.code for each in outcome.problems] == ["remote.project-gone"]
    assert (outcome.pushed, gold(workspace, key), revisions(workspace, key)) == (0, *before)
    assert sync(workspace, new_project=True).outcome.pushed == 1
    assert there(own, workspace, example_of(own, workspace, key)) == {MARCO, KIEV}
    assert (gold(workspace, key), revisions(workspace, key)) == before


def test_an_account_that_is_newer_than_the_backup_was_not_deleted(own, workspace, tmp_path):
    """Its work and its confirmations went back with the server, and that is what is said."""
    keys = [propose(workspace, f"{n}. {TEXT}", (3, 8, "PER")) for n in range(2)]
    sync(workspace)
    copy = own.back_up()
    name = f"dora{tmp_path.name[-1]}-new"
    own.create(name)
    path = workspace.root / "curate.toml"
    text = path.read_text("utf-8")
    line = f'[doccano.members]\n"{name}" = "annotator"'
    path.write_text(text.replace("[doccano.members]", line), encoding="utf-8")
    workspace = Workspace(workspace.root)
    sync(workspace)
    dora = own.annotator(name, workspace)
    for key in keys:
        dora.add(example_of(own, workspace, key), 33, 37, "LOC")
        dora.confirm(example_of(own, workspace, key))
    assert sync(workspace).outcome.revisions == 2
    own.restore(copy)
    for changes in (status(workspace).server_changes, sync(workspace).outcome.server_changes):
        (change,) = changes
        assert (change.code, change.documents) == ("remote.went-back", tuple(sorted(keys)))
        assert (change.spans, change.confirmations) == (2, 2)
    for key in keys:
        assert gold(workspace, key)[33, 37, "LOC"] == f"annotator:{name}"
        assert (33, 37, "LOC") in there(own, workspace, example_of(own, workspace, key))
    assert sync(workspace).outcome.server_changes == ()


def test_proposals_that_a_backup_lacks_are_in_no_gold_before_somebody_confirms_them(own, workspace):
    """Who confirms a document after the restoration has not seen what was proposed before it."""
    key = propose(workspace, TEXT, MARCO)
    sync(workspace)
    copy = own.back_up()
    repropose(workspace, key, MARCO, ORG)
    sync(workspace)
    bela, example = own.annotator("bela", workspace), example_of(own, workspace, key)
    assert there(own, workspace, example) == {MARCO, ORG}
    own.restore(copy)
    assert there(own, workspace, example) == {MARCO}
    bela.confirm(example)

    report = sync(workspace)
    codes = {change.code for change in report.outcome.server_changes}
    assert codes == {"remote.went-back", "remote.confirm-again"}
    assert report.outcome.revisions == 0
    assert there(own, workspace, example) == {MARCO, ORG}
    bela.confirm(example)  # takes the confirmation back
    bela.confirm(example)
    assert sync(workspace).outcome.revisions == 1
    assert gold(workspace, key) == {MARCO: "model:test@2", ORG: "model:test@2"}
