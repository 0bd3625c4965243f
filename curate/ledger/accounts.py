"""The ledger: works of people held against what they were shown, counted and priced. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from curate.annotations.corrections import (
    Kind,
    ProposalOutcome,
    corrections,
    count_outcomes,
    proposers,
)
from curate.annotations.diff import compare
from curate.layers import ARTICLE, is_proposer
from curate.ledger.actions import ACTIONS, NOTHING, Effort, SpanEffort, span_efforts
from curate.model import Annotation, Problem, Record, SpanKey

_EARLIER = "earlier version"


class Work(Record, frozen=True, kw_only=True):
    """One document as one person left it, and what stood there before.

    Args:
        document: id of the document.
        person: name of who confirmed it.
        proposal: the pre-annotation; for a control document what it would have been.
        made: what the person left.
        layers: what each model and rules file said, whether it was shown or not.
        control: whether the document was sent without the pre-annotation.
    """

    document: str
    person: str
    proposal: Annotation
    made: Annotation
    layers: tuple[Annotation, ...] = ()
    control: bool = False


class LedgerRow(Record, frozen=True, kw_only=True):
    """A line of the ledger.

    Args:
        outcome: what became of the proposed spans; None of ``missed`` for a single rule.
        people: spans that people have; of the label, or of the labels that the layer proposes.
        precision: accepted of the proposed ones; None where nothing was proposed.
        recall: accepted of those that people have; None for a single rule, which is not asked for
            all spans of a label, and where people have none.
        blank: what these spans take from a blank page.
        corrected: what they took from the pre-annotation.
        saved: actions from blank less actions from the pre-annotation.
    """

    outcome: ProposalOutcome
    people: int | None
    precision: float | None
    recall: float | None
    blank: Effort
    corrected: Effort
    saved: int


class Ledger(Record, frozen=True, kw_only=True):
    """What people made of the pre-annotation, and what it saved them.

    Args:
        documents: documents that people got with the pre-annotation and confirmed; one that two
            people did apart is two works.
        works: how many works there are.
        total: all of them, with the two keys that finish a document.
        people: by person, with these keys.
        labels: by label, the proposal's where there was one.
        layers: by model and rules file that had a part in proposing the span; a span counts for
            each of them. ``missed`` are spans that people added and the layer did not have, of the
            labels that it proposes.
        rules: by single rule, gazetteer, or rule of the article.
        actions: what each operation takes.
        control: works on documents that were sent without it, as if it had been shown; nothing was
            saved in them. None where there are none.
        control_documents: how many documents these are.
        left_out: works that do not count, and why.
    """

    documents: int
    works: int
    total: LedgerRow
    people: dict[str, LedgerRow]
    labels: dict[str, LedgerRow]
    layers: dict[str, LedgerRow]
    rules: dict[str, LedgerRow]
    actions: dict[str, Effort]
    control: LedgerRow | None
    control_documents: int
    left_out: tuple[Problem, ...]


def compile_ledger(works: Iterable[Work | Problem]) -> Ledger:
    """Add works up, as they stream by.

    Args:
        works: works, and problems for those that do not count.
    """
    books = _Books()
    left_out = []
    for work in works:
        if isinstance(work, Problem):
            left_out.append(work)
        else:
            books.enter(work)
    return books.close(tuple(left_out))


class _Account:
    """Sums of one line."""

    def __init__(self) -> None:
        self.kinds: Counter[Kind] = Counter()
        self.people = 0
        self.blank = self.corrected = NOTHING

    def add(self, step: SpanEffort) -> None:
        self.kinds[step.fate.kind] += 1
        self.blank += step.blank
        self.corrected += step.corrected

    def finish(self) -> None:
        """The keys that finish a document, which nobody is spared."""
        self.blank += ACTIONS["finish"]
        self.corrected += ACTIONS["finish"]

    def row(self, people: int | None, missed: int | None = None) -> LedgerRow:
        found = count_outcomes(self.kinds.elements())
        if missed is not None:
            found = replace(found, missed=missed)
        return LedgerRow(
            outcome=found,
            people=people,
            precision=found.accepted / found.proposed if found.proposed else None,
            recall=found.accepted / people if people else None,
            blank=self.blank,
            corrected=self.corrected,
            saved=self.blank.actions - self.corrected.actions,
        )


class _Books:
    """All accounts."""

    def __init__(self) -> None:
        self._documents: set[str] = set()
        self._control: set[str] = set()
        self._works = 0
        self._total, self._hidden = _Account(), _Account()
        self._people: dict[str, _Account] = defaultdict(_Account)
        self._labels: dict[str, _Account] = defaultdict(_Account)
        self._parts: dict[str, _Account] = defaultdict(_Account)  # layers and rules
        self._sources = _Sources()

    def enter(self, work: Work) -> None:
        """Add a work up."""
        changes = compare(work.proposal, work.made)
        priced = list(span_efforts(corrections(changes, work.proposal.spans)))
        if work.control:
            self._control.add(work.document)
            self._whole(self._hidden, priced, work)
            return
        self._documents.add(work.document)
        self._works += 1
        self._whole(self._total, priced, work)
        self._whole(self._people[work.person], priced, work)
        for step in priced:
            self._labels[step.fate.label].add(step)
            if step.fate.before is not None:
                for name in ledger_entries(step.fate.before.by):
                    self._parts[name].add(step)
        for span in work.made.spans:
            self._labels[span.label].people += 1
        self._sources.enter(work, {span.key for span in changes.added})

    def _whole(self, account: _Account, priced: list[SpanEffort], work: Work) -> None:
        for step in priced:
            account.add(step)
        account.people += len(work.made.spans)
        account.finish()

    def close(self, left_out: tuple[Problem, ...]) -> Ledger:
        """The ledger."""
        layers = {name for name in self._parts if _is_layer(name)} | self._sources.names
        return Ledger(
            documents=len(self._documents),
            works=self._works,
            total=self._total.row(self._total.people),
            people={n: a.row(a.people) for n, a in sorted(self._people.items())},
            labels={n: a.row(a.people) for n, a in sorted(self._labels.items())},
            layers={
                name: self._parts[name].row(*self._sources.asked(name)) for name in sorted(layers)
            },
            rules={
                name: account.row(None)
                for name, account in sorted(self._parts.items())
                if name not in layers
            },
            actions=ACTIONS,
            control=self._hidden.row(self._hidden.people) if self._control else None,
            control_documents=len(self._control),
            left_out=left_out,
        )


class _Sources:
    """What layers could have proposed: for those that people added, who had them and who not."""

    def __init__(self) -> None:
        self._labels: dict[str, set[str]] = defaultdict(set)
        self._people: Counter[tuple[str, str]] = Counter()  # by layer and label
        self._missed: Counter[tuple[str, str]] = Counter()

    @property
    def names(self) -> set[str]:
        """Layers that proposed something."""
        return {name for name, labels in self._labels.items() if labels}

    def enter(self, work: Work, added: set[SpanKey]) -> None:
        """Add up what each layer of a work had."""
        for layer in work.layers:
            keys = {span.key for span in layer.spans}
            self._labels[layer.layer] |= {span.label for span in layer.spans if span.label}
            for span in work.made.spans:
                self._people[layer.layer, span.label] += 1
                if span.key in added and span.key not in keys:
                    self._missed[layer.layer, span.label] += 1

    def asked(self, name: str) -> tuple[int | None, int]:
        """Spans that people have of the labels a layer proposes, and those it did not find."""
        labels = self._labels.get(name)
        if not labels:
            return None, 0
        return _of(self._people, name, labels), _of(self._missed, name, labels)


def _of(counts: Mapping[tuple[str, str], int], name: str, labels: set[str]) -> int:
    return sum(counts.get((name, label), 0) for label in labels)


def ledger_entries(by: str) -> tuple[str, ...]:
    """The lines that a proposed span counts in: models, rules files, and single rules.

    >>> parts("model:m@1+rules:r@2/cities+article:surnames")
    ('model:m@1', 'rules:r@2', 'rules:r@2/cities', 'article:surnames')
    """
    found: list[str] = []
    for name in proposers(by):
        layer, slash, _ = name.partition("/")
        if is_proposer(name):
            found += [layer, name] if slash else [layer]
        else:
            found.append(name if name.startswith(ARTICLE) else _EARLIER)
    return tuple(dict.fromkeys(found))


def _is_layer(name: str) -> bool:
    return name == _EARLIER or (is_proposer(name) and "/" not in name)
