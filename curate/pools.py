"""The pre-annotation of a pool: where its partitions meet ingest and the pre-annotators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from curate import schema
from curate.model import Annotation, Document, Problem
from curate.pool import Done, Partition, Settings, annotate
from curate.pool.frame import Annotate, Make
from curate.pool.partitions import read
from curate.pool.run import write


def work(partition: Partition, settings: Settings) -> Done:
    """Annotate one partition and write it; called in whichever process it was sent to.

    Raises:
        InputError: its file cannot be read.
        ConfigError: a model, the rules or the schema are missing or wrong.
    """
    frame = read(partition)
    frame["_where"] = partition.path
    proposals = _proposals(settings.models, settings.rules, settings.schema)
    found = annotate(frame, proposals, _make(settings.language))
    write(found, Path(settings.output) / partition.name)
    return Done(
        name=partition.name,
        rows=len(found),
        spans=int(found["spans"].str.count('"label"').sum()),
        refused=int((found["id"] == "").sum()),
    )


@lru_cache(maxsize=1)
def _proposals(models: tuple[str, ...], rules: tuple[str, ...], path: str) -> Annotate:
    """The pre-annotators, loaded once a process: a model takes seconds, a partition not many."""
    from curate import preannotate

    setup = preannotate.Setup(models=models, rules=tuple(Path(file) for file in rules))
    annotator = preannotate.load(setup, schema.load(Path(path)))

    def propose(
        documents: Iterable[Document],
    ) -> Iterator[tuple[Document, Annotation, tuple[Problem, ...]]]:
        for document, layers, problems in annotator.annotate(documents):
            yield document, layers[-1], problems

    return propose


def _make(language: str) -> Make:
    from curate import ingest
    from curate.ingest.language import detect

    def make(text: str, meta: dict[str, str], lang: str) -> Document | Problem:
        where = meta.pop("_where", "")
        return ingest.make(text, meta, lang or detect(text).code or language, where)

    return make
