"""The model layers: spaCy pipelines run for their named entities alone."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.errors import ConfigError
from curate.model import Annotation, Document, Problem, Span
from curate.preannotate.clean import clean
from curate.schema import Schema

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

NER = "ner"
RELEASE = "3.8.0"  # of the pipelines that spaCy 3.8 publishes
LISTENER = "Listener"  # spacy.Tok2VecListener.v1, spacy-transformers.TransformerListener.v1
# What a pipeline may raise over one text; components are other people's code.
FAILURES = (ArithmeticError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)


class Meta(msgspec.Struct, frozen=True):
    """What is read of a pipeline's ``meta.json``."""

    lang: str
    name: str
    version: str

    @property
    def layer(self) -> str:
        """Name of the layer the pipeline makes."""
        return f"model:{self.lang}_{self.name}@{self.version}"


@dataclass(frozen=True)
class Model:
    """A loaded pipeline, the layer it makes, and its labels mapped to the schema's."""

    nlp: Language
    layer: str
    mapping: Mapping[str, str]

    def annotate(self, documents: Sequence[Document]) -> list[Annotation | Problem]:
        """Annotate a batch, in order.

        Returns:
            One value a document: its spans, or a Problem (``preannotate.failed``, a warning) if
            it is longer than the pipeline's ``max_length`` or makes the pipeline fail. One
            document that fails never costs another its annotation.
        """
        found: dict[int, Annotation | Problem] = {}
        docs: list[tuple[Doc, int]] = []
        for number, document in enumerate(documents):
            try:
                docs.append((self.nlp.make_doc(document.text), number))
            except ValueError as error:  # too long, or not text: a lone surrogate
                found[number] = _problem(document, self.layer, error)
        for number, doc in self._entities(docs):
            document = documents[number]
            found[number] = (
                _problem(document, self.layer, doc)
                if isinstance(doc, BaseException)
                else self._annotation(document, doc)
            )
        return [found[number] for number in range(len(documents))]

    def _entities(
        self, docs: Sequence[tuple[Doc, int]]
    ) -> Iterator[tuple[int, Doc | BaseException]]:
        # spaCy drops a whole batch for one document that fails, and set_error_handler does not
        # work for `ner` in 3.8.11; so a batch that fails is run again one by one.
        try:
            done = [(number, doc) for doc, number in self.nlp.pipe(docs, as_tuples=True)]
        except FAILURES as error:
            if len(docs) == 1:
                yield docs[0][1], error
                return
            for doc, number in docs:
                yield from self._entities([(self.nlp.make_doc(doc.text), number)])
        else:
            yield from done

    def _annotation(self, document: Document, doc: Doc) -> Annotation:
        named = (
            Span(ent.start_char, ent.end_char, self.mapping[ent.label_], by=self.layer)
            for ent in doc.ents
            if ent.label_ in self.mapping
        )
        cleaned = (clean(document.text, span) for span in named)
        spans = tuple(span for span in cleaned if span)
        return Annotation(document=document.id, layer=self.layer, spans=spans).sorted()


def meta(name: str) -> Meta:
    """Read the meta data of a pipeline, a package or a folder, without loading it.

    Raises:
        ConfigError: it is not installed, or its ``meta.json`` is wrong.
    """
    path = _folder(name) / "meta.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Meta)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(f"{name} is no spaCy pipeline ({error})", "name another model") from error


def load(name: str, schema: Schema) -> Model:
    """Load a pipeline with only what its named entities need.

    Raises:
        ConfigError: the pipeline is not installed, has no ``ner``, or none of its labels is
            mapped to the schema (``models:`` there, or else the labels of the same name).
    """
    described = meta(name)
    import spacy

    target = name if importlib.util.find_spec(name) else _folder(name)
    config = spacy.util.load_config(_config(_folder(name), name, described.version))
    keep = needed(config)
    if NER not in keep:
        raise ConfigError(f"{name} has no component {NER!r}", "name a pipeline that has one")
    drop = [part for part in config["nlp"]["pipeline"] if part not in keep]
    nlp = spacy.load(target, exclude=drop)
    labels = nlp.get_pipe(NER).labels
    mapping = schema.models.get(name) or {label: label for label in labels if label in schema.names}
    if not set(mapping) & set(labels):
        raise ConfigError(
            f"no label of {name} ({', '.join(labels)}) is mapped to schema {schema.name}",
            f"map them under models: {name}: in the schema",
        )
    return Model(nlp, described.layer, mapping)


def needed(config: Mapping[str, Any]) -> set[str]:
    """Components that named entities need, by a pipeline's configuration.

    They are ``ner`` and, if it listens to a shared tok2vec instead of having its own, that one.
    """
    components = config["components"]
    if NER not in components:
        return set()
    keep = {NER}
    tok2vec = components[NER].get("model", {}).get("tok2vec", {})
    if LISTENER in tok2vec.get("@architectures", ""):
        upstream = tok2vec.get("upstream", "*")
        keep |= {
            part
            for part in components
            if part == upstream
            or (upstream == "*" and components[part].get("factory") in ("tok2vec", "transformer"))
        }
    return keep


def _folder(name: str) -> Path:
    if Path(name).is_dir():
        return Path(name)
    spec = importlib.util.find_spec(name) if name.isidentifier() else None
    if spec is None or spec.origin is None:
        raise ConfigError(f"spaCy pipeline {name} is not installed", _install(name))
    return Path(spec.origin).parent


def _install(name: str) -> str:
    return f"pip install {name.replace('_', '-')}=={RELEASE}"


def _config(folder: Path, name: str, version: str) -> Path:
    inner = folder / f"{name}-{version}" / "config.cfg"  # a package holds the pipeline in a folder
    return inner if inner.is_file() else folder / "config.cfg"


def _problem(document: Document, layer: str, error: BaseException) -> Problem:
    reason = str(error).split("\n", 1)[0]
    return Problem(
        code="preannotate.failed",
        severity="warning",
        document=document.id,
        message=f"{layer} could not read the document: {reason}",
        cure="split the article if it is too long; the other layers are kept",
    )
