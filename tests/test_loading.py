"""``curate.load`` on the repository's own corpus, copied."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import msgspec
import pytest
from support import history_corpus as h
from support.golden_corpus import CORPUS, RELEASE, SCHEMA, account
from support.workspaces import save
from typer.testing import CliRunner

import curate
from curate import CurateError, release
from curate.cli.commands import app
from curate.errors import ReleaseError
from curate.formats import atomic_files, sidecar
from curate.formats.export import export, write
from curate.formats.registry import FORMATS, READABLE, WRITABLE
from curate.formats.selection import Selection
from curate.model import Release
from curate.release import card
from curate.util import jsonl
from curate.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "curate.toml", tmp_path)
    for name in ("annotations", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def test_a_release_comes_as_documents_frame_docs_and_dataset(folder: Path) -> None:
    corpus = curate.load(folder, version="0.1.0")
    [(document, revision)] = corpus.documents()
    assert corpus.version == "0.1.0"
    frame = corpus.frame()
    assert len(frame) == len(revision.spans) == 29
    for row in frame.to_dict("records"):
        assert document.text[row["start"] : row["end"]] == row["surface"]
    assert frame.groupby("label").size()["LOC"] == 14
    [doc] = corpus.docs()
    assert doc.text == document.text
    assert {(e.start_char, e.end_char, e.label_) for e in doc.ents} <= {
        span.key for span in revision.spans
    }
    dataset = corpus.dataset()
    assert dataset[0]["text"] == document.text
    labels = dataset.features["spans"].feature["label"]
    spans = [(s["start"], s["end"], labels.int2str(s["label"])) for s in dataset[0]["spans"]]
    assert spans == [span.key for span in revision.spans]
    assert not (folder / ".curate").exists()


def test_the_newest_is_loaded_by_default_and_an_unknown_one_refused(folder: Path) -> None:
    assert curate.load(Workspace(folder)).version == "0.1.0"
    with pytest.raises(CurateError, match=r"no release 9\.9\.9"):
        curate.load(str(folder), "9.9.9")


def test_a_manifest_that_was_changed_is_refused(folder: Path) -> None:
    path = folder / "annotations" / "releases" / "0.1.0.json"
    manifest = msgspec.json.decode(path.read_bytes())
    manifest["digest"] = "0" * 64
    path.write_bytes(msgspec.json.encode(manifest))
    with pytest.raises(ReleaseError, match=r"annotations/releases/0\.1\.0\.json: .*digest"):
        curate.load(folder, "0.1.0")


def test_a_split_that_was_changed_is_refused(folder: Path) -> None:
    path = folder / "annotations" / "releases" / "0.1.0.json"
    found = msgspec.json.decode(path.read_bytes(), type=Release)
    one = found.entries[0].document
    split = msgspec.structs.replace(found, splits={"test": (one,)})
    split = msgspec.structs.replace(split, seal=release.seal(split))
    path.write_bytes(card.manifest_json(split))
    assert curate.load(folder, "0.1.0").release == split
    path.write_bytes(card.manifest_json(msgspec.structs.replace(split, splits={"train": (one,)})))
    with pytest.raises(ReleaseError, match=r"0\.1\.0\.json: its splits"):
        curate.load(folder, "0.1.0")


def changed(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


@pytest.mark.parametrize(
    ("part", "old", "new", "told"),
    [
        ("gold", b'"end":43', b'"end":44', "annotations/gold/1a.jsonl:1: "),
        ("gold", b'{"at"', b'{ "at"', "annotations/gold/1a.jsonl:1: "),
        ("gold", b'{"at"', b'{at"', "annotations/gold/1a.jsonl:1: not a valid revision"),
        (
            "documents",
            b'"text":"Le ',
            b'"text":"La ',
            "annotations/documents/1a.jsonl:1: ",
        ),
        ("documents", b'"id":"1a', b'"id":"1b', "annotations/documents/1a.jsonl: "),
    ],
)
def test_a_changed_line_is_refused_with_its_place(
    folder: Path, part: str, old: bytes, new: bytes, told: str
) -> None:
    changed(folder / "annotations" / part / "1a.jsonl", old, new)
    with pytest.raises(ReleaseError, match=told):
        list(curate.load(folder, "0.1.0").documents())


@pytest.fixture
def exports(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("exports")
    export(Workspace(folder), "0.1.0", WRITABLE, target)
    return target


LOADABLE = sorted({*WRITABLE} & {*READABLE, "huggingface"})


def test_an_export_gives_what_its_workspace_gives(folder: Path, exports: Path) -> None:
    [(document, revision)] = curate.load(folder).documents()
    for format in LOADABLE:
        corpus = curate.load(exports / FORMATS[format].file_name("news-fr"), "0.1.0")
        assert (corpus.version, corpus.digest) == ("0.1.0", curate.load(folder).digest)
        [(there, said)] = corpus.documents()
        if account(exports / FORMATS[format].file_name("news-fr"))["lost"]:
            assert len(said.spans) < len(revision.spans)
            continue
        marked = [(there.text[s.start : s.end], s.label) for s in said.spans]
        wanted = [(document.text[s.start : s.end], s.label) for s in revision.spans]
        assert [(_solid(a), b) for a, b in marked] == [(_solid(a), b) for a, b in wanted], format
        if "text" not in FORMATS[format].without:
            assert there.text == document.text
            assert len(corpus.frame()) == 29
            [doc] = corpus.docs()
            assert len(doc.ents) == 29
            assert corpus.dataset()[0]["text"] == document.text
    for format in ("jsonl", "parquet", "huggingface"):
        [(there, said)] = curate.load(exports / FORMATS[format].file_name("news-fr")).documents()
        assert (there, said.spans) == (document, revision.spans)
        assert (said.number, said.confirmed_by) == (revision.number, revision.confirmed_by)


def _solid(text: str) -> str:
    return "".join(text.split())


def test_a_changed_export_is_refused_with_the_place(exports: Path) -> None:
    path = exports / "news-fr.conll"
    data = path.read_bytes()
    middle = data.index(b"\n", len(data) // 2) + 1
    path.write_bytes(data[:middle] + b"X" + data[middle + 1 :])
    with pytest.raises(ReleaseError, match=r"news-fr\.conll: changed .* \(lines 1 to "):
        curate.load(path)
    path.write_bytes(data[:-3])
    with pytest.raises(ReleaseError, match=r"news-fr\.conll: changed .* bytes 0 to 65,535"):
        curate.load(path)
    path.unlink()
    with pytest.raises(ReleaseError, match=r"news-fr\.conll"):
        curate.load(path)
    brat = exports / "news-fr.brat"
    notes = next(brat.rglob("*.ann"))
    kept = notes.read_bytes()
    notes.write_bytes(kept.replace(b"PER", b"LOC", 1))
    with pytest.raises(ReleaseError, match=rf"{notes.name} was changed"):
        curate.load(brat)
    notes.write_bytes(kept)
    (brat / "more.txt").write_bytes(b"")
    with pytest.raises(ReleaseError, match=r"more\.txt was added"):
        curate.load(brat)
    (brat / "more.txt").unlink()
    assert curate.load(brat).version == "0.1.0"
    notes.unlink()
    with pytest.raises(ReleaseError, match=rf"{notes.name} is missing"):
        curate.load(brat)
    listing = exports / "news-fr.webanno.sha256"
    listing.write_bytes(listing.read_bytes().replace(b"a", b"b"))
    with pytest.raises(ReleaseError, match="not the list"):
        curate.load(exports / "news-fr.webanno")


def test_a_change_far_into_a_file_is_placed(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    lines = [jsonl.canonical({"n": number}) for number in range(30_000)]
    path.write_bytes(b"\n".join(lines))
    told = sidecar.ExportSidecar(
        file="",
        format="jsonl",
        sha256=atomic_files.export_digest(path),
        schema="x@1",
        block=atomic_files.BLOCK_SIZE,
        blocks=atomic_files.block_digests(path),
    )
    sidecar.check_export(path, told)
    lines[20_000] = b'{"n":20001}'
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(ReleaseError) as refused:
        sidecar.check_export(path, told)
    found = re.search(r"lines ([\d,]+) to ([\d,]+)", str(refused.value))
    assert found is not None
    first, last = (int(group.replace(",", "")) for group in found.groups())
    assert first <= 20_001 <= last < first + 7_000
    path.write_bytes(path.read_bytes()[: 3 * atomic_files.BLOCK_SIZE])
    with pytest.raises(ReleaseError, match="first in bytes|cut off after byte 196,608"):
        sidecar.check_export(path, told)


def test_what_is_no_corpus_or_another_release_is_refused(exports: Path, tmp_path: Path) -> None:
    with pytest.raises(CurateError, match="no workspace and no export"):
        curate.load(tmp_path / "nothing")
    with pytest.raises(ReleaseError, match=r"is of release 0\.1\.0"):
        curate.load(exports / "news-fr.jsonl", "0.2.0")
    for format in {*WRITABLE} - {*LOADABLE}:
        with pytest.raises(CurateError, match="cannot be read back"):
            curate.load(exports / FORMATS[format].file_name("news-fr"))
    with pytest.raises(ReleaseError, match="no split 'train'; it has none"):
        curate.load(exports / "news-fr.jsonl").documents("train")


def test_splits_are_told_and_chosen(tmp_path: Path) -> None:
    for format in ("huggingface", "jsonl"):
        write(format, CORPUS, tmp_path / f"c.{format}", SCHEMA, RELEASE)
    corpus = curate.load(tmp_path / "c.huggingface", "1.2.0")
    for split, ids in RELEASE.splits.items():
        assert [document.id for document, _ in corpus.documents(split)] == list(ids)
        assert set(corpus.frame(split)["split"]) <= {split}
        assert corpus.dataset(split).num_rows == len(list(corpus.docs(split))) == len(ids)
    assert len(corpus.splits) == 7
    everything = sorted(corpus.documents(), key=lambda it: it[0].id)
    assert [document for document, _ in everything] == [document for document, _ in CORPUS]
    assert curate.load(tmp_path / "c.jsonl").splits == {}


def test_a_release_is_exported_by_selection_and_split(folder: Path, tmp_path: Path) -> None:
    workspace = Workspace(folder)
    wanted = Selection(overlap="innermost", labels=("LOC",))
    [done] = export(workspace, "0.1.0", ("parquet",), tmp_path / "out", selection=wanted)
    assert (done.documents, done.spans, done.lost) == (1, 14, {})
    with pytest.raises(CurateError, match="no split 'train'"):
        export(workspace, "0.1.0", ("parquet",), tmp_path / "out", split="train")


def test_the_command_takes_filters(folder: Path) -> None:
    arguments = ["export", "0.1.0", "-C", str(folder), "-f", "jsonl", "--label", "PER", "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)[0]["spans"] == 4


def test_a_split_of_a_release_is_exported(tmp_path: Path) -> None:
    corpus = h.workspace(tmp_path / "corpus")
    texts = (h.ANNA, h.KIEV, h.BERNE)
    ids = [
        h.add(corpus, text, h.revision(text, 1, h.span(text, text[:4], "LOC"))) for text in texts
    ]
    with corpus.store.begin() as tx:
        tx.add_release(
            release.build_manifest(
                "1.0.0",
                tx.heads(),
                schema=corpus.schema,
                created="2026-03-01T00:00:00Z",
                author="curator",
                message="",
                earlier=[],
                validation={},
                tools={},
                splits={"train": ids[:1], "test": ids[1:2]},
            )
        )
    save(corpus)
    arguments = ["export", "-C", str(corpus.root), "-f", "jsonl", "-f", "huggingface"]
    done = CliRunner().invoke(app, [*arguments, "--split", "test", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [Path(one["path"]).name for one in told] == [
        "corpus-test.jsonl",
        "corpus-test.huggingface",
    ]
    assert [one["documents"] for one in told] == [1, 1]
    loaded = curate.load(told[1]["path"], "1.0.0")
    assert loaded.splits == {ids[1]: "test"}
    assert [document.id for document, _ in curate.load(corpus).documents("train")] == ids[:1]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    whole = corpus.root / "exports" / "1.0.0" / "corpus.huggingface"
    parts = sorted(path.parent.name for path in whole.rglob("documents/*/*.parquet"))
    assert parts == ["test", "train", "unassigned"]


def test_an_export_is_read_in_the_unit_that_its_sidecar_names(tmp_path: Path) -> None:
    wanted = [[span.key for span in revision.spans] for _, revision in CORPUS]
    sizes = set()
    for offsets in ("codepoints", "utf16"):
        path = tmp_path / f"{offsets}.doccano.jsonl"
        write("doccano", CORPUS, path, SCHEMA, RELEASE, offsets=offsets)
        assert account(path)["offsets"] == offsets
        loaded = [[span.key for span in said.spans] for _, said in curate.load(path).documents()]
        assert loaded == wanted
        sizes.add(path.read_bytes())
    assert len(sizes) == 2
