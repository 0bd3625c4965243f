"""May a layer stand in for a person? The alternative annotator test.

Calderon, Reichart and Dror 2025, "The Alternative Annotator Test for LLM-as-a-Judge: How to
Statistically Justify Replacing Human Annotators with LLMs" (ACL 2025), section 3. One person at a
time is left out, and both this person and the layer are compared with the others:

- ``S(x, i, j)`` is the mean similarity of an annotation of document ``i`` to those of the other
  people who annotated it. The similarity of two annotations is strict F1 of their spans, 1 where
  both mark nothing; or whether the categories are equal, where nobody could mark spans.
- ``ρ_j``, the advantage probability of the layer over person ``j``, is the share of documents with
  ``S(layer) >= S(person)``; that of the person over the layer is the share with
  ``S(person) >= S(layer)``. A tie counts for both.
- ``H0: ρ_j <= ρ_person - ε`` is tested on the differences of the two indicators, by a one-sided t
  test from 30 documents, and by the Wilcoxon signed-rank test below (section 3 and appendix). ``ε``
  is what the layer is cheaper: 0.2 if the people are experts, 0.15 if they are skilled, 0.1 for
  crowd workers.
- The false discovery rate over all people is held at 0.05 (Benjamini and Yekutieli 2001, "The
  Control of the False Discovery Rate in Multiple Testing under Dependency", theorem 1.3).
- ``ω``, the winning rate, is the share of people for whom H0 is rejected; from one half the layer
  passes. ``ρ``, the mean of ``ρ_j``, compares layers with each other.

At least three people are needed: with two, "the others" are a single person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from curate.agreement.annotation_sets import AnnotationSets, stored_annotation_sets
from curate.agreement.bootstrap import Figures
from curate.errors import InputError
from curate.layers import annotator_of, is_proposer
from curate.model import Annotation, Problem, Record

if TYPE_CHECKING:
    from curate.workspace import Workspace

Value = TypeVar("Value")

EPSILON = 0.2
PEOPLE = 3
_T_TEST_FROM = 30  # documents
_FALSE_DISCOVERY_RATE = 0.05
_PASSES_FROM = 0.5

LIMITS = (
    "It does not say that the layer is right, only whether it is as near to others as a person.",
    "It holds for documents, guidelines and people like these, and for this ε.",
    "People who saw what the layer proposed are drawn towards it: test it on documents that were "
    "annotated without a proposal.",
    "A layer that passes can still have errors of its own kind, which no person makes.",
)
"""What the test does not say."""


class PersonComparison(Record, frozen=True, kw_only=True):
    """A layer compared with one person, by the other people.

    Args:
        annotator: the person.
        documents: number of documents that this person, another one and the layer annotated.
        advantage: ``ρ_j``, share of documents on which the layer is at least as near to the others.
        person: share of documents on which the person is.
        test: which test gave the p-value.
        p: of the hypothesis that the layer is worse than the person by ``ε`` or more.
        wins: whether that is rejected, with the false discovery rate held at 0.05.
    """

    annotator: str
    documents: int
    advantage: float
    person: float
    test: Literal["t", "wilcoxon"]
    p: float
    wins: bool


class StandIn(Record, frozen=True, kw_only=True):
    """The result of the alternative annotator test.

    Args:
        layer: the layer.
        similarity: how annotations are compared: ``strict F1`` or ``categories``.
        epsilon: what the layer is cheaper.
        documents: number of documents that count.
        people: the layer beside each person.
        winning_rate: ``ω``.
        advantage: ``ρ``.
        passes: whether the winning rate is at least one half.
        limits: what the test does not say.
        shown: number of documents that people got with a proposal, in a corpus.
        left_out: what does not count, and why.
    """

    layer: str
    similarity: str
    epsilon: float
    documents: int
    people: tuple[PersonComparison, ...]
    winning_rate: float
    advantage: float
    passes: bool
    limits: tuple[str, ...]
    shown: int = 0
    left_out: tuple[Problem, ...] = ()


def stand_in_of_corpus(workspace: Workspace, layer: str, epsilon: float = EPSILON) -> StandIn:
    """Test a layer of a corpus against what its annotators confirmed.

    Raises:
        InputError: there are fewer than three people, or no document has the layer.
    """
    sets = stored_annotation_sets(workspace.store)
    with workspace.store.begin() as tx:
        found = (tx.annotation(document.id, layer) for document in sets.documents)
        machine = [annotation for annotation in found if annotation is not None]
        control = {key for key, assignment in tx.assignments().items() if assignment.control}
    shown = {annotation.document for annotation in machine} - control
    return alternative_annotator_test(sets, machine, layer, epsilon, shown=shown)


def stand_in_of_files(sets: AnnotationSets, layer: str, epsilon: float = EPSILON) -> StandIn:
    """Test one of several annotators in files against the others.

    Args:
        sets: everything in the files, models as well as people.
        layer: the annotator to test; other layers of models and rules do not count.
        epsilon: what it is cheaper.

    Raises:
        InputError: there are fewer than three people, or no such annotator.
    """
    name = annotator_of(layer)
    if name not in sets.annotations:
        names = ", ".join(sets.annotations)
        raise InputError(f"nothing is annotated by {name}", f"--stand-in takes one of: {names}")
    people = {
        other: own
        for other, own in sets.annotations.items()
        if other != name and not is_proposer(other)
    }
    others = AnnotationSets(documents=sets.documents, annotations=people, problems=sets.problems)
    return alternative_annotator_test(others, sets.annotations[name], layer, epsilon)


def alternative_annotator_test(
    people: AnnotationSets,
    machine: Iterable[Annotation],
    layer: str,
    epsilon: float = EPSILON,
    shown: Iterable[str] = (),
) -> StandIn:
    """The alternative annotator test.

    Args:
        people: what people say.
        machine: what the layer says, one annotation for each document.
        layer: its name, for the result.
        epsilon: what the layer is cheaper, 0 to 1.
        shown: ids of documents that people got with a proposal.

    Raises:
        InputError: fewer than three people share documents with each other and the layer, or
            ``epsilon`` is out of range.
    """
    if not 0 <= epsilon < 1:
        raise InputError(f"ε is {epsilon:g}", "give 0.2 for experts, 0.15 for skilled people, 0.1")
    layers = [list(own) for own in people.annotations.values()]
    only_categories = all(it.categories_only for own in layers for it in own)
    comparable = {
        name: {it.document: it for it in own if it.categories_only == only_categories}
        for name, own in people.annotations.items()
    }
    of_layer = {it.document: it for it in machine}
    rows = leave_one_out(comparable, of_layer, same_categories if only_categories else strict_f1)
    if len(rows) < PEOPLE:
        names = ", ".join(sorted(rows)) or "nobody"
        raise InputError(
            f"the alternative annotator test needs {PEOPLE} people who annotated documents of "
            f"{layer} together with others, and there is {names}",
            f'let {PEOPLE} people annotate the same documents (`[tasks] mode = "independent"`)'
            if of_layer
            else "`curate show DOCUMENT` lists the layers of a document",
        )
    p = {name: p_value(differences(own), epsilon) for name, own in rows.items()}
    rejected = benjamini_yekutieli(list(p.values()), _FALSE_DISCOVERY_RATE)
    compared = tuple(
        PersonComparison(
            annotator=name,
            documents=len(own),
            advantage=float(np.mean(own[:, 0] >= own[:, 1])),
            person=float(np.mean(own[:, 1] >= own[:, 0])),
            test="t" if len(own) >= _T_TEST_FROM else "wilcoxon",
            p=p[name],
            wins=wins,
        )
        for (name, own), wins in zip(rows.items(), rejected, strict=True)
    )
    used = {key for own in comparable.values() for key in own} & of_layer.keys()
    winning_rate = float(np.mean(rejected))
    return StandIn(
        layer=layer,
        similarity="categories" if only_categories else "strict F1",
        epsilon=epsilon,
        documents=len(used),
        people=compared,
        winning_rate=winning_rate,
        advantage=float(np.mean([it.advantage for it in compared])),
        passes=winning_rate >= _PASSES_FROM,
        limits=LIMITS,
        shown=len(used & set(shown)),
        left_out=(*people.problems, *_without_layer(people, of_layer, layer)),
    )


def leave_one_out(
    people: Mapping[str, Mapping[str, Value]],
    machine: Mapping[str, Value],
    similarity: Callable[[Value, Value], float],
) -> dict[str, Figures]:
    """Mean similarity to the other people, of the layer and of each person.

    Args:
        people: annotations by person, then by document.
        machine: annotations of the layer by document.
        similarity: of two annotations of one document.

    Returns:
        By person, one row for each document that another person and the layer annotated: the layer
        first, then the person. People without such a document are not there.
    """
    rows: dict[str, Figures] = {}
    for name, own in people.items():
        scores = []
        for key, annotation in own.items():
            others = [it[key] for other, it in people.items() if other != name and key in it]
            if others and key in machine:
                scores.append(
                    [
                        float(np.mean([similarity(one, other) for other in others]))
                        for one in (machine[key], annotation)
                    ]
                )
        if scores:
            rows[name] = np.array(scores)
    return rows


def differences(scores: Figures) -> Figures:
    """Whether the person is at least as near to the others, minus whether the layer is."""
    layer, person = scores.T
    return np.asarray((person >= layer).astype(float) - (layer >= person))


def p_value(differences: Figures, epsilon: float) -> float:
    """The p-value of the hypothesis that the mean difference is ``epsilon`` or more."""
    number = len(differences)
    if number < _T_TEST_FROM:
        return signed_rank_p(differences - epsilon)
    from scipy.stats import t

    mean, deviation = float(differences.mean()), float(differences.std(ddof=1))
    if deviation == 0:
        return 0.0 if mean < epsilon else 1.0
    return float(t.cdf((mean - epsilon) / (deviation / number**0.5), number - 1))


def signed_rank_p(values: Figures) -> float:
    """The exact p-value of the one-sided Wilcoxon signed-rank test for values below zero.

    Equal absolute values have their mean rank, and the distribution is over all signs of these
    ranks (Hollander and Wolfe 1999, "Nonparametric Statistical Methods", section 3.1, comment 11),
    since the normal approximation is poor for few values with many ties. Zeros are left out.
    """
    values = values[values != 0]
    if not len(values):
        return 1.0
    from scipy.stats import rankdata

    # Rounded, since 1 - ε and its like differ in the last digit; twice the rank is whole.
    twice = (2 * rankdata(np.abs(values).round(12))).astype(int)
    ways = np.ones(1)
    for rank in twice:
        ways = np.pad(ways, (0, rank)) + np.pad(ways, (rank, 0))
    positive = int(twice[values > 0].sum())
    return float(ways[: positive + 1].sum() / ways.sum())


def benjamini_yekutieli(p_values: Sequence[float], rate: float) -> list[bool]:
    """Which hypotheses are rejected if the false discovery rate is held at ``rate``."""
    number = len(p_values)
    ranks = np.arange(1, number + 1)
    thresholds = ranks / number * rate / (1 / ranks).sum()
    order = np.argsort(p_values, kind="stable")
    below = np.flatnonzero(np.asarray(p_values)[order] <= thresholds)
    rejected = set(order[: below[-1] + 1].tolist()) if len(below) else set()
    return [at in rejected for at in range(number)]


def strict_f1(first: Annotation, second: Annotation) -> float:
    """Strict F1 of the spans of two annotations; 1 if both have none."""
    one, two = ({span.key for span in it.spans} for it in (first, second))
    return 2 * len(one & two) / (len(one) + len(two)) if one or two else 1.0


def same_categories(first: Annotation, second: Annotation) -> float:
    """1 if two annotations have the same categories, else 0."""
    one, two = ({category.label for category in it.categories} for it in (first, second))
    return float(one == two)


def _without_layer(
    people: AnnotationSets, machine: Mapping[str, Annotation], layer: str
) -> Iterable[Problem]:
    for document in people.documents:
        if document.id not in machine:
            yield Problem(
                code="agreement.left-out",
                severity="info",
                document=document.id,
                message=f"left out: it has no layer {layer}",
            )
