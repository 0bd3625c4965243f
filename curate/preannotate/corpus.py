"""Pre-annotation of the documents of a workspace, with the pipelines of its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate import config
from curate.model import Problem, Record
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.preannotate import Setup
    from curate.workspace import Workspace


class Preannotated(Record, frozen=True, kw_only=True):
    """What ``preannotate`` did: documents, spans proposed per layer, and what went wrong."""

    documents: int = 0
    spans: dict[str, int] = {}
    problems: tuple[Problem, ...] = ()


def preannotate(
    workspace: Workspace, again: bool = False, progress: Progress = silent
) -> Preannotated:
    """Run the models and rules over documents that nobody annotated and that lack their layers.

    What people annotated keeps the pre-annotation that they were shown.

    Args:
        again: also over documents that have them already.
    """
    from collections import Counter

    from curate import preannotate
    from curate.ingest import versions

    setup, languages = setups(workspace)
    spans: Counter[str] = Counter()
    problems: list[Problem] = []
    with workspace.locked("preannotate"):
        todo = unannotated(workspace, again)
        if not todo:
            return Preannotated()  # and the models, which take seconds, are not loaded
        documents = workspace.documents(todo)
        annotator = preannotate.load(setup, workspace.schema, languages)
        for done, (_, layers, bad) in enumerate(annotator.annotate(documents)):
            progress("preannotate", done, len(todo))
            problems += bad
            with workspace.store.begin() as tx:
                for layer in layers:
                    tx.put_annotation(versions.proposed(tx, layer))
                    spans[layer.layer] += len(layer.spans)
    return Preannotated(documents=len(todo), spans=dict(spans), problems=tuple(problems))


def setups(workspace: Workspace) -> tuple[Setup, dict[str, Setup]]:
    """What articles are annotated with: those of the corpus's language, and by language."""
    from curate.preannotate import Setup

    by_language = {code: Setup.of(each) for code, each in active_pipelines(workspace).items()}
    return by_language.pop(""), by_language


def unannotated(workspace: Workspace, again: bool) -> list[str]:
    """Documents that nobody annotated and that lack a layer of their setup, sorted."""
    from curate import preannotate

    default, languages = setups(workspace)
    layers = {
        code: preannotate.layers(setup.models, setup.rules)
        for code, setup in {"": default, **languages}.items()
    }
    with workspace.store.begin() as tx:
        done = {key for key, each in tx.assignments().items() if each.done}
        fresh = {key for key, side in tx.locals("").items() if not side.gold} - done
        if again:
            return sorted(fresh)
        lacking = {code: set(tx.without_layers(names)) for code, names in layers.items()}
        if not languages:
            return sorted(fresh & lacking[""])
        return sorted(
            document.id
            for document in tx.documents()
            if document.id in fresh
            and document.id in lacking[document.lang if document.lang in languages else ""]
        )


def configured_pipelines(workspace: Workspace) -> dict[str, config.Pipelines]:
    """What articles are annotated with by the settings, by language; ``""`` for all others.

    The paths are good in any process.
    """

    def absolute(found: config.PreannotationSettings | config.Pipelines) -> config.Pipelines:
        return config.Pipelines(
            models=found.models,
            rules=tuple(str(workspace.root / path) for path in found.rules),
            votes=str(workspace.root / found.votes) if found.votes else "",
            threshold=found.threshold,
        )

    own = workspace.config.preannotate
    return {"": absolute(own), **{code: absolute(x) for code, x in own.languages.items()}}


def active_pipelines(workspace: Workspace) -> dict[str, config.Pipelines]:
    """The same, with the trained model that took over in the place of the settings' own.

    Raises:
        ConfigError: that model is no longer there.
    """
    from curate.preannotate import registry

    found = configured_pipelines(workspace)
    chosen = registry.current_model(workspace.models)
    if chosen is not None:
        key = workspace.config.corpus.language
        key = key if key in found else ""
        found[key] = registry.with_model(found[key], workspace.models / chosen.model)
    return found


def own_language(workspace: Workspace, pipelines: dict[str, config.Pipelines]) -> config.Pipelines:
    """The pipelines of the corpus's own language, of those by language."""
    return pipelines.get(workspace.config.corpus.language, pipelines[""])
