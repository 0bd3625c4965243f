"""The weights of a workspace: the configured ones, or its own, which follow the corpus's gold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from curate.history.migrate import schema_version
from curate.layers import PROPOSAL, is_rules
from curate.model import Annotation, Document, Record, Revision, Span
from curate.preannotate import rules as _rules
from curate.preannotate.annotator import Imported, Setup, spans_to_propose, with_sources
from curate.preannotate.evidence import Adaptation, VoteEvidence
from curate.preannotate.pipelines import OTHER_LANGUAGES
from curate.preannotate.proposal import propose
from curate.preannotate.votes import Votes, read_votes
from curate.schema.migrations import to_current
from curate.store.transaction import Transaction
from curate.util import digests

if TYPE_CHECKING:
    from curate.workspace import Workspace

NEWEST = 1000
"""Documents that weights follow, the newest ones; more cost time and change little."""
_KEY = "votes"


class CorpusVotes(Record, frozen=True, kw_only=True):
    """What the weights of a language follow.

    Args:
        shared: the configured weights, as ``<name>@<version>``.
        labels: the labels that are voted on.
        gold: digest of these weights and of the gold that was looked at.
        adaptation: what was learned from it.
        votes: the corpus's own weights; None where the configured ones are used.
        facts: for each fact, the number of its candidates and how many people accepted.
    """

    shared: str
    labels: tuple[str, ...]
    gold: str
    adaptation: Adaptation
    votes: Votes | None = None
    facts: dict[str, tuple[int, int]] = {}


def follow_gold(
    workspace: Workspace, setups: Mapping[str, Setup], imported: Imported
) -> tuple[dict[str, Setup], dict[str, CorpusVotes], set[str]]:
    """The setups with the corpus's own weights where these are better, what they follow, and the
    languages whose weights are not those of before.

    The weights follow documents whose gold a person confirmed. A document without gold is proposed
    with them; one with gold never is, so that its gold has no part in its own proposal. The weights
    are kept in ``.curate/votes`` and made anew only if the gold or the shared weights change. What
    they follow is for the caller to record, together with the proposals that it changes.

    Args:
        workspace: the workspace.
        setups: the configured setups by language; ``""`` for all others.
        imported: the layers of each document that were imported and take part, too.

    Raises:
        ConfigError: a file of a setup is missing or invalid.
    """
    own = dict(setups)
    followed: dict[str, CorpusVotes] = {}
    with workspace.store.begin() as tx:
        before = {code: corpus.votes for code, corpus in recorded(tx).items()}
        if not workspace.config.preannotate.adapt or workspace.schema.overlap:
            return own, followed, {code for code, votes in before.items() if votes and code in own}
    for code, setup in sorted(setups.items()):
        if setup.votes is None:
            continue
        shared = read_votes(setup.votes)
        followed[code] = corpus = _corpus_votes(workspace, setups, code, shared, imported)
        if corpus.votes is not None:
            folder = workspace.make_state() / "votes"
            folder.mkdir(exist_ok=True)
            path = folder / f"{corpus.votes.name}@{corpus.votes.version}.yaml"
            path.write_bytes(msgspec.yaml.encode(corpus.votes))
            own[code] = replace(setup, votes=path)
    changed = {code for code, corpus in followed.items() if corpus.votes != before.get(code)}
    return own, followed, changed


def voted_labels(setups: Mapping[str, Setup]) -> set[str]:
    """The labels that any language votes on."""
    files = {setup.votes for setup in setups.values() if setup.votes}
    return {label for path in files for label in read_votes(path).labels}


def recorded(tx: Transaction) -> dict[str, CorpusVotes]:
    """What the weights followed when documents were last pre-annotated, by language."""
    return msgspec.json.decode(tx.info(_KEY) or "{}", type=dict[str, CorpusVotes])


def record(tx: Transaction, followed: Mapping[str, CorpusVotes]) -> None:
    """Record what the weights follow from now on, by language; see :func:`recorded`."""
    tx.set_info(_KEY, msgspec.json.encode(followed).decode())


def propose_again(
    workspace: Workspace,
    setups: Mapping[str, Setup],
    changed: Collection[str],
    documents: Collection[str],
    imported: Imported,
) -> Iterator[Annotation]:
    """New proposals for documents from the layers that they have, without running a model.

    Args:
        workspace: the workspace.
        setups: the setups by language, with the weights to propose with.
        changed: the languages in which to propose.
        documents: ids of documents; those without all layers are passed over.
        imported: the layers of each document that were imported and take part, too.
    """
    weights = {code: read_votes(path) for code in changed if (path := setups[code].votes)}
    layers = {code: _Layers(workspace, setups[code]) for code in weights}
    for document in workspace.documents(sorted(documents)) if weights else ():
        code = document.lang if document.lang in setups else OTHER_LANGUAGES
        if code not in weights or not _votes_on(weights[code], document, workspace):
            continue
        others = imported(document)
        spans = layers[code].spans(document, others)
        if spans is not None:
            proposal = propose(
                document,
                spans,
                language=document.lang or weights[code].language,
                overlap=workspace.schema.overlap,
                weights=weights[code],
                threshold=setups[code].threshold,
            )
            yield with_sources(proposal, others)


def _votes_on(weights: Votes, document: Document, workspace: Workspace) -> bool:
    return weights.language == (document.lang or workspace.schema.language)


def _corpus_votes(
    workspace: Workspace,
    setups: Mapping[str, Setup],
    code: str,
    shared: Votes,
    imported: Imported,
) -> CorpusVotes:
    with workspace.store.begin() as tx:
        before = recorded(tx).get(code)
        confirmed = [
            (document, revision)
            for document, revision in tx.heads()
            if revision.confirmed_by
            and not revision.deleted
            and not revision.categories_only
            and (document.lang if document.lang in setups else OTHER_LANGUAGES) == code
            and _votes_on(shared, document, workspace)
        ]
    confirmed.sort(key=lambda pair: (pair[1].at, pair[0].id))
    confirmed = sorted(confirmed[-NEWEST:], key=lambda pair: pair[0].id)
    gold = _digest(shared, setups[code].layers(workspace.schema), confirmed)
    if before is not None and before.gold == gold:
        return before
    layers = _Layers(workspace, setups[code])
    evidence = VoteEvidence(shared.language, shared.labels)
    for document, revision in confirmed:
        if (spans := layers.spans(document, imported(document))) is not None:
            evidence.add(document, spans, layers.gold(document, revision).spans)
    weights, adaptation = evidence.adapt(shared, f"{shared.version}+{gold[:8]}")
    return CorpusVotes(
        shared=f"{shared.name}@{shared.version}",
        labels=shared.labels,
        gold=gold,
        adaptation=adaptation,
        votes=weights if adaptation.used else None,
        facts=evidence.facts(),
    )


class _Layers:
    """What is known of documents, in the labels of today."""

    def __init__(self, workspace: Workspace, setup: Setup) -> None:
        self._workspace = workspace
        self._schema, self._migrations = workspace.schema, workspace.migrations
        self._models = [
            it for it in setup.layers(workspace.schema) if it != PROPOSAL and not is_rules(it)
        ]
        self._rules = [_rules.load(path, self._schema) for path in setup.rules]
        with workspace.store.begin() as tx:
            self._version = f"{self._schema.name}@{schema_version(tx, self._schema)}"

    def spans(self, document: Document, imported: Iterable[Annotation]) -> list[Span] | None:
        """The spans of all models and rules, and of the imported layers; None if a model never saw
        the document."""
        with self._workspace.store.begin() as tx:
            layers = [tx.annotation(document.id, layer) for layer in self._models]
        if None in layers:
            return None
        today = [
            self._today(layer, document, self._version)
            for layer in (*layers, *imported)
            if layer is not None
        ]
        spans = spans_to_propose(today, self._schema.names)
        return spans + [span for rules in self._rules for span in rules.applied(document)]

    def gold(self, document: Document, revision: Revision) -> Annotation:
        """The gold of a document."""
        return self._today(revision.annotation, document, revision.schema)

    def _today(self, annotation: Annotation, document: Document, made_under: str) -> Annotation:
        return to_current(self._migrations, annotation, document.text, made_under, self._schema)


def _digest(
    shared: Votes, layers: Sequence[str], confirmed: list[tuple[Document, Revision]]
) -> str:
    lines = [msgspec.json.encode(shared).decode(), *layers]
    lines += [f"{document.id} {revision.number}" for document, revision in confirmed]
    return digests.of_text("\n".join(lines))
