"""RSS and Atom."""

from __future__ import annotations

import pytest
from support.read_files import read

from curate.errors import InputError
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
