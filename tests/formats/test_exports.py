"""What each format writes, what it cannot write, and that both are told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.exported_corpus import CORPUS, RELEASE, SCHEMA, Pair, pair
from support.golden_corpus import docs, tree

from curate.errors import CurateError
from curate.formats import export
from curate.formats.registry import FORMATS, READABLE, WRITABLE
from curate.formats.sidecar import sidecar_path
from curate.formats.writing import loss_reason
from curate.model import Category, Document, Relation, Revision


@pytest.mark.parametrize("format", ["conll", "spacy"])
def test_every_lost_span_is_counted_and_named(format: str, tmp_path: Path) -> None:
    exported = export.write(format, CORPUS, tmp_path / "corpus", SCHEMA)
    spans = {(d.id, span.key): d.text[span.start : span.end] for d, r in CORPUS for span in r.spans}
    lost = sorted(
        (loss_reason(problem), spans[problem.document, problem.span])
        for problem in exported.problems
        if problem.span
    )
    assert lost == [
        ("misaligned", "Antoi"),
        ("misaligned", "\u00a0Yahoo"),
        ("misaligned", "👩🏽"),
        ("nested", "Lyon"),
        ("overlapping", "Lyon joue"),
    ]
    assert {key: exported.lost[key] for key in ("misaligned", "nested", "overlapping")} == {
        "misaligned": 3,
        "nested": 1,
        "overlapping": 1,
    }
    assert (exported.documents, exported.spans) == (3, len(spans) - 5)
    assert all(problem.severity != "error" and problem.hint for problem in exported.problems)


def test_jsonl_loses_nothing(tmp_path: Path) -> None:
    exported = export.write("jsonl", CORPUS, tmp_path / "corpus.jsonl", SCHEMA)
    assert (exported.lost, exported.problems) == ({}, ())
    assert exported.spans == 11


def test_the_account_beside_the_file_tells_where_it_came_from(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "corpus.conll"
    export.write("conll", CORPUS, target, SCHEMA, RELEASE)
    account = json.loads(sidecar_path(target).read_bytes())
    assert account["release"] == {"version": "1.2.0", "digest": "d" * 64}
    assert account["schema"] == "news@1.0.0"
    assert account["counts"] == {"documents": 3, "spans": 6}
    assert account["lost"]["misaligned"] == 3
    assert len(account["lost_spans"]) == 5
    export.write("conll", CORPUS, target, SCHEMA)
    assert json.loads(sidecar_path(target).read_bytes())["release"] is None


@pytest.mark.parametrize("format", WRITABLE)
def test_an_empty_corpus_makes_a_file(format: str, tmp_path: Path) -> None:
    document, revision = CORPUS[0]
    dead = (document, msgspec.structs.replace(revision, deleted=True))
    for name, pairs in (("none", []), ("tombstone", [dead])):
        exported = export.write(format, pairs, tmp_path / name, SCHEMA)
        assert (exported.documents, exported.spans, exported.problems) == (0, 0, ())
    assert tree(tmp_path / "none") == tree(tmp_path / "tombstone")
    if format == "spacy":
        assert docs(tmp_path / "none") == []


@pytest.mark.parametrize("text", ["", " \u00a0\n\n"])
@pytest.mark.parametrize("format", WRITABLE)
def test_a_document_without_words_is_still_a_document(
    format: str, text: str, tmp_path: Path
) -> None:
    exported = export.write(format, [pair(text)], tmp_path / "file", SCHEMA)
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
    exported = export.write("conll", [made], tmp_path / "a", SCHEMA)
    assert exported.lost == {"categories": 1, "relations": 1}
    assert {problem.code for problem in exported.problems} == {
        "export.categories",
        "export.relations",
    }
    assert export.write("spacy", [made], tmp_path / "b", SCHEMA).lost == {"relations": 1}
    assert docs(tmp_path / "b")[0]["cats"] == {"culture": 0.0, "sport": 1.0}


def test_a_language_without_a_tokenizer_falls_back_and_says_so_once(tmp_path: Path) -> None:
    pairs = [pair("Ett två.", lang="qq"), pair("Tre fyra.", ("Tre", "PER"), lang="qq")]
    exported = export.write("conll", pairs, tmp_path / "a", SCHEMA)
    assert [(p.code, p.severity) for p in exported.problems] == [("export.language", "info")]
    assert exported.spans == 1


def test_a_document_without_a_language_has_that_of_the_schema(tmp_path: Path) -> None:
    made = pair("L’Opéra joue.", ("Opéra", "ORG"), lang="")
    assert export.write("conll", [made], tmp_path / "a", SCHEMA).lost == {}


def test_an_unknown_format_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(CurateError, match="conll, .*jsonl, .*spacy"):
        export.write("csv", CORPUS, tmp_path / "a", SCHEMA)
    assert list(tmp_path.iterdir()) == []


def test_conll_refuses_a_label_that_would_split_its_column(tmp_path: Path) -> None:
    with pytest.raises(CurateError, match="'BIG CITY'"):
        export.write("conll", [pair("À Évian.", ("Évian", "BIG CITY"))], tmp_path / "a", SCHEMA)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", WRITABLE)
def test_a_failure_leaves_the_old_file_alone(format: str, tmp_path: Path) -> None:
    def broken() -> Iterator[Pair]:
        yield CORPUS[0]
        raise CurateError("the store went away")

    target = tmp_path / "corpus"
    export.write(format, CORPUS[1:], target, SCHEMA)
    before = tree(tmp_path)
    with pytest.raises(CurateError, match="went away"):
        export.write(format, broken(), target, SCHEMA)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("format", ["brat", "webanno"])
def test_a_folder_of_somebody_else_is_left_alone(format: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_bytes(b"years")
    with pytest.raises(CurateError, match="curate did not write"):
        export.write(format, CORPUS, tmp_path / "mine", SCHEMA)
    assert tree(tmp_path) == {"mine/thesis.txt": b"years"}


@pytest.mark.parametrize("format", ["brat", "webanno"])
def test_a_text_that_stands_twice_is_written_twice(format: str, tmp_path: Path) -> None:
    exported = export.write(format, [CORPUS[0], CORPUS[0]], tmp_path / "twice", SCHEMA)
    files = [name for name in tree(tmp_path / "twice") if CORPUS[0][0].id in name]
    assert exported.documents == 2
    assert len(files) == (4 if format == "brat" else 2)


AGAIN = """
import sys, time, datetime
sys.path.insert(0, sys.argv[1])
later = time.time() + 40_000_000
time.time = lambda: later
from pathlib import Path
from curate.formats import export, registry
from support.exported_corpus import CORPUS, RELEASE, SCHEMA
for format in registry.WRITABLE:
    export.write(format, iter(CORPUS), Path(f"corpus.{format}"), SCHEMA, RELEASE)
"""


def test_the_same_input_gives_the_same_bytes_in_another_process_on_another_day(
    tmp_path: Path,
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    for format in WRITABLE:
        export.write(format, CORPUS, here / f"corpus.{format}", SCHEMA, RELEASE)
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


def test_readers_that_infer_columns_accept_jsonl(tmp_path: Path) -> None:
    from pyarrow import json as reader

    arrow = Relation((0, 3, "PER"), (11, 16, "LOC"), "in")
    made = pair("Zoé dort à Évian.", ("Zoé", "PER"), ("Évian", "LOC"), relations=(arrow,))
    export.write("jsonl", [*CORPUS, made], tmp_path / "corpus.jsonl", SCHEMA)
    rows = reader.read_json(tmp_path / "corpus.jsonl").to_pylist()
    assert rows[3]["relations"][0]["tail"] == {"start": 11, "end": 16, "label": "LOC"}


def test_spacy_debug_data_accepts_the_file(tmp_path: Path) -> None:
    from spacy.cli.init_config import init_config

    for part in ("train", "dev"):  # it wants a hundred documents, and others in each part
        many = (
            pair(f"{document.text}\n{part} {number}.", *_marks(document, revision))
            for number in range(40)
            for document, revision in CORPUS
        )
        export.write("spacy", many, tmp_path / f"{part}.spacy", SCHEMA)
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


def _marks(document: Document, revision: Revision) -> list[tuple[str, str]]:
    return [(document.text[span.start : span.end], span.label) for span in revision.spans]


def test_the_page_of_formats_says_what_each_is_without() -> None:
    rows = _table("| format | content |")
    without = {row[0].strip("` "): tuple(re.findall(r"`(\w+)`", row[2])) for row in rows}
    assert without == {name: FORMATS[name].without for name in WRITABLE}


def test_the_page_of_formats_lists_the_formats_that_are_read_with_their_endings() -> None:
    documented: dict[frozenset[str], set[str]] = {}
    for row in _table("| `--from` |"):
        names = frozenset(re.findall(r"`([\w-]+)`", row[0]))
        documented[names] = set(re.findall(r"`(\.\w+)`", row[1]))
    assert documented == {
        names: {ending for name in names for ending in FORMATS[name].endings}
        for names in documented
    }
    assert sorted(name for names in documented for name in names) == sorted(READABLE)


def _table(head: str) -> list[list[str]]:
    """The cells of a table in the page of formats."""
    page = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
    table = page.partition(head)[2].partition("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]
    ]
