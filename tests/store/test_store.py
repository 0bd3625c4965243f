"""Opening, reading and locking a store."""

from __future__ import annotations

import os
import re
import threading

import pytest
from support.store_corpus import document

from curate.errors import StoreError
from curate.store import open_store
from curate.store.tables import FORMAT


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path)
    yield store
    store.close()


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
