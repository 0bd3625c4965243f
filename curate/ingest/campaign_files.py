"""The files of an annotation campaign, and whose work each of them is.

A file that names its annotators itself, such as an export of Label Studio, is read as it is. Other
files belong to one person. In a folder or an archive, that is the one whom the subfolder is named
after. A file that is in no subfolder belongs to the one whom it is named after, as in Doccano's
exports, or if it holds a single text, as in brat, to the one whom the folder is named after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple, TypeVar

import msgspec

from curate.errors import InputError
from curate.formats.archive import Archive, is_archive
from curate.formats.reading import CuratedLayer, ReadDocument, ReadItem, ReadOptions, refuse
from curate.formats.registry import Format, detect_source
from curate.formats.source_file import STDIN, SourceFile
from curate.formats.sources import BRAT_SETTINGS, read_source, source_files
from curate.formats.streams import shown
from curate.ingest import inception
from curate.layers import GOLD, annotator_layer, annotator_of, is_annotator
from curate.model import Annotation, Category, Comment, Problem, Relation, Span

Mark = TypeVar("Mark", Span, Relation, Category)
Role = Literal["", "curator", "unfinished", "text"]
_ONE_TEXT = frozenset({"brat", "webanno", "xmi", "cas-json", "tei", "html", "txt"})
"""Formats in which a file holds one text."""
_COLLABORATIVE = "all"  # the file of a Doccano project in which all work together


class CampaignFile(NamedTuple):
    """A file of a campaign.

    Args:
        source: the file.
        path: the file that the user named, or the one in the folder.
        account: the source that it is counted under.
        person: who made the annotations that the file does not sign.
        text_name: name of the text, if the file has one text and others have it under this name.
        role: what is in it: annotations, or what a curator decided, or what its annotator has not
            finished, or nothing but a text.
        at: when it was last changed, empty if unknown.
        comments: what its annotator wrote about the text.
        format: its format; detected if empty.
    """

    source: SourceFile
    path: Path
    account: str
    person: str = ""
    text_name: str = ""
    role: Role = ""
    at: str = ""
    comments: tuple[Comment, ...] = ()
    format: str = ""


class CampaignOptions(NamedTuple):
    """How a campaign is read.

    Args:
        format: format of all files; detected by default.
        reading: how to read them.
        people: new names of people, by the name that the sources give them.
        unfinished: whether annotations count that their annotator has not marked as finished, in
            project exports of INCEpTION.
        judged: whether a text without annotations in somebody's file was judged by this person.
    """

    format: str = ""
    reading: ReadOptions = ReadOptions()
    people: Mapping[str, str] = {}
    unfinished: bool = False
    judged: bool = False


class CampaignFiles:
    """The files of a campaign; archives are open until it is closed.

    Args:
        sources: files, folders and archives.
        options: how they are read.
        report: receives a problem for each file that is not read.

    Raises:
        InputError: a path does not exist, an archive is damaged, or nothing can be read in it.
    """

    def __init__(
        self, sources: list[Path], options: CampaignOptions, report: Callable[[Problem], None]
    ) -> None:
        self._options = options
        self._report = report
        self._archives = ExitStack()
        self.renamed: set[str] = set()
        """The people who have a new name and were met."""
        with ExitStack() as stack:
            stack.push(self._archives)
            self.files = [file for source in sources for file in self._behind(source)]
            stack.pop_all()

    def __enter__(self) -> CampaignFiles:
        return self

    def __exit__(self, *exception: object) -> None:
        self._archives.close()

    def read(self, file: CampaignFile) -> Iterator[ReadItem]:
        """The documents of a file with the layers of people, models and curators."""
        format = file.format or self._options.format
        try:
            for item in read_source(file.source, format, self._options.reading):
                if isinstance(item, Problem):
                    yield item
                else:
                    yield from self._signed(file, item)
        except InputError as error:
            yield _refuse_file(error, str(file.source))
        file.source.forget()

    def unsigned_name(self, file: CampaignFile) -> str:
        """The name of the person whose a file is that nobody signed."""
        return self._name(file.person or file.source.stem)

    def _signed(self, file: CampaignFile, item: ReadDocument) -> Iterator[ReadItem]:
        """A document whose annotations have the names of their authors."""
        layers = item.layers
        curated = item.curated
        times = item.times
        if file.role in ("text", "unfinished"):
            count = sum(layer.size for layer in layers)
            if count or file.role == "unfinished":
                yield _not_taken(file, item.where, count)
            layers = ()
        elif file.role == "curator":
            by = annotator_layer(file.person) if file.person else ""
            layers = tuple(msgspec.structs.replace(it, layer=GOLD) for it in layers[:1])
            curated = CuratedLayer(layer=GOLD, by=by, at=file.at, only=True)
        elif file.person:
            own = annotator_layer(file.person)
            is_decided = curated is not None and curated.layer == GOLD
            if not is_decided:
                layers = tuple(
                    msgspec.structs.replace(it, layer=own) if it.layer == GOLD else it
                    for it in layers
                )
                times = {own if name == GOLD else name: at for name, at in times.items()}
            if self._options.judged and not layers:
                layers = (Annotation(document=item.document.id, layer=own),)
        comments = tuple(
            it if it.by else msgspec.structs.replace(it, by=file.person)
            for it in (*item.comments, *file.comments)
        )
        item = msgspec.structs.replace(
            item, layers=layers, curated=curated, comments=comments, times=times
        )
        yield self._renamed(item) if self._options.people else item

    def _renamed(self, item: ReadDocument) -> ReadDocument:
        """A document with new names of people."""
        curated = item.curated
        if curated is not None:
            curated = msgspec.structs.replace(
                curated, layer=self._layer(curated.layer), by=self._layer(curated.by)
            )
        return msgspec.structs.replace(
            item,
            layers=tuple(_with_people(it, self._layer) for it in item.layers),
            curated=curated,
            times={self._layer(name): at for name, at in item.times.items()},
            comments=tuple(
                msgspec.structs.replace(it, by=self._name(it.by)) for it in item.comments
            ),
        )

    def _layer(self, layer: str) -> str:
        return annotator_layer(self._name(annotator_of(layer))) if is_annotator(layer) else layer

    def _name(self, person: str) -> str:
        if person in self._options.people:
            self.renamed.add(person)
        return self._options.people.get(person, person)

    def _behind(self, source: Path) -> Iterator[CampaignFile]:
        if str(source) == STDIN:
            raise InputError("a campaign is read twice", "write the standard input to a file first")
        if source.is_dir():
            yield from self._in_folder(source)
            return
        for path in source_files([source], self._options.format, self._report):
            if not is_archive(path):
                yield CampaignFile(self._source(path), path, shown(path))
                continue
            reading = self._options.reading
            archive = Archive(path, reading.encoding, reading.unpack_limit)
            self._archives.enter_context(archive)
            if inception.is_project(archive):
                yield from self._in_project(archive)
            elif any(name.lower().endswith("typesystem.xml") for name in archive.names):
                yield CampaignFile(self._source(path), path, shown(path))
            else:
                yield from self._in_archive(archive)

    def _source(self, path: Path) -> SourceFile:
        reading = self._options.reading
        return SourceFile(path, reading.encoding, reading.unpack_limit)

    def _in_folder(self, folder: Path) -> Iterator[CampaignFile]:
        if any(map(inception.is_project_file, (path.name for path in folder.iterdir()))):
            raise InputError(
                "this is an unpacked project of INCEpTION",
                "give the ZIP archive that INCEpTION exported",
                shown(folder),
            )
        for path in source_files([folder], self._options.format, self._report):
            source = self._source(path)
            inside = PurePosixPath(path.relative_to(folder).as_posix())
            person, text = self._owner(source, inside, folder.resolve().name)
            account = shown(folder / person) if len(inside.parts) > 1 else shown(path)
            account = shown(folder) if person == folder.resolve().name else account
            yield CampaignFile(source, path, account, person, text)

    def _owner(self, source: SourceFile, inside: PurePosixPath, around: str) -> tuple[str, str]:
        """Whose file it is, and the name of its text, if others may have it under this name.

        Args:
            source: the file.
            inside: its path in a folder or archive.
            around: name of the folder or archive.
        """
        *folders, name = inside.parts
        stem = PurePosixPath(name).stem
        if folders:
            return folders[0], "/".join([*folders[1:], stem])
        format = self._options.format or detect_source(source).name
        source.forget()
        if format in _ONE_TEXT or stem == _COLLABORATIVE:
            return around, stem
        return stem, ""

    def _in_archive(self, archive: Archive) -> Iterator[CampaignFile]:
        """The files of an archive, as those of a folder."""
        around = archive.folder or archive.path.stem
        files: list[CampaignFile] = []
        for name in archive.names:
            source = archive.member(name)
            is_beside = source.ending == ".ann" and source.sibling(".txt") is not None
            if _is_hidden(name) or is_beside:
                continue
            if not self._options.format and self._detected(source) is None:
                continue
            person, text = self._owner(source, PurePosixPath(name), around)
            account = f"{shown(archive.path)}/{person}"
            files.append(CampaignFile(source, archive.path, account, person, text))
        if not files:
            raise InputError(
                "no file in the archive can be read",
                "unpack it and name the format of its files with --from FORMAT",
                shown(archive.path),
            )
        yield from files

    def _detected(self, source: SourceFile) -> Format | None:
        """The format of a file; None, and a problem, if it is in none that can be read."""
        try:
            return detect_source(source)
        except InputError as error:
            self._report(_refuse_file(error, str(source)))
            return None
        finally:
            source.forget()

    def _in_project(self, archive: Archive) -> Iterator[CampaignFile]:
        """The versions of the documents in a project export of INCEpTION."""
        for name in inception.unreadable_versions(archive):
            message = "it is there only as a serialised Java object"
            where = f"{shown(archive.path)}/{name}"
            self._report(refuse("unreadable", message, where, hint=inception.HINT))
        for file in inception.project_files(archive):
            source = archive.member(file.member)
            format = self._detected(source)
            if format is None:
                continue
            if not format.gold:
                message = f"{format.name} holds no annotations"
                self._report(refuse("unreadable", message, str(source), hint=inception.HINT))
                continue
            role: Role = "curator" if file.is_curation else "" if file.user else "text"
            if not file.is_finished and not self._options.unfinished:
                role = "unfinished"
            yield CampaignFile(
                source,
                archive.path,
                shown(archive.path),
                file.user,
                file.document,
                role,
                file.at,
                (file.comment,) if file.comment else (),
                format.name,
            )


def _is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return parts[-1] in BRAT_SETTINGS or any(part.startswith((".", "~")) for part in parts)


def _not_taken(file: CampaignFile, where: str, count: int) -> Problem:
    if file.role == "text":
        message = f"{count} annotations that nobody made, before the first person began"
    else:
        message = f"{file.person or 'the curator'} has not finished ({count} annotations)"
    return Problem(code="read.not-accepted", message=message, severity="warning", where=where)


def _refuse_file(error: InputError, where: str) -> Problem:
    return refuse("unreadable", error.finding, error.where or where, hint=error.hint)


def _with_people(annotation: Annotation, rename: Callable[[str], str]) -> Annotation:
    """An annotation with new names of people, of its layer and of the authors in it."""

    def sign(mark: Mark) -> Mark:
        return msgspec.structs.replace(mark, by=rename(mark.by))

    return msgspec.structs.replace(
        annotation,
        layer=rename(annotation.layer),
        spans=tuple(map(sign, annotation.spans)),
        relations=tuple(map(sign, annotation.relations)),
        categories=tuple(map(sign, annotation.categories)),
    )
