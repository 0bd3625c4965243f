"""Audits where the data is: of files of any format that is read, without a workspace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from curate import ingest
from curate.dedup import clusters
from curate.errors import InputError
from curate.layers import GOLD, is_proposer
from curate.model import Annotation, Document, Problem, Record
from curate.util import digests
from curate.util.progress import Progress

if TYPE_CHECKING:
    from curate.audit import Item, Method, Read, Suspect

TOP = 50
_AROUND = 60  # code points of context on each side


class Asked(Record, frozen=True, kw_only=True):
    """What an audit is to do.

    Args:
        methods: those to use; all of them if there is none.
        seed: draws the folds of the cross-validation.
        top: how many suspects to list; 0 for all.
    """

    methods: tuple[Method, ...] = ()
    seed: int = 0
    top: int = TOP


class Line(Record, frozen=True, kw_only=True):
    """A suspect in its text.

    Args:
        id: what it is called; the same for the same place as long as the gold there is the same.
        suspect: the suspect.
        where: file and line of the document, or its title.
        before: what stands before the place in question.
        text: the place, from the first to the last code point of span and suggestion.
        after: what stands behind it.
    """

    id: str
    suspect: Suspect
    where: str
    before: str
    text: str
    after: str


class Audited(Record, frozen=True, kw_only=True):
    """What an audit found.

    Args:
        documents: how many documents it looked at.
        spans: how many spans they have.
        found: how many suspects there are, whatever their score.
        lines: the likeliest errors, the likeliest first.
        methods: those that were used.
        problems: what could not be read, and what could not be done.
        settled: how many suspects were left out because a person reviewed or dismissed them.
        at: when the corpus was audited, where it is one; ``known`` if nothing changed since, and
            the list is the one of then.
        known: see ``at``.
    """

    documents: int
    spans: int
    found: int
    lines: tuple[Line, ...]
    methods: tuple[Method, ...]
    problems: tuple[Problem, ...] = ()
    settled: int = 0
    at: str = ""
    known: bool = False


def files(
    sources: Sequence[Path],
    asked: Asked,
    *,
    read_as: str = "",
    layer: str = "",
    options: ingest.ReadOptions | None = None,
    tell: Progress = lambda what, done, total: None,
) -> Audited:
    """Audit annotated files. Texts are taken as they are, so that offsets are those of the files.

    Args:
        sources: files, folders or patterns.
        asked: what to do.
        read_as: format of all of them; their endings and contents tell by default.
        layer: the layer to audit; by default ``gold``, or the only one of people. Layers of models
            and rules are held against it.
        options: how they are to be read.
        tell: is told of the progress.

    Raises:
        InputError: a source is not there or cannot be told, there are several layers to choose
            from, or nothing is annotated.
        CurateError: a library that a method needs is not installed.
    """
    from curate.audit import Item

    found = _Found(layer)
    paths = list(ingest.files([*sources], read_as))
    for done, path in enumerate(paths):
        tell("read", done, len(paths))
        for each in ingest.read_annotated(path, read_as, options):
            found.add(each)
    groups = alike(found.documents.values())
    items = [
        Item(
            document=document,
            spans=said.spans,
            layers={one.layer: one.spans for one in layers},
            group=groups.get(document.id, ""),
        )
        for document, said, layers in found.audited()
    ]
    return _audited(items, asked, found.where, tuple(found.problems), tell)


def usable(corpus: Sequence[Read], asked: Asked) -> tuple[tuple[Method, ...], tuple[Problem, ...]]:
    """The methods that can be used on a corpus, and why others that were asked for cannot."""
    from curate.audit import METHODS, trainable

    methods = asked.methods or METHODS
    problems: list[Problem] = []
    if "layers" in methods and not any(one.item.layers for one in corpus):
        methods = tuple(method for method in methods if method != "layers")
        if "layers" in asked.methods:
            problems.append(_without("layers", "no layer of a model or of rules is there"))
    if "model" in methods and not trainable(corpus):
        methods = tuple(method for method in methods if method != "model")
        problems.append(_without("model", "there is too little gold to train on a part of it"))
    return methods, tuple(problems)


def alike(documents: Iterable[Document]) -> dict[str, str]:
    """The cluster of near copies of each document that is in one, by id."""
    found = clusters.in_corpus(documents, clusters.DedupOptions(keep="all"), "")
    return clusters.clusters_of(found)


def identity(suspect: Suspect) -> str:
    """What a suspect is called: eight hex digits of its document and of what it doubts.

    Another suggestion for one span, or for one unmarked place, is the same suspect.
    """
    doubted = suspect.span or (suspect.suggestion or (0, 0, ""))[:2]
    return digests.of_text(f"{suspect.document}/{doubted}")[:8]


def line(suspect: Suspect, text: str, where: str) -> Line:
    """A suspect in its text."""
    start, end = suspect.place
    return Line(
        id=identity(suspect),
        suspect=suspect,
        where=where,
        before=text[max(0, start - _AROUND) : start],
        text=text[start:end],
        after=text[end : end + _AROUND],
    )


def _audited(
    items: Sequence[Item],
    asked: Asked,
    where: Mapping[str, str],
    problems: tuple[Problem, ...],
    tell: Progress,
) -> Audited:
    from curate.audit import prepare, suspects

    corpus = prepare(items)
    methods, more = usable(corpus, asked)
    found = suspects(corpus, methods, asked.seed, tell)
    texts = {item.document.id: item.document.text for item in items}
    top = found[: asked.top or None]
    return Audited(
        documents=len(items),
        spans=sum(len(item.spans) for item in items),
        found=len(found),
        lines=tuple(line(s, texts[s.document], where.get(s.document, "")) for s in top),
        methods=methods,
        problems=problems + more,
    )


def _without(method: str, why: str) -> Problem:
    return Problem(
        code="audit.method", severity="info", message=f"the method {method} was left out: {why}"
    )


class _Found:
    """What was read: each text once, the layer to audit, and those to hold against it."""

    def __init__(self, layer: str) -> None:
        self.documents: dict[str, Document] = {}
        self.where: dict[str, str] = {}
        self.problems: list[Problem] = []
        self._layer = layer
        self._layers: dict[str, dict[str, Annotation]] = {}

    def add(self, item: ingest.ReadDocument | Problem) -> None:
        """Take in what a reader found."""
        if isinstance(item, Problem):
            if item.severity != "info":
                self.problems.append(item)
        elif item.document.id in self.documents:
            self.problems.append(_twice(item, self.where[item.document.id]))
        else:
            self.documents[item.document.id] = item.document
            self.where[item.document.id] = item.where
            self._layers[item.document.id] = {layer.layer: layer for layer in item.layers}

    def audited(self) -> Iterator[tuple[Document, Annotation, list[Annotation]]]:
        """The documents with the layer to audit, and the layers of machines.

        Raises:
            InputError: there are several layers to choose from, or none.
        """
        name = self._layer or self._only()
        for key, document in self.documents.items():
            layers = self._layers[key]
            if name in layers:
                others = [said for other, said in sorted(layers.items()) if _other(other, name)]
                yield document, layers[name], others

    def _only(self) -> str:
        names = sorted({name for layers in self._layers.values() for name in layers})
        people = [name for name in names if not is_proposer(name)]
        if GOLD in names or len(people or names) == 1:
            return GOLD if GOLD in names else (people or names)[0]
        if not names:
            raise InputError("the sources have no annotations to audit", "see `curate convert`")
        raise InputError(f"the sources have several layers: {', '.join(names)}", "use --layer")


def _other(name: str, audited: str) -> bool:
    return name != audited and is_proposer(name)


def _twice(item: ingest.ReadDocument, first: str) -> Problem:
    return Problem(
        code="audit.twice",
        severity="warning",
        document=item.document.id,
        where=item.where,
        message=f"has the text of {first}, which is audited; this one is left out",
    )
