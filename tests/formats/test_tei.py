"""Names in TEI, with lxml as the other side."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.read_files import read, read_text, surfaces

from curate.formats.registry import detect_format

NAMESPACE = "http://www.tei-c.org/ns/1.0"
HEADER = (
    "<teiHeader><fileDesc><titleStmt><title>Letters</title><author>Ada</author></titleStmt>"
    "</fileDesc></teiHeader>"
)


def tei(body: str, head: str = "", tag: str = "TEI") -> str:
    start = f'<{tag} xmlns="{NAMESPACE}" xml:lang="fr-CA">{HEADER}'
    return f"<?xml version='1.0'?>{head}{start}<text><body>{body}</body></text></{tag}>"


def test_names_and_dates_with_collapsed_white_space(tmp_path: Path) -> None:
    body = """
      <head>🚀 News</head>
      <p>
        <persName ref="#a"> Anna
          <surname>Elm</surname></persName>, of <orgName>the <placeName>Rome</placeName>
          Club</orgName>, saw<lb/>Be<lb break="no"/>la on <date when="1901-01-02">2 January</date>.
        <name type="place">Oslo</name> <rs type="animal">dog</rs> <persName/>
      </p>
      <p>W<choice>
           <sic>r</sic>
           <corr>R</corr>
         </choice>ong<note>by <persName>Otto</persName></note>!</p>"""
    (item,), problems = read_text(tmp_path / "a.xml", tei(body))
    assert detect_format(tmp_path / "a.xml").name == "tei"
    assert item.document.text == (
        "🚀 News\nAnna Elm, of the Rome Club, saw Bela on 2 January. Oslo dog\nWrong!"
    )
    assert (item.document.lang, item.document.meta) == ("fr", {"title": "Letters", "author": "Ada"})
    assert surfaces(item) == [
        ("Anna Elm", "persName"),
        ("the Rome Club", "orgName"),
        ("Rome", "placeName"),
        ("2 January", "date"),
        ("Oslo", "placeName"),
    ]
    assert {p.message for p in problems} == {
        "1 attributes ref are not read",
        "1 attributes when are not read",
        "1 elements surname are not read",
        "1 elements rs are not read",
        "1 elements persName without text are not read",
        "1 names in note are not read",
    }


def test_a_corpus_of_texts_some_without_names(tmp_path: Path) -> None:
    one, two = (
        tei(body).partition("?>")[2] for body in ("<p>Anna.</p>", "<p><date>1901</date></p>")
    )
    text = f'<teiCorpus xmlns="{NAMESPACE}">{one}{two}</teiCorpus>'
    items, problems = read_text(tmp_path / "a.xml", text)
    assert [(it.document.text, len(it.layers)) for it in items] == [("Anna.", 0), ("1901", 1)]
    assert problems == []


@pytest.mark.parametrize(
    ("head", "text", "expected"),
    [
        ('<!DOCTYPE TEI [<!ENTITY me "Anna">]>', "&me; &amp; co", "Anna & co"),
        ('<!DOCTYPE TEI SYSTEM "tei.dtd">', "&eacute;t&eacute;", "été"),
        ('<!DOCTYPE TEI [<!ENTITY me SYSTEM "{secret}">]>', "&me;", None),
        ('<!DOCTYPE TEI [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>', "&me;", None),
        ("", "&me;", None),
        ("", "<p>", None),
    ],
)
def test_entities_are_resolved_in_the_file_and_never_outside(
    tmp_path: Path, head: str, text: str, expected: str | None
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    path = tmp_path / "a.xml"
    path.write_text(tei(f"<p>{text}</p>", head.replace("{secret}", secret.as_uri())))
    items, problems = read(path, "tei")
    assert [it.document.text for it in items] == ([] if expected is None else [expected])
    assert [p.code for p in problems] == ([] if expected else ["read.malformed"])


INLINE = st.recursive(
    st.sampled_from(["Anna", "Elm ", " à", "🚀", "\n", ", "]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["persName", "orgName", "date", "hi"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.lists(INLINE, min_size=1, max_size=6))
def test_the_names_are_those_that_lxml_finds(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    text = tei(f"<p>x{''.join(parts)}</p>")
    path = tmp_path_factory.mktemp("tei") / "a.xml"
    (item,), _ = read_text(path, text)
    root = etree.fromstring(text.encode())
    body = root.find(f".//{{{NAMESPACE}}}p")
    assert item.document.text.split() == "".join(body.itertext()).split()
    named = [
        (" ".join("".join(it.itertext()).split()), etree.QName(it).localname)
        for it in body.iter()
        if etree.QName(it).localname in ("persName", "orgName", "date")
    ]
    spans = surfaces(item) if item.layers else []
    assert set(spans) == {it for it in named if it[0]}
