"""Uncertainty of proposed spans: how likely the proposers are wrong. Pure.

There are two measures, each from 0 (certain) to 1 (as uncertain as possible), in bits of entropy:

- **disagreement** of the committee of models and rules: the vote entropy of query by committee
  (Seung, Opper and Sompolinsky 1992, "Query by committee"; Dagan and Engelson 1995,
  "Committee-based sampling for training probabilistic classifiers"; for sequences Settles and
  Craven 2008, "An analysis of active learning strategies for sequence labeling tasks"), taken over
  spans. A model votes on the spans with its labels. A rules file votes only where it finds
  something, since its silence means nothing;
- low **confidence** of the proposal: the entropy of the probability that a person accepts the span
  (uncertainty sampling: Lewis and Gale 1994, "A sequential algorithm for training text
  classifiers"; least confidence of sequences: Culotta and McCallum 2005, "Reducing labeling effort
  for structured prediction tasks"; normalised by length, as here by cost: Shen, Yun, Lipton,
  Kronrod and Anandkumar 2018, "Deep active learning for named entity recognition").
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from curate.layers import is_model
from curate.model import Annotation, SpanKey


class SpanUncertainty(NamedTuple):
    """A proposed span and its uncertainty.

    Args:
        surface: text of the span in lower case.
        label: its label.
        disagreement: disagreement of the committee, 0 to 1.
        doubt: entropy of the proposal's confidence, 0 to 1; 0 where it has none.
    """

    surface: str
    label: str
    disagreement: float
    doubt: float

    @property
    def uncertainty(self) -> float:
        """The greater of the two measures."""
        return max(self.disagreement, self.doubt)


def span_uncertainties(
    text: str,
    layers: Iterable[Annotation],
    proposal: Annotation | None,
    labels: Mapping[str, Collection[str]],
) -> tuple[SpanUncertainty, ...]:
    """The uncertainty of all spans that are proposed for a document, in order of position.

    Args:
        text: text of the document.
        layers: layers of the models and rules files.
        proposal: the layer ``proposal``.
        labels: the labels that each model uses, by layer.
    """
    keys_of = {layer.layer: {span.key for span in layer.spans} for layer in layers}
    scores = {span.key: span.score for span in (proposal.spans if proposal else ())}
    # A rule's span without a label is a vote against others, and not a span itself.
    keys = {key for keys in keys_of.values() for key in keys if key[2]} | scores.keys()
    spans = []
    for key in sorted(keys):
        score = scores.get(key)
        doubt = 0.0 if score is None else entropy(score)
        surface = text[key[0] : key[1]].lower()
        disagreement = _disagreement(key, keys_of, labels)
        spans.append(SpanUncertainty(surface, key[2], disagreement, doubt))
    return tuple(spans)


def entropy(probability: float) -> float:
    """Entropy of a binary variable in bits."""
    if not 0 < probability < 1:
        return 0.0
    rest = 1 - probability
    return -probability * math.log2(probability) - rest * math.log2(rest)


def _disagreement(
    key: SpanKey, keys_of: Mapping[str, Collection[SpanKey]], labels: Mapping[str, Collection[str]]
) -> float:
    votes = []
    for layer, keys in keys_of.items():
        agrees = key in keys
        if is_model(layer):
            has_vote = key[2] in labels.get(layer, ())
        else:
            has_vote = agrees or any(start < key[1] and key[0] < end for start, end, _ in keys)
        if has_vote:
            votes.append(agrees)
    return entropy(sum(votes) / len(votes)) if len(votes) > 1 else 0.0
