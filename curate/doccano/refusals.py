"""Which errors of a server concern one document only."""

from __future__ import annotations

from curate.doccano.transport import Busy, Refused
from curate.errors import DocumentRefused, RemoteError

# What a server answers that does not like one request. Anything else concerns all documents: the
# account (401, 403), or a server that is busy or away (429, 502 to 504).
_OF_DOCUMENT = (400, 404, 405, 409, 413, 415, 422, 500)


def concerns_document(error: RemoteError) -> bool:
    """Whether an error of the server concerns one document, and others may go through."""
    if isinstance(error, Refused):
        return not isinstance(error, Busy) and error.status in _OF_DOCUMENT
    return isinstance(error, DocumentRefused)
