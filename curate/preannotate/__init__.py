"""Pre-annotation: what machines propose before people look.

Documents go in, and for each come the layers of the configured spaCy pipelines and rules files,
and last the layer ``proposal``, which is what people get to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from curate.model import Annotation, Document, Problem
from curate.preannotate import models as _models
from curate.preannotate import rules as _rules
from curate.preannotate.combine import PROPOSAL, combine
from curate.schema import Schema

__all__ = ["BATCH", "PROPOSAL", "Result", "annotate", "layers"]

BATCH = 64
Result = tuple[Document, tuple[Annotation, ...], tuple[Problem, ...]]
T = TypeVar("T")


def layers(models: Sequence[str], rules: Sequence[Path]) -> tuple[str, ...]:
    """Names of the layers that a configuration makes, in order; loads no model.

    A document that lacks one of these has not been annotated under this configuration.

    Raises:
        ConfigError: a model is not installed, or a rules file cannot be read.
    """
    named = [_models.meta(name).layer for name in models]
    return (*named, *(_rules.read(path).layer for path in rules), PROPOSAL)


def annotate(
    documents: Iterable[Document],
    *,
    models: Sequence[str],
    rules: Sequence[Path],
    schema: Schema,
) -> Iterator[Result]:
    """Annotate documents as they stream by, in order.

    Args:
        documents: read lazily, 64 at a time.
        models: spaCy pipelines: package names, or folders.
        rules: rules files.
        schema: the label schema; it maps the models' labels.

    Yields:
        Document, its annotations (a layer each, ``proposal`` last), and its problems. Where a
        model fails on a document, that layer is missing, a problem says why, and the proposal is
        made of the rest.

    Raises:
        ConfigError: a model or a rules file is missing or wrong; raised before the first document.
    """
    runners = [_models.load(name, schema) for name in models]
    compiled = [_rules.load(path, schema) for path in rules]
    return _stream(documents, runners, compiled, schema)


def _stream(
    documents: Iterable[Document],
    runners: Sequence[_models.Model],
    compiled: Sequence[_rules.Rules],
    schema: Schema,
) -> Iterator[Result]:
    for batch in _batches(documents, BATCH):
        columns = [runner.annotate(batch) for runner in runners]
        for number, document in enumerate(batch):
            answers = [column[number] for column in columns]
            made = [answer for answer in answers if isinstance(answer, Annotation)]
            made += [ruled.annotate(document) for ruled in compiled]
            problems = tuple(answer for answer in answers if isinstance(answer, Problem))
            proposal = combine(document.id, made, overlap=schema.overlap)
            yield document, (*made, proposal), problems


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
