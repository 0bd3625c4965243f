"""Which document is trained on, which is tuned on, and which is tested on. Pure.

Documents that must not be parted are one group and go into one split whole. Groups are drawn the
largest first, then those with the rarest labels, as in iterative stratification (Sechidis,
Tsoumakas and Vlahavas 2011, "On the Stratification of Multi-label Data"), and within that in an
order that the seed decides. Of the splits that still lack documents, each goes where it brings
labels and strata nearest to the shares that are asked for, in the sense of chi-square. So a split
has at most one group more than its share.

What was assigned stays where it is, whatever comes after; new documents fill up what is lacking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from curate.config import SplitSettings
from curate.errors import ConfigError, InputError, ReleaseError
from curate.model import Document, Record, Revision
from curate.splits.groups import Groups
from curate.util import digests

SplitName = Literal["train", "dev", "test"]
NAMES: tuple[SplitName, ...] = ("train", "dev", "test")
FROZEN: SplitName = "test"
LABEL = "label"
_DOCUMENTS = "documents"


class SplitAssignment(Record, frozen=True, kw_only=True):
    """A line of ``annotations/splits/``: the split a document is in."""

    document: str
    split: SplitName


class SplitItem(NamedTuple):
    """A document that is to be in a split, and what of it is kept in proportion, with how much."""

    document: str
    features: dict[str, int]


class SplitDraw(NamedTuple):
    """What a draw came to.

    Args:
        splits: the split of each document, by id; those that were assigned before included.
        added: the documents that were assigned now, sorted.
        moved: the documents that were moved on request, sorted.
        between: documents that are in none, because those they belong to are in several, and in
            which those are.
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
        raise ConfigError("[split] ratios do not sum to 1", "correct them in curate.toml")
    if not 0 < settings.similarity <= 1:
        hint = "give a Jaccard similarity above 0 and up to 1"
        raise ConfigError(f"[split] similarity is {settings.similarity}", hint)
    if settings.passage < 10:
        hint = "give 10 words or more; shorter passages are shared by chance"
        raise ConfigError(f"[split] passage is {settings.passage}", hint)


def split_item(document: Document, revision: Revision, stratify: Iterable[str]) -> SplitItem:
    """What of a document is kept in proportion: its labels, and values of its metadata.

    Args:
        document: the document.
        revision: its gold.
        stratify: ``label`` for the labels of spans and categories; else fields of the metadata.
    """
    features: Counter[str] = Counter()
    for field in stratify:
        if field == LABEL:
            features.update(f"{LABEL}:{span.label}" for span in revision.spans)
            features.update(f"{LABEL}:{category.label}" for category in revision.categories)
        else:
            features[f"{field}:{document.meta.get(field, '')}"] += 1
    return SplitItem(document.id, dict(features))


def draw_splits(
    items: Iterable[SplitItem],
    known: Mapping[str, SplitName],
    groups: Groups,
    settings: SplitSettings,
    moves: Mapping[str, SplitName] | None = None,
    fixed: Mapping[str, str] | None = None,
) -> SplitDraw:
    """Assign the documents that are in no split yet.

    Args:
        items: all documents that are to be in a split, those in ``known`` included.
        known: what was assigned before; nothing but ``moves`` changes it.
        groups: who belongs together.
        settings: the settings.
        moves: documents that are to be in another split; those of their group go with them.
        fixed: test documents that a release holds, and which.

    Raises:
        ConfigError: the settings contradict themselves.
        InputError: a document to be moved is not in the corpus's gold, or is to go two ways.
        ReleaseError: a test document that a release holds would be moved.
    """
    check_settings(settings)
    every = {each.document: each for each in items}
    members = groups.members(every.keys() | known.keys())
    splits = dict(known)
    moved = _move(splits, members, {*every}, groups, moves or {}, fixed or {})
    between: dict[str, tuple[SplitName, ...]] = {}
    fresh: list[list[SplitItem]] = []
    added: list[str] = []
    for documents in members.values():
        new = [document for document in documents if document not in splits]
        there = {splits[document] for document in documents if document in splits}
        if len(there) > 1:
            places = tuple(name for name in NAMES if name in there)
            between.update(dict.fromkeys(new, places))
            continue
        added += new
        if there:
            splits.update(dict.fromkeys(new, there.pop()))
        elif new:
            fresh.append([every[document] for document in new])
    wanted = [each for document, each in sorted(every.items()) if document not in between]
    _fill(splits, fresh, wanted, settings)
    return SplitDraw(splits, tuple(sorted(added)), moved, between)


def _move(
    splits: dict[str, SplitName],
    members: Mapping[str, list[str]],
    gold: set[str],
    groups: Groups,
    moves: Mapping[str, SplitName],
    fixed: Mapping[str, str],
) -> tuple[str, ...]:
    aims: dict[str, SplitName] = {}
    for document, name in sorted(moves.items()):
        if document not in gold:
            raise InputError(f"{document} has no gold", "move documents that are in the gold")
        if aims.setdefault(groups.of(document), name) != name:
            hint = "move all of its group to one split"
            raise InputError(f"{document} is grouped with a document that is moved elsewhere", hint)
    moved: list[str] = []
    for group, name in aims.items():
        for each in members[group]:
            # What is held fixed cannot move, even if the file of splits was changed by hand.
            if each in fixed and name != FROZEN:
                raise ReleaseError(
                    f"{each} is a test document of release {fixed[each]} and does not move",
                    "move the documents that it belongs to into test",
                )
            if splits.get(each) != name:
                splits[each] = name
                moved.append(each)
    return tuple(sorted(moved))


def _fill(
    splits: dict[str, SplitName],
    fresh: list[list[SplitItem]],
    items: list[SplitItem],
    settings: SplitSettings,
) -> None:
    """Put groups into splits, one after the other."""
    least = min(share for share in settings.ratios.values() if share)
    names = _kept(items, least)
    whole = _sum(items, names)
    have = {name: Counter[str]() for name in NAMES}
    for each in items:
        if each.document in splits:
            have[splits[each.document]].update(_sum([each], names))
    shares = {name: settings.ratios.get(name, 0.0) for name in NAMES}
    sums = [_sum(group, names) for group in fresh]
    pairs = zip(fresh, sums, strict=True)
    order = [_order(group, own, whole, settings.seed) for group, own in pairs]
    for _, group, own in sorted(zip(order, fresh, sums, strict=True), key=lambda each: each[0]):
        lacking = [
            name
            for name in NAMES
            if shares[name] and have[name][_DOCUMENTS] < shares[name] * whole[_DOCUMENTS]
        ]
        # Sums of shares are rounded, so the last group may find nothing lacking by a hair.
        open_to = lacking or [name for name in NAMES if shares[name]]
        best = min(open_to, key=lambda name: _cost(have[name], own, whole, shares[name]))
        have[best].update(own)
        splits.update((each.document, best) for each in group)


def _kept(items: Iterable[SplitItem], least: float) -> dict[str, str]:
    """The name under which each feature counts.

    Values that too few documents have for one of them to be in the smallest split are counted
    together, or else each of them would go into the largest.
    """
    documents = Counter(name for each in items for name in each.features)
    return {
        name: name if number * least >= 1 else name.partition(":")[0] + " (rare)"
        for name, number in documents.items()
    }


def _sum(items: Iterable[SplitItem], names: Mapping[str, str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in items:
        found[_DOCUMENTS] += 1
        for name, number in each.features.items():
            found[names[name]] += number
    return found


def _order(
    group: list[SplitItem], sums: Counter[str], whole: Counter[str], seed: int
) -> tuple[int, int, str]:
    rarest = min(whole[name] for name in sums)
    drawn = digests.draw(seed, group[0].document)
    return (-len(group), rarest, drawn)


def _cost(have: Counter[str], more: Counter[str], whole: Counter[str], share: float) -> float:
    """By how much a group adds to the chi-square distance of a split from its share.

    Σ ((h + g - t)² - (h - t)²) / t over what is counted, each as a part of all there is of it.
    """
    cost = 0.0
    for name, number in sorted(more.items()):
        wanted = share * whole[name]
        cost += number / whole[name] * (2 * (have[name] - wanted) + number) / wanted
    return cost
