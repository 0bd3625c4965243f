"""``curate show``"""

from __future__ import annotations

import json

import pytest
from support import history_corpus as h

from curate.errors import InputError
from curate.ingest.importer import ingest
from curate.model import Annotation, Span
from curate.workspace import Workspace


@pytest.fixture
def corpus(tmp_path) -> Workspace:
    return h.workspace(tmp_path / "c")


def test_documents_are_listed_with_their_ids(cli, corpus, seed_file):
    assert cli("show", "--json", root=corpus.root).json == []
    ingest(corpus, [seed_file])
    (row,) = cli("show", "--json", root=corpus.root).json
    assert row["id"] == "1a2e4342bf15c1e1" and "revision" not in row
    (line,) = cli("show", root=corpus.root).stdout.splitlines()
    assert line.startswith(f"{row['id']} {row['title'][:70]}")


def test_a_span_is_shown_with_its_confidence_and_a_document_with_what_it_supersedes(
    cli, corpus, tmp_path
):
    rows = [{"text": "Paris dort.", "url": "u"}, {"text": "Paris veille.", "url": "u"}]
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    first, second = ingest(corpus, [source]).added
    spans = (Span(0, 5, "LOC", by="model:m@1", score=0.875), Span(6, 12, "ROLE", by="rules:r@1/x"))
    with corpus.store.begin() as tx:
        tx.put_annotation(Annotation(document=second, layer="proposal", spans=spans))
    shown = cli("show", second, root=corpus.root).stdout
    assert first in shown
    assert "Paris model:m@1 0.88\n" in shown
    assert "veille rules:r@1/x\n" in shown
    assert second not in cli("show", first, root=corpus.root).stdout


def test_an_unknown_document_is_refused(cli, corpus):
    result = cli("show", "abc", root=corpus.root)
    assert result.exit_code == 1
    assert isinstance(result.refusal, InputError)


def test_an_unknown_layer_is_refused(cli, corpus):
    key = h.add(corpus, h.KIEV, h.revision(h.KIEV, 1))
    assert isinstance(
        cli("show", key, "--layer", "model:none", root=corpus.root).refusal, InputError
    )
