"""Committing gold: numbers, provenance, confirmations and tombstones."""

from __future__ import annotations

from pathlib import Path

import pytest

from curate.errors import InputError, StoreError
from curate.model import Annotation, Document, Span
from curate.store import Store, gold

ANNOTATION = Annotation(document="d", layer="annotator:anna", spans=(Span(0, 4, "PER"),))
CHANGED = Annotation(document="d", layer="remote", spans=(Span(0, 4, "LOC"),))
ANNA = gold.Provenance(author="annotator:anna", at="2026-01-01T00:00:00Z", schema="s@1.0.0")
CURATOR = gold.Provenance(author="curator:c", at="2026-02-01T00:00:00Z", schema="s@1.1.0")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path}/corpus.db")
    with store.begin() as tx:
        tx.add_document(Document(id="d", text="Anna"))
    return store


def test_a_commit_follows_the_head_and_records_its_provenance(store):
    with store.begin() as tx:
        first = gold.commit(tx, None, ANNOTATION, ANNA, "pulled", sync="s1", confirmed_by="anna")
        second = gold.commit(tx, first, CHANGED, CURATOR, "corrected")
        assert tx.revisions("d") == [second, first]
    assert (first.number, first.author, first.sync, first.confirmed_by) == (
        1,
        "annotator:anna",
        "s1",
        "anna",
    )
    assert (second.number, second.at, second.schema) == (2, CURATOR.at, CURATOR.schema)
    assert (second.reason, second.sync, second.confirmed_by) == ("corrected", "", "")
    assert second.annotation.spans == CHANGED.spans


def test_a_commit_on_a_revision_that_is_not_the_newest_is_refused(store):
    with store.begin() as tx:
        first = gold.commit(tx, None, ANNOTATION, ANNA, "pulled")
        gold.commit(tx, first, CHANGED, CURATOR, "corrected")
    for head in (None, first):
        with pytest.raises(StoreError), store.begin() as tx:
            gold.commit(tx, head, ANNOTATION, ANNA, "pulled again")


def test_a_recommit_keeps_the_confirmation(store):
    with store.begin() as tx:
        first = gold.commit(
            tx, None, ANNOTATION, ANNA, "pulled", confirmed_by="anna", confirmed_at=ANNA.at
        )
        second = gold.recommit(tx, first, CHANGED, CURATOR, "migrated")
    assert (second.author, second.confirmed_by, second.confirmed_at) == (
        "curator:c",
        "anna",
        ANNA.at,
    )


def test_a_document_is_withdrawn_once_and_its_history_stays(store):
    with store.begin() as tx:
        first = gold.commit(tx, None, ANNOTATION, ANNA, "pulled")
        tombstone = gold.withdraw(tx, "d", CURATOR, "an advertisement")
        assert tx.revisions("d") == [tombstone, first]
    assert (tombstone.number, tombstone.deleted, tombstone.spans) == (2, True, ())
    with pytest.raises(InputError), store.begin() as tx:
        gold.withdraw(tx, "d", CURATOR, "again")
