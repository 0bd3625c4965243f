"""The audit of annotated files, without a workspace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from curate.audit.detection import detect_errors
from curate.audit.documents import AuditedDocument, tokenise_corpus
from curate.audit.report import AuditOptions, AuditReport, in_context, usable_methods
from curate.audit.suspects import Suspect
from curate.dedup.clusters import near_duplicate_clusters
from curate.errors import InputError
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.sources import read_annotated, source_files
from curate.layers import GOLD, is_proposer
from curate.model import Annotation, Document, Problem
from curate.util.progress import Progress, silent


def audit_files(
    sources: Sequence[Path],
    options: AuditOptions,
    *,
    format: str = "",
    layer: str = "",
    read_options: ReadOptions | None = None,
    progress: Progress = silent,
) -> AuditReport:
    """Audit annotated files. Texts are not normalised, so that offsets are those of the files.

    Args:
        sources: files, folders or patterns.
        options: the options of the audit.
        format: format of all sources; detected by default.
        layer: the layer to audit; by default ``gold``, or the only layer of a person. Layers of
            models and rules are compared with it.
        read_options: how to read the sources.
        progress: called as the work advances.

    Raises:
        InputError: a source does not exist or has an unknown format, there are several layers to
            choose from, or there are no annotations.
        CurateError: a library that a method needs is not installed.
    """
    files = _AnnotatedFiles(layer)
    paths = list(source_files([*sources], format, files.add, read_options))
    for number, path in enumerate(paths):
        progress("read", number, len(paths))
        for item in read_annotated(path, format, read_options, alone=len(paths) == 1):
            files.add(item)
    groups = near_duplicate_clusters(files.documents.values())
    documents = [
        AuditedDocument(
            document=document,
            spans=audited.spans,
            layers={proposer.layer: proposer.spans for proposer in proposers},
            group=groups.get(document.id, ""),
        )
        for document, audited, proposers in files.audited()
    ]
    corpus = tokenise_corpus(documents)
    methods, problems = usable_methods(corpus, options)
    suspects = detect_errors(corpus, methods, options.seed, progress)
    return AuditReport(
        documents=len(documents),
        spans=sum(len(document.spans) for document in documents),
        found=len(suspects),
        lines=tuple(
            in_context(it, files.documents[it.document].text, files.where_of(it))
            for it in suspects[: options.top or None]
        ),
        methods=methods,
        problems=(*files.problems, *problems),
    )


class _AnnotatedFiles:
    """What was read: each text once, the layer to audit, and those to compare with it."""

    def __init__(self, layer: str) -> None:
        self.documents: dict[str, Document] = {}
        self._items: dict[str, ReadDocument] = {}
        self.problems: list[Problem] = []
        self._layer = layer
        self._layers: dict[str, dict[str, Annotation]] = {}

    def add(self, item: ReadDocument | Problem) -> None:
        """Add an item of a reader."""
        if isinstance(item, Problem):
            if item.severity != "info":
                self.problems.append(item)
        elif item.document.id in self.documents:
            duplicate = Problem(
                code="audit.twice",
                severity="warning",
                document=item.document.id,
                where=item.where,
                message=f"left out: same text as {self._items[item.document.id].where}",
            )
            self.problems.append(duplicate)
        else:
            self.documents[item.document.id] = item.document
            self._items[item.document.id] = item
            self._layers[item.document.id] = {layer.layer: layer for layer in item.layers}

    def where_of(self, suspect: Suspect) -> str:
        """File and line of a suspect's span, or of the document if it is one line."""
        return self._items[suspect.document].where_of((suspect.span or suspect.place)[0])

    def audited(self) -> Iterator[tuple[Document, Annotation, list[Annotation]]]:
        """The documents with the layer to audit, and the layers of models and rules.

        Raises:
            InputError: there are several layers to choose from, or none.
        """
        name = self._layer or self._default_layer()
        for key, document in self.documents.items():
            layers = self._layers[key]
            if name in layers:
                proposers = [
                    layer
                    for other, layer in sorted(layers.items())
                    if other != name and is_proposer(other)
                ]
                yield document, layers[name], proposers

    def _default_layer(self) -> str:
        names = sorted({name for layers in self._layers.values() for name in layers})
        people = [name for name in names if not is_proposer(name)]
        if GOLD in names or len(people or names) == 1:
            return GOLD if GOLD in names else (people or names)[0]
        if not names:
            raise InputError("the sources have no annotations to audit", "see `curate convert`")
        raise InputError(
            f"the sources have several layers: {', '.join(names)}", "choose one with --layer"
        )
