"""Near copies: ``curate dedup`` compared with datasketch's MinHashLSH, on the same file of texts.

Usage: ``python tests/benchmarks/dedup.py [--documents 36000] [--threshold 0.7]``.

The texts are the articles of ``../shared/data/winer-fr-2016``, repeatedly, in a file of JSON Lines;
in each copy one to four words are replaced by others of its own, at random from a seed. Each method
reads the file, in a process of its own, which reports its processor time and the memory it used
beyond the imports. Recall is the share
of true pairs that are in one group: pairs whose sets of word 5-grams have at least the Jaccard
similarity of the threshold, found by comparing all copies of every tenth article with each other.

- ``datasketch``: a MinHash of 128 permutations per text (``update_batch``), MinHashLSH with the
  bands that it chooses for the threshold, one query per text, groups by union-find over the
  candidates.
- ``datasketch, our bands``: the same with the bands of ``curate.dedup.minhash``.
- ``datasketch, normalised texts``: as the first, on texts that curate's normalisation made.
- ``curate dedup``: what the command runs, which reads, normalises, compares, and verifies each
  candidate.
- ``curate, comparison alone``: ``curate.dedup.find_duplicates`` on the texts as they are.
- ``comparison with rensa``: the same with signatures by rensa, if it is installed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from curate.dedup import find_duplicates, minhash
from curate.text.normalise import normalise

ARTICLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "winer-fr-2016"
METHODS = (
    "datasketch",
    "datasketch, our bands",
    "datasketch, normalised texts",
    "curate dedup",
    "curate, comparison alone",
    "comparison with rensa",
)


def articles() -> list[str]:
    """The shared articles, each once."""
    paths = sorted(ARTICLES.glob("*/*.txt"))
    return list(dict.fromkeys(path.read_text("utf-8") for path in paths))


def texts(count: int) -> Iterator[str]:
    """The articles, and then copies of them with small edits."""
    originals = articles()
    chance = random.Random(2016)
    for number in range(count):
        text = originals[number % len(originals)]
        if number >= len(originals):
            words = text.split(" ")
            for _ in range(chance.randint(1, 4)):
                words[chance.randrange(len(words))] = chance.choice(words)
            text = " ".join(words)
        yield text


def read(path: Path) -> Iterator[str]:
    """The texts of the file, as a user of datasketch would read them."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)["text"]


def shingles(text: str) -> set[bytes]:
    """Word 5-grams as a user of datasketch would make them."""
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[at : at + 5]).encode() for at in range(max(1, len(words) - 4))}


def with_datasketch(
    path: Path, threshold: float, *, ours: bool = False, normalised: bool = False
) -> list[int]:
    """The group of each text, by datasketch."""
    from datasketch import MinHash, MinHashLSH

    params = minhash.bands(threshold) if ours else None
    size = params[0] * params[1] if params else 128
    index = MinHashLSH(threshold=threshold, num_perm=size, params=params)
    signatures: list[Any] = []
    for number, raw in enumerate(read(path)):
        text = normalise(raw).text if normalised else raw
        signature = MinHash(num_perm=size)
        signature.update_batch(shingles(text))
        index.insert(number, signature)
        signatures.append(signature)
    parent = list(range(len(signatures)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = number = parent[parent[number]]
        return number

    for number, signature in enumerate(signatures):
        for other in index.query(signature):
            parent[max(root(number), root(other))] = min(root(number), root(other))
    return [root(number) for number in range(len(signatures))]


def with_command(path: Path, threshold: float) -> list[int]:
    """The group of each text, by what the command runs."""
    from curate.dedup.clusters import DedupOptions, dedup_files

    found = dedup_files([path], DedupOptions(threshold=threshold))
    groups = list(range(found.documents))
    for cluster in found.clusters:
        numbers = [int(copy.where.rpartition(":")[2]) - 1 for copy in cluster.members]
        for number in numbers:
            groups[number] = min(numbers)
    return groups


def with_curate(path: Path, threshold: float) -> list[int]:
    """The group of each text, by the comparison alone."""
    found = find_duplicates(read(path), threshold)
    groups = list(range(found.texts))
    for group in found.groups:
        for copy in group.copies:
            groups[copy.number] = group.copies[0].number
    return groups


def with_rensa(path: Path, threshold: float) -> list[int]:
    """The same with signatures by rensa."""
    from rensa import RMinHash

    def signatures(sets: Any, permutations: int) -> Any:
        starts = np.cumsum([0, *map(len, sets)]).astype(np.uint64)
        make = RMinHash.digest_matrix_from_flat_token_hashes
        return np.array(make(np.concatenate(sets), starts, permutations, 1).to_rows(), np.uint32)

    minhash.signatures = signatures
    return with_curate(path, threshold)


def run(method: str, path: Path, threshold: float) -> dict[str, Any]:
    """One method, in this process: processor seconds, bytes, and the group of each text."""
    methods: dict[str, Callable[[], list[int]]] = {
        "datasketch": lambda: with_datasketch(path, threshold),
        "datasketch, our bands": lambda: with_datasketch(path, threshold, ours=True),
        "datasketch, normalised texts": lambda: with_datasketch(path, threshold, normalised=True),
        "curate dedup": lambda: with_command(path, threshold),
        "curate, comparison alone": lambda: with_curate(path, threshold),
        "comparison with rensa": lambda: with_rensa(path, threshold),
    }
    importlib.import_module("datasketch" if "datasketch" in method else "curate.dedup.clusters")
    before, start = peak(), time.process_time()
    groups = methods[method]()
    seconds = time.process_time() - start
    return {"seconds": seconds, "bytes": peak() - before, "groups": groups}


def peak() -> int:
    """The largest memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def true_pairs(count: int, threshold: float) -> list[tuple[int, int]]:
    """Pairs at or above the threshold among the copies of every tenth article."""
    period = len(articles())
    families: dict[int, list[tuple[int, set[bytes]]]] = {}
    for number, text in enumerate(texts(count)):
        if number % period % 10 == 0:
            families.setdefault(number % period, []).append((number, shingles(text)))
    return [
        (first, second)
        for family in families.values()
        for (first, a), (second, b) in combinations(family, 2)
        if len(a & b) >= threshold * len(a | b)
    ]


def wrong_pairs(groups: list[int]) -> int:
    """Number of texts in a group whose first text is a copy of another article."""
    period = len(articles())
    return sum(number % period != group % period for number, group in enumerate(groups))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--documents", type=int, default=36_000)
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--method", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    count, threshold = arguments.documents, arguments.threshold
    if arguments.method:
        print(json.dumps(run(arguments.method, arguments.file, threshold)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"text": text}) + "\n" for text in texts(count))
        compare(path, count, threshold)


def compare(path: Path, count: int, threshold: float) -> None:
    """Print a row for each method."""
    pairs = true_pairs(count, threshold)
    print(f"{count:,} texts, threshold {threshold}, {len(pairs):,} true pairs")
    print("| method | seconds | of datasketch | memory | recall | with another article |")
    print("| --- | --- | --- | --- | --- | --- |")
    baseline = 0.0
    for method in METHODS:
        if method.endswith("rensa") and not importlib.util.find_spec("rensa"):
            continue
        result = run_apart(method, path, threshold)
        baseline = baseline or result["seconds"]
        groups = result["groups"]
        recall = sum(groups[a] == groups[b] for a, b in pairs) / len(pairs)
        times = (f"{result['seconds']:.1f}", f"{result['seconds'] / baseline:.3f}")
        memory = f"{result['bytes'] / 2**20:.0f} MiB"
        cells = (method, *times, memory, f"{recall:.4f}", str(wrong_pairs(groups)))
        print("|", " | ".join(cells), "|")


def run_apart(method: str, path: Path, threshold: float) -> dict[str, Any]:
    """The result of a method, in a process of its own."""
    command = [sys.executable, __file__, "--method", method, "--file", str(path)]
    command += ["--threshold", str(threshold)]
    process = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(process.stdout)
    return result


if __name__ == "__main__":
    main()
