"""Gamma: agreement on units that annotators place and label freely, by their best alignment.

Mathet, Widlöcher and Métivier 2015, "The Unified and Holistic Method Gamma (γ) for Inter-Annotator
Agreement Measure and Alignment", computed by pygamma-agreement (Titeux and Riad 2021). The
dissimilarity of two units is ``α`` times the positional one (equation 3) plus ``β`` where their
labels differ; a unit without a partner costs ``delta``. ``γ = 1 - observed / expected``
(equation 9), where the expected disorder is the mean over random annotations that have the same
statistics as the real ones.

``γ_cat`` and ``γ_k`` (Mathet 2017, "The Agreement Measure γcat, a Complement to γ Focused on
Categorization of a Continuum", Computational Linguistics 43) keep the best alignment and look at
the labels of aligned units only: of all labels, or of the units with the label ``k``. pygamma adds
the cost of a unit that is aligned with none. Where no two units are aligned they are undefined.

Each document is a continuum of its own, which begins with its first unit: the library's sampler
(``StatisticalContinuumSampler``) counts the distance from 0 to the first unit of each annotator
among the gaps between units, so that text before the first unit would change the expected disorder.
The gamma of a corpus is the mean over its documents, because aligning a whole corpus at once would
take too long. The library takes seconds to import.
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
from curate.model import Annotation, Record
from curate.util.installation import require

Units = Mapping[str, Sequence[tuple[float, float, str]]]
"""The units of one document by annotator: begin, end and label of each."""

SAMPLES = 30  # random annotations for the expected disorder, as many as in the paper
_EXACT = 200_000  # combinations of units up to which the whole document is aligned at once
_NOTHING_MARKED = "nobody marked anything"
_NOTHING_ALIGNED = "no two units are aligned"
_NO_CHANCE = "random annotations never disagree on the labels of aligned units"


class GammaValues(Record, frozen=True, kw_only=True):
    """Gamma of one continuum, ``γ_cat``, and ``γ_k`` by label."""

    gamma: Estimate
    cat: Estimate
    labels: dict[str, Estimate] = {}


class Gamma:
    """Gamma with its parameters.

    Args:
        alpha: weight of the position.
        beta: weight of the label.
        delta: cost of a unit without a partner.
        samples: number of random annotations for the expected disorder.
        seed: random seed of these annotations.

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
        require("agreement", "gamma", "pygamma_agreement", "pyannote.core", "cvxopt")
        from pygamma_agreement import CombinedCategoricalDissimilarity

        self.samples = samples
        self.seed = seed
        self.dissimilarity = CombinedCategoricalDissimilarity(
            alpha=alpha, beta=beta, delta_empty=delta
        )

    def observed(self, units: Units) -> float:
        """Disorder of the best alignment of the annotators' units."""
        with _quiet():
            return float(_continuum(units).get_best_alignment(self.dissimilarity).disorder)

    def disorders(self, units: Units) -> tuple[float, float]:
        """Observed and expected disorder."""
        result = self._result(units)
        return float(result.observed_disorder), float(result.expected_disorder)

    def _result(self, units: Units) -> Any:
        # Aligning all units at once takes time in their product; above a limit the library aligns
        # window by window instead.
        fast = prod(len(own) + 1 for own in units.values()) > _EXACT
        with _quiet(), _seeded(self.seed):
            return _continuum(units).compute_gamma(
                self.dissimilarity, n_samples=self.samples, fast=fast
            )

    def values(self, units: Units) -> GammaValues:
        """Gamma, gamma-cat and gamma-k of one continuum."""
        if len(units) < 2 or not any(units.values()):
            reason = "fewer than two annotators" if len(units) < 2 else _NOTHING_MARKED
            undefined = Estimate(value=None, reason=reason)
            return GammaValues(gamma=undefined, cat=undefined)
        result = self._result(units)
        observed, expected = result.observed_disorder, result.expected_disorder
        labels = sorted({label for own in units.values() for _, _, label in own})
        return GammaValues(
            gamma=Estimate(value=float(1 - observed / expected) if observed else 1.0),
            cat=self._of_labels(result, None),
            labels={label: self._of_labels(result, label) for label in labels},
        )

    def _of_labels(self, result: Any, label: str | None) -> Estimate:
        """Gamma-k of a label, or gamma-cat if it is None."""
        if not any(_are_aligned(it, label) for it in result.best_alignment):
            return Estimate(value=None, reason=_NOTHING_ALIGNED)
        observed, *by_chance = (
            float(alignment.gamma_k_disorder(self.dissimilarity, label))
            for alignment in (result.best_alignment, *result.chance_alignments)
        )
        expected = float(np.mean(by_chance))
        if observed and not expected:
            return Estimate(value=None, reason=_NO_CHANCE)
        return Estimate(value=1 - observed / expected if observed else 1.0)

    def documents(
        self, ids: list[str], by_annotator: Mapping[str, Mapping[str, Annotation]]
    ) -> dict[str, GammaValues]:
        """The values of each document, over the annotators who annotated it.

        Args:
            ids: of the documents.
            by_annotator: annotations by annotator, then by document.
        """
        values: dict[str, GammaValues] = {}
        for key in ids:
            values[key] = self.values(
                from_first_unit(
                    {
                        name: [(s.start, s.end, s.label) for s in own[key].spans if s.start < s.end]
                        for name, own in by_annotator.items()
                        if key in own
                    }
                )
            )
        return values


def from_first_unit(units: Units) -> Units:
    """The same units, with offsets that count from the first of them."""
    first = min((begin for own in units.values() for begin, _, _ in own), default=0)
    return {
        name: [(begin - first, end - first, label) for begin, end, label in own]
        for name, own in units.items()
    }


def mean_gamma(documents: Mapping[str, Estimate], resampler: Resampler) -> Estimate:
    """Mean over the documents; those whose gamma is undefined do not count."""
    figures = np.array([[v.value, 1.0] for v in documents.values() if v.value is not None])

    def mean(sums: Figures) -> Figures:
        return np.asarray(sums[:, 0] / sums[:, 1])

    if not len(figures):
        return Estimate(value=None, reason=_NOTHING_MARKED)
    return resampler.value(figures, mean, _NOTHING_MARKED)


def _are_aligned(unitary_alignment: Any, label: str | None) -> bool:
    """Whether an alignment holds two units, of which one has the label if there is any."""
    units = [unit for _, unit in unitary_alignment.n_tuple if unit is not None]
    return len(units) > 1 and (label is None or any(unit.annotation == label for unit in units))


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
    """Seed numpy's global generator, which the library draws from, and put its state back."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library from logging and printing.

    At every alignment it tells the root logger which solver it uses. Its threads share the solver's
    options: each sets ``msg_lev`` and restores the old value while others are still solving, which
    then print, or fail because the option is missing. If it is set here, it is the value that they
    restore.
    """
    from cvxopt import glpk

    before = dict(glpk.options)
    glpk.options["msg_lev"] = "GLP_MSG_OFF"
    root = logging.getLogger()
    handler = logging.NullHandler()  # without one, the first message would set up logging to stderr

    def not_of_solver(record: logging.LogRecord) -> bool:
        return "CBC solver" not in record.getMessage()

    root.addHandler(handler)
    root.addFilter(not_of_solver)
    try:
        yield
    finally:
        root.removeFilter(not_of_solver)
        root.removeHandler(handler)
        glpk.options.clear()
        glpk.options.update(before)
