"""Web pages."""

from __future__ import annotations

from support.read_files import read

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


LONG = "Le ministre des Affaires étrangères a reçu lundi à Paris son homologue, venu de loin."


def article(*paragraphs: str) -> str:
    body = "".join(f"<p>{it}</p>" for it in paragraphs)
    return (
        f"<html><head><title>Le titre</title></head><body><article>{body}</article></body></html>"
    )


def test_paragraphs_that_repeat_the_one_before_are_kept(tmp_path):
    path = tmp_path / "a.html"
    bold = f"{LONG} <b>Oui.</b>"
    path.write_text(article(LONG, LONG, LONG, "Non.", "Non.", bold, bold, "Fin ⸻"), "utf-8")
    (found,), problems = read(path)
    lines = [LONG, LONG, LONG, "Non.", "Non.", f"{LONG} Oui.", f"{LONG} Oui.", "Fin ⸻"]
    assert found.document.text.splitlines() == lines
    assert problems == []


def test_paragraphs_of_a_short_article_stay_apart(tmp_path):
    path = tmp_path / "a.html"
    for lines in (["Anna dort.", "Bela est à Rome."], [LONG, f"{LONG} Fin."]):
        path.write_text(article(*lines), "utf-8")
        (found,), _ = read(path)
        assert found.document.text.splitlines() == lines
