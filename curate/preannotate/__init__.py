"""Pre-annotation: what machines propose before people look.

Documents go in, and for each come the layers of the spaCy pipelines and rules files of its
language, and last the layer ``proposal``, which is what people get to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from curate.config import Pipelines
from curate.errors import ConfigError
from curate.layers import PROPOSAL, is_model
from curate.model import Annotation, Document, Problem, Record, Span
from curate.preannotate import ensemble as _ensemble
from curate.preannotate import models as _models
from curate.preannotate import proposal as _proposal
from curate.preannotate import rules as _rules
from curate.preannotate.ensemble import Votes
from curate.schema import Schema
from curate.util.batches import batched

__all__ = [
    "BATCH",
    "Annotator",
    "Result",
    "Setup",
    "annotate",
    "layers",
    "learn",
    "load",
    "read_votes",
]

BATCH = 64
Result = tuple[Document, tuple[Annotation, ...], tuple[Problem, ...]]


class Setup(Record, frozen=True, kw_only=True):
    """What the articles of one language are annotated with.

    Args:
        models: spaCy pipelines: package names, or folders.
        rules: rules files.
        votes: the file of learned weights; without one, the fixed order of the layers decides.
        threshold: the confidence, 0 to 1, that a span needs to be proposed; by default what the
            weights bring. It matters only for the labels they vote on.
    """

    models: tuple[str, ...] = ()
    rules: tuple[Path, ...] = ()
    votes: Path | None = None
    threshold: float | None = None

    @classmethod
    def of(cls, settings: Pipelines) -> Setup:
        """The set-up of settings whose paths are good where it is used."""
        return cls(
            models=settings.models,
            rules=tuple(Path(path) for path in settings.rules),
            votes=Path(settings.votes) if settings.votes else None,
            threshold=settings.threshold,
        )


@dataclass(frozen=True)
class _Loaded:
    """A setup, loaded: everything that documents of one language need."""

    language: str
    runners: tuple[_models.Model, ...]
    compiled: tuple[_rules.Rules, ...]
    votes: Votes | None
    threshold: float | None
    overlap: bool

    def annotate(self, documents: Sequence[Document]) -> Iterator[Result]:
        columns = [runner.annotate(documents) for runner in self.runners]
        for number, document in enumerate(documents):
            answers = [column[number] for column in columns]
            made = [answer for answer in answers if isinstance(answer, Annotation)]
            problems = tuple(answer for answer in answers if isinstance(answer, Problem))
            said = [span for layer in made for span in layer.spans]
            for ruled in self.compiled:
                spans = ruled.spans(document.text)
                said += spans
                made.append(ruled.layered(document, spans))
            yield document, (*made, self._propose(document, said)), problems

    def _propose(self, document: Document, said: Sequence[Span]) -> Annotation:
        return _proposal.propose(
            document,
            said,
            language=self.language,
            overlap=self.overlap,
            votes=self.votes,
            threshold=self.threshold,
        )


def layers(models: Sequence[str], rules: Sequence[Path]) -> tuple[str, ...]:
    """Names of the layers that a configuration makes, in order; loads no model.

    A document that lacks one of these has not been annotated under this configuration.

    Raises:
        ConfigError: a model is not installed, or a rules file cannot be read.
    """
    named = [_models.meta(name).layer for name in models]
    return (*named, *(_rules.read(path).layer for path in rules), PROPOSAL)


@dataclass(frozen=True)
class Annotator:
    """Setups that are loaded; it annotates as many streams of documents as wanted."""

    setups: Mapping[str, _Loaded]  # by language; "" for all the others

    def annotate(self, documents: Iterable[Document]) -> Iterator[Result]:
        """Annotate documents as they stream by, 64 at a time, in order; see :func:`annotate`."""
        for batch in batched(documents, BATCH):
            of = [document.lang if document.lang in self.setups else "" for document in batch]
            done = {
                language: self.setups[language].annotate(
                    [d for d, its in zip(batch, of, strict=True) if its == language]
                )
                for language in set(of)
            }
            for language in of:
                yield next(done[language])


def load(setup: Setup, schema: Schema, languages: Mapping[str, Setup] | None = None) -> Annotator:
    """Load models, rules and weights once, to annotate with them again and again.

    Args:
        setup: for the documents of all languages that have no setup of their own.
        schema: the label schema; it maps the models' labels.
        languages: other setups, by ISO 639-1 code.

    Raises:
        ConfigError: a model or a file is missing or wrong.
    """
    loaded = {"": _load(setup, schema.language, schema)}
    for language, other in (languages or {}).items():
        loaded[language] = _load(other, language, schema)
    return Annotator(loaded)


def annotate(
    documents: Iterable[Document],
    *,
    models: Sequence[str],
    rules: Sequence[Path],
    schema: Schema,
    votes: Path | None = None,
    threshold: float | None = None,
    languages: Mapping[str, Setup] | None = None,
) -> Iterator[Result]:
    """Annotate documents as they stream by, in order.

    Args:
        documents: read lazily, 64 at a time.
        models: spaCy pipelines: package names, or folders.
        rules: rules files.
        schema: the label schema; it maps the models' labels.
        votes: the file of learned weights.
        threshold: see :class:`Setup`.
        languages: other setups, by ISO 639-1 code, for the documents of these languages.

    Yields:
        Document, its annotations (a layer each, ``proposal`` last), and its problems. Where a
        model fails on a document, that layer is missing, a problem says why, and the proposal is
        made of the rest.

    Raises:
        ConfigError: a model or a file is missing or wrong; raised before the first document.
    """
    own = Setup(models=tuple(models), rules=tuple(rules), votes=votes, threshold=threshold)
    return load(own, schema, languages).annotate(documents)


def learn(
    examples: Iterable[tuple[Document, Sequence[Annotation], Sequence[Span]]],
    *,
    rules: Sequence[Path],
    schema: Schema,
    labels: Sequence[str],
    name: str = "votes",
    version: str = "1.0.0",
    language: str = "",
    threshold: float = 0.4,
) -> Votes:
    """Learn how much each proposer's word weighs, from what people accepted and rejected.

    Args:
        examples: documents that people confirmed, the layers of the models on each, and its gold.
        rules: rules files; they are run anew.
        schema: the label schema.
        labels: the labels to vote on; the gold has to be complete for them.
        name: name of the weights.
        version: version of the weights.
        language: ISO 639-1 code; that of the schema by default.
        threshold: a candidate of a lower confidence will not be proposed.

    Raises:
        ConfigError: a rules file is wrong, or there is too little to learn from.
    """
    compiled = [_rules.load(path, schema) for path in rules]
    language = language or schema.language
    known: list[_ensemble.Example] = []
    count = 0
    for document, made, gold in examples:
        count += 1
        right = {span.key for span in gold}
        said = [
            span for annotation in made if is_model(annotation.layer) for span in annotation.spans
        ]
        said += [span for ruled in compiled for span in ruled.spans(document.text)]
        found, _ = _proposal.ballot(document, said, language, labels)
        known += [_ensemble.Example(facts, span.key in right) for span, facts in found]
    return _ensemble.learn(
        known,
        name=name,
        version=version,
        language=language,
        labels=labels,
        threshold=threshold,
        documents=count,
    )


def read_votes(path: Path) -> Votes:
    """Read a file of learned weights.

    Raises:
        ConfigError: it is missing or wrong.
    """
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Votes)
    except FileNotFoundError as error:
        raise ConfigError(
            f"weights {path} are missing", "correct [preannotate] votes in curate.toml"
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}", "learn the weights anew") from error


def _load(setup: Setup, language: str, schema: Schema) -> _Loaded:
    return _Loaded(
        language,
        tuple(_models.load(name, schema) for name in setup.models),
        tuple(_rules.load(path, schema) for path in setup.rules),
        read_votes(setup.votes) if setup.votes else None,
        setup.threshold,
        schema.overlap,
    )
