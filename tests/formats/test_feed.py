"""RSS and Atom."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.read_files import read

from curate.errors import InputError
from curate.formats.convert import convert
from curate.formats.registry import detect_format

RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Le Site</title>
<language>fr-FR</language><item><title>Un</title><link>https://site.example/1</link>
<pubDate>Mon, 02 Jun 2025 10:00:00 GMT</pubDate>
<description>&lt;p&gt;Une   phrase\u00a0: «\u00a0oui\u00a0».&lt;/p&gt;
&lt;p&gt;Deux&lt;br&gt;trois &lt;b&gt;gras&lt;/b&gt;.&lt;/p&gt;</description>
</item><item><title>Vide</title></item></channel></rss>"""


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Le Site</title><entry><title>Un</title>
<id>urn:1</id><updated>2025-06-02T10:00:00Z</updated><author><name>Anna Elm</name></author>
<summary>Court.</summary><content type="html">&lt;p&gt;Bien plus long.&lt;/p&gt;</content>
</entry></feed>"""


def test_a_feed_gives_its_entries(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(RSS, encoding="utf-8")
    (found,), (problem,) = read(path)
    assert found.document.text == "Une phrase\u00a0: «\u00a0oui\u00a0».\nDeux\ntrois gras."
    assert found.document.lang == "fr"
    assert found.document.meta == {
        "title": "Un",
        "url": "https://site.example/1",
        "published": "2025-06-02T10:00:00Z",
        "source": "Le Site",
    }
    assert (problem.code, problem.where) == ("read.no-text", f"{path}:2")
    path.write_text(ATOM, encoding="utf-8")
    (found,), problems = read(path)
    assert (found.document.text, found.document.meta["author"]) == ("Bien plus long.", "Anna Elm")
    assert problems == []


def test_a_feed_that_is_cut_off_gives_what_it_has_and_says_so(tmp_path):
    path = tmp_path / "a.rss"
    path.write_text(RSS[: RSS.index("</item>") + 8] + "<item><title>", encoding="utf-8")
    found, problems = read(path)
    assert len(found) == 1
    assert "damaged" in problems[-1].message
    path.write_text("not a feed")
    assert [p.code for p in read(path)[1]] == ["read.malformed"]
    path = tmp_path / "b.xml"
    path.write_text("<other/>")
    with pytest.raises(InputError, match="--from FORMAT"):
        detect_format(path)


def with_dates(path: Path, *dates: str, language: str = "fr-FR") -> Path:
    items = "".join(
        f"<item><description>Texte {n}</description><pubDate>{date}</pubDate></item>"
        for n, date in enumerate(dates)
    )
    head = f"<language>{language}</language>" if language else ""
    path.write_text(f'<rss version="2.0"><channel>{head}{items}</channel></rss>', "utf-8")
    return path


def test_dates_have_the_zones_and_languages_of_their_feeds(tmp_path):
    dates = (
        "Mon, 02 Jun 2025 10:00:00 CEST",
        "lun., 02 juin 2025 10:00:00 +0200",
        "Mon, 02 Jun 2025 10:00:00 IST",
        "lundi prochain",
        "2004년 07월 08일 23:56:58",
    )
    found, problems = read(with_dates(tmp_path / "a.rss", *dates))
    meta = [item.document.meta for item in found]
    assert meta == [
        {"published": "2025-06-02T08:00:00Z"},
        {"published": "2025-06-02T08:00:00Z"},
        {"published": "2025-06-02T10:00:00", "published_text": dates[2]},
        {"published_text": dates[3]},
        {"published_text": dates[4]},  # not the month of today, as feedparser has it
    ]
    codes = [(it.code, it.severity, it.where) for it in problems]
    assert codes == [("read.date", "warning", f"{tmp_path}/a.rss:{n}") for n in (3, 4, 5)]


def test_the_language_of_the_corpus_counts_where_the_feed_has_none(tmp_path):
    path = with_dates(tmp_path / "a.rss", "02/06/2025 10:00", language="")
    assert read(path, lang="fr")[0][0].document.meta == {"published": "2025-06-02T10:00:00"}
    assert read(path)[0][0].document.meta == {"published_text": "02/06/2025 10:00"}
    result = convert([path], tmp_path / "out.jsonl")
    assert (result.lost, result.noted) == ({}, {"date": 1})
