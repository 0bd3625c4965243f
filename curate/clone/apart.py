"""A project with annotators apart: read by exports, since nobody is shown the marks of others.

While *Share annotations* is off, Doccano's lists show each account its own marks and confirmations
only, also to administrators. An export has a file for each member, and one of the confirmed
documents shows who confirmed what. Neither has times. Nothing of it can be read without the role
``project_admin``.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from curate.agreement import adjudicate_document, confirmed_versions, consensus
from curate.clone.documents import to_document
from curate.clone.importer import empty_example, named_accounts, unknown_unit
from curate.clone.records import CloneOptions, CloneReport, SourceExample, SourceProject
from curate.clone.units import Unit, UnitEvidence
from curate.doccano.codec import Row, decode
from curate.doccano.comments import comments_of_project
from curate.doccano.names import ProjectNames
from curate.doccano.pull import export_members
from curate.doccano.session import Session, utc_time
from curate.errors import RemoteError
from curate.layers import PROPOSAL, annotator_layer, import_author
from curate.model import Annotation, Assignment, Category, Problem, Relation, Span
from curate.store import gold
from curate.util import jsonl
from curate.util.batches import batched
from curate.util.progress import Progress

if TYPE_CHECKING:
    from curate.store.transaction import Transaction
    from curate.workspace import Workspace

_BATCH = 200


class MemberVersion(NamedTuple):
    """What one member marked in an example: a row of the export, and whether it was confirmed."""

    row: Row
    confirmed: bool


class ApartExample(NamedTuple):
    """An example, and what each member marked in it, by account name."""

    example: SourceExample
    versions: Mapping[str, MemberVersion]


def read_apart(
    session: Session, source: SourceProject, progress: Progress
) -> Iterator[ApartExample]:
    """Every example with the versions of all members, those without marks among them.

    Raises:
        RemoteError: an export failed, or examples were added or deleted while they were read.
    """
    names = ProjectNames(session, source.id, source.kind)
    read_comments = comments_of_project(session, source.id, names)
    taken = session.server_time()
    total = int(session.get(f"projects/{source.id}/metrics/progress").json()["total"])
    with tempfile.TemporaryDirectory(prefix="curate-") as folder:

        def tick() -> None:
            progress("export", 0, 0)

        every = export_members(session, source.id, Path(folder) / "all", tick)
        confirmed = export_members(session, source.id, Path(folder) / "confirmed", tick, True)
        members = {name: _versions(rows, confirmed.get(name)) for name, rows in every.items()}
        listing = session.pages(f"projects/{source.id}/examples", ordering="created_at")
        for number, row in enumerate(listing):
            progress("read", number, total)
            versions = {name: next(own, None) for name, own in members.items()}
            if any(it is None or it.row.get("text") != row["text"] for it in versions.values()):
                raise _changed(source)
            yield ApartExample(
                SourceExample(
                    example=int(row["id"]),
                    text=str(row["text"] or ""),
                    meta=row["meta"] if isinstance(row["meta"], dict) else {},
                    file=str(row.get("upload_name") or ""),
                    comments=read_comments(int(row["id"])),
                    taken=taken,
                ),
                {name: version for name, version in versions.items() if version is not None},
            )
        if any(next(own, None) is not None for own in members.values()):
            raise _changed(source)


def _versions(rows: Iterator[Row], confirmed: Iterator[Row] | None) -> Iterator[MemberVersion]:
    """The rows of a member; the confirmed ones are some of them, in the same order."""
    awaited = next(confirmed, None) if confirmed is not None else None
    for row in rows:
        is_confirmed = awaited is not None and row == awaited
        if is_confirmed and confirmed is not None:
            awaited = next(confirmed, None)
        yield MemberVersion(row, is_confirmed)
    if awaited is not None:
        raise RemoteError(
            "somebody worked in the project between its two exports", "run the command again"
        )


def _changed(source: SourceProject) -> RemoteError:
    return RemoteError(
        f"examples of project {source.id} were added or deleted while they were read",
        "run the command again",
    )


class ApartImporter:
    """Puts what the members of a project marked into the store of a workspace.

    Attributes:
        annotators: accounts that annotated, sorted.

    Args:
        source: the project.
        examples: everything that was read of it.
        options: how it is to be read where it does not say.

    Raises:
        InputError: it cannot be known what the offsets of an import count.
    """

    def __init__(
        self, source: SourceProject, examples: Sequence[ApartExample], options: CloneOptions
    ) -> None:
        self._source, self._examples = source, examples
        named_accounts(source, options)
        versions = [pair for each in examples for pair in each.versions.items()]
        confirmed = {name for name, version in versions if version.confirmed}
        marked = {name for name, version in versions if self._has_marks(version)}
        administrators = {name for name, role in source.members.items() if role == "project_admin"}
        # Only administrators can import, and an import is theirs.
        self._importers = {*options.imported} | ((marked - confirmed) & administrators)
        self.annotators = tuple(sorted((marked | confirmed) - self._importers))
        self._units = self._read_units(options)

    def _has_marks(self, version: MemberVersion) -> bool:
        kind = self._source.kind
        columns = filter(None, (kind.spans, kind.relations, kind.categories))
        return any(version.row[column] for column in columns)

    def _read_units(self, options: CloneOptions) -> dict[str, Unit]:
        """What the offsets of each account that imported count."""
        evidence = UnitEvidence()
        first: dict[str, int] = {}
        for each in self._examples:
            for name in self._importers & each.versions.keys():
                for span in self._raw_spans(each.versions[name].row):
                    evidence.add(name, each.example.text, *span)
                    first.setdefault(name, each.example.example)
        units: dict[str, Unit] = {}
        for name, example in first.items():
            unit = evidence.unit(name) or options.offsets
            if unit is None:
                raise unknown_unit(example)
            units[name] = unit
        return units

    def _raw_spans(self, row: Row) -> Iterator[tuple[int, int, str]]:
        kind = self._source.kind
        for item in row[kind.spans] if kind.spans else ():
            if kind.numbered:
                yield item["start_offset"], item["end_offset"], item["label"]
            else:
                yield tuple(item)

    def add_all(self, workspace: Workspace, marker: str) -> CloneReport:
        """Add every document with a layer for each member, and the gold on which all agree."""
        now, source = workspace.now(), self._source
        layers: Counter[str] = Counter()
        people: Counter[str] = Counter()
        problems: list[Problem] = []
        taken: dict[str, int] = {}
        comments = 0
        for batch in batched(self._examples, _BATCH):
            with workspace.store.begin() as tx:
                for each in batch:
                    example = each.example
                    if not example.text.strip():
                        problems.append(empty_example(example))
                        continue
                    document = to_document(source, example, now)
                    if document.id in taken:
                        problems.append(_copy(document.id, example.example, taken[document.id]))
                        continue
                    taken[document.id] = example.example
                    tx.add_document(document)
                    tx.put_comments(marker, document.id, example.comments)
                    comments += len(example.comments)
                    for layer in self._add_layers(tx, each):
                        layers[layer.layer] += layer.size
                    people.update(name for name, it in each.versions.items() if it.confirmed)
        agreed, differing = self._commit(workspace, now)
        if differing:
            problems.append(_differing(differing))
        return CloneReport(
            root=str(workspace.root),
            project=source.origin,
            number=source.id,
            documents=len(taken),
            gold=agreed,
            layers=dict(sorted(layers.items())),
            comments=comments,
            people=dict(sorted(people.items())),
            problems=tuple(problems),
        )

    def _add_layers(self, tx: Transaction, each: ApartExample) -> Iterator[Annotation]:
        document = jsonl.document_id(each.example.text)
        done: dict[str, str] = {}
        asked: list[str] = []
        proposal = Annotation(document=document, layer=PROPOSAL)
        for name, version in sorted(each.versions.items()):
            if not (version.confirmed or self._has_marks(version)):
                continue
            layer = self._layer(name, version)
            tx.put_annotation(layer)
            yield layer
            if name in self._importers:
                proposal = proposal.united(layer)
                continue
            asked.append(name)
            if version.confirmed:
                done[name] = utc_time(each.example.taken)  # at the latest: Doccano does not say
        tx.put_annotation(proposal)
        if asked:
            tx.put_assignment(Assignment(document=document, annotators=tuple(asked), done=done))

    def _layer(self, account: str, version: MemberVersion) -> Annotation:
        """The layer of a member, of whose marks no time is known."""
        imported = account in self._importers
        # Without a text, every offset counts as code points.
        in_points = self._units.get(account, "utf16") == "codepoints"
        row: Row = {**version.row, "text": ""} if in_points else version.row
        found = decode(row, False, self._source.kind).annotation
        name = import_author(account) if imported else annotator_layer(account)
        return Annotation(
            document=jsonl.document_id(version.row["text"]),
            layer=name,
            spans=tuple(Span(*span.key, name) for span in found.spans),
            relations=tuple(Relation(*item.key, name) for item in found.relations),
            categories=tuple(Category(item.label, name) for item in found.categories),
        ).sorted()

    def _commit(self, workspace: Workspace, now: str) -> tuple[int, int]:
        """Make gold of what all its annotators confirmed alike.

        Returns:
            How many documents became gold, and on how many annotators differ.
        """
        agreed = differing = 0
        with workspace.store.begin() as tx:
            for key, assignment in tx.assignments().items():
                versions = confirmed_versions(tx, assignment)
                if not versions or tx.head(key) is not None:
                    continue
                if adjudicate_document(versions, consensus()).is_open:
                    differing += 1
                    continue
                accounts = ", ".join(versions)
                gold.commit(
                    tx,
                    None,
                    next(iter(versions.values())),
                    gold.Provenance(
                        author=annotator_layer(max(versions)),
                        at=now,
                        schema=self._source.schema.id,
                    ),
                    f"cloned from {self._source.origin}",
                    confirmed_by=accounts,
                    confirmed_at=max(assignment.done.values()),
                )
                agreed += 1
        return agreed, differing


def _copy(document: str, example: int, taken: int) -> Problem:
    return Problem(
        code="clone.copy",
        severity="warning",
        document=document,
        message=f"example {example} has the same text as example {taken}, which is taken",
        hint="what was marked in it stays only in Doccano",
    )


def _differing(documents: int) -> Problem:
    return Problem(
        code="clone.differing",
        severity="info",
        message=f"annotators differ on {documents} documents, which have no gold yet",
        hint="see `curate agreement`, and decide with `curate adjudicate`",
    )
