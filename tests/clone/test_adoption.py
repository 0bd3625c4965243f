"""After a clone: the first sync adopts the project, and the evidence of syncs holds for it."""

from __future__ import annotations

import shutil

import pytest
from support.cli import run_command
from support.foreign_project import ForeignProject, texts
from support.sync_corpus import propose

from curate.clone.run import clone
from curate.doccano.remote import DoccanoRemote
from curate.errors import RemoteError, TaskFailed
from curate.quality.corpus import validate
from curate.quality.push_comments import push_findings
from curate.sync.review import push_audit
from curate.sync.run import sync
from curate.util import jsonl
from curate.workspace import Workspace

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def project(admin, people) -> ForeignProject:
    made = ForeignProject(admin)
    for name in ("PER", "LOC"):
        made.add_label(name)
    for name in ("anna", "bela"):
        made.add_member(people[name])
    return made


@pytest.fixture
def confirmed(project, people):
    """Three documents that anna marked and confirmed: their texts and examples."""
    anna = project.person(people["anna"])
    found = {}
    for text in texts("Anna in Rome", "Anna in Bonn", "Anna in Oslo"):
        example = project.add_text(text)
        anna.add(example, 0, 4, "PER")
        anna.add(example, 8, 12, "LOC")
        anna.confirm(example)
        found[text] = example
    return found


def marked(workspace, text: str) -> dict[tuple, str]:
    with workspace.store.begin() as tx:
        return {span.key: span.by for span in tx.head(jsonl.document_id(text)).spans}


def codes(report) -> list[str]:
    return sorted(problem.code for problem in report.outcome.problems)


def test_an_adoption_that_breaks_off_is_completed(project, confirmed, clone_of, monkeypatch):
    workspace, _ = clone_of(project)
    write, written = DoccanoRemote.restore_metadata, []

    def failing(self, example, document):
        if len(written) == 1:
            raise TaskFailed("the server fell over", "try again")
        written.append(example)
        write(self, example, document)

    with monkeypatch.context() as broken:
        broken.setattr(DoccanoRemote, "restore_metadata", failing)
        with pytest.raises(TaskFailed, match="fell over"):
            sync(workspace, adopt=True)
    named = [row for row in project.examples() if "curate_id" in row["meta"]]
    assert [row["id"] for row in named] == written
    assert codes(sync(workspace)) == ["sync.adopt"]
    done = sync(workspace, adopt=True)
    assert (codes(done), done.outcome.revisions, done.outcome.pushed) == ([], 0, 0)
    assert all("curate_id" in row["meta"] for row in project.examples())
    assert len(project.examples()) == 3
    assert codes(sync(workspace)) == []


def test_without_adopt_no_command_writes(project, confirmed, clone_of):
    workspace, _ = clone_of(project)
    before = project.everything()
    for words in (("sync",), ("push",), ("pull",), ("sync", "--include-unconfirmed")):
        result = run_command(*words, "--json", root=workspace.root)
        assert result.exit_code == 1
        codes = [problem["code"] for problem in result.json["outcome"]["problems"]]
        assert codes == ["sync.adopt"]
    with pytest.raises(RemoteError, match="not adopted"):
        push_findings(workspace, validate(workspace, docs=False))
    with pytest.raises(RemoteError, match="not adopted"):
        push_audit(workspace, top=5)
    assert run_command("status", "--json", root=workspace.root).json["states"] == {"gold": 3}
    assert project.everything() == before


def test_work_between_the_clone_and_the_adoption_is_merged(project, confirmed, clone_of, people):
    workspace, _ = clone_of(project)
    (changed, one), (deleted, two), (doubtful, three) = confirmed.items()
    bela = project.person(people["bela"])
    bela.change(one, bela.spans(one)[1]["id"], label="PER")
    bela.remove(two, bela.spans(two)[1]["id"])
    for example in (one, two):
        bela.confirm(example)  # takes anna's confirmation back
        bela.confirm(example)
    bela.remove(three, bela.spans(three)[1]["id"])

    done = sync(workspace, adopt=True)

    # Nobody confirmed the third one since, and without a stamp nobody knows what deleted it.
    assert marked(workspace, changed) == {
        (0, 4, "PER"): "annotator:anna",
        (8, 12, "PER"): "annotator:bela",
    }
    assert marked(workspace, deleted) == {(0, 4, "PER"): "annotator:anna"}
    assert len(marked(workspace, doubtful)) == 2
    with workspace.store.begin() as tx:
        assert list(tx.conflicts()) == [jsonl.document_id(doubtful)]
    assert done.outcome.conflicts == 1


def test_what_no_person_did_stays_out_of_the_gold(project, confirmed, clone_of, admin):
    workspace, _ = clone_of(project)
    types = {row["text"]: row["id"] for row in admin.get(f"{project.resource}/span-types").json()}
    before = {text: marked(workspace, text) for text in confirmed}
    admin.patch(f"{project.resource}/span-types/{types['LOC']}", json={"text": "PLACE"})

    renamed = sync(workspace, adopt=True)

    assert codes(renamed) == ["remote.label-renamed"]
    assert {text: marked(workspace, text) for text in confirmed} == before
    names = [row["text"] for row in admin.get(f"{project.resource}/span-types").json()]
    assert sorted(names) == ["LOC", "PER"]

    admin.delete(f"{project.resource}/span-types/{types['LOC']}")
    gone = sync(workspace)
    assert codes(gone) == ["remote.label-type-gone"]
    assert {text: marked(workspace, text) for text in confirmed} == before
    assert all(len(project.spans(example)) == 2 for example in confirmed.values())
    assert sync(workspace).outcome.problems == ()


def test_gold_that_is_changed_here_goes_there_once(project, confirmed, clone_of):
    workspace, _ = clone_of(project)
    sync(workspace, adopt=True)
    text, example = next(iter(confirmed.items()))
    key = jsonl.document_id(text)
    assert run_command("withdraw", key, "-m", "a test", root=workspace.root).exit_code == 0
    sync(workspace)
    assert example not in {row["id"] for row in project.examples()}
    assert run_command("restore", f"{key}@1", root=workspace.root).exit_code == 0
    sync(workspace)
    (again,) = (row for row in project.examples() if row["text"] == text)
    assert again["meta"]["curate_id"] == key
    assert len(project.spans(again["id"])) == 2
    assert sync(workspace).outcome.pushed == 0


def test_a_checkout_of_a_clone_has_every_document(project, confirmed, clone_of, tmp_path):
    project.upload([{"text": each, "label": []} for each in texts("nothing", "is marked")])
    workspace, report = clone_of(project)
    sync(workspace, adopt=True)
    assert run_command("verify", "--json", root=workspace.root).exit_code == 0
    for name in ("annotations", "schemas", "curate.toml"):
        source, target = workspace.root / name, tmp_path / "checkout" / name
        target.parent.mkdir(exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    Workspace.init(tmp_path / "checkout")
    checkout = Workspace(tmp_path / "checkout")
    with checkout.store.begin() as tx:
        assert len(tx.document_ids()) == report.documents == 5
    done = sync(checkout)
    assert (codes(done), done.outcome.pushed, done.outcome.revisions) == ([], 0, 0)
    blamed = run_command("blame", jsonl.document_id(next(iter(confirmed))), root=checkout.root)
    assert "annotator:anna" in blamed.output


def test_metadata_with_the_names_of_fields_of_an_export(project, clone_of, people):
    anna = project.person(people["anna"])
    rows = [
        {"text": text, "label": [[0, 4, "PER"]], "id": number, "tags": ["a", {"b": 1}], "url": "u"}
        for number, text in enumerate(texts("Anna one", "Anna two"), 900_000)
    ]
    first, second = project.upload(rows)
    anna.confirm(second)
    workspace, report = clone_of(project)
    assert report.problems == ()
    with workspace.store.begin() as tx:
        document = tx.document(jsonl.document_id(rows[0]["text"]))
    assert (document.meta["id"], document.meta["tags"]) == ("900000", '["a", {"b": 1}]')
    done = sync(workspace, adopt=True)
    assert (codes(done), done.outcome.states) == ([], {"pushed": 1, "gold": 1})
    after = {row["id"]: row["meta"] for row in project.examples()}
    assert after[first]["id"] == 900_000
    assert after[first]["tags"] == ["a", {"b": 1}]
    assert after[first]["curate_id"] == document.id
    anna.confirm(first)
    assert sync(workspace).outcome.pulled == 1


def test_a_project_of_curate_whose_workspace_is_lost(new_workspace, at_work, admin, tmp_path):
    lost = new_workspace()
    (text,) = texts("Anna in Rome")
    key = propose(lost, text, (0, 4, "PER"), (8, 12, "LOC"))
    sync(lost)
    anna = at_work(lost)
    (example,) = (row["id"] for row in anna.examples())
    anna.confirm(example)
    clone(f"{admin.url}#{lost.config.project}", tmp_path / "found")
    found = Workspace(tmp_path / "found")
    assert set(marked(found, text)) == {(0, 4, "PER"), (8, 12, "LOC")}
    assert codes(sync(found)) == ["sync.adopt"]
    done = sync(found, adopt=True)
    assert (codes(done), done.outcome.pushed, done.outcome.carried) == ([], 0, 0)
    assert [row["meta"]["curate_id"] for row in anna.examples()] == [key]
    assert codes(sync(found)) == []
