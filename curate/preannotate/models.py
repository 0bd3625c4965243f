"""The model layers: spaCy pipelines run for their named entities alone."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curate.errors import ConfigError
from curate.layers import model_layer
from curate.model import Annotation, Document, Problem, Span
from curate.preannotate import fast
from curate.preannotate.clean import clean
from curate.schema import Schema

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

NER = "ner"
RELEASE = "3.8.0"  # of the pipelines that spaCy 3.8 publishes
LISTENER = "Listener"  # spacy.Tok2VecListener.v1, spacy-transformers.TransformerListener.v1
PIECE = 50_000  # characters that are read at once; a newspaper article has 5,000
BATCH_TOKENS = 40_000  # tokens in a batch, so that long articles take no more memory
Place = tuple[int, int]  # number of the document in its batch, offset of the piece in it
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
        return model_layer(f"{self.lang}_{self.name}@{self.version}")


@dataclass(frozen=True)
class Model:
    """A loaded pipeline, its layer and language, and its labels mapped to the schema's."""

    nlp: Language
    layer: str
    language: str
    mapping: Mapping[str, str]

    def annotate(self, documents: Sequence[Document]) -> list[Annotation | Problem]:
        """Annotate a batch, in order.

        Articles that are longer than a pipeline reads at once are read in pieces.

        Returns:
            One value a document: its spans, or a Problem (``preannotate.failed``, a warning) if it
            makes the pipeline fail. One document that fails never costs another its annotation.
        """
        with fast.batch(self.nlp):
            return self._annotated(documents)

    def _annotated(self, documents: Sequence[Document]) -> list[Annotation | Problem]:
        found: dict[int, list[Span]] = {number: [] for number in range(len(documents))}
        failed: dict[int, Problem] = {}
        docs: list[tuple[Doc, Place]] = []
        for number, document in enumerate(documents):
            try:
                for start, end in pieces(document.text, min(PIECE, self.nlp.max_length)):
                    docs.append((self.nlp.make_doc(document.text[start:end]), (number, start)))
            except ValueError as error:  # not text: a lone surrogate
                failed[number] = _problem(document, self.layer, error)
        for (number, start), doc in self._entities(docs):
            document = documents[number]
            if isinstance(doc, BaseException):
                failed[number] = _problem(document, self.layer, doc)
            else:
                found[number] += self._spans(document, doc, start)
        return [failed.get(n) or self._annotation(documents[n], found[n]) for n in found]

    def _entities(
        self, docs: Sequence[tuple[Doc, Place]]
    ) -> Iterator[tuple[Place, Doc | BaseException]]:
        # spaCy drops a whole batch for one document that fails, and set_error_handler does not
        # work for `ner` in 3.8.11; so a batch that fails is run again one by one.
        try:
            piped = self.nlp.pipe(docs, as_tuples=True, batch_size=_batch_size(docs))
            done = [(place, doc) for doc, place in piped]
        except FAILURES as error:
            if len(docs) == 1:
                yield docs[0][1], error
                return
            for doc, place in docs:
                yield from self._entities([(self.nlp.make_doc(doc.text), place)])
        else:
            yield from done

    def _spans(self, document: Document, doc: Doc, offset: int) -> Iterator[Span]:
        for ent in doc.ents:
            label = self.mapping.get(ent.label_)
            if label is not None:
                start, end = ent.start_char + offset, ent.end_char + offset
                span = clean(document.text, Span(start, end, label, by=self.layer), self.language)
                if span:
                    yield span

    def _annotation(self, document: Document, spans: Sequence[Span]) -> Annotation:
        return Annotation(document=document.id, layer=self.layer, spans=tuple(spans)).sorted()


def pieces(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """Cut a text into pieces of at most ``limit`` characters that together are the whole of it.

    Each ends at a blank line if there is one in its last quarter, or else at the end of a line, of
    a sentence or of a word, so that hardly a name is cut.
    """
    start = 0
    while len(text) - start > limit:
        low, high = start + limit * 3 // 4, start + limit
        ends = ((text.rfind(end, low, high), len(end)) for end in ("\n\n", "\n", ". ", " "))
        cut = next((at + size for at, size in ends if at >= 0), high)
        yield start, cut
        start = cut
    yield start, len(text)


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

    folder = _folder(name)
    target = folder if Path(name).is_dir() else name
    config = spacy.util.load_config(_config(folder, name, described.version))
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
    fast.quicken(nlp)
    return Model(nlp, described.layer, described.lang, mapping)


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


def _batch_size(docs: Sequence[tuple[Doc, Place]]) -> int:
    longest = max((len(doc) for doc, _ in docs), default=1)
    return max(1, min(len(docs), BATCH_TOKENS // max(longest, 1)))


def _problem(document: Document, layer: str, error: BaseException) -> Problem:
    reason = str(error).split("\n", 1)[0]
    return Problem(
        code="preannotate.failed",
        severity="warning",
        document=document.id,
        message=f"{layer} could not read the document: {reason}",
        hint="look at the article for odd characters; the other layers are kept",
    )
