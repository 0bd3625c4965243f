"""What verify finds: every way to damage a corpus is found, and named."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import history_corpus as h
from support.workspaces import save

from curate.formats.export import write
from curate.history.verify import difference, verify
from curate.model import Annotation, Assignment
from curate.release import card
from curate.store import tables as t
from curate.store.releases import release_entries
from curate.util import jsonl
from curate.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


def in_one_shard(many: int) -> list[str]:
    """Texts whose ids share their first two digits."""
    by_shard: dict[str, list[str]] = {}
    number = 0
    while True:
        text = f"Paris reçoit la délégation numéro {number}."
        found = by_shard.setdefault(jsonl.document_id(text)[:2], [])
        found.append(text)
        if len(found) == many:
            return found
        number += 1


TEXTS = in_one_shard(3)
SHARD = jsonl.document_id(TEXTS[0])[:2] + ".jsonl"


def fill(root: Path) -> Workspace:
    corpus = h.workspace(root)
    for text in TEXTS:
        paris = h.span(text, "Paris", "LOC", by=h.MODEL)
        h.add(corpus, text, h.revision(text, 1), h.revision(text, 2, paris))
    h.cut(corpus, "0.1.0", "First.")
    with corpus.store.begin() as tx:
        tx.add_revision(h.revision(TEXTS[0], 3, h.span(TEXTS[0], "délégation", "ORG")))
        key = h.document(TEXTS[1]).id
        tx.put_assignment(Assignment(document=key, annotators=("anna", "bela")))
        tx.put_annotation(Annotation(document=key, layer="annotator:anna"))
    h.cut(corpus, "", "Corrected.")
    return corpus


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Workspace:
    return fill(tmp_path_factory.mktemp("verify") / "c")


@pytest.fixture
def corpus(made, tmp_path) -> Workspace:
    """A copy that may be damaged; its store is that of before."""
    return h.copy_of(made, tmp_path / "c")


def found(corpus, version=""):
    return [(p.code, p.where, p.document) for p in verify(corpus, version).problems]


def path(corpus, kind):
    return corpus.annotations / kind / SHARD


def rewrite(file, change):
    file.write_bytes(change(file.read_bytes()))


def test_nothing_is_found_where_nothing_is_wrong(corpus):
    result = verify(corpus)
    assert result.problems == ()
    assert result.passed
    assert (result.releases, result.documents, result.revisions) == (("0.1.1", "0.1.0"), 3, 7)


def test_a_flipped_byte_is_named_with_the_field(corpus):
    key = sorted(h.document(text).id for text in TEXTS)[0]
    rewrite(path(corpus, "gold"), lambda b: b.replace(b'"end":5', b'"end":4', 1))
    result = verify(corpus)
    told = [p for p in result.problems if p.code == "verify.differs"]
    where = f"annotations/gold/{SHARD}"
    assert not result.passed
    assert len(told) == 1
    assert told[0].where.startswith(where)
    assert "spans[0].end: 5 became 4" in told[0].message
    assert "verify.release" in {p.code for p in result.problems}
    assert key


def test_a_flipped_byte_in_a_text_is_named(corpus):
    rewrite(path(corpus, "documents"), lambda b: b.replace("délégation".encode(), b"delegation", 1))
    codes = {code for code, _, _ in found(corpus)}
    assert {"verify.text", "verify.differs", "verify.release"} <= codes


def test_a_deleted_line_is_named(corpus):
    lines = path(corpus, "history").read_bytes().splitlines(keepends=True)
    gone = msgspec.json.decode(lines[0])
    path(corpus, "history").write_bytes(b"".join(lines[1:]))
    (first, *_) = [p for p in verify(corpus).problems if p.code == "verify.missing"]
    assert first.document == gone["document"]
    assert f"{gone['document']}@{gone['number']} is in the store" in first.message
    assert first.where == f"annotations/history/{SHARD}"


def test_a_deleted_line_of_a_release_is_missing_in_it(corpus):
    lines = path(corpus, "gold").read_bytes().splitlines(keepends=True)
    path(corpus, "gold").write_bytes(b"".join(lines[:-1]))
    messages = [p.message for p in verify(corpus, "0.1.0").problems if p.code == "verify.release"]
    assert [m.endswith("is not in the files") for m in messages] == [True]


def test_a_reordered_file_is_named_with_the_line(corpus):
    lines = path(corpus, "gold").read_bytes().splitlines(keepends=True)
    path(corpus, "gold").write_bytes(b"".join([lines[1], lines[0], lines[2]]))
    assert [(code, where) for code, where, _ in found(corpus)] == [
        ("verify.order", f"annotations/gold/{SHARD}:2")
    ]


def test_a_reordered_manifest_is_named_with_the_line(corpus):
    manifest = corpus.annotations / "releases" / "0.1.0.json"
    with corpus.store.begin() as tx:
        kept = tx.release("0.1.0")
    turned = msgspec.structs.replace(kept, entries=kept.entries[::-1])
    manifest.write_bytes(card.manifest_json(turned))
    ((code, where, _),) = found(corpus)
    assert code == "verify.written"
    assert where.startswith("annotations/releases/0.1.0.json:")


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        ("gold", lambda b: b[:-1], "verify.bytes"),
        ("gold", lambda b: b.replace(b'","', b'", "', 1), "verify.bytes"),
        ("gold", lambda b: b.replace(b"\n", b"\r\n", 1), "verify.bytes"),
        ("gold", lambda b: b + b.splitlines(keepends=True)[-1], "verify.twice"),
        ("documents", lambda b: b + b"{\n", "verify.line"),
        ("tasks", lambda b: b.replace(b"bela", b"cara"), "verify.differs"),
        ("layers", lambda b: b"", "verify.missing"),
    ],
)
def test_other_damage_is_found_too(corpus, kind, change, code):
    rewrite(path(corpus, kind), change)
    assert code in {found for found, _, _ in found(corpus)}


def test_a_file_in_the_wrong_place_is_found(corpus):
    other = "00.jsonl" if not SHARD.startswith("00") else "01.jsonl"
    path(corpus, "gold").rename(corpus.annotations / "gold" / other)
    codes = [code for code, _, _ in found(corpus)]
    assert {"verify.shard", "verify.missing", "verify.unknown", "verify.release"} <= set(codes)


def test_a_changelog_that_somebody_edited_is_found(corpus):
    rewrite(corpus.annotations / "CHANGELOG.md", lambda b: b.replace(b"First.", b"Best."))
    ((code, where, _),) = found(corpus)
    assert (code, where.partition(":")[0]) == ("verify.written", "annotations/CHANGELOG.md")


def test_a_missing_card_is_a_warning_and_a_missing_manifest_an_error(corpus):
    (corpus.annotations / "releases" / "0.1.0.md").unlink()
    assert verify(corpus).passed
    (corpus.annotations / "releases" / "0.1.0.json").unlink()
    assert not verify(corpus).passed


def damage(corpus, **columns):
    key = h.document(TEXTS[0]).id
    with corpus.store.begin() as tx:
        c = t.revisions.c
        kept = tx.revision(key, 2)
        data = jsonl.canonical(msgspec.structs.replace(kept, **columns)).decode()
        here = (c.document == key) & (c.number == 2)
        tx._c.execute(t.revisions.update().where(here).values(data=data))
    return key


def test_a_store_that_somebody_edited_is_found(corpus):
    key = damage(corpus, confirmed_by="mallory")
    codes = found(corpus, "0.1.0")
    assert ("verify.differs", "store", key) in codes
    assert any(code == "verify.differs" and where != "store" for code, where, _ in codes)


def replaced(corpus, version, **fields):
    with corpus.store.begin() as tx:
        data = msgspec.structs.replace(tx.release(version), **fields)
        here = t.releases.c.version == version
        values = {"data": jsonl.canonical(data).decode()}
        tx._c.execute(t.releases.update().where(here).values(values))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"digest": "0" * 64}, "verify.digest"),
        ({"schema_digest": "0" * 64}, "verify.digest"),
        ({"counts": {"documents": 9}}, "verify.counts"),
        ({"parent": "0.0.9"}, "verify.parent"),
        ({"splits": {"test": ("ff",)}}, "verify.splits"),
        ({"splits": {"train": ()}}, "verify.seal"),
        ({"author": "curator:mallory"}, "verify.seal"),
    ],
)
def test_a_manifest_that_says_what_is_not_so_is_found(corpus, fields, code):
    replaced(corpus, "0.1.1", **fields)
    assert code in {found for found, _, _ in found(corpus, "0.1.1")}


def test_a_schema_that_changed_under_its_version_is_a_warning(corpus):
    file = corpus.root / "schemas" / "news-fr.yaml"
    text = file.read_text("utf-8")
    file.write_text(re.sub("#[0-9a-fA-F]{6}", "#123456", text, count=1), "utf-8")
    assert {p.code for p in verify(corpus).problems} == {"verify.schema"}
    assert verify(corpus).passed


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_no_flipped_bit_of_any_file_goes_unseen(made, data):
    files = sorted(p for p in made.annotations.rglob("*") if p.is_file())
    file = data.draw(st.sampled_from(files))
    whole = file.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    try:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        problems = verify(made).problems
        assert any(file.name in p.where or p.where == "store" for p in problems)
    finally:
        file.write_bytes(whole)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, "a[0].b: 1 became 2"),
        ({"a": [1, 2]}, {"a": [1]}, "a: 2 became 1"),
        ({"a": 1}, {}, "a: 1 became nothing"),
    ],
)
def test_the_first_difference_is_named(before, after, told):
    assert difference(before, after) == told


# -- rebuilding a release


def exported(corpus, version, folder):
    with corpus.store.begin() as tx:
        wanted = tx.release(version)
    for name in ("jsonl", "conll"):
        pairs = release_entries(corpus.store, wanted)
        write(name, pairs, folder / f"c.{name}", corpus.schema, wanted)
    return h.tree(folder)


def test_a_release_is_rebuilt_byte_for_byte_from_annotations_on_another_machine(corpus, tmp_path):
    here = exported(corpus, "0.1.0", tmp_path / "here")
    Workspace.init(tmp_path / "there", "c")
    shutil.copytree(corpus.annotations, tmp_path / "there" / "annotations", dirs_exist_ok=True)
    there = Workspace(tmp_path / "there")
    assert verify(there).problems == ()
    assert exported(there, "0.1.0", tmp_path / "there" / "out") == here
    save(there)
    assert h.tree(there.annotations) == h.tree(corpus.annotations)


def git(folder, *arguments):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_a_release_is_rebuilt_from_git_history_alone(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    git(corpus.root, "init", "-q", "-b", "main")
    for text in TEXTS[:2]:
        h.add(corpus, text, h.revision(text, 1, h.span(text, "Paris", "LOC")))
    h.cut(corpus, "0.1.0")
    git(corpus.root, "add", "-A")
    git(corpus.root, "commit", "-qm", "first")
    git(corpus.root, "tag", "v0.1.0")
    before, files = exported(corpus, "0.1.0", tmp_path / "before"), h.tree(corpus.annotations)
    h.add(corpus, TEXTS[2], h.revision(TEXTS[2], 1))
    with corpus.store.begin() as tx:
        tx.add_revision(h.revision(TEXTS[0], 2))
    h.cut(corpus)
    git(corpus.root, "add", "-A")
    git(corpus.root, "commit", "-qm", "second")
    git(tmp_path, "clone", "-q", "--branch", "v0.1.0", str(corpus.root), "clone")
    old = Workspace(tmp_path / "clone")
    assert verify(old, "0.1.0").problems == ()
    assert h.tree(old.annotations) == files
    assert exported(old, "0.1.0", tmp_path / "after") == before


def test_the_repository_s_own_release_verifies(tmp_path):
    for part in ("curate.toml", "schemas", "annotations"):
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tmp_path / part)
        else:
            shutil.copy(source, tmp_path / part)
    result = verify(Workspace(tmp_path), "0.1.0")
    assert result.passed, result.problems
