"""Where in a document its proposers may be wrong, and how likely. Pure.

Two signals, each between 0 (sure) and 1 (as unsure as can be), in bits of entropy:

- **disagreement** of the committee of models and rules: the vote entropy of query by committee
  (Seung, Opper and Sompolinsky 1992, "Query by committee"; Dagan and Engelson 1995,
  "Committee-based sampling for training probabilistic classifiers"; for sequences Settles and
  Craven 2008, "An analysis of active learning strategies for sequence labeling tasks"), taken over
  spans: a member votes on a span if it could have said its label. A rule votes only where it says
  something, as a rules file that is silent says nothing;
- low **confidence** of what is proposed: the entropy of the probability that a person accepts it
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


class Place(NamedTuple):
    """A span that somebody proposed.

    Args:
        surface: its text, in lower case.
        label: its label.
        disagreement: of the committee, 0 to 1.
        doubt: how unsure the proposal is of it, 0 to 1; 0 where it has no confidence.
    """

    surface: str
    label: str
    disagreement: float
    doubt: float

    @property
    def unsure(self) -> float:
        """The greater of the two."""
        return max(self.disagreement, self.doubt)


def places(
    text: str,
    layers: Iterable[Annotation],
    proposal: Annotation | None,
    speaks: Mapping[str, Collection[str]],
) -> tuple[Place, ...]:
    """The places of a document, in order of position.

    Args:
        text: of the document.
        layers: of the models and rules files.
        proposal: what people would see.
        speaks: the labels that each model gives, by layer.
    """
    said = {layer.layer: {span.key for span in layer.spans} for layer in layers}
    scores = {span.key: span.score for span in (proposal.spans if proposal else ())}
    keys = {key for spans in said.values() for key in spans if key[2]} | scores.keys()
    found = []
    for key in sorted(keys):
        score = scores.get(key)
        disagreement = _disagreement(key, said, speaks)
        doubt = 0.0 if score is None else entropy(score)
        found.append(Place(text[key[0] : key[1]].lower(), key[2], disagreement, doubt))
    return tuple(found)


def entropy(share: float) -> float:
    """Entropy of yes and no, in bits."""
    if not 0 < share < 1:
        return 0.0
    return -share * math.log2(share) - (1 - share) * math.log2(1 - share)


def _disagreement(
    key: SpanKey, said: Mapping[str, Collection[SpanKey]], speaks: Mapping[str, Collection[str]]
) -> float:
    votes = []
    for layer, spans in said.items():
        agrees = key in spans
        if is_model(layer):
            votes_here = key[2] in speaks.get(layer, ())
        else:
            votes_here = agrees or any(start < key[1] and key[0] < end for start, end, _ in spans)
        if votes_here:
            votes.append(agrees)
    return entropy(sum(votes) / len(votes)) if len(votes) > 1 else 0.0
