"""Texts with near copies, and the definition of near copies written out."""

from __future__ import annotations

import random
import re
from itertools import combinations

from curate.dedup import DuplicateGroups

WORDS = [f"mot{number}" for number in range(400)]


def article(seed: int, words: int = 120) -> str:
    """Random words."""
    chance = random.Random(seed)
    return " ".join(chance.choices(WORDS, k=words))


def edited(text: str, seed: int, edits: int) -> str:
    """The text with some words replaced."""
    chance = random.Random(seed)
    words = text.split()
    for _ in range(edits):
        words[chance.randrange(len(words))] = chance.choice(WORDS)
    return " ".join(words)


def slow_set(text: str, size: int = 5) -> set[tuple[str, ...]]:
    """Word n-grams as the definition has them."""
    words = re.findall(r"\w+", text.lower())
    own = min(size, len(words))
    return {tuple(words[at : at + own]) for at in range(len(words) - own + 1)} if own else set()


def slow_groups(texts: list[str], threshold: float) -> set[frozenset[int]]:
    """Groups by comparing each text with each other."""
    sets = [slow_set(text) for text in texts]
    group = list(range(len(texts)))
    for a, b in combinations(range(len(texts)), 2):
        both = sets[a] | sets[b]
        near = bool(both) and len(sets[a] & sets[b]) / len(both) >= threshold
        if near or texts[a] == texts[b]:
            group = [group[a] if own == group[b] else own for own in group]
    members: dict[int, set[int]] = {}
    for number, own in enumerate(group):
        members.setdefault(own, set()).add(number)
    return {frozenset(numbers) for numbers in members.values() if len(numbers) > 1}


def grouped(result: DuplicateGroups) -> set[frozenset[int]]:
    """The groups of a search, as sets of numbers."""
    return {frozenset(copy.number for copy in group.copies) for group in result.groups}
