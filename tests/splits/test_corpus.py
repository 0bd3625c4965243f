"""``curate split`` on corpora: planted near copies, additions, releases, and real news."""

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
from typer.testing import CliRunner

from curate.cli.commands import app
from curate.config import SplitSettings
from curate.errors import InputError, ReleaseError
from curate.formats.reading import ReadDocument
from curate.formats.sources import read_annotated, source_files
from curate.model import Document, Revision, Span
from curate.splits import NAMES
from curate.splits import split as splitting
from curate.splits.split import check_splits, current_splits, split
from curate.store import Store, open_store
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


def division(store: Store, root: Path, given: SplitSettings | None = None) -> splitting.SplitResult:
    with store.begin() as tx:
        return splitting.assign_splits(tx, root / "annotations", given or SplitSettings())


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.lists(st.integers(2, 6), min_size=1, max_size=8))
def test_no_planted_near_copies_are_astride_also_when_more_come(tmp_path, seed, sizes):
    """Any groups of near copies, of which some come later."""
    root = tmp_path / f"{seed}-{'-'.join(map(str, sizes))}"
    chance = random.Random(seed)
    store = open_store(root)
    put(store, [article(chance) for _ in range(60)], chance)
    first = [article(chance) for _ in sizes]
    # One word a copy: two of one original are then surely above the least similarity, 0.8.
    early = [put(store, [text, edited(text, chance, 1)], chance) for text in first]
    before = division(store, root)
    kept = splitting.load(root / "annotations")
    planted = [
        ids + put(store, [edited(text, chance, 1) for _ in range(size)], chance)
        for ids, text, size in zip(early, first, sizes, strict=True)
    ]
    put(store, [article(chance) for _ in range(20)], chance)
    after = division(store, root)
    splits = splitting.load(root / "annotations")
    store.close()
    assert {key: splits[key] for key in kept} == kept
    for ids in planted:
        assert len({splits[one] for one in ids}) == 1
    assert not {p.code for d in (before, after) for p in d.problems} - {"split.ratio"}
    assert sum(len(group.documents) for group in after.together) == len(
        {one for ids in planted for one in ids}
    )


@pytest.fixture
def corpus(tmp_path: Path) -> Workspace:
    """A workspace of 200 articles, of which 20 have two near copies."""
    made = h.workspace(tmp_path / "corpus")
    chance = random.Random(11)
    texts = [article(chance) for _ in range(200)]
    copies = [edited(text, chance) for text in texts[:20] for _ in range(2)]
    put(made.store, texts + copies, chance)
    save(made)
    return made


def told(corpus: Workspace, *arguments: str) -> tuple[int, dict[str, object]]:
    done = CliRunner().invoke(app, ["split", "--json", "-C", str(corpus.root), *arguments])
    return done.exit_code, json.loads(done.stdout)


def released(corpus: Workspace, version: str) -> None:
    """A release that holds the splits of the corpus."""
    made = h.cut(corpus, version)
    with_splits = msgspec.structs.replace(
        made, version=f"{version[:-1]}9", splits=current_splits(corpus)
    )
    with corpus.store.begin() as tx:
        tx.add_release(with_splits)


def test_split_writes_what_it_draws_and_a_second_time_nothing(corpus):
    code, dry = told(corpus, "--dry-run")
    assert code == 0
    assert not (corpus.annotations / "splits").exists()
    code, done = told(corpus)
    assert code == 0
    assert [(p["split"], p["documents"]) for p in done["parts"]] == [
        ("train", 192),
        ("dev", 24),
        ("test", 24),
    ]
    assert done["added"] == dry["added"]
    assert len(done["together"]) == 20
    assert done.get("problems", []) == []
    before = h.tree(corpus.annotations)
    code, again = told(corpus)
    assert code == 0
    assert "added" not in again
    assert "written" not in again
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
    done = split(Workspace(corpus.root))
    assert Counter(len(group.documents) for group in done.together) == {3: 20, 4: 8}
    assert done.problems == ()


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
    splits = {**splitting.load(corpus.annotations), new: "train"}
    splitting.save(corpus.annotations, splits)
    (found,) = check_splits(corpus)
    assert (found.code, found.severity) == ("split.passage", "error")
    code, done = told(corpus)
    assert code == 1
    assert done["problems"][0]["code"] == "split.passage"
    code, done = told(corpus, "--move", f"{new[:12]}=test")
    assert (code, done["moved"]) == (0, [new])


def test_what_is_near_to_two_splits_is_in_none_and_told(corpus):
    split(corpus)
    train, test = current_splits(corpus)["train"][0], current_splits(corpus)["test"][0]
    with corpus.store.begin() as tx:
        texts = [tx.document(one).text for one in (train, test)]
    (new,) = put(corpus.store, [" ".join(texts)], random.Random(15))
    done = split(corpus)
    assert [(p.code, p.document) for p in done.problems] == [("split.between", new)]
    assert "train and test" in done.problems[0].message
    assert [(p.code, p.document) for p in check_splits(corpus)] == [("split.unassigned", new)]
    moved = split(corpus, {new: "test"})
    assert {train, new} <= {*moved.moved}
    assert moved.problems == ()


def test_near_copies_astride_are_found_again(corpus):
    done = split(corpus)
    group = done.together[0].documents
    other = "train" if done.together[0].split == "test" else "test"
    splits = {**splitting.load(corpus.annotations), group[0]: other}
    splitting.save(corpus.annotations, splits)
    codes = {(p.code, p.severity) for p in check_splits(corpus)}
    assert ("split.duplicates", "error") in codes


def test_a_test_document_of_a_release_stays_one(corpus):
    split(corpus)
    released(corpus, "0.1.0")
    one = current_splits(corpus)["test"][0]
    with pytest.raises(ReleaseError, match=f"{one} is a test document of release 0.1.9"):
        split(corpus, {one: "train"})
    refused = CliRunner().invoke(app, ["split", "--move", f"{one}=dev", "-C", str(corpus.root)])
    assert refused.exit_code == 1
    assert split(corpus).parts[2].test_of == 24
    assert check_splits(corpus) == ()
    splitting.save(corpus.annotations, {**splitting.load(corpus.annotations), one: "dev"})
    assert [(p.code, p.document) for p in check_splits(corpus)] == [("split.frozen", one)]
    splitting.save(corpus.annotations, {})
    assert len([p for p in check_splits(corpus) if p.code == "split.frozen"]) == 24


def test_a_damaged_file_is_refused(corpus):
    split(corpus)
    path = sorted((corpus.annotations / "splits").iterdir())[0]
    line = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(line + line)
    with pytest.raises(InputError, match="occurs twice"):
        split(corpus)
    path.write_bytes(line.replace(b"t", b"T"))
    with pytest.raises(InputError, match=f"{path}:1"):
        current_splits(corpus)


def test_people_are_told_in_a_few_lines(corpus):
    done = CliRunner().invoke(app, ["split", "-C", str(corpus.root)])
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "train 192 documents, 80.0% of 80.0% asked for"
    assert lines[3].split() == ["label", "train", "dev", "test"]
    assert lines[-2:] == ["kept together: 60 documents in 20 groups", "assigned 240 documents"]
    wrong = CliRunner().invoke(app, ["split", "--move", "abc", "-C", str(corpus.root)])
    assert wrong.exit_code == 2


def test_no_gold_no_splits(tmp_path):
    empty = h.workspace(tmp_path / "corpus")
    assert split(empty).problems == ()
    assert current_splits(empty) == {}
    assert check_splits(empty) == ()


def test_real_news_with_planted_near_copies(shared_data, tmp_path):
    """winer-fr-2016: 571 articles, and 60 near copies of some of them."""
    store = open_store(tmp_path)
    chance = random.Random(16)
    found = [
        item
        for path in source_files([shared_data / "winer-fr-2016"], "brat")
        for item in read_annotated(path, "brat")
        if isinstance(item, ReadDocument)
    ]
    planted: dict[str, str] = {}
    with store.begin() as tx:
        for number, each in enumerate(found):
            _gold(tx, each.document, tuple(s for layer in each.layers for s in layer.spans))
            words = each.document.text.split()
            if number < 60:
                words[chance.randrange(len(words))] = chance.choice(WORDS)
                text = " ".join(words)
                planted[each.document.id] = jsonl.document_id(text)
                _gold(tx, Document(id=jsonl.document_id(text), text=text), ())
    done = division(store, tmp_path)
    store.close()
    assert not [p for p in done.problems if p.severity == "error"]
    documents = sum(part.documents for part in done.parts)
    splits = splitting.load(tmp_path / "annotations")
    assert len(planted) == 60
    assert all(splits[one] == splits[other] for one, other in planted.items())
    assert documents == len({each.document.id for each in found} | {*planted.values()})
    assert all(group.split for group in done.together)
    whole = Counter[str]()
    for part in done.parts:
        assert abs(part.share - part.wanted) <= 0.005
        whole.update(part.labels)
    for part in done.parts:
        for label, number in whole.items():
            assert abs(part.labels[label] / number - part.wanted) < 0.02, (part.split, label)


def _gold(tx, document: Document, spans: tuple[Span, ...]) -> None:
    if tx.add_document(document):
        made = Revision(
            document=document.id,
            number=1,
            author="import:winer",
            at="2026-01-01T00:00:00Z",
            reason="read",
            schema="winer@1",
            spans=spans,
        )
        tx.add_revision(made)
