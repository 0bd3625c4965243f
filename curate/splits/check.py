"""Whether splits are sound: no linked documents astride, no test document moved. Pure."""

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
    """The test documents of all releases, each with the first release that has it."""
    frozen: dict[str, str] = {}
    for release in sorted(releases, key=lambda release: release.created):
        for document in release.splits.get(FROZEN, ()):
            frozen.setdefault(document, release.version)
    return frozen


def split_problems(
    splits: Mapping[str, SplitName],
    documents: Collection[str],
    links: Mapping[str, Mapping[str, str]],
    releases: Collection[Release] = (),
    passages: Iterable[SharedPassage] = (),
) -> tuple[Problem, ...]:
    """Find what is wrong with splits.

    Args:
        splits: the split of each document, by id; documents without gold may be among them.
        documents: ids of the documents that have gold; only these can leak.
        links: by kind (``duplicates``, ``revisions``, ``together``), a value for each document;
            documents with the same value must be in the same split. Duplicates are to be searched
            among the documents of the splits only, so that no link goes through another document.
        releases: all releases; a test document of one remains a test document.
        passages: what documents of different splits share; see ``leakage.shared_passages``.

    Returns:
        The problems; none if there are no splits, now or in a release.
    """
    frozen = frozen_documents(releases)
    if not splits and not frozen:
        return ()
    assigned = {key: splits[key] for key in sorted(documents) if key in splits}
    problems = [*_moved_test_documents(splits, frozen), *_seen(splits, releases)]
    for kind, values in links.items():
        problems += _split_groups(kind, assigned, values)
    for passage in passages:
        first, second = assigned.get(passage.document), assigned.get(passage.other)
        if first is not None and second is not None and first != second:
            problems.append(_shared_passage(passage, first, second))
    problems += (
        Problem(
            code="split.unassigned",
            message="is in no split",
            severity="warning",
            document=document,
            hint="run `curate split`",
        )
        for document in sorted(documents)
        if document not in splits
    )
    return tuple(problems)


def _moved_test_documents(
    splits: Mapping[str, SplitName], frozen: Mapping[str, str]
) -> Iterator[Problem]:
    for document, version in sorted(frozen.items()):
        now = splits.get(document, "")
        if now != FROZEN:
            yield Problem(
                code="split.frozen",
                message=f"is a test document of release {version}, but now in {now or 'no split'}",
                document=document,
                hint="restore annotations/splits/ from version control",
            )


def _seen(splits: Mapping[str, SplitName], releases: Collection[Release]) -> Iterator[Problem]:
    """Test documents that a release has for training."""
    seen: set[str] = set()
    for release in sorted(releases, key=lambda release: release.created):
        for document in release.splits.get("train", ()):
            if splits.get(document) == FROZEN and document not in seen:
                seen.add(document)
                yield Problem(
                    code="split.seen",
                    message=f"is a test document, but release {release.version} trains on it",
                    severity="warning",
                    document=document,
                    hint="do not test models on it that were trained on that release",
                )


def _split_groups(
    kind: str, assigned: Mapping[str, SplitName], values: Mapping[str, str]
) -> Iterator[Problem]:
    """Groups whose documents are in different splits."""
    description, severity = _KINDS[kind]
    groups = Groups().join_equal({key: values.get(key, "") for key in assigned})
    for members in groups.members(assigned).values():
        first_in = {assigned[key]: key for key in reversed(members)}
        if len(first_in) > 1:
            names = [name for name in NAMES if name in first_in]
            places = ", ".join(f"{name} ({first_in[name]})" for name in names)
            yield Problem(
                code=f"split.{kind}",
                message=f"{len(members)} documents that are {description} are in different "
                f"splits: {places}",
                severity=severity,
                document=first_in[names[0]],
                hint=f"`curate split --move {first_in[names[0]]}={names[-1]}`",
            )


def _shared_passage(passage: SharedPassage, first: SplitName, second: SplitName) -> Problem:
    in_test = FROZEN in (first, second)
    severity: Severity = "error" if in_test and not passage.common else "warning"
    # A test document does not move, so the other one is moved to test.
    move = (passage.other, first) if first == FROZEN else (passage.document, second)
    more = f"; {passage.documents} documents have some of it" if passage.documents > 2 else ""
    return Problem(
        code="split.passage",
        message=f"{passage.words} words at {passage.start}–{passage.end}, in {first}, also occur "
        f"in {passage.other}, in {second}{more}",
        severity=severity,
        document=passage.document,
        hint=f"`curate split --move {move[0]}={move[1]}`, or remove the passage from the texts",
    )
