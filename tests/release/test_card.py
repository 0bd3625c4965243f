"""Data card and changelog."""

from __future__ import annotations

from support import history_corpus as h


def test_the_card_and_the_changelog_say_what_the_manifest_says(tmp_path):
    corpus = h.workspace(tmp_path / "c")
    h.add(corpus, h.ANNA, h.revision(h.ANNA, 1, h.span(h.ANNA, "Paris", "LOC")))
    h.cut(corpus, "0.1.0", "First.")
    h.add(corpus, h.KIEV, h.revision(h.KIEV, 1, confirmed_by="bela"))
    h.cut(corpus)
    annotations = corpus.root / "annotations"
    told = (annotations / "releases" / "0.2.0.md").read_text("utf-8")
    assert told.startswith("# Gold corpus 0.2.0\n")
    for part in ("| documents | 2 |", "| LOC | 1 |", "| PER | 0 |", "| wire | 2 |", "| 2026 | 2 |"):
        assert part in told
    assert "| anna | 1 |\n| bela | 1 |" in told
    assert "## What changed since 0.1.0" in told
    log = (annotations / "CHANGELOG.md").read_text("utf-8")
    assert (
        log.index("## 0.2.0") < log.index("Since 0.1.0: documents added 1.") < log.index("First.")
    )
