"""Detecting label errors by all methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from curate.audit.documents import TokenisedDocument
from curate.audit.edges import edge_signals
from curate.audit.layers import layer_signals
from curate.audit.model import model_signals
from curate.audit.scoring import WEIGHTS, ScoringWeights, score_suspects
from curate.audit.surfaces import surface_signals
from curate.audit.suspects import METHODS, Method, Signal, Suspect
from curate.util.installation import require
from curate.util.progress import Progress, silent

_SIGNALS: dict[Method, Callable[[Sequence[TokenisedDocument], int, Progress], Iterable[Signal]]] = {
    "model": model_signals,
    "layers": lambda corpus, seed, progress: layer_signals(corpus),
    "surfaces": lambda corpus, seed, progress: surface_signals(corpus),
    "edges": lambda corpus, seed, progress: edge_signals(corpus),
}


def detect_errors(
    corpus: Sequence[TokenisedDocument],
    methods: Sequence[Method] = METHODS,
    seed: int = 0,
    progress: Progress = silent,
    weights: ScoringWeights = WEIGHTS,
) -> list[Suspect]:
    """The likely label errors, the likeliest first.

    Args:
        corpus: the documents with their gold, see ``tokenise_corpus``.
        methods: the methods to use.
        seed: random seed of the cross-validation.
        progress: called as the work advances.
        weights: weights of the methods.

    Raises:
        CurateError: a library that a method needs is not installed.
    """
    return score_suspects(corpus, collect_signals(corpus, methods, seed, progress), weights)


def collect_signals(
    corpus: Sequence[TokenisedDocument],
    methods: Sequence[Method],
    seed: int,
    progress: Progress = silent,
) -> dict[Method, list[Signal]]:
    """The signals of each method."""
    if "model" in methods:
        libraries = ("numba", "cleanlab")
        require("audit", "the method model", *libraries, otherwise=", or choose other methods")
    return {
        method: list(_SIGNALS[method](corpus, seed, progress))
        for method in METHODS
        if method in methods
    }
