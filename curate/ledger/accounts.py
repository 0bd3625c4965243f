"""The accounts of the ledger: people's work compared with what was proposed. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from curate.annotations.corrections import (
    Kind,
    ProposalOutcome,
    corrections,
    count_outcomes,
    proposers,
)
from curate.annotations.diff import compare
from curate.layers import ARTICLE, VOTES, is_proposer
from curate.ledger.actions import ACTIONS, NOTHING, Effort, SpanEffort, span_efforts
from curate.ledger.contributions import Contribution, Contributions
from curate.model import Annotation, Problem, Record, SpanKey
from curate.preannotate.dropped import DroppedPattern, DroppedSpans
from curate.preannotate.own_votes import CorpusVotes

_EARLIER = "earlier version"  # the row of spans from an earlier version of the article


class Work(Record, frozen=True, kw_only=True):
    """One document annotated by one person, and what was proposed for it.

    Args:
        document: id of the document.
        person: name of the person who confirmed it.
        proposal: the pre-annotation; for a control document what it would have been.
        result: the annotation that the person confirmed.
        layers: what each model and rules file said, whether it was shown or not.
        control: whether the document was sent without the pre-annotation.
        text: the text of the document; without it, no patterns of its spans are counted.
    """

    document: str
    person: str
    proposal: Annotation
    result: Annotation
    layers: tuple[Annotation, ...] = ()
    control: bool = False
    text: str = ""


class LedgerRow(Record, frozen=True, kw_only=True):
    """A row of the ledger.

    Args:
        outcome: what became of the proposed spans; ``missed`` is 0 for a single rule.
        people: number of spans in people's results, with this label or the labels that the layer
            proposes; None for a single rule.
        precision: accepted / proposed; None if nothing was proposed.
        recall: accepted / ``people``; None if there are none, and for a single rule, which is not
            expected to find all spans of a label.
        blank: actions that these spans take from a blank text.
        corrected: actions that they take from the pre-annotation.
        saved: ``blank`` minus ``corrected``, in actions.
    """

    outcome: ProposalOutcome
    people: int | None
    precision: float | None
    recall: float | None
    blank: Effort
    corrected: Effort
    saved: int


class Ledger(Record, frozen=True, kw_only=True):
    """What people made of the pre-annotation, and how many actions it saved.

    Args:
        documents: number of documents that were sent with the pre-annotation and confirmed.
        works: number of works; a document that two people annotated independently is two works.
        total: over all works, with the two keys that finish a document.
        people: by person, with these keys.
        labels: by label; a proposed span counts under the label of the proposal.
        layers: by model and rules file; a span counts for each that contributed to it. ``missed``
            are spans that people added, that the layer does not have, and whose label it proposes.
        rules: by single rule, gazetteer, or rule of the article.
        actions: what each operation takes.
        dropped: patterns of a model's spans of which nearly none was proposed, and how many of
            these spans people annotated all the same.
        votes: by language, what the weights of the votes followed when documents were last
            pre-annotated.
        control: works on control documents, as if the pre-annotation had been shown, although
            nothing was saved; None if there are none.
        control_documents: number of these documents.
        left_out: works that do not count, and why.
        contributions: by model and rules file, what its own layer adds to the others.
    """

    documents: int
    works: int
    total: LedgerRow
    people: dict[str, LedgerRow]
    labels: dict[str, LedgerRow]
    layers: dict[str, LedgerRow]
    rules: dict[str, LedgerRow]
    actions: dict[str, Effort]
    dropped: tuple[DroppedPattern, ...] = ()
    votes: dict[str, CorpusVotes] = {}
    control: LedgerRow | None
    control_documents: int
    left_out: tuple[Problem, ...]
    contributions: dict[str, Contribution] = {}


def compile_ledger(
    works: Iterable[Work | Problem], votes: Mapping[str, CorpusVotes] | None = None
) -> Ledger:
    """Add up works, one at a time.

    Args:
        works: the works, and a problem for each that does not count.
        votes: by language, what the weights of the votes followed.
    """
    accounts = _Accounts(votes or {})
    left_out = []
    for work in works:
        if isinstance(work, Problem):
            left_out.append(work)
        else:
            accounts.add(work)
    return accounts.ledger(tuple(left_out))


def ledger_entries(by: str) -> tuple[str, ...]:
    """The rows in which a proposed span counts: models, rules files, single rules, and weights.

    >>> ledger_entries("model:m@1+rules:r@2/cities+article:surnames")
    ('model:m@1', 'rules:r@2', 'rules:r@2/cities', 'article:surnames')
    """
    entries: list[str] = []
    for name in proposers(by):
        layer, slash, _ = name.partition("/")
        if is_proposer(name):
            entries += [layer, name] if slash else [layer]
        else:
            entries.append(name if name.startswith((ARTICLE, VOTES)) else _EARLIER)
    return tuple(dict.fromkeys(entries))


def _is_layer(entry: str) -> bool:
    return entry == _EARLIER or (is_proposer(entry) and "/" not in entry)


class _Account:
    """The sums of one row."""

    def __init__(self) -> None:
        self.kinds: Counter[Kind] = Counter()
        self.people = 0
        self.blank = self.corrected = NOTHING

    def add_span(self, effort: SpanEffort) -> None:
        self.kinds[effort.correction.kind] += 1
        self.blank += effort.blank
        self.corrected += effort.corrected

    def add_work(self, efforts: list[SpanEffort], work: Work) -> None:
        for effort in efforts:
            self.add_span(effort)
        self.people += len(work.result.spans)
        # Finishing a document takes the same with and without a pre-annotation.
        self.blank += ACTIONS["finish"]
        self.corrected += ACTIONS["finish"]

    def row(self, people: int | None, missed: int | None = None) -> LedgerRow:
        outcome = count_outcomes(self.kinds.elements())
        if missed is not None:
            outcome = msgspec.structs.replace(outcome, missed=missed)
        return LedgerRow(
            outcome=outcome,
            people=people,
            precision=outcome.accepted / outcome.proposed if outcome.proposed else None,
            recall=outcome.accepted / people if people else None,
            blank=self.blank,
            corrected=self.corrected,
            saved=self.blank.actions - self.corrected.actions,
        )


class _Accounts:
    """The accounts of all rows."""

    def __init__(self, votes: Mapping[str, CorpusVotes]) -> None:
        self._votes = dict(votes)
        self._dropped = DroppedSpans(label for each in votes.values() for label in each.labels)
        self._documents: set[str] = set()
        self._control_documents: set[str] = set()
        self._works = 0
        self._total, self._control = _Account(), _Account()
        self._people: dict[str, _Account] = defaultdict(_Account)
        self._labels: dict[str, _Account] = defaultdict(_Account)
        self._entries: dict[str, _Account] = defaultdict(_Account)  # layers and rules
        self._layers = _LayerCounts()
        self._contributions = Contributions()

    def add(self, work: Work) -> None:
        changes = compare(work.proposal, work.result)
        efforts = list(span_efforts(corrections(changes, work.proposal.spans)))
        if work.control:
            self._control_documents.add(work.document)
            self._control.add_work(efforts, work)
            return
        self._documents.add(work.document)
        self._works += 1
        self._total.add_work(efforts, work)
        self._people[work.person].add_work(efforts, work)
        for effort in efforts:
            self._labels[effort.correction.label].add_span(effort)
            if effort.correction.before is not None:
                for entry in ledger_entries(effort.correction.before.by):
                    self._entries[entry].add_span(effort)
        for span in work.result.spans:
            self._labels[span.label].people += 1
        if work.text:
            self._dropped.add(work.text, work.layers, work.proposal, work.result)
        self._layers.add(work, {span.key for span in changes.added})
        self._contributions.add(work.layers, work.proposal.spans, work.result)

    def ledger(self, left_out: tuple[Problem, ...]) -> Ledger:
        layers = {entry for entry in self._entries if _is_layer(entry)} | self._layers.names
        return Ledger(
            documents=len(self._documents),
            works=self._works,
            total=self._total.row(self._total.people),
            people={name: own.row(own.people) for name, own in sorted(self._people.items())},
            labels={label: own.row(own.people) for label, own in sorted(self._labels.items())},
            layers={
                layer: self._entries[layer].row(*self._layers.people_and_missed(layer))
                for layer in sorted(layers)
            },
            rules={
                entry: own.row(None)
                for entry, own in sorted(self._entries.items())
                if entry not in layers
            },
            actions=ACTIONS,
            dropped=self._dropped.patterns(),
            votes=self._votes,
            control=self._control.row(self._control.people) if self._control_documents else None,
            control_documents=len(self._control_documents),
            left_out=left_out,
            contributions=self._contributions.rows(),
        )


class _LayerCounts:
    """By layer and label, how many spans people have, and how many of these the layer missed."""

    def __init__(self) -> None:
        self._labels: dict[str, set[str]] = defaultdict(set)
        self._people: Counter[tuple[str, str]] = Counter()
        self._missed: Counter[tuple[str, str]] = Counter()

    @property
    def names(self) -> set[str]:
        """The layers that proposed something."""
        return {name for name, labels in self._labels.items() if labels}

    def add(self, work: Work, added: set[SpanKey]) -> None:
        """Count the spans of a work.

        Args:
            work: the work.
            added: the spans that the person added to the proposal.
        """
        for layer in work.layers:
            keys = {span.key for span in layer.spans}
            self._labels[layer.layer] |= {span.label for span in layer.spans if span.label}
            for span in work.result.spans:
                self._people[layer.layer, span.label] += 1
                if span.key in added and span.key not in keys:
                    self._missed[layer.layer, span.label] += 1

    def people_and_missed(self, layer: str) -> tuple[int | None, int]:
        """Over the labels that a layer proposes: the spans of people, and those it missed."""
        labels = self._labels.get(layer)
        if not labels:
            return None, 0
        return _sum(self._people, layer, labels), _sum(self._missed, layer, labels)


def _sum(counts: Mapping[tuple[str, str], int], layer: str, labels: set[str]) -> int:
    return sum(counts.get((layer, label), 0) for label in labels)
