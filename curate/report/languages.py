"""The corpus by language: documents, gold, agreement, and what became of the proposals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from curate.model import Record

if TYPE_CHECKING:
    from curate.workspace import Workspace

UNKNOWN = "unknown"
"""Stands for documents whose language is not known."""


class LanguageSummary(Record, frozen=True, kw_only=True):
    """What a corpus has in one language.

    Args:
        documents: number of documents.
        gold: number of them with gold.
        spans: number of spans in the gold.
        agreed: number of documents that two or more people annotated.
        strict: mean strict F1 of pairs of annotators; None where there are none.
        works: number of confirmations of pre-annotated documents.
        precision: accepted / proposed spans; None if nothing was proposed.
        recall: accepted spans / spans of people; None if there are none.
        saved: share of the actions that the pre-annotation saved; None without confirmations.
    """

    documents: int
    gold: int
    spans: int
    agreed: int = 0
    strict: float | None = None
    works: int = 0
    precision: float | None = None
    recall: float | None = None
    saved: float | None = None


def summarise_languages(workspace: Workspace) -> dict[str, LanguageSummary]:
    """The corpus by language, the one with most documents first; empty if it has only one."""
    documents: Counter[str] = Counter()
    gold: Counter[str] = Counter()
    spans: Counter[str] = Counter()
    with workspace.store.read() as tx:
        for document in tx.documents():
            documents[document.lang] += 1
        for document, revision in tx.heads():
            if not revision.deleted:
                gold[document.lang] += 1
                spans[document.lang] += len(revision.spans)
    if len(documents) < 2:
        return {}
    return {
        language or UNKNOWN: _summary(workspace, language, count, gold[language], spans[language])
        for language, count in sorted(documents.items(), key=lambda pair: (-pair[1], pair[0]))
    }


def _summary(
    workspace: Workspace, language: str, documents: int, gold: int, spans: int
) -> LanguageSummary:
    from curate.agreement import AgreementOptions
    from curate.agreement.inter_annotator import agreement
    from curate.errors import InputError
    from curate.ledger.works import ledger

    if not language:  # nothing is measured of documents whose language is not known
        return LanguageSummary(documents=documents, gold=gold, spans=spans)
    try:
        agreed = agreement(workspace, AgreementOptions(resamples=0), language)
    except InputError:  # fewer than two people annotated in it
        agreed = None
    own = ledger(workspace, language)
    total = own.total
    return LanguageSummary(
        documents=documents,
        gold=gold,
        spans=spans,
        agreed=agreed.documents if agreed else 0,
        strict=agreed.across["strict"].mean if agreed else None,
        works=own.works,
        precision=total.precision,
        recall=total.recall,
        saved=total.saved / total.blank.actions if own.works else None,
    )
