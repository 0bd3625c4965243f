"""How the files of a pool are cut into partitions, and how partitions are read."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from curate.errors import InputError
from curate.pool.partitions import BYTES, ROWS, plan_partitions, read_partition


def parquet(path: Path, rows: int, group: int = 1_000_000) -> Path:
    frame = pd.DataFrame({"text": [f"text {n}" for n in range(rows)], "n": range(rows)})
    frame.to_parquet(path, row_group_size=group)
    return path


@pytest.mark.parametrize("group", [7, 100, 1000, 1_000_000])
@pytest.mark.parametrize("rows", [1, 128, 129, 5000, 20_001])
def test_every_row_of_a_parquet_file_is_in_one_partition_whatever_its_row_groups(
    tmp_path, rows, group
):
    parts = plan_partitions(str(parquet(tmp_path / "a.parquet", rows, group)))
    numbers = [read_partition(part)["n"].tolist() for part in parts]
    assert [n for part in numbers for n in part] == list(range(rows))
    assert all(len(part) <= ROWS[1] for part in numbers)
    assert all(len(part) >= ROWS[0] for part in numbers[:-1])
    assert len({part.name for part in parts}) == len(parts)


def test_an_empty_file_has_no_partitions(tmp_path):
    (tmp_path / "b.jsonl").touch()
    parquet(tmp_path / "a.parquet", 0)
    assert plan_partitions(str(tmp_path / "*")) == []


def test_every_line_is_in_one_partition_whatever_the_lengths(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [json.dumps({"n": n, "text": "é" * (n * 7919 % 5000)}) for n in range(2000)]
    path.write_text("\n".join(lines), encoding="utf-8")
    parts = plan_partitions(str(path))
    assert len(parts) > 3
    assert [n for part in parts for n in read_partition(part)["n"]] == list(range(2000))
    assert sum(part.size for part in parts) == path.stat().st_size
    assert all(part.size <= BYTES[1] + 30_000 for part in parts)


def test_another_file_moves_no_cut_and_a_changed_one_changes_its_names(tmp_path):
    parquet(tmp_path / "b.parquet", 3000)
    before = {part.name for part in plan_partitions(str(tmp_path / "*"))}
    parquet(tmp_path / "a.parquet", 500)
    assert before < {part.name for part in plan_partitions(str(tmp_path / "*"))}
    parquet(tmp_path / "b.parquet", 3001)
    assert not before & {part.name for part in plan_partitions(str(tmp_path / "b.parquet"))}


def test_what_is_no_pool_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\*\.parquet"):
        plan_partitions(str(tmp_path / "*.parquet"))
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match=r"a\.txt"):
        plan_partitions(str(tmp_path / "a.txt"))
    (tmp_path / "a.parquet").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"a\.parquet"):
        plan_partitions(str(tmp_path / "a.parquet"))
