"""What each verb of a workspace gives back; the command line prints it, or writes it as JSON."""

from __future__ import annotations

from curate.annotations.merge import Conflict
from curate.model import Annotation, Comment, Document, Problem, Record, Revision
from curate.sync.plan import Outcome, Plan


class Initialised(Record, frozen=True, kw_only=True):
    """What ``init`` did: the files it made, and the documents with gold that are there now."""

    root: str
    made: tuple[str, ...] = ()
    gold: int = 0


class Ingested(Record, frozen=True, kw_only=True):
    """What ``ingest`` did: ids of new documents, ids known before, and what was refused."""

    added: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class Preannotated(Record, frozen=True, kw_only=True):
    """What ``preannotate`` did: documents, spans proposed per layer, and what went wrong."""

    documents: int = 0
    spans: dict[str, int] = {}
    problems: tuple[Problem, ...] = ()


class Synced(Record, frozen=True, kw_only=True):
    """What ``sync`` did.

    Args:
        preannotated: the pre-annotation before it.
        outcome: what was done in Doccano and here, in all projects together.
        parts: the same for each project, where annotators work apart.
        assigned: documents that somebody was asked to annotate, new by this sync.
        settled: documents that became gold because all their annotators say the same.
        differing: documents on which annotators differ and nobody decided yet.
        files: the files it wrote.
    """

    preannotated: Preannotated
    outcome: Outcome
    parts: dict[str, Outcome] = {}
    assigned: int = 0
    settled: int = 0
    differing: int = 0
    files: tuple[str, ...] = ()


class Preview(Record, frozen=True, kw_only=True):
    """What ``sync`` would do, in all projects together; ``parts`` has each where there are more."""

    preannotate: int
    project: tuple[str, ...]
    plan: Plan
    parts: dict[str, Plan] = {}
    assign: int = 0


class Status(Record, frozen=True, kw_only=True):
    """Where the corpus stands; ``unreachable`` says why the server could not be asked.

    ``waiting`` names the documents in each state in which somebody has to do something.
    """

    documents: int
    gold: int
    states: dict[str, int]
    releases: tuple[str, ...]
    conflicts: tuple[str, ...]
    server: str = ""
    unreachable: str = ""
    waiting: dict[str, tuple[str, ...]] = {}
    problems: tuple[Problem, ...] = ()


class Listed(Record, frozen=True, kw_only=True):
    """A document in a line; ``revision`` is 0 where it has no gold."""

    id: str
    title: str
    revision: int = 0
    spans: int = 0


class Shown(Record, frozen=True, kw_only=True):
    """A document with what one layer says about it; ``layers`` names the others.

    ``comments`` are what people wrote about it in Doccano.
    """

    document: Document
    annotation: Annotation
    layers: tuple[str, ...]
    revision: Revision | None = None
    comments: tuple[Comment, ...] = ()


class Conflicts(Record, frozen=True, kw_only=True):
    """The open conflicts of one document, numbered from 1 in this order."""

    document: Document
    conflicts: tuple[Conflict, ...]


class Resolved(Record, frozen=True, kw_only=True):
    """What ``resolve`` did: the revision it made, if any, and the conflicts still open."""

    document: str
    settled: int
    open: int
    revision: Revision | None = None
