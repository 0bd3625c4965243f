"""Articles in, and what models and rules propose for them."""

from __future__ import annotations

from pathlib import Path

from curate.model import Problem
from curate.results import Ingested, Preannotated
from curate.workspace.core import Core, Progress, silent


class Articles(Core):
    """Verbs that take articles in and pre-annotate them."""

    def ingest(self, sources: list[Path], progress: Progress = silent) -> Ingested:
        """Take articles in. What is refused is told, and the rest goes on.

        Raises:
            InputError: a path does not exist, or no reader knows such a file.
        """
        from curate import ingest

        added: list[str] = []
        known: list[str] = []
        problems: list[Problem] = []
        paths = list(ingest.files(sources))
        with self._locked("ingest"):
            for done, path in enumerate(paths):
                progress("ingest", done, len(paths))
                with self.store.begin() as tx:
                    for item in ingest.read(path, self.config.corpus.language, self._name(path)):
                        if isinstance(item, Problem):
                            problems.append(item)
                        else:
                            (added if tx.add_document(item) else known).append(item.id)
        return Ingested(added=tuple(added), known=tuple(known), problems=tuple(problems))

    def preannotate(self, again: bool = False, progress: Progress = silent) -> Preannotated:
        """Run the models and rules over documents that have no gold and lack their layers.

        Args:
            again: also over documents that have them already.
        """
        from collections import Counter

        from curate import preannotate

        models, rules = self._annotators()
        spans: Counter[str] = Counter()
        problems: list[Problem] = []
        with self._locked("preannotate"):
            todo = self._unannotated(again)
            if not todo:
                return Preannotated()  # and the models, which take seconds, are not loaded
            documents = self._documents(todo)
            found = preannotate.annotate(documents, models=models, rules=rules, schema=self.schema)
            for done, (_, layers, bad) in enumerate(found):
                progress("preannotate", done, len(todo))
                problems += bad
                with self.store.begin() as tx:
                    for layer in layers:
                        tx.put_annotation(layer)
                        spans[layer.layer] += len(layer.spans)
        return Preannotated(documents=len(todo), spans=dict(spans), problems=tuple(problems))

    def _annotators(self) -> tuple[tuple[str, ...], tuple[Path, ...]]:
        settings = self.config.preannotate
        return settings.models, tuple(self.root / path for path in settings.rules)

    def _unannotated(self, again: bool) -> list[str]:
        from curate import preannotate

        layers = preannotate.layers(*self._annotators())
        with self.store.begin() as tx:
            fresh = {key for key, side in tx.locals("").items() if not side.gold}
            lacking = fresh if again else fresh & set(tx.without_layers(layers))
        return sorted(lacking)
