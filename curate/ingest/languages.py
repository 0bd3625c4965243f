"""The language of a document: what an import takes it for, and how it is corrected later.

The text of a document never changes under its id, but its language may turn out to be wrong. A
correction is kept with the document (``Document.corrected``), and for a document with gold it is a
revision too, so that `curate log` shows it. A release keeps the language that the document had when
it was cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from curate.layers import MODEL, PROPOSAL, RULES
from curate.model import Document, LanguageChange, Problem, Record, Severity
from curate.store import gold
from curate.text.language import detect_for
from curate.text.language_codes import check_code, find_code

if TYPE_CHECKING:
    from curate.config import Config
    from curate.store.transaction import Transaction
    from curate.workspace import Workspace


class CorrectedLanguage(Record, frozen=True, kw_only=True):
    """A document whose language was corrected, or would be.

    Args:
        document: its id.
        before: the language until now; empty if there was none.
        after: the language from now on.
        revision: number of the revision of its gold that records it; 0 if it has no gold.
        dropped: layers of programs that were made for the other language and are forgotten.
    """

    document: str
    before: str
    after: str
    revision: int = 0
    dropped: tuple[str, ...] = ()


class LanguageCorrections(Record, frozen=True, kw_only=True):
    """What ``set-language`` did, or would do.

    Args:
        corrected: the documents whose language changes.
        unchanged: ids of the documents that were in this language already.
    """

    corrected: tuple[CorrectedLanguage, ...] = ()
    unchanged: tuple[str, ...] = ()


def with_language(document: Document, config: Config) -> tuple[Document, tuple[Problem, ...]]:
    """A new document with its language: what its source says, or what is detected.

    Where that cannot be told it is the language of the corpus.

    Args:
        document: the document as a reader gives it.
        config: the settings of the corpus.

    Returns:
        The document, and what somebody should know about its language.
    """
    problems: list[Problem] = []
    lang = find_code(document.lang) if document.lang else ""
    if document.lang and not lang:
        message = f"{document.lang!r} is no code of a language; it is detected instead"
        problems.append(_note(document, message, severity="warning"))
    if not lang:
        detected = detect_for(document.text, config.corpus.languages)
        lang = detected.code or config.corpus.language
        if lang not in config.languages:
            corpus = " and ".join(config.languages)
            message = f"the text is in {lang} ({detected.confidence:.2f}), the corpus in {corpus}"
            problems.append(_note(document, message))
        elif not detected.code and len(config.languages) > 1:
            hint = f"if it is another one, run `curate set-language {document.id} CODE`"
            problems.append(
                _note(document, f"its language cannot be told; it counts as {lang}", hint)
            )
    return msgspec.structs.replace(document, lang=lang), tuple(problems)


def other_language(stored: Document, source: str) -> Iterator[Problem]:
    """How to correct the language of a document that is in the corpus under another one.

    Args:
        stored: the document in the corpus.
        source: what its source says now; empty if nothing.
    """
    lang = find_code(source)
    if lang and lang != stored.lang:
        message = f"it is in the corpus as {stored.lang or 'no language'}, its source says {lang}"
        hint = f"correct it with `curate set-language {stored.id} {lang}`"
        yield _note(stored, message, hint, severity="warning")


def set_language(
    workspace: Workspace, documents: Sequence[str], language: str, *, dry_run: bool = False
) -> LanguageCorrections:
    """Correct the language of documents.

    What programs proposed for the other language is forgotten where nobody has annotated the
    document, so that the next pre-annotation makes it anew. Gold keeps its spans.

    Args:
        workspace: the corpus.
        documents: beginnings of the documents' ids.
        language: the code of the language that they are in.
        dry_run: compute what would change, and change nothing.

    Raises:
        ConfigError: the language is no code.
        InputError: there is no such document.
    """
    check_code(language, "the language")
    with workspace.store.read() as tx:
        keys = list(dict.fromkeys(tx.identify(prefix) for prefix in documents))
    if dry_run:
        with workspace.store.read() as tx:
            return _corrections(_planned(tx, key, language) for key in keys)
    with workspace.writing("set-language"), workspace.store.begin() as tx:
        return _corrections(_correct(tx, workspace, key, language) for key in keys)


def _corrections(each: Iterator[CorrectedLanguage]) -> LanguageCorrections:
    plans = list(each)
    return LanguageCorrections(
        corrected=tuple(plan for plan in plans if plan.before != plan.after),
        unchanged=tuple(plan.document for plan in plans if plan.before == plan.after),
    )


def _planned(tx: Transaction, key: str, language: str) -> CorrectedLanguage:
    document, head, assignment = tx.document(key), tx.head(key), tx.assignment(key)
    before = document.lang if document else ""
    if before == language:
        return CorrectedLanguage(document=key, before=before, after=language)
    untouched = head is None and not (assignment and assignment.done)
    # spaCy's pipelines are named by their language first; one for all languages is kept.
    stale = (PROPOSAL, RULES, f"{MODEL}{before}_") if before else (PROPOSAL, RULES)
    dropped = [
        each.layer
        for each in tx.annotations(key, *stale)
        # What was imported cannot be made again.
        if untouched and (each.layer == PROPOSAL or not each.sources)
    ]
    return CorrectedLanguage(
        document=key,
        before=before,
        after=language,
        revision=head.number + 1 if head else 0,
        dropped=tuple(dropped),
    )


def _correct(tx: Transaction, workspace: Workspace, key: str, language: str) -> CorrectedLanguage:
    plan = _planned(tx, key, language)
    document, head = tx.document(key), tx.head(key)
    if document is None or plan.before == plan.after:
        return plan
    by = workspace.curator_provenance()
    change = LanguageChange(before=plan.before, by=by.author, at=by.at)
    tx.replace_document(
        msgspec.structs.replace(document, lang=language, corrected=(*document.corrected, change))
    )
    for layer in plan.dropped:
        tx.delete_layer(key, layer)
    if head is not None:
        # The guidelines under which it was annotated stay those of the revision before.
        provenance = msgspec.structs.replace(by, schema=head.schema)
        reason = f"language corrected from {plan.before or 'none'} to {language}"
        gold.recommit(tx, head, head.annotation, provenance, reason)
    return plan


def _note(document: Document, message: str, hint: str = "", severity: Severity = "info") -> Problem:
    return Problem(
        code="ingest.language",
        message=message,
        severity=severity,
        document=document.id,
        hint=hint,
    )
