"""The front page of the Data Docs: the checks and their findings, in the frame of all our pages.

The other pages are Great Expectations' own; ``gx.write_docs`` writes them.
"""

from __future__ import annotations

from pathlib import Path

from curate.html import page
from curate.quality.report import QualityReport


def write_front_page(folder: Path, report: QualityReport) -> Path:
    """Write the front page of the Data Docs in ``folder``, with links to their other pages."""
    pages = [
        (path.relative_to(folder).as_posix(), f"{content} of {path.stem.split('-')[-1]}")
        for subfolder, content in (("validations", "results"), ("expectations", "checks"))
        for path in sorted((folder / subfolder).rglob("*.html"))
    ]
    index = folder / "index.html"
    index.write_text(
        page.render(__package__, "front_page.html.j2", report=report, pages=pages), encoding="utf-8"
    )
    return index
