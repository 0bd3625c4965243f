"""Annotation formats that curate does not read, recognised so that they are refused by name.

Each is known by keys that it alone uses, or by the first bytes of its files. Without this they
would be read as plain articles, or refused for a reason that says nothing.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from curate.errors import InputError
from curate.formats.content import sample_lines, sample_objects, sample_table
from curate.formats.source_file import SourceFile

HINT = (
    "convert it to a format that curate reads, such as brat, CoNLL, or JSON Lines with the fields "
    "text and spans (start, end, label)"
)


class ForeignJson(NamedTuple):
    """A JSON format by its keys: all of ``keys`` in one object, at the top or under ``inside``."""

    name: str
    keys: tuple[str, ...]
    inside: str = ""


_JSON = (
    ForeignJson("tagtog (ann.json)", ("annotatable", "anncomplete")),
    ForeignJson("UBIAI", ("documentName", "document", "tokens")),
    ForeignJson("UBIAI", ("documentName", "document", "annotation")),
    ForeignJson("LightTag", ("example_id", "content"), "examples"),
    ForeignJson("LightTag", ("example_id", "content")),
    ForeignJson("LightTag", ("tagged_token_id",), "annotations"),
    ForeignJson("Labelbox", ("data_row", "projects")),
    ForeignJson("Labelbox", ("DataRow ID", "Labeled Data")),
    ForeignJson("GATE (JSON)", ("indices",), "entities"),
    ForeignJson("GATE (bdoc)", ("annotation_sets", "offset_type")),
    ForeignJson("Dataturks", ("points", "label"), "annotation"),
    ForeignJson("Kili", ("jsonResponse",), "labels"),
    ForeignJson("Azure AI Language", ("projectFileVersion", "assets")),
    ForeignJson("Vertex AI", ("textSegmentAnnotations",)),
    ForeignJson("Rasa NLU", ("rasa_nlu_data",)),
    ForeignJson("DyGIE++ (SciERC)", ("doc_key", "sentences")),
    ForeignJson("DocRED", ("vertexSet", "sents")),
    ForeignJson("SQuAD", ("paragraphs",), "data"),
)

_MARKUP = (
    ("GATE (XML)", "<GateDocument"),
    ("FoLiA", "<FoLiA"),
    ("NAF", "<NAF"),
    ("ELAN", "<ANNOTATION_DOCUMENT"),
    ("ACE (APF)", "<entity_mention"),
    ("MUC markup (ENAMEX)", "<ENAMEX"),
    ("a Label Studio configuration", "<View>"),
    ("a type system of UIMA", "<typeSystemDescription"),
)

_FIRST_BYTES = (
    ("a PDF", b"%PDF", "extract its text first, for instance with pdftotext"),
    (
        "an Office document or a ZIP archive",
        b"PK\x03\x04",
        "save it as text or CSV, or unpack it; `curate import-campaign` reads the archives of "
        "annotation campaigns",
    ),
    ("RTF", b"{\\rtf", "save it as plain text"),
    ("an old Office document", b"\xd0\xcf\x11\xe0", "save it as plain text or CSV"),
)

_TABLES = (
    ("Amazon Comprehend", ("File", "Begin Offset", "End Offset", "Type")),
    ("Labelbox", ("DataRow ID", "Label")),
)

_NAMES = (
    r"PER|PERS|LOC|ORG|MISC|GPE|DATE|[Pp]erson|[Ll]ocation|[Oo]rgani[sz]ation|PERSON"
    r"|LOCATION|ORGANI[SZ]ATION"
)
_INLINE = (
    ("OpenNLP", re.compile(r"<START(:\w+)?> .+? <END>")),
    (
        "text with inline tags",
        re.compile(rf"<({_NAMES})( [^<>]*)?>[^<>\n]+</\1>"),
    ),
    (
        "text with labels in brackets",
        re.compile(
            rf"\[[^\[\]\n]+\]\(([A-Z]{{2,}}|{_NAMES})\)|\[({_NAMES}) [^\[\]\n]+\]|\w \[({_NAMES})\]"
        ),
    ),
)
_TABLE_ENDINGS, _JSON_ENDINGS = (".csv", ".tsv"), (".json", ".jsonl", ".ndjson")
_LINE = 2000  # characters of a line that are looked at
_PLAIN = f"{HINT}; plain text is read with --from txt"
_SLASHED = re.compile(r"\S+/(O|[A-Z]{2,}|[BI]-\w+)")
_WEBANNO = re.compile(r"#\s+(webanno\.custom|de\.tudarmstadt)[\w.]+\s*\|")
_BARRED = re.compile(r"\S+\|(\S+\|)?(O|[BI]-\w+)")
_STANDOFF = re.compile(r"[TREAMN]\d+\t\S+ .*|#\d*\t.*|\*\t.*")


def refuse_foreign(source: SourceFile) -> None:
    """Refuse a file whose content is of a format that curate does not read.

    Raises:
        InputError: it is; the message names the format.
    """
    try:
        name, hint = recognise(source)
    except Exception:  # a damaged file, such as a truncated .gz, which the reader reports
        return
    if name:
        raise InputError(f"the content is {name}, which curate does not read", hint, str(source))


def recognise(source: SourceFile) -> tuple[str, str]:
    """The name of a foreign format and what to do with it; two empty strings if it is none."""
    for name, start, hint in _FIRST_BYTES:
        if source.head.startswith(start):
            return name, hint
    if b"\x00" not in source.head:
        head = source.head_text.lstrip("\ufeff \t\r\n")
        for name, tag in _MARKUP:
            if tag in head and (head[0] == "<" or tag == "<ENAMEX"):
                return name, HINT
        if head.startswith("<?xml") and source.ending not in (".html", ".htm", ".xhtml"):
            return "XML of an unknown kind", HINT
    for row in sample_objects(source):
        if name := _json_name(row):
            return name, HINT
    return _text_name(source)


def _json_name(row: dict[str, Any]) -> str:
    for format in _JSON:
        for part in _inner(row.get(format.inside)) if format.inside else [row]:
            if isinstance(part, dict) and all(key in part for key in format.keys):
                return format.name
    if any(name.endswith("-metadata") and name[:-9] in row for name in row) and "source" in row:
        return "SageMaker Ground Truth"
    return ""


def _inner(value: Any) -> list[Any]:
    """The items of a list, or those of the lists in an object."""
    lists = value.values() if isinstance(value, dict) else [value]
    return [item for items in lists if isinstance(items, list) for item in items]


def _text_name(source: SourceFile) -> tuple[str, str]:
    """Text of a format that has to be named, or stands beside another file."""
    if source.ending not in ("", ".txt", ".text", *_TABLE_ENDINGS, *_JSON_ENDINGS):
        return "", ""
    table = sample_table(source) if source.ending in _TABLE_ENDINGS else None
    for name, columns in _TABLES if table else ():
        if {*columns} <= {*table.header}:  # type: ignore[union-attr]
            return name, HINT
    lines = [line[:_LINE] for line in sample_lines(source)[:50] if line.strip()]
    if not lines:
        return "", ""
    if _WEBANNO.match(lines[0]):
        return "WebAnno TSV 1 or 2", "export it as WebAnno TSV 3, UIMA CAS XMI or JSON"
    if all(_STANDOFF.fullmatch(line) for line in lines):
        hint = "name it like its text, NAME.ann beside NAME.txt, and read NAME.txt with --from brat"
        return "brat annotations without their text", hint
    for name, pattern in _INLINE if source.ending != ".csv" or table is None else ():
        if any(map(pattern.search, lines)):
            return name, _PLAIN
    words = [word for line in lines for word in line.split()]
    if len(words) > 1 and "/O" in lines[0] and all(map(_SLASHED.fullmatch, words)):
        return "tokens with tags after a slash (Stanford NER)", _PLAIN
    if len(words) > 1 and all(map(_BARRED.fullmatch, words)):
        return "tokens with tags after a bar (WikiNER)", _PLAIN
    return "", ""
