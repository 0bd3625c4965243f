"""The splits of a corpus: drawn, kept at ``annotations/splits/``, and checked.

::

    splits/<xx>.jsonl   the split of each document, sorted by id

``<xx>`` is the first two hex digits of the document id, as for all files of ``annotations/``. A
line stays where the document loses its gold, so that it comes back to where it was.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from curate.config import SplitSettings
from curate.dedup import clusters
from curate.errors import InputError
from curate.model import Document, Problem, Record
from curate.splits import (
    NAMES,
    Groups,
    SharedPassage,
    SplitAssignment,
    SplitDraw,
    SplitItem,
    SplitName,
    article_versions,
    check_settings,
    draw_splits,
    frozen_documents,
    grouping_value,
    shared_passages,
    split_item,
    split_problems,
)
from curate.store.transaction import Transaction
from curate.util import jsonl

if TYPE_CHECKING:
    from curate.model import Problem
    from curate.splits import SplitName
    from curate.workspace import Workspace

FOLDER = "splits"
_LABEL = "label:"
_AMISS = 0.05  # by which a share may miss what is asked for before it is told
_FEW = 20  # documents of which shares say nothing


class SplitSummary(Record, frozen=True, kw_only=True):
    """What is in one split.

    Args:
        split: its name.
        documents: how many documents of the gold it has.
        share: of all that are in a split.
        wanted: the share that is asked for.
        labels: how many spans and categories of each label.
        test_of: how many of them are test documents of a release, and do not move.
    """

    split: SplitName
    documents: int
    share: float
    wanted: float
    labels: dict[str, int] = {}
    test_of: int = 0


class SplitGroup(Record, frozen=True, kw_only=True):
    """Documents of the gold that were kept together; the split is empty if they are in none."""

    documents: tuple[str, ...]
    split: str = ""


class SplitResult(Record, frozen=True, kw_only=True):
    """What ``split`` did.

    Args:
        parts: what is in each split now.
        added: the documents that were assigned now, sorted.
        moved: those that were moved on request, sorted.
        together: groups of two documents or more.
        problems: what is wrong with the splits.
        dry_run: whether nothing was written.
        written: the files that changed.
    """

    parts: tuple[SplitSummary, ...]
    added: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    together: tuple[SplitGroup, ...] = ()
    problems: tuple[Problem, ...] = ()
    dry_run: bool = False
    written: tuple[str, ...] = ()


def load(annotations: Path) -> dict[str, SplitName]:
    """The split of each document, by id.

    Raises:
        InputError: a line is not valid, or a document stands twice.
    """
    found: dict[str, SplitName] = {}
    for path in sorted((annotations / FOLDER).glob("*.jsonl")):
        for placed in jsonl.read(path, SplitAssignment):
            if placed.document in found:
                hint = "remove the line that is not in the last release"
                raise InputError(f"document {placed.document} occurs twice", hint, str(path))
            found[placed.document] = placed.split
    return found


def save(annotations: Path, splits: Mapping[str, SplitName]) -> list[Path]:
    """Write the splits; returns the files that changed, sorted."""
    shards: dict[str, list[SplitAssignment]] = defaultdict(list)
    for document, name in sorted(splits.items()):
        shards[document[:2]].append(SplitAssignment(document=document, split=name))
    folder = annotations / FOLDER
    wanted = {folder / f"{key}.jsonl": b"".join(jsonl.lines(v)) for key, v in shards.items()}
    changed = [path for path, data in wanted.items() if jsonl.write(path, data)]
    for path in set(folder.glob("*.jsonl")) - wanted.keys():
        path.unlink()
        changed.append(path)
    return sorted(changed)


def named(splits: Mapping[str, SplitName], gold: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The documents of each split that have gold, sorted, as a release holds them."""
    found: dict[str, list[str]] = {name: [] for name in NAMES}
    for document in sorted(gold):
        if document in splits:
            found[splits[document]].append(document)
    return {name: tuple(ids) for name, ids in found.items()} if any(found.values()) else {}


def assign_splits(
    tx: Transaction,
    annotations: Path,
    settings: SplitSettings,
    moves: Mapping[str, SplitName] | None = None,
    dry_run: bool = False,
) -> SplitResult:
    """Assign the gold documents that are in no split yet, and check all of them.

    Args:
        tx: the store.
        annotations: where the splits are kept.
        settings: the settings.
        moves: documents that are to be in another split, by id.
        dry_run: write nothing.

    Raises:
        ConfigError: the settings contradict themselves.
        InputError: a file of splits is damaged, or what is to be moved has no gold.
        ReleaseError: a test document that a release holds would be moved.
    """
    check_settings(settings)
    known = load(annotations)
    items = [split_item(d, r, settings.stratify) for d, r in tx.heads() if not r.deleted]
    gold = {each.document for each in items}
    corpus = _Corpus(tx, settings)
    groups = corpus.groups(gold | known.keys())
    releases = tx.releases()
    held = frozen_documents(releases)
    drawn = draw_splits(items, known, groups, settings, moves, held)
    used = gold & drawn.splits.keys()
    found = split_problems(
        drawn.splits,
        gold - drawn.between.keys(),
        corpus.belonging(used),
        releases,
        corpus.passages(used, drawn.splits),
    )
    made = tuple(_parts(items, drawn.splits, settings, held))
    problems = (*found, *_between(drawn), *_amiss(made))
    written = [] if dry_run else save(annotations, drawn.splits)
    return SplitResult(
        parts=made,
        added=drawn.added,
        moved=drawn.moved,
        together=tuple(_together(groups, gold, drawn.splits)),
        problems=problems,
        dry_run=dry_run,
        written=tuple(str(path.relative_to(annotations.parent)) for path in written),
    )


def parts(tx: Transaction, annotations: Path, settings: SplitSettings) -> tuple[SplitSummary, ...]:
    """What is in each split as it is kept; nothing is drawn.

    Raises:
        InputError: a file of splits is damaged.
    """
    splits = load(annotations)
    items = [split_item(d, r, settings.stratify) for d, r in tx.heads() if not r.deleted]
    return tuple(_parts(items, splits, settings, frozen_documents(tx.releases())))


def sound(tx: Transaction, annotations: Path, settings: SplitSettings) -> tuple[Problem, ...]:
    """What is wrong with the splits as they are kept, for the gate of a release.

    Raises:
        ConfigError: the settings contradict themselves.
        InputError: a file of splits is damaged.
    """
    check_settings(settings)
    splits = load(annotations)
    releases = tx.releases()
    if not splits and not frozen_documents(releases):
        return ()
    gold = {document.id for document, revision in tx.heads() if not revision.deleted}
    corpus = _Corpus(tx, settings)
    used = gold & splits.keys()
    passages = corpus.passages(used, splits)
    return split_problems(splits, gold, corpus.belonging(used), releases, passages)


class _Corpus:
    """What the documents of a store have to do with one another."""

    def __init__(self, tx: Transaction, settings: SplitSettings) -> None:
        self._tx = tx
        self._settings = settings
        self._articles = article_versions(tx.documents())

    def groups(self, ids: Collection[str]) -> Groups:
        """Who of some documents belongs together, and is never parted."""
        groups = Groups()
        for values in self.belonging(ids).values():
            groups.gather(values)
        for passage in self.passages(ids):
            if not passage.common:
                groups.join(passage.document, passage.other)
        return groups

    def belonging(self, ids: Collection[str]) -> dict[str, dict[str, str]]:
        """By kind, what each of some documents belongs to."""
        asked = clusters.DedupOptions(threshold=self._settings.similarity, keep="all")
        found = clusters.in_corpus(self._documents(ids), asked, "")
        fields = self._settings.together
        return {
            "duplicates": clusters.clusters_of(found),
            "revisions": self._articles,
            "together": {each.id: grouping_value(each, fields) for each in self._documents(ids)},
        }

    def passages(
        self, ids: Collection[str], parts: Mapping[str, SplitName] | None = None
    ) -> Iterator[SharedPassage]:
        """Long passages that some documents share, or those of different splits."""
        documents = self._documents(ids)
        return shared_passages(documents, self._text, self._settings.passage, parts)

    def _documents(self, ids: Collection[str]) -> Iterator[Document]:
        return (document for document in self._tx.documents() if document.id in ids)

    def _text(self, document: str) -> str:
        found = self._tx.document(document)
        return found.text if found else ""


def _parts(
    items: list[SplitItem],
    splits: Mapping[str, SplitName],
    settings: SplitSettings,
    held: Mapping[str, str],
) -> Iterator[SplitSummary]:
    used = [each for each in items if each.document in splits]
    for name in NAMES:
        own = [each for each in used if splits[each.document] == name]
        labels: Counter[str] = Counter()
        for each in own:
            for feature, number in each.features.items():
                if feature.startswith(_LABEL):
                    labels[feature.removeprefix(_LABEL)] += number
        yield SplitSummary(
            split=name,
            documents=len(own),
            share=round(len(own) / len(used), 4) if used else 0.0,
            wanted=settings.ratios.get(name, 0.0),
            labels=dict(sorted(labels.items())),
            test_of=sum(each.document in held for each in own),
        )


def _together(
    groups: Groups, gold: Iterable[str], splits: Mapping[str, SplitName]
) -> Iterator[SplitGroup]:
    for members in groups.members(gold).values():
        if len(members) > 1:
            places = {splits.get(each, "") for each in members} - {""}
            place = places.pop() if len(places) == 1 else ""
            yield SplitGroup(documents=tuple(members), split=place)


def _between(drawn: SplitDraw) -> Iterator[Problem]:
    for document, places in sorted(drawn.between.items()):
        yield Problem(
            code="split.between",
            message=f"is in no split: its group is in {' and '.join(places)}",
            severity="warning",
            document=document,
            hint=f"leave it out, or `curate split --move {document}={places[-1]}`",
        )


def _amiss(made: tuple[SplitSummary, ...]) -> Iterator[Problem]:
    total = sum(part.documents for part in made)
    for part in made:
        if total >= _FEW and abs(part.share - part.wanted) > _AMISS:
            yield Problem(
                code="split.ratio",
                message=f"{part.split} has {part.share:.1%} of the documents, where "
                f"the target is {part.wanted:.1%}",
                severity="info",
                hint="documents that are added later even it out",
            )
        lacking = {name for other in made for name in other.labels} - part.labels.keys()
        if part.documents and lacking:
            yield Problem(
                code="split.label",
                message=f"{part.split} has no span labelled {', '.join(sorted(lacking))}",
                severity="info",
                hint="annotate more documents that have it",
            )


def split(
    workspace: Workspace, moves: Mapping[str, SplitName] | None = None, dry_run: bool = False
) -> SplitResult:
    """Assign the gold documents that are in no split yet, and check all splits.

    Args:
        moves: documents that are to be in another split, by the beginning of their id.
        dry_run: write nothing.

    Raises:
        ConfigError: ``[split]`` contradicts itself.
        InputError: a file of splits is damaged, or what is to be moved has no gold.
        ReleaseError: a test document that a release holds would be moved.
    """

    with workspace.locked("split"):
        found = {workspace.find(prefix): name for prefix, name in (moves or {}).items()}
        with workspace.store.begin() as tx:
            return assign_splits(tx, workspace.annotations, workspace.config.split, found, dry_run)


def current_splits(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """The documents of each split that have gold; empty if none were drawn."""

    with workspace.store.begin() as tx:
        gold = {document.id for document, revision in tx.heads() if not revision.deleted}
    return named(load(workspace.annotations), gold)


def split_parts(workspace: Workspace) -> tuple[SplitSummary, ...]:
    """What is in each split as it is kept; nothing is drawn.

    Raises:
        InputError: a file of splits is damaged.
    """

    with workspace.store.begin() as tx:
        return parts(tx, workspace.annotations, workspace.config.split)


def check_splits(workspace: Workspace) -> tuple[Problem, ...]:
    """What is wrong with the splits; nothing if none were ever drawn.

    Raises:
        ConfigError: ``[split]`` contradicts itself.
        InputError: a file of splits is damaged.
    """

    with workspace.store.begin() as tx:
        return sound(tx, workspace.annotations, workspace.config.split)
