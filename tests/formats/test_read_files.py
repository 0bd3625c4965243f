"""Texts, tables, pages, feeds, brat, DocBin and WebAnno; what is packed; where files come from."""

from __future__ import annotations

import gzip
import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from curate.errors import InputError
from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.registry import detect_format
from curate.formats.sources import read_annotated, source_files
from curate.model import Problem


def read(path: Path, format: str = "", **options: Any) -> tuple[list[ReadDocument], list[Problem]]:
    items = list(read_annotated(path, format, ReadOptions(**options)))
    return [i for i in items if isinstance(i, ReadDocument)], [
        i for i in items if isinstance(i, Problem)
    ]


def texts(found: list[ReadDocument]) -> list[str]:
    return [item.document.text for item in found]


def surfaces(found: ReadDocument) -> list[tuple[str, str]]:
    text = found.document.text
    return [(text[s.start : s.end], s.label) for s in found.layers[0].spans]


# -- where files come from


@pytest.mark.parametrize("pack", ["gz", "zst"])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.conll", "a.csv"])
def test_packed_files_are_read_as_the_others_are(tmp_path, pack, name):
    import zstandard

    plain = {
        "a.txt": "Un texte",
        "a.jsonl": '{"text": "Un texte"}\n',
        "a.conll": "Un O\ntexte O\n",
        "a.csv": "text\nUn texte\n",
    }[name].encode()
    packed = gzip.compress(plain) if pack == "gz" else zstandard.compress(plain)
    path = tmp_path / f"{name}.{pack}"
    path.write_bytes(packed)
    assert list(source_files([tmp_path])) == [path]
    assert texts(read(path)[0]) == ["Un texte"]
    path.write_bytes(packed[: len(packed) // 2])
    assert [p.code for p in read(path)[1]] == ["read.unreadable"]


def test_the_standard_input_is_read_once_and_must_be_named(tmp_path, monkeypatch):
    data = io.BytesIO(b'{"text": "Un"}\n{"text": "Deux"}\n')
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(data)))
    assert texts(read(Path("-"), "jsonl")[0]) == ["Un", "Deux"]
    with pytest.raises(InputError, match="--from FORMAT"):
        list(source_files([Path("-")]))
    assert list(source_files([Path("-")], "jsonl")) == [Path("-")]


def test_patterns_and_folders_are_the_files_in_them_each_once(tmp_path, monkeypatch):
    for name in ("b.jsonl", "a.jsonl", "c.txt", "d/e.jsonl", "notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    monkeypatch.chdir(tmp_path)
    named = [str(path) for path in source_files([Path("*.jsonl"), Path("a.jsonl")])]
    assert named == ["a.jsonl", "b.jsonl"]
    assert [p.name for p in source_files([tmp_path / "**/*.jsonl"])] == [
        "a.jsonl",
        "b.jsonl",
        "e.jsonl",
    ]
    assert [p.name for p in source_files([tmp_path], "txt")] == ["c.txt"]
    with pytest.raises(InputError, match="no file matches"):
        list(source_files([Path("*.conll")]))


def test_an_encoding_that_there_is_not_is_said(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    with pytest.raises(InputError, match="no encoding 'utf-9'"):
        read(path, encoding="utf-9")


# -- texts


def test_lines_and_fasttext(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"Un\n\nDeux\r\nb\xe9\n")
    found, problems = read(path, "lines")
    assert texts(found) == ["Un", "Deux"]
    assert [p.where for p in problems] == [f"{path}:4"]
    path.write_text("__label__a __label__b Un texte\nSans\n__label__a\n")
    assert detect_format(path).name == "fasttext"
    found, problems = read(path)
    assert texts(found) == ["Un texte", "Sans"]
    assert [c.label for c in found[0].layers[0].categories] == ["a", "b"]
    assert [(p.code, p.where) for p in problems] == [("read.no-text", f"{path}:3")]


# -- tables


def test_a_table_has_a_header_and_bad_rows_are_named_by_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        'title;body;label\nT;"Deux\nlignes; et ""plus""";a\nU;;b\nV;trop;x;y\n\nW;Fin;\n', "utf-8"
    )
    found, problems = read(path)
    assert texts(found) == ['Deux\nlignes; et "plus"', "Fin"]
    assert found[0].document.meta == {"title": "T"}
    assert [c.label for c in found[0].layers[0].categories] == ["a"]
    assert found[1].layers == ()
    assert [f.where for f in found] == [f"{path}:2", f"{path}:7"]
    codes = [(p.code, p.where) for p in problems]
    assert codes == [("read.no-text", f"{path}:4"), ("read.malformed", f"{path}:5")]


def test_tables_in_other_encodings_and_with_tabs(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_bytes("texte\turl\nCafé, thé\thttp://x\n".encode("utf-16"))
    found, problems = read(path)
    assert (texts(found), found[0].document.meta, problems) == (
        ["Café, thé"],
        {"url": "http://x"},
        [],
    )
    path.write_bytes("text\nCafé\nok\n".encode("latin-1"))
    found, problems = read(path)
    assert (texts(found), [p.where for p in problems]) == (["ok"], [f"{path}:2"])
    assert texts(read(path, encoding="latin-1")[0]) == ["Café", "ok"]


def test_a_table_without_the_column_says_how_to_name_it(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,Un texte\n")
    with pytest.raises(InputError, match=r"no column text or body .* --column text=NAME"):
        read(path)
    found, _ = read(path, columns={"text": "b"})
    assert (texts(found), found[0].document.meta) == (["Un texte"], {"a": "1"})


def test_parquet_is_read_in_rows_with_its_spans(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    spans = [{"start": 0, "end": 4, "label": "PER"}]
    rows = [{"text": "Anna dort", "n": 1, "spans": spans}, {"text": None, "n": 2, "spans": []}]
    pq.write_table(pa.Table.from_pylist(rows), path)
    (found,), (problem,) = read(path)
    assert surfaces(found) == [("Anna", "PER")]
    assert found.document.meta == {"n": "1"}
    assert (problem.code, problem.where) == ("read.no-text", f"{path}:2")
    path.write_bytes(b"PAR1 no")
    assert [p.code for p in read(path)[1]] == ["read.unreadable"]


# -- pages and feeds

PAGE = """<!doctype html><html lang="fr"><head><title>Le titre | Le Site</title>
<meta property="og:title" content="Le titre"><meta property="og:site_name" content="Le Site">
<meta name="author" content="Anna Elm"><meta property="article:published_time" content="2025-06-02">
<link rel="canonical" href="https://site.example/a"></head><body>
<nav><a href="/">Accueil</a> <a href="/x">Abonnez-vous</a></nav>
<article><h1>Le titre</h1>
<p>Le ministre des Affaires étrangères a reçu lundi à Paris son homologue, venu de loin.</p>
<p>Les deux hommes ont parlé de l’accord qui doit être signé avant la fin du mois de juin.</p>
</article><footer>Tous droits réservés. Mentions légales.</footer></body></html>"""


def test_a_page_gives_its_article_and_not_what_is_around_it(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(PAGE, encoding="utf-8")
    (found,), problems = read(path)
    assert found.document.text == (
        "Le ministre des Affaires étrangères a reçu lundi à Paris son homologue, venu de loin.\n"
        "Les deux hommes ont parlé de l’accord qui doit être signé avant la fin du mois de juin."
    )
    meta = found.document.meta
    assert (meta["title"], meta["author"], meta["source"]) == ("Le titre", "Anna Elm", "Le Site")
    assert meta["published"] == "2025-06-02"
    assert problems == []
    path.write_text("<html><body></body></html>")
    assert [p.code for p in read(path)[1]] == ["read.no-text"]


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


@pytest.mark.parametrize(("name", "module"), [("a.rss", "feedparser"), ("a.html", "trafilatura")])
def test_a_library_that_is_not_installed_is_named_with_the_hint(
    tmp_path, monkeypatch, name, module
):
    (tmp_path / name).write_text(PAGE, encoding="utf-8")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"{module}.*; install it with `pip install"):
        read(tmp_path / name)


# -- brat


def brat(folder: Path, text: str, notes: str, **options: Any) -> tuple[ReadDocument, list[Problem]]:
    (folder / "a.txt").write_bytes(text.encode())
    (folder / "a.ann").write_text(notes, encoding="utf-8")
    (found,), problems = read(folder / "a.txt", **options)
    return found, problems


def test_brat_counts_code_points_of_the_file_as_it_is(tmp_path):
    found, problems = brat(tmp_path, "👩‍⚕️\r\nAnna dort", "T1\tPER 6 10\tAnna\nT1\tPER 6 10\n")
    assert surfaces(found) == [("Anna", "PER")]
    assert [p.code for p in problems] == ["read.doubled"]


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("lose", []),
        ("cover", [("North and South America", "LOC")]),
        ("split", [("North", "LOC"), ("America", "LOC")]),
    ],
)
def test_brat_spans_in_pieces(tmp_path, choice, kept):
    notes = "T1\tLOC 0 5;16 23\tNorth America\n"
    found, problems = brat(tmp_path, "North and South America", notes, discontinuous=choice)
    assert surfaces(found) == kept
    assert [p.code for p in problems] == (["read.discontinuous"] if choice == "lose" else [])


def test_brat_pieces_with_a_line_end_between_them_are_one_span(tmp_path):
    found, problems = brat(tmp_path, "New\nYork", "T1\tLOC 0 3;4 8\tNew York\n")
    assert surfaces(found) == [("New\nYork", "LOC")]
    assert problems == []


def test_brat_names_what_it_cannot_take_by_line(tmp_path):
    notes = (
        "T1\tPER 0 4\tAnna\nR1\tknows Arg1:T1 Arg2:T3\nR2\tknows Arg1:T1 Arg2:T9\n"
        "T2\tPER 5 9\tElm!\nT3\tPER 13 17\tOtto\nT4\tPER 90 99\tNobody\nA1\tConfidence T1 High\n"
        "#1\tAnnotatorNotes T1\tsure\nE1\tMeet:T1\n*\tAlias T1 T3\nrubbish\nT5 PER 0 4 Anna\n"
    )
    found, problems = brat(tmp_path, "Anna Elm, and Otto".replace(" and", "and"), notes)
    assert surfaces(found) == [("Anna", "PER"), ("Otto", "PER")]
    (arrow,) = found.layers[0].relations
    assert (arrow.head, arrow.tail, arrow.label) == ((0, 4, "PER"), (13, 17, "PER"), "knows")
    told = [(p.code.removeprefix("read."), p.where.rsplit(".ann", 1)[1]) for p in problems]
    assert told == [
        ("text-mismatch", ":4"),
        ("out-of-range", ":6"),
        ("dangling", ":3"),
        ("unsupported", ""),
        ("unsupported", ""),
        ("unsupported", ""),
        ("unsupported", ""),
        ("malformed", ":11"),
        ("malformed", ":12"),
    ]


def test_brat_needs_both_files_and_a_folder_names_each_document_once(tmp_path):
    (tmp_path / "a.txt").write_text("Anna")
    (tmp_path / "a.ann").write_text("")
    (tmp_path / "b.ann").write_text("")
    (tmp_path / "c.txt").write_text("Otto")
    assert [p.name for p in source_files([tmp_path], "brat")] == ["a.txt", "b.ann"]
    assert [p.name for p in source_files([tmp_path])] == ["a.txt", "b.ann", "c.txt"]
    found, problems = read(tmp_path / "b.ann")
    assert (found, [p.code for p in problems]) == ([], ["read.no-text"])
    assert ".txt" in problems[0].message
    assert detect_format(tmp_path / "c.txt").name == "txt"


# -- spaCy


def test_a_docbin_gives_entities_groups_and_categories(tmp_path):
    import spacy
    from spacy.tokens import Doc, DocBin, Span

    nlp = spacy.blank("fr")
    doc = nlp("Anna Elm dort à Rome.")
    doc.set_ents([Span(doc, 0, 2, "PER")])
    doc.spans["sc"] = [Span(doc, 0, 2, "PER"), Span(doc, 0, 1, "FIRST"), Span(doc, 4, 5, "LOC")]
    doc.cats = {"calm": 1.0, "loud": 0.1}
    doc.user_data["id"] = "d1"
    bare = Doc(nlp.vocab, words=["Rien", "."], spaces=[False, False])
    path = tmp_path / "a.spacy"
    DocBin(store_user_data=True, docs=[doc, bare]).to_disk(path)
    (first, second), problems = read(path)
    assert surfaces(first) == [("Anna", "FIRST"), ("Anna Elm", "PER"), ("Rome", "LOC")]
    assert [c.label for c in first.layers[0].categories] == ["calm"]
    assert first.document.meta == {"id": "d1"}
    assert (second.document.text, second.layers, problems) == ("Rien.", (), [])
    path.write_bytes(b"rubbish")
    assert [p.code for p in read(path)[1]] == ["read.unreadable"]


# -- WebAnno


NE = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
POS = "de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS"


def webanno(path: Path, head: list[str], rows: list[str], **options: Any) -> Any:
    lines = ["#FORMAT=WebAnno TSV 3.2", *head, "", "", *rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert detect_format(path).name == "webanno"
    return read(path, **options)


def test_webanno_stacked_escaped_and_sub_token_annotations(tmp_path):
    rows = [
        "#Text=Anna\\\\Elm vs. Bank",
        "1-1\t0-8\tAnna\\\\Elm\tPER[1]|A\\|B[2]\tNOUN",
        "1-1.1\t0-4\tAnna\tGIVEN\t_",
        "1-2\t9-12\tvs.\tPER[1]\tX",
        "1-3\t13-17\tBank\t*\tNOUN",
    ]
    head = [f"#T_SP={NE}|value", f"#T_SP={POS}|PosValue"]
    (found,), problems = webanno(tmp_path / "a.tsv", head, rows)
    assert found.document.text == "Anna\\Elm vs. Bank"
    assert surfaces(found) == [
        ("Anna", "GIVEN"),
        ("Anna\\Elm", "A|B"),
        ("Anna\\Elm vs.", "PER"),
        ("Bank", "NamedEntity"),
    ]
    (skipped,) = problems
    assert skipped.code == "read.unsupported"
    assert POS in skipped.message
    assert "3 tokens" in skipped.message
    (found,), _ = webanno(
        tmp_path / "a.tsv", head, rows, columns={"layer": "POS", "label": "PosValue"}
    )
    assert surfaces(found) == [("Anna\\Elm", "NOUN"), ("vs.", "X"), ("Bank", "NOUN")]


@pytest.mark.parametrize("cells", ["", "\tA", "\tA\tPER"])
def test_webanno_refuses_a_row_with_fewer_columns_than_the_header_names(tmp_path, cells):
    path = tmp_path / "a.tsv"
    head = [f"#T_SP={NE}|value", f"#T_RL=custom.Order|label|BT_{NE}"]
    rows = ["#Text=Anna Elm", f"1-1\t0-4\tAnna{cells}", "1-2\t5-8\tElm\tPER\t_\t_"]
    (found,), (problem,) = webanno(path, head, rows)
    assert surfaces(found) == [("Elm", "PER")]
    assert (problem.code, problem.where) == ("read.malformed", f"{path}:7")
    assert re.findall(r"\d+", problem.message) == [str(3 + cells.count("\t")), "6"]


def test_webanno_refuses_a_layer_below_the_rows(tmp_path):
    path = tmp_path / "a.tsv"
    rows = ["#Text=Anna", "1-1\t0-4\tAnna\tPER", f"#T_RL=custom.Order|label|BT_{NE}"]
    (found,), (problem,) = webanno(path, [f"#T_SP={NE}|value"], rows)
    assert surfaces(found) == [("Anna", "PER")]
    assert (problem.code, problem.where) == ("read.malformed", f"{path}:7")


def test_webanno_refuses_lines_that_are_none_and_counts_slots_and_chains(tmp_path):
    path = tmp_path / "a.tsv"
    head = [
        f"#T_SP={NE}|value|ROLE_{NE}:links_Link|{NE}",
        "#T_CH=custom.CoreferenceLink|referenceRelation|referenceType",
        "#T_RL=custom.Order|label|BT_custom.Unknown",
    ]
    rows = [
        "#Text=Anna sleeps",
        "1-1\t0-4\tAnna\tPER\tagent\t1-2\tname[1]\tr\tx\t1-2",
        "1-2\t5-12\tsleeps\t_\t_\t_\t_\t_\t_\t_",
        "rubbish",
        "1-3\t5-11\tsleeps\t_\t_\t_\t_\t_\t_\t_",
    ]
    (found,), problems = webanno(path, head, rows)
    assert surfaces(found) == [("Anna", "PER")]
    codes = [p.code.removeprefix("read.") for p in problems]
    assert codes == ["unsupported", "unsupported", "unsupported", "malformed", "malformed"]
    assert [p.where for p in problems[3:]] == [f"{path}:9", f"{path}:10"]
