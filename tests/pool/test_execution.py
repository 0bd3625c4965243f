"""How many processes are worth starting for a pool."""

from __future__ import annotations

import psutil

from curate.pool.execution import BREAK_EVEN, useful_workers
from curate.pool.partitions import Partition


def parts_of(size: int, count: int) -> list[Partition]:
    return [Partition(path="a", first=0, last=1, size=size, name=str(n)) for n in range(count)]


def test_one_more_process_is_taken_where_it_has_enough_to_do(monkeypatch):
    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda self: [0, 1, 2, 3])
    assert useful_workers([]) == 1
    assert useful_workers(parts_of(BREAK_EVEN, 1)) == 1
    assert useful_workers(parts_of(BREAK_EVEN // 2, 3)) == 1
    assert useful_workers(parts_of(BREAK_EVEN // 2, 4)) == 2
    assert useful_workers(parts_of(BREAK_EVEN, 100)) == 4  # no more than there are cores
    assert useful_workers(parts_of(BREAK_EVEN * 9, 2)) == 2  # nor than there are partitions


def test_no_more_processes_are_taken_than_there_is_memory_for(monkeypatch):
    class Memory:
        available = 2_500_000_000

    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda self: [0, 1, 2, 3])
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory)
    assert useful_workers(parts_of(BREAK_EVEN, 100)) == 2
