"""The layers of models: spaCy pipelines, run for the spans that they set in ``doc.ents`` and
``doc.spans``."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.errors import ConfigError
from curate.layers import model_layer
from curate.model import Annotation, Document, Problem, Span
from curate.preannotate import acceleration
from curate.preannotate.boundaries import clean
from curate.preannotate.components import WITHOUT_SPANS, is_plain, needed_components
from curate.preannotate.official_pipelines import how_to_install
from curate.schema import Schema
from curate.text.language_codes import MULTILINGUAL

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.tokens import Span as SpacySpan

ENTS = "ents"
"""Stands for ``doc.ents`` where groups of spans are named."""
_NAMING = ("ner", "beam_ner", "entity_ruler", "span_ruler", "spancat", "spancat_singlelabel")
"""Names that components which set spans have by default."""
CHUNK = 50_000  # code points that are read at once; a newspaper article has about 5,000
BATCH_TOKENS = 40_000  # maximum tokens in a batch, to limit the memory that long articles need
_ChunkPlace = tuple[int, int]  # number of the document in its batch, offset of the chunk in it
# Anything a pipeline may raise on one text: its components may be third-party code.
FAILURES = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError),
    *(OSError, RuntimeError, TypeError, ValueError),
)


class PipelineMeta(msgspec.Struct, frozen=True):
    """The fields of a pipeline's ``meta.json`` that name its layer, and its labels."""

    lang: str
    name: str
    version: str
    labels: dict[str, Any] = {}

    @property
    def entity_labels(self) -> tuple[str, ...]:
        """What its components find that set spans, as far as they have their usual names."""
        labels = (label for name in _NAMING for label in self.labels.get(name, ()))
        return tuple(dict.fromkeys(map(str, labels)))

    @property
    def package(self) -> str:
        """What its package is called, or would be."""
        return f"{self.lang}_{self.name}"

    @property
    def layer(self) -> str:
        """Name of the layer that the pipeline writes."""
        return model_layer(f"{self.package}@{self.version}")


@dataclass(frozen=True)
class SpacyModel:
    """A loaded pipeline.

    Args:
        nlp: the pipeline.
        layer: the layer that it writes.
        language: ISO 639-1 code, by which boundaries are cleaned.
        mapping: its labels in the schema; others are dropped.
        groups: the keys of ``doc.spans`` to read, and ``ents`` for ``doc.ents``; all if empty.
        plain: whether only spaCy's entity recognisers run; they keep nothing of a document.
    """

    nlp: Language
    layer: str
    language: str
    mapping: Mapping[str, str]
    groups: tuple[str, ...] = ()
    plain: bool = True

    def annotate(self, documents: Sequence[Document]) -> list[Annotation | Problem]:
        """Annotate a batch, in order; long articles are processed in chunks.

        Returns:
            For each document its annotation, or a Problem (``preannotate.failed``, a warning) if
            the pipeline fails on it. Other documents are never affected.
        """
        with acceleration.batch_context(self.nlp, zones=self.plain):
            return self._annotated(documents)

    def _annotated(self, documents: Sequence[Document]) -> list[Annotation | Problem]:
        spans: dict[int, list[Span]] = {number: [] for number in range(len(documents))}
        failed: dict[int, Problem] = {}
        docs: list[tuple[Doc, _ChunkPlace]] = []
        for number, document in enumerate(documents):
            try:
                for start, end in chunks(document.text, min(CHUNK, self.nlp.max_length)):
                    docs.append((self.nlp.make_doc(document.text[start:end]), (number, start)))
            except ValueError as error:  # not text: a lone surrogate
                failed[number] = _problem(document, self.layer, error)
        for (number, start), doc in self._entities(docs):
            document = documents[number]
            if isinstance(doc, BaseException):
                failed[number] = _problem(document, self.layer, doc)
            elif lacking := [name for name in self.groups if name not in (ENTS, *doc.spans)]:
                names = ", ".join(doc.spans) or "none"
                reason = ValueError(f"doc.spans has no group {lacking[0]!r}; it has {names}")
                failed[number] = _problem(document, self.layer, reason)
            else:
                spans[number] += self._spans(document, doc, start)
        return [failed.get(n) or self._annotation(documents[n], spans[n]) for n in spans]

    def _entities(
        self, docs: Sequence[tuple[Doc, _ChunkPlace]]
    ) -> Iterator[tuple[_ChunkPlace, Doc | BaseException]]:
        # spaCy drops a whole batch if one document fails, and set_error_handler does not work for
        # `ner` in 3.8.11; so a batch that fails is run again one document at a time.
        try:
            piped = self.nlp.pipe(docs, as_tuples=True, batch_size=_batch_size(docs))
            results = [(place, doc) for doc, place in piped]
        except FAILURES as error:
            if len(docs) == 1:
                yield docs[0][1], error
                return
            for doc, place in docs:
                yield from self._entities([(self.nlp.make_doc(doc.text), place)])
        else:
            yield from results

    def _spans(self, document: Document, doc: Doc, offset: int) -> Iterator[Span]:
        language = document.lang if self.language == MULTILINGUAL else self.language
        for marked, score in self._groups(doc):
            label = self.mapping.get(marked.label_)
            if label is not None and marked.start_char < marked.end_char:
                start, end = marked.start_char + offset, marked.end_char + offset
                span = Span(start, end, label, by=self.layer, score=score)
                if cleaned := clean(document.text, span, language):
                    yield cleaned

    def _groups(self, doc: Doc) -> Iterator[tuple[SpacySpan, float | None]]:
        """The spans of a document with their scores, where the pipeline gives any."""
        if not self.groups or ENTS in self.groups:
            yield from ((entity, None) for entity in doc.ents)
        for name in self.groups or doc.spans:
            if name != ENTS and name in doc.spans:
                group = doc.spans[name]
                scores = group.attrs.get("scores")
                scored = scores is not None and len(scores) == len(group)
                for number, span in enumerate(group):
                    yield span, _probability(scores[number]) if scored else None

    def _annotation(self, document: Document, spans: Sequence[Span]) -> Annotation:
        return Annotation(document=document.id, layer=self.layer, spans=tuple(spans)).sorted()


def chunks(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """Cut a text into chunks of at most ``limit`` code points; returns their starts and ends.

    A chunk ends at a blank line in its last quarter, or else at the end of a line, sentence or word
    there, so that names are hardly ever cut.
    """
    start = 0
    while len(text) - start > limit:
        low, high = start + limit * 3 // 4, start + limit
        ends = ((text.rfind(end, low, high), len(end)) for end in ("\n\n", "\n", ". ", " "))
        cut = next((at + size for at, size in ends if at >= 0), high)
        yield start, cut
        start = cut
    yield start, len(text)


def read_meta(name: str) -> PipelineMeta:
    """Read the metadata of a pipeline (a package or a folder) without loading it.

    Raises:
        ConfigError: it is not installed, or its ``meta.json`` is invalid.
    """
    path = _folder(name) / "meta.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=PipelineMeta)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(
            f"{name} is not a spaCy pipeline ({error})", "choose another model"
        ) from error


def load_model(name: str, schema: Schema, groups: Sequence[str] = ()) -> SpacyModel:
    """Load a pipeline with only the components that its spans need.

    Args:
        name: a package, or a folder.
        schema: the label schema; it maps the pipeline's labels.
        groups: the keys of ``doc.spans`` to read, and ``ents`` for ``doc.ents``; all if empty.

    Raises:
        ConfigError: the pipeline is not installed, no component of it sets spans, or none of its
            labels is mapped to the schema (by ``models:`` in the schema, or by equal names).
    """
    meta = read_meta(name)
    import spacy

    folder = _data(_folder(name), meta)
    with _refusing(name):
        config = spacy.util.load_config(folder / "config.cfg")
    keep = needed_components(config)
    if not keep:
        raise ConfigError(
            f"{name} has no component that sets doc.ents or doc.spans",
            "choose a pipeline that has one, such as `ner`",
        )
    drop = [part for part in config["nlp"]["pipeline"] if part not in keep]
    # A package that pip installed may bring components of its own, which importing it registers.
    installed = not is_path(name) and spacy.util.is_package(name)
    with _refusing(name):
        nlp = spacy.load(name if installed else folder, exclude=drop)
    labels = _labels(nlp)
    mapping = _mapping(name, meta, schema)
    # A component that is not spaCy's may find labels that it does not name.
    mapping = mapping or {label: label for label in schema.names if label in labels or not labels}
    if not (set(mapping) & set(labels) if labels else mapping):
        raise ConfigError(
            f"no label of {name} ({', '.join(labels)}) is mapped to schema {schema.name}",
            f"map them under models: {meta.package}: in the schema",
        )
    acceleration.accelerate(nlp)
    return SpacyModel(nlp, meta.layer, meta.lang, mapping, tuple(groups), is_plain(config))


def _labels(nlp: Language) -> tuple[str, ...]:
    """The labels of the components that set spans; none if one of them does not name its own."""
    labels: dict[str, None] = {}
    for name, component in nlp.pipeline:
        if nlp.get_pipe_meta(name).factory in WITHOUT_SPANS:
            continue
        own = getattr(component, "labels", ())
        if not own:
            return ()
        labels.update(dict.fromkeys(map(str, own)))
    return tuple(labels)


def _probability(score: float) -> float | None:
    """A score as a confidence; None if it is none, such as the sum of logits."""
    return round(float(score), 4) if 0 <= score <= 1 else None


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn what spaCy raises on a pipeline into an error that names it."""
    try:
        yield
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).split("\n", 1)[0]
        hint = "install what it needs, or choose another model"
        raise ConfigError(f"{name} cannot be loaded ({reason})", hint) from error


def is_path(name: str) -> bool:
    """Whether a pipeline is named by its folder, and not by its package."""
    return Path(name).name != name


def _folder(name: str) -> Path:
    if not is_path(name) and _is_package(name):
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.origin is not None
        return Path(spec.origin).parent
    if Path(name).is_dir():
        return Path(name)
    if not is_path(name):
        raise ConfigError(f"spaCy pipeline {name} is not installed", how_to_install(name))
    if name.endswith((".whl", ".tar.gz")) and Path(name).is_file():
        hint = f"install it with `pip install {name}`, and name its package"
        raise ConfigError(f"{name} is a package that is not installed", hint)
    raise ConfigError(f"no such folder: {name}", "name the folder of a spaCy pipeline")


def _is_package(name: str) -> bool:
    spec = importlib.util.find_spec(name) if name.isidentifier() else None
    return spec is not None and spec.origin is not None


def _mapping(name: str, meta: PipelineMeta, schema: Schema) -> Mapping[str, str]:
    """The labels of a pipeline in the schema, by its name in the settings or its package's."""
    path = Path(name).parts
    for key, mapping in schema.models.items():
        parts = Path(key).parts
        if key == name or (is_path(key) and path[-len(parts) :] == parts):
            return mapping
    return schema.models.get(meta.package, {})


def _data(folder: Path, meta: PipelineMeta) -> Path:
    """The folder of the pipeline itself, which in a package is a folder of its own."""
    inner = folder / f"{meta.package}-{meta.version}"
    return inner if inner.is_dir() else folder


def _batch_size(docs: Sequence[tuple[Doc, _ChunkPlace]]) -> int:
    longest = max((len(doc) for doc, _ in docs), default=1)
    return max(1, min(len(docs), BATCH_TOKENS // max(longest, 1)))


def _problem(document: Document, layer: str, error: BaseException) -> Problem:
    reason = str(error).split("\n", 1)[0]
    return Problem(
        code="preannotate.failed",
        severity="warning",
        document=document.id,
        message=f"{layer} could not read the document: {reason}",
        hint="check the article for unusual characters; its other layers are kept",
    )
