"""What was read of a project, put into the store of its workspace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from curate.clone.documents import ClonedDocument, DocumentReader
from curate.clone.imports import ImportEvidence
from curate.clone.records import CloneOptions, CloneReport, SourceExample, SourceProject
from curate.clone.units import Unit, UnitEvidence
from curate.errors import InputError
from curate.layers import GOLD, PROPOSAL, annotator_layer
from curate.model import Problem
from curate.store import Store, gold
from curate.store.records import RemoteProject, RemoteState
from curate.util import jsonl
from curate.util.batches import batched
from curate.util.progress import Progress

if TYPE_CHECKING:
    from curate.clone.reading import ReadExamples
    from curate.store.transaction import Transaction
    from curate.workspace import Workspace

_BATCH = 200


def named_accounts(source: SourceProject, options: CloneOptions) -> set[int]:
    """Ids of the accounts of which it is said that they only imported.

    Raises:
        InputError: the server has no such account.
    """
    ids = {name: number for number, name in source.accounts.items()}
    for name in options.imported:
        if name not in ids:
            raise InputError(
                f"{source.url} has no account {name!r}", "correct the name after --imported"
            )
    return {ids[name] for name in options.imported}


def unknown_unit(example: int) -> InputError:
    """The error that asks what the offsets of an import count."""
    return InputError(
        "it cannot be known whether imported spans count code points or UTF-16 units "
        f"(such as those of example {example}): behind a character beyond U+FFFF, both are "
        "possible",
        "look at the example in Doccano: if its marks are where they belong, run the command "
        "again with --offsets utf16; if they are too far left, with --offsets codepoints",
    )


def record_project(
    store: Store, source: SourceProject, marker: str, pushers: Collection[int], server_time: str
) -> None:
    """Record the project, which the first sync is to be asked to adopt.

    Args:
        store: the corpus.
        source: the project.
        marker: its marker, or the one that it is to get.
        pushers: ids of the accounts that only imported, so that changes of what is theirs there
            are somebody else's.
        server_time: the server's time.
    """
    with store.begin() as tx:
        tx.put_remote(
            RemoteProject(marker=marker, url=source.url, name=source.name, project=source.id)
        )
        state = RemoteState(
            accounts=source.accounts,
            label_types=source.label_types,
            pushers=tuple(sorted(pushers)),
            server_time=server_time,
            unstamped=True,
            cloned=True,
        )
        tx.put_remote_state(marker, state)


class _Copies(NamedTuple):
    """The examples with one text: the one that is taken, and the others."""

    chosen: int
    others: tuple[int, ...]


class CloneImporter:
    """Puts what was read into the store."""

    def __init__(
        self,
        workspace: Workspace,
        source: SourceProject,
        marker: str,
        kept: ReadExamples,
        options: CloneOptions,
        progress: Progress,
    ) -> None:
        self._workspace, self._source, self._marker = workspace, source, marker
        self._kept, self._progress = kept, progress
        administrators = {
            number
            for number, name in source.accounts.items()
            if source.members.get(name) == "project_admin"
        }
        self._imports = ImportEvidence(kept, named_accounts(source, options), administrators)
        units = self._units(options.offsets)
        self._now = workspace.now()
        self._reader = DocumentReader(
            source, self._imports, units, self._now, options.offsets or "utf16"
        )
        self._problems: list[Problem] = []
        self._layers: Counter[str] = Counter()
        self._people: Counter[str] = Counter()
        self._documents = self._gold = self._comments = 0

    def _units(self, named: Unit | None) -> UnitEvidence:
        """What the offsets of each import count.

        Raises:
            InputError: of one it cannot be known.
        """
        units = UnitEvidence()
        seen: dict[tuple[int, int], int] = {}
        for example in self._kept:
            for each in example.rows:
                batch = self._imports.batch(each.row) if each.kind == "span" else None
                if batch is not None:
                    label = self._source.label_types["span"].get(each.row.label, "")
                    units.add(batch, example.text, each.start, each.end, label)
                    seen.setdefault(batch, example.example)
        unknown = [example for batch, example in seen.items() if units.unit(batch) is None]
        if unknown and named is None:
            raise unknown_unit(unknown[0])
        return units

    @property
    def importers(self) -> set[int]:
        """Ids of the accounts that only imported."""
        return self._imports.importers

    def add_all(self, there: set[int]) -> None:
        """Add every example that is still there."""
        copies = self._copies(there)
        skipped = {other for each in copies for other in each.others}
        for batch in batched(self._kept, _BATCH):
            with self._workspace.store.begin() as tx:
                for example in batch:
                    if example.example not in there:
                        self._problems.append(_gone(example))
                    elif not example.text.strip():
                        self._problems.append(empty_example(example))
                    elif self._reader.is_unreadable(example):
                        self._problems.append(_counted_in_clusters(example))
                    elif example.example not in skipped:
                        self._add(tx, self._reader.read(example), example)
            self._progress("store", self._documents, len(there))
        self._add_copies(copies)
        columns = {"text", *source_columns(self._source)}
        hiding = {each.example: columns & each.meta.keys() for each in self._kept}
        if hiding := {example: names for example, names in hiding.items() if names}:
            self._problems.append(_hidden_columns(hiding))

    def _add(self, tx: Transaction, cloned: ClonedDocument, example: SourceExample) -> None:
        document = cloned.document
        tx.add_document(document)
        self._documents += 1
        if cloned.gold is not None:
            self._gold += 1
            self._people[cloned.confirmed_by] += 1
            self._layers[GOLD] += cloned.gold.size
            if tx.head(document.id) is None:
                self._commit(tx, cloned)
        for layer in cloned.layers:
            tx.put_annotation(layer)
            if layer.layer != PROPOSAL:
                self._layers[layer.layer] += layer.size
        tx.put_tracked(self._marker, cloned.tracked)
        tx.put_comments(self._marker, document.id, example.comments)
        self._comments += len(example.comments)
        self._problems += cloned.problems

    def _commit(self, tx: Transaction, cloned: ClonedDocument) -> None:
        assert cloned.gold is not None
        gold.commit(
            tx,
            None,
            cloned.gold,
            gold.Provenance(
                author=annotator_layer(cloned.confirmed_by),
                at=self._now,
                schema=self._source.schema.id,
            ),
            f"cloned from {self._source.origin}",
            sync=f"clone-{self._marker[:8]}",
            confirmed_by=cloned.confirmed_by,
            confirmed_at=cloned.confirmed_at,
        )

    def _copies(self, there: set[int]) -> list[_Copies]:
        """Examples with the same text: a confirmed one is taken, else a marked one, else the
        oldest."""
        found: dict[str, list[tuple[bool, bool, int]]] = {}
        for each in self._kept:
            if each.example in there and each.text.strip():
                order = (not each.confirmed, not each.rows, each.example)
                found.setdefault(jsonl.document_id(each.text), []).append(order)
        ordered = (sorted(examples) for examples in found.values() if len(examples) > 1)
        return [_Copies(first[2], tuple(o[2] for o in others)) for first, *others in ordered]

    def _add_copies(self, copies: Sequence[_Copies]) -> None:
        """Keep what was marked in copies as layers, where it differs from what was taken."""
        chosen = {other: each.chosen for each in copies for other in each.others}
        if not chosen:
            return
        contents = {
            each.example: self._reader.content(each)
            for each in self._kept
            if each.example in chosen.values()
        }
        for example in self._kept:
            if example.example not in chosen:
                continue
            taken = chosen[example.example]
            kept: list[str] = []
            if example.rows and self._reader.content(example) != contents[taken]:
                with self._workspace.store.begin() as tx:
                    for layer in self._reader.versions(example):
                        if tx.annotation(layer.document, layer.layer) is None:
                            tx.put_annotation(layer)
                            kept.append(layer.layer)
            self._problems.append(_copy(example, taken, kept))

    def report(self, files: tuple[str, ...], problems: tuple[Problem, ...]) -> CloneReport:
        """What was made."""
        return CloneReport(
            root=str(self._workspace.root),
            project=self._source.origin,
            number=self._source.id,
            files=files,
            documents=self._documents,
            gold=self._gold,
            layers=dict(sorted(self._layers.items())),
            comments=self._comments,
            people=dict(sorted(self._people.items())),
            problems=(*problems, *self._problems),
        )


def _copy(example: SourceExample, taken: int, kept: list[str]) -> Problem:
    message = f"example {example.example} has the same text as example {taken}, which is taken"
    if kept:
        message += f"; what was marked in it differs and is kept as {', '.join(kept)}"
    elif example.rows:
        message += "; what was marked in it is in the other one too, or stays only in Doccano"
    return Problem(
        code="clone.copy",
        severity="warning",
        message=message,
        document=jsonl.document_id(example.text),
        hint="syncs leave it alone; delete it in Doccano once nobody works in it",
    )


def source_columns(source: SourceProject) -> set[str]:
    """The columns in which an export of a project has its marks."""
    kind = source.kind
    return {kind.spans, kind.relations, kind.categories} - {""}


def _hidden_columns(hiding: Mapping[int, set[str]]) -> Problem:
    names = ", ".join(sorted(set().union(*hiding.values())))
    return Problem(
        code="clone.metadata",
        severity="warning",
        message=f"the metadata of {len(hiding)} examples (the first is {min(hiding)}) have fields "
        f"named {names}, which Doccano's exports show in the place of the text or the marks; a "
        "sync reads exports, so do not adopt the project before they are renamed",
        hint="give these fields other names through Doccano's API (PATCH the meta of each "
        "example), and clone again",
    )


def _gone(example: SourceExample) -> Problem:
    return Problem(
        code="clone.gone",
        severity="info",
        message=f"example {example.example} was deleted while the project was read; it is left out",
    )


def _counted_in_clusters(example: SourceExample) -> Problem:
    return Problem(
        code="clone.graphemes",
        severity="error",
        message=f"the marks of example {example.example} count grapheme clusters, since the "
        "project is in grapheme mode, and its text has clusters of several characters; it is left "
        "out",
        hint="switch grapheme_mode off in Doccano, correct the marks there, and clone again",
    )


def empty_example(example: SourceExample) -> Problem:
    """That an example without a text is left out."""
    return Problem(
        code="clone.empty",
        severity="warning",
        message=f"example {example.example} has no text; it is left out",
        hint="delete it in Doccano if it is there by mistake",
    )
