"""What every writer does: losses, empty corpora, languages, equal bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from support.exported_corpus import LOSSY_CORPUS, LOSSY_RELEASE, LOSSY_SCHEMA, pair
from support.golden_corpus import account, docs, tree

from curate.errors import CurateError
from curate.formats import export
from curate.formats.convert import convert
from curate.formats.registry import FORMATS, WRITABLE, detect_format, target_format
from curate.formats.writing import loss_reason
from curate.model import Category, Relation, unjudged


@pytest.mark.parametrize("format", ["conll", "spacy"])
def test_every_lost_span_is_counted_and_named(format: str, tmp_path: Path) -> None:
    exported = export.write(format, LOSSY_CORPUS, tmp_path / "corpus", LOSSY_SCHEMA)
    spans = {
        (d.id, span.key): d.text[span.start : span.end] for d, r in LOSSY_CORPUS for span in r.spans
    }
    lost = sorted(
        (loss_reason(problem), spans[problem.document, problem.span])
        for problem in exported.problems
        if problem.span
    )
    assert lost == [
        ("misaligned", "Antoi"),
        ("misaligned", "👩🏽"),
        ("nested", "Lyon"),
        ("nested", "\u00a0Yahoo"),
        ("overlapping", "Lyon joue"),
    ]
    assert {key: exported.lost[key] for key in ("misaligned", "nested", "overlapping")} == {
        "misaligned": 2,
        "nested": 2,
        "overlapping": 1,
    }
    assert (exported.documents, exported.spans) == (3, len(spans) - 5)
    assert all(problem.severity != "error" and problem.hint for problem in exported.problems)


@pytest.mark.parametrize("format", WRITABLE)
def test_an_empty_corpus_makes_a_file(format: str, tmp_path: Path) -> None:
    document, revision = LOSSY_CORPUS[0]
    dead = (document, msgspec.structs.replace(revision, deleted=True))
    for name, pairs in (("none", []), ("tombstone", [dead])):
        exported = export.write(format, pairs, tmp_path / name, LOSSY_SCHEMA)
        assert (exported.documents, exported.spans, exported.problems) == (0, 0, ())
    assert tree(tmp_path / "none") == tree(tmp_path / "tombstone")
    if format == "spacy":
        assert docs(tmp_path / "none") == []


@pytest.mark.parametrize("text", ["", " \u00a0\n\n"])
@pytest.mark.parametrize("format", WRITABLE)
def test_a_document_without_words_is_still_a_document(
    format: str, text: str, tmp_path: Path
) -> None:
    exported = export.write(format, [pair(text)], tmp_path / "file", LOSSY_SCHEMA)
    assert exported.documents == 1
    if format == "conll":
        assert (tmp_path / "file").read_bytes() == b"-DOCSTART- -X- -X- O\n\n"


def test_relations_and_categories_without_a_place_are_told(tmp_path: Path) -> None:
    made = pair(
        "Zoé dort à Évian.",
        ("Zoé", "PER"),
        ("Évian", "LOC"),
        relations=(Relation((0, 3, "PER"), (11, 16, "LOC"), "in"),),
        categories=(Category("sport"),),
    )
    exported = export.write("conll", [made], tmp_path / "a", LOSSY_SCHEMA)
    assert exported.lost == {"categories": 1, "relations": 1}
    assert {problem.code for problem in exported.problems} == {
        "export.categories",
        "export.relations",
    }
    assert export.write("spacy", [made], tmp_path / "b", LOSSY_SCHEMA).lost == {"relations": 1}
    assert docs(tmp_path / "b")[0]["cats"] == {"culture": 0.0, "sport": 1.0}


def test_a_language_without_a_tokenizer_falls_back_and_says_so_once(tmp_path: Path) -> None:
    pairs = [pair("Ett två.", lang="qq"), pair("Tre fyra.", ("Tre", "PER"), lang="qq")]
    exported = export.write("conll", pairs, tmp_path / "a", LOSSY_SCHEMA)
    assert [(p.code, p.severity) for p in exported.problems] == [("export.language", "info")]
    assert exported.spans == 1


def test_a_document_without_a_language_has_that_of_the_schema(tmp_path: Path) -> None:
    made = pair("L’Opéra joue.", ("Opéra", "ORG"), lang="")
    assert export.write("conll", [made], tmp_path / "a", LOSSY_SCHEMA).lost == {}


def test_a_span_with_blank_edges_is_written_without_them_and_noted(tmp_path: Path) -> None:
    made = pair("Zoé dort à Évian .", ("Zoé ", "PER"), (" Évian ", "LOC"), ("à", "LOC"))
    exported = export.write("spacy", [made], tmp_path / "a", LOSSY_SCHEMA)
    assert (exported.lost, exported.noted, exported.spans) == ({}, {"trimmed": 2}, 3)
    assert docs(tmp_path / "a")[0]["ents"] == [[0, 3, "PER"], [9, 10, "LOC"], [11, 16, "LOC"]]
    sidecar = account(tmp_path / "a")
    assert sidecar["noted"] == {"trimmed": 2}
    assert [(row["start"], row["end"], row["written"]) for row in sidecar["trimmed_spans"]] == [
        (0, 4, [0, 3]),
        (10, 17, [11, 16]),
    ]


@pytest.mark.parametrize("format", ["conll", "biluo", "conllu", "huggingface"])
def test_a_text_that_nobody_judged_is_not_taught_as_one_without_entities(
    format: str, tmp_path: Path
) -> None:
    judged, empty, other = pair("Zoé dort.", ("Zoé", "PER")), pair("Rien."), pair("Évian.")[0]
    made = [judged, (other, unjudged(other.id)), empty]
    exported = export.write(format, made, tmp_path / "a", LOSSY_SCHEMA)
    table = exported.also[0] if exported.also else exported
    assert (table.documents, table.noted, exported.lost) == (2, {"not-judged": 1}, {})
    sidecar = account(tmp_path / "a")
    noted = sidecar["tables"]["tokens"] if exported.also else sidecar
    assert noted["noted"] == {"not-judged": 1}
    assert [row["document"] for row in sidecar["not_judged"]] == [other.id]


def test_an_unknown_format_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(CurateError, match="conll, .*jsonl, .*spacy"):
        export.write("pdf", LOSSY_CORPUS, tmp_path / "a", LOSSY_SCHEMA)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", ["brat", "webanno"])
def test_a_text_that_stands_twice_is_written_twice(format: str, tmp_path: Path) -> None:
    exported = export.write(
        format, [LOSSY_CORPUS[0], LOSSY_CORPUS[0]], tmp_path / "twice", LOSSY_SCHEMA
    )
    files = [name for name in tree(tmp_path / "twice") if LOSSY_CORPUS[0][0].id in name]
    assert exported.documents == 2
    assert len(files) == (4 if format == "brat" else 2)


AGAIN = """
import sys, time, datetime
sys.path.insert(0, sys.argv[1])
later = time.time() + 40_000_000
time.time = lambda: later
from pathlib import Path
from curate.formats import export, registry
from support.exported_corpus import LOSSY_CORPUS, LOSSY_RELEASE, LOSSY_SCHEMA
for format in registry.WRITABLE:
    path = Path(f"corpus.{format}")
    export.write(format, iter(LOSSY_CORPUS), path, LOSSY_SCHEMA, LOSSY_RELEASE)
"""


def test_the_same_input_gives_the_same_bytes_in_another_process_on_another_day(
    tmp_path: Path,
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    for format in WRITABLE:
        export.write(format, LOSSY_CORPUS, here / f"corpus.{format}", LOSSY_SCHEMA, LOSSY_RELEASE)
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", AGAIN, str(Path(__file__).parents[1])],
        cwd=there,
        env={
            **os.environ,
            "PYTHONHASHSEED": "1",
            "TZ": "Asia/Tokyo",
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert tree(here) == tree(there)
    assert len([path for path in here.iterdir() if path.suffix == ".json"]) == len(WRITABLE)


def test_files_for_other_tools_have_endings_that_these_accept(tmp_path: Path) -> None:
    names = {FORMATS[name].file_name("news") for name in WRITABLE}
    assert {"news.doccano.jsonl", "news.label-studio.json", "news.prodigy.jsonl"} <= names
    assert {"news.jsonl", "news.spacy", "news.conll", "news.brat", "news.csv"} <= names
    source = tmp_path / "source.jsonl"
    export.write("jsonl", LOSSY_CORPUS, source, LOSSY_SCHEMA)
    for name in WRITABLE:
        path = tmp_path / FORMATS[name].file_name("news")
        assert target_format(path) == name
        assert convert([source], path).written[0].format == name
        if path.is_file() and FORMATS[name].read and name != "biluo":
            assert detect_format(path).name == name
