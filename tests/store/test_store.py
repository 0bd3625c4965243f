"""The store, and the text files it is written to and made whole from."""

from __future__ import annotations

import os
import re
import shutil
import threading

import msgspec
import pytest

from curate import release
from curate.errors import InputError, ReleaseError, StoreError
from curate.model import Annotation, Assignment, Document, Revision, Span
from curate.schema import Label, Schema
from curate.store import files, open_store
from curate.store.records import LocalState, RemoteProject, TrackedDocument
from curate.store.tables import FORMAT
from curate.util import jsonl

SCHEMA = Schema(
    name="s",
    version="1.0.0",
    language="fr",
    title="t",
    introduction="i",
    labels=(Label(name="PER", title="p", description="d", colour="#112233"),),
)


def document(text: str) -> Document:
    return Document(id=jsonl.document_id(text), text=text, lang="fr")


def revision(of: Document, number: int, *spans: Span, **more) -> Revision:
    values = {"author": "annotator:anna", "at": f"2026-01-0{number}T00:00:00Z", "reason": "r"}
    return Revision(
        document=of.id, number=number, schema=SCHEMA.id, spans=spans, **{**values, **more}
    )


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def filled(store):
    one, two = document("Anna rit."), document("Léa dort.")
    with store.begin() as tx:
        for each in (one, two, document("never gold")):
            tx.add_document(each)
        tx.add_revision(revision(one, 1))
        tx.add_revision(revision(one, 2, Span(0, 4, "PER")))
        tx.add_revision(revision(two, 1, Span(0, 3, "PER"), confirmed_by="anna"))
        made = release.build_manifest(
            "0.1.0",
            tx.heads(),
            schema=SCHEMA,
            created="2026-01-03T00:00:00Z",
            author="c",
            message="First.",
            earlier=tx.releases(),
            validation={},
            tools={},
        )
        tx.add_release(made)
    return store


def test_a_document_is_added_once(store):
    with store.begin() as tx:
        assert tx.add_document(document("a"))
        assert not tx.add_document(document("a"))
        assert tx.document_ids() == [document("a").id]
        assert tx.find_ids(document("a").id[:4]) == [document("a").id]
        assert tx.find_ids("%") == []


def test_a_transaction_that_fails_leaves_nothing(store):
    with pytest.raises(RuntimeError), store.begin() as tx:
        tx.add_document(document("a"))
        raise RuntimeError
    with store.begin() as tx:
        assert tx.is_empty()


def test_revisions_count_up_and_are_never_replaced(store):
    one = document("a")
    with store.begin() as tx:
        tx.add_document(one)
        tx.add_revision(revision(one, 1))
    for number in (1, 3):
        with pytest.raises(StoreError), store.begin() as tx:
            tx.add_revision(revision(one, number))


def test_a_layer_is_replaced_and_those_that_lack_it_are_found(store):
    one, two = document("a"), document("b")
    with store.begin() as tx:
        tx.add_document(one)
        tx.add_document(two)
        for span in (Span(0, 1, "PER"), Span(0, 1, "LOC")):
            tx.put_annotation(Annotation(document=one.id, layer="m", spans=(span,)))
        found = tx.annotation(one.id, "m")
        assert found is not None
        assert found.spans == (Span(0, 1, "LOC"),)
        assert tx.without_layers(["m"]) == [two.id]
        assert tx.layers(one.id) == ["m"]


def test_the_local_side_of_a_document(store):
    one = document("a")
    base = Annotation(document=one.id, layer="remote", spans=(Span(0, 1, "PER"),))
    with store.begin() as tx:
        tx.add_document(one)
        tx.put_remote(RemoteProject(marker="m", url="u", name="n"))
        tx.put_remote(RemoteProject(marker="m", url="u", name="n", project=3))
        tx.put_tracked("m", TrackedDocument(document=one.id, base=base))
        tx.put_tracked("m", TrackedDocument(document=one.id, base=base, example=9))
        assert tx.local_states("m") == {
            one.id: LocalState(document=one.id, example=9, base=base.content)
        }
        assert tx.tracked("m", one.id) == TrackedDocument(document=one.id, base=base, example=9)
        assert tx.local_states("other")[one.id] == LocalState(document=one.id)
        assert [remote.project for remote in tx.remotes()] == [3]


def test_the_journal_keeps_what_was_not_finished(store):
    with store.begin() as tx:
        first = tx.start_step("s", "push", "", "2026-01-01T00:00:00Z")
        tx.start_step("s", "pull", "", "2026-01-01T00:00:01Z")
        tx.finish_step(first, "2026-01-01T00:00:02Z")
        assert [(step.step, bool(step.finished)) for step in tx.steps("s")] == [
            ("push", True),
            ("pull", False),
        ]


@pytest.mark.parametrize("number", [1, FORMAT - 1, FORMAT + 1, 99])
def test_a_store_of_another_format_is_refused(number, tmp_path):
    store = open_store(tmp_path)
    with store.begin() as tx:
        assert tx.info("format") == str(FORMAT)
        tx.add_document(document("a"))
        tx.set_info("format", str(number))
    store.close()
    with pytest.raises(StoreError, match=rf"\b{number}\b"):
        open_store(tmp_path)


def test_writers_queue(store):
    def add(number: int) -> None:
        with store.begin() as tx:
            tx.add_document(document(f"text {number}"))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.begin() as tx:
        assert len(tx.document_ids()) == 8


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


def build(store, version):
    with store.begin() as tx:
        return release.build_manifest(
            version,
            tx.heads(),
            schema=SCHEMA,
            created="2026-01-04T00:00:00Z",
            author="c",
            message="",
            earlier=tx.releases(),
            validation={},
            tools={},
        )


def test_a_release_counts_and_knows_its_parent(filled):
    made = build(filled, "0.2.0")
    assert made.counts == {"documents": 2, "spans": 2, "label:PER": 2}
    assert made.parent == "0.1.0"
    assert [entry.revision for entry in made.entries] in ([1, 2], [2, 1])


def test_equal_gold_has_an_equal_digest_and_any_change_another(filled):
    same, again = build(filled, "0.2.0"), build(filled, "0.3.0")
    assert same.digest == again.digest
    one = document("Anna rit.")
    with filled.begin() as tx:
        tx.add_revision(revision(one, 3))
    assert build(filled, "0.3.0").digest != same.digest


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "1.0"])
def test_a_version_must_be_new_and_above(filled, version):
    with pytest.raises(ReleaseError, match=version):
        build(filled, version)


def test_versions_are_compared_as_numbers(filled):
    with filled.begin() as tx:
        for version in ("0.9.0", "0.10.0"):
            tx.add_release(
                release.build_manifest(
                    version,
                    tx.heads(),
                    schema=SCHEMA,
                    created="2026-01-05T00:00:00Z",
                    author="c",
                    message="",
                    earlier=tx.releases(),
                    validation={},
                    tools={},
                )
            )
    assert build(filled, "0.11.0").parent == "0.10.0"


def test_an_empty_corpus_is_not_released(store):
    with pytest.raises(ReleaseError):
        build(store, "0.1.0")


def test_a_store_is_looked_at_while_another_one_writes_and_cannot_be_written_by_a_look(store):
    with store.begin() as tx:
        tx.add_document(document("a"))
    with store.begin() as tx:
        tx.add_document(document("b"))
        with store.read() as look:  # waits for nobody, and sees what was committed
            assert len(look.document_ids()) == 1
    with pytest.raises(StoreError, match="(?i)read-?only"), store.read() as look:
        look.add_document(document("c"))
    with store.begin() as tx:  # the same connection may write again
        assert tx.add_document(document("c"))


def test_a_look_sees_one_state_from_beginning_to_end(store):
    with store.read() as look:
        assert look.is_empty()
        with store.begin() as tx:
            tx.add_document(document("a"))
        assert look.is_empty()


def test_who_holds_the_store_is_told_to_those_who_wait(tmp_path):
    store, other = open_store(tmp_path), open_store(tmp_path)
    told: list[str] = []
    assert store.holder() == ""
    with store.hold("sync"):
        who = rf"sync by .+@.+ \(process {os.getpid()}\) since 20.*Z"
        assert re.fullmatch(who, other.holder())
        waiting = other.hold("release", timeout_seconds=0.2, waiting=told.append)
        with pytest.raises(StoreError, match=who), waiting:
            pytest.fail("two hold it")
        with store.begin() as tx:
            tx.add_document(document("a"))
    assert [bool(re.fullmatch(who, each)) for each in told] == [True]
    assert store.holder() == ""
    with other.hold("release", timeout_seconds=0.2, waiting=told.append):
        assert store.holder().startswith("release by ")
    assert len(told) == 1


def test_any_text_survives_the_store(store):
    texts = [
        "a\0b",
        "e\u0301\u202e🏳️‍🌈",
        "\ufffe\U0010ffff",
        "'\\;--%s :x {}\r\n\t",
        "x" * 3_000_000,
    ]
    with store.begin() as tx:
        for text in texts:
            meta = {"title": "\0", "source": text[:20]}
            tx.add_document(msgspec.structs.replace(document(text), meta=meta))
            layer = Annotation(
                document=document(text).id, layer="proposal", spans=(Span(0, 1, "PER", score=0.1),)
            )
            tx.put_annotation(layer)
    with store.begin() as tx:
        for text in texts:
            found = tx.document(document(text).id)
            assert found is not None
            assert (found.text, found.meta["title"]) == (text, "\0")
            assert tx.annotation(found.id, "proposal").spans[0].score == 0.1


def test_names_are_sorted_by_code_point_and_ids_found_in_any_case(store):
    one = document("a")
    names = [f"annotator:{name}" for name in ("Zoé", "anna", "Émile", "ann-b", "anna b", "_x", "é")]
    with store.begin() as tx:
        tx.add_document(one)
        for name in names:
            tx.put_annotation(Annotation(document=one.id, layer=name))
        assert tx.layers(one.id) == tx.layer_names() == sorted(names)
        assert [each.layer for each in tx.annotator_layers()] == sorted(names)
        assert tx.find_ids(one.id[:5].upper()) == [one.id]


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
