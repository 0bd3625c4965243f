"""Importing an annotation campaign from another tool: documents once, a layer for each person.

A campaign is read twice. The first pass counts the labels, so that none enters the corpus that the
schema does not have: what is missing becomes a proposal for the schema, and nothing is imported
before that is accepted. The second pass imports, with the same code as ``ingest``, and records who
annotated what, so that sync and adjudication know that it is done.

It can be interrupted and run again: documents, layers and gold that are there already stay as they
are. A dry run does the same in one transaction, which is rolled back.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from curate import schema as schemas
from curate.errors import ConfigError
from curate.formats.reading import KEPT, ReadItem, is_refusal
from curate.ingest.campaign_files import CampaignFile, CampaignFiles, CampaignOptions
from curate.ingest.importer import Importer, IngestReport, Origin, StoredDocument
from curate.layers import annotator_of, is_annotator, is_proposer
from curate.model import Annotation, Assignment, Document, Problem, Record
from curate.release import version_key
from curate.schema.proposal import LabelCounter, LabelCounts, extend, extended_text
from curate.store.transaction import Transaction
from curate.util import digests, jsonl
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace

SchemaChoice = Literal["propose", "write"]
_PROPOSED = ".proposed.yaml"


class LayerTotals(Record, frozen=True, kw_only=True):
    """What one person or model has: documents, and annotations in them."""

    documents: int = 0
    annotations: int = 0


class CampaignSource(Record, frozen=True, kw_only=True):
    """The account of one source.

    Args:
        name: a file, a folder or a part of an archive.
        documents: number of versions of documents that were read.
        refused: number of lines, rows or files that were not read.
        lost: number of annotations that were lost, by reason.
        noted: number of those that were kept with a note, by reason.
    """

    name: str
    documents: int = 0
    refused: int = 0
    lost: dict[str, int] = {}
    noted: dict[str, int] = {}


class SchemaProposal(Record, frozen=True, kw_only=True):
    """A proposal for the schema.

    Args:
        file: the file that holds it, to be edited; empty in a dry run.
        schema: ``<name>@<version>`` that it proposes.
        missing: the labels that the present schema lacks, with their counts.
        unused: labels of the present schema that the campaign does not use.
        written: whether it is the schema now.
    """

    file: str
    schema: str
    missing: LabelCounts
    unused: tuple[str, ...] = ()
    written: bool = False


class CampaignReport(IngestReport, frozen=True, kw_only=True):
    """The result of ``import-campaign``.

    Args:
        sources: the account of each source.
        people: what each person annotated.
        models: what each model predicted.
        curators: number of documents that became gold, by author.
        unjudged: number of documents that nobody annotated.
        labels: how often each label occurs in what people annotated.
        proposal: what the schema lacks; nothing is imported before that is written.
        dry_run: whether nothing was written.
    """

    sources: tuple[CampaignSource, ...] = ()
    people: dict[str, LayerTotals] = {}
    models: dict[str, LayerTotals] = {}
    curators: dict[str, int] = {}
    unjudged: int = 0
    labels: LabelCounts = LabelCounts()
    proposal: SchemaProposal | None = None
    dry_run: bool = False

    @property
    def waits(self) -> bool:
        """Whether the schema has to be accepted first."""
        return self.proposal is not None and not self.proposal.written


def import_campaign(
    workspace: Workspace,
    sources: list[Path],
    options: CampaignOptions | None = None,
    *,
    schema: SchemaChoice = "propose",
    dry_run: bool = False,
    progress: Progress = silent,
) -> CampaignReport:
    """Import what the annotators, curators and models of a campaign made.

    Args:
        workspace: the workspace.
        sources: exports, folders and archives.
        options: how they are read.
        schema: what to do with labels that the schema lacks: write a proposal to a file and import
            nothing, or take the proposal, as it was edited, for the schema.
        dry_run: whether to do as if, and write nothing.
        progress: called for each document.

    Raises:
        InputError: a source does not exist, or an archive cannot be read.
        ConfigError: a label cannot have its name, or the edited proposal is wrong or lacks a label.
    """
    options = options or CampaignOptions()
    strangers: list[Problem] = []
    with CampaignFiles(sources, options, strangers.append) as files:
        labels, total = _count_labels(files, progress)
        proposal = _proposal(workspace, labels, files, write=schema == "write", dry_run=dry_run)
        if proposal and not proposal.written and not dry_run:
            return CampaignReport(labels=labels, proposal=proposal, problems=tuple(strangers))
        run = _CampaignImport(workspace, files, options, progress, total)
        if dry_run:
            with workspace.locked("import-campaign"):
                report = run.rehearse(strangers)
        else:
            with workspace.writing("import-campaign"):
                report = run.carry_out(strangers)
    problems = (*report.problems, *_strange_people(options, files))
    problems += tuple(_schema_limits(workspace.schema, labels))
    return msgspec.structs.replace(
        report, labels=labels, proposal=proposal, dry_run=dry_run, problems=problems
    )


def _count_labels(files: CampaignFiles, progress: Progress) -> tuple[LabelCounts, int]:
    """The labels that people and curators use, and the number of documents that are read."""
    counter, total = LabelCounter(), 0
    for file in files.files:
        for item in files.read(file):
            if isinstance(item, Problem):
                continue
            total += 1
            progress("count labels", total, 0)
            for layer in item.layers:
                if not is_proposer(layer.layer):
                    counter.add(layer)
    return counter.counts(), total


def _proposal(
    workspace: Workspace, labels: LabelCounts, files: CampaignFiles, write: bool, dry_run: bool
) -> SchemaProposal | None:
    """What the schema lacks, in a file to be edited or in the schema itself; None if nothing."""
    present = workspace.schema
    missing = labels.missing(present)
    if not missing.has_labels:
        return None
    path = workspace.root / workspace.config.corpus.schema
    proposed = path.with_name(path.stem + _PROPOSED)
    if proposed.exists():
        text, proposal = proposed.read_text("utf-8"), schemas.load(proposed)
        if version_key(proposal.version) <= version_key(present.version):
            raise ConfigError(
                f"{workspace.relative_name(proposed)} proposes {proposal.id}, and the schema is "
                f"{present.id} by now",
                "delete the file for a new proposal",
            )
        lacking = labels.missing(proposal)
        if lacking.has_labels:
            names = [*lacking.labels, *lacking.relations, *lacking.categories]
            raise ConfigError(
                f"{workspace.relative_name(proposed)} lacks {', '.join(names)}",
                "add them there, rename them with --label OLD=NEW, or delete the file for a new "
                "proposal",
            )
    else:
        accounts = sorted({Path(file.path).name for file in files.files})
        source = accounts[0] if len(accounts) == 1 else "the imported campaign"
        proposal = extend(present, missing, source)
        text = extended_text(path.read_text("utf-8"), present, proposal)
    if not dry_run:
        with workspace.locked("import-campaign"):
            jsonl.write(path if write else proposed, text.encode())
            if write:
                proposed.unlink(missing_ok=True)
                workspace.reload_schema()
    used = {*labels.labels, *labels.relations, *labels.categories}
    return SchemaProposal(
        file="" if dry_run or write else workspace.relative_name(proposed),
        schema=proposal.id,
        missing=missing,
        unused=tuple(
            it.name
            for entries in present.definitions.values()
            for it in entries
            if it.name not in used
        ),
        written=write and not dry_run,
    )


def _schema_limits(schema: schemas.Schema, labels: LabelCounts) -> Iterator[Problem]:
    """What people annotated that the schema, or a project of Doccano with it, does not allow."""
    if labels.overlap and not schema.overlap:
        yield _warning(
            "overlap",
            f"spans of one person overlap, and {schema.id} does not allow it",
            hint="set `overlap: true` in the schema",
        )
    if schema.categories and (schema.relations or (schema.overlap and schema.labels)):
        other = "relations" if schema.relations else "overlapping spans"
        yield _warning(
            "project",
            f"{schema.id} has categories and {other}, and no project of Doccano can hold both",
            hint="import them into two corpora, each with its part of the schema",
        )


def _strange_people(options: CampaignOptions, files: CampaignFiles) -> Iterator[Problem]:
    for name in sorted(set(options.people) - files.renamed):
        yield _warning("person", f"nobody is called {name} in the sources", hint="check --person")


class _CampaignImport:
    """One run of an import."""

    def __init__(
        self,
        workspace: Workspace,
        files: CampaignFiles,
        options: CampaignOptions,
        progress: Progress,
        total: int,
    ) -> None:
        self._workspace = workspace
        self._files = files
        self._options = options
        self._progress = progress
        self._total = total
        self._at = workspace.now()
        self._read: Counter[str] = Counter()  # versions of documents, by source
        self._problems: dict[str, Counter[str]] = defaultdict(Counter)  # by source
        self._layers: dict[str, dict[str, int]] = defaultdict(dict)  # sizes, by document
        self._curators: dict[str, set[str]] = defaultdict(set)  # documents, by author
        self._documents: set[str] = set()
        self._judged: set[str] = set()
        self._texts = TextComparison()
        self._notes: list[Problem] = []  # about the texts
        self._digests: dict[Path, str] = {}
        self._file = files.files[0] if files.files else None

    def rehearse(self, strangers: list[Problem]) -> CampaignReport:
        """Import in a transaction that is rolled back."""
        with self._workspace.store.rehearse() as tx:
            return self._import(strangers, lambda: nullcontext(tx), keeps_rejects=False)

    def carry_out(self, strangers: list[Problem]) -> CampaignReport:
        """Import, with a transaction for every few documents."""
        return self._import(strangers, self._workspace.store.begin, keeps_rejects=True)

    def _import(
        self,
        strangers: list[Problem],
        begin: Callable[[], AbstractContextManager[Transaction]],
        keeps_rejects: bool,
    ) -> CampaignReport:
        importer = Importer(
            self._workspace,
            "",
            self._options.reading,
            gold=None,
            begin=begin,
            keeps_rejects=keeps_rejects,
            on_document=self._stored,
            on_problem=self._reported,
        )
        for problem in strangers:
            importer.report_problem(problem)
        with begin() as tx:
            for document in tx.documents():
                self._texts.add(document)
        for file in self._files.files:
            self._file = file
            importer.add_items(self._items(file), self._origin(file), gold=False, decisions=True)
        found = importer.report()
        fields = {name: getattr(found, name) for name in IngestReport.__struct_fields__}
        fields["problems"] = (*found.problems, *self._notes)
        # A document has several versions here, of which the first made it known.
        fields["known"] = tuple(sorted({*found.known} - {*found.added}))
        return CampaignReport(
            **fields,
            sources=tuple(self._accounts()),
            people=self._totals(is_annotator),
            models=self._totals(is_proposer),
            curators={author: len(ids) for author, ids in sorted(self._curators.items())},
            unjudged=len(self._documents - self._judged),
        )

    def _origin(self, file: CampaignFile) -> Origin:
        if file.path not in self._digests:
            self._digests[file.path] = digests.of_file(file.path)
        name = self._workspace.relative_name(file.path)
        inside = file.source.path
        if inside != file.path:
            name += f"/{inside.relative_to(file.path).as_posix()}"
        person = self._files.unsigned_name(file)
        return Origin(name, self._digests[file.path], self._at, person)

    def _items(self, file: CampaignFile) -> Iterator[ReadItem]:
        for item in self._files.read(file):
            if not isinstance(item, Problem):
                self._read[file.account] += 1
                self._progress("import", self._read.total(), self._total)
            yield item

    def _reported(self, problem: Problem) -> None:
        if self._file is not None and problem.code.startswith("read."):
            self._problems[self._file.account][_kind(problem)] += 1

    def _stored(self, tx: Transaction, stored: StoredDocument) -> None:
        """Count what was stored of a document, compare its text, and record who annotated it."""
        document = stored.document
        self._documents.add(document.id)
        if stored.author:
            self._curators[stored.author].add(document.id)
            self._judged.add(document.id)
        done: dict[str, str] = {}
        for name, time in stored.layers.items():
            layer = tx.annotation(document.id, name)
            if layer is None:
                continue
            self._layers[name][document.id] = layer.size
            if is_annotator(name):
                self._judged.add(document.id)
                at = time or _last_change(layer) or (self._file.at if self._file else "")
                done[annotator_of(name)] = at or self._at
        if done:
            task = tx.assignment(document.id) or Assignment(document=document.id, annotators=())
            annotators = tuple(sorted({*task.annotators, *done}))
            done = {**done, **task.done}
            tx.put_assignment(msgspec.structs.replace(task, annotators=annotators, done=done))
        if self._file is not None:
            self._notes += self._texts.compare(document, self._file)

    def _accounts(self) -> Iterator[CampaignSource]:
        for name in dict.fromkeys(file.account for file in self._files.files):
            counts: dict[str, Counter[str]] = defaultdict(Counter)
            for key, count in sorted(self._problems[name].items()):
                kind, _, reason = key.partition(" ")
                counts[kind][reason] += count
            yield CampaignSource(
                name=name,
                documents=self._read[name],
                refused=counts["refused"].total(),
                lost=dict(counts["lost"]),
                noted=dict(counts["noted"]),
            )

    def _totals(self, chosen: Callable[[str], bool]) -> dict[str, LayerTotals]:
        return {
            annotator_of(name): LayerTotals(documents=len(sizes), annotations=sum(sizes.values()))
            for name, sizes in sorted(self._layers.items())
            if chosen(name)
        }


class TextComparison:
    """Finds texts that are almost the same document: those that differ by white space only."""

    def __init__(self) -> None:
        self._squeezed: dict[bytes, str] = {}  # document by the digest of its text without blanks
        self._named: dict[str, dict[str, str]] = defaultdict(dict)  # name: document: person
        self._told: set[str] = set()

    def add(self, document: Document) -> str:
        """Take up a text; returns the first document whose text is the same without blanks."""
        key = hashlib.blake2b("".join(document.text.split()).encode(), digest_size=16).digest()
        return self._squeezed.setdefault(key, document.id)

    def compare(self, document: Document, file: CampaignFile) -> list[Problem]:
        """What is wrong with a text of a campaign, beside those before it; each is told once."""
        other = self.add(document)
        first = self._named[file.text_name] if file.text_name else {}
        known = document.id in first or document.id in self._told
        named = next(iter(first), "")
        first.setdefault(document.id, file.person)
        if known or (other == document.id and not named):
            return []
        self._told.add(document.id)
        hint = "give all of them the same text"
        if other != document.id:
            message = (
                f"its text differs from that of {other} by white space only; they are two "
                "documents, and what was annotated in one is not compared with the other"
            )
            return [_warning("white-space", message, document=document.id, hint=hint)]
        message = (
            f"the text {file.text_name} of {file.person or 'the source'} is another than that of "
            f"{first[named] or 'the source'} ({named}), so they are two documents"
        )
        return [_warning("text", message, document=document.id, hint=hint)]


def _kind(problem: Problem) -> str:
    """What became of something, and why: ``refused malformed``, ``lost discontinuous``."""
    reason = problem.code.removeprefix("read.")
    if is_refusal(problem):
        return f"refused {reason}"
    is_kept = problem.severity == "info" or reason in KEPT
    return f"noted {reason}" if is_kept else f"lost {reason}"


def _last_change(layer: Annotation) -> str:
    times = [mark.at for part in (layer.spans, layer.relations, layer.categories) for mark in part]
    return max(times, default="")


def _warning(code: str, message: str, *, document: str = "", hint: str = "") -> Problem:
    return Problem(
        code=f"campaign.{code}", message=message, severity="warning", document=document, hint=hint
    )
