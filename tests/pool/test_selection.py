"""Selecting articles of an annotated pool: at random or by score."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from support.annotated_pool import ROWS, ids, write

from curate.errors import InputError
from curate.pool.selection import select_articles


def selected(folder: Path, *criteria: object) -> list[str]:
    return [row.id for row in select_articles(folder, *criteria).rows]


def test_the_lowest_and_the_highest_scores_come_first_and_each_article_once(written):
    assert selected(written, 5, "lowest") == ids(ROWS[:5])
    assert selected(written, 3, "highest") == ids(ROWS[:-4:-1])
    assert sorted(selected(written, 1000, "lowest")) == sorted(ids(ROWS))


def test_a_row_that_is_no_article_is_never_selected(written):
    assert "" not in selected(written, 1000)
    assert select_articles(written, 1).articles == 61


def test_a_sample_depends_on_its_seed_and_not_on_how_the_pool_is_cut(written, tmp_path):
    first = selected(written, 10, "sample", 0)
    assert len(set(first)) == 10
    other = write(tmp_path / "other", [ROWS[40:], ROWS[:7], ROWS[7:40]])
    assert selected(other, 10, "sample", 0) == first
    assert selected(written, 10, "sample", 1) != first
    assert selected(written, 4, "sample", 0) == first[:4]


def test_every_article_has_the_same_chance(written):
    drawn = [key for seed in range(200) for key in selected(written, 6, "sample", seed)]
    counts = [drawn.count(key) for key in ids(ROWS)]
    # 1,200 draws over 60 articles: 20 each; chi-square of 59 degrees, 0.999 quantile 98.3
    assert sum((count - 20) ** 2 / 20 for count in counts) < 98.3


def test_what_is_no_written_pool_is_refused(tmp_path):
    with pytest.raises(InputError, match=re.escape(str(tmp_path))):
        selected(tmp_path, 1)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"a\.parquet"):
        selected(tmp_path, 1)
    pd.DataFrame({"text": ["a"]}).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="id, lang, meta, score"):
        selected(tmp_path, 1)
