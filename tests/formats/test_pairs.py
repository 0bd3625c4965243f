"""Every pair of formats keeps what it says, and the page of formats says what it keeps."""

from __future__ import annotations

import json

import pytest
from support import pairs

from curate.formats.export import write
from curate.formats.registry import WRITABLE
from curate.formats.sidecar import sidecar_path


@pytest.mark.parametrize("target", WRITABLE)
def test_an_export_lacks_what_its_sidecar_says(tmp_path, target):
    path = tmp_path / f"out.{target}"
    write(target, pairs.CORPUS, path, pairs.SCHEMA)
    sidecar = json.loads(sidecar_path(path).read_bytes())
    run = pairs.run_pair(pairs.written(tmp_path, "jsonl"), "jsonl", target, tmp_path)
    assert pairs.differences(run) == []
    assert run.result.written[0].lost == sidecar["lost"]


@pytest.mark.slow
def test_every_pair_of_formats_keeps_what_it_says():
    kept: dict[tuple[str, str], str] = {}
    differences: list[str] = []
    for run in pairs.run_pairs():
        kept[run.source, run.target] = run.kept()
        differences += [f"{run.source} to {run.target}: {it}" for it in pairs.differences(run)]
    assert differences == []
    # ``python tests/support/pairs.py`` writes the table of docs/formats.md anew.
    assert pairs.page_table() == pairs.table(kept)
