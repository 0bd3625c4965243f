"""Annotating partitions in this process, in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.config import Pipelines
from curate.errors import CurateError
from curate.model import Problem, Record
from curate.pool.partitions import Partition
from curate.util.installation import require
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    import pandas as pd

Work = Callable[[Partition, "PoolSettings"], "WrittenPartition"]
TRIES = 3
"""How often a partition is sent to a worker before it is reported as a problem."""

BREAK_EVEN = 800_000
"""Bytes of text that justify one more process, see ``docs/explanation/performance.md``."""

MEMORY = 1_000_000_000
"""Bytes of memory that a process may need: 0.6 GB with the medium-sized French model."""


class PoolSettings(Record, frozen=True, kw_only=True):
    """What every worker needs to know.

    Args:
        pipelines: models, rules and votes by ISO 639-1 code, and at ``""`` for all other
            languages; the paths are absolute.
        schema: absolute path of the label schema.
        language: language of rows whose own is neither given nor detected.
        languages: those among which it is detected; all if empty.
        output: absolute path of the folder for the partitions.
    """

    pipelines: dict[str, Pipelines]
    schema: str
    language: str
    languages: tuple[str, ...] = ()
    output: str


class WrittenPartition(Record, frozen=True, kw_only=True):
    """A partition that was written: its file, rows, spans, and refused rows."""

    name: str
    rows: int
    spans: int
    refused: int


class PoolReport(Record, frozen=True, kw_only=True):
    """The result of a run.

    Args:
        done: the partitions that were written, sorted by name.
        known: number of partitions that existed already.
        problems: the partitions that could not be annotated.
    """

    done: tuple[WrittenPartition, ...] = ()
    known: int = 0
    problems: tuple[Problem, ...] = ()


def run(
    partitions: list[Partition],
    settings: PoolSettings,
    work: Work,
    *,
    workers: int = 0,
    scheduler: str = "",
    progress: Progress = silent,
) -> PoolReport:
    """Annotate the partitions that are not written yet.

    Args:
        partitions: the partitions of a pool.
        settings: what every worker needs to know.
        work: annotates and writes a partition; a function of a module, so that it can be pickled.
        workers: processes on this machine; 1 for this one, 0 for as many as are worth starting.
        scheduler: address of a Dask scheduler, such as ``tcp://host:8786``, or ``local`` for a
            cluster of ``workers`` processes on this machine.
        progress: called for each partition.

    Raises:
        CurateError: a scheduler is given, but Dask is not installed.
    """
    output = Path(settings.output)
    output.mkdir(parents=True, exist_ok=True)
    missing = [part for part in partitions if not (output / part.name).exists()]
    workers = workers or useful_workers(missing)
    if scheduler:
        results = _on_dask(missing, settings, work, workers, scheduler)
    elif workers > 1:
        results = _in_processes(missing, settings, work, workers)
    else:
        results = (_try(part, settings, work) for part in missing)
    written: list[WrittenPartition] = []
    problems: list[Problem] = []
    for number, result in enumerate(results, 1):
        progress("pre-annotate", number, len(missing))
        if isinstance(result, Problem):
            problems.append(result)
        else:
            written.append(result)
    written.sort(key=lambda partition: partition.name)
    known = len(partitions) - len(missing)
    return PoolReport(done=tuple(written), known=known, problems=tuple(problems))


def useful_workers(missing: list[Partition]) -> int:
    """How many processes are worth starting for the missing partitions.

    Each process has to load the models first. So there is one for every ``BREAK_EVEN`` bytes, and
    no more than there are partitions, cores, and memory for.
    """
    import psutil

    share = sum(part.size for part in missing) // BREAK_EVEN
    try:
        cores = len(psutil.Process().cpu_affinity())
    except AttributeError:  # macOS has none
        cores = psutil.cpu_count() or 1
    room = psutil.virtual_memory().available // MEMORY
    return max(1, min(cores, len(missing), share, room))


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a partition atomically, since a partition that exists counts as complete."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        frame.to_parquet(temporary, index=False)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _try(part: Partition, settings: PoolSettings, work: Work) -> WrittenPartition | Problem:
    try:
        return work(part, settings)
    except CurateError as error:
        return _failed(part, error)


def _in_processes(
    missing: list[Partition], settings: PoolSettings, work: Work, workers: int
) -> Iterator[WrittenPartition | Problem]:
    """A killed worker breaks the whole executor; the unfinished partitions go to a new one."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")  # a forked spaCy or pyarrow can hang
    left, tries = list(missing), 0
    while left:
        tries += 1
        finished: set[str] = set()
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            futures = {pool.submit(_try, part, settings, work): part for part in left}
            for future in as_completed(futures):
                try:
                    result = future.result()
                except BrokenProcessPool:
                    continue
                finished.add(futures[future].name)
                yield result
        left = [part for part in left if part.name not in finished]
        if left and tries == TRIES:
            yield from (_failed(part, "its worker died") for part in left)
            return


def _on_dask(
    missing: list[Partition], settings: PoolSettings, work: Work, workers: int, scheduler: str
) -> Iterator[WrittenPartition | Problem]:
    """Dask itself sends the partition of a dead worker to another one, up to ``TRIES`` times."""
    require("pools", "--scheduler", "dask", "distributed", otherwise=", or omit --scheduler")
    import dask
    from dask.distributed import Client, LocalCluster, as_completed
    from distributed.scheduler import KilledWorker

    dask.config.set({"distributed.scheduler.allowed-failures": TRIES - 1})
    cluster: Any = scheduler
    if scheduler == "local":
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",  # any free port: without one it asks for 8787
        )
    try:
        with Client(cluster) as client:
            futures = {
                client.submit(_try, part, settings, work, key=part.name, pure=False): part
                for part in missing
            }
            for future in as_completed(list(futures)):
                try:
                    yield future.result()
                except KilledWorker:
                    yield _failed(futures[future], "its worker died")
    finally:
        if scheduler == "local":
            cluster.close()


def _failed(part: Partition, error: object) -> Problem:
    return Problem(
        code="pool.partition",
        message=f"partition {part.name} was not annotated ({error})",
        where=part.path,
        hint="run the command again; partitions that are written are kept",
    )
