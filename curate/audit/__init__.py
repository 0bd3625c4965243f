"""Likely label errors of annotated documents, the likeliest first.

Four methods give suspects; ``rank`` makes one list of them. Everything is computed from what is
given, with a seed for what is drawn: the same documents and seed give the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from curate.audit import edges, folds, layers, model, rank, surfaces
from curate.audit.rank import WEIGHTS, Weights
from curate.audit.values import METHODS, Evidence, Item, Kind, Method, Read, Sign, Suspect, read
from curate.util.progress import Progress, silent

__all__ = [
    "METHODS",
    "WEIGHTS",
    "Evidence",
    "Item",
    "Kind",
    "Method",
    "Read",
    "Suspect",
    "Progress",
    "Weights",
    "prepare",
    "signs",
    "suspects",
    "trainable",
]


def prepare(items: Iterable[Item]) -> list[Read]:
    """The documents in tokens, sorted by id, so that their order does not matter."""
    return [read(item) for item in sorted(items, key=lambda item: item.document.id)]


def suspects(
    corpus: Sequence[Read],
    methods: Sequence[Method] = METHODS,
    seed: int = 0,
    tell: Progress = silent,
    weights: Weights = WEIGHTS,
) -> list[Suspect]:
    """Rank the likely label errors.

    Args:
        corpus: the documents with their gold, see ``prepare``.
        methods: those to use.
        seed: draws the folds.
        tell: is told of the progress.
        weights: of the methods in the ranking.

    Returns:
        The likeliest errors first.

    Raises:
        CurateError: a library that a method needs is not installed.
    """
    return rank.ranked(corpus, signs(corpus, methods, seed, tell), weights)


def trainable(corpus: Sequence[Read]) -> bool:
    """Whether a model can be trained on a part of the corpus to judge the rest."""
    return len(folds.pieces(corpus)) > 1 and any(one.gold for one in corpus)


def signs(
    corpus: Sequence[Read], methods: Sequence[Method], seed: int, tell: Progress = silent
) -> dict[Method, list[Sign]]:
    """What each method says, unranked."""
    found: dict[Method, list[Sign]] = {}
    for method in METHODS:
        if method in methods:
            found[method] = list(_BY[method](corpus, seed, tell))
    return found


_BY: dict[Method, Callable[[Sequence[Read], int, Progress], Iterable[Sign]]] = {
    "model": model.suspects,
    "layers": lambda corpus, seed, tell: layers.suspects(corpus),
    "surfaces": lambda corpus, seed, tell: surfaces.suspects(corpus),
    "edges": lambda corpus, seed, tell: edges.suspects(corpus),
}
