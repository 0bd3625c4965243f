"""DocBins, read and written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.exported_corpus import LOSSY_CORPUS, LOSSY_SCHEMA, pair
from support.golden_corpus import CORPUS, RELEASE, SCHEMA, Pair, account, docs, export_corpus
from support.random_documents import articles, pairs, written_and_read, written_keys
from support.read_files import read, surfaces

from curate.formats import export
from curate.formats.convert import convert
from curate.formats.export import Selection
from curate.model import Document, Revision, unjudged


def test_a_docbin_gives_entities_groups_and_categories(tmp_path):
    import spacy
    from spacy.tokens import Doc, DocBin, Span

    nlp = spacy.blank("fr")
    doc = nlp("Anna Elm dort à Rome.")
    doc.set_ents([Span(doc, 0, 2, "PER")])
    doc.spans["sc"] = [Span(doc, 0, 2, "PER"), Span(doc, 0, 1, "FIRST"), Span(doc, 4, 5, "LOC")]
    doc.cats = {"calm": 1.0, "loud": 0.1}
    doc.user_data["id"] = "d1"
    bare = Doc(nlp.vocab, words=["Rien", "."], spaces=[False, False])
    path = tmp_path / "a.spacy"
    DocBin(store_user_data=True, docs=[doc, bare]).to_disk(path)
    (first, second), problems = read(path)
    assert surfaces(first) == [("Anna", "FIRST"), ("Anna Elm", "PER"), ("Rome", "LOC")]
    assert [c.label for c in first.layers[0].categories] == ["calm"]
    assert first.document.meta == {"id": "d1"}
    assert (second.document.text, second.layers, problems) == ("Rien.", (), [])
    path.write_bytes(b"rubbish")
    assert [p.code for p in read(path)[1]] == ["read.unreadable"]


def test_tokens_whose_annotation_is_missing_are_not_outside_of_entities(tmp_path):
    import spacy
    from spacy.tokens import DocBin, Span

    nlp = spacy.blank("fr")
    partly, unjudged, empty, tagged = (nlp("Anna dort à Rome") for _ in range(4))
    partly.set_ents([Span(partly, 0, 1, "PER")], missing=[partly[3:4]])
    unjudged.set_ents([], default="missing")
    empty.set_ents([])
    tagged.spans["sc"] = [Span(tagged, 0, 1, "PER")]
    path = tmp_path / "a.spacy"
    DocBin(docs=[partly, unjudged, empty, tagged]).to_disk(path)
    documents, problems = read(path)
    spans = [[len(layer.spans) for layer in item.layers] for item in documents]
    assert spans == [[1], [], [0], [1]]
    assert [(p.code, p.where) for p in problems] == [("read.not-annotated", f"{path}:1")]


def test_a_damaged_doc_is_refused_and_the_others_are_read(tmp_path):
    import spacy
    from spacy.tokens import DocBin, Span

    nlp = spacy.blank("fr")
    made = [nlp(f"Anna dort {number}") for number in range(4)]
    made[2].spans["sc"] = [Span(made[2], 0, 1, "PER")]
    docbin = DocBin(store_user_data=True, docs=made)
    docbin.user_data[1] = b"\xc1"
    docbin.span_groups[2] += b"\x01"
    path = tmp_path / "a.spacy"
    docbin.to_disk(path)
    documents, problems = read(path)
    assert [item.document.text for item in documents] == ["Anna dort 0", "Anna dort 3"]
    assert [(p.code, p.where) for p in problems] == [
        ("read.unreadable", f"{path}:2"),
        ("read.unreadable", f"{path}:3"),
    ]


def test_training_ignores_the_tokens_of_spans_that_were_lost(tmp_path: Path) -> None:
    import spacy
    from spacy.training import Corpus

    made = pair("Marc-Antoine voit Rome et Évian.", ("Antoi", "PER"), ("Rome", "LOC"))
    other = pair("Zoé dort.")[0]
    exported = export.write(
        "spacy", [made, (other, unjudged(other.id))], tmp_path / "a.spacy", LOSSY_SCHEMA
    )
    assert exported.lost == {"misaligned": 1}
    assert exported.noted == {"missing-tokens": 1, "not-judged": 1}
    nlp = spacy.blank("fr")
    first, second = Corpus(tmp_path / "a.spacy")(nlp)
    assert first.get_aligned_ner() == ["O", "O", None, "O", "U-LOC", "O", "O", "O"]
    assert second.get_aligned_ner() == [None] * 3
    documents, problems = read(tmp_path / "a.spacy")
    assert [len(item.layers) for item in documents] == [1, 0]
    assert [p.code for p in problems] == ["read.not-annotated"]


def test_only_six_spans_of_the_setswana_export_do_not_fit_their_tokens(
    shared_data: Path, tmp_path: Path
) -> None:
    source = shared_data / "doccano-export-setswana" / "admin.jsonl"
    done = convert([source], tmp_path / "a.spacy", read_as="doccano")
    assert (done.written[0].spans, done.lost) == (438, {"misaligned": 6})
    notes = {"blank-edge": 98, "missing-tokens": 14, "not-judged": 223, "trimmed": 98}
    assert done.noted == notes
    documents, _ = read(tmp_path / "a.spacy")
    # One of the others is a text that consists of one lost span, all of whose tokens are missing.
    assert sum(not item.layers for item in documents) == 223
    done = convert([source], tmp_path / "a.conll", read_as="doccano")
    assert (done.written[0].documents, done.written[0].spans) == (231, 438)


def test_a_headline_is_a_sentence_of_its_own(tmp_path: Path) -> None:
    texts = ["Un titre sans point\n\nLa première phrase. La seconde.", "Une\nligne", "A\n \nB"]
    export.write("spacy", [pair(text) for text in texts], tmp_path / "a", LOSSY_SCHEMA)
    sentences = [[it.strip() for it in row["sents"]] for row in docs(tmp_path / "a")]
    assert sentences == [
        ["Un titre sans point", "La première phrase.", "La seconde."],
        ["Une\nligne"],
        ["A", "B"],
    ]


@settings(max_examples=30)  # each builds tokenizers
@given(st.lists(pairs(), min_size=1, max_size=2))
def test_a_docbin_gives_text_entities_and_categories_back(made: list[Pair]) -> None:
    exported, found = written_and_read("spacy", made)
    for (document, revision), item in zip(made, found, strict=True):
        assert item.document.text == document.text
        back = [span.key for layer in item.layers for span in layer.spans]
        assert back == written_keys(exported, document, revision)
        categories = {c.label for c in revision.categories}
        assert {c.label for layer in item.layers for c in layer.categories} == categories


def test_a_folder_of_docbins_is_a_corpus_to_spacy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import spacy
    from spacy.training import Corpus

    from curate.formats import docbin

    whole = export_corpus("spacy", tmp_path / "whole")
    monkeypatch.setattr(docbin, "TOKENS", 20)
    parts = export_corpus("spacy", tmp_path / "parts")
    assert whole.is_file()
    assert len(list(parts.iterdir())) > 3
    nlp = spacy.blank("fr")
    there, here = (
        [(eg.reference.text, [str(ent) for ent in eg.reference.ents]) for eg in Corpus(path)(nlp)]
        for path in (whole, parts)
    )
    assert there == here
    assert account(parts)["counts"] == account(whole)["counts"]
    monkeypatch.setattr(docbin, "TOKENS", 10**6)
    again = tmp_path / "parts" / "corpus.spacy"
    export.write("spacy", CORPUS, again, SCHEMA, RELEASE)
    assert again.read_bytes() == whole.read_bytes()
    assert not again.with_name("corpus.spacy.sha256").exists()


def _marks(document: Document, revision: Revision) -> list[tuple[str, str]]:
    return [(document.text[span.start : span.end], span.label) for span in revision.spans]


def test_spacy_debug_data_accepts_the_file(tmp_path: Path) -> None:
    from spacy.cli.init_config import init_config

    for part in ("train", "dev"):  # it wants a hundred documents, and others in each part
        many = (
            pair(f"{document.text}\n{part} {number}.", *_marks(document, revision))
            for number in range(40)
            for document, revision in LOSSY_CORPUS
        )
        export.write("spacy", many, tmp_path / f"{part}.spacy", LOSSY_SCHEMA)
    config = init_config(lang="fr", pipeline=["ner"], optimize="efficiency", gpu=False)
    config.to_disk(tmp_path / "config.cfg")
    paths = [f"--paths.{part}={tmp_path / part}.spacy" for part in ("train", "dev")]
    done = subprocess.run(
        [sys.executable, "-m", "spacy", "debug", "data", str(tmp_path / "config.cfg"), *paths],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for line in (
        "Corpus is loadable",
        "120 training docs",
        "3 label(s)",
        "No entities consisting of or starting/ending with whitespace",
        "No entities crossing sentence boundaries",
    ):
        assert line in done.stdout, done.stdout


@pytest.mark.slow
def test_spacy_trains_on_the_docbins(shared_data: Path, tmp_path: Path) -> None:
    from spacy.cli.init_config import init_config

    made = articles(shared_data, 120)
    for name, part in (("train", made[:100]), ("dev", made[100:])):
        flat = Selection(overlap="outermost")
        export.write("spacy", part, tmp_path / f"{name}.spacy", SCHEMA, selection=flat)
    config = init_config(lang="fr", pipeline=["ner"], optimize="efficiency", gpu=False)
    config.to_disk(tmp_path / "config.cfg")
    paths = [f"--paths.{part}={tmp_path / part}.spacy" for part in ("train", "dev")]
    command = [sys.executable, "-m", "spacy", "train", str(tmp_path / "config.cfg"), *paths]
    short = ["--training.max_steps=120", "--training.eval_frequency=60", "--training.seed=1"]
    output = ["--output", str(tmp_path / "model")]
    done = subprocess.run([*command, *short, *output], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    meta = json.loads((tmp_path / "model" / "model-best" / "meta.json").read_bytes())
    assert meta["performance"]["ents_f"] > 0.15
