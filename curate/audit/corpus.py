"""The audit of a corpus: kept at ``.curate/audit.json``, with what people made of it.

The gate and the report read the file by ``curate.audit.last_audit``, which looks at ``at``,
``revisions`` and ``suspects`` alone. A suspect that a person reviewed or dismissed is not in
``suspects`` any more, but in ``settled``, and does not come back as long as the gold has the same
there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from curate.audit import Item, Kind, Method, Suspect, prepare, suspects
from curate.audit.files import Asked, Audited, alike, identity, line, usable
from curate.audit.last_audit import FILE
from curate.doccano.comment_marker import add_marker
from curate.errors import InputError
from curate.layers import PROPOSERS
from curate.model import Problem, Record, Revision, SpanKey
from curate.store.transaction import Transaction
from curate.util import jsonl
from curate.util.progress import Progress, silent
from curate.version import __version__

if TYPE_CHECKING:
    from curate.workspace import Workspace

MOST = 1000  # suspects that are kept
_QUESTION: dict[Kind, str] = {
    "label": "Is this label right?",
    "boundary": "Are these edges right?",
    "missing": "Is something missing here?",
    "spurious": "Should this be marked?",
}
How = Literal["reviewed", "dismissed"]


class Settled(Record, frozen=True, kw_only=True):
    """A suspect that a person looked at, and did not find an error, or mended.

    Args:
        id: of the suspect.
        document: id of the document.
        span: the gold span it was about; None if it was about an unmarked place.
        place: first code point, and one past the last.
        how: ``reviewed``: the document was confirmed since; ``dismissed``: by ``--dismiss``.
        by: who.
        at: when.
        reason: why it was dismissed.
    """

    id: str
    document: str
    span: SpanKey | None
    place: tuple[int, int]
    how: How
    by: str
    at: str
    reason: str = ""

    def covers(self, suspect: Suspect) -> bool:
        """Whether a suspect of the same document is this one again, whatever it suggests."""
        if self.span is not None or suspect.span is not None:
            return self.span == suspect.span
        return self.place[0] < suspect.place[1] and suspect.place[0] < self.place[1]


class Request(Record, frozen=True, kw_only=True):
    """A document that is in review, and why: the suspects that people were asked about."""

    document: str
    at: str
    suspects: tuple[Suspect, ...]


class Kept(Record, frozen=True, kw_only=True):
    """The file.

    Args:
        at: when the audit was made.
        content: digest of what it looked at: gold, and layers of models and rules.
        version: of curate.
        seed: of the folds.
        methods: those that were asked for; none for all.
        documents: how many documents it looked at.
        spans: how many spans they have.
        found: how many suspects there were, whatever their score.
        revisions: number of the revision it looked at, by document.
        suspects: the open ones, the likeliest errors first; ``MOST`` at most.
        settled: what people reviewed or dismissed, sorted by document and id.
        requests: the documents that are in review, sorted by document.
    """

    at: str
    content: str
    version: str
    revisions: dict[str, int]
    suspects: tuple[Suspect, ...]
    seed: int = 0
    methods: tuple[Method, ...] = ()
    documents: int = 0
    spans: int = 0
    found: int = 0
    settled: tuple[Settled, ...] = ()
    requests: tuple[Request, ...] = ()


class Asking(Record, frozen=True, kw_only=True):
    """What ``audit --push`` did, or would do.

    Args:
        project: the project for reviews.
        suspects: how many suspects people are asked about there.
        asked: documents that they were not asked about before, sorted.
        waiting: how many documents were in review already.
        pushed: how many documents were pushed.
        problems: what was found wrong on the server.
        dry_run: whether nothing was written.
    """

    project: str
    suspects: int
    asked: tuple[str, ...] = ()
    waiting: int = 0
    pushed: int = 0
    problems: tuple[Problem, ...] = ()
    dry_run: bool = False


class Looked(Record, frozen=True, kw_only=True):
    """What an audit looks at, as it is in the store."""

    items: tuple[Item, ...]
    heads: dict[str, Revision]

    @property
    def revisions(self) -> dict[str, int]:
        """Number of the revision of each document."""
        return {key: head.number for key, head in sorted(self.heads.items())}

    @property
    def content(self) -> str:
        """Digest of the gold, and of the layers of models and rules."""
        return jsonl.digest(
            [
                (item.document.id, [span.key for span in item.spans], item.group)
                + tuple((name, [s.key for s in said]) for name, said in sorted(item.layers.items()))
                for item in self.items
            ]
        )


def load(state: Path) -> Kept | None:
    """The last audit; None if there was none.

    Raises:
        InputError: the file is damaged.
    """
    hint = "delete it and run `curate audit` again; what was dismissed is then forgotten"
    return jsonl.load(state / FILE, Kept, hint)


def known(state: Path) -> Kept:
    """The last audit.

    Raises:
        InputError: there was none, or the file is damaged.
    """
    found = load(state)
    if found is None:
        raise InputError("the corpus was never audited", "run `curate audit`")
    return found


def save(state: Path, kept: Kept) -> None:
    """Keep an audit, whole or not at all."""
    jsonl.write(state / FILE, jsonl.canonical(kept) + b"\n")


def look(tx: Transaction) -> Looked:
    """The gold of a corpus, with the layers of models and rules."""
    heads = {d.id: (d, revision) for d, revision in tx.heads() if not revision.deleted}
    groups = alike(document for document, _ in heads.values())
    return Looked(
        items=tuple(
            Item(
                document=document,
                spans=revision.spans,
                layers={each.layer: each.spans for each in tx.annotations(key, *PROPOSERS)},
                group=groups.get(key, ""),
            )
            for key, (document, revision) in heads.items()
        ),
        heads={key: revision for key, (_, revision) in heads.items()},
    )


def rank_suspects(
    looked: Looked, before: Kept | None, asked: Asked, at: str, tell: Progress
) -> tuple[Kept, Audited]:
    """Audit a corpus; where nothing changed since the last time, that one counts.

    Args:
        looked: the corpus.
        before: the last audit.
        asked: what to do.
        at: the time.
        tell: is told of the progress.

    Raises:
        CurateError: a library that a method needs is not installed.
    """
    corpus = prepare(looked.items)
    methods, problems = usable(corpus, asked)
    known = before is not None and _same(before, looked, asked)
    if before is None or not known:
        found = suspects(corpus, methods, asked.seed, tell)
        kept = _kept(looked, found, before, asked, at)
    else:  # what is the same may have been confirmed again
        kept = msgspec.structs.replace(settle(before, looked.heads), revisions=looked.revisions)
    texts = {item.document.id: item.document for item in looked.items}
    lines = (line(s, texts[s.document].text, texts[s.document].title) for s in kept.suspects)
    return kept, Audited(
        documents=kept.documents,
        spans=kept.spans,
        found=kept.found,
        lines=tuple(lines)[: asked.top or None],
        methods=methods,
        problems=problems,
        settled=len(kept.settled),
        at=kept.at,
        known=known,
    )


def dismiss_suspects(kept: Kept, ids: Iterable[str], by: str, at: str, reason: str) -> Kept:
    """Take suspects from the list, because they are no errors.

    Raises:
        InputError: there is no such suspect, or two whose ids begin so.
    """
    gone = {_chosen(kept, start) for start in ids}
    settled = [_settled(s, "dismissed", by, at, reason) for s in kept.suspects if s in gone]
    return msgspec.structs.replace(
        kept,
        suspects=tuple(suspect for suspect in kept.suspects if suspect not in gone),
        settled=_sorted([*kept.settled, *settled]),
    )


def asked(state: Path) -> dict[str, tuple[str, ...]]:
    """What people are asked to review, a sentence a suspect, the most urgent document first.

    Raises:
        InputError: the file is damaged.
    """
    kept = load(state)
    found = sorted(kept.requests if kept else (), key=lambda each: -each.suspects[0].score)
    return {each.document: tuple(map(question, each.suspects)) for each in found}


def question(suspect: Suspect) -> str:
    """What a reviewer is asked, with the mark by which curate knows its own comments."""
    place = f"{suspect.place[0]}–{suspect.place[1]}"
    why = "; ".join(each.words for each in suspect.evidence)
    body = f"{_QUESTION[suspect.kind]} ({place}, {suspect.score:.2f})"
    if suspect.suggestion:
        body += f", rather {suspect.suggestion[2]} {suspect.suggestion[0]}–{suspect.suggestion[1]}"
    return add_marker(f"{body}: {why}", f"audit.{suspect.kind} {identity(suspect)}")


def request(kept: Kept, top: int, reviewed: Collection[str], at: str) -> tuple[Kept, list[str]]:
    """Ask people about the likeliest errors.

    Args:
        kept: the last audit.
        top: how many suspects; 0 for all.
        reviewed: documents whose review is done: they are asked about anew, if at all.
        at: the time.

    Returns:
        The audit with its requests, and the documents that were not asked about before.
    """
    open_ = {each.document: each for each in kept.requests if each.document not in reviewed}
    fresh: list[str] = []
    for suspect in kept.suspects[: top or None]:
        known = open_.get(suspect.document)
        if known is None:
            fresh.append(suspect.document)
            known = Request(document=suspect.document, at=at, suspects=())
        if identity(suspect) not in map(identity, known.suspects):
            known = msgspec.structs.replace(known, suspects=(*known.suspects, suspect))
        open_[suspect.document] = known
    requests = tuple(open_[key] for key in sorted(open_))
    return msgspec.structs.replace(kept, requests=requests), fresh


def settle(kept: Kept, heads: Mapping[str, Revision]) -> Kept:
    """Take from the list what people reviewed since: their documents were confirmed again."""
    gone = {
        suspect: head
        for suspect in kept.suspects
        if (head := heads.get(suspect.document)) is not None
        and head.number > kept.revisions.get(suspect.document, head.number)
        and head.confirmed_by
        and head.confirmed_at > kept.at
    }
    settled = [
        _settled(suspect, "reviewed", head.confirmed_by, head.confirmed_at)
        for suspect, head in gone.items()
    ]
    return msgspec.structs.replace(
        kept,
        suspects=tuple(suspect for suspect in kept.suspects if suspect not in gone),
        settled=_sorted([*kept.settled, *settled]),
    )


def _same(before: Kept, looked: Looked, asked: Asked) -> bool:
    mine = (before.content, before.seed, before.methods, before.version)
    return mine == (looked.content, asked.seed, asked.methods, __version__)


def _kept(
    looked: Looked, found: Sequence[Suspect], before: Kept | None, asked: Asked, at: str
) -> Kept:
    settled = settle(before, looked.heads).settled if before else ()
    by_document: dict[str, list[Settled]] = defaultdict(list)
    for each in settled:
        by_document[each.document].append(each)
    open_ = (s for s in found if not any(each.covers(s) for each in by_document[s.document]))
    return Kept(
        at=at,
        content=looked.content,
        version=__version__,
        seed=asked.seed,
        methods=asked.methods,
        documents=len(looked.items),
        spans=sum(len(item.spans) for item in looked.items),
        found=len(found),
        revisions=looked.revisions,
        suspects=tuple(islice(open_, MOST)),
        settled=settled,
        requests=before.requests if before else (),
    )


def _chosen(kept: Kept, start: str) -> Suspect:
    found = [s for s in kept.suspects if start and identity(s).startswith(start)]
    if len(found) != 1:
        what = "no open suspect" if not found else f"{len(found)} suspects"
        raise InputError(f"{what} with an id that begins with {start!r}", "see `curate audit`")
    return found[0]


def _settled(suspect: Suspect, how: How, by: str, at: str, reason: str = "") -> Settled:
    return Settled(
        id=identity(suspect),
        document=suspect.document,
        span=suspect.span,
        place=suspect.place,
        how=how,
        by=by,
        at=at,
        reason=reason,
    )


def _sorted(settled: Iterable[Settled]) -> tuple[Settled, ...]:
    return tuple(sorted(settled, key=lambda each: (each.document, each.id, each.at)))


def audit(workspace: Workspace, asked: Asked, progress: Progress = silent) -> Audited:
    """Rank the likely label errors of the gold, and keep the list at ``.curate/audit.json``.

    What people reviewed or dismissed since the last time is not in it any more. Where nothing
    changed, the list of the last time counts.

    Raises:
        CurateError: a library that a method needs is not installed.
    """

    with workspace.locked("audit"):
        with workspace.store.begin() as tx:
            looked = look(tx)
        before = load(workspace.state)
        kept, found = rank_suspects(looked, before, asked, workspace.now(), progress)
        save(workspace.state, kept)
    return found


def dismiss(workspace: Workspace, ids: list[str], reason: str = "") -> tuple[Settled, ...]:
    """Take suspects of the last audit from its list; they do not come back.

    Args:
        ids: what they are called in the list, or how that begins.
        reason: why they are no errors.

    Raises:
        InputError: there was no audit, or there is no such suspect.
    """

    with workspace.locked("audit"):
        before = known(workspace.state)
        by, at = workspace.config.corpus.curator, workspace.now()
        kept = dismiss_suspects(before, ids, by, at, reason)
        save(workspace.state, kept)
    return tuple(each for each in kept.settled if each not in before.settled)
