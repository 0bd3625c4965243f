"""From a source document to one of the corpus."""

from __future__ import annotations

from pathlib import Path

from support.read_files import read_all
from support.source_documents import read_normalised

from curate.formats.to_document import NormalisedDocument, to_document
from curate.text.normalise import normalise
from curate.util import jsonl


def only(path: Path):
    return next(iter(read_normalised(path, "fr")))


def test_the_seed_is_taken_as_it_is(seed_file):
    document = only(seed_file)
    text = seed_file.read_text("utf-8")
    assert document.text == text
    assert document.id == "1a2e4342bf15c1e1" == jsonl.document_id(text)
    assert document.title.startswith("Le secrétaire d’État américain")
    assert document.meta["file"] == seed_file.name
    assert "normalised" not in document.meta


def test_the_first_line_is_a_title_only_before_a_blank_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Titre\n\nTexte", encoding="utf-8")
    assert only(path).meta["title"] == "Titre"
    path.write_text("Une phrase.\nUne autre.", encoding="utf-8")
    assert "title" not in only(path).meta
    assert only(path).title == "Une phrase."


def test_no_span_of_winer_is_lost_or_changed_by_normalising(shared_data):
    for item in read_all(shared_data / "winer-fr-2016", "brat"):
        taken = to_document(item)
        assert isinstance(taken, NormalisedDocument)
        assert taken.problems == ()
        (before,), (after,) = item.layers, taken.item.layers
        assert len(before.spans) == len(after.spans)
        for old, new in zip(before.spans, after.spans, strict=True):
            was = item.document.text[old.start : old.end]
            now = taken.item.document.text[new.start : new.end]
            assert normalise(was).text == now.strip()
