"""The splits of a corpus: drawn, kept in ``annotations/splits/``, and checked for leaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from curate.config import SplitSettings
from curate.dedup.clusters import DedupOptions, clusters_of, find_clusters
from curate.model import Document, Problem, Record
from curate.splits.check import frozen_documents, split_problems
from curate.splits.draw import (
    LABEL,
    LANGUAGE,
    NAMES,
    SplitDraw,
    SplitItem,
    SplitName,
    check_settings,
    draw_splits,
    split_item,
)
from curate.splits.files import load_splits, save_splits
from curate.splits.groups import Groups, article_versions, grouping_value
from curate.splits.leakage import SharedPassage, shared_passages
from curate.store.transaction import Transaction

if TYPE_CHECKING:
    from curate.workspace import Workspace

_LABEL = f"{LABEL}:"
_LANGUAGE = f"{LANGUAGE}:"
UNKNOWN_LANGUAGE = "unknown"
_TOLERANCE = 0.05  # by which a share may miss its target before it is reported
_FEW = 20  # with fewer documents, shares mean nothing


class SplitSummary(Record, frozen=True, kw_only=True):
    """What is in one split.

    Args:
        split: its name.
        documents: number of documents with gold.
        share: of all documents that are in a split.
        wanted: the share that the settings ask for.
        labels: number of spans and categories with each label.
        languages: number of documents by language, where there are several.
        test_of: how many of the documents are test documents of a release, and never move.
    """

    split: SplitName
    documents: int
    share: float
    wanted: float
    labels: dict[str, int] = {}
    languages: dict[str, int] = {}
    test_of: int = 0


class SplitGroup(Record, frozen=True, kw_only=True):
    """Documents with gold that stay together; the split is empty if they are not in one."""

    documents: tuple[str, ...]
    split: str = ""


class SplitResult(Record, frozen=True, kw_only=True):
    """The splits after a draw.

    Args:
        parts: what is in each split.
        added: ids of the documents that were assigned now, sorted.
        moved: ids of the documents that were moved on request, sorted.
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


def split(
    workspace: Workspace, moves: Mapping[str, SplitName] | None = None, dry_run: bool = False
) -> SplitResult:
    """Assign the documents with gold that are in no split yet, and check all splits.

    Args:
        moves: documents to move to another split, by the beginning of their id.
        dry_run: write nothing.

    Raises:
        ConfigError: ``[split]`` contradicts itself.
        InputError: a file of splits is damaged, or a document to be moved has no gold.
        ReleaseError: a test document of a release would be moved.
    """
    settings, annotations = workspace.config.split, workspace.annotations
    with workspace.locked("split"):
        full_moves = {workspace.find(prefix): name for prefix, name in (moves or {}).items()}
        with workspace.store.begin() as tx:
            check_settings(settings)
            before = load_splits(annotations)
            items = _items(tx, settings)
            gold = {item.document for item in items}
            links = _Links(tx, settings)
            groups = links.groups(gold | before.keys())
            releases = tx.releases()
            frozen = frozen_documents(releases)
            drawn = draw_splits(items, before, groups, settings, full_moves, frozen)
            assigned = gold & drawn.splits.keys()
            leaks = split_problems(
                drawn.splits,
                gold - drawn.between.keys(),
                links.by_kind(assigned),
                releases,
                links.passages(assigned, drawn.splits),
            )
        summaries = _summaries(items, drawn.splits, settings, frozen)
        written = [] if dry_run else save_splits(annotations, drawn.splits)
    return SplitResult(
        parts=summaries,
        added=drawn.added,
        moved=drawn.moved,
        together=tuple(_groups_of_several(groups, gold, drawn.splits)),
        problems=(*leaks, *_between(drawn), *_imbalances(summaries)),
        dry_run=dry_run,
        written=tuple(str(path.relative_to(workspace.root)) for path in written),
    )


def current_splits(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """Ids of the documents of each split that have gold, sorted; empty if none were drawn.

    Raises:
        InputError: a file of splits is damaged.
    """
    with workspace.store.begin() as tx:
        gold = {document.id for document, revision in tx.heads() if not revision.deleted}
    splits = load_splits(workspace.annotations)
    by_split: dict[str, list[str]] = {name: [] for name in NAMES}
    for document in sorted(gold & splits.keys()):
        by_split[splits[document]].append(document)
    if not any(by_split.values()):
        return {}
    return {name: tuple(documents) for name, documents in by_split.items()}


def summarise_splits(workspace: Workspace) -> tuple[SplitSummary, ...]:
    """What is in each split now; nothing is drawn.

    Raises:
        InputError: a file of splits is damaged.
    """
    settings = workspace.config.split
    with workspace.store.begin() as tx:
        frozen = frozen_documents(tx.releases())
        items = _items(tx, settings)
    return _summaries(items, load_splits(workspace.annotations), settings, frozen)


def check_splits(workspace: Workspace) -> tuple[Problem, ...]:
    """What is wrong with the splits; nothing if none were ever drawn.

    Raises:
        ConfigError: ``[split]`` contradicts itself.
        InputError: a file of splits is damaged.
    """
    settings = workspace.config.split
    check_settings(settings)
    splits = load_splits(workspace.annotations)
    with workspace.store.begin() as tx:
        releases = tx.releases()
        if not splits and not frozen_documents(releases):
            return ()
        gold = {document.id for document, revision in tx.heads() if not revision.deleted}
        links = _Links(tx, settings)
        assigned = gold & splits.keys()
        passages = links.passages(assigned, splits)
        return split_problems(splits, gold, links.by_kind(assigned), releases, passages)


def _items(tx: Transaction, settings: SplitSettings) -> list[SplitItem]:
    """The documents with gold; their languages are kept in proportion where there are several.

    A model is trained for one language, and needs documents of it in every split.
    """
    languages = {document.lang for document, revision in tx.heads() if not revision.deleted}
    several = (LANGUAGE,) if len(languages) > 1 else ()
    stratify = tuple(dict.fromkeys((*several, *settings.stratify)))
    return [
        split_item(document, revision, stratify)
        for document, revision in tx.heads()
        if not revision.deleted
    ]


class _Links:
    """What links the documents of a store, so that they must not be in different splits."""

    def __init__(self, tx: Transaction, settings: SplitSettings) -> None:
        self._tx = tx
        self._settings = settings
        self._articles = article_versions(tx.documents())

    def groups(self, ids: Collection[str]) -> Groups:
        """The groups in which some documents must stay."""
        groups = Groups()
        for values in self.by_kind(ids).values():
            groups.join_equal(values)
        for passage in self.passages(ids):
            if not passage.common:
                groups.join(passage.document, passage.other)
        return groups

    def by_kind(self, ids: Collection[str]) -> dict[str, dict[str, str]]:
        """By kind of link, the cluster, article or common values of each of some documents."""
        options = DedupOptions(threshold=self._settings.similarity, keep="all")
        duplicates = find_clusters(self._documents(ids), options, "")
        fields = self._settings.together
        return {
            "duplicates": clusters_of(duplicates),
            "revisions": self._articles,
            "together": {
                document.id: grouping_value(document, fields) for document in self._documents(ids)
            },
        }

    def passages(
        self, ids: Collection[str], splits: Mapping[str, SplitName] | None = None
    ) -> Iterator[SharedPassage]:
        """Long passages that some documents share; with splits, those across different splits."""
        documents = self._documents(ids)
        return shared_passages(documents, self._text, self._settings.passage, splits)

    def _documents(self, ids: Collection[str]) -> Iterator[Document]:
        return (document for document in self._tx.documents() if document.id in ids)

    def _text(self, document_id: str) -> str:
        document = self._tx.document(document_id)
        return document.text if document else ""


def _summaries(
    items: list[SplitItem],
    splits: Mapping[str, SplitName],
    settings: SplitSettings,
    frozen: Mapping[str, str],
) -> tuple[SplitSummary, ...]:
    assigned = [item for item in items if item.document in splits]
    summaries = []
    for name in NAMES:
        own = [item for item in assigned if splits[item.document] == name]
        labels: Counter[str] = Counter()
        languages: Counter[str] = Counter()
        for item in own:
            for feature, count in item.features.items():
                if feature.startswith(_LABEL):
                    labels[feature.removeprefix(_LABEL)] += count
                elif feature.startswith(_LANGUAGE):
                    languages[feature.removeprefix(_LANGUAGE) or UNKNOWN_LANGUAGE] += count
        summaries.append(
            SplitSummary(
                split=name,
                documents=len(own),
                share=round(len(own) / len(assigned), 4) if assigned else 0.0,
                wanted=settings.ratios.get(name, 0.0),
                labels=dict(sorted(labels.items())),
                languages=dict(sorted(languages.items())),
                test_of=sum(item.document in frozen for item in own),
            )
        )
    return tuple(summaries)


def _groups_of_several(
    groups: Groups, gold: Iterable[str], splits: Mapping[str, SplitName]
) -> Iterator[SplitGroup]:
    for members in groups.members(gold).values():
        if len(members) > 1:
            names = {splits.get(document, "") for document in members} - {""}
            name = names.pop() if len(names) == 1 else ""
            yield SplitGroup(documents=tuple(members), split=name)


def _between(drawn: SplitDraw) -> Iterator[Problem]:
    for document, names in sorted(drawn.between.items()):
        yield Problem(
            code="split.between",
            message=f"is in no split: its group is in {' and '.join(names)}",
            severity="warning",
            document=document,
            hint=f"leave it out, or run `curate split --move {document}={names[-1]}`",
        )


def _imbalances(summaries: tuple[SplitSummary, ...]) -> Iterator[Problem]:
    total = sum(summary.documents for summary in summaries)
    all_labels = {label for summary in summaries for label in summary.labels}
    all_languages = {lang for summary in summaries for lang in summary.languages}
    for summary in summaries:
        if total >= _FEW and abs(summary.share - summary.wanted) > _TOLERANCE:
            yield Problem(
                code="split.ratio",
                message=f"{summary.split} has {summary.share:.1%} of the documents; "
                f"the target is {summary.wanted:.1%}",
                severity="info",
                hint="documents that are added later even it out",
            )
        absent = sorted(all_languages - summary.languages.keys())
        if summary.documents and absent:
            yield Problem(
                code="split.language",
                message=f"{summary.split} has no document in {', '.join(absent)}",
                severity="warning",
                hint="annotate more documents in this language; a model of it needs some in each "
                "split",
            )
        missing = sorted(all_labels - summary.labels.keys())
        if summary.documents and missing:
            yield Problem(
                code="split.label",
                message=f"{summary.split} has nothing labelled {', '.join(missing)}",
                severity="info",
                hint="annotate more documents with this label",
            )
