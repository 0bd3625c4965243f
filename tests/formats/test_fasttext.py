"""fastText."""

from __future__ import annotations

from support.read_files import read, texts, write_rows

from curate.formats.convert import convert
from curate.formats.reading import ReadDocument
from curate.formats.registry import detect_format


def test_categories_before_the_text_of_each_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("__label__a __label__b Un texte\nSans\n__label__a\n")
    assert detect_format(path).name == "fasttext"
    found, problems = read(path)
    assert texts(found) == ["Un texte", "Sans"]
    assert [c.label for c in found[0].layers[0].categories] == ["a", "b"]
    assert [(p.code, p.where) for p in problems] == [("read.no-text", f"{path}:3")]


def categories(item: ReadDocument) -> list[str]:
    return [c.label for layer in item.layers for c in layer.categories]


# What pandas writes for " ".join([labels, text, comments]), a row each.
EXPORT = (
    "__label__POL Anna saw Rome \n"
    '"__label__POL __label__SPORT Anna, saw Rome "\n'
    '" Bela said ""yes"" "\n'
    '"__label__POL Deux\nlignes "\n'
    "__label__POL Carla __comment__Sure? __comment__a new one\n"
    '"__label__POL Dora __comment__no, not sure"\n'
    " Emil \n"
)


def test_what_doccano_exports_has_quotes_and_comments(tmp_path):
    path = tmp_path / "all.txt"
    path.write_text(EXPORT, "utf-8")
    assert detect_format(path).name == "fasttext"
    found, problems = read(path)
    assert problems == []
    assert texts(found) == [
        "Anna saw Rome",
        "Anna, saw Rome",
        'Bela said "yes"',
        "Deux\nlignes",
        "Carla",
        "Dora",
        "Emil",
    ]
    assert [it.where for it in found] == [f"{path}:{n}" for n in (1, 2, 3, 4, 6, 7, 8)]
    labels = [categories(item) for item in found]
    assert labels == [["POL"], ["POL", "SPORT"], [], ["POL"], ["POL"], ["POL"], []]
    comments = [item.document.meta.get("comments") for item in found]
    assert comments[4:6] == ['["Sure?","a new one"]', '["no, not sure"]']


def test_a_quotation_that_does_not_end_spoils_its_line_only(tmp_path):
    path = tmp_path / "a.txt"
    lines = ['"__label__a Un, deux', "__label__b Trois", '"__label__c Quatre, cinq "', "Six"]
    path.write_text("\n".join([*lines, '"__label__d "Sept" et, huit']), "utf-8")
    found, problems = read(path)
    assert texts(found) == ["Trois", "Quatre, cinq", "Six"]
    assert [(p.code, p.where) for p in problems] == [
        ("read.malformed", f"{path}:1"),
        ("read.malformed", f"{path}:5"),
    ]


def test_plain_lines_keep_their_quotation_marks(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text('__label__a "Oui", dit-elle\n" Non "\n', "utf-8")
    assert texts(read(path)[0]) == ['"Oui", dit-elle', '" Non "']


def test_what_is_written_holds_categories_and_lists_the_rest_as_lost(tmp_path):
    source = write_rows(
        tmp_path / "in.jsonl",
        {
            "text": "Un\r\n texte,\tdeux",
            "spans": [{"start": 0, "end": 2, "label": "X"}],
            "categories": [{"label": "la vie"}, {"label": "b"}],
        },
        {"text": "Trois __label__x"},
    )
    target = tmp_path / "out.txt"
    result = convert([source], target, write_as="fasttext")
    lines = ["__label__b __label__la_vie Un texte, deux", "Trois __label__x"]
    assert target.read_text("utf-8").splitlines() == lines
    assert result.lost == {"no-spans": 1}
    assert result.noted == {"label-in-text": 1, "not-judged": 1}
    found, problems = read(target)
    assert (texts(found)[0], categories(found[0])) == ("Un texte, deux", ["b", "la_vie"])
    assert problems == []
