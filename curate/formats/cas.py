"""Formats ``xmi`` and ``cas-json``: a UIMA CAS, as INCEpTION, WebAnno and DKPro write it.

Offsets in the files are UTF-16 units. An XMI file needs its type system: a ``TypeSystem.xml`` in
its folder or one above, or ``NAME-typesystem.xml`` beside ``NAME.xmi``; without one the types of
DKPro Core are assumed. The ZIP archive of both that INCEpTION exports is read as it is. The JSON
(CAS JSON 0.4) contains its own.

Reading: each view (sofa) with a text is a document. The instances of types of annotations are
spans; their label is the feature ``value``, or the one that ``columns`` names (as ``label``), or
else the first text that is set, or the name of the type. Layers of parts of speech, lemmas and the
like are left out unless ``columns`` selects a layer by the end of its name. A type with features
``Governor`` and ``Dependent`` is a layer of relations. A filled slot is a relation with its role as
the label, and a plain reference to another span one with the name of the feature. Annotations of
the document (subtypes of AnnotationBase) are categories. INCEpTION's CASMetadata names the person.
Further features, chains and references to other things have no place in the model; they are
counted as lost.

Writing: a folder with one file per document, named by its id, in subfolders named by the first two
digits of the id; for XMI with ``TypeSystem.xml`` on top. Spans are annotations of the layer
NamedEntity, which every project of INCEpTION has; relations belong to the layer
``webanno.custom.Relation`` and categories to the document layer ``webanno.custom.Category``, each
with a feature ``label``. Tokens and sentences are those of spaCy's rules. Characters that XML
cannot hold are replaced in ``xmi``.

References: https://docs.oasis-open.org/uima/v1.0/uima-v1.0.html,
https://github.com/apache/uima-uimaj-io-jsoncas, https://inception-project.github.io/
"""

from __future__ import annotations

import io
import json
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from curate.formats.atomic_files import replace_folder
from curate.formats.content import Evidence, sample_objects
from curate.formats.reading import (
    AnnotationBuilder,
    ReadItem,
    ReadOptions,
    describe_error,
    refuse,
)
from curate.formats.source_file import SourceFile
from curate.formats.streams import UnpackError, unpack_bound
from curate.formats.tokens import ParsedDocument, parse
from curate.formats.webanno import ENTITY, GRAMMAR, RELATION
from curate.formats.writing import (
    NOTHING,
    ExportedFile,
    ExportJob,
    ExportTally,
    GoldDocument,
    LabelNames,
)
from curate.formats.xml_text import (
    REPLACEMENT,
    WITHOUT_XML,
    document_type,
    replace_without_xml,
)
from curate.layers import annotator_layer
from curate.model import Document, SpanKey
from curate.text.offset_units import UTF16
from curate.util.installation import require

Offsets = dict[int, tuple[int, int]]
"""Begin and end of each annotation in the unit of the file, by its id."""

CATEGORY = "webanno.custom.Category"
_DKPRO = "de.tudarmstadt.ukp.dkpro.core.api"
TOKEN = f"{_DKPRO}.segmentation.type.Token"
SENTENCE = f"{_DKPRO}.segmentation.type.Sentence"
METADATA = f"{_DKPRO}.metadata.type.DocumentMetaData"
CAS_METADATA = "de.tudarmstadt.ukp.clarin.webanno.api.type.CASMetadata"
_NOT_ANNOTATION = {
    TOKEN,
    SENTENCE,
    *(f"{_DKPRO}.metadata.type.Tag{it}Description" for it in ("", "set")),
}
_NOBODY = ("CURATION_USER", "INITIAL_CAS", "")  # names that INCEpTION gives to nobody's work
_NO_LANGUAGE = "x-unspecified"
_INITIAL_VIEW = "_InitialView"
_ANNOTATION = "uima.tcas.Annotation"
_DOCUMENT = "uima.tcas.DocumentAnnotation"
_ANNOTATION_BASE = "uima.cas.AnnotationBase"
_TYPE_SYSTEM = "typesystem.xml"
_IS_TYPE_SYSTEM = b"<typeSystemDescription"
_LEVELS = 3  # folders above a file in which its type system is looked for
_ZIP = b"PK\x03\x04"
_NAME_LIMIT = 1000  # bytes in which the name of the first file of an archive is
_XMI = "http://www.omg.org/XMI"
_ENDS = ("Governor", "Dependent")


def sniff_xmi(source: SourceFile) -> Evidence:
    """Whether the root element is that of XMI, or the first file of an archive XMI or its types."""
    if source.head.startswith(_ZIP):
        name = source.head[:_NAME_LIMIT].lower()
        is_cas = b".xmi" in name or _TYPE_SYSTEM.encode() in name
        return Evidence.SIGNATURE if is_cas else Evidence.NONE
    return Evidence.SIGNATURE if _XMI in source.head_text else Evidence.NONE


def sniff_json(source: SourceFile) -> Evidence:
    """Whether an object has the reserved fields of CAS JSON."""
    fields = ("%FEATURE_STRUCTURES", "%VIEWS")
    if any(all(field in row for field in fields) for row in sample_objects(source)):
        return Evidence.SIGNATURE
    return Evidence.NONE


def read_xmi(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each view of an XMI file, or of those in an archive of INCEpTION."""
    data = source.data()
    if not data.startswith(_ZIP):
        path = _type_system_path(source)
        types = SourceFile(path).data() if path else None
        yield from _read_xmi(data, types, str(source), options)
        return
    members = _members(data, unpack_bound(len(data), source.unpack_limit))
    types = next((it for name, it in members.items() if _is_type_system(name)), None)
    files = {name: it for name, it in members.items() if name.lower().endswith(".xmi")}
    for name, member in files.items():
        yield from _read_xmi(member, types, f"{source}/{name}", options)
    if not files:
        yield refuse("no-text", "there is no XMI file in the archive", str(source))


def _members(data: bytes, bound: int) -> dict[str, bytes]:
    """The XMI files and type systems in a ZIP archive, by name."""
    members: dict[str, bytes] = {}
    with ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.lower().endswith(".xmi") or _is_type_system(name):
                with archive.open(name) as file:
                    members[name] = file.read(bound + 1)
                bound -= len(members[name])
                if bound < 0:
                    raise UnpackError("the archive unpacks to more than its bound")
    return members


def _read_xmi(
    data: bytes, type_system: bytes | None, where: str, options: ReadOptions
) -> Iterator[ReadItem]:
    """Yield the document of each view; ``type_system`` is the content of its file, if known."""
    import cassis

    if document_type(data) or document_type(type_system or b""):
        yield refuse("malformed", "XMI has no document type (DOCTYPE)", where)
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # offsets beyond the text are reported by the builder
            if type_system is None:
                types = _assumed_types()
            else:
                types = cassis.load_typesystem(io.BytesIO(type_system))
            cas = cassis.load_cas_from_xmi(io.BytesIO(data), types)
        offsets = _xmi_offsets(data)
    except Exception as error:
        yield _refuse(error, where, has_types=type_system is not None)
        return
    yield from _documents(cas, offsets, where, options)


def read_json(source: SourceFile, options: ReadOptions) -> Iterator[ReadItem]:
    """Yield the document of each view of a CAS JSON file."""
    text = source.text().removeprefix("\ufeff")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cas = _load_json(text)
        offsets = _json_offsets(json.loads(text))
    except ModuleNotFoundError:
        raise
    except Exception as error:
        yield _refuse(error, str(source), has_types=True)
        return
    yield from _documents(cas, offsets, str(source), options)


def _load_json(text: str) -> Any:
    """The CAS of a JSON file, which may have several views."""
    from cassis import TypeSystem
    from cassis.json import CasJsonDeserializer

    deserializer = CasJsonDeserializer()
    create = deserializer._get_or_create_view

    def view(cas: Any, name: str, number: int | None = None, sofa: int | None = None) -> Any:
        # cassis 0.12 creates each view twice, for its sofa and for its members, and then refuses.
        if any(it.sofa.sofaID == name for it in cas.views) and name != _INITIAL_VIEW:
            return cas.get_view(name)
        return create(cas, name, number, sofa)

    deserializer._get_or_create_view = view
    return deserializer.deserialize(text, typesystem=TypeSystem())


def _refuse(error: Exception, where: str, has_types: bool) -> ReadItem:
    """The refusal of a file that the library cannot read."""
    if not has_types or type(error).__name__ == "TypeNotFoundError":
        message = f"its types are not known ({' '.join(str(error).split())})"
        hint = "put the TypeSystem.xml of the export into its folder"
        return refuse("malformed", message, where, hint=hint)
    return refuse("unreadable", describe_error(error), where)


def _assumed_types() -> Any:
    """The types of DKPro Core, with its metadata."""
    import cassis

    types = cassis.load_dkpro_core_typesystem()
    metadata = types.create_type(METADATA, _DOCUMENT)
    names = ("Title", "Id", "Uri", "BaseUri")
    for name in (*(f"document{it}" for it in names), "collectionId", "isLastSegment"):
        types.create_feature(metadata, name, "uima.cas.String")
    return types


def _is_type_system(name: str) -> bool:
    return name.lower().endswith(_TYPE_SYSTEM)


def _type_system_path(source: SourceFile) -> Path | None:
    """The type system of an XMI file; None if there is none beside or above it."""
    folder = source.path.resolve().parent
    for level in (folder, *folder.parents[:_LEVELS]):
        names = {path.name.lower(): path for path in level.glob("*.xml")}
        own = names.get(f"{source.stem.lower()}-{_TYPE_SYSTEM}") if level == folder else None
        path = own or names.get(_TYPE_SYSTEM)
        if path and _IS_TYPE_SYSTEM in SourceFile(path).head:
            return path
    return None


def _xmi_offsets(data: bytes) -> Offsets:
    from lxml import etree

    offsets: Offsets = {}
    for _, element in etree.iterparse(io.BytesIO(data), resolve_entities=False, no_network=True):
        values = [element.get(name, "") for name in (f"{{{_XMI}}}id", "begin", "end")]
        if all(value.lstrip("-").isdecimal() for value in values):
            offsets[int(values[0])] = (int(values[1]), int(values[2]))
        element.clear()
    return offsets


def _json_offsets(data: dict[str, Any]) -> Offsets:
    rows = data["%FEATURE_STRUCTURES"]
    pairs = rows.items() if isinstance(rows, dict) else ((row["%ID"], row) for row in rows)
    return {
        int(number): (row["begin"], row["end"])
        for number, row in pairs
        if "begin" in row and "end" in row
    }


def _documents(cas: Any, offsets: Offsets, where: str, options: ReadOptions) -> Iterator[ReadItem]:
    """The document of each view with a text."""
    views = [view for view in cas.views if view.sofa.sofaString]
    if not views:
        yield refuse("no-text", "no view of the CAS has a text", where)
    for view in views:
        builder = AnnotationBuilder(view.sofa.sofaString, where, options, UTF16)
        reader = _ViewReader(builder, cas.typesystem, offsets, options)
        reader.read(view.get_all_fs())
        name = view.sofa.sofaID
        meta = reader.meta | ({"view": name} if name != _INITIAL_VIEW else {})
        yield from builder.finish(meta, reader.lang)


class _ViewReader:
    """Adds the annotations of one view to a document.

    Attributes:
        meta: the title, if the metadata has one.
        lang: the language, empty if it is not specified.
    """

    def __init__(
        self, builder: AnnotationBuilder, types: Any, offsets: Offsets, options: ReadOptions
    ) -> None:
        self.meta: dict[str, str] = {}
        self.lang = ""
        self._builder = builder
        self._types = types
        self._offsets = offsets
        self._columns = options.columns
        self._layer = ""
        self._keys: dict[int, SpanKey | None] = {}  # by id
        self._references: list[tuple[Any, str, Any]] = []  # host, label, target
        self._skipped: Counter[str] = Counter()  # annotations by layer
        self._features: Counter[str] = Counter()  # values by layer and feature

    def read(self, structures: list[Any]) -> None:
        """Add spans, then categories and relations."""
        people = [fs.get("username") for fs in structures if fs.type.name == CAS_METADATA]
        name = next((person for person in people if person not in (None, *_NOBODY)), "")
        self._layer = annotator_layer(name) if name else ""
        self._builder.add_layer(self._layer)
        self._builder.add_tokens(
            self._offsets.get(fs.xmiID, (fs.begin, fs.end))
            for fs in sorted(structures, key=self._position)
            if fs.type.name == TOKEN
        )
        relations: list[Any] = []
        # A longer span comes before a shorter one that begins with it, as in the UIMA index.
        for fs in sorted(structures, key=self._position):
            name = fs.type.name
            if self._is(fs, _DOCUMENT) or name == CAS_METADATA:
                self._read_metadata(fs)
            elif name in _NOT_ANNOTATION:
                continue
            elif not self._is(fs, _ANNOTATION_BASE):
                continue  # roles of slots and the like, which belong to an annotation
            elif not self._is_selected(fs):
                self._skipped[name] += 1
            elif all(feature in self._names(fs) for feature in _ENDS):
                relations.append(fs)
            elif not self._is(fs, _ANNOTATION):
                self._builder.add_category(self._label(fs), layer=self._layer)
            else:
                start, end = self._offsets.get(fs.xmiID, (fs.begin, fs.end))
                key = self._builder.add_span(start, end, self._label(fs), layer=self._layer)
                self._keys[fs.xmiID] = key
                self._collect_references(fs)
        for fs in relations:
            self._add_relation(fs.get(_ENDS[0]), fs.get(_ENDS[1]), self._label(fs))
        for host, label, target in self._references:
            self._add_relation(host, target, label)
        self._report()

    def _position(self, fs: Any) -> tuple[int, int, int]:
        start, end = self._offsets.get(fs.xmiID, (0, 0))
        return start, -end, fs.xmiID

    def _is(self, fs: Any, parent: str) -> bool:
        return bool(self._types.is_instance_of(fs.type.name, parent))

    def _names(self, fs: Any) -> list[str]:
        return [feature.name for feature in self._types.get_type(fs.type.name).all_features]

    def _is_selected(self, fs: Any) -> bool:
        """Whether the layer is read: the one that the options name, or all that are no grammar."""
        ending = self._columns.get("layer")
        if {"next", "first"} & {*self._names(fs)}:
            return False  # a chain
        return bool(fs.type.name.endswith(ending) if ending else not GRAMMAR.search(fs.type.name))

    def _read_metadata(self, fs: Any) -> None:
        fields = {name: fs.get(name) for name in self._names(fs)}
        if fields.get("language") not in (None, _NO_LANGUAGE):
            self.lang = fields["language"]
        if title := fields.get("documentTitle"):
            self.meta = {"title": title}

    def _label(self, fs: Any) -> str:
        """The label of an annotation; its other values are counted."""
        values = {
            name: value
            for name in self._names(fs)
            if name not in ("sofa", "begin", "end", *_ENDS)
            and isinstance(value := fs.get(name), str | bool | int | float)
            and value not in ("", False)
        }
        texts = [name for name, value in values.items() if isinstance(value, str)]
        chosen = self._columns.get("label", "value")
        name = chosen if chosen in values else next(iter(texts), "")
        short_name = fs.type.name.rpartition(".")[2]
        self._features.update(f"{short_name}.{other}" for other in values if other != name)
        return str(values.get(name, short_name))

    def _collect_references(self, fs: Any) -> None:
        """Remember what an annotation refers to: slots, other annotations, and what is neither."""
        for name in self._names(fs):
            value = fs.get(name)
            if name == "sofa" or value is None or isinstance(value, str | bool | int | float):
                continue
            elements = getattr(value, "elements", None)
            for item in value if isinstance(value, list) else elements or [value]:
                target = item.get("target") if hasattr(item, "target") else item
                if hasattr(target, "xmiID") and self._is(target, _ANNOTATION):
                    role = item.get("role") if hasattr(item, "role") else ""
                    self._references.append((fs, role or name, target))
                elif elements is None or item is not value:
                    self._features[f"{fs.type.name.rpartition('.')[2]}.{name}"] += 1

    def _add_relation(self, head: Any, tail: Any, label: str) -> None:
        head_key, tail_key = (
            self._keys.get(end.xmiID) if end is not None else None for end in (head, tail)
        )
        self._builder.add_relation(head_key, tail_key, label, layer=self._layer)

    def _report(self) -> None:
        for name, count in self._skipped.items():
            message = f"the layer {name}, with {count} annotations, is not read"
            self._builder.report("unsupported", message)
        for name, count in self._features.items():
            self._builder.report("unsupported", f"{count} values of {name} are not read")


def write_xmi(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the folder of XMI; see ``curate.formats.export.write``."""
    return _write(documents, target, job, "xmi", ".xmi")


def write_json(documents: Iterable[GoldDocument], target: Path, job: ExportJob) -> ExportedFile:
    """Write the folder of CAS JSON; see ``curate.formats.export.write``."""
    return _write(documents, target, job, "cas-json", ".json")


def _write(
    documents: Iterable[GoldDocument], target: Path, job: ExportJob, format: str, ending: str
) -> ExportedFile:
    tally = job.tally()
    writer = _CasWriter(is_xml=ending == ".xmi", labels=job.schema.names)
    with replace_folder(target) as folder:
        for item in parse(documents, job.schema, tally):
            tally.documents += 1
            data = writer.written(item, tally)
            stem = folder.unused_name(tally.file_name(item.document, item.revision), ending)
            folder.write(f"{stem}{ending}", data)
        if writer.is_xml:
            folder.write("TypeSystem.xml", writer.types.to_xml().encode())
    return tally.exported(target, format, writer.names.renamed)


def _type_system() -> Any:
    """The built-in types of INCEpTION that are written, and the layers of curate."""
    require("sources", "writing a CAS", "cassis", "lxml")
    from cassis import TypeSystem

    types = TypeSystem()
    string, annotation = "uima.cas.String", _ANNOTATION
    metadata = types.create_type(METADATA, _DOCUMENT)
    for name in ("documentTitle", "documentId"):
        types.create_feature(metadata, name, string)
    types.create_type(SENTENCE, annotation)
    types.create_type(TOKEN, annotation)
    types.create_feature(types.create_type(ENTITY, annotation), "value", string)
    relation = types.create_type(RELATION, annotation)
    for name in _ENDS:
        types.create_feature(relation, name, annotation)
    types.create_feature(relation, "label", string)
    types.create_feature(types.create_type(CATEGORY, _ANNOTATION_BASE), "label", string)
    return types


class _CasWriter:
    """Writes documents with one type system.

    Args:
        is_xml: whether XMI is written, which cannot hold every character.
        labels: the labels of the schema.
    """

    def __init__(self, is_xml: bool, labels: Iterable[str]) -> None:
        self.is_xml = is_xml
        self.types = _type_system()
        unfit, replacement = (WITHOUT_XML, REPLACEMENT) if is_xml else (NOTHING, "_")
        self.names = LabelNames(unfit, replacement, labels)

    def written(self, item: ParsedDocument, tally: ExportTally) -> bytes:
        """One document as the content of a file."""
        document = item.document
        spans, relations = tally.place(document, item.revision)
        if self.is_xml:
            fields = {"text": document.text, "meta.title": document.meta.get("title", "")}
            tally.lose_characters(document, WITHOUT_XML, fields)
        cas = self._annotated(document)
        self._add_segments(cas, item.doc)
        entity, relation, category = map(self.types.get_type, (ENTITY, RELATION, CATEGORY))
        entities = {
            span.key: entity(begin=span.start, end=span.end, value=self.names.name(span.label))
            for span in spans
        }
        cas.add_all(entities.values())
        for it in relations:
            head, tail = entities[it.head], entities[it.tail]
            fields = {"begin": tail.begin, "end": tail.end, "label": self.names.name(it.label)}
            cas.add(relation(Governor=head, Dependent=tail, **fields))
        cas.add_all(category(label=self.names.name(it.label)) for it in item.revision.categories)
        text = cas.to_xmi() if self.is_xml else cas.to_json(pretty_print=False)
        return bytes(text.encode())

    def _annotated(self, document: Document) -> Any:
        """A CAS with the text and metadata of a document."""
        from cassis import Cas

        texts = (document.text, document.meta.get("title", ""))
        text, title = map(replace_without_xml, texts) if self.is_xml else texts
        cas = Cas(self.types, sofa_string=text, sofa_mime="text")
        metadata = self.types.get_type(METADATA)
        fields = {"documentId": document.id, "documentTitle": title}
        language = document.lang or _NO_LANGUAGE
        cas.add(metadata(begin=0, end=len(text), language=language, **fields))
        return cas

    def _add_segments(self, cas: Any, doc: Any) -> None:
        """Add sentences and tokens, as ranges of the text."""
        sentence, token = map(self.types.get_type, (SENTENCE, TOKEN))
        for sent in doc.sents:
            cas.add(sentence(begin=sent.start_char, end=sent.end_char))
        for word in doc:
            if not word.is_space:
                cas.add(token(begin=word.idx, end=word.idx + len(word)))
