"""What an article says about its own names: rules that look at all the spans of one text at once.

Pure; each rule is a function of its own: text and spans in (in order, none overlapping), spans out.
A span that a rule adds or relabels is ``by`` the rule, so that people see where it comes from.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from curate.layers import article_rule, is_model, is_rules
from curate.model import Span
from curate.preannotate.words import GAP, Words
from curate.text.offsets import trim

Spans = list[Span]
Settle = Callable[[str, Spans, Words], Spans]

NAMES = frozenset(("PER", "LOC", "ORG", "MISC"))
_BRACKETED = re.compile(rf"{GAP}?\((?P<inner>[^()\n]{{2,80}})\)")
_ACRONYM = re.compile(r"[A-ZÀ-Þ][A-Za-zÀ-ÿ]*[A-ZÀ-Þ][A-Za-zÀ-ÿ]*|[A-ZÀ-Þ]{2,}\d*")
_HEAD = re.compile(r"(?:^|[.!?…»\n–-])[\s«“\"]*$")
_LIST_LINE = 40
_WORDS = re.compile(r"[^\W_]+")


def settle(
    text: str, spans: Iterable[Span], words: Words, rules: Sequence[Settle] | None = None
) -> Spans:
    """Apply the rules of the article, in order: all of them, or those that are given."""
    found = sorted(spans, key=lambda span: span.key)
    for rule in RULES if rules is None else rules:
        found = rule(text, found, words)
    return found


def list_lines(text: str, spans: Spans, words: Words) -> Spans:
    """In a list, a line of its own is a name of its own: [Borges] above [Gaber] are two people.

    Lines shorter than 40 characters make a list; in a paragraph that is broken into lines, a name
    may go on in the next one.
    """
    made: Spans = []
    for span in spans:
        cuts = [m.start() for m in re.finditer("\n", text[span.start : span.end])]
        edges = [span.start]
        for cut in (span.start + cut for cut in cuts):
            if cut - text.rfind("\n", 0, cut) <= _LIST_LINE:
                edges += [cut, cut + 1]
        edges.append(span.end)
        if len(edges) == 2:
            made.append(span)
            continue
        for low, high in zip(edges[::2], edges[1::2], strict=True):
            start, end = trim(text, low, high)
            if any(char.isalnum() for char in text[start:end]):
                made.append(replace(span, start=start, end=end, by=_by(span, "lines")))
    return made


def particles(text: str, spans: Spans, words: Words) -> Spans:
    """The capital particle of a surname is inside: [De Gendt], unless it begins the sentence."""
    made: Spans = []
    for span in spans:
        match = words.particle.search(text[max(0, span.start - 12) : span.start])
        if span.label == "PER" and match:
            start = span.start - len(match["particle"])
            inside = match["before"] or text.count(text[start : span.end]) > 1
            if inside and not (made and made[-1].end > start):
                span = replace(span, start=start, by=_by(span, "particle"))
        made.append(span)
    return made


def acronyms(text: str, spans: Spans, words: Words) -> Spans:
    """An acronym in brackets has the label of its long form, here and in the rest of the article.

    [Agence internationale de l’énergie atomique] ([AIEA]) … l’[AIEA].
    """
    known: dict[str, str] = {}
    short = {text[span.start : span.end]: span for span in spans}
    for span in spans:
        match = _BRACKETED.match(text, span.end)
        if span.label not in NAMES or span.label == "PER" or not match:
            continue
        inner, surface = match["inner"], text[span.start : span.end]
        if _ACRONYM.fullmatch(inner) and _abbreviates(inner, surface):
            both = {span.label, short[inner].label} if inner in short else {span.label}
            known[inner] = known[surface] = "ORG" if "ORG" in both else span.label
    return _mark(text, _relabel(text, spans, known, "acronym", words), known, "acronym", words)


def head_words(text: str, spans: Spans, words: Words) -> Spans:
    """What begins with the name of an institution is one: [Cour supérieure du Québec]."""
    made: Spans = []
    for span in spans:
        wrong = span.label in ("LOC", "PER", "MISC") and not is_rules(span.by)
        if wrong and words.institution.match(text, span.start, span.end):
            span = replace(span, label="ORG", by=_by(span, "head word"))
        made.append(span)
    return made


def sentence_heads(text: str, spans: Spans, words: Words) -> Spans:
    """A single word that begins a sentence and stands elsewhere in lower case is no name.

    Nor is a participle that begins one: « Privées de leur meneuse », « Réunis sur la plaine ».
    """
    made: Spans = []
    for span in spans:
        word = text[span.start : span.end]
        if is_model(span.by) and _HEAD.search(text[max(0, span.start - 8) : span.start]):
            low = word[:1].lower() + word[1:]
            elsewhere = next(_occurrences(text, low), None) is not None
            if word.isalpha() and word != low and elsewhere:
                continue
            if words.participle.match(text, span.start):
                continue
        made.append(span)
    return made


def surnames(text: str, spans: Spans, words: Words) -> Spans:
    """A surname is the person whose full name the article gives: [Marco Rubio] … [Rubio].

    Unless the context says otherwise: « à Washington » is a place, whoever is called Washington.
    """
    full = Counter(
        text[span.start : span.end]
        for span in spans
        if span.label == "PER" and " " in text[span.start : span.end]
    )
    known: dict[str, str] = {}
    for name in full:
        rest = name.partition(" ")[2]
        for part in {rest, name.rsplit(" ", 1)[1]}:
            if len(part) > 2 and part[:1].isupper() and not part.isupper():
                known[part] = "PER"
    return _mark(text, _relabel(text, spans, known, "surname", words), known, "surname", words)


def one_label(text: str, spans: Spans, words: Words) -> Spans:
    """The same name has one label in an article, the one that most of its mentions have."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for span in spans:
        if span.label in NAMES and span.label != "MISC":
            weight = 2 if is_rules(span.by) else 1
            votes[text[span.start : span.end]][span.label] += weight
    known = {}
    for name, found in votes.items():
        (label, most), *others = found.most_common()
        if others and len(name) > 1 and most > others[0][1]:
            known[name] = label
    return _relabel(text, spans, known, "same name", words)


def context(text: str, span: Span, words: Words) -> str:
    """The label that the words before a span call for, or nothing."""
    before = text[max(0, span.start - 16) : span.start]
    if words.person_before.search(before):
        return "PER"
    return "LOC" if words.place_before.search(before) else ""


def _by(span: Span, rule: str) -> str:
    return f"{span.by}+{article_rule(rule)}" if span.by else article_rule(rule)


def _abbreviates(acronym: str, name: str) -> bool:
    """Whether the letters of an acronym come in order among the initials of a name."""
    initials = "".join(word[0] for word in _WORDS.findall(name)).lower()
    letters = iter(initials)
    return len(acronym) <= len(initials) and all(char in letters for char in acronym.lower())


def _relabel(text: str, spans: Spans, known: dict[str, str], rule: str, words: Words) -> Spans:
    made: Spans = []
    for span in spans:
        label = known.get(text[span.start : span.end], span.label)
        other = label != span.label and span.label in NAMES and not is_rules(span.by)
        if other and context(text, span, words) in ("", label):
            span = replace(span, label=label, by=_by(span, rule))
        made.append(span)
    return made


def _mark(text: str, spans: Spans, known: dict[str, str], rule: str, words: Words) -> Spans:
    """Add the known names wherever they stand and nothing is marked."""
    made = [(span.start, span.end, number, span) for number, span in enumerate(spans)]
    for name in sorted(known, key=lambda name: (-len(name), name)):
        for start in _occurrences(text, name):
            end = start + len(name)
            at = bisect_right(made, (start, end, len(made) + 1))
            if (at and made[at - 1][1] > start) or (at < len(made) and made[at][0] < end):
                continue
            span = Span(start, end, known[name], by=article_rule(rule))
            if context(text, span, words) in ("", span.label):
                insort(made, (start, end, len(made), span))
    return [span for *_, span in made]


def _occurrences(text: str, name: str) -> Iterator[int]:
    """Where a name stands as a whole word, no hyphen joining it to another."""
    at = text.find(name)
    while at >= 0:
        around = text[at - 1 : at] + text[at + len(name) : at + len(name) + 1]
        if not any(char.isalnum() or char in "_-" for char in around):
            yield at
        at = text.find(name, at + 1)


RULES: tuple[Settle, ...] = (
    list_lines,
    sentence_heads,
    particles,
    head_words,
    acronyms,
    surnames,
    one_label,
)
