"""The draw of splits: which documents train, tune and test a model. Pure.

Documents that must stay together form a group, which goes into one split as a whole. The largest
groups are drawn first, then those with the rarest labels, as in iterative stratification (Sechidis,
Tsoumakas and Vlahavas 2011, "On the Stratification of Multi-label Data"); the seed decides the
order of the rest. Each group goes into the split, of those that still lack documents, in which it
brings labels and strata closest to the target shares by chi-square. So a split has at most one
group more than its share.

Documents that were assigned stay where they are; new documents fill up the splits that lack some.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from curate.config import SplitSettings
from curate.errors import ConfigError, InputError, ReleaseError
from curate.model import Document, Revision
from curate.splits.groups import Groups
from curate.util import digests

SplitName = Literal["train", "dev", "test"]
NAMES: tuple[SplitName, ...] = ("train", "dev", "test")
FROZEN: SplitName = "test"
LABEL = "label"
LANGUAGE = "lang"
_DOCUMENTS = "documents"


class SplitItem(NamedTuple):
    """A document to assign, with the features that are stratified, such as ``label:PER``."""

    document: str
    features: dict[str, int]  # how often the document has each


class SplitDraw(NamedTuple):
    """The result of a draw.

    Args:
        splits: the split of each document by id, including those that were assigned before.
        added: the documents that were assigned now, sorted.
        moved: the documents that were moved on request, sorted.
        between: documents that are in no split because their group is in several, with these.
    """

    splits: dict[str, SplitName]
    added: tuple[str, ...]
    moved: tuple[str, ...]
    between: dict[str, tuple[SplitName, ...]]


def check_settings(settings: SplitSettings) -> None:
    """Refuse settings that contradict themselves.

    Raises:
        ConfigError: the message names the setting.
    """
    ratios = settings.ratios
    if unknown := sorted(ratios.keys() - {*NAMES}):
        raise ConfigError(f"[split] ratios names {unknown[0]!r}", f"name {', '.join(NAMES)}")
    if (
        any(not 0 <= share <= 1 for share in ratios.values())
        or abs(sum(ratios.values()) - 1) > 1e-6
    ):
        raise ConfigError("[split] ratios do not sum to 1", "give shares from 0 to 1 that do")
    if not 0 < settings.similarity <= 1:
        hint = "give a Jaccard similarity above 0 and up to 1"
        raise ConfigError(f"[split] similarity is {settings.similarity}", hint)
    if settings.passage < 10:
        hint = "give 10 words or more; shorter passages are shared by chance"
        raise ConfigError(f"[split] passage is {settings.passage}", hint)


def split_item(document: Document, revision: Revision, stratify: Iterable[str]) -> SplitItem:
    """A document with its features: labels, its language, and values of its metadata.

    Args:
        document: the document.
        revision: its gold.
        stratify: ``label`` for the labels of spans and categories, ``lang`` for the language;
            otherwise metadata fields.
    """
    features: Counter[str] = Counter()
    for field in stratify:
        if field == LABEL:
            features.update(f"{LABEL}:{span.label}" for span in revision.spans)
            features.update(f"{LABEL}:{category.label}" for category in revision.categories)
        elif field == LANGUAGE:
            features[f"{LANGUAGE}:{document.lang}"] += 1
        else:
            features[f"{field}:{document.meta.get(field, '')}"] += 1
    return SplitItem(document.id, dict(features))


def draw_splits(
    items: Iterable[SplitItem],
    before: Mapping[str, SplitName],
    groups: Groups,
    settings: SplitSettings,
    moves: Mapping[str, SplitName] | None = None,
    frozen: Mapping[str, str] | None = None,
) -> SplitDraw:
    """Assign the documents that are in no split yet.

    Args:
        items: all documents that are to be in a split, including those in ``before``.
        before: what was assigned before; only ``moves`` changes it.
        groups: which documents must stay together.
        settings: the settings.
        moves: documents to move to another split; their group moves with them.
        frozen: test documents of releases, with the release.

    Raises:
        ConfigError: the settings contradict themselves.
        InputError: a document to be moved has no gold, or is to be moved to two splits.
        ReleaseError: a test document of a release would be moved.
    """
    check_settings(settings)
    by_id = {item.document: item for item in items}
    members = groups.members(by_id.keys() | before.keys())
    splits = dict(before)
    moved = _move(splits, members, {*by_id}, groups, moves or {}, frozen or {})
    between: dict[str, tuple[SplitName, ...]] = {}
    new_groups: list[list[SplitItem]] = []
    added: list[str] = []
    for documents in members.values():
        new = [document for document in documents if document not in splits]
        current = {splits[document] for document in documents if document in splits}
        if len(current) > 1:
            names = tuple(name for name in NAMES if name in current)
            between.update(dict.fromkeys(new, names))
            continue
        added += new
        if current:
            splits.update(dict.fromkeys(new, current.pop()))
        elif new:
            new_groups.append([by_id[document] for document in new])
    assignable = [item for document, item in sorted(by_id.items()) if document not in between]
    _fill(splits, new_groups, assignable, settings)
    return SplitDraw(splits, tuple(sorted(added)), moved, between)


def _move(
    splits: dict[str, SplitName],
    members: Mapping[str, list[str]],
    gold: set[str],
    groups: Groups,
    moves: Mapping[str, SplitName],
    frozen: Mapping[str, str],
) -> tuple[str, ...]:
    """Move documents with their groups; returns the documents that changed, sorted."""
    targets: dict[str, SplitName] = {}
    for document, name in sorted(moves.items()):
        if document not in gold:
            raise InputError(f"{document} has no gold", "move documents that have gold")
        if targets.setdefault(groups.of(document), name) != name:
            raise InputError(
                f"another document of the group of {document} is moved elsewhere",
                "move a whole group to one split",
            )
    moved: list[str] = []
    for group, name in targets.items():
        for document in members[group]:
            # A test document of a release cannot move, even if a file of splits was edited.
            if document in frozen and name != FROZEN:
                raise ReleaseError(
                    f"{document} is a test document of release {frozen[document]}, "
                    "which never moves",
                    "move the other documents of its group to test",
                )
            if splits.get(document) != name:
                splits[document] = name
                moved.append(document)
    return tuple(sorted(moved))


def _fill(
    splits: dict[str, SplitName],
    new_groups: list[list[SplitItem]],
    items: list[SplitItem],
    settings: SplitSettings,
) -> None:
    """Put groups into splits, one after the other.

    Args:
        splits: the splits, which are changed.
        new_groups: the groups that are in no split.
        items: all documents that are in a split afterwards.
        settings: the settings.
    """
    smallest_share = min(share for share in settings.ratios.values() if share)
    names = _counted_as(items, smallest_share)
    totals = _totals(items, names)
    filled = {name: Counter[str]() for name in NAMES}
    for item in items:
        if item.document in splits:
            filled[splits[item.document]].update(_totals([item], names))
    shares = {name: settings.ratios.get(name, 0.0) for name in NAMES}
    counts = [_totals(group, names) for group in new_groups]
    pairs = zip(new_groups, counts, strict=True)
    order = [_order(group, own, totals, settings.seed) for group, own in pairs]
    in_order = sorted(zip(order, new_groups, counts, strict=True), key=lambda entry: entry[0])
    for _, group, own in in_order:
        lacking = [
            name
            for name in NAMES
            if shares[name] and filled[name][_DOCUMENTS] < shares[name] * totals[_DOCUMENTS]
        ]
        # Sums of shares are rounded, so for the last group all splits may just seem full.
        candidates = lacking or [name for name in NAMES if shares[name]]
        best = min(candidates, key=lambda name: _cost(filled[name], own, totals, shares[name]))
        filled[best].update(own)
        splits.update((item.document, best) for item in group)


def _counted_as(items: Iterable[SplitItem], smallest_share: float) -> dict[str, str]:
    """The name under which each feature is counted.

    Values that are too rare for the smallest split to get one of their documents are counted
    together. Otherwise each of them would go into the largest split.
    """
    documents = Counter(name for item in items for name in item.features)
    return {
        name: name if number * smallest_share >= 1 else name.partition(":")[0] + " (rare)"
        for name, number in documents.items()
    }


def _totals(items: Iterable[SplitItem], names: Mapping[str, str]) -> Counter[str]:
    """Number of documents, and of each feature."""
    totals: Counter[str] = Counter()
    for item in items:
        totals[_DOCUMENTS] += 1
        for name, number in item.features.items():
            totals[names[name]] += number
    return totals


def _order(
    group: list[SplitItem], counts: Counter[str], totals: Counter[str], seed: int
) -> tuple[int, int, str]:
    rarest = min(totals[name] for name in counts)
    random = digests.draw(seed, group[0].document)
    return (-len(group), rarest, random)


def _cost(filled: Counter[str], added: Counter[str], totals: Counter[str], share: float) -> float:
    """By how much a group increases the chi-square distance of a split from its target.

    The sum of ((h + g - t)² - (h - t)²) / t over all features, each relative to its total: h is
    what the split has, g what the group adds, t the target.
    """
    cost = 0.0
    for name, number in sorted(added.items()):
        target = share * totals[name]
        cost += number / totals[name] * (2 * (filled[name] - target) + number) / target
    return cost
