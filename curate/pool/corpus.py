"""A pool: where its partitions meet ingest and the pre-annotators, and what is taken from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate import schema
from curate.errors import InputError
from curate.ingest import versions as revised
from curate.ingest.importer import Ingested
from curate.model import Annotation, Document, Problem, Record
from curate.pool import By, Done, Partition, Settings, annotate, choose
from curate.pool.choice import Row
from curate.pool.frame import Annotate, Make
from curate.pool.partitions import read
from curate.pool.run import write
from curate.store import Store
from curate.util import digests, jsonl
from curate.util.progress import Progress, silent
from curate.version import __version__

if TYPE_CHECKING:
    from curate.pool import Ran
    from curate.preannotate import Setup
    from curate.store.transaction import Transaction
    from curate.workspace import Workspace

MADE = "pool.json"


class Made(Record, frozen=True, kw_only=True):
    """With what a written pool was made; it lies beside the partitions.

    Args:
        layers: models and rules with their versions, and the proposal, by language.
        files: SHA-256 of the rules files, and of the learned weights, by language.
        thresholds: the confidence that a span needs, by language.
        schema: the label schema, and ``schema_digest`` the SHA-256 of its content.
        language: of the rows of which it is not known.
        curate: the version that began it.
    """

    layers: dict[str, tuple[str, ...]]
    files: dict[str, tuple[str, ...]]
    thresholds: dict[str, float | None]
    schema: str
    schema_digest: str
    language: str
    curate: str = __version__


class Drawn(Ingested, frozen=True, kw_only=True):
    """What ``ingest-pool`` did; ``articles`` is the number of those it had the choice of."""

    articles: int = 0


class Choice(Record, frozen=True, kw_only=True):
    """What to take of a pool.

    Args:
        count: how many articles at most.
        by: a ``sample``, or those of the ``lowest`` or ``highest`` score.
        seed: of the sample.
        new: leave out what the corpus has, so that as many new ones come in its place.
    """

    count: int
    by: By = "sample"
    seed: int = 0
    new: bool = False


def claim(settings: Settings) -> None:
    """Note beside the partitions with what they are made.

    Raises:
        InputError: the folder has partitions that were made with something else.
        ConfigError: a model, the rules or the schema are missing or wrong.
    """
    from curate import preannotate

    labels = schema.load(Path(settings.schema))
    setups = _setups(settings)
    made = Made(
        layers={code: preannotate.layers(x.models, x.rules) for code, x in setups.items()},
        files={
            code: tuple(digests.of_file(path) for path in (*x.rules, x.votes) if path)
            for code, x in setups.items()
        },
        thresholds={code: x.threshold for code, x in setups.items()},
        schema=labels.id,
        schema_digest=labels.digest,
        language=settings.language,
    )
    path = Path(settings.output) / MADE
    if path.exists():
        found = msgspec.json.decode(path.read_bytes(), type=Made)
        if msgspec.structs.replace(found, curate=made.curate) != made:
            raise InputError(
                "its partitions were made with other models, rules or another schema",
                "name another folder with --output, or remove this one",
                where=settings.output,
            )
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jsonl.canonical(made) + b"\n")


def work(partition: Partition, settings: Settings) -> Done:
    """Annotate one partition and write it; called in whichever process it was sent to.

    Raises:
        InputError: its file cannot be read.
        ConfigError: a model, the rules or the schema are missing or wrong.
    """
    frame = read(partition)
    frame["_where"] = partition.path
    proposals = _proposals(jsonl.canonical(settings))
    found = annotate(frame, proposals, _make(settings.language))
    write(found, Path(settings.output) / partition.name)
    return Done(
        name=partition.name,
        rows=len(found),
        spans=int(found["spans"].str.count('"label"').sum()),
        refused=int((found["id"] == "").sum()),
    )


def _setups(settings: Settings) -> dict[str, Setup]:
    from curate.preannotate import Setup

    return {code: Setup.of(its) for code, its in settings.pipelines.items()}


@lru_cache(maxsize=1)
def _proposals(key: bytes) -> Annotate:
    """The pre-annotators, loaded once a process: a model takes seconds, a partition not many."""
    from curate import preannotate

    settings = msgspec.json.decode(key, type=Settings)
    languages = _setups(settings)
    default = languages.pop("")
    annotator = preannotate.load_annotator(default, schema.load(Path(settings.schema)), languages)

    def propose(
        documents: Iterable[Document],
    ) -> Iterator[tuple[Document, Annotation, tuple[Problem, ...]]]:
        for document, layers, problems in annotator.annotate(documents):
            yield document, layers[-1], problems

    return propose


def _make(language: str) -> Make:
    from curate import ingest
    from curate.text.language import detect

    def make(text: str, meta: dict[str, str], lang: str) -> Document | Problem:
        where = meta.pop("_where", "")
        return ingest.document_from_text(text, meta, lang or detect(text).code or language, where)

    return make


def select(
    folder: Path, count: int, by: By = "sample", seed: int = 0
) -> Iterator[Document | Problem]:
    """Documents of a written pool, see :func:`curate.pool.choose`; without their spans.

    Raises:
        InputError: the folder has no partitions, or one cannot be read.
    """
    for row in choose(folder, count, by, seed).rows:
        yield _document(row)


def take_in(store: Store, folder: Path, name: str, choice: Choice, at: str) -> Drawn:
    """Take a part of a written pool into the corpus, whole or not at all.

    Args:
        store: of the corpus.
        folder: the written pool.
        name: how the folder is called in the documents' metadata.
        choice: which part.
        at: when.

    Raises:
        InputError: the folder has no partitions, or one cannot be read.
    """
    with store.begin() as tx:
        have = set(tx.document_ids()) if choice.new else set()
        chosen = choose(folder, choice.count, choice.by, choice.seed, have.__contains__)
        done = take_rows(tx, folder, name, chosen.rows, at)
    return msgspec.structs.replace(done, articles=chosen.articles)


def take_rows(tx: Transaction, folder: Path, name: str, rows: Iterable[Row], at: str) -> Drawn:
    """Take rows of a written pool into the corpus.

    The documents come without the spans that the pool has: those were made on another day, perhaps
    under other models and rules, and the corpus's own pre-annotation makes every layer of them.
    """
    added: list[str] = []
    known: list[str] = []
    problems: list[Problem] = []
    versions = revised.Versions(tx)
    digest = cache(digests.of_file)  # many rows are of one partition
    for row in rows:
        document = _document(row)
        if isinstance(document, Problem):
            problems.append(document)
        elif tx.document(document.id) is not None:
            known.append(document.id)
        else:
            stamped = _stamped(document, row, name, digest(folder / row.partition), at)
            document = versions.link(stamped)
            tx.add_document(document)
            problems += revised.carry(tx, document)
            added.append(document.id)
    return Drawn(added=tuple(added), known=tuple(known), problems=tuple(problems))


def _document(row: Row) -> Document | Problem:
    try:
        meta = msgspec.json.decode(row.meta, type=dict[str, str])
    except msgspec.MsgspecError as error:
        return _wrong(row, f"its metadata is not JSON ({error})")
    if jsonl.document_id(row.text) != row.id:
        return _wrong(row, "its text is not the one that its id was made of")
    return Document(id=row.id, text=row.text, lang=row.lang, meta=meta)


def _wrong(row: Row, why: str) -> Problem:
    hint = "remove the partition, and annotate the pool again"
    return Problem(
        code="pool.row",
        message=f"{row.id}: {why}",
        where=f"{row.partition}:{row.number}",
        hint=hint,
    )


def _stamped(document: Document, row: Row, name: str, digest: str, at: str) -> Document:
    """The document with where it came from in its meta."""
    found = {
        "file": f"{name}/{row.partition}",
        "row": str(row.number),
        "sha256": digest,
        "ingested": at,
        "curate": __version__,
    }
    return msgspec.structs.replace(document, meta={**document.meta, **found})


def preannotate_pool(
    workspace: Workspace,
    pattern: str,
    output: Path,
    *,
    workers: int = 0,
    scheduler: str = "",
    progress: Progress = silent,
) -> Ran:
    """Pre-annotate the files of a pool; the corpus is not touched.

    Args:
        pattern: Parquet or JSON Lines files, such as ``pool/*.parquet``.
        output: folder for the partitions, as Parquet.
        workers: processes of this machine; 0 takes as many as pay.
        scheduler: address of a Dask scheduler, or ``local`` for one on this machine.

    Raises:
        InputError: no file matches, one is of another kind, or ``output`` holds partitions
            that were made with other models, rules or another schema.
        ConfigError: a model, the rules or the schema are missing or wrong.
    """
    from curate import pool
    from curate.preannotate.pipelines import active_pipelines

    settings = pool.Settings(
        pipelines=active_pipelines(workspace),
        schema=str(workspace.root / workspace.config.corpus.schema),
        language=workspace.config.corpus.language,
        output=str(output.resolve()),
    )
    partitions = pool.plan(pattern)
    claim(settings)
    return pool.run(
        partitions,
        settings,
        work,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
    )


def ingest_pool(workspace: Workspace, folder: Path, choice: Choice) -> Drawn:
    """Take a sample of a pre-annotated pool into the corpus, or its best-scored part.

    Args:
        folder: what ``preannotate_pool`` wrote.
        choice: which part, and how many.

    Raises:
        InputError: the folder has no partitions, or one cannot be read.
    """

    with workspace.locked("ingest"):
        return take_in(
            workspace.store, folder, workspace.relative_name(folder), choice, workspace.now()
        )
