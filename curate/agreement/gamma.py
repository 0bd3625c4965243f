"""Gamma: agreement on units that annotators place and label freely, by their best alignment.

Mathet, Widlöcher and Métivier 2015, "The Unified and Holistic Method Gamma (γ) for Inter-Annotator
Agreement Measure and Alignment", computed by pygamma-agreement (Titeux and Riad 2021). The
dissimilarity of two units is ``α`` times the positional one (equation 3) and ``β`` times whether
the labels differ; a unit without partner costs ``delta``. ``γ = 1 - observed / expected``
(equation 9), where the expected disorder is the mean over random annotations made to the figures of
the real ones.

Each document is a continuum of its own. The corpus has the mean over its documents, because a
continuum of a whole corpus is beyond what can be aligned. The library takes seconds to import.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np

from curate.agreement.bootstrap import Figures, Resampler
from curate.agreement.values import Estimate
from curate.errors import CurateError
from curate.model import Annotation

Units = Mapping[str, Sequence[tuple[float, float, str]]]

SAMPLES = 30  # random annotations for the expected disorder, as in the paper
_EXACT = 200_000  # combinations of units up to which the whole document is aligned at once
_NOBODY = "nobody marked anything"


class Gamma:
    """Gamma with its parameters.

    Args:
        alpha: weight of the position.
        beta: weight of the label.
        delta: cost of a unit without partner.
        samples: random annotations for the expected disorder.
        seed: of the random annotations.

    Raises:
        CurateError: pygamma-agreement is not installed.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        beta: float = 1.0,
        delta: float = 1.0,
        samples: int = SAMPLES,
        seed: int = 0,
    ) -> None:
        try:
            from pygamma_agreement import CombinedCategoricalDissimilarity
        except ImportError as error:
            hint = "install it with `pip install 'curate-corpus[agreement]'`"
            raise CurateError("gamma needs pygamma-agreement, which is not here", hint) from error
        self.samples = samples
        self.seed = seed
        self.dissimilarity = CombinedCategoricalDissimilarity(
            alpha=alpha, beta=beta, delta_empty=delta
        )

    def observed(self, units: Units) -> float:
        """Disorder of the best alignment of annotators' units (begin, end, label)."""
        with _quiet():
            return float(_continuum(units).get_best_alignment(self.dissimilarity).disorder)

    def disorders(self, units: Units) -> tuple[float, float]:
        """Observed and expected disorder."""
        # Aligning all units at once grows with their product; beyond it the library's windows.
        fast = prod(len(own) + 1 for own in units.values()) > _EXACT
        with _quiet(), _seeded(self.seed):
            found = _continuum(units).compute_gamma(
                self.dissimilarity, n_samples=self.samples, fast=fast
            )
            return float(found.observed_disorder), float(found.expected_disorder)

    def value(self, units: Units) -> Estimate:
        """Gamma of one continuum."""
        if len(units) < 2:
            return Estimate(value=None, reason="fewer than two annotators")
        if not any(units.values()):
            return Estimate(value=None, reason=_NOBODY)
        observed, expected = self.disorders(units)
        return Estimate(value=1 - observed / expected if observed else 1.0)

    def documents(
        self, ids: list[str], versions: Mapping[str, Mapping[str, Annotation]]
    ) -> dict[str, Estimate]:
        """Gamma of each document, over the annotators who annotated it."""
        found: dict[str, Estimate] = {}
        for key in ids:
            annotated = {name: v[key] for name, v in versions.items() if key in v}
            found[key] = self.value(
                {
                    name: [(s.start, s.end, s.label) for s in annotation.spans if s.start < s.end]
                    for name, annotation in annotated.items()
                }
            )
        return found


def corpus(documents: Mapping[str, Estimate], resampler: Resampler) -> Estimate:
    """Mean of the documents' values; those that have none do not count."""
    figures = np.array([[v.value, 1.0] for v in documents.values() if v.value is not None])

    def mean(sums: Figures) -> Figures:
        return np.asarray(sums[:, 0] / sums[:, 1])

    if not len(figures):
        return Estimate(value=None, reason=_NOBODY)
    return resampler.value(figures, mean, _NOBODY)


def _continuum(units: Units) -> Any:
    from pyannote.core import Segment
    from pygamma_agreement import Continuum

    continuum = Continuum()
    for name, own in units.items():
        continuum.add_annotator(name)
        for begin, end, label in own:
            continuum.add(name, Segment(begin, end), label)
    return continuum


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """The library draws from numpy's global generator; others that use it are not disturbed."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)


@contextmanager
def _quiet() -> Iterator[None]:
    """The library tells the root logger at every alignment which solver it takes.

    Its threads share the solver's options, and each takes its own ``msg_lev`` out again while
    others still solve, which then print, or fail to find it. Set here, it is what each puts back.
    """
    from cvxopt import glpk

    before = dict(glpk.options)
    glpk.options["msg_lev"] = "GLP_MSG_OFF"
    root = logging.getLogger()
    handler = logging.NullHandler()  # or the first message would set up logging to stderr

    def other(record: logging.LogRecord) -> bool:
        return "CBC solver" not in record.getMessage()

    root.addHandler(handler)
    root.addFilter(other)
    try:
        yield
    finally:
        root.removeFilter(other)
        root.removeHandler(handler)
        glpk.options.clear()
        glpk.options.update(before)
