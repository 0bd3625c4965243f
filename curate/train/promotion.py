"""How good a model is on a split, and whether it may take the place of what proposes now.

Two set-ups are compared by their proposals on the frozen test split: models, rules and votes
together, as people would see them. A model takes over only if its proposals are better.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from curate.agreement import Evaluation, Resampler, evaluate
from curate.agreement.breakdown import Breakdown, Paired, breakdown, paired
from curate.config import Pipelines
from curate.errors import InputError
from curate.layers import PROPOSAL
from curate.model import Annotation, Problem, Record
from curate.preannotate import Setup
from curate.schema import Schema
from curate.train import Current, Trained, current, find, registered, take_over, with_model
from curate.train.training import Corpus, Gold, Pair, Said, said

NOW = "current"
FEW = 20  # documents of which a difference says little


class Graded(Record, frozen=True, kw_only=True):
    """How good a model is on a split of a release.

    Args:
        model: as it was asked for.
        layer: what was scored: the model's layer, or ``proposal``.
        release: the release, and ``split`` of it.
        evaluation: by the CoNLL definition and the schemes of SemEval-2013.
        parts: by source, by length, and the worst documents.
        problems: documents that do not count, and why.
    """

    model: str
    layer: str
    release: str
    split: str
    evaluation: Evaluation
    parts: Breakdown
    problems: tuple[Problem, ...] = ()


class Promotion(Record, frozen=True, kw_only=True):
    """Whether a model took over, and why.

    Args:
        model: its id.
        over: what proposes without it.
        release: the release on whose test split they were compared.
        proposals: what people see now, and what they would see.
        took_over: whether it proposes from now on.
        reason: why, or why not.
        alone: the two models without rules and votes; None where there is not one on each side.
        problems: documents that do not count, and why.
    """

    model: str
    over: str
    release: str
    proposals: Paired
    took_over: bool
    reason: str
    alone: Paired | None = None
    problems: tuple[Problem, ...] = ()


def grade(
    material: Gold,
    split: str,
    schema: Schema,
    setup: Setup,
    model: str,
    *,
    known: Iterable[Trained] = (),
    proposal: bool = False,
    resampler: Resampler,
) -> Graded:
    """Score a model, or the proposals of a set-up.

    Args:
        material: the release.
        split: ``train``, ``dev`` or ``test`` of it.
        schema: of the corpus.
        setup: the model in its place.
        model: what it is called.
        known: trained models; a document that one of them learned from does not count against it.
        proposal: score the proposals, not the model alone.
        resampler: makes the intervals.
    """
    pairs, problems = _unseen(material.part(split), setup, known if split == "test" else ())
    documents = [document for document, _ in pairs]
    found = said(setup, schema, documents)
    layer = PROPOSAL if proposal or len(found.models) != 1 else next(iter(found.models))
    right = {document.id: revision.annotation for document, revision in pairs}
    guess = _all(found.layers.get(layer, {}), right)
    return Graded(
        model=model,
        layer=layer,
        release=material.release.version,
        split=split,
        evaluation=evaluate(documents, right.values(), guess.values(), resampler=resampler),
        parts=breakdown(documents, right, guess, resampler),
        problems=(*material.problems, *problems, *found.problems),
    )


def compare(
    material: Gold,
    schema: Schema,
    before: Setup,
    after: Setup,
    known: Iterable[Trained],
    resampler: Resampler,
) -> tuple[Paired, Paired | None, tuple[Problem, ...]]:
    """Compare the proposals of two set-ups on the test split, and their models alone."""
    trained = list(known)
    pairs, problems = _unseen(material.part("test"), before, trained)
    pairs, more = _unseen(pairs, after, trained)
    if not pairs:
        hint = "annotate more, then `curate split` and `curate release`"
        raise InputError("no test document is new to both models", hint)
    right = {document.id: revision.annotation for document, revision in pairs}
    documents = [document for document, _ in pairs]
    one, two = (said(setup, schema, documents) for setup in (before, after))
    whole = paired(right, one.proposals, two.proposals, resampler)
    problems = (*material.problems, *problems, *more, *one.problems, *two.problems)
    return whole, _alone(right, one, two, resampler), problems


def promote(
    corpus: Corpus,
    material: Gold,
    name: str,
    settings: Pipelines,
    *,
    now: Pipelines,
    sure: bool,
    by: str,
    at: str,
    resampler: Resampler,
) -> Promotion:
    """Let a trained model propose from now on, if its proposals are better on the test split.

    Args:
        corpus: where the models are.
        material: the release whose test split decides.
        name: the model.
        settings: what proposes by ``curate.toml``.
        now: what proposes now.
        sure: only if the interval of the difference is above zero too.
        by: who asks.
        at: when, ISO 8601 in UTC.
        resampler: makes the intervals.

    Raises:
        InputError: there is no such model, or no test document that is new to both.
    """
    model = find(corpus.models, name)
    standing = current(corpus.models)
    over = standing.model if standing else ", ".join(settings.models) or "no model"
    if over == model.id:
        raise InputError(f"{model.id} proposes already", "train another one")
    setups = (Setup.of(now), Setup.of(with_model(settings, corpus.models / model.id)))
    known = registered(corpus.models)
    whole, alone, problems = compare(material, corpus.schema, *setups, known, resampler)
    better, reason = verdict(whole, sure)
    if better:
        chosen = Current(
            model=model.id,
            at=at,
            by=by,
            over=over,
            before=whole.before.f1,
            after=whole.after.f1,
        )
        take_over(corpus.models, chosen)
    return Promotion(
        model=model.id,
        over=over,
        release=material.release.version,
        proposals=whole,
        alone=alone,
        took_over=better,
        reason=reason,
        problems=problems,
    )


def verdict(found: Paired, sure: bool) -> tuple[bool, str]:
    """Whether the second of two is better, and why it is taken or not."""
    gained, low = found.difference.value, found.difference.low
    if gained is None:
        return False, f"they cannot be compared: {found.difference.reason}"
    if gained <= 0:
        return False, "its proposals are not better"
    chance = "" if low is not None and low > 0 else "; the interval holds 0, it may be chance"
    few = f"; {found.documents} documents say little" if found.documents < FEW else ""
    if sure and chance:
        return False, f"its proposals are better{chance}{few}"
    return True, f"its proposals are better{chance}{few}"


def _unseen(
    pairs: Iterable[Pair], setup: Setup, known: Iterable[Trained]
) -> tuple[tuple[Pair, ...], tuple[Problem, ...]]:
    """The documents that no trained model of a set-up has learned from."""
    seen = {
        document: model.id
        for model in known
        if model.id in {Path(name).name for name in setup.models}
        for document in (*model.train, *model.dev)
    }
    found = tuple(pairs)
    problems = (
        Problem(
            code="train.seen",
            severity="warning",
            document=document.id,
            message=f"left out: {seen[document.id]} has learned from it",
        )
        for document, _ in found
        if document.id in seen
    )
    return tuple(pair for pair in found if pair[0].id not in seen), tuple(problems)


def _alone(
    right: dict[str, Annotation], one: Said, two: Said, resampler: Resampler
) -> Paired | None:
    if len(one.models) != 1 or len(two.models) != 1:
        return None
    sides = [_all(next(iter(side.models.values())), right) for side in (one, two)]
    return paired(right, sides[0], sides[1], resampler)


def _all(layer: dict[str, Annotation], right: dict[str, Annotation]) -> dict[str, Annotation]:
    """A layer of all documents; of one that the model failed on, nothing was found."""
    return {key: layer.get(key) or Annotation(document=key, layer="") for key in right}
