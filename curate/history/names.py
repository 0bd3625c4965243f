"""Releases and revisions by the names that people type: ``0.1.0`` and ``1a2e@3``."""

from __future__ import annotations

import re

from curate.errors import InputError
from curate.model import Document, Release, Revision
from curate.release import choose_version
from curate.store.transaction import Transaction

RELEASE = re.compile(r"\d+\.\d+\.\d+")
REVISION = re.compile(r"([0-9a-f]+)@(\d+)")


def named_release(tx: Transaction, version: str) -> Release:
    """The release with this version, or the newest one where it is empty.

    Raises:
        ReleaseError: there is no such release.
    """
    release = tx.release(choose_version(tx.release_versions(), version))
    assert release is not None
    return release


def named_revision(tx: Transaction, name: str) -> tuple[Document, Revision]:
    """The document and the revision that a name such as ``1a2e@3`` stands for.

    Raises:
        InputError: it is not such a name, or there is no such document or revision.
    """
    match = REVISION.fullmatch(name)
    if match is None:
        raise InputError(f"{name!r} is not a revision", "write it as in 1a2e@3")
    return revision_of(tx, tx.identify(match[1]), int(match[2]))


def revision_of(tx: Transaction, document: str, number: int) -> tuple[Document, Revision]:
    """A document, by its full id, with one of its revisions.

    Raises:
        InputError: there is no such document or revision.
    """
    text, revision = tx.document(document), tx.revision(document, number)
    if text is None or revision is None:
        raise InputError(f"{document} has no revision {number}", f"see `curate log {document}`")
    return text, revision
