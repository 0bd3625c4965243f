"""Promotion: a trained model replaces the configured ones if its proposals are better.

Two setups are compared by their proposals on the test split of a release: models, rules and votes
together, as annotators would see them.
"""

from __future__ import annotations

from curate.agreement import Resampler
from curate.agreement.breakdown import PairedComparison, compare_predictions
from curate.errors import ConfigError, InputError
from curate.model import Annotation, Problem, Record
from curate.preannotate import Setup, model_registry
from curate.preannotate.model_registry import CurrentModel
from curate.preannotate.pipelines import active_pipelines, configured_pipelines, for_language
from curate.train.data import TrainingData, language_of_training, load_training_data
from curate.train.evaluation import Predictions, complete, leave_out_seen, predict
from curate.workspace import Workspace

FEW = 20
"""With fewer test documents than this, a warning says that the difference is uncertain."""


class Promotion(Record, frozen=True, kw_only=True):
    """The comparison of a trained model with the current pipelines, and its outcome.

    Args:
        model: id of the trained model.
        over: the models that it would replace.
        release: the release on whose test split they were compared.
        proposals: scores of the proposals before and after.
        took_over: whether the model was promoted.
        reason: why, or why not.
        alone: scores of the two models without rules and votes; None unless each side has exactly
            one model.
        problems: documents that were left out, and why.
    """

    model: str
    over: str
    release: str
    proposals: PairedComparison
    took_over: bool
    reason: str
    alone: PairedComparison | None = None
    problems: tuple[Problem, ...] = ()


def promote(
    workspace: Workspace,
    name: str,
    version: str = "",
    sure: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> Promotion:
    """Use a trained model to pre-annotate if its proposals on the test split are better.

    Args:
        workspace: the workspace.
        name: id or layer of the model.
        version: the release whose test split decides; the newest if empty.
        sure: promote only if the confidence interval of the difference excludes 0.
        resamples: bootstrap samples.
        seed: random seed of the bootstrap.

    Raises:
        InputError: there is no such model, it is promoted already, or no test document is unseen
            by both.
        ReleaseError: there is no such release, or the store differs from its manifest.
    """
    folder = workspace.models
    # Locked from the start: what is in use must not change while it is compared.
    with workspace.locked("promote"):
        model = model_registry.find_model(folder, name)
        data = load_training_data(workspace, version, model.articles)
        configured = for_language(workspace, configured_pipelines(workspace), model.articles)
        current = model_registry.current_model(folder, model.articles)
        over = current.model if current else ", ".join(configured.models) or "no model"
        if over == model.id:
            raise InputError(f"{model.id} is promoted already", "train another model")
        active = for_language(workspace, active_pipelines(workspace), model.articles)
        before = Setup.of(active)
        after = Setup.of(model_registry.with_model(configured, folder / model.id))
        proposals, alone, problems = _compare(
            workspace, data, before, after, Resampler(resamples, seed)
        )
        better, reason = verdict(proposals, sure)
        if better:
            promoted = CurrentModel(
                model=model.id,
                at=workspace.now(),
                by=workspace.config.corpus.curator,
                over=over,
                before=proposals.before.f1,
                after=proposals.after.f1,
            )
            model_registry.set_current(folder, promoted, model.articles)
    return Promotion(
        model=model.id,
        over=over,
        release=data.release.version,
        proposals=proposals,
        alone=alone,
        took_over=better,
        reason=reason,
        problems=problems,
    )


def revert_promotion(workspace: Workspace, language: str = "") -> str:
    """Use the configured models again; returns the model that was promoted, if one was.

    Args:
        workspace: the workspace.
        language: of the articles; by default the main one of the corpus.

    Raises:
        ConfigError: the corpus is not in this language.
    """
    language = language_of_training(workspace, language)
    articles = "" if language == workspace.config.corpus.language else language
    with workspace.locked("promote"):
        try:
            current = model_registry.current_model(workspace.models, articles)
        except ConfigError:  # the record is damaged or the model deleted: more reason to revert
            model_registry.clear_current(workspace.models, articles)
            return "a model that no longer exists"
        model_registry.clear_current(workspace.models, articles)
    return current.model if current else ""


def verdict(proposals: PairedComparison, sure: bool) -> tuple[bool, str]:
    """Whether the second of two setups is to be promoted, and why or why not."""
    gain, low = proposals.difference.value, proposals.difference.low
    if gain is None:
        return False, f"the two cannot be compared: {proposals.difference.reason}"
    if gain <= 0:
        return False, "its proposals are not better"
    chance = low is None or low <= 0
    reason = "its proposals are better"
    if chance:
        reason += "; the interval includes 0, so this may be chance"
    if proposals.documents < FEW:
        reason += f"; {proposals.documents} documents are few for a comparison"
    return not (sure and chance), reason


def _compare(
    workspace: Workspace, data: TrainingData, before: Setup, after: Setup, resampler: Resampler
) -> tuple[PairedComparison, PairedComparison | None, tuple[Problem, ...]]:
    """Compare the proposals of two setups on the test split, and their models alone."""
    trained = model_registry.list_models(workspace.models)
    pairs, problems = leave_out_seen(data.split("test"), before, trained)
    pairs, more = leave_out_seen(pairs, after, trained)
    if not pairs:
        raise InputError(
            "no test document is new to both models",
            "annotate more, then run `curate split` and `curate release`",
        )
    gold = {document.id: revision.annotation for document, revision in pairs}
    documents = [document for document, _ in pairs]
    first, second = (predict(setup, workspace.schema, documents) for setup in (before, after))
    proposals = compare_predictions(gold, first.proposals, second.proposals, resampler)
    problems = (*data.problems, *problems, *more, *first.problems, *second.problems)
    return proposals, _compare_alone(gold, first, second, resampler), problems


def _compare_alone(
    gold: dict[str, Annotation], first: Predictions, second: Predictions, resampler: Resampler
) -> PairedComparison | None:
    if len(first.models) != 1 or len(second.models) != 1:
        return None
    (before,), (after,) = first.models.values(), second.models.values()
    return compare_predictions(gold, complete(before, gold), complete(after, gold), resampler)
