"""Agreement on the categories of documents: every document is a unit.

The value of a document is the set of the categories that an annotator gave it; none is a value, as
"not marked" is for a token. An annotator who never gives a category was not asked for any, and does
not count. Categories have an order if it is given, or if all of them are numbers; then a value
counts only if it is a single category. Interval and ratio differences need numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import combinations

import numpy as np

from curate.agreement import chance
from curate.agreement.across import summary
from curate.agreement.bootstrap import Resampler
from curate.agreement.coefficients import OF_ALL, OF_PAIRS, Coefficient, Units
from curate.agreement.values import CategoryAgreement, CategoryPair
from curate.errors import InputError
from curate.model import Annotation, Problem

Said = dict[str, dict[str, frozenset[str]]]
"""Categories by annotator, then by document."""


def categories_given(annotations: Mapping[str, Iterable[Annotation]]) -> Said:
    """What the annotators gave who gave any category."""
    said = {
        name: {it.document: frozenset(category.label for category in it.categories) for it in own}
        for name, own in annotations.items()
    }
    return {name: own for name, own in sorted(said.items()) if any(own.values())}


def category_agreement(
    said: Said, resampler: Resampler, scale: Sequence[str] = ()
) -> tuple[CategoryAgreement | None, list[Problem]]:
    """Agreement on categories; None if there are not two annotators who gave any.

    Args:
        said: categories by annotator, then by document.
        resampler: computes the intervals.
        scale: the categories in ascending order.

    Returns:
        The agreement, and a problem for each value without a place in the order.

    Raises:
        InputError: somebody gave a category that is not in ``scale``.
    """
    if len(said) < 2:
        return None, []
    order = _order(said, scale)
    problems = _unordered(said) if order else []
    values = [frozenset({name}) for name in order] or sorted(
        {value for own in said.values() for value in own.values()}, key=sorted
    )
    number = {value: at for at, value in enumerate(values)}
    documents = list(dict.fromkeys(key for own in said.values() for key in own))
    codes = np.array(
        [
            [number.get(own[key], -1) if key in own else -1 for key in documents]
            for own in said.values()
        ]
    )
    units = Units(codes, len(values), np.arange(len(documents)), resampler)
    pairs = tuple(_pairs(list(said), codes, units, len(values), bool(order)))
    return CategoryAgreement(
        documents=int(((codes >= 0).sum(axis=0) >= 2).sum()),
        values=tuple("+".join(sorted(value)) for value in values),
        ordered=bool(order),
        pairs=pairs,
        across={
            name: summary(pair.coefficients[name].value for pair in pairs)
            for name in pairs[0].coefficients
        },
        coefficients={
            name: units.estimate(coefficient)
            for name, coefficient in (_WITHOUT_ORDER | _scaled(order)).items()
        },
    ), problems


_WITHOUT_ORDER = {name: it for name, it in OF_ALL.items() if name != "gwet_ac2"}


def _order(said: Said, scale: Sequence[str]) -> list[str]:
    """The categories in ascending order; empty if they have none."""
    used = {name for own in said.values() for value in own.values() for name in value}
    if not scale:
        numbers = {name: number for name in used if (number := _number(name)) is not None}
        return sorted(used, key=lambda name: numbers[name]) if len(numbers) == len(used) else []
    if missing := sorted(used - set(scale)):
        raise InputError(
            f"the scale lacks {', '.join(missing)}",
            f"name every category in ascending order: --scale {','.join((*scale, *missing))}",
        )
    return list(dict.fromkeys(scale))


def _number(name: str) -> float | None:
    try:
        number = float(name)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _unordered(said: Said) -> list[Problem]:
    return [
        Problem(
            code="agreement.categories",
            severity="info",
            document=document,
            message=f"{name} gave {len(value) or 'no'} categories: no place in the order",
        )
        for name, own in said.items()
        for document, value in own.items()
        if len(value) != 1
    ]


def _scaled(order: Sequence[str]) -> dict[str, Coefficient]:
    """Krippendorff's alpha for ordered categories, and Gwet's AC2."""
    if not order:
        return {}
    numbers = [_number(name) for name in order]
    scale = np.array([np.nan if number is None else number for number in numbers])
    levels: tuple[chance.Level, ...] = ("ordinal", "interval", "ratio")
    coefficients: dict[str, Coefficient] = {
        f"krippendorff_{level}": partial(chance.krippendorff_scaled, level=level, scale=scale)
        for level in levels
        if level == "ordinal" or None not in numbers
    }
    weights = 1 - chance.rank_distances(len(order), 2) / max(len(order) - 1, 1) ** 2
    coefficients["gwet_ac2"] = partial(chance.gwet, weights=weights)
    return coefficients


def _pairs(
    names: Sequence[str], codes: chance.Ints, units: Units, values: int, is_ordered: bool
) -> Iterable[CategoryPair]:
    coefficients = dict(OF_PAIRS)
    if is_ordered:
        coefficients["weighted_linear"] = partial(
            chance.weighted_kappa, distances=chance.rank_distances(values, 1)
        )
        coefficients["weighted_quadratic"] = partial(
            chance.weighted_kappa, distances=chance.rank_distances(values, 2)
        )
    for first, second in combinations(range(len(names)), 2):
        yield CategoryPair(
            first=names[first],
            second=names[second],
            documents=int((codes[[first, second]] >= 0).all(axis=0).sum()),
            coefficients={
                name: units.estimate(coefficient, rows=[first, second])
                for name, coefficient in coefficients.items()
            },
        )
