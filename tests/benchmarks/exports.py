"""The exports: time and memory by the number of documents, and against what others do alone.

Usage: ``python tests/benchmarks/exports.py [--documents 10000,30000,100000] [--formats conll,…]``,
and with ``--against`` the comparisons.

Articles of 1 kB are made from a seed: twelve sentences with 24 spans and 3 more nested in them, and
words that no other article has, as names are in news. Each run is a process of its own that reads
the articles from a file; imports and tokenizers are in the time. Time is the processor's, memory
the peak of the whole process. Baselines, in the same run, of the same articles:

- ``spacy convert`` makes a DocBin of the CoNLL file (its tokens are found already), and spaCy's
  blank pipeline with its sentencizer tokenises the texts, and writes nothing;
- pandas makes a frame of the rows, spans as lists of dictionaries, and writes it as Parquet.
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

from curate import schema
from curate.formats import export
from curate.formats.jsonl import JsonlRow, gold_document
from curate.formats.registry import WRITABLE
from curate.model import Document, Revision, Span
from curate.util import jsonl

ROOT = Path(__file__).resolve().parents[2]
FIRST = ["Anna", "Paul", "Marie", "Jean", "Luc", "Eva", "Karim", "Léa"]
SYLLABLES = ["ba", "ko", "mi", "lu", "ter", "san", "vor", "gal", "nim", "pa", "ris", "ton", "vel"]


def article(number: int, draw: random.Random) -> tuple[Document, Revision]:
    """An article and its gold."""
    text = ""
    spans: list[Span] = []

    def mark(surface: str, label: str) -> None:
        nonlocal text
        spans.append(Span(len(text), len(text) + len(surface), label, by="annotator:anna"))
        text += surface

    for sentence in range(12):
        town = _name(draw)
        text += "Selon "
        mark(f"{draw.choice(FIRST)} {_name(draw)}", "PER")
        text += ", l’affaire de "
        if sentence % 4 == 0:
            at = len(text) + len("Institut de ")
            mark(f"Institut de {town}", "ORG")
            spans.append(Span(at, at + len(town), "LOC", by="annotator:anna"))
        else:
            mark(town, "LOC")
        text += " n’est pas finie, dit-on ce matin. "
    text += f"Dépêche {number}."
    document = Document(id=jsonl.document_id(text), text=text, lang="fr", meta={"source": "Fil"})
    return document, Revision(
        document=document.id,
        number=1,
        author="annotator:anna",
        at="2026-01-01T00:00:00Z",
        reason="first pass",
        schema="news-fr@1.0.0",
        spans=tuple(sorted(spans, key=lambda it: it.key)),
        confirmed_by="anna",
    )


def _name(draw: random.Random) -> str:
    return "".join(draw.choice(SYLLABLES) for _ in range(draw.randrange(2, 5))).title()


def pairs(source: Path) -> Iterator[tuple[Document, Revision]]:
    """The articles, from a file."""
    return (gold_document(row, "news-fr@1.0.0") for row in jsonl.read(source, JsonlRow))


def exported(format: str, source: Path, folder: Path) -> None:
    """What is measured."""
    labels = schema.load(ROOT / "schemas" / "news-fr.yaml")
    export.write(format, pairs(source), folder / f"c.{format}", labels)


def tokenised(source: Path, folder: Path) -> None:
    """Baseline: the blank pipeline alone."""
    import spacy

    nlp = spacy.blank("fr")
    nlp.add_pipe("sentencizer")
    for document, _ in pairs(source):
        nlp(document.text)


def converted(source: Path, folder: Path) -> None:
    """Baseline: ``spacy convert``."""
    from spacy.cli.convert import convert

    conll = source.with_suffix(".conll")
    convert(conll, folder, converter="ner", silent=True, lang="fr")


def framed(source: Path, folder: Path) -> None:
    """Baseline: pandas."""
    import pandas as pd

    rows = [json.loads(line) for line in source.read_bytes().splitlines()]
    pd.DataFrame(rows).to_parquet(folder / "c.parquet")


BASELINES: dict[str, Callable[[Path, Path], None]] = {
    "spacy-tokenise": tokenised,
    "spacy-convert": converted,
    "pandas": framed,
}


def measure(what: str, source: Path) -> dict[str, float]:
    """One export, or one baseline, in this process."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        before = time.process_time()
        if what in BASELINES:
            BASELINES[what](source, Path(folder))
        else:
            exported(what, source, Path(folder))
        seconds = time.process_time() - before
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        files = (path for path in Path(folder).rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in files)
    return {"seconds": seconds, "peak": peak, "size": size / 1e6}


def apart(what: str, source: Path) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--one", what, "--source", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def sources(folder: Path, counts: list[int]) -> dict[int, Path]:
    """Files of articles, by their number."""
    labels = schema.load(ROOT / "schemas" / "news-fr.yaml")
    found: dict[int, Path] = {}
    for count in counts:
        draw = random.Random(7)
        made = (article(number, draw) for number in range(count))
        found[count] = folder / f"{count}.jsonl"
        export.write("jsonl", made, found[count], labels)
    return found


def table(formats: list[str], files: dict[int, Path]) -> None:
    """Time and memory of each format at each size, with the ratio to the smallest."""
    heads = (
        "format",
        "documents",
        "seconds",
        "ms/document",
        "ratio",
        "peak MB",
        "ratio",
        "size MB",
    )
    print("".join(f"{head:>15}" for head in heads))
    for format in formats:
        first: tuple[float, float] | None = None
        for count, source in files.items():
            found = apart(format, source)
            each = found["seconds"] / count * 1000
            first = first or (each, found["peak"])
            row = (
                *(format, f"{count:,}", f"{found['seconds']:.1f}", f"{each:.2f}"),
                *(f"{each / first[0]:.2f}", f"{found['peak']:.0f}"),
                *(f"{found['peak'] / first[1]:.2f}", f"{found['size']:.0f}"),
            )
            print("".join(f"{cell:>15}" for cell in row), flush=True)


def against(files: dict[int, Path], repeat: int) -> None:
    """The comparisons, of some runs the quickest."""
    heads = ("what", "documents", "seconds", "peak MB", "baseline", "seconds", "peak MB", "ratio")
    print("".join(f"{head:>15}" for head in heads))
    for count, source in files.items():
        labels = schema.load(ROOT / "schemas" / "news-fr.yaml")
        export.write("conll", pairs(source), source.with_suffix(".conll"), labels)
        for what, baseline in (
            ("spacy", "spacy-tokenise"),
            ("spacy", "spacy-convert"),
            ("parquet", "pandas"),
        ):
            ours, theirs = (
                min((apart(it, source) for _ in range(repeat)), key=lambda run: run["seconds"])
                for it in (what, baseline)
            )
            row = (
                *(what, f"{count:,}", f"{ours['seconds']:.1f}", f"{ours['peak']:.0f}"),
                *(baseline, f"{theirs['seconds']:.1f}", f"{theirs['peak']:.0f}"),
                f"{ours['seconds'] / theirs['seconds']:.2f}",
            )
            print("".join(f"{cell:>15}" for cell in row), flush=True)


def main() -> None:
    """Run what is asked for and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", default="10000,30000,100000")
    parser.add_argument("--formats", default=",".join(WRITABLE))
    parser.add_argument("--against", action="store_true")
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measure(asked.one, asked.source)))
        return
    with tempfile.TemporaryDirectory() as folder:
        files = sources(Path(folder), [int(count) for count in asked.documents.split(",")])
        if asked.against:
            against(files, asked.repeat)
        else:
            table(asked.formats.split(","), files)


if __name__ == "__main__":
    main()
