"""``curate clone``: a workspace from a Doccano project that people made without curate.

Nothing on the server is changed. What is confirmed becomes gold, and what is only marked becomes
layers; the store then knows the project as if it had pushed and pulled it, so that a sync goes on
from there once it is asked to adopt it.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from curate.clone.address import parse_address
from curate.clone.documents import ClonedDocument, DocumentReader
from curate.clone.files import write_files
from curate.clone.imports import ImportEvidence
from curate.clone.records import FoundProject, SourceExample, SourceProject
from curate.clone.units import Unit, UnitEvidence
from curate.doccano.credentials import URL, resolve
from curate.doccano.server_address import is_loopback
from curate.errors import InputError
from curate.layers import annotator_layer
from curate.model import Problem, Record
from curate.store import gold
from curate.store.records import RemoteProject, RemoteState
from curate.text.language import detect
from curate.util import clock, jsonl
from curate.util.batches import batched
from curate.util.progress import Progress, silent
from curate.workspace import Workspace

if TYPE_CHECKING:
    from curate.clone.reading import ReadExamples
    from curate.doccano.session import Session
    from curate.store.transaction import Transaction

_BATCH = 200
_STATE, _READ = "clone.json", "clone.jsonl"
_LANGUAGE_SAMPLE = 50


class CloneOptions(Record, frozen=True, kw_only=True):
    """How a project is to be read where it does not say.

    Args:
        language: ISO 639-1 code of the corpus; by default that of most of the first documents.
        offsets: what imported spans count where their texts do not tell.
        imported: accounts of which it is known that they only imported.
    """

    language: str = ""
    offsets: Unit | None = None
    imported: tuple[str, ...] = ()


class CloneReport(Record, frozen=True, kw_only=True):
    """What ``clone`` made.

    Args:
        root: the workspace.
        project: where it comes from.
        number: the server's id of the project.
        files: the files that were made, relative to the root.
        documents: how many documents there are.
        gold: how many of them have gold.
        layers: number of spans, relations and categories by layer.
        comments: how many comments were taken.
        people: for each account, how many documents it confirmed.
        problems: what is odd, and what could not be taken.
        dry_run: whether nothing was made.
    """

    root: str
    project: str
    number: int
    files: tuple[str, ...] = ()
    documents: int = 0
    gold: int = 0
    layers: dict[str, int] = {}
    comments: int = 0
    people: dict[str, int] = {}
    problems: tuple[Problem, ...] = ()
    dry_run: bool = False


class _CloneState(Record, frozen=True, kw_only=True):
    """Identity of a clone that is not finished."""

    url: str
    project: int
    marker: str


def list_cloneable(
    address: str, notify: Callable[[str], None] = lambda message: None
) -> list[FoundProject]:
    """The projects of a server that the account can see.

    Raises:
        RemoteError: the server cannot be reached or refuses.
    """
    from curate.clone.project import list_projects

    with _connect(parse_address(address).url, notify) as session:
        return list(list_projects(session))


def clone(
    address: str,
    folder: Path | None = None,
    options: CloneOptions | None = None,
    *,
    dry_run: bool = False,
    now: Callable[[], str] = clock.now,
    notify: Callable[[str], None] = lambda message: None,
    progress: Progress = silent,
) -> CloneReport:
    """Make a workspace from a project; one that was interrupted is completed.

    Args:
        address: ``URL#PROJECT``, with the name or the number of the project.
        folder: the workspace; by default one named after the project.
        options: how the project is to be read where it does not say.
        dry_run: only say what there is; nothing is made.
        now: returns the time as ISO 8601 in UTC.
        notify: called with a sentence that the user should read.
        progress: called as the work advances.

    Raises:
        InputError: there is no such project, the folder holds something else, or it cannot be known
            what the offsets of an import count.
        RemoteError: the server cannot be reached or refuses. What was read is kept, and the same
            command resumes.
    """
    from curate.clone.project import find_source, read_source, slug

    options = options or CloneOptions()
    url, wanted = parse_address(address)
    with _connect(url, notify) as session:
        row = find_source(session, wanted)
        language = options.language or _language(session, int(row["id"]))
        source, problems = read_source(session, row, language)
        problems = (*problems, *_rights(session, source))
        root = (folder or Path(slug(source.name))).resolve()
        state = _clone_state(root, source)
        if dry_run:
            return _preview(session, source, root, problems)
        return _clone(session, source, root, state, options, problems, now, progress)


def _connect(address: str, notify: Callable[[str], None]) -> Session:
    from curate.doccano.session import connect

    environment = {name: value for name, value in os.environ.items() if name != URL}
    account = resolve(address, lambda: None, environment)
    if account.url.startswith("http://") and not is_loopback(account.url):
        notify(f"warning: the password and the articles go to {account.url} unencrypted")
    return connect(account.url, account.username, account.password)


def _language(session: Session, project: int) -> str:
    """The language of most of the first texts of a project."""
    query = {"limit": _LANGUAGE_SAMPLE, "ordering": "created_at"}
    rows = session.get(f"projects/{project}/examples", params=query).json()["results"]
    codes = Counter(detect(str(row["text"] or "")).code for row in rows)
    del codes[""]
    return codes.most_common(1)[0][0] if codes else "en"


def _rights(session: Session, source: SourceProject) -> tuple[Problem, ...]:
    """What the account may not read, or may not do in a sync."""
    me = session.get("me").json()
    if me["is_superuser"] or source.role == "project_admin":
        return ()
    return (
        Problem(
            code="clone.rights",
            severity="warning",
            message=f"{me['username']} is {source.role} of the project: all documents, marks, "
            "confirmations and comments can be read, the roles of its members cannot; and a sync "
            "needs the role project_admin",
            hint=f"an administrator of the project can give it at {source.url}/projects/"
            f"{source.id}/members",
        ),
    )


def _clone_state(root: Path, source: SourceProject) -> _CloneState:
    """The identity of the clone, kept from an earlier try.

    Raises:
        InputError: the folder holds something else.
    """
    hint = "name another folder, or remove it"
    path = root / ".curate" / _STATE
    state = jsonl.load(path, _CloneState, hint)
    if state is not None and (state.url, state.project) == (source.url, source.id):
        return state
    if state is not None or (root.exists() and any(root.iterdir())):
        raise InputError(f"{root} is not empty, and no clone of {source.origin}", hint)
    marker = source.marker or secrets.token_hex(16)
    return _CloneState(url=source.url, project=source.id, marker=marker)


def _preview(
    session: Session, source: SourceProject, root: Path, problems: tuple[Problem, ...]
) -> CloneReport:
    progress = session.get(f"projects/{source.id}/metrics/progress").json()
    comments = session.get(f"projects/{source.id}/comments", params={"limit": 1}).json()
    return CloneReport(
        root=str(root),
        project=source.origin,
        number=source.id,
        documents=int(progress["total"]),
        gold=int(progress["complete"]),
        comments=int(comments["count"]),
        problems=problems,
        dry_run=True,
    )


def _clone(
    session: Session,
    source: SourceProject,
    root: Path,
    state: _CloneState,
    options: CloneOptions,
    problems: tuple[Problem, ...],
    now: Callable[[], str],
    progress: Progress,
) -> CloneReport:
    from curate.clone.reading import ReadExamples, read_examples

    jsonl.write(root / ".curate" / _STATE, jsonl.canonical(state))
    files = write_files(root, source)
    workspace = Workspace(root, now)
    kept = ReadExamples(root / ".curate" / _READ)
    with workspace.locked("clone"):
        there = read_examples(session, source, kept, progress)
        importer = _Importer(workspace, source, state.marker, kept, options, progress)
        importer.record_project(session.server_time())
        importer.add_all(there)
        files += workspace.write_annotations()
        kept.remove()
        (root / ".curate" / _STATE).unlink()
    return importer.report(tuple(files), problems)


class _Copies(NamedTuple):
    """The examples with one text: the one that is taken, and the others."""

    chosen: int
    others: tuple[int, ...]


class _Importer:
    """Puts what was read into the store."""

    def __init__(
        self,
        workspace: Workspace,
        source: SourceProject,
        marker: str,
        kept: ReadExamples,
        options: CloneOptions,
        progress: Progress,
    ) -> None:
        self._workspace, self._source, self._marker = workspace, source, marker
        self._kept, self._progress = kept, progress
        ids = {name: number for number, name in source.accounts.items()}
        unknown = [name for name in options.imported if name not in ids]
        if unknown:
            raise InputError(
                f"{source.url} has no account {unknown[0]!r}", "correct it after --imported"
            )
        self._imports = ImportEvidence(kept, {ids[name] for name in options.imported})
        units = self._units(options.offsets)
        self._now = workspace.now()
        self._reader = DocumentReader(
            source, self._imports, units, self._now, options.offsets or "utf16"
        )
        self._problems: list[Problem] = []
        self._layers: Counter[str] = Counter()
        self._people: Counter[str] = Counter()
        self._documents = self._gold = self._comments = 0

    def _units(self, named: Unit | None) -> UnitEvidence:
        """What the offsets of each import count.

        Raises:
            InputError: of one it cannot be known.
        """
        units = UnitEvidence()
        seen: dict[tuple[int, int], int] = {}
        for example in self._kept:
            for each in example.rows:
                batch = self._imports.batch(each.row) if each.kind == "span" else None
                if batch is not None:
                    label = self._source.label_types["span"].get(each.row.label, "")
                    units.add(batch, example.text, each.start, each.end, label)
                    seen.setdefault(batch, example.example)
        unknown = [example for batch, example in seen.items() if units.unit(batch) is None]
        if unknown and named is None:
            raise InputError(
                "it cannot be known whether imported spans count code points or UTF-16 units "
                f"(such as those of example {unknown[0]}): behind a character beyond U+FFFF, both "
                "are possible",
                "look at the example in Doccano: if its marks are where they belong, run the "
                "command again with --offsets utf16, if they are too far left, with --offsets "
                "codepoints",
            )
        return units

    def record_project(self, server_time: str) -> None:
        """Record the project, which the first sync is to be asked to adopt."""
        source = self._source
        with self._workspace.store.begin() as tx:
            tx.put_remote(
                RemoteProject(
                    marker=self._marker, url=source.url, name=source.name, project=source.id
                )
            )
            tx.put_remote_state(
                self._marker,
                RemoteState(
                    accounts=source.accounts,
                    label_types=source.label_types,
                    pushers=tuple(sorted(self._imports.importers)),
                    server_time=server_time,
                    unstamped=True,
                    cloned=True,
                ),
            )

    def add_all(self, there: set[int]) -> None:
        """Add every example that is still there."""
        copies = self._copies(there)
        skipped = {other for each in copies for other in each.others}
        for batch in batched(self._kept, _BATCH):
            with self._workspace.store.begin() as tx:
                for example in batch:
                    if example.example not in there:
                        self._report_gone(example)
                    elif not example.text.strip():
                        self._report_empty(example)
                    elif example.example not in skipped:
                        self._add(tx, self._reader.read(example), example)
            self._progress("store", self._documents, len(there))
        self._add_copies(copies)

    def _add(self, tx: Transaction, cloned: ClonedDocument, example: SourceExample) -> None:
        document = cloned.document
        tx.add_document(document)
        self._documents += 1
        if cloned.gold is not None:
            self._gold += 1
            self._people[cloned.confirmed_by] += 1
            self._count("gold", len(cloned.tracked.seen.rows.spans))
            if tx.head(document.id) is None:
                self._commit(tx, cloned)
        for layer in cloned.layers:
            tx.put_annotation(layer)
            size = len(layer.spans) + len(layer.relations) + len(layer.categories)
            self._count(layer.layer, size)
        tx.put_tracked(self._marker, cloned.tracked)
        tx.put_comments(self._marker, document.id, example.comments)
        self._comments += len(example.comments)
        self._problems += cloned.problems

    def _count(self, layer: str, size: int) -> None:
        self._layers[layer] += size

    def _commit(self, tx: Transaction, cloned: ClonedDocument) -> None:
        assert cloned.gold is not None
        gold.commit(
            tx,
            None,
            cloned.gold,
            gold.Provenance(
                author=annotator_layer(cloned.confirmed_by),
                at=self._now,
                schema=self._source.schema.id,
            ),
            f"cloned from {self._source.origin}",
            sync=f"clone-{self._marker[:8]}",
            confirmed_by=cloned.confirmed_by,
            confirmed_at=cloned.confirmed_at,
        )

    def _copies(self, there: set[int]) -> list[_Copies]:
        """Examples with the same text: a confirmed one is taken, else a marked one, else the
        oldest."""
        found: dict[str, list[tuple[bool, bool, int]]] = {}
        for each in self._kept:
            if each.example in there and each.text.strip():
                order = (not each.confirmed, not each.rows, each.example)
                found.setdefault(jsonl.document_id(each.text), []).append(order)
        ordered = (sorted(examples) for examples in found.values() if len(examples) > 1)
        return [_Copies(first[2], tuple(o[2] for o in others)) for first, *others in ordered]

    def _add_copies(self, copies: Sequence[_Copies]) -> None:
        """Keep what was marked in copies as layers, where it differs from what was taken."""
        chosen = {other: each.chosen for each in copies for other in each.others}
        if not chosen:
            return
        contents = {
            each.example: self._reader.content(each)
            for each in self._kept
            if each.example in chosen.values()
        }
        for example in self._kept:
            if example.example not in chosen:
                continue
            taken = chosen[example.example]
            kept: list[str] = []
            if example.rows and self._reader.content(example) != contents[taken]:
                with self._workspace.store.begin() as tx:
                    for layer in self._reader.versions(example):
                        if tx.annotation(layer.document, layer.layer) is None:
                            tx.put_annotation(layer)
                            kept.append(layer.layer)
            self._problems.append(_copy(example, taken, kept))

    def _report_gone(self, example: SourceExample) -> None:
        self._problems.append(
            Problem(
                code="clone.gone",
                severity="info",
                message=f"example {example.example} was deleted while the project was read; it is "
                "left out",
            )
        )

    def _report_empty(self, example: SourceExample) -> None:
        self._problems.append(
            Problem(
                code="clone.empty",
                severity="warning",
                message=f"example {example.example} has no text; it is left out",
                hint="delete it in Doccano if it is there by mistake",
            )
        )

    def report(self, files: tuple[str, ...], problems: tuple[Problem, ...]) -> CloneReport:
        """What was made."""
        return CloneReport(
            root=str(self._workspace.root),
            project=self._source.origin,
            number=self._source.id,
            files=files,
            documents=self._documents,
            gold=self._gold,
            layers=dict(sorted(self._layers.items())),
            comments=self._comments,
            people=dict(sorted(self._people.items())),
            problems=(*problems, *self._problems),
        )


def _copy(example: SourceExample, taken: int, kept: list[str]) -> Problem:
    message = f"example {example.example} has the same text as example {taken}, which is taken"
    if kept:
        message += f"; what was marked in it differs and is kept as {', '.join(kept)}"
    elif example.rows:
        message += "; what was marked in it is in the other one too, or stays only in Doccano"
    return Problem(
        code="clone.copy",
        severity="warning",
        message=message,
        document=jsonl.document_id(example.text),
        hint="syncs leave it alone; delete it in Doccano once nobody works in it",
    )
