"""Running the models and rules of each language over documents, and proposing spans."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from curate.config import EndpointSettings, Pipelines, ProgramSettings
from curate.layers import PROPOSAL
from curate.model import Annotation, Document, Problem, Record, Span
from curate.preannotate.endpoints import Endpoint, endpoint_layer
from curate.preannotate.models import SpacyModel, load_model, read_meta
from curate.preannotate.programs import Program, program_layer
from curate.preannotate.proposal import propose
from curate.preannotate.proposers import Proposer
from curate.preannotate.rules import CompiledRules, load, read
from curate.preannotate.votes import Votes, read_votes
from curate.schema import Schema
from curate.util.batches import batched

BATCH = 64
"""Documents that are annotated at once, unless a program is given more."""

Imported = Callable[[Document], Sequence[Annotation]]
"""Returns the layers of a document that take part in its proposal and are not made here."""

AnnotatedDocument = tuple[Document, tuple[Annotation, ...], tuple[Problem, ...]]
"""A document, its layers (``proposal`` last), and the problems of its models."""


class Setup(Record, frozen=True, kw_only=True):
    """The models, rules and votes for the articles of one language.

    Args:
        models: spaCy pipelines: package names, or folders.
        spans: the groups of spans to read, by pipeline; see :class:`SpacyModel`.
        rules: rules files.
        votes: file with learned weights; without one, the fixed order of the layers decides.
        threshold: minimum confidence, 0 to 1, of a proposed span; by default that of the weights.
            It applies only to the labels that are voted on.
        programs: programs that propose spans, by name.
        endpoints: language models that propose spans, by name.
        root: the workspace, in which programs are run.
    """

    models: tuple[str, ...] = ()
    spans: dict[str, tuple[str, ...]] = {}
    rules: tuple[Path, ...] = ()
    votes: Path | None = None
    threshold: float | None = None
    programs: dict[str, ProgramSettings] = {}
    endpoints: dict[str, EndpointSettings] = {}
    root: Path = Path()

    def layers(self, schema: Schema) -> tuple[str, ...]:
        """Names of the layers that it writes, in order; no model is loaded, no program run.

        A document that lacks one of them has not been annotated with this setup.

        Args:
            schema: the label schema, whose guidelines a language model is given.

        Raises:
            ConfigError: a model is not installed, a rules file cannot be read, or a program or an
                endpoint has no valid name.
        """
        return (
            *(read_meta(name).layer for name in self.models),
            *(program_layer(name, settings) for name, settings in self.programs.items()),
            *(endpoint_layer(name, each, schema) for name, each in self.endpoints.items()),
            *(read(path).layer for path in self.rules),
            PROPOSAL,
        )

    @classmethod
    def of(cls, pipelines: Pipelines) -> Setup:
        """The setup of settings whose paths are absolute."""
        return cls(
            models=pipelines.models,
            spans=pipelines.spans,
            rules=tuple(Path(path) for path in pipelines.rules),
            votes=Path(pipelines.votes) if pipelines.votes else None,
            threshold=pipelines.threshold,
        )


@dataclass(frozen=True)
class _LoadedSetup:
    language: str
    models: tuple[SpacyModel, ...]
    proposers: tuple[Proposer, ...]
    rules: tuple[CompiledRules, ...]
    votes: Votes | None
    threshold: float | None
    overlap: bool
    labels: frozenset[str]

    def annotate(
        self, documents: Sequence[Document], imported: Imported
    ) -> Iterator[AnnotatedDocument]:
        # Models take the whole batch at once, which is faster; rules one document at a time.
        columns = [model.annotate(documents) for model in self.models]
        proposed = [proposer.propose(documents) for proposer in self.proposers]
        for number, document in enumerate(documents):
            results = [column[number] for column in columns]
            layers = [result for result in results if isinstance(result, Annotation)]
            problems = [result for result in results if isinstance(result, Problem)]
            for stream in proposed:
                annotation, its_problems = next(stream)
                layers += [annotation] if annotation else []
                problems += its_problems
            others = imported(document)
            spans = spans_to_propose((*layers, *others), self.labels)
            for rules in self.rules:
                # Kept apart from the layer: spans without a label block others in the proposal.
                ruled = rules.applied(document)
                spans += ruled
                layers.append(rules.layered(document, ruled))
            proposal = with_sources(self._propose(document, spans), others)
            yield document, (*layers, proposal), tuple(problems)

    def _propose(self, document: Document, spans: Sequence[Span]) -> Annotation:
        language = document.lang or self.language
        # Weights say how reliable layers are in the language that they were learned in.
        weights = self.votes if self.votes and self.votes.language == language else None
        return propose(
            document,
            spans,
            language=language,
            overlap=self.overlap,
            weights=weights,
            threshold=self.threshold,
        )


@dataclass(frozen=True)
class Annotator:
    """Loaded setups, which can annotate any number of streams of documents.

    Args:
        setups: by language; ``""`` is for all other languages.
    """

    setups: Mapping[str, _LoadedSetup]

    def annotate(
        self, documents: Iterable[Document], imported: Imported = lambda document: ()
    ) -> Iterator[AnnotatedDocument]:
        """Annotate documents as they stream by, 64 at a time, in order; see :func:`annotate`.

        Args:
            documents: read lazily.
            imported: the layers of each document that were imported and take part, too.
        """
        proposers = {each.layer: each for own in self.setups.values() for each in own.proposers}
        size = max([BATCH, *(each.batch for each in proposers.values())])
        for batch in batched(documents, size):
            languages = [doc.lang if doc.lang in self.setups else "" for doc in batch]
            results = {
                language: self.setups[language].annotate(
                    [doc for doc, its in zip(batch, languages, strict=True) if its == language],
                    imported,
                )
                for language in set(languages)
            }
            for language in languages:
                yield next(results[language])
            # After the batch, so that what the others said about its documents can be kept.
            for proposer in proposers.values():
                proposer.check()


def load_annotator(
    setup: Setup, schema: Schema, languages: Mapping[str, Setup] | None = None
) -> Annotator:
    """Load models, rules and votes once, to annotate with them again and again.

    Args:
        setup: for documents in any language without a setup of its own.
        schema: the label schema; it maps the models' labels.
        languages: other setups, by ISO 639-1 code.

    Raises:
        ConfigError: a model or a file is missing or invalid.
    """
    load = _SetupLoader(schema)
    setups = {"": load(setup, schema.language)}
    for language, other in (languages or {}).items():
        setups[language] = load(other, language)
    return Annotator(setups)


def annotate(
    documents: Iterable[Document],
    *,
    models: Sequence[str],
    rules: Sequence[Path],
    schema: Schema,
    votes: Path | None = None,
    threshold: float | None = None,
    languages: Mapping[str, Setup] | None = None,
) -> Iterator[AnnotatedDocument]:
    """Annotate documents as they stream by, in order.

    Args:
        documents: read lazily, 64 at a time.
        models: spaCy pipelines: package names, or folders.
        rules: rules files.
        schema: the label schema; it maps the models' labels.
        votes: file with learned weights.
        threshold: see :class:`Setup`.
        languages: other setups, by ISO 639-1 code, for the documents in these languages.

    Yields:
        The document, its annotations (one per layer, ``proposal`` last), and its problems. Where a
        model fails on a document, its layer is missing, a problem gives the reason, and the
        proposal is made from the other layers.

    Raises:
        ConfigError: a model or a file is missing or invalid; raised before the first document.
    """
    own = Setup(models=tuple(models), rules=tuple(rules), votes=votes, threshold=threshold)
    return load_annotator(own, schema, languages).annotate(documents)


def layers(models: Sequence[str], rules: Sequence[Path]) -> tuple[str, ...]:
    """Names of the layers that models and rules write, in order; see :meth:`Setup.layers`."""
    model_layers = [read_meta(name).layer for name in models]
    return (*model_layers, *(read(path).layer for path in rules), PROPOSAL)


def spans_to_propose(layers: Iterable[Annotation], labels: Collection[str]) -> list[Span]:
    """The spans of layers, as they take part in a proposal: with labels of the schema alone."""
    # Not with their scores: those of rules say which of them come first.
    return [
        replace(span, by=layer.layer, score=None)
        for layer in layers
        for span in layer.spans
        if span.label in labels
    ]


def with_sources(proposal: Annotation, imported: Iterable[Annotation]) -> Annotation:
    """A proposal that names the imported layers that it was made from."""
    sources = tuple(source_of(layer.layer, layer.content) for layer in imported)
    return replace(proposal, sources=sources)


def source_of(layer: str, content: str) -> str:
    """How a proposal names a layer that it was made from, see :class:`Annotation`."""
    return f"{layer}#{content[:8]}"


class _SetupLoader:
    """Loads setups; a model or program of several languages is loaded once."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._models: dict[tuple[str, tuple[str, ...]], SpacyModel] = {}
        self._programs: dict[str, Program] = {}
        self._endpoints: dict[str, Endpoint] = {}

    def __call__(self, setup: Setup, language: str) -> _LoadedSetup:
        return _LoadedSetup(
            language,
            tuple(self._model(name, setup.spans.get(name, ())) for name in setup.models),
            (
                *(self._program(name, setup) for name in setup.programs),
                *(self._endpoint(name, setup) for name in setup.endpoints),
            ),
            tuple(load(path, self._schema) for path in setup.rules),
            read_votes(setup.votes) if setup.votes else None,
            setup.threshold,
            self._schema.overlap,
            frozenset(self._schema.names),
        )

    def _model(self, name: str, groups: tuple[str, ...]) -> SpacyModel:
        if (name, groups) not in self._models:
            self._models[name, groups] = load_model(name, self._schema, groups)
        return self._models[name, groups]

    def _program(self, name: str, setup: Setup) -> Program:
        if name not in self._programs:
            settings = setup.programs[name]
            self._programs[name] = Program(name, settings, setup.root, self._schema)
        return self._programs[name]

    def _endpoint(self, name: str, setup: Setup) -> Endpoint:
        if name not in self._endpoints:
            endpoint = load_endpoint(name, setup, self._schema)
            endpoint.check_key()  # before the first document
            self._endpoints[name] = endpoint
        return self._endpoints[name]


def load_endpoint(name: str, setup: Setup, schema: Schema) -> Endpoint:
    """An endpoint of a setup; nothing is asked, and the key is not needed yet.

    Raises:
        ConfigError: a setting is wrong.
    """
    return Endpoint(name, setup.endpoints[name], setup.root / ".curate", schema)
