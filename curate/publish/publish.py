"""``curate publish``: a release as a data set repository, in a folder or on a hub.

The repository is the export ``huggingface`` with what makes it a publication: a licence, a
citation, and who made the annotations. Names of people are replaced unless they are asked for.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from curate.errors import ConfigError, InputError
from curate.formats import export as exports
from curate.formats.huggingface import licenses
from curate.formats.writing import CorpusInfo, ExportedFile, GoldDocument
from curate.history.blame import RevisionBlame, blame_release
from curate.model import Record, Release
from curate.publish import hub
from curate.publish.hub import PublishedItem
from curate.publish.names import PublishedNames
from curate.publish.provenance import count_acts, release_provenance
from curate.release import choose_release
from curate.store.releases import check_release, release_entries
from curate.util.progress import Progress, silent

if TYPE_CHECKING:
    from curate.workspace import Workspace

HUB = "hub:"
_ASKED_FOR = {"license": "a licence", "citation": "a citation"}
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


class PublishOptions(Record, frozen=True, kw_only=True):
    """How to publish.

    Args:
        names: publish the names of people and of imported files.
        license: identifier of SPDX, instead of ``corpus.license``.
        citation: how to cite it, instead of ``corpus.citation``.
        public: if a repository on a hub has to be created, let everybody read it.
        dry_run: list the files, and neither keep nor send any.
    """

    names: bool = False
    license: str = ""
    citation: str = ""
    public: bool = False
    dry_run: bool = False


class Publication(Record, frozen=True, kw_only=True):
    """What was published.

    Args:
        target: the folder, or ``hub:<owner>/<name>``.
        version: of the release.
        digest: of the release.
        export: what the tables hold, and what they could not express.
        files: sorted by path.
        commit: address of the commit on a hub; empty if everything was there already.
        dry_run: whether nothing was written.
    """

    target: str
    version: str
    digest: str
    export: ExportedFile
    files: tuple[PublishedItem, ...]
    commit: str = ""
    dry_run: bool = False


def publish(
    workspace: Workspace,
    target: str,
    version: str = "",
    options: PublishOptions | None = None,
    progress: Progress = silent,
) -> Publication:
    """Publish a release as a data set repository.

    Args:
        workspace: the corpus.
        target: a folder, or ``hub:<owner>/<name>``.
        version: the release; the newest if empty.
        options: how to publish.
        progress: called while spans are traced and files are sent.

    Raises:
        ConfigError: licence or citation is missing, or the licence has no name.
        ReleaseError: there is no such release, or the store does not match it.
        CurateError: the target cannot be written, or ``huggingface-hub`` is not installed.
        PublishError: the hub refused, failed, or cannot be reached.
    """
    options = options or PublishOptions()
    repository = hub_repository(target)
    settings = workspace.config.corpus
    info = CorpusInfo(
        name=settings.name,
        license=options.license or settings.license,
        homepage=settings.homepage,
        citation=options.citation or settings.citation,
        repository=repository,
    )
    _check(info)
    with workspace.store.begin() as tx:
        release = choose_release(tx.releases(), version)
    check_release(release)
    with tempfile.TemporaryDirectory(prefix="curate-publish-") as temporary:
        kept = not repository and not options.dry_run
        folder = Path(target).resolve() if kept else Path(temporary) / settings.name
        exported = _write(workspace, release, folder, info, options.names, progress)
        result = Publication(
            target=target if repository else str(Path(target).resolve()),
            version=release.version,
            digest=release.digest,
            export=exported,
            files=_files(folder),
            dry_run=options.dry_run,
        )
        if not repository or options.dry_run:
            return result
        upload = hub.upload(folder, repository, release.version, options.public, progress)
    return msgspec.structs.replace(result, files=tuple(upload.files), commit=upload.commit)


def hub_repository(target: str) -> str:
    """``owner/name`` of a target on a hub, empty if the target is a folder.

    Raises:
        InputError: it is neither.
    """
    if not target.startswith(HUB):
        return ""
    repository = target.removeprefix(HUB)
    if not _REPOSITORY.fullmatch(repository):
        raise InputError(f"{target!r} names no repository", "write it as hub:OWNER/NAME")
    return repository


def missing_settings(workspace: Workspace, options: PublishOptions) -> list[str]:
    """Which of ``license`` and ``citation`` have to be asked for."""
    settings = workspace.config.corpus
    return [name for name in _ASKED_FOR if not (getattr(options, name) or getattr(settings, name))]


def _check(info: CorpusInfo) -> None:
    missing = [name for name in _ASKED_FOR if not getattr(info, name)]
    if missing:
        options = " and ".join(f"--{name}" for name in missing)
        raise ConfigError(
            f"a publication needs {' and '.join(_ASKED_FOR[name] for name in missing)}",
            f"set {' and '.join(missing)} under [corpus] in curate.toml, or pass {options}",
        )
    if not licenses.is_license(info.license):
        raise ConfigError(
            f"{info.license!r} is not the name of a licence",
            "use an identifier of https://spdx.org/licenses/, such as CC-BY-4.0, or an address",
        )


def _write(
    workspace: Workspace,
    release: Release,
    folder: Path,
    info: CorpusInfo,
    keep_names: bool,
    progress: Progress,
) -> ExportedFile:
    counts = count_acts(_traced(workspace, release, progress))
    names = PublishedNames(None if keep_names else counts.people_and_files)
    creator = "" if keep_names else f"curators of {info.name}"
    info = msgspec.structs.replace(
        info, creator=creator, provenance=release_provenance(counts, names)
    )
    documents: Iterator[GoldDocument] = (
        (document, names.revision(revision))
        for document, revision in release_entries(workspace.store, release)
    )
    shown = names.release(release, f"the {creator}")
    return exports.write("huggingface", documents, folder, workspace.schema, shown, corpus=info)


def _traced(workspace: Workspace, release: Release, progress: Progress) -> Iterator[RevisionBlame]:
    for number, blame in enumerate(blame_release(workspace, release)):
        progress("tracing spans", number, len(release.entries))
        yield blame


def _files(folder: Path) -> tuple[PublishedItem, ...]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(
        PublishedItem(path=path.relative_to(folder).as_posix(), size=path.stat().st_size)
        for path in paths
    )
