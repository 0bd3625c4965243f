"""Partitions sent to where they are annotated: here, to processes, or to a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.config import Pipelines
from curate.errors import CurateError, InputError
from curate.model import Problem, Record
from curate.pool.partitions import Partition
from curate.util.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

Work = Callable[[Partition, "Settings"], "Done"]
TRIES = 3
"""How often a partition is given to a worker before it is told as a problem."""

BREAK_EVEN = 800_000
"""Bytes of text for which one more process pays off, see ``docs/explanation/performance.md``."""

MEMORY = 1_000_000_000
"""Bytes of memory that a process may need: 0.6 GB with the French model of middle size."""


class Settings(Record, frozen=True, kw_only=True):
    """What every worker needs.

    Args:
        pipelines: what articles are annotated with, by ISO 639-1 code, and at ``""`` for those of
            all other languages; the paths are absolute.
        schema: file of the label schema, absolute.
        language: of the rows that do not name theirs.
        output: folder of the written partitions, absolute.
    """

    pipelines: dict[str, Pipelines]
    schema: str
    language: str
    output: str


class Done(Record, frozen=True, kw_only=True):
    """A partition that was written: its file, rows, spans, and rows with a problem."""

    name: str
    rows: int
    spans: int
    refused: int


class Ran(Record, frozen=True, kw_only=True):
    """What a run did: new partitions, partitions that were there, and what went wrong."""

    done: tuple[Done, ...] = ()
    known: int = 0
    problems: tuple[Problem, ...] = ()


def run(
    partitions: list[Partition],
    settings: Settings,
    work: Work,
    *,
    workers: int = 0,
    scheduler: str = "",
    progress: Progress = lambda what, done, total: None,
) -> Ran:
    """Annotate the partitions that are not written yet.

    Args:
        partitions: of one pool.
        settings: what every worker needs.
        work: annotates and writes one partition; a function of a module, as it goes to workers.
        workers: processes of this machine; 1 works in this one, 0 takes as many as pay.
        scheduler: address of a Dask scheduler, such as ``tcp://host:8786``, or ``local`` for a
            cluster of ``workers`` processes on this machine.
        progress: told (what, done, total) as the work goes on.

    Raises:
        InputError: Dask is asked for and not installed.
    """
    output = Path(settings.output)
    output.mkdir(parents=True, exist_ok=True)
    todo = [part for part in partitions if not (output / part.name).exists()]
    workers = workers or paying(todo)
    if scheduler:
        results = _on_dask(todo, settings, work, workers, scheduler)
    elif workers > 1:
        results = _in_processes(todo, settings, work, workers)
    else:
        results = (_tried(part, settings, work) for part in todo)
    done: list[Done] = []
    problems: list[Problem] = []
    for number, result in enumerate(results, 1):
        progress("pre-annotate", number, len(todo))
        if isinstance(result, Problem):
            problems.append(result)
        else:
            done.append(result)
    done.sort(key=lambda each: each.name)
    known = len(partitions) - len(todo)
    return Ran(done=tuple(done), known=known, problems=tuple(problems))


def paying(todo: list[Partition]) -> int:
    """How many processes of this machine pay for partitions that are not written yet.

    Each has to start and to load the models; so as many as have ``BREAK_EVEN`` bytes to do, and as
    there are cores and memory for.
    """
    import psutil

    share = sum(part.size for part in todo) // BREAK_EVEN
    try:
        cores = len(psutil.Process().cpu_affinity())
    except AttributeError:  # macOS has none
        cores = psutil.cpu_count() or 1
    room = psutil.virtual_memory().available // MEMORY
    return max(1, min(cores, len(todo), share, room))


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a partition whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        frame.to_parquet(temporary, index=False)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _tried(part: Partition, settings: Settings, work: Work) -> Done | Problem:
    try:
        return work(part, settings)
    except CurateError as error:
        return _failed(part, error)


def _in_processes(
    todo: list[Partition], settings: Settings, work: Work, workers: int
) -> Iterator[Done | Problem]:
    """A worker that is killed takes the pool with it; what it did not finish is given out again."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")  # a forked spaCy or pyarrow can hang
    left, tries = list(todo), 0
    while left:
        tries += 1
        finished: set[str] = set()
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            futures = {pool.submit(_tried, part, settings, work): part for part in left}
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
    todo: list[Partition], settings: Settings, work: Work, workers: int, scheduler: str
) -> Iterator[Done | Problem]:
    """Dask gives the partition of a worker that died to another one, ``TRIES`` times."""
    try:
        import dask
        from dask.distributed import Client, LocalCluster, as_completed
        from distributed.scheduler import KilledWorker
    except ImportError as error:
        raise InputError(
            "Dask is not installed", "pip install 'curate-corpus[pools]', or leave --scheduler out"
        ) from error
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
                client.submit(_tried, part, settings, work, key=part.name, pure=False): part
                for part in todo
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
        hint="run the command again; what is written stays",
    )
