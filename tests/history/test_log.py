"""Which revisions and releases a log lists."""

from __future__ import annotations

import pytest
from support import history_corpus as h

from curate.history.log import log


@pytest.fixture
def corpus(tmp_path):
    return h.traced(tmp_path / "c")


def numbers(corpus, **wanted):
    return [revision.number for revision in log(corpus, **wanted)[1]]


def test_a_log_is_filtered_by_label_author_and_sync(corpus):
    assert numbers(corpus) == [4, 3, 2, 1]
    assert numbers(corpus, label="LOC") == [3]
    assert numbers(corpus, label="ORG") == [3, 1]
    assert numbers(corpus, label="PER") == [4, 2, 1]
    assert numbers(corpus, author="eva") == [4]
    assert numbers(corpus, author="annotator:bela") == [3]
    assert numbers(corpus, sync="s2") == [2]
    assert numbers(corpus, author="anna", label="ORG") == [1]


def test_a_log_of_a_person_has_revisions_by_others_that_hold_their_work(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    mine = h.span(h.KIEV, "Kiev", "LOC", by="annotator:bela", at="2026-02-03T07:30:00Z")
    h.add(corpus, h.KIEV, h.revision(h.KIEV, 1, mine), h.revision(h.KIEV, 2, mine))
    assert numbers(corpus, author="bela") == [1]


def test_releases_are_told_where_no_document_is_named(corpus):
    h.cut(corpus, "0.1.0")
    assert [made.version for made in log(corpus)[0]] == ["0.1.0"]
    assert log(corpus, document=h.document(h.ANNA).id)[0] == []
    assert log(corpus, label="PER")[0] == []
