"""Queries on an open transaction, on SQLite or PostgreSQL."""

from __future__ import annotations

import msgspec
import pytest
from support.store_corpus import document, revision

from curate.errors import StoreError
from curate.model import Annotation, RemoteRow, RemoteRows, Span
from curate.store import open_store
from curate.store.records import (
    LastSeen,
    LocalState,
    RemoteProject,
    RemoteState,
    SyncStamp,
    TrackedDocument,
)


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path)
    yield store
    store.close()


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


def test_what_is_known_of_a_project_stays_when_it_is_recorded_again(store):
    row = RemoteRow(7, 2, 3, "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:01.25Z")
    one = document("a")
    base = Annotation(document=one.id, layer="remote", spans=(Span(0, 1, "PER"),))
    seen = LastSeen(
        taken="2026-01-01T00:00:02Z",
        confirmed_by="anna",
        rows=RemoteRows(
            spans=(((0, 1, "PER"), row),), relations=((((0, 1, "A"), (1, 2, "B"), "r"), row),)
        ),
    )
    state = RemoteState(
        accounts={2: "anna"},
        label_types={"span": {3: "PER"}},
        stamps=(SyncStamp(id="0a1b2c3d", sync="s", at="2026-01-01T00:00:03Z", pending=True),),
    )
    with store.begin() as tx:
        tx.add_document(one)
        tx.put_remote(RemoteProject(marker="m", url="u", name="n"))
        assert tx.remote_state("m") == tx.remote_state("unknown") == RemoteState()
        tx.put_remote_state("m", state)
        tx.put_remote(RemoteProject(marker="m", url="u", name="n", project=3))
        tx.put_tracked("m", TrackedDocument(document=one.id, base=base, seen=seen))
    with store.read() as tx:
        assert tx.remote_state("m") == state
        tracked = tx.tracked("m", one.id)
        assert tracked is not None
        assert tracked.seen == seen


def test_the_journal_keeps_what_was_not_finished(store):
    with store.begin() as tx:
        first = tx.start_step("s", "push", "", "2026-01-01T00:00:00Z")
        tx.start_step("s", "pull", "", "2026-01-01T00:00:01Z")
        tx.finish_step(first, "2026-01-01T00:00:02Z")
        assert [(step.step, bool(step.finished)) for step in tx.steps("s")] == [
            ("push", True),
            ("pull", False),
        ]


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
