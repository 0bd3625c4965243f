"""Whose work counts in the ledger, and what people were shown."""

from __future__ import annotations

import pytest
from support.ledger_works import AT, KEY, MODEL, PROPOSED, RESULT, RULES, TEXT, layer, span

from curate.ledger.works import CurrentLabels, ledger, works
from curate.model import Assignment, Document, Revision
from curate.preannotate.preannotation import preannotate
from curate.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    Workspace.init(tmp_path, "corpus", now=lambda: AT)
    workspace = Workspace(tmp_path, now=lambda: AT)
    with workspace.store.begin() as tx:
        tx.add_document(Document(id=KEY, text=TEXT, lang="fr"))
        tx.put_annotation(layer("proposal", *PROPOSED))
        tx.put_annotation(layer(MODEL, span("Marie Dupont", "PER", by=MODEL)))
    return workspace


def revise(workspace, number, *spans, confirmed_by="anna", **more):
    with workspace.store.begin() as tx:
        values = {"author": "annotator:anna", "reason": "", "schema": workspace.schema.id, **more}
        tx.add_revision(
            Revision(
                document=KEY,
                number=number,
                at=AT,
                spans=tuple(sorted(spans, key=lambda s: s.key)),
                confirmed_by=confirmed_by,
                **values,
            )
        )


def test_the_first_revision_that_a_person_confirmed_is_the_work(workspace):
    revise(workspace, 1, *PROPOSED, confirmed_by="", author="import:x")
    revise(workspace, 2, *RESULT)
    revise(workspace, 3, span("Rabat", "LOC"), author="curator:c")
    result = ledger(workspace)
    assert (result.works, list(result.people)) == (1, ["anna"])
    assert (result.total.people, result.total.outcome.accepted) == (4, 1)
    assert result.layers[MODEL].outcome.missed == 1


def reasons(workspace):
    return [problem.code for problem in ledger(workspace).left_out]


def test_gold_that_nobody_confirmed_is_left_out(workspace):
    assert ledger(workspace).left_out == ()
    revise(workspace, 1, *RESULT, confirmed_by="", author="import:x")
    assert reasons(workspace) == ["ledger.unconfirmed"]


def test_a_work_whose_pre_annotation_was_made_anew_is_left_out(workspace):
    revise(workspace, 1, span("Omar", "PER", by=f"{RULES}/old"))
    assert reasons(workspace) == ["ledger.renewed"]


def test_a_span_that_a_person_changed_does_not_say_that_they_saw_another_one(workspace):
    revise(workspace, 1, span("Omar", "PER", by="annotator:anna", at=AT))
    assert reasons(workspace) == []


def test_where_people_work_apart_each_confirmed_layer_is_a_work_and_the_gold_is_none(workspace):
    with workspace.store.begin() as tx:
        for name in ("anna", "bela", "carl"):
            tx.put_annotation(layer(f"annotator:{name}", *RESULT))
        done = {"anna": AT, "bela": AT}
        tx.put_assignment(Assignment(document=KEY, annotators=("anna", "bela", "carl"), done=done))
    revise(workspace, 1, *PROPOSED)
    result = ledger(workspace)
    assert (result.documents, result.works, list(result.people)) == (1, 2, ["anna", "bela"])


def test_what_an_annotator_confirmed_keeps_the_pre_annotation_that_was_shown(tmp_path):
    Workspace.init(tmp_path, "corpus", now=lambda: AT)
    path = tmp_path / "curate.toml"
    path.write_text(
        '[corpus]\nname = "corpus"\n[preannotate]\nmodels = []\nrules = ["schemas/rules-fr.yaml"]\n'
    )
    workspace = Workspace(tmp_path, now=lambda: AT)
    with workspace.store.begin() as tx:
        tx.add_document(Document(id=KEY, text=TEXT, lang="fr"))
    assert preannotate(workspace, again=True).documents == 1
    with workspace.store.begin() as tx:
        tx.put_assignment(Assignment(document=KEY, annotators=("anna", "bela"), done={"anna": AT}))
    assert preannotate(workspace, again=True).documents == 0


def test_a_control_document_of_the_store(workspace):
    with workspace.store.begin() as tx:
        tx.put_annotation(layer("annotator:anna", *RESULT))
        tx.put_assignment(
            Assignment(document=KEY, annotators=("anna",), control=True, done={"anna": AT})
        )
    result = ledger(workspace)
    assert (result.works, result.control_documents) == (0, 1)


def test_labels_of_an_older_schema_are_read_as_they_are_called_today(workspace):
    folder = workspace.root / "schemas"
    path = folder / "news-fr.yaml"
    name, version = workspace.schema.id.split("@")
    revise(workspace, 1, span("Rabat", "GPE"), schema=f"{name}@0.9.0")
    (folder / "migrations").mkdir(exist_ok=True)
    (folder / "migrations" / "up.yaml").write_text(
        f"schema: {name}\nfrom: 0.9.0\nto: {version}\nsteps:\n  - rename: GPE\n    to: LOC\n"
    )
    assert path.exists()
    with workspace.store.begin() as tx:
        tx.put_annotation(layer("proposal", span("Rabat", "GPE", by=MODEL)))
        labels = CurrentLabels(workspace.schema, Workspace(workspace.root).migrations, "0.9.0")
        (translated,) = works(tx, labels)
    assert [s.label for s in (*translated.proposal.spans, *translated.result.spans)] == [
        "LOC",
        "LOC",
    ]
