"""What those who read our exports ask for, checked by what their documentation says alone.

None of it uses curate. Each check takes the bytes or values of a file and yields a sentence for
every rule that is broken; the rule's source stands above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

Rows = list[dict[str, Any]]


# -- brat: https://brat.nlplab.org/standoff.html and https://brat.nlplab.org/configuration.html


def brat_config(text: str) -> dict[str, set[str]]:
    """The names that ``annotation.conf`` declares, by section."""
    found: dict[str, set[str]] = {}
    section = ""
    for line in text.splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            section = match[1]
            found[section] = set()
        elif line.strip():
            found[section].add(line.split()[0])
    return found


def brat(text: str, notes: str, config: dict[str, set[str]]) -> Iterator[str]:
    """A document and its annotations."""
    if {"entities", "relations", "events", "attributes"} - config.keys():
        yield "annotation.conf lacks a section"
    for name in config["entities"] | config["relations"] - {"<OVERLAP>"}:
        # visual.conf of the distribution: "only ASCII alphanumerics, '_' or '-'"
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            yield f"{name!r} is no name"
    ids: set[str] = set()
    if notes and not notes.endswith("\n"):
        yield "the last line has no end"
    for line in notes.split("\n")[:-1]:
        if len(line.splitlines()) != 1:
            yield f"{line!r} is more than a line to Python, in which brat is written"
        name, _, rest = line.partition("\t")
        if name in ids or not re.fullmatch(r"[TR][0-9]+", name):
            yield f"{name!r} is no id, or stands twice"
        if name.startswith("T"):
            yield from _brat_bound(rest, text, config)
        else:
            yield from _brat_relation(rest, ids, config)
        ids.add(name)


def _brat_bound(rest: str, text: str, config: dict[str, set[str]]) -> Iterator[str]:
    data, tab, surface = rest.partition("\t")
    kind, _, where = data.partition(" ")
    if not tab or kind not in config["entities"]:
        yield f"{rest!r} has no text, or no declared type"
    pieces = [tuple(map(int, piece.split(" "))) for piece in where.split(";")]
    before = -1
    for start, end in pieces:
        if not before < start < end <= len(text):
            yield f"{where!r} is out of order or of the text, or touches another piece"
        before = end
    # "the text spanned by the annotation", the parts of a discontinuous one joined by a space
    if surface != " ".join(text[start:end] for start, end in pieces):
        yield f"{surface!r} is not what stands at {where}"


def _brat_relation(rest: str, ids: set[str], config: dict[str, set[str]]) -> Iterator[str]:
    match = re.fullmatch(r"(\S+) Arg1:(T\d+) Arg2:(T\d+)", rest)
    if match is None or match[1] not in config["relations"] or {match[2], match[3]} - ids:
        yield f"{rest!r} is no relation of declared type between two spans"


# -- Label Studio: https://labelstud.io/guide/export#Label-Studio-JSON-format-of-annotated-tasks
#    and https://labelstud.io/guide/task_format, for a configuration whose controls are named so:
#    <Labels name="label" toName="text">, <Choices name="category" toName="text">,
#    <Text name="text" value="$text">


def label_studio(task: dict[str, Any], labels: set[str]) -> Iterator[str]:
    """A task."""
    text = task.get("data", {}).get("text")
    if not isinstance(text, str):
        yield "data has no text"
        return
    for annotation in task["annotations"]:
        ids = [result["id"] for result in annotation["result"] if "id" in result]
        if len(ids) != len(set(ids)) or not all(isinstance(one, str) for one in ids):
            yield "ids of regions are strings, and no two are alike"
        for result in annotation["result"]:
            yield from _label_studio_result(result, text, labels, set(ids))


def _label_studio_result(
    result: dict[str, Any], text: str, labels: set[str], ids: set[str]
) -> Iterator[str]:
    kind = result["type"]
    if kind == "relation":
        if {result["from_id"], result["to_id"]} - ids or result["direction"] not in (
            "left",
            "right",
            "bi",
        ):
            yield f"{result} points nowhere"
        return
    control = "label" if kind == "labels" else "category"
    if (result["to_name"], result["from_name"]) != ("text", control):
        yield f"{result} is not of a control of the configuration"
    value = result["value"]
    if kind == "labels":
        if not 0 <= value["start"] < value["end"] <= len(text):
            yield f"{value} is not within the text"
        if value["text"] != text[value["start"] : value["end"]]:
            yield f"{value} has another text"
        if not value["labels"] or set(value["labels"]) - labels:
            yield f"{value} has no label of the configuration"
    elif kind != "choices" or not value["choices"]:
        yield f"{kind} has no choices"


# -- Prodigy: https://prodi.gy/docs/api-interfaces#spans_manual, #relations, #choice; tokens:
#    "text", "start", "end", "id", and "ws" if white space follows; spans: "token_start" and
#    "token_end", inclusive


def prodigy(task: dict[str, Any]) -> Iterator[str]:
    """A task."""
    text, tokens = task["text"], task["tokens"]
    if [token["id"] for token in tokens] != list(range(len(tokens))):
        yield "ids of tokens do not count up from 0"
    end = 0
    for token in tokens:
        if token["start"] < end or text[token["start"] : token["end"]] != token["text"]:
            yield f"{token} does not stand there"
        if token["ws"] != (text[token["end"] : token["end"] + 1] == " "):
            yield f"{token}: ws is wrong"
        end = token["end"]
    if "".join(token["text"] + " " * token["ws"] for token in tokens) != text:
        yield "the tokens do not make the text"
    for span in task["spans"]:
        if not 0 <= span["start"] < span["end"] <= len(text) or not span["label"]:
            yield f"{span} marks nothing"
        if "token_start" in span and (
            tokens[span["token_start"]]["start"] != span["start"]
            or tokens[span["token_end"]]["end"] != span["end"]
        ):
            yield f"{span} is not where its tokens are"
    for relation in task["relations"]:
        for end_name, token_name in (("head_span", "head"), ("child_span", "child")):
            span = relation[end_name]
            if span not in task["spans"]:
                yield f"{relation} ends at no span"
            if token_name in relation and relation[token_name] != span.get("token_end"):
                yield f"{relation} is not between the tokens of its spans"
    if task["answer"] not in ("accept", "reject", "ignore"):
        yield "there is no such answer"


# -- CoNLL-U: https://universaldependencies.org/format.html, what validate.py calls level 1 and 2
#    without syntax


def conllu(data: str) -> Iterator[str]:
    """A file."""
    if data and not data.endswith("\n\n"):
        yield "the last sentence has no empty line after it"
    seen: set[str] = set()
    for block in data.split("\n\n")[:-1]:
        lines = block.split("\n")
        comments = dict(
            line[2:].split(" = ", 1) for line in lines if line.startswith("# ") and " = " in line
        )
        rows = [line.split("\t") for line in lines if not line.startswith("#")]
        if not rows:
            if set(comments) != {"newdoc id"}:
                yield f"{block!r} is no sentence"
            continue
        name = comments.get("sent_id", "")
        if not name or name in seen or re.search(r"\s", name):
            yield f"{name!r} is no id of a sentence, or stands twice"
        seen.add(name)
        if any(len(row) != 10 or not all(row) for row in rows):
            yield f"{name}: a row without ten columns that hold something"
            continue
        if [row[0] for row in rows] != [str(number) for number, _ in enumerate(rows, 1)]:
            yield f"{name}: words are not numbered from 1"
        if any(re.search(r"\s", field) for row in rows for field in row):
            yield f"{name}: white space in a column"
        glued = [row[1] + ("" if "SpaceAfter=No" in row[9].split("|") else " ") for row in rows]
        if "".join(glued).rstrip(" ") != comments.get("text"):
            yield f"{name}: its text is not that of its words"
        for row in rows:
            if not re.fullmatch(r"_|[^|=]+=[^|]*(\|[^|=]+=[^|]*|\|[^|=]+)*", row[9]):
                yield f"{name}: {row[9]!r} is no MISC"


# -- Web Annotation: https://www.w3.org/TR/annotation-model/, sections 3.1 to 4.2.4 and
#    https://www.w3.org/TR/annotation-vocab/#motivation

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_MOTIVATIONS = {
    "assessing", "bookmarking", "classifying", "commenting", "describing", "editing",
    "highlighting", "identifying", "linking", "moderating", "questioning", "replying", "tagging",
}  # fmt: skip


def web_annotation(annotation: dict[str, Any], text: str) -> Iterator[str]:
    """An annotation of a text."""
    context = annotation.get("@context")
    contexts = context if isinstance(context, list) else [context]
    if "http://www.w3.org/ns/anno.jsonld" not in contexts:
        yield "the context is not that of the model"
    if annotation.get("type") != "Annotation" or not _IRI.fullmatch(annotation.get("id", "")):
        yield f"{annotation.get('id')!r} is no annotation with an IRI"
    if annotation.get("motivation") not in _MOTIVATIONS:
        yield "there is no such motivation"
    body = annotation.get("body", {})
    if body and (body.get("type") != "TextualBody" or not isinstance(body.get("value"), str)):
        yield f"{body} is no body"
    if body.get("purpose") not in _MOTIVATIONS:
        yield "there is no such purpose"
    creator = annotation.get("creator", {"type": "Person"})
    if creator["type"] not in ("Person", "Organization", "Software"):
        yield f"{creator} is no agent"
    if "modified" in annotation and datetime.fromisoformat(annotation["modified"]).tzinfo is None:
        yield "the time has no zone"
    target = annotation.get("target")
    for one in target if isinstance(target, list) else [target]:
        yield from _web_target(one, text)


def _web_target(target: Any, text: str) -> Iterator[str]:
    if isinstance(target, str):
        if not _IRI.fullmatch(target):
            yield f"{target!r} is no IRI"
        return
    if not isinstance(target, dict) or not _IRI.fullmatch(target.get("source", "")):
        yield f"{target} has no source"
        return
    places = {selector["type"]: selector for selector in target["selector"]}
    place, quote = places["TextPositionSelector"], places["TextQuoteSelector"]
    # "the first character in the full text is character position 0, and the character is included;
    # end: the character is not included"; "characters" are code points
    if not 0 <= place["start"] < place["end"] <= len(text):
        yield f"{place} is not within the text"
    if text[place["start"] : place["end"]] != quote["exact"]:
        yield f"{quote} does not stand there"
    before, after = text[: place["start"]], text[place["end"] :]
    if not before.endswith(quote["prefix"]) or not after.startswith(quote["suffix"]):
        yield f"{quote} has other text around it"
