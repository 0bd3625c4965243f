"""The method ``model``: confident learning with a model that has not seen what it judges.

Each token is judged by a multinomial logistic regression (``softmax``) that was trained on the
other folds; these are the out-of-sample probabilities that confident learning needs (Northcutt,
Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", section 3).
cleanlab's ``find_label_issues`` then decides which tokens are label errors, over all tokens at
once, like ``cleanlab.token_classification`` (Wang and Mueller 2022, "Detecting Label Errors in
Token Classification Data").

The result is lifted from tokens to spans: the most probable tags that spell spans are compared with
the gold, and a group of overlapping spans that differ is one signal. Its score is p / (p + g), for
the geometric means of the token probabilities of the predicted tags, p, and of the gold's, g. It is
confident if one of the tokens is a label error by confident learning.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from curate.audit import features
from curate.audit.documents import TokenisedDocument
from curate.audit.folds import cut_pieces, draw_folds
from curate.audit.punctuation import PunctuationEdges
from curate.audit.span_differences import differences, viterbi
from curate.audit.suspects import Signal
from curate.audit.tokens import TokenSpan, iob_tags, spans_of_tags
from curate.util.progress import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

REPETITIONS = 3
ENOUGH = 200_000
"""Number of tokens, over all repetitions, after which folds are not drawn once more."""
_MINIMUM = 1e-6  # probability, so that its logarithm is finite


@dataclass(frozen=True)
class TokenProbabilities:
    """The probabilities of the tags of every token.

    Args:
        names: the tags.
        given: number of the gold tag of each token.
        probabilities: probability of each tag, tokens by tags.
        errors: whether each token is a label error by confident learning.
    """

    names: tuple[str, ...]
    given: NDArray[Any]
    probabilities: NDArray[Any]
    errors: NDArray[Any]


def model_signals(
    corpus: Sequence[TokenisedDocument], seed: int, progress: Progress
) -> Iterator[Signal]:
    """Where the predicted spans differ from the gold.

    Raises:
        CurateError: numba or cleanlab is not installed.
    """
    predicted = cross_validate(corpus, seed, progress)
    if predicted is None:
        return
    first = 0
    edges = PunctuationEdges(corpus)
    for number, document in enumerate(corpus):
        last = first + len(document.text.words)
        if last > first:
            yield from _document_signals(number, document, predicted, slice(first, last), edges)
        first = last


def cross_validate(
    corpus: Sequence[TokenisedDocument], seed: int, progress: Progress
) -> TokenProbabilities | None:
    """Out-of-sample probabilities of every token; None if there is too little to train on."""
    import numpy as np

    pieces = cut_pieces(corpus)
    draws = [draw_folds(pieces, seed + number) for number in range(_repetitions(corpus))]
    tags = [tag for doc in corpus for tag in iob_tags(doc.outer, len(doc.text.words))]
    names, given = np.unique(tags, return_inverse=True)
    if len(set(draws[0])) < 2 or len(names) < 2:
        return None
    sizes = [len(piece) for piece, _ in pieces]
    folds = [np.repeat(fold_of, sizes) for fold_of in draws]
    progress("features", 0, 1)
    columns = features.feature_columns([doc.text for doc in corpus], [p for p, _ in pieces])
    progress("features", 1, 1)
    probabilities = _predict_folds(columns, given, folds, len(names), progress)
    errors = _label_errors(given, probabilities)
    return TokenProbabilities(tuple(names.tolist()), given, probabilities, errors)


def _repetitions(corpus: Sequence[TokenisedDocument]) -> int:
    """How often folds are drawn: more often for small corpora, whose models vary more."""
    tokens = sum(len(document.text.words) for document in corpus)
    return max(1, min(REPETITIONS, ENOUGH // max(tokens, 1)))


def _predict_folds(
    columns: NDArray[Any],
    given: NDArray[Any],
    folds: Sequence[NDArray[Any]],
    tags: int,
    progress: Progress,
) -> NDArray[Any]:
    """The probabilities of each fold by a model that was trained on the others.

    Several draws of folds are averaged, geometrically.
    """
    import numpy as np

    from curate.audit.softmax import predict_held_out

    held_out = [fold_of == number for fold_of in folds for number in np.unique(fold_of)]

    def predict(number: int) -> NDArray[Any]:
        rows = predict_held_out(columns, given, held_out[number], tags, number)
        return np.log(rows + _MINIMUM)

    logs = np.zeros((len(given), tags), dtype=np.float32)
    progress("cross-validation", 0, len(held_out))
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for number, rows in enumerate(threads.map(predict, range(len(held_out)))):
            logs[held_out[number]] += rows
            progress("cross-validation", number + 1, len(held_out))
    probabilities = np.exp(logs / len(folds))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return probabilities


def _label_errors(given: NDArray[Any], probabilities: NDArray[Any]) -> NDArray[Any]:
    from cleanlab.filter import find_label_issues

    return find_label_issues(given, probabilities, min_examples_per_class=0, n_jobs=1)  # type: ignore[no-any-return]


def _document_signals(
    number: int,
    document: TokenisedDocument,
    predicted: TokenProbabilities,
    tokens: slice,
    edges: PunctuationEdges,
) -> Iterator[Signal]:
    import numpy as np

    probabilities, given = predicted.probabilities[tokens], predicted.given[tokens]
    best = viterbi(probabilities, predicted.names, document.text.joined)
    tagged = spans_of_tags([predicted.names[tag] for tag in best])
    spans = [span for it in tagged if (span := edges.trim(document, it))]
    if spans != tagged:
        number_of = {name: tag for tag, name in enumerate(predicted.names)}
        best = np.array([number_of[tag] for tag in iob_tags(spans, len(best))])
    for kind, span, suggestion in differences(document.outer, spans):
        keys = [key for key in (span, suggestion) if key is not None]
        # One token more than the spans: it may be inside only one of them, or begin a new span.
        first, last = min(key[0] for key in keys), max(key[1] for key in keys) + 1
        differing = np.flatnonzero(given[first:last] != best[first:last]) + first
        if not len(differing):
            continue
        ours, theirs = (
            np.log(probabilities[differing, tags[differing]] + _MINIMUM).mean()
            for tags in (given, best)
        )
        score = round(float(1 / (1 + np.exp(ours - theirs))), 4)
        confident = bool(predicted.errors[tokens][differing].any())
        reason = _reason(document, span, suggestion, float(np.exp(ours)), float(np.exp(theirs)))
        yield Signal(number, kind, span, suggestion, score, reason, confident)


def _reason(
    document: TokenisedDocument,
    span: TokenSpan | None,
    suggestion: TokenSpan | None,
    given: float,
    predicted: float,
) -> str:
    if suggestion is None:
        theirs = "nothing"
    else:
        theirs = f"« {document.quote(suggestion)} »"
        if span is None or span[2] != suggestion[2]:
            theirs += f" as {suggestion[2]}"
    if span is None:
        ours = "nothing"
    elif suggestion is not None and span[2] == suggestion[2]:
        ours = f"« {document.quote(span)} »"
    else:
        ours = span[2]
    return (
        f"a model of the other documents predicts {theirs} ({predicted:.2f}), not {ours} "
        f"({given:.2f})"
    )
