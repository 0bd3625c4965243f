"""Articles in, and what models and rules propose for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from curate.model import Problem
from curate.results import Preannotated
from curate.workspace.core import Core, Progress, silent

if TYPE_CHECKING:
    from curate.ingest.importer import Asked, Intake
    from curate.preannotate import Setup


class Articles(Core):
    """Verbs that take articles in and pre-annotate them."""

    def ingest(
        self, sources: list[Path], progress: Progress = silent, asked: Asked | None = None
    ) -> Intake:
        """Take articles in. What is refused is told and kept, and the rest goes on.

        Args:
            sources: files, folders, patterns, or ``-`` for the standard input.
            progress: is told of each file.
            asked: their format, how to read it, and whether its annotations are gold.

        Raises:
            InputError: a path does not exist, or there is no such format.
        """
        from curate import ingest
        from curate.ingest.importer import Intaker, request

        wanted = request(asked, self.config.corpus.language)
        paths = list(ingest.files(sources, wanted.format))
        with self._locked("ingest"):
            intaker = Intaker(self.store, self.schema, self.state, self._now, self._name)
            for done, path in enumerate(paths):
                progress("ingest", done, len(paths))
                intaker.take(path, wanted)
            made = intaker.done()
            if made.gold:
                self._save()
        return made

    def preannotate(self, again: bool = False, progress: Progress = silent) -> Preannotated:
        """Run the models and rules over documents that nobody annotated and that lack their layers.

        What people annotated keeps the pre-annotation that they were shown.

        Args:
            again: also over documents that have them already.
        """
        from collections import Counter

        from curate import preannotate
        from curate.ingest import versions

        setup, languages = self._setups()
        spans: Counter[str] = Counter()
        problems: list[Problem] = []
        with self._locked("preannotate"):
            todo = self._unannotated(again)
            if not todo:
                return Preannotated()  # and the models, which take seconds, are not loaded
            documents = self._documents(todo)
            annotator = preannotate.load(setup, self.schema, languages)
            for done, (_, layers, bad) in enumerate(annotator.annotate(documents)):
                progress("preannotate", done, len(todo))
                problems += bad
                with self.store.begin() as tx:
                    for layer in layers:
                        tx.put_annotation(versions.proposed(tx, layer))
                        spans[layer.layer] += len(layer.spans)
        return Preannotated(documents=len(todo), spans=dict(spans), problems=tuple(problems))

    def _setups(self) -> tuple[Setup, dict[str, Setup]]:
        """What articles are annotated with: those of the corpus's language, and by language."""
        from curate.preannotate import Setup

        setups = {code: Setup.of(each) for code, each in self._pipelines().items()}
        return setups.pop(""), setups

    def _unannotated(self, again: bool) -> list[str]:
        """Documents that nobody annotated and that lack a layer of their setup, sorted."""
        from curate import preannotate

        default, languages = self._setups()
        setups = {"": default, **languages}
        layers = {code: preannotate.layers(x.models, x.rules) for code, x in setups.items()}
        with self.store.begin() as tx:
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
