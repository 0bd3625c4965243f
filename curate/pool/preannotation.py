"""Pre-annotation of a pool: its manifest, and the work on one partition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate import schema
from curate.errors import InputError
from curate.formats.to_document import document_from_text
from curate.model import Annotation, Document, Problem, Record
from curate.pool.execution import PoolReport, PoolSettings, WrittenPartition, run, write
from curate.pool.frame import DocumentFactory, Propose, annotate_frame
from curate.pool.partitions import Partition, plan_partitions, read_partition
from curate.preannotate import Setup, layers, load_annotator
from curate.preannotate.pipelines import OTHER_LANGUAGES, active_pipelines
from curate.text.language import detect_for
from curate.text.language_codes import find_code
from curate.util import digests, jsonl
from curate.util.progress import Progress, silent
from curate.version import __version__

if TYPE_CHECKING:
    from curate.workspace import Workspace

MANIFEST = "pool.json"


class PoolManifest(Record, frozen=True, kw_only=True):
    """What the partitions of a folder were made with (``pool.json``, beside the partitions).

    Args:
        layers: layers of the models and rules with their versions, and the proposal, by language.
        files: SHA-256 of the rules files and the votes file, by language.
        thresholds: minimum confidence of a proposed span, by language.
        schema: id of the label schema.
        schema_digest: SHA-256 of its content.
        language: language of rows whose own is not known.
        languages: those among which it is detected; all if empty.
        curate: the version that wrote the first partition.
    """

    layers: dict[str, tuple[str, ...]]
    files: dict[str, tuple[str, ...]]
    thresholds: dict[str, float | None]
    schema: str
    schema_digest: str
    language: str
    languages: tuple[str, ...] = ()
    curate: str = __version__


def preannotate_pool(
    workspace: Workspace,
    pattern: str,
    output: Path,
    *,
    workers: int = 0,
    scheduler: str = "",
    progress: Progress = silent,
) -> PoolReport:
    """Pre-annotate the files of a pool. The corpus is not changed.

    Partitions that exist are not written again, so a run that was interrupted resumes where it
    stopped.

    Args:
        workspace: the workspace whose models, rules and schema are used.
        pattern: Parquet or JSON Lines files, such as ``pool/*.parquet``.
        output: folder for the partitions, which are Parquet files.
        workers: processes on this machine; 0 for as many as are worth starting.
        scheduler: address of a Dask scheduler, or ``local`` for one on this machine.
        progress: called for each partition.

    Raises:
        InputError: no file matches, a file has another format, or ``output`` has partitions that
            were made with other models, rules or another schema.
        ConfigError: a model, the rules or the schema are missing or invalid.
    """
    settings = PoolSettings(
        pipelines=active_pipelines(workspace),
        schema=str(workspace.root / workspace.config.corpus.schema),
        language=workspace.config.corpus.language,
        languages=workspace.config.corpus.languages,
        output=str(output.resolve()),
    )
    proposers = workspace.config.preannotate
    if proposers.programs or proposers.endpoints:
        workspace.notice("articles of a pool are annotated by models and rules alone")
    partitions = plan_partitions(pattern)
    write_manifest(settings)
    return run(
        partitions,
        settings,
        annotate_partition,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
    )


def write_manifest(settings: PoolSettings) -> None:
    """Write the manifest beside the partitions, or compare it with the one that is there.

    Raises:
        InputError: the folder has partitions that were made with something else.
        ConfigError: a model, the rules or the schema are missing or invalid.
    """
    labels = schema.load(Path(settings.schema))
    setups = _setups(settings)
    manifest = PoolManifest(
        layers={code: layers(setup.models, setup.rules) for code, setup in setups.items()},
        files={
            code: tuple(digests.of_file(path) for path in (*setup.rules, setup.votes) if path)
            for code, setup in setups.items()
        },
        thresholds={code: setup.threshold for code, setup in setups.items()},
        schema=labels.id,
        schema_digest=labels.digest,
        language=settings.language,
        languages=settings.languages,
    )
    path = Path(settings.output) / MANIFEST
    if path.exists():
        existing = msgspec.json.decode(path.read_bytes(), type=PoolManifest)
        if msgspec.structs.replace(existing, curate=manifest.curate) != manifest:
            raise InputError(
                "the partitions were made with other models, rules or another schema",
                "choose another folder with --output, or delete this one",
                where=settings.output,
            )
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jsonl.canonical(manifest) + b"\n")


def annotate_partition(partition: Partition, settings: PoolSettings) -> WrittenPartition:
    """Annotate a partition and write it; called in the process that the partition was sent to.

    Raises:
        InputError: the file of the partition cannot be read.
        ConfigError: a model, the rules or the schema are missing or invalid.
    """
    frame = read_partition(partition)
    frame["_where"] = partition.path  # for the messages about rows; metadata reaches the factory
    propose = _load_proposer(jsonl.canonical(settings))
    annotated = annotate_frame(frame, propose, _document_factory(settings))
    write(annotated, Path(settings.output) / partition.name)
    return WrittenPartition(
        name=partition.name,
        rows=len(annotated),
        spans=int(annotated["spans"].str.count('"label"').sum()),
        refused=int((annotated["id"] == "").sum()),
    )


def _setups(settings: PoolSettings) -> dict[str, Setup]:
    return {code: Setup.of(pipelines) for code, pipelines in settings.pipelines.items()}


@lru_cache(maxsize=1)
def _load_proposer(key: bytes) -> Propose:
    """Load the models once per process: that takes seconds, as long as a small partition."""
    settings = msgspec.json.decode(key, type=PoolSettings)
    languages = _setups(settings)
    default = languages.pop(OTHER_LANGUAGES)
    annotator = load_annotator(default, schema.load(Path(settings.schema)), languages)

    def propose(
        documents: Iterable[Document],
    ) -> Iterator[tuple[Document, Annotation, tuple[Problem, ...]]]:
        for document, annotated, problems in annotator.annotate(documents):
            yield document, annotated[-1], problems  # the proposal is the last layer

    return propose


def _document_factory(settings: PoolSettings) -> DocumentFactory:
    def make(text: str, meta: dict[str, str], lang: str) -> Document | Problem:
        where = meta.pop("_where", "")
        code = find_code(lang) or detect_for(text, settings.languages).code or settings.language
        return document_from_text(text, meta, code, where)

    return make
