"""Splits of corpora: planted near copies, additions, releases, and real news."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import history_corpus as h
from support.workspaces import save

from curate.errors import InputError, ReleaseError
from curate.formats.reading import ReadDocument
from curate.formats.sources import read_annotated, source_files
from curate.model import Document, Revision, Span
from curate.splits import NAMES, load_splits, save_splits
from curate.splits.split import check_splits, current_splits, split
from curate.store import Store
from curate.util import jsonl
from curate.workspace import Workspace

WORDS = [f"mot{number}" for number in range(2000)]
LABELS = ("PER", "LOC", "ORG")


def article(chance: random.Random, words: int = 120) -> str:
    return " ".join(chance.choices(WORDS, k=words))


def edited(text: str, chance: random.Random, edits: int = 3) -> str:
    words = text.split()
    for _ in range(edits):
        words[chance.randrange(len(words))] = chance.choice(WORDS)
    return " ".join(words)


def put(store: Store, texts: list[str], chance: random.Random, **meta: str) -> list[str]:
    """Documents with gold; returns their ids."""
    ids = []
    with store.begin() as tx:
        for text in texts:
            document = h.document(text, **{"source": chance.choice("abc"), **meta})
            spans = [Span(0, 4, chance.choice(LABELS)), Span(5, 9, chance.choice(LABELS))]
            if tx.add_document(document):
                tx.add_revision(h.revision(text, 1, *spans))
            ids.append(document.id)
    return ids


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.lists(st.integers(2, 6), min_size=1, max_size=8))
def test_no_planted_near_copies_are_astride_also_when_more_come(tmp_path, seed, sizes):
    """Any groups of near copies, of which some come later."""
    root = tmp_path / f"{seed}-{'-'.join(map(str, sizes))}"
    chance = random.Random(seed)
    corpus = h.workspace(root)
    store = corpus.store
    put(store, [article(chance) for _ in range(60)], chance)
    first = [article(chance) for _ in sizes]
    # One word a copy: two of one original are then surely above the least similarity, 0.8.
    early = [put(store, [text, edited(text, chance, 1)], chance) for text in first]
    before = split(corpus)
    kept = load_splits(corpus.annotations)
    planted = [
        ids + put(store, [edited(text, chance, 1) for _ in range(size)], chance)
        for ids, text, size in zip(early, first, sizes, strict=True)
    ]
    put(store, [article(chance) for _ in range(20)], chance)
    after = split(corpus)
    splits = load_splits(corpus.annotations)
    store.close()
    assert {key: splits[key] for key in kept} == kept
    for ids in planted:
        assert len({splits[key] for key in ids}) == 1
    assert not {p.code for result in (before, after) for p in result.problems} - {"split.ratio"}
    assert sum(len(group.documents) for group in after.together) == len(
        {key for ids in planted for key in ids}
    )


@pytest.fixture
def corpus(tmp_path: Path) -> Workspace:
    """A workspace of 200 articles, of which 20 have two near copies."""
    workspace = h.workspace(tmp_path / "corpus")
    chance = random.Random(11)
    texts = [article(chance) for _ in range(200)]
    copies = [edited(text, chance) for text in texts[:20] for _ in range(2)]
    put(workspace.store, texts + copies, chance)
    save(workspace)
    return workspace


def released(corpus: Workspace, version: str) -> None:
    """A release that holds the splits of the corpus."""
    release = h.cut(corpus, version)
    with_splits = msgspec.structs.replace(
        release, version=f"{version[:-1]}9", splits=current_splits(corpus)
    )
    with corpus.store.begin() as tx:
        tx.add_release(with_splits)


def test_splits_are_written_and_a_second_run_changes_nothing(corpus):
    preview = split(corpus, dry_run=True)
    assert not (corpus.annotations / "splits").exists()
    result = split(corpus)
    assert [(part.split, part.documents) for part in result.parts] == [
        ("train", 192),
        ("dev", 24),
        ("test", 24),
    ]
    assert result.added == preview.added
    assert len(result.together) == 20
    assert result.problems == ()
    before = h.tree(corpus.annotations)
    again = split(corpus)
    assert (again.added, again.written) == ((), ())
    assert h.tree(corpus.annotations) == before


def test_the_files_are_canonical_and_sorted_and_survive_a_save(corpus):
    split(corpus)
    before = h.tree(corpus.annotations / "splits")
    for name, data in before.items():
        lines = data.splitlines(keepends=True)
        assert lines == sorted(lines)
        for line in lines:
            row = json.loads(line)
            assert row.keys() == {"document", "split"}
            assert row["document"].startswith(name[:2])
            assert line == jsonl.canonical(row) + b"\n"
    save(corpus)
    assert h.tree(corpus.annotations / "splits") == before
    assert sum(map(len, current_splits(corpus).values())) == 240


def test_another_workspace_with_the_same_gold_draws_the_same(corpus, tmp_path):
    split(corpus)
    (tmp_path / "clone").mkdir()
    clone = tmp_path / "clone"
    (clone / "curate.toml").write_bytes((corpus.root / "curate.toml").read_bytes())
    for name, data in h.tree(corpus.annotations).items():
        if not name.startswith("splits"):
            (clone / "annotations" / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / "annotations" / name).write_bytes(data)
    other = Workspace(clone)
    split(other)
    assert current_splits(other) == current_splits(corpus)


def test_a_document_that_loses_its_gold_comes_back_to_where_it_was(corpus):
    split(corpus)
    one = current_splits(corpus)["test"][0]
    with corpus.store.begin() as tx:
        head = tx.head(one)
        gone = msgspec.structs.replace(head, number=2, deleted=True, spans=())
        tx.add_revision(gone)
    assert one not in current_splits(corpus)["test"]
    split(corpus)
    with corpus.store.begin() as tx:
        tx.add_revision(msgspec.structs.replace(head, number=3))
    assert one in current_splits(corpus)["test"]
    assert check_splits(corpus) == ()


def test_versions_of_an_article_stay_together(corpus):
    split(corpus)
    chance = random.Random(12)
    for name in NAMES:
        one = current_splits(corpus)[name][0]
        (new,) = put(corpus.store, [article(chance)], chance, supersedes=one)
        split(corpus)
        assert new in current_splits(corpus)[name]


def test_what_one_source_wrote_on_one_day_can_be_kept_together(corpus):
    chance = random.Random(13)
    days = [f"2026-02-{day:02d}T10:00:00Z" for day in range(1, 9)]
    for day in days:
        put(corpus.store, [article(chance) for _ in range(4)], chance, source="wire", published=day)
    config = corpus.root / "curate.toml"
    config.write_text(
        config.read_text("utf-8") + '\n[split]\ntogether = ["source", "day"]\n', encoding="utf-8"
    )
    result = split(Workspace(corpus.root))
    assert Counter(len(group.documents) for group in result.together) == {3: 20, 4: 8}
    assert result.problems == ()


def test_a_document_with_a_long_passage_of_a_test_document_is_a_test_document(corpus):
    split(corpus)
    one = current_splits(corpus)["test"][0]
    with corpus.store.begin() as tx:
        passage = tx.document(one).text.split()[10:65]
    chance = random.Random(14)
    long = article(chance, 900) + " " + " ".join(passage)  # no near copy: 5 % of it are shared
    (new,) = put(corpus.store, [long], chance)
    split(corpus)
    assert new in current_splits(corpus)["test"]
    splits = {**load_splits(corpus.annotations), new: "train"}
    save_splits(corpus.annotations, splits)
    (problem,) = check_splits(corpus)
    assert (problem.code, problem.severity) == ("split.passage", "error")
    assert [p.code for p in split(corpus).problems] == ["split.passage"]
    result = split(corpus, {new[:12]: "test"})
    assert (result.moved, result.problems) == ((new,), ())


def test_a_document_near_to_two_splits_is_in_none(corpus):
    split(corpus)
    train, test = current_splits(corpus)["train"][0], current_splits(corpus)["test"][0]
    with corpus.store.begin() as tx:
        texts = [tx.document(one).text for one in (train, test)]
    (new,) = put(corpus.store, [" ".join(texts)], random.Random(15))
    result = split(corpus)
    assert [(p.code, p.document) for p in result.problems] == [("split.between", new)]
    assert [(p.code, p.document) for p in check_splits(corpus)] == [("split.unassigned", new)]
    moved = split(corpus, {new: "test"})
    assert {train, new} <= {*moved.moved}
    assert moved.problems == ()


def test_near_copies_astride_are_found_again(corpus):
    result = split(corpus)
    group = result.together[0].documents
    other = "train" if result.together[0].split == "test" else "test"
    splits = {**load_splits(corpus.annotations), group[0]: other}
    save_splits(corpus.annotations, splits)
    codes = {(p.code, p.severity) for p in check_splits(corpus)}
    assert ("split.duplicates", "error") in codes


def test_a_test_document_of_a_release_stays_one(corpus):
    split(corpus)
    released(corpus, "0.1.0")
    one = current_splits(corpus)["test"][0]
    with pytest.raises(ReleaseError, match="0.1.9"):
        split(corpus, {one: "train"})
    assert split(corpus).parts[2].test_of == 24
    assert check_splits(corpus) == ()
    save_splits(corpus.annotations, {**load_splits(corpus.annotations), one: "dev"})
    assert [(p.code, p.document) for p in check_splits(corpus)] == [("split.frozen", one)]
    save_splits(corpus.annotations, {})
    assert len([p for p in check_splits(corpus) if p.code == "split.frozen"]) == 24


def test_a_damaged_file_is_refused(corpus):
    split(corpus)
    path = sorted((corpus.annotations / "splits").iterdir())[0]
    line = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(line + line)
    with pytest.raises(InputError) as refusal:
        split(corpus)
    assert refusal.value.where == str(path)
    path.write_bytes(line.replace(b"t", b"T"))
    with pytest.raises(InputError, match=f"{path}:1"):
        current_splits(corpus)


def test_no_gold_no_splits(tmp_path):
    empty = h.workspace(tmp_path / "corpus")
    assert split(empty).problems == ()
    assert current_splits(empty) == {}
    assert check_splits(empty) == ()


def test_real_news_with_planted_near_copies(shared_data, tmp_path):
    """winer-fr-2016: 571 articles, and 60 near copies of some of them."""
    corpus = h.workspace(tmp_path)
    chance = random.Random(16)
    articles = [
        item
        for path in source_files([shared_data / "winer-fr-2016"], "brat")
        for item in read_annotated(path, "brat")
        if isinstance(item, ReadDocument)
    ]
    planted: dict[str, str] = {}
    with corpus.store.begin() as tx:
        for number, item in enumerate(articles):
            _gold(tx, item.document, tuple(s for layer in item.layers for s in layer.spans))
            words = item.document.text.split()
            if number < 60:
                words[chance.randrange(len(words))] = chance.choice(WORDS)
                text = " ".join(words)
                planted[item.document.id] = jsonl.document_id(text)
                _gold(tx, Document(id=jsonl.document_id(text), text=text), ())
    result = split(corpus)
    assert not [p for p in result.problems if p.severity == "error"]
    documents = sum(part.documents for part in result.parts)
    splits = load_splits(corpus.annotations)
    assert len(planted) == 60
    assert all(splits[original] == splits[copy] for original, copy in planted.items())
    assert documents == len({item.document.id for item in articles} | {*planted.values()})
    assert all(group.split for group in result.together)
    whole = Counter[str]()
    for part in result.parts:
        assert abs(part.share - part.wanted) <= 0.005
        whole.update(part.labels)
    for part in result.parts:
        for label, number in whole.items():
            assert abs(part.labels[label] / number - part.wanted) < 0.02, (part.split, label)


def _gold(tx, document: Document, spans: tuple[Span, ...]) -> None:
    if tx.add_document(document):
        revision = Revision(
            document=document.id,
            number=1,
            author="import:winer",
            at="2026-01-01T00:00:00Z",
            reason="read",
            schema="winer@1",
            spans=spans,
        )
        tx.add_revision(revision)
