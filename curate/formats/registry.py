"""The formats that curate reads and writes, in one table.

A format is a module of this package with a function ``read`` or ``write``, or both, and an entry in
``FORMATS``. The options ``--from``, ``--to`` and ``-f`` of the command line take its name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from curate.errors import CurateError, InputError
from curate.formats import (
    argilla,
    bioc,
    brat,
    cas,
    conll,
    conll2012,
    conllu,
    csv,
    docbin,
    doccano,
    fasttext,
    feed,
    foreign,
    gliner,
    html,
    huggingface,
    jsonl,
    label_studio,
    parquet,
    prodigy,
    pubtator,
    spacy_json,
    tagged_rows,
    tei,
    text,
    token_table,
    web_annotation,
    webanno,
)
from curate.formats.content import Evidence
from curate.formats.reading import Reader, ReadOptions
from curate.formats.source_file import SourceFile
from curate.formats.writing import Writer

ASPECTS = {
    "text": "the text as it is, including white space",
    "id": "the id of the document",
    "lang": "the language of the document",
    "meta": "metadata of the document: title, source, …",
    "by": "who made an annotation, and when",
    "score": "how confident its proposer was",
    "revision": "the number of the revision, and who confirmed it",
    "relations": "relations between spans",
    "categories": "labels of the whole document",
    "spans": "labelled ranges of the text",
    "overlaps": "spans that nest or cross",
    "layers": "annotations of several people or models, side by side",
}
"""What a format may hold of a corpus."""
_NEVER_WITHOUT = ("spans", "overlaps", "layers")
"""Spans that an export loses are listed one by one, and it has only the layer ``gold``."""


class Format(NamedTuple):
    """A format of annotated text.

    Args:
        name: its name on the command line, and the ending of a file that curate writes.
        description: what it is, in a few words.
        endings: endings of its files, in lower case; none if it is only read when asked for.
        sniff: the evidence in the content of a file, whatever its ending; see
            ``curate.formats.content``. True counts as ``Evidence.SHAPE``. None if the ending is
            all the evidence there is.
        read: its reader, None if curate does not read it.
        reads: what its reader takes from a file, keys of ``ASPECTS``.
        gold: whether it is made for annotations, so that they become gold when it is ingested.
        write: its writer, None if curate does not write it.
        writes: what its writer puts into a file, keys of ``ASPECTS``.
        written_ending: what follows the name in the ending of a written file, where other tools
            accept only files with this ending.
        open_offsets: whether it leaves open what offsets count, so that the writer can be told.
        holds_unjudged: whether a written document that nobody judged is told from one in which
            there is nothing to annotate.
        holds_categories_only: whether one with categories, in which nobody looked for spans, is
            told from one in which there are no spans.
    """

    name: str
    description: str
    endings: tuple[str, ...] = ()
    sniff: Callable[[SourceFile], Evidence | bool] | None = None
    read: Reader | None = None
    reads: frozenset[str] = frozenset()
    gold: bool = False
    write: Writer | None = None
    writes: frozenset[str] = frozenset()
    written_ending: str = ""
    open_offsets: bool = False
    holds_unjudged: bool = False
    holds_categories_only: bool = False

    def file_name(self, stem: str) -> str:
        """The customary name of a file that curate writes."""
        return f"{stem}.{self.name}{self.written_ending}"

    def evidence(self, source: SourceFile) -> Evidence:
        """How strongly the name and the content of a file speak for this format."""
        named = Evidence.ENDING if source.ending in self.endings else Evidence.NONE
        if self.sniff is None or self.read is None:
            return named
        try:
            result = self.sniff(source)
        except Exception:  # a damaged file, such as a truncated .gz, which the reader reports
            return named
        if isinstance(result, bool):
            return Evidence.SHAPE if result else Evidence.NONE
        return named if result == Evidence.ENDING else result

    @property
    def without(self) -> tuple[str, ...]:
        """What a written file has no place for at all, as its sidecar says."""
        held = {*self.writes, *_NEVER_WITHOUT}
        return tuple(aspect for aspect in ASPECTS if aspect not in held)


_SPANS = frozenset({"spans"})
_GOLD = frozenset(ASPECTS) - {"layers"}
_ARTICLE = frozenset({"text", "lang", "meta"})
_STANDOFF = frozenset({"text", "spans", "overlaps", "relations"})
_CAS = _STANDOFF | {"lang", "categories"}
_TASK = frozenset({"text", "meta", "spans", "overlaps", "relations", "categories"})
_SIGNED_TASK = _TASK | {"by", "layers"}
_ROW = _TASK | {"lang", "by", "score"}

_FORMATS = (
    Format(
        name="brat",
        description="brat standoff: .txt with .ann",
        endings=(".txt", ".ann"),
        sniff=brat.sniff,
        read=brat.read,
        reads=_STANDOFF,
        gold=True,
        write=brat.write,
        writes=_STANDOFF | {"id"},
        holds_unjudged=True,
        holds_categories_only=True,
    ),
    Format(
        name="conll",
        description="CoNLL-2002 and 2003: one token per line with an IOB1, IOB2 or BILUO tag",
        endings=(".conll", ".conll2002", ".conll2003", ".bio", ".iob", ".iob2", ".biluo"),
        sniff=conll.sniff,
        read=conll.read,
        reads=_SPANS,
        gold=True,
        write=conll.write,
        writes=_SPANS,
    ),
    Format(
        name="biluo",
        description="the same with BILUO tags",
        read=conll.read,
        reads=_SPANS,
        gold=True,
        write=conll.write_biluo,
        writes=_SPANS,
    ),
    Format(
        name="conll2012",
        description="CoNLL-2011 and 2012: names and coreference in brackets",
        endings=(".conll2012", ".v4_gold_conll", ".v4_auto_conll", ".gold_conll"),
        sniff=conll2012.sniff,
        read=conll2012.read,
        reads=_SPANS | {"overlaps", "layers", "relations", "meta"},
        gold=True,
        write=conll2012.write,
        writes=_SPANS | {"id"},
    ),
    Format(
        name="token-table",
        description="one token per row, with a header or several columns of tags: HIPE, GermEval",
        endings=(".tsv", ".csv"),
        sniff=token_table.sniff,
        read=token_table.read,
        reads=_SPANS | {"overlaps", "layers", "meta", "lang"},
        gold=True,
    ),
    Format(
        name="conllu",
        description="CoNLL-U with entities in MISC",
        endings=(".conllu",),
        sniff=conllu.sniff,
        read=conllu.read,
        reads=_SPANS | {"overlaps"},
        gold=True,
        write=conllu.write,
        writes=_SPANS,
    ),
    Format(
        name="label-studio",
        description="JSON, JSON-MIN, CSV and TSV of Label Studio",
        endings=(".json", ".csv", ".tsv"),
        sniff=label_studio.sniff,
        read=label_studio.read,
        reads=_SIGNED_TASK | {"score"},
        gold=True,
        write=label_studio.write,
        writes=_TASK | {"id"},
        written_ending=".json",
        holds_unjudged=True,
    ),
    Format(
        name="prodigy",
        description="JSON Lines of Prodigy",
        endings=(".jsonl",),
        sniff=prodigy.sniff,
        read=prodigy.read,
        reads=_SIGNED_TASK | {"score"},
        gold=True,
        write=prodigy.write,
        writes=_TASK | {"id"},
        written_ending=".jsonl",
        holds_unjudged=True,
        holds_categories_only=True,
    ),
    Format(
        name="argilla",
        description="records of Argilla 1 and 2",
        endings=(".json", ".jsonl"),
        sniff=argilla.sniff,
        read=argilla.read,
        reads=_SIGNED_TASK - {"relations"} | {"score"},
        gold=True,
        write=argilla.write,
        writes=_TASK - {"relations"} | {"id"},
        written_ending=".json",
        holds_unjudged=True,
        holds_categories_only=True,
    ),
    Format(
        name="doccano",
        description="JSON and JSON Lines that Doccano exports and imports, old and new",
        endings=(".jsonl", ".json"),
        sniff=doccano.sniff,
        read=doccano.read,
        reads=_SIGNED_TASK,
        gold=True,
        write=doccano.write,
        writes=_TASK | {"id"},
        written_ending=".jsonl",
        open_offsets=True,
        holds_unjudged=True,
        holds_categories_only=True,
    ),
    Format(
        name="jsonl",
        description="one JSON object per line: text, title, url, …, annotations",
        endings=(".jsonl", ".ndjson", ".json"),
        sniff=jsonl.sniff,
        read=jsonl.read,
        reads=_ROW,
        write=jsonl.write,
        writes=_GOLD,
        holds_unjudged=True,
        holds_categories_only=True,
    ),
    Format(
        name="spacy",
        description="DocBin of spaCy",
        endings=(".spacy",),
        sniff=docbin.sniff,
        read=docbin.read,
        reads=frozenset({"text", "meta", "spans", "overlaps", "categories"}),
        gold=True,
        write=docbin.write,
        writes=frozenset({"text", "id", "spans", "categories"}),
    ),
    Format(
        name="spacy-json",
        description="JSON of spaCy: training tuples, Doc.to_json, training data of spaCy 2",
        endings=(".json", ".jsonl"),
        sniff=spacy_json.sniff,
        read=spacy_json.read,
        reads=_TASK - {"relations"},
        gold=True,
    ),
    Format(
        name="gliner",
        description="training data of GLiNER: tokens and entities by the numbers of tokens",
        endings=(".json", ".jsonl"),
        sniff=gliner.sniff,
        read=gliner.read,
        reads=_SPANS | {"overlaps", "meta"},
        gold=True,
        write=gliner.write,
        writes=_SPANS | {"overlaps", "id"},
    ),
    Format(
        name="tagged-rows",
        description="rows of tokens and ner_tags, as in data sets of Hugging Face",
        endings=(".jsonl", ".json"),
        sniff=tagged_rows.sniff,
        read=tagged_rows.read,
        reads=_SPANS | {"meta"},
        gold=True,
    ),
    Format(
        name="webanno",
        description="WebAnno TSV 3 of WebAnno and INCEpTION",
        endings=(".tsv",),
        sniff=webanno.sniff,
        read=webanno.read,
        reads=_STANDOFF,
        gold=True,
        write=webanno.write,
        writes=_STANDOFF | {"id"},
        holds_unjudged=True,
        holds_categories_only=True,
    ),
    Format(
        name="xmi",
        description="UIMA CAS XMI of INCEpTION, WebAnno and DKPro",
        endings=(".xmi",),
        sniff=cas.sniff_xmi,
        read=cas.read_xmi,
        reads=_CAS,
        gold=True,
        write=cas.write_xmi,
        writes=_CAS | {"id"},
        holds_unjudged=True,
        holds_categories_only=True,
    ),
    Format(
        name="cas-json",
        description="UIMA CAS JSON 0.4 of INCEpTION and DKPro",
        endings=(".json",),
        sniff=cas.sniff_json,
        read=cas.read_json,
        reads=_CAS,
        gold=True,
        write=cas.write_json,
        writes=_CAS | {"id"},
        holds_unjudged=True,
        holds_categories_only=True,
    ),
    Format(
        name="bioc",
        description="BioC XML",
        endings=(".xml", ".bioc"),
        sniff=bioc.sniff_xml,
        read=bioc.read_xml,
        reads=_STANDOFF | {"lang", "meta"},
        gold=True,
        write=bioc.write_xml,
        writes=_STANDOFF | {"id", "lang", "meta"},
    ),
    Format(
        name="bioc-json",
        description="BioC JSON",
        endings=(".json",),
        sniff=bioc.sniff_json,
        read=bioc.read_json,
        reads=_STANDOFF | {"lang", "meta"},
        gold=True,
        write=bioc.write_json,
        writes=_STANDOFF | {"id", "lang", "meta"},
        written_ending=".json",
    ),
    Format(
        name="pubtator",
        description="PubTator: title, abstract, and mentions with tabs",
        endings=(".pubtator",),
        sniff=pubtator.sniff,
        read=pubtator.read,
        reads=_STANDOFF,
        gold=True,
        write=pubtator.write,
        writes=(_STANDOFF | {"id"}) - {"text"},
    ),
    Format(
        name="tei",
        description="TEI: names of people, places and organisations, and dates",
        endings=(".xml", ".tei"),
        sniff=tei.sniff,
        read=tei.read,
        reads=_ARTICLE | {"spans", "overlaps"},
        gold=True,
    ),
    Format(
        name="tsv",
        description="a table with a header, columns separated by tabs",
        endings=(".tsv",),
        read=csv.read_tabs,
        reads=_ARTICLE | {"categories"},
    ),
    Format(
        name="csv",
        description="a table with a header, columns separated by , ; | or tab",
        endings=(".csv",),
        sniff=csv.sniff,
        read=csv.read,
        reads=_ARTICLE | {"categories"},
        write=csv.write,
        writes=_ARTICLE | {"id", "categories"},
        holds_categories_only=True,
    ),
    Format(
        name="parquet",
        description="Parquet, one row per document",
        endings=(".parquet",),
        sniff=parquet.sniff,
        read=parquet.read,
        reads=_ROW,
        write=parquet.write,
        writes=_GOLD,
        holds_unjudged=True,
        holds_categories_only=True,
    ),
    Format(
        name="huggingface",
        description="a folder for datasets.load_dataset",
        write=huggingface.write,
        writes=_GOLD,
        holds_unjudged=True,
        holds_categories_only=True,
    ),
    Format(
        name="web-annotation",
        description="Web Annotation Data Model of the W3C, one annotation per line",
        endings=(".jsonl", ".json", ".jsonld"),
        sniff=web_annotation.sniff,
        read=web_annotation.read,
        reads=_CAS | {"by", "layers"},
        gold=True,
        write=web_annotation.write,
        writes=_CAS | {"id", "by"},
        written_ending=".jsonl",
    ),
    Format(
        name="html",
        description="a web page, its article",
        endings=(".html", ".htm", ".xhtml"),
        sniff=html.sniff,
        read=html.read,
        reads=_ARTICLE,
    ),
    Format(
        name="feed",
        description="RSS or Atom",
        endings=(".rss", ".atom", ".xml"),
        sniff=feed.sniff,
        read=feed.read,
        reads=_ARTICLE,
    ),
    Format(
        name="fasttext",
        description="fastText: categories before each line",
        endings=(".txt",),
        sniff=fasttext.sniff,
        read=fasttext.read,
        reads=frozenset({"text", "categories"}),
        gold=True,
        write=fasttext.write,
        writes=frozenset({"categories"}),
        written_ending=".txt",
        holds_categories_only=True,
    ),
    Format(
        name="txt",
        description="plain text, one document per file",
        endings=(".txt",),
        read=text.read,
        reads=frozenset({"text"}),
    ),
    Format(
        name="lines",
        description="plain text, one document per line",
        read=text.read_lines,
        reads=frozenset({"text"}),
    ),
)

FORMATS: dict[str, Format] = {format.name: format for format in _FORMATS}
READABLE = tuple(format.name for format in _FORMATS if format.read)
WRITABLE = tuple(format.name for format in _FORMATS if format.write)


def find_reader(name: str) -> tuple[Format, Reader]:
    """A format by its name, with its reader.

    Raises:
        InputError: there is no such format, or curate does not read it.
    """
    format = FORMATS.get(name)
    if format is None or format.read is None:
        known = ", ".join(READABLE)
        raise InputError(f"curate does not read the format {name!r}", f"use one of {known}")
    return format, format.read


def target_format(target: Path) -> str:
    """The name of the format in which a file is to be written, by the ending of its name.

    The part before the last ending decides if it is the name of a format, as in
    ``news.doccano.jsonl``.
    """
    inner = FORMATS.get(Path(target.stem).suffix.removeprefix(".").lower())
    if inner is not None and inner.written_ending == target.suffix.lower() != "":
        return inner.name
    return target.suffix.removeprefix(".").lower()


def find_writer(name: str) -> tuple[Format, Writer]:
    """A format by its name, with its writer.

    Raises:
        CurateError: there is no such format, or curate does not write it.
    """
    format = FORMATS.get(name)
    if format is None or format.write is None:
        known = ", ".join(WRITABLE)
        raise CurateError(f"curate does not write the format {name!r}", f"use one of {known}")
    return format, format.write


def check_offsets(offsets: str, *names: str) -> None:
    """Check that a unit for written offsets is only given for a format that leaves it open.

    Raises:
        CurateError: none of the formats does.
    """
    if offsets and not any(FORMATS[name].open_offsets for name in names if name in FORMATS):
        known = ", ".join(format.name for format in _FORMATS if format.open_offsets)
        raise CurateError(
            f"{', '.join(names)} fixes what its offsets count",
            f"leave the unit of written offsets out; it is for {known}",
        )


def detect_format(path: Path, options: ReadOptions | None = None) -> Format:
    """The format of a file; see :func:`detect_source`.

    Raises:
        InputError: see there.
    """
    chosen = options or ReadOptions()
    return detect_source(SourceFile(path, chosen.encoding, chosen.unpack_limit))


def detect_source(source: SourceFile) -> Format:
    """The format of a source, by its name and its content.

    The part before the last ending decides if it is the name of a format, as in
    ``news.doccano.jsonl``. Otherwise every format looks at the content, and the strongest evidence
    decides; of two that are equally strong, the one with this ending.

    Raises:
        InputError: no format matches, several match equally well, the content is of a format that
            curate does not read, or the path is the standard input.
    """
    if source.is_stdin:
        raise InputError(
            "the format of the standard input cannot be detected", "name it with --from FORMAT"
        )
    named = FORMATS.get(Path(source.stem).suffix.removeprefix(".").lower())
    if named is not None and named.read and source.ending in named.endings:
        return named
    evidence = {format: format.evidence(source) for format in FORMATS.values()}
    strongest = max(evidence.values())
    if strongest < Evidence.SHAPE:
        foreign.refuse_foreign(source)
    best = [format for format, strength in evidence.items() if strength == strongest]
    best = [format for format in best if source.ending in format.endings] or best
    if strongest == Evidence.NONE:
        known = ", ".join(sorted(endings()))
        raise InputError(
            "no format is known for this kind of file",
            f"use one of {known}, compressed or not, or name the format with --from FORMAT",
            str(source),
        )
    if len(best) > 1 and strongest > Evidence.ENDING:
        names = " or ".join(format.name for format in best)
        raise InputError(
            f"the content may be {names}",
            f"name the format with --from {best[0].name}",
            str(source),
        )
    return best[0]


def endings() -> set[str]:
    """Endings of files that curate reads without being told their format."""
    return {ending for format in FORMATS.values() for ending in format.endings}
