"""Compressed files that unpack to too much, pipes, and names that are not UTF-8."""

from __future__ import annotations

import gzip
import os
import threading
import zlib
from pathlib import Path

import pytest
from support.read_files import read, read_all, texts

from curate.formats import streams
from curate.formats.convert import convert
from curate.formats.registry import READABLE, WRITABLE, detect_format

LINE = b'{"text": "Anna saw Rome."}\n'


def _zstandard(data: bytes) -> bytes:
    zstandard = pytest.importorskip("zstandard")
    return zstandard.ZstdCompressor().compress(data)  # type: ignore[no-any-return]


@pytest.mark.parametrize("compress", [gzip.compress, _zstandard])
def test_a_file_that_unpacks_to_too_much_is_refused_until_more_is_allowed(
    tmp_path, monkeypatch, compress
):
    monkeypatch.setattr(streams, "UNPACK_FLOOR", 1)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(compress(LINE + b" " * (2 << 20) + b"\n" + LINE))
    documents, problems = read(path)
    assert "--unpack-limit" in problems[-1].hint
    assert len(documents) < 2
    documents, problems = read(path, unpack_limit=3)
    assert (len(documents), problems) == (2, [])


def test_data_that_a_library_unpacks_is_checked_before(monkeypatch):
    monkeypatch.setattr(streams, "UNPACK_FLOOR", 1)
    data = zlib.compress(b" " * (2 << 20))
    with pytest.raises(streams.UnpackError, match="more than 1 MB"):
        streams.check_unpacked(data)
    streams.check_unpacked(data, megabytes=3)
    streams.check_unpacked(data[:99])
    streams.check_unpacked(b"damaged")


def test_a_file_may_have_a_hundred_times_its_compressed_size():
    megabyte = streams.MEGABYTE
    assert streams.unpack_bound(10, 0) == streams.UNPACK_FLOOR * megabyte
    assert streams.unpack_bound(5 * megabyte, 0) == 500 * megabyte
    assert streams.unpack_bound(5 * megabyte, 7) == 7 * megabyte


def _pipe(path: Path, data: bytes) -> Path:
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=(data,), daemon=True).start()
    return path


def test_a_pipe_is_read_as_often_as_a_file(tmp_path):
    row = b'{"text": "Anna saw Rome.", "label": [[0, 4, "PER"]]}\n'
    path = _pipe(tmp_path / "pipe", row)
    assert detect_format(path).name == "doccano"
    assert texts(read(path)[0]) == ["Anna saw Rome."]
    result = convert([path], tmp_path / "out.jsonl")
    assert (result.read.documents, result.written[0].spans) == (1, 1)


@pytest.mark.parametrize("format", WRITABLE)
def test_a_name_that_is_not_utf8_is_written_and_read(tmp_path, format):
    source = tmp_path / "a.jsonl"
    source.write_bytes(LINE.replace(b"}", b', "spans": []}'))
    target = tmp_path / os.fsdecode(b"\xe9." + format.encode())
    result = convert([source], target, write_as=format)
    assert result.written[0].path == f"{tmp_path}/\\xe9.{format}"
    if format in READABLE:
        assert len(read_all(target, format)) == 1


def test_a_name_that_is_not_utf8_is_shown_with_its_bytes(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jsonl"))
    path.write_bytes(LINE + b"{broken\n")
    documents, (problem,) = read(path)
    assert problem.where == f"{tmp_path}/caf\\xe9.jsonl:2"
    target = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.conll"))
    result = convert([path], target)
    assert (result.read.documents, result.written[0].path) == (1, f"{tmp_path}/\\xff.conll")
    assert target.exists()
