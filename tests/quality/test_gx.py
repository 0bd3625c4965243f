"""Great Expectations: its pages, and that it is silent and offline."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.checked_corpus import SCHEMA, clean, found, pair

from curate.errors import CurateError
from curate.model import Span
from curate.quality import CHECKS, check_documents


def test_data_docs_name_the_checks_and_the_findings(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "docs"
    bad = pair(Span(11, 17, "PER"))
    report = check_documents([bad], SCHEMA, folder)
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert "expectations/spans.html" in index
    suites = "".join(page.read_text("utf-8") for page in (folder / "expectations").glob("*.html"))
    for check in report.checks_run:
        assert f"{check.code}: {check.why}" in suites
    (result,) = folder.glob("validations/spans/**/*.html")
    assert bad[0].id in result.read_text(encoding="utf-8")
    assert found(report) == [("span.edges", bad[0].id, (11, 17, "PER"))]


RUN = ("documents", "spans", "relations", "categories", "layers", "schema", "mentions")


def test_data_docs_are_overwritten_and_other_files_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    check_documents([pair(Span(11, 17, "PER"))], SCHEMA, tmp_path)
    check_documents([clean()], SCHEMA, tmp_path)
    assert {page.stem for page in tmp_path.glob("validations/**/*.html")} == {
        f"gold-{table}" for table in RUN
    }
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


QUIET = """
import socket, sys

def refuse(*_, **__):
    sys.exit("the network was used")

socket.socket.connect = socket.getaddrinfo = refuse
sys.path.insert(0, sys.argv[1])
from support.checked_corpus import SCHEMA, Span, pair
from curate.quality import check_documents
from pathlib import Path
check_documents([pair(Span(11, 17, "PER"))], SCHEMA, Path("docs"))
"""


def test_a_run_is_silent_offline_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", QUIET, str(Path(__file__).parents[1])],
        cwd=work,
        env={**os.environ, "HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(home.iterdir()) == []
    assert [path.name for path in work.iterdir()] == ["docs"]


def test_a_check_that_cannot_run_is_an_error() -> None:
    from curate.quality import gx, registry, tables

    check = CHECKS["span.edges"]
    table = tables.build([clean()]).spans.drop(columns="first")
    with pytest.raises(CurateError, match=r"span\.edges could not run"):
        gx.run(gx.context(), "spans", table, [(check, registry.mask(check, SCHEMA))])
