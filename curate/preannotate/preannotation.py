"""Pre-annotation of the documents of a workspace."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from curate.ingest.versions import with_earlier_annotations
from curate.layers import IMPORT, is_proposer
from curate.model import Annotation, Document, Problem, Record
from curate.preannotate import load_annotator
from curate.preannotate.annotator import source_of
from curate.preannotate.dropped import DroppedPattern, DroppedSpans
from curate.preannotate.evidence import Adaptation
from curate.preannotate.own_votes import follow_gold, propose_again, record, voted_labels
from curate.preannotate.pipelines import OTHER_LANGUAGES, is_off, setups
from curate.store.transaction import Transaction
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace


class Preannotated(Record, frozen=True, kw_only=True):
    """The result of a pre-annotation.

    Args:
        documents: number of documents that were annotated.
        spans: number of spans by layer.
        renewed: number of documents that nobody had seen yet and that were proposed anew from the
            layers that they had, since the weights changed.
        votes: by language, whether the weights follow the gold of the corpus, and why.
        dropped: patterns of a model's spans of which nearly none is proposed.
        problems: documents on which a model failed.
    """

    documents: int = 0
    spans: dict[str, int] = {}
    renewed: int = 0
    votes: dict[str, Adaptation] = {}
    dropped: tuple[DroppedPattern, ...] = ()
    problems: tuple[Problem, ...] = ()


def preannotate(
    workspace: Workspace, again: bool = False, progress: Progress = silent
) -> Preannotated:
    """Run models and rules over the documents without annotations that lack a layer.

    Layers of models and rules that were imported take part in the proposal. Documents that people
    annotated keep the pre-annotation that they were shown.

    Args:
        workspace: the workspace.
        again: also over documents that have all their layers.
        progress: called for each document.

    Raises:
        ConfigError: a model or a file is missing or invalid.
    """
    default, languages = setups(workspace)
    spans: Counter[str] = Counter()
    problems: list[Problem] = []
    with workspace.locked("preannotate"):
        documents = unannotated(workspace, again)
        every = {OTHER_LANGUAGES: default, **languages}
        waiting = _waiting(workspace) - set(documents)
        if not documents and not waiting:
            return Preannotated()
        imported = ImportedLayers(workspace)
        own, followed, changed = follow_gold(workspace, every, imported)
        proposals = list(propose_again(workspace, own, changed, waiting, imported))
        # With the weights, or an interrupted run would leave the proposals of the former ones.
        with workspace.store.begin() as tx:
            record(tx, followed)
            for annotation in proposals:
                tx.put_annotation(with_earlier_annotations(tx, annotation))
        renewed = len(proposals)
        votes = {code: corpus.adaptation for code, corpus in followed.items()}
        if not documents:  # before the models are loaded, which takes seconds
            return Preannotated(renewed=renewed, votes=votes)
        default = own.pop(OTHER_LANGUAGES)
        annotator = load_annotator(default, workspace.schema, own)
        results = annotator.annotate(workspace.documents(documents), imported)
        dropped = DroppedSpans(voted_labels(every))
        for number, (document, annotations, failures) in enumerate(results):
            progress("preannotate", number, len(documents))
            problems += failures
            dropped.add(document.text, annotations, annotations[-1])
            # A transaction for each document, so that an interrupted run keeps what it has done.
            with workspace.store.begin() as tx:
                for annotation in annotations:
                    tx.put_annotation(with_earlier_annotations(tx, annotation))
                    spans[annotation.layer] += len(annotation.spans)
    return Preannotated(
        documents=len(documents),
        spans=dict(spans),
        renewed=renewed,
        votes=votes,
        dropped=dropped.patterns(),
        problems=tuple(problems),
    )


def _waiting(workspace: Workspace) -> set[str]:
    """Documents without gold that have a proposal and are in no Doccano project."""
    with workspace.store.begin() as tx:
        states = tx.local_states("").items()
        proposed = {key for key, side in states if side.proposal and not side.gold}
        done = {key for key, assignment in tx.assignments().items() if assignment.done}
        return proposed.difference(done, *(tx.examples(remote.marker) for remote in tx.remotes()))


def unannotated(workspace: Workspace, again: bool) -> list[str]:
    """Ids of the documents that nobody annotated and that lack a layer of their setup, sorted.

    Documents of a cloned project that an import had pre-annotated are none of them.

    Args:
        workspace: the workspace.
        again: whether they may have all their layers.
    """
    default, languages = setups(workspace)
    imported = ImportedLayers(workspace)
    wanted = {
        code: setup.layers(workspace.schema) for code, setup in {"": default, **languages}.items()
    }
    with workspace.store.begin() as tx:
        annotated = {key for key, assignment in tx.assignments().items() if assignment.done}
        # People are shown what came with the project that the corpus was cloned from.
        for layer in tx.layer_names():
            if layer.startswith(IMPORT):
                annotated |= tx.layer_contents(layer).keys()
        fresh = {key for key, side in tx.local_states("").items() if not side.gold} - annotated
        if again:
            return sorted(fresh)
        outdated = imported.outdated_proposals(tx)
        lacking = {code: outdated.union(tx.without_layers(names)) for code, names in wanted.items()}
        if not languages:
            return sorted(fresh & lacking[""])
        return sorted(
            document.id
            for document in tx.documents()
            if document.id in fresh and document.id in lacking.get(document.lang, lacking[""])
        )


class ImportedLayers:
    """The layers of models and rules that were imported into a workspace and take part here.

    Those are not among them that are switched off, or that are made here as well.
    """

    def __init__(self, workspace: Workspace) -> None:
        default, languages = setups(workspace)
        own = {
            name
            for setup in (default, *languages.values())
            for name in setup.layers(workspace.schema)
        }
        off = workspace.config.preannotate.off
        self._store = workspace.store
        with self._store.begin() as tx:
            self._others = [it for it in tx.layer_names() if is_proposer(it) and it not in own]
        self.names = tuple(name for name in self._others if not is_off(name, off))

    def __call__(self, document: Document) -> list[Annotation]:
        """Those of a document, sorted by name."""
        if not self.names:
            return []
        with self._store.begin() as tx:
            layers = [tx.annotation(document.id, name) for name in self.names]
        return [layer for layer in layers if layer is not None and layer.sources]

    def outdated_proposals(self, tx: Transaction) -> set[str]:
        """Ids of the documents whose proposals were made from other such layers than they have."""
        if not self._others:
            return set()
        current = {
            document: tuple(source_of(name, content) for name, content in layers.items())
            for document, layers in tx.imported_contents(self.names).items()
        }
        made = tx.proposal_sources()
        return {
            document
            for document in current.keys() | made.keys()
            if current.get(document, ()) != made.get(document, ())
        }
