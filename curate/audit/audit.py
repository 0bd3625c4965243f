"""The audit of a workspace: likely label errors of its gold, and dismissing them."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from curate.audit.audit_file import (
    MAX_SUSPECTS,
    AuditFile,
    ResolvedSuspect,
    load_audit,
    require_audit,
    resolve_dismissed,
    resolve_reviewed,
    save_audit,
)
from curate.audit.detection import detect_errors
from curate.audit.documents import AuditedDocument, tokenise_corpus
from curate.audit.report import AuditOptions, AuditReport, in_context, usable_methods
from curate.audit.suspects import Suspect
from curate.dedup.clusters import near_duplicate_clusters
from curate.layers import PROPOSERS
from curate.model import Record, Revision
from curate.store.transaction import Transaction
from curate.util import jsonl
from curate.util.progress import Progress, silent
from curate.version import __version__

if TYPE_CHECKING:
    from curate.workspace import Workspace


class AuditInput(Record, frozen=True, kw_only=True):
    """What an audit examines.

    Args:
        documents: the documents with gold, and the layers of models and rules.
        heads: the newest revision of each.
    """

    documents: tuple[AuditedDocument, ...]
    heads: dict[str, Revision]

    @property
    def revisions(self) -> dict[str, int]:
        """Number of the revision of each document."""
        return {key: head.number for key, head in sorted(self.heads.items())}

    @property
    def content(self) -> str:
        """Digest of the gold and of the layers of models and rules."""
        return jsonl.digest(
            [
                (audited.document.id, [span.key for span in audited.spans], audited.group)
                + tuple(
                    (name, [span.key for span in spans])
                    for name, spans in sorted(audited.layers.items())
                )
                for audited in self.documents
            ]
        )


def audit(workspace: Workspace, options: AuditOptions, progress: Progress = silent) -> AuditReport:
    """Rank the likely label errors of the gold, and save the list to ``.curate/audit.json``.

    Suspects that people reviewed or dismissed are left out. If nothing has changed since the last
    audit, its list is returned.

    Raises:
        CurateError: a library that a method needs is not installed.
    """
    with workspace.locked("audit"):
        with workspace.store.begin() as tx:
            examined = read_input(tx)  # the transaction ends before an audit of minutes
        previous = load_audit(workspace.state)
        corpus = tokenise_corpus(examined.documents)
        methods, problems = usable_methods(corpus, options)
        unchanged = previous is not None and _is_same(previous, examined, options)
        if previous is None or not unchanged:
            suspects = detect_errors(corpus, methods, options.seed, progress)
            current = _audit_file(examined, suspects, previous, options, workspace.now())
        else:  # the same gold may have been confirmed again
            reviewed = resolve_reviewed(previous, examined.heads)
            current = msgspec.structs.replace(reviewed, revisions=examined.revisions)
        save_audit(workspace.state, current)
    texts = {audited.document.id: audited.document for audited in examined.documents}
    listed = current.suspects[: options.top or None]
    return AuditReport(
        documents=current.documents,
        spans=current.spans,
        found=current.found,
        lines=tuple(
            in_context(it, texts[it.document].text, texts[it.document].title) for it in listed
        ),
        methods=methods,
        problems=problems,
        settled=len(current.settled),
        at=current.at,
        known=unchanged,
    )


def dismiss_suspects(
    workspace: Workspace, ids: list[str], reason: str = ""
) -> tuple[ResolvedSuspect, ...]:
    """Remove suspects from the list of the last audit because they are not errors.

    Args:
        workspace: the workspace.
        ids: beginnings of the ids of the suspects.
        reason: why they are not errors.

    Raises:
        InputError: there was no audit, or there is no such suspect.
    """
    with workspace.locked("audit"):
        previous = require_audit(workspace.state)
        curator = workspace.config.corpus.curator
        current = resolve_dismissed(previous, ids, curator, workspace.now(), reason)
        save_audit(workspace.state, current)
    return tuple(suspect for suspect in current.settled if suspect not in previous.settled)


def read_input(tx: Transaction) -> AuditInput:
    """The gold of a corpus, with the layers of models and rules."""
    heads = {doc.id: (doc, revision) for doc, revision in tx.heads() if not revision.deleted}
    groups = near_duplicate_clusters(document for document, _ in heads.values())
    return AuditInput(
        documents=tuple(
            AuditedDocument(
                document=document,
                spans=revision.spans,
                layers={it.layer: it.spans for it in tx.annotations(key, *PROPOSERS)},
                group=groups.get(key, ""),
            )
            for key, (document, revision) in heads.items()
        ),
        heads={key: revision for key, (_, revision) in heads.items()},
    )


def _is_same(previous: AuditFile, examined: AuditInput, options: AuditOptions) -> bool:
    # The content has no revision numbers: confirming the same gold again changes no suspect.
    before = (previous.content, previous.seed, previous.methods, previous.version)
    return before == (examined.content, options.seed, options.methods, __version__)


def _audit_file(
    examined: AuditInput,
    suspects: list[Suspect],
    previous: AuditFile | None,
    options: AuditOptions,
    at: str,
) -> AuditFile:
    settled = resolve_reviewed(previous, examined.heads).settled if previous else ()
    by_document: dict[str, list[ResolvedSuspect]] = defaultdict(list)
    for resolved in settled:
        by_document[resolved.document].append(resolved)
    open_suspects = (
        suspect
        for suspect in suspects
        if not any(resolved.covers(suspect) for resolved in by_document[suspect.document])
    )
    return AuditFile(
        at=at,
        content=examined.content,
        version=__version__,
        seed=options.seed,
        methods=options.methods,
        documents=len(examined.documents),
        spans=sum(len(audited.spans) for audited in examined.documents),
        found=len(suspects),
        revisions=examined.revisions,
        suspects=tuple(islice(open_suspects, MAX_SUSPECTS)),
        settled=settled,
        requests=previous.requests if previous else (),
    )
