"""Who annotates what. Pure; nothing here knows of a server.

Shares are drawn by systematic sampling within each stratum: of the documents of a stratum, in an
order that the seed decides, every one at which the running sum of the share passes a whole number
is taken (Cochran 1977, "Sampling Techniques", chapter 8). So each stratum gets its share to within
one document, and an assignment that was made is never changed when documents are added.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from math import floor

from curate.config import TaskSettings
from curate.errors import ConfigError
from curate.model import Assignment, Document
from curate.util import digests


def check(tasks: TaskSettings) -> None:
    """Refuse settings that contradict themselves.

    Raises:
        ConfigError: the message names the setting.
    """
    for name in ("overlap", "control"):
        if not 0 <= getattr(tasks, name) <= 1:
            raise ConfigError(f"[tasks] {name} is {getattr(tasks, name)}", "give a share, 0 to 1")
    if tasks.mode == "independent" and len(tasks.annotators) < 2:
        many = len(tasks.annotators)
        raise ConfigError(f"[tasks] names {many} annotators to work apart", "name two or more")
    if len(set(tasks.annotators)) < len(tasks.annotators):
        raise ConfigError("[tasks] annotators names somebody twice", "name each once")
    if tasks.each < 0 or tasks.each == 1 or tasks.each > max(len(tasks.annotators), 2):
        raise ConfigError(f"[tasks] each is {tasks.each}", "give 2 or more, or 0 for all of them")
    if tasks.open < 0:
        raise ConfigError(f"[tasks] open is {tasks.open}", "give a number of documents, or 0")
    both = set(tasks.annotators) & set(tasks.adjudicators)
    if both:
        raise ConfigError(
            f"[tasks] {min(both)} would decide on their own work", "name another adjudicator"
        )


def assign(
    documents: Iterable[Document], tasks: TaskSettings, known: Mapping[str, Assignment]
) -> list[Assignment]:
    """Assign the documents that nobody was asked to annotate yet.

    Args:
        documents: all documents that are to be annotated, those in ``known`` included.
        tasks: the settings.
        known: what was assigned before; none of it changes.

    Returns:
        The new assignments, sorted by document.
    """
    strata: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for document in documents:
        strata[tuple(document.meta.get(name, "") for name in tasks.stratify)].append(document.id)
    load = Counter(dict.fromkeys(tasks.annotators, 0))
    load.update(name for each in known.values() for name in each.annotators if name in load)
    made: list[Assignment] = []
    draw = partial(digests.draw, tasks.seed)
    for _, ids in sorted(strata.items()):
        before = [known[key] for key in ids if key in known]
        fresh = sorted((key for key in ids if key not in known), key=draw)
        for number, key in enumerate(fresh, len(before)):
            shared = _taken(number, tasks.overlap, 0.5)
            many = (tasks.each or len(tasks.annotators)) if shared else 1
            people = sorted(load, key=lambda name: (load[name], draw(key + name)))[:many]
            load.update(people)
            control = _taken(number, tasks.control, 0.0)
            made.append(Assignment(document=key, annotators=tuple(sorted(people)), control=control))
    return sorted(made, key=lambda each: each.document)


def _taken(number: int, share: float, phase: float) -> bool:
    """Whether the document at this place of its stratum, from 0, is in the share.

    Two shares with different phases do not fall on the same documents first.
    """
    return floor((number + 1) * share + phase) > floor(number * share + phase)
