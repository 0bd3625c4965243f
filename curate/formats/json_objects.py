"""The JSON values of a file, one by one: JSON Lines, the elements of an array, or whole objects.

Objects over several lines follow one another, as ``jq`` writes them. An array, and a sequence of
objects, is split while it is read, so that memory does not grow with the file, and an element that
is not valid does not affect the others. The time is linear in the size, also for one long string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from curate.formats.reading import Refusal, refuse
from curate.formats.source_file import SourceFile, is_undecodable

# A complete string, or a character that begins a string, opens, closes or separates.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\],]', re.DOTALL)
_STRING_REST = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_MESSAGE_LENGTH = 200  # characters of a library's message, which may quote the whole value
_BLANK = " \t\r\n"
_LIST_ON_A_LINE = re.compile(r'\[[ \t]*"')  # such as a training tuple of spaCy, one on each line
_INDENTED_OBJECT = re.compile(r'\{[ \t]*\r?\n\s*["}]')


class JsonObject(NamedTuple):
    """A JSON object, its file and line, and its text."""

    value: dict[str, Any]
    where: str
    text: str


class JsonValue(NamedTuple):
    """Any JSON value, its file and line, and its text."""

    value: Any
    where: str
    text: str


def read_objects(source: SourceFile) -> Iterator[JsonObject | Refusal]:
    """The objects of a file; a value that is not a valid object is refused."""
    for item in read_values(source):
        if isinstance(item, Refusal):
            yield item
        elif isinstance(item.value, dict):
            yield JsonObject(*item)
        else:
            kind = _KINDS.get(type(item.value), "number")
            yield refuse("malformed", f"not a JSON object but {kind}", item.where, item.text)


_KINDS = {list: "an array", str: "a string", bool: "true or false", type(None): "null"}


def read_values(source: SourceFile) -> Iterator[JsonValue | Refusal]:
    """The values of a file; what is not valid JSON is refused."""
    chunks: Iterator[str] = source.chunks()
    first = next(chunks, "").removeprefix("\ufeff")
    start = first.lstrip(_BLANK)
    whole = source.ending == ".json" and not _begins_with_a_value(first)
    chunks = chain((first,), chunks)
    if start.startswith("[") and not _LIST_ON_A_LINE.match(start):
        texts = _elements(chunks, 1)
    elif start.startswith("{") and (whole or _INDENTED_OBJECT.match(start)):
        texts = _elements(chunks, 0)
    elif whole and not start.startswith("["):
        texts = iter([(1, "".join(chunks))])
    else:
        texts = _lines(chunks)
    for number, text in texts:
        if text.strip():
            yield _parse(text, source.location(number))


def first_object(source: SourceFile) -> dict[str, Any]:
    """The first object of a file; empty if there is none."""
    if source.is_stdin:
        return {}
    items = read_objects(source)
    return next((item.value for item in items if isinstance(item, JsonObject)), {})


def _begins_with_a_value(chunk: str) -> bool:
    """Whether the first line is a whole value and another follows: JSON Lines, named ``.json``."""
    line, _, rest = chunk.lstrip(_BLANK).partition("\n")
    if not rest.strip():
        return False
    return isinstance(_parse(line, ""), JsonValue)


def _parse(text: str, where: str) -> JsonValue | Refusal:
    if is_undecodable(text):
        return refuse("unreadable", "not UTF-8", where, text)
    try:
        return JsonValue(msgspec.json.decode(text), where, text)
    except RecursionError:
        return refuse("malformed", "not JSON that can be read (nested too deeply)", where, text)
    except (msgspec.MsgspecError, UnicodeError, ValueError) as error:
        return refuse("malformed", f"not JSON ({str(error)[:_MESSAGE_LENGTH]})", where, text)


def _lines(chunks: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Lines ended by LF, with their numbers."""
    number = 1
    rest: list[str] = []  # pieces of a line that is longer than a chunk
    for chunk in chunks:
        first, *lines = chunk.split("\n")
        rest.append(first)
        for line in lines:
            yield number, "".join(rest)
            number += 1
            rest = [line]
    yield number, "".join(rest)


def _elements(chunks: Iterator[str], level: int) -> Iterator[tuple[int, str]]:
    """The texts of the elements of an array, with the numbers of the lines they begin in.

    With ``level`` 0 they are in no array, but follow one another, each in brackets of its own.
    ``pieces`` are those of the current element from earlier chunks, ``begin`` is where it begins or
    continues in this one. A string that a chunk cuts is continued, not searched again, so that each
    character is looked at once.
    """
    pieces: list[str] = []
    depth, line = 0, 1
    in_string = False
    carry = ""  # a backslash at the end of a chunk belongs to the next character
    for received in chunks:
        chunk, carry = carry + received, ""
        begin = position = 0
        while True:
            if in_string:
                position = _string_end(chunk, position)
                if position >= len(chunk):
                    break
                if chunk[position] == "\\":
                    carry = "\\"
                    break
                position, in_string = position + 1, False
            token = _TOKEN.search(chunk, position)
            if token is None:
                break
            sign, position = token[0], token.end()
            if sign == '"':
                in_string = True
                continue
            before, depth = depth, max(0, depth + (sign in "{[") - (sign in "]}"))
            if sign in ",]" and before == 1 if level else sign in "]}" and depth == 0:
                pieces.append(chunk[begin : token.start() if level else position])
                text = "".join(pieces)
                yield line + text[: len(text) - len(text.lstrip())].count("\n"), text.strip()
                line += text.count("\n")
                pieces, begin = [], position
            if depth == level == 1 and sign == "[":  # the array itself
                line += chunk[begin:position].count("\n")
                pieces, begin = [], position
        pieces.append(chunk[begin : len(chunk) - len(carry)])
    rest = "".join(pieces) + carry
    if rest.strip():
        yield line, rest.strip()
    if depth == level == 1:
        yield line + rest.count("\n"), "["  # the array is not closed: not a valid value


def _string_end(chunk: str, position: int) -> int:
    """Where the rest of a string ends: at its quotation mark, a last backslash, or the chunk."""
    rest = _STRING_REST.match(chunk, position)
    return rest.end() if rest else position
