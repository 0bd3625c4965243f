"""CoNLL-2012, read and written."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.exported_corpus import LOSSY_CORPUS, LOSSY_SCHEMA, pair
from support.golden_corpus import without_spaces
from support.read_files import keys_by_layer, read, read_text, surfaces, texts

from curate.errors import CurateError
from curate.formats import export
from curate.formats.convert import convert
from curate.formats.registry import detect_format
from curate.model import Relation

PREFIX = "news/a/00/a_0000 0"
TEXT = f"""\
#begin document (news/a/00/a_0000); part 000
{PREFIX} 0 Anna NNP (TOP(S(NP*) - - - - (PERSON) (0)
{PREFIX} 1 saw VBD (VP* - - - - * -
{PREFIX} 2 New NNP (NP* - - - - (GPE* (1|(2
{PREFIX} 3 York NNP *)) - - - - *) 1)|2)

{PREFIX} 0 She PRP (TOP(S(NP*) - - - - * (0)

#end document
#begin document (news/a/00/a_0000); part 001
{PREFIX} 0 Rien RB (TOP*) - - - - * -

#end document
"""


def test_names_are_entities_and_coreference_is_a_layer_of_chains(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    (first, second), problems = read_text(path, TEXT)
    assert detect_format(path).name == "conll2012"
    assert texts([first, second]) == ["Anna saw New York\nShe", "Rien"]
    assert [item.document.meta for item in (first, second)] == [
        {"id": "news/a/00/a_0000"},
        {"id": "news/a/00/a_0000", "part": "001"},
    ]
    assert keys_by_layer(first) == {
        "column:coreference": [(0, 4, "mention"), (9, 17, "mention"), (18, 21, "mention")],
        "gold": [(0, 4, "PERSON"), (9, 17, "GPE")],
    }
    (coreference, _) = first.layers
    assert [(it.head[:2], it.tail[:2], it.label) for it in coreference.relations] == [
        ((18, 21), (0, 4), "coreference")
    ]
    assert (keys_by_layer(second), problems) == ({"gold": []}, [])


def test_what_is_damaged_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.conll2012"
    (first, _), problems = read_text(path, TEXT.replace("*) 1)|2)", "* 1)").replace("(0)\n", "-\n"))
    assert surfaces(first) == [("New York", "mention")]
    assert [(p.code, p.where) for p in problems] == [
        ("read.malformed", f"{path}:4"),
        ("read.malformed", f"{path}:4"),
    ]
    documents, problems = read_text(path, TEXT.replace(f"{PREFIX} 1 saw VBD", "saw"))
    assert texts(documents) == ["She", "Rien"]
    assert [(p.code, p.where) for p in problems] == [("read.malformed", f"{path}:3")]


LEAVES_FILES_OPEN = pytest.mark.filterwarnings("ignore::ResourceWarning")  # conll_transform does


@LEAVES_FILES_OPEN
@pytest.mark.parametrize(
    "name",
    ["105_persuasion", "1342_pride_and_prejudice", "76_adventures_of_huckleberry_finn"],
)
def test_litbank_has_the_mentions_and_chains_that_another_reader_finds(
    shared_data: Path, name: str
) -> None:
    import conll_transform  # type: ignore[import-untyped]

    path = shared_data / "litbank-3" / "coref" / "conll" / f"{name}_brat.conll"
    (item,), problems = read(path)
    assert problems == []
    (sentences,) = conll_transform.read_file(str(path), sep="\t").values()
    tokens = [token for sentence in sentences for token in sentence]
    assert item.document.text.split() == [token[3] for token in tokens]
    mentions = conll_transform.compute_mentions([token[-1] for token in tokens])
    text = item.document.text
    counts = {offset: len(text[:offset].split()) for offset in range(len(text) + 1)}
    (layer,) = item.layers
    found = {(counts[span.start], counts[span.end]) for span in layer.spans}
    assert found == {place for place, _ in mentions}
    chains = {chain for _, chain in mentions}
    assert len(layer.relations) == len(mentions) - len(chains)


@LEAVES_FILES_OPEN
def test_another_reader_reads_what_is_written(tmp_path: Path) -> None:
    import conll_transform

    path = tmp_path / "a.conll2012"
    exported = export.write("conll2012", LOSSY_CORPUS, path, LOSSY_SCHEMA)
    documents, problems = read(path)
    assert problems == []
    assert [item.document.meta["id"] for item in documents] == [d.id for d, _ in LOSSY_CORPUS]
    assert sum(len(item.layers[0].spans) for item in documents) == exported.spans == 6
    by_name = conll_transform.read_file(str(path))
    assert len(by_name) == len(LOSSY_CORPUS)
    for item, sentences in zip(documents, by_name.values(), strict=True):
        words = [token[3] for sentence in sentences for token in sentence]
        assert without_spaces("".join(words)) == without_spaces(item.document.text)
        names = [token[10] for sentence in sentences for token in sentence]
        assert sum("(" in name for name in names) == len(item.layers[0].spans)


def test_a_label_that_would_break_its_column_is_refused(tmp_path: Path) -> None:
    made = pair("À Évian.", ("Évian", "A(B"))
    with pytest.raises(CurateError, match=r"A\(B"):
        export.write("conll2012", [made], tmp_path / "a", LOSSY_SCHEMA)


def _written(folder: Path, text: str, spans: dict[str, str], links: list[tuple[str, str, str]]):
    """What is read of a document whose spans are named by their text, and what was lost."""
    keys = {it: (text.index(it), text.index(it) + len(it), name) for it, name in spans.items()}
    relations = tuple(Relation(keys[a], keys[b], label) for a, b, label in links)
    made = pair(text, *spans.items(), relations=relations)
    exported = export.write("conll2012", [made], folder / "a.conll2012", LOSSY_SCHEMA)
    (document,), problems = read(folder / "a.conll2012")
    assert problems == []
    return document, exported


def test_links_that_connect_mentions_are_written_as_their_chains(tmp_path: Path) -> None:
    text = "Anna saw her old friend Bela and his dog there"
    spans = dict.fromkeys(["Anna", "her", "his dog", "his", "there"], "mention")
    spans |= {"Bela": "PER", "old friend Bela": "mention", "Bela and": "mention"}
    links = [
        ("her", "Anna", "coreference"),
        ("his", "Bela", "Coref"),  # to a name, which is a mention as well
        ("old friend Bela", "his", "coreference"),
        ("old friend Bela", "Bela", "coreference"),  # says nothing new
        ("Bela and", "Bela", "coreference"),
        ("his dog", "his", "owner"),
    ]
    document, exported = _written(tmp_path, text, spans, links)
    mentions, names = document.layers
    assert [text[s.start : s.end] for s in names.spans] == ["Bela"]
    surfaces_of = {text[s.start : s.end] for s in mentions.spans}
    assert surfaces_of == {*spans} - {"Bela and"}  # it crosses one of its own chain
    assert exported.lost == {"overlapping": 1, "relations": 2}
    found = [(text[slice(*it.head[:2])], text[slice(*it.tail[:2])]) for it in mentions.relations]
    assert sorted(found) == [
        ("Bela", "old friend Bela"),
        ("her", "Anna"),
        ("his", "Bela"),
    ]
    assert exported.spans == 7


def test_a_layer_of_mentions_says_nothing_about_names(tmp_path: Path) -> None:
    document, exported = _written(tmp_path, "Anna saw her", {"Anna": "mention"}, [])
    assert keys_by_layer(document) == {"column:coreference": [(0, 4, "mention")]}
    assert (exported.spans, exported.lost) == (1, {})


def test_coreference_comes_back_from_a_conversion(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "litbank-3/coref/conll/1342_pride_and_prejudice_brat.conll"
    target = tmp_path / "a.conll2012"
    result = convert([source], target, layer="column:coreference", read_as="conll2012")
    assert (result.written[0].lost, result.refused) == ({}, 0)
    ((before,), _), ((after,), _) = read(source, "conll2012"), read(target)
    first, second = (
        [it for it in item.layers if it.layer == "column:coreference"][0]
        for item in (before, after)
    )
    assert [it.label for it in second.spans] == [it.label for it in first.spans]
    assert len(second.relations) == len(first.relations) > 100
