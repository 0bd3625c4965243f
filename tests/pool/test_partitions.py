"""How a pool is cut, read again, and shared among processes; no model is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import psutil
import pytest

from curate.errors import InputError
from curate.pool import Partition, plan
from curate.pool.partitions import BYTES, ROWS, read
from curate.pool.run import BREAK_EVEN, paying


def parquet(path: Path, rows: int, group: int = 1_000_000) -> Path:
    frame = pd.DataFrame({"text": [f"text {n}" for n in range(rows)], "n": range(rows)})
    frame.to_parquet(path, row_group_size=group)
    return path


@pytest.mark.parametrize("group", [7, 100, 1000, 1_000_000])
@pytest.mark.parametrize("rows", [1, 128, 129, 5000, 20_001])
def test_every_row_of_a_parquet_file_is_in_one_partition_whatever_its_row_groups(
    tmp_path, rows, group
):
    parts = plan(str(parquet(tmp_path / "a.parquet", rows, group)))
    found = [read(part)["n"].tolist() for part in parts]
    assert [n for numbers in found for n in numbers] == list(range(rows))
    assert all(len(numbers) <= ROWS[1] for numbers in found)
    assert all(len(numbers) >= ROWS[0] for numbers in found[:-1])
    assert len({part.name for part in parts}) == len(parts)


def test_an_empty_file_has_no_partitions(tmp_path):
    (tmp_path / "b.jsonl").touch()
    parquet(tmp_path / "a.parquet", 0)
    assert plan(str(tmp_path / "*")) == []


def test_every_line_is_in_one_partition_whatever_the_lengths(tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [json.dumps({"n": n, "text": "é" * (n * 7919 % 5000)}) for n in range(2000)]
    path.write_text("\n".join(lines), encoding="utf-8")
    parts = plan(str(path))
    assert len(parts) > 3
    assert [n for part in parts for n in read(part)["n"]] == list(range(2000))
    assert sum(part.size for part in parts) == path.stat().st_size
    assert all(part.size <= BYTES[1] + 30_000 for part in parts)


def test_another_file_moves_no_cut_and_a_changed_one_changes_its_names(tmp_path):
    parquet(tmp_path / "b.parquet", 3000)
    before = {part.name for part in plan(str(tmp_path / "*"))}
    parquet(tmp_path / "a.parquet", 500)
    assert before < {part.name for part in plan(str(tmp_path / "*"))}
    parquet(tmp_path / "b.parquet", 3001)
    assert not before & {part.name for part in plan(str(tmp_path / "b.parquet"))}


def test_what_is_no_pool_is_refused(tmp_path):
    with pytest.raises(InputError, match="no file matches"):
        plan(str(tmp_path / "*.parquet"))
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match="not a file of a pool"):
        plan(str(tmp_path / "a.txt"))
    (tmp_path / "a.parquet").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a Parquet file"):
        plan(str(tmp_path / "a.parquet"))


def parts_of(size: int, count: int) -> list[Partition]:
    return [Partition(path="a", first=0, last=1, size=size, name=str(n)) for n in range(count)]


def test_one_more_process_is_taken_where_it_has_enough_to_do(monkeypatch):
    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda self: [0, 1, 2, 3])
    assert paying([]) == 1
    assert paying(parts_of(BREAK_EVEN, 1)) == 1
    assert paying(parts_of(BREAK_EVEN // 2, 3)) == 1
    assert paying(parts_of(BREAK_EVEN // 2, 4)) == 2
    assert paying(parts_of(BREAK_EVEN, 100)) == 4  # no more than there are cores
    assert paying(parts_of(BREAK_EVEN * 9, 2)) == 2  # nor than there are partitions


def test_no_more_processes_are_taken_than_there_is_memory_for(monkeypatch):
    class Memory:
        available = 2_500_000_000

    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda self: [0, 1, 2, 3])
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory)
    assert paying(parts_of(BREAK_EVEN, 100)) == 2
