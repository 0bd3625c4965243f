"""Probabilities of a model that has not seen what it judges, and confident learning over them.

Every token is judged by a multinomial logistic regression that was trained on the other folds: the
out-of-sample probabilities that confident learning asks for (Northcutt, Jiang and Chuang 2021,
"Confident Learning: Estimating Uncertainty in Dataset Labels", section 3). Which tokens are then
label errors is decided by cleanlab's ``find_label_issues``, over all tokens at once, as
``cleanlab.token_classification`` does it (Wang and Mueller 2022, "Detecting Label Errors in Token
Classification Data"). Tokens are lifted to spans: the likeliest tags that spell spans are held
against the gold, and where they differ, spans that overlap are one suspect. Its score is that of
the likelier of the two versions against the gold's, p / (p + g), over the geometric means of their
tokens' probabilities; it is sure if one of the tokens is an error by confident learning.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from curate.audit import features
from curate.audit.folds import folds, pieces
from curate.audit.spans import differences, likeliest
from curate.audit.tokens import Stretch, stretches, tags
from curate.audit.values import Read, Sign
from curate.errors import CurateError
from curate.util.progress import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

C = 1.0  # inverse strength of the regularisation
STEPS = 40  # of L-BFGS at most; stopping early regularises too
_LEAST = 1e-6


@dataclass(frozen=True)
class Judged:
    """What the model says of every token.

    Args:
        names: the tags.
        given: number of the gold's tag of each token.
        likely: probability of each tag, tokens by tags.
        wrong: whether each token is a label error by confident learning.
    """

    names: tuple[str, ...]
    given: NDArray[Any]
    likely: NDArray[Any]
    wrong: NDArray[Any]


def suspects(corpus: Sequence[Read], seed: int, tell: Progress) -> Iterator[Sign]:
    """Where the likeliest spans are not those of the gold.

    Raises:
        CurateError: scikit-learn or cleanlab is not installed.
    """
    judged = judge(corpus, seed, tell)
    if judged is None:
        return
    first = 0
    for number, one in enumerate(corpus):
        last = first + len(one.text.words)
        if last > first:
            yield from _lifted(number, one, judged, slice(first, last))
        first = last


def judge(corpus: Sequence[Read], seed: int, tell: Progress) -> Judged | None:
    """Probabilities of the tags of every token; None where there is too little to train on."""
    import numpy as np

    parts = pieces(corpus)
    number = folds(parts, seed)
    tagged = [tag for one in corpus for tag in tags(one.outer, len(one.text.words))]
    names, given = np.unique(tagged, return_inverse=True)
    if len(set(number)) < 2 or len(names) < 2:
        return None
    fold = np.repeat(number, [len(piece) for piece, _ in parts])
    tell("features", 0, 1)
    table = features.matrix([one.text for one in corpus], [piece for piece, _ in parts])
    tell("features", 1, 1)
    likely = _crossed(table, given, fold, len(names), tell)
    return Judged(tuple(names.tolist()), given, likely, _errors(given, likely))


def _crossed(
    table: Any, given: NDArray[Any], fold: NDArray[Any], many: int, tell: Progress
) -> NDArray[Any]:
    """The probabilities of each tag by models that were trained on the other folds."""
    import numpy as np

    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise _lacking("scikit-learn") from error
    likely = np.zeros((len(given), many), dtype=np.float32)
    every = np.unique(fold)
    for done, number in enumerate(every):
        tell("cross-validation", done, len(every))
        out = fold == number
        known = np.unique(given[~out])
        if len(known) == 1:
            likely[out, known[0]] = 1
            continue
        model = LogisticRegression(C=C, max_iter=STEPS)
        with _quietly():
            model.fit(table[~out], given[~out])
        likely[np.ix_(out, model.classes_)] = model.predict_proba(table[out])
    tell("cross-validation", len(every), len(every))
    return likely


def _errors(given: NDArray[Any], likely: NDArray[Any]) -> NDArray[Any]:
    try:
        from cleanlab.filter import find_label_issues
    except ImportError as error:
        raise _lacking("cleanlab") from error
    return find_label_issues(given, likely, min_examples_per_class=0, n_jobs=1)  # type: ignore[no-any-return]


def _lifted(number: int, one: Read, judged: Judged, place: slice) -> Iterator[Sign]:
    import numpy as np

    likely, given = judged.likely[place], judged.given[place]
    best = likeliest(likely, judged.names)
    theirs = stretches([judged.names[tag] for tag in best])
    for kind, span, there in differences(one.outer, theirs):
        keys = [key for key in (span, there) if key is not None]
        # The token behind the spans is the one that is inside only one of them, or begins anew.
        first, last = min(key[0] for key in keys), max(key[1] for key in keys) + 1
        at = np.flatnonzero(given[first:last] != best[first:last]) + first
        if not len(at):
            continue
        mine, other = (np.log(likely[at, tag[at]] + _LEAST).mean() for tag in (given, best))
        score = round(float(1 / (1 + np.exp(mine - other))), 4)
        sure = bool(judged.wrong[place][at].any())
        words = _words(one, span, there, float(np.exp(mine)), float(np.exp(other)))
        yield Sign(number, kind, span, there, score, words, sure)


def _words(
    one: Read, span: Stretch | None, there: Stretch | None, given: float, likely: float
) -> str:
    if span and there and span[2] == there[2]:
        mine, other = f"« {one.quote(span)} »", f"« {one.quote(there)} »"
    else:
        mine, other = (found[2] if found else "nothing" for found in (span, there))
    return f"a model of the other documents says {other} ({likely:.2f}), not {mine} ({given:.2f})"


def _lacking(name: str) -> CurateError:
    hint = "install it with `pip install 'curate-corpus[audit]'`, or choose other methods"
    return CurateError(f"the method model needs {name}, which is not here", hint)


@contextmanager
def _quietly() -> Iterator[None]:
    """Train on one thread, and without a word of the steps, which are bounded on purpose.

    The products are of sparse matrices; threads for the small rest wait for one another, and their
    number would show in the last digits.
    """
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield
