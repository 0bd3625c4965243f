"""``curate split``."""

from __future__ import annotations

import random

import pytest
from support import history_corpus as h
from support.workspaces import save

from curate.splits import load_splits, save_splits


@pytest.fixture
def corpus(tmp_path):
    """A workspace of 40 articles with gold, of which two have a near copy."""
    workspace = h.workspace(tmp_path / "corpus")
    generator = random.Random(1)
    words = [f"mot{number}" for number in range(999)]
    texts = [" ".join(generator.choices(words, k=100)) for _ in range(38)]
    with workspace.store.begin() as tx:
        for text in (*texts, *(f"{text} demain" for text in texts[:2])):
            tx.add_document(h.document(text))
            tx.add_revision(h.revision(text, 1, h.Span(0, 4, "PER")))
    save(workspace)
    return workspace


def test_the_splits_as_json_and_in_words(cli, corpus):
    preview = cli("split", "--dry-run", "--json", root=corpus.root).json
    assert preview["dry_run"]
    assert load_splits(corpus.annotations) == {}
    result = cli("split", root=corpus.root)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    counts = [(part["split"], str(part["documents"])) for part in preview["parts"]]
    assert [tuple(line.split()[:2]) for line in lines[:3]] == counts
    assert lines[3].split() == ["label", "train", "dev", "test"]
    assert len(load_splits(corpus.annotations)) == 40
    again = cli("split", "--json", root=corpus.root).json
    assert "added" not in again
    assert "written" not in again


def test_the_exit_code_is_1_if_near_copies_are_in_different_splits(cli, corpus):
    result = cli("split", "--json", root=corpus.root).json
    group = result["together"][0]
    other = "train" if group["split"] == "test" else "test"
    moved = {**load_splits(corpus.annotations), group["documents"][0]: other}
    save_splits(corpus.annotations, moved)
    checked = cli("split", "--json", root=corpus.root)
    assert checked.exit_code == 1
    codes = {problem["code"] for problem in checked.json["problems"]}
    assert codes == {"split.duplicates", "split.passage"}
    first = group["documents"][0]
    repaired = cli("split", "--move", f"{first[:12]}={group['split']}", "--json", root=corpus.root)
    assert (repaired.exit_code, repaired.json["moved"]) == (0, [first])


@pytest.mark.parametrize("move", ["abc", "abc=valid", "=test"])
def test_a_malformed_move_is_a_usage_error(cli, corpus, move):
    assert cli("split", "--move", move, root=corpus.root).exit_code == 2
