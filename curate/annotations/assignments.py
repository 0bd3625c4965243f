"""Which independent annotator gets which document. Pure.

Shares are drawn by systematic sampling within strata (Cochran 1977, "Sampling Techniques",
chapter 8): the documents of a stratum are put into an order that the seed decides, and each one at
which the running sum of the share passes a whole number is drawn. Each stratum thus gets its share
to within one document, and adding documents never changes an earlier assignment.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from math import floor
from typing import Literal

import msgspec

from curate.config import TaskSettings
from curate.errors import ConfigError
from curate.model import Assignment, Document, Record
from curate.text.language_codes import check_code
from curate.util import digests

KeptReason = Literal["assigned", "limit"]


class KeptAssignment(Record, frozen=True):
    """A document that still waits for an annotator who was to give it away.

    Args:
        document: id of the document.
        annotator: the annotator's account name.
        reason: ``assigned`` if it is assigned to everybody who could get it, or ``limit``.
    """

    document: str
    annotator: str
    reason: KeptReason


def check_task_settings(tasks: TaskSettings) -> None:
    """Refuse settings that contradict themselves.

    Raises:
        ConfigError: the message names the setting.
    """
    for name in ("overlap", "control"):
        if not 0 <= getattr(tasks, name) <= 1:
            raise ConfigError(f"[tasks] {name} is {getattr(tasks, name)}", "set it between 0 and 1")
    for account in tasks.annotators:
        for code in tasks.languages_of(account):
            check_code(code, f"curate.toml: a language of [tasks.annotators.{account}]")
    if tasks.mode == "independent" and len(tasks.annotators) < 2:
        raise ConfigError(
            f"[tasks] annotators names {len(tasks.annotators)} for independent annotation",
            "name two or more",
        )
    if len(set(tasks.annotators)) < len(tasks.annotators):
        raise ConfigError("[tasks] annotators names somebody twice", "name each once")
    if tasks.each < 0 or tasks.each == 1 or tasks.each > max(len(tasks.annotators), 2):
        raise ConfigError(
            f"[tasks] each is {tasks.each}",
            "set it to 2 or more, but not more than there are annotators, or to 0 for all of them",
        )
    if tasks.open < 0:
        raise ConfigError(
            f"[tasks] open is {tasks.open}", "set it to a number of documents, or to 0 for no limit"
        )
    both = set(tasks.annotators) & set(tasks.adjudicators)
    if both:
        raise ConfigError(
            f"[tasks] adjudicators names {min(both)}, who is an annotator and would adjudicate "
            "their own work",
            "name another adjudicator",
        )


def assign(
    documents: Iterable[Document], tasks: TaskSettings, recorded: Mapping[str, Assignment]
) -> list[Assignment]:
    """Assign documents to annotators of their language, those with the fewest documents first.

    The shares hold within each language. A document that nobody annotates the language of is left
    out.

    Args:
        documents: all documents that are to be annotated, those in ``recorded`` included.
        tasks: the settings.
        recorded: earlier assignments by document; none of them changes.

    Returns:
        The new assignments, sorted by document.
    """
    strata: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for document in documents:
        if tasks.annotators_of(document.lang):
            values = (document.meta.get(name, "") for name in tasks.stratify)
            strata[document.lang, *values].append(document.id)
    load = Counter(dict.fromkeys(tasks.annotators, 0))
    for assignment in recorded.values():
        load.update(name for name in assignment.annotators if name in load)
    draw = partial(digests.draw, tasks.seed)
    assignments: list[Assignment] = []
    for (language, *_), ids in sorted(strata.items()):
        possible = tasks.annotators_of(language)
        new = sorted((key for key in ids if key not in recorded), key=draw)
        for place, key in enumerate(new, len(ids) - len(new)):
            overlaps = _is_drawn(place, tasks.overlap, 0.5)
            count = (tasks.each or len(possible)) if overlaps else 1
            by_load = sorted(possible, key=lambda name: (load[name], draw(key + name)))
            annotators = by_load[:count]
            load.update(annotators)
            assignments.append(
                Assignment(
                    document=key,
                    annotators=tuple(sorted(annotators)),
                    control=_is_drawn(place, tasks.control, 0.0),
                )
            )
    return sorted(assignments, key=lambda assignment: assignment.document)


def waiting_documents(assignments: Iterable[Assignment]) -> Counter[str]:
    """How many documents wait for each annotator, by account name."""
    return Counter(
        name
        for assignment in assignments
        for name in assignment.annotators
        if name not in assignment.done
    )


def reassign(
    recorded: Iterable[Assignment],
    leaving: Collection[str],
    successors: Sequence[str],
    *,
    seed: int = 0,
    limit: int = 0,
    able: Mapping[str, Collection[str]] | None = None,
) -> tuple[list[Assignment], list[KeptAssignment]]:
    """Give documents that wait for some annotators to others, those with the fewest waiting first.

    What an annotator has confirmed stays theirs. Nobody gets a document twice: one that is already
    assigned to all of the successors keeps its annotators.

    Args:
        recorded: all assignments.
        leaving: accounts whose documents are to be given away.
        successors: accounts that may get them.
        seed: decides which documents are given away if there is a limit, and to whom.
        limit: how many documents are given away at most; 0 for all of them.
        able: who may get a document, by document; anybody may get those that are not in it.

    Returns:
        The assignments that change, and what is not given away, each sorted by document.
    """
    assignments = list(recorded)
    waiting = waiting_documents(assignments)
    load = {name: waiting[name] for name in successors if name not in leaving}
    draw = partial(digests.draw, seed)
    changed: list[Assignment] = []
    kept: list[KeptAssignment] = []
    for assignment in sorted(assignments, key=lambda each: draw(each.document)):
        for name in sorted({*assignment.annotators} & {*leaving} - assignment.done.keys()):
            able_here = (able or {}).get(assignment.document, load)
            possible = [o for o in load if o in able_here and o not in assignment.annotators]
            if not possible or (limit and len(changed) == limit):
                reason: KeptReason = "limit" if possible else "assigned"
                kept.append(KeptAssignment(assignment.document, name, reason))
                continue
            other = min(possible, key=lambda each: (load[each], draw(assignment.document + each)))
            load[other] += 1
            annotators = ({*assignment.annotators} - {name}) | {other}
            assignment = msgspec.structs.replace(assignment, annotators=tuple(sorted(annotators)))
            changed.append(assignment)
    by_document = {assignment.document: assignment for assignment in changed}
    by_name = sorted(kept, key=lambda each: (each.document, each.annotator))
    return [by_document[document] for document in sorted(by_document)], by_name


def _is_drawn(place: int, share: float, phase: float) -> bool:
    """Whether the document at this place of its stratum, from 0, is in the share.

    Shares with different phases do not draw the same documents first.
    """
    return floor((place + 1) * share + phase) > floor(place * share + phase)
