"""Data Docs: readable without a network, and nothing in them is fetched from elsewhere."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest
from support.checked_corpus import BAD, SCHEMA

from curate import schema
from curate.config import CheckSetting, CheckWaiver
from curate.model import Document, Revision, Span
from curate.quality import check_documents, gx
from curate.util import jsonl

ROOT = Path(__file__).resolve().parents[2]


def test_pages_need_no_network_and_the_front_page_lists_the_findings(tmp_path):
    text = "Anna <b>rit</b>."
    document = Document(id=jsonl.document_id(text), text=text)
    revision = Revision(
        document=document.id,
        number=1,
        author="a",
        at="2026-01-01T00:00:00Z",
        reason="r",
        schema="s",
        spans=(Span(4, 8, "PER"),),
    )
    labels = schema.load(ROOT / "schemas" / "news-fr.yaml")
    report = check_documents([(document, revision)], labels, docs_folder=tmp_path)
    front = (tmp_path / "index.html").read_text("utf-8")
    assert "Checks of annotated documents: failed" in front
    for problem in report.problems:
        assert problem.code in front
    assert "&lt;b&gt;" in front
    assert "<b>" not in front
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) == 1 + 2 * len({check.table for check in report.checks_run})
    for page in pages:
        html = page.read_text("utf-8")
        fetched = r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']https?:"
        assert not re.search(fetched, html, re.IGNORECASE)
        assert "<script" not in html and not re.search(r"url\(|@import", html)
        for target in re.findall(r'href="([^"#:]+\.html)"', html):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_data_docs_link_to_the_example_and_tell_reasons(tmp_path):
    waive = {
        "waive": (CheckWaiver(id="span.label", reason="<old> label"),),
        "span.order": CheckSetting(level="warning", reason="a trial"),
    }
    address = "https://doccano/projects/1/sequence-labeling?page=7&q=%22"
    check_documents([BAD], SCHEMA, tmp_path, settings=waive, link=lambda key: address)
    front = (tmp_path / "index.html").read_text("utf-8")
    assert f'<a href="{address.replace("&", "&amp;")}">{BAD[0].id}</a>' in front
    assert "&lt;old&gt; label" in front
    assert "a trial" in front


def test_pages_that_cannot_be_written_are_an_error(tmp_path, monkeypatch):
    """Great Expectations logs the error with its traceback, and goes on."""
    gx.load()
    from curate.quality.expectation import OfflinePageView

    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "page.html"))

    monkeypatch.setattr(OfflinePageView, "render", full)
    labels = schema.load(ROOT / "schemas" / "news-fr.yaml")
    with pytest.raises(OSError, match="No space left") as raised:
        check_documents([BAD], labels, docs_folder=tmp_path)
    assert raised.value.errno == errno.ENOSPC
