"""The text files that a store is written to and filled from."""

from __future__ import annotations

import shutil

import pytest
from support.store_corpus import document, fill

from curate.errors import InputError
from curate.model import Annotation, Assignment, Span
from curate.store import files, open_store


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def filled(store):
    fill(store)
    return store


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_files_hold_the_gold_and_nothing_else(filled, tmp_path):
    with filled.begin() as tx:
        files.save(tx, tmp_path / "annotations")
    found = tree(tmp_path / "annotations")
    one, two = document("Anna rit."), document("Léa dort.")
    assert set(found) == {
        f"documents/{one.id[:2]}.jsonl",
        f"documents/{two.id[:2]}.jsonl",
        f"gold/{one.id[:2]}.jsonl",
        f"gold/{two.id[:2]}.jsonl",
        f"history/{one.id[:2]}.jsonl",
        "releases/0.1.0.json",
        "releases/0.1.0.md",
        "CHANGELOG.md",
    }
    assert found[f"gold/{one.id[:2]}.jsonl"].count(b"\n") == 1


def test_an_empty_store_is_made_whole_from_the_files(filled, tmp_path):
    folder = tmp_path / "annotations"
    with filled.begin() as tx:
        assert files.save(tx, folder)
        assert files.save(tx, folder) == []
        heads, history, releases = list(tx.heads()), list(tx.history()), tx.releases()
    before = tree(folder)
    shutil.copytree(folder, tmp_path / "clone")
    other = open_store(tmp_path / "other")
    with other.begin() as tx:
        assert files.load(tx, tmp_path / "clone") == 3
        assert list(tx.heads()) == heads
        assert list(tx.history()) == history
        assert tx.releases() == releases
        assert files.save(tx, tmp_path / "clone") == []
    assert tree(tmp_path / "clone") == before
    other.close()


def test_what_no_program_can_make_again_is_in_the_files(filled, tmp_path):
    names = ["annotator:ada", "column:NE-FINE-LIT"]
    one = document("Anna rit.").id
    with filled.begin() as tx:
        for name in (*names, "model:m@1"):
            tx.put_annotation(Annotation(document=one, layer=name, spans=(Span(0, 4, "X"),)))
        files.save(tx, tmp_path / "annotations")
    other = open_store(tmp_path / "other")
    with other.begin() as tx:
        files.load(tx, tmp_path / "annotations")
        assert [it.layer for it in tx.file_layers()] == tx.layer_names() == names
    other.close()


def test_a_document_whose_text_was_tampered_with_is_refused(filled, tmp_path):
    folder = tmp_path / "annotations"
    with filled.begin() as tx:
        files.save(tx, folder)
    path = folder / "documents" / f"{document('Anna rit.').id[:2]}.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Anna rit", b"Anna dit"))
    other = open_store(tmp_path / "other")
    with pytest.raises(InputError) as caught, other.begin() as tx:
        files.load(tx, folder)
    assert caught.value.where == str(path)
    other.close()


def test_a_broken_line_is_named(filled, tmp_path):
    folder = tmp_path / "annotations"
    with filled.begin() as tx:
        files.save(tx, folder)
    path = next((folder / "gold").glob("*.jsonl"))
    path.write_bytes(path.read_bytes() + b'{"document": 3}\n')
    other = open_store(tmp_path / "other")
    with (
        pytest.raises(InputError, match=f"{path.name}:2: "),
        other.begin() as tx,
    ):
        files.load(tx, folder)
    other.close()


def test_tasks_and_what_annotators_said_survive_the_loss_of_the_store(tmp_path):
    one = document("Kiev et Paris.")
    layer = Annotation(document=one.id, layer="annotator:anna", spans=(Span(0, 4, "LOC"),))
    task = Assignment(document=one.id, annotators=("anna", "bela"), done={"anna": "2026-01-01"})
    store = open_store(tmp_path / "a")
    with store.begin() as tx:
        tx.add_document(one)
        tx.put_annotation(layer)
        tx.put_annotation(Annotation(document=one.id, layer="proposal"))
        tx.put_assignment(task)
        files.save(tx, tmp_path / "annotations")
    other = open_store(tmp_path / "b")
    with other.begin() as tx:
        files.load(tx, tmp_path / "annotations")
        assert tx.assignments() == {one.id: task}
        assert tx.annotation(one.id, "annotator:anna") == layer
        assert tx.layers(one.id) == ["annotator:anna"]
        assert files.save(tx, tmp_path / "annotations") == []
    store.close()
    other.close()
