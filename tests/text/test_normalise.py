"""The normalisation contract, version 2: what it changes, and that nothing is lost by it."""

from __future__ import annotations

import contextlib

import ftfy.bad_codecs
import msgspec
import pytest
from ftfy.chardata import CHARMAP_ENCODINGS
from hypothesis import given
from hypothesis import strategies as st
from support.source_documents import read_normalised

from curate.model import Document
from curate.text import mojibake
from curate.text.normalise import STEPS, NormalisedText, normalise
from curate.util import jsonl

FRENCH = "L’« Élysée » – où naît l’été ? – a déjà reçu 5 € « ici même »…"
ftfy.bad_codecs.ok()  # the encodings that begin with "sloppy" are known from here on
# Pieces that steps look for, so that they meet one another in all orders.
PIECES = st.sampled_from(
    ["\ufeff", "\r\n", "\r", "\n", " ", "\u00a0", "\u202f", "\t", "\x85", "\x92", "\x8e", "\x07"]
    + ["\u2028", "\u00ad", "\u200b", "\u200d", "e", "\u0301", "\u0327", "é", "Ã©", "â€™", "Ã ", "Ã"]
    + ["ÃƒÂ©", "»£", "\u1100", "\u1161", "\u11a8", "각", "\u0958", "\u212b", "가", "’", "œ", "𝒜"]
)
TEXTS = st.lists(
    PIECES | st.text(st.characters(exclude_categories=("Cs",)), max_size=5), max_size=20
).map("".join)


def garble(text: str, *encodings: str) -> str:
    for encoding in encodings:
        text = text.encode("utf-8").decode(encoding)
    return text


@given(TEXTS)
def test_normalising_twice_is_normalising_once(text):
    once = normalise(text)
    assert normalise(once.text) == NormalisedText(text=once.text)


@given(TEXTS)
def test_the_text_as_it_came_can_be_rebuilt(text):
    done = normalise(text)
    assert done.map.apply(text) == done.text
    assert done.map.undo(done.text) == text
    assert bool(done.notes) == (text != done.text)


@given(TEXTS)
def test_the_map_carries_every_kept_character_to_itself(text):
    done = normalise(text)
    touched = {at for edit in done.map.edits for at in range(edit.at, edit.end)}
    kept = []
    for at in set(range(len(text))) - touched:
        place = done.map.carry(at, at + 1)
        assert place is not None
        assert done.text[slice(*place)] == text[at]
        assert done.map.back(*place) == (at, at + 1)
        kept.append(place)
    assert len(kept) == len(set(kept))
    made = sum(len(edit.new) for edit in done.map.edits)
    assert len(kept) + made == len(done.text)


@given(TEXTS)
def test_a_map_is_written_and_read(text):
    found = normalise(text).map
    assert type(found).loads(found.dumps()) == found
    assert msgspec.json.decode(jsonl.canonical(found), type=type(found)) == found


@given(st.text(alphabet="ab’é«\u00a0» \n", min_size=1).map(str.strip))
def test_what_annotators_see_stays(text):
    done = normalise(text)
    assert set(done.notes) <= {"line-ends"}
    assert "".join(done.text.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("raw", "text", "steps"),
    [
        ("\ufeffa", "a", ("bom",)),
        ("a\r\nb\rc\u2028d\x0ce", "a\nb\nc\nd\ne", ("newlines",)),
        ("a\x07b\uffffc", "abc", ("controls",)),
        ("diplo\u00admatie\u200b\ufeffs", "diplomaties", ("invisible",)),
        ("e\u0301", "é", ("nfc",)),
        ("\u1100\u1161\u11a8", "각", ("nfc",)),
        ("a \nb", "a\nb", ("line-ends",)),
        (" a\n", "a", ("ends",)),
        ("\ufeff \ufeff\r\n\ufeffa", "a", ("bom", "newlines", "invisible", "line-ends", "ends")),
        ("lâ€™Ã‰tÃ©", "l’Été", ("mojibake",)),
        ("« Ã©tÃ© »", "« été »", ("mojibake",)),  # only part of the line was garbled
        ("dÃ©jÃ  vu Ã Lyon", "déjà vu à Lyon", ("mojibake",)),
        ("l\x92œuvre\x85", "l’œuvre…", ("mojibake",)),
        ("A\u0303\u00a9te\u0301", "été", ("mojibake", "nfc")),  # found after composing
    ],
)
def test_each_step_is_recorded(raw, text, steps):
    done = normalise(raw)
    assert (done.text, done.notes) == (text, steps)


@pytest.mark.parametrize(
    "text",
    [
        FRENCH,
        "SÃO PAULO, LIBERTÉ», voilÃ tout",  # nothing else in the text says that Ã is garbled
        "👩\u200d👩\u200d👧 et ☎\ufe0f",
        "می\u200cخواهم",
        "שלום \u200f(עולם)",
        "ﬁn ＡＢＣ “x” `y' &amp; 10³",  # what ftfy would change besides mojibake
        "pp. 4 »£ et nœé",
    ],
)
def test_what_stays(text):
    assert normalise(text) == NormalisedText(text=text)


@pytest.mark.parametrize(
    "encodings",
    [
        ("latin-1",),
        ("sloppy-windows-1252",),
        ("sloppy-windows-1252", "sloppy-windows-1252"),
        ("macroman",),
    ],
)
def test_a_garbled_text_is_read_again_character_by_character(encodings):
    raw = garble(FRENCH, *encodings)
    done = normalise(raw)
    assert (done.text, done.notes) == (FRENCH, ("mojibake",))
    for at, char in enumerate(FRENCH):
        start, end = done.map.back(at, at + 1)
        assert raw[start:end] == garble(char, *encodings)
        assert done.map.carry(start, end) == (at, at + 1)


def test_no_garbled_letter_escapes_the_first_look():
    """Every letter, read in every encoding that ftfy knows, no-break spaces kept or lost."""
    letters = [chr(code) for code in (*range(0x80, 0xD800), *range(0xE000, 0x11000))]
    for encoding in CHARMAP_ENCODINGS:
        for letter in letters:
            if encoding == "macroman" and mojibake._RARE.match(letter):
                continue  # Mac Roman is never believed to have been one of these
            with contextlib.suppress(UnicodeDecodeError):
                garbled = letter.encode("utf-8").decode(encoding)
                for line in (f"a{garbled}b", f"a{garbled} b".replace("\xa0", " ")):
                    assert mojibake._PAIR.search(line), (encoding, letter)


def test_mac_roman_is_not_taken_for_windows():
    """``l\\xd5\\x8etat`` is ``l’état`` in Mac Roman; half of it looks like an Armenian letter."""
    assert normalise("l\xd5\x8etat").text == "lÕtat"
    assert normalise("caf\x8e \x92").text == "caf"


def test_a_span_that_came_with_the_text_goes_along():
    raw = "\ufeffIl a vu\r\nl\u2019E\u0301lyse\u0301e \r\net Rome."
    done = normalise(raw)
    for surface, after in (
        ("E\u0301lyse\u0301e", "Élysée"),
        ("Rome", "Rome"),
        ("e \r\net", "e\net"),
    ):
        start = raw.index(surface)
        place = done.map.carry(start, start + len(surface))
        assert place is not None
        assert done.text[slice(*place)] == after
    half = raw.index("\u0301")
    assert done.map.carry(half, half + 1) is None  # the accent alone is no longer there
    assert done.map.carry(0, 1) is None
    assert done.map.carry(5, 2) is None


def test_steps_have_names_of_their_own():
    names = [name for name, _ in STEPS]
    assert len(names) == len(set(names))


def test_the_repository_s_article_keeps_its_id(seed_file):
    text = seed_file.read_text("utf-8")
    assert normalise(text) == NormalisedText(text=text)
    document = next(iter(read_normalised(seed_file, "fr")))
    assert isinstance(document, Document)
    assert document.id == "1a2e4342bf15c1e1"


def test_real_texts_are_left_and_rebuilt(shared_data):
    """Nothing in modern French news is mojibake, and scanned newspapers only look like it."""
    paths = sorted((shared_data / "winer-fr-2016").rglob("*.txt"))
    paths.append(shared_data / "europeana-fr" / "enp_FR.bnf.bio")
    assert len(paths) > 500
    for path in paths:
        raw = path.read_bytes().decode("utf-8")
        done = normalise(raw)
        assert "mojibake" not in done.notes
        assert done.map.undo(done.text) == raw
