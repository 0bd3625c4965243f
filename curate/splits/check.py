"""Whether splits are sound: nothing that belongs together astride, no test document moved. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from curate.model import Problem, Release, Severity
from curate.splits.draw import FROZEN, NAMES, SplitName
from curate.splits.groups import Groups
from curate.splits.leakage import SharedPassage

_KINDS: dict[str, tuple[str, Severity]] = {
    "duplicates": ("near copies of one another", "error"),
    "revisions": ("versions of one article", "error"),
    "together": ("kept together by [split] together", "warning"),
}


def frozen_documents(releases: Iterable[Release]) -> dict[str, str]:
    """Test documents that a release holds, and the first release that does."""
    found: dict[str, str] = {}
    for release in sorted(releases, key=lambda each: each.created):
        for document in release.splits.get(FROZEN, ()):
            found.setdefault(document, release.version)
    return found


def split_problems(
    splits: Mapping[str, SplitName],
    documents: Collection[str],
    belonging: Mapping[str, Mapping[str, str]],
    releases: Collection[Release] = (),
    passages: Iterable[SharedPassage] = (),
) -> tuple[Problem, ...]:
    """Find what is wrong with splits.

    Args:
        splits: the split of each document, by id; documents without gold may be among them.
        documents: ids of the documents that have gold; only what is between these can leak.
        belonging: by kind (``duplicates``, ``revisions``, ``together``), what each document belongs
            to; made of the documents that are in a split, so that no link goes through another.
        releases: all releases; a test document of one stays a test document.
        passages: what documents of different splits share; see ``leakage.shared``.

    Returns:
        The findings; none where there are no splits, now or in a release.
    """
    held = frozen_documents(releases)
    if not splits and not held:
        return ()
    used = {one: splits[one] for one in sorted(documents) if one in splits}
    found = [*_frozen(splits, held), *_seen(splits, releases)]
    for kind, values in belonging.items():
        found += _astride(kind, used, values)
    found += (_passage(used, each) for each in passages if _parted(used, each))
    found += (
        Problem(
            code="split.unassigned",
            message="is in no split",
            severity="warning",
            document=one,
            hint="run `curate split`",
        )
        for one in sorted(documents)
        if one not in splits
    )
    return tuple(found)


def _frozen(splits: Mapping[str, SplitName], held: Mapping[str, str]) -> Iterator[Problem]:
    for document, version in sorted(held.items()):
        now = splits.get(document, "")
        if now != FROZEN:
            yield Problem(
                code="split.frozen",
                message=f"a test document of release {version} is in {now or 'no split'} now",
                document=document,
                hint="restore annotations/splits/ from version control",
            )


def _seen(splits: Mapping[str, SplitName], releases: Collection[Release]) -> Iterator[Problem]:
    told: set[str] = set()
    for release in sorted(releases, key=lambda each: each.created):
        for document in release.splits.get("train", ()):
            if splits.get(document) == FROZEN and document not in told:
                told.add(document)
                yield Problem(
                    code="split.seen",
                    message=f"release {release.version} uses this test document for training",
                    severity="warning",
                    document=document,
                    hint="do not test models on it that were trained on that release",
                )


def _astride(
    kind: str, used: Mapping[str, SplitName], values: Mapping[str, str]
) -> Iterator[Problem]:
    what, severity = _KINDS[kind]
    groups = Groups().gather({one: values.get(one, "") for one in used})
    for members in groups.members(used).values():
        first = {used[one]: one for one in reversed(members)}
        if len(first) > 1:
            names = [name for name in NAMES if name in first]
            places = ", ".join(f"{name} ({first[name]})" for name in names)
            yield Problem(
                code=f"split.{kind}",
                message=f"{len(members)} documents that are {what} are in {places}",
                severity=severity,
                document=first[names[0]],
                hint=f"`curate split --move {first[names[0]]}={names[-1]}`",
            )


def _parted(used: Mapping[str, SplitName], passage: SharedPassage) -> bool:
    one, other = used.get(passage.document), used.get(passage.other)
    return one is not None and other is not None and one != other


def _passage(used: Mapping[str, SplitName], found: SharedPassage) -> Problem:
    here, there = used[found.document], used[found.other]
    severity: Severity = "error" if FROZEN in (here, there) and not found.common else "warning"
    document, aim = (found.other, here) if here == FROZEN else (found.document, there)
    many = f"; {found.documents} documents have some of it" if found.documents > 2 else ""
    return Problem(
        code="split.passage",
        message=f"{found.words} words at {found.start}–{found.end}, in {here}, are "
        f"also in {found.other}, in {there}{many}",
        severity=severity,
        document=found.document,
        hint=f"`curate split --move {document}={aim}`, or remove the passage from the texts",
    )
