"""``curate clone`` on the real server: a project that people made by hand becomes a workspace."""

from __future__ import annotations

import pytest
from support.cli import run_command
from support.foreign_project import ForeignProject, texts

from curate.sync.run import preview_sync, sync

pytestmark = pytest.mark.server


def test_a_project_made_by_hand_becomes_a_workspace_and_goes_on(admin, people, clone_of):
    project = ForeignProject(admin, guideline="# Names\n\nMark *every* name.\n")
    for name, colour, key in (("PER", "#aa0000", "p"), ("LOC", "#00AA00", "")):
        project.add_label(name, colour=colour, key=key)
    anna, bela = project.add_member(people["anna"]), project.add_member(people["bela"])
    first, second, third = texts("Anna was in Paris", "Bela is in Rome", "Nobody is here")
    rows = [
        {"text": first, "label": [[0, 4, "PER"], [12, 17, "LOC"]], "source": "wire", "n": 3},
        {"text": second, "label": [[0, 4, "PER"]], "source": "wire", "n": 4},
        {"text": third, "label": [], "source": "web", "n": 5},
    ]
    one, two, three = project.upload(rows)
    bela.remove(one, bela.spans(one)[1]["id"])
    bela.add(one, 9, 17, "LOC")
    anna.confirm(one)
    anna.add(two, 11, 15, "LOC")
    project.comment(people["bela"], one, "with or without the preposition?")
    before = project.everything()

    workspace, report = clone_of(project)

    assert project.everything() == before
    assert (report.documents, report.gold, report.comments) == (3, 1, 1)
    assert report.problems == ()
    schema = workspace.schema
    assert [(each.name, each.colour, each.key) for each in schema.labels] == [
        ("PER", "#aa0000", "p"),
        ("LOC", "#00AA00", ""),
    ]
    assert schema.page.strip() == "# Names\n\nMark *every* name."
    with workspace.store.begin() as tx:
        documents = {document.text: document for document in tx.documents()}
        assert set(documents) == {first, second, third}
        assert documents[first].meta["source"] == "wire"
        assert documents[first].meta["n"] == "3"
        head = tx.head(documents[first].id)
        assert head.number == 1
        assert head.reason == f"cloned from {admin.url}#{project.name}"
        assert (head.author, head.confirmed_by) == ("annotator:anna", "anna")
        assert {span.key: span.by for span in head.spans} == {
            (0, 4, "PER"): "import:admin",
            (9, 17, "LOC"): "annotator:bela",
        }
        assert all(span.at for span in head.spans)
        (comment,) = tx.comments(documents[first].id)
        assert (comment.by, comment.text) == ("bela", "with or without the preposition?")
        assert tx.head(documents[second].id) is None
        assert tx.layers(documents[second].id) == ["annotator:anna", "import:admin", "proposal"]
        (mark,) = tx.annotation(documents[second].id, "annotator:anna").spans
        assert mark.key == (11, 15, "LOC")
        assert tx.layers(documents[third].id) == ["proposal"]

    waiting = run_command("sync", root=workspace.root)
    assert waiting.exit_code == 1
    assert "sync.adopt" in waiting.output
    plan = preview_sync(workspace)
    assert len(plan.plan.unmarked) == 3
    assert plan.plan.states == {"gold": 1, "annotating": 1, "pushed": 1}
    assert (plan.plan.push, plan.plan.pull, plan.plan.update) == ((), (), ())
    assert project.everything() == before

    adopted = sync(workspace, adopt=True)

    assert [problem.code for problem in adopted.outcome.problems] == []
    assert (adopted.outcome.pushed, adopted.outcome.pulled, adopted.outcome.carried) == (0, 0, 0)
    after = project.everything()
    assert after["marks"] == before["marks"]
    assert after["labels"] == before["labels"]
    assert after["members"] == before["members"]
    assert "Made by hand." in after["project"]["description"]
    assert [row["text"] for row in after["examples"]] == [first, second, third]
    assert {row["meta"]["curate_id"] for row in after["examples"]} == {
        document.id for document in documents.values()
    }
    assert [row["meta"]["n"] for row in after["examples"]] == [3, 4, 5]
    assert {*after["examples"][0]["meta"]} == {"source", "n", "curate_id"}
    for _ in range(2):
        again = sync(workspace)
        assert (again.outcome.pulled, again.outcome.project) == (0, ())
        assert again.outcome.problems == ()

    anna.remove(two, anna.spans(two)[0]["id"])
    bela.confirm(two)
    pulled = sync(workspace)
    assert (pulled.outcome.pulled, pulled.outcome.revisions) == (1, 1)
    with workspace.store.begin() as tx:
        head = tx.head(documents[second].id)
        assert {span.key: span.by for span in head.spans} == {(11, 15, "LOC"): "annotator:anna"}
        assert head.confirmed_by == "bela"
