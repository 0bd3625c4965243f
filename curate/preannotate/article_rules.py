"""Rules that use the whole article: what a text says elsewhere about the names in it. Pure.

Each rule is a function from text and spans (sorted, not overlapping) to spans. A span that a rule
adds or relabels names the rule in ``by``, so that people see where it comes from.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from curate.layers import article_rule, is_model, is_rules
from curate.model import Span
from curate.preannotate.lexicon import GAP, Lexicon
from curate.text.offsets import trim

Spans = list[Span]
ArticleRule = Callable[[str, Spans, Lexicon], Spans]

NAMES = frozenset(("PER", "LOC", "ORG", "MISC"))
_BRACKETED = re.compile(rf"{GAP}?\((?P<inner>[^()\n]{{2,80}})\)")
_ACRONYM = re.compile(r"[A-ZÀ-Þ][A-Za-zÀ-ÿ]*[A-ZÀ-Þ][A-Za-zÀ-ÿ]*|[A-ZÀ-Þ]{2,}\d*")
_HEAD = re.compile(r"(?:^|[.!?…»\n–-])[\s«“\"]*$")
_LIST_LINE = 40
_WORDS = re.compile(r"[^\W_]+")


def apply_rules(
    text: str, spans: Iterable[Span], lexicon: Lexicon, rules: Sequence[ArticleRule] | None = None
) -> Spans:
    """Apply the rules in order: those given, or all of them."""
    result = sorted(spans, key=lambda span: span.key)
    for rule in RULES if rules is None else rules:
        result = rule(text, result, lexicon)
    return result


def list_lines(text: str, spans: Spans, lexicon: Lexicon) -> Spans:
    """In a list, each line is a name of its own: [Borges] above [Gaber] are two people.

    Lines shorter than 40 characters are taken for a list. In a paragraph that is broken into lines,
    a name may continue on the next line.
    """
    result: Spans = []
    for span in spans:
        cuts = [m.start() for m in re.finditer("\n", text[span.start : span.end])]
        edges = [span.start]
        for cut in (span.start + cut for cut in cuts):
            if cut - text.rfind("\n", 0, cut) <= _LIST_LINE:
                edges += [cut, cut + 1]
        edges.append(span.end)
        if len(edges) == 2:
            result.append(span)
            continue
        for low, high in zip(edges[::2], edges[1::2], strict=True):
            start, end = trim(text, low, high)
            if any(char.isalnum() for char in text[start:end]):
                result.append(replace(span, start=start, end=end, by=_by(span, "lines")))
    return result


def particles(text: str, spans: Spans, lexicon: Lexicon) -> Spans:
    """A capital particle belongs to the surname: [De Gendt], unless it begins the sentence."""
    result: Spans = []
    for span in spans:
        match = lexicon.particle.search(text[max(0, span.start - 12) : span.start])
        if span.label == "PER" and match:
            start = span.start - len(match["particle"])
            inside = match["before"] or text.count(text[start : span.end]) > 1
            if inside and not (result and result[-1].end > start):
                span = replace(span, start=start, by=_by(span, "particle"))
        result.append(span)
    return result


def acronyms(text: str, spans: Spans, lexicon: Lexicon) -> Spans:
    """An acronym in brackets has the label of its long form, everywhere in the article.

    [Agence internationale de l’énergie atomique] ([AIEA]) … l’[AIEA].
    """
    labels: dict[str, str] = {}
    short = {text[span.start : span.end]: span for span in spans}
    for span in spans:
        match = _BRACKETED.match(text, span.end)
        if span.label not in NAMES or span.label == "PER" or not match:
            continue
        inner, surface = match["inner"], text[span.start : span.end]
        if _ACRONYM.fullmatch(inner) and _abbreviates(inner, surface):
            both = {span.label, short[inner].label} if inner in short else {span.label}
            labels[inner] = labels[surface] = "ORG" if "ORG" in both else span.label
    return _propagate(text, spans, labels, "acronym", lexicon)


def head_words(text: str, spans: Spans, lexicon: Lexicon) -> Spans:
    """A name that begins with a word for an institution is an ORG: [Cour supérieure du Québec]."""
    result: Spans = []
    for span in spans:
        wrong = span.label in ("LOC", "PER", "MISC") and not is_rules(span.by)
        if wrong and lexicon.institution.match(text, span.start, span.end):
            span = replace(span, label="ORG", by=_by(span, "head word"))
        result.append(span)
    return result


def sentence_heads(text: str, spans: Spans, lexicon: Lexicon) -> Spans:
    """Drop a first word of a sentence that occurs elsewhere in lower case: it is no name.

    Drop participles at the beginning too: « Privées de leur meneuse », « Réunis sur la plaine ».
    """
    result: Spans = []
    for span in spans:
        word = text[span.start : span.end]
        if is_model(span.by) and _HEAD.search(text[max(0, span.start - 8) : span.start]):
            low = word[:1].lower() + word[1:]
            elsewhere = next(_occurrences(text, low), None) is not None
            if word.isalpha() and word != low and elsewhere:
                continue
            if lexicon.participle.match(text, span.start):
                continue
        result.append(span)
    return result


def surnames(text: str, spans: Spans, lexicon: Lexicon) -> Spans:
    """A surname alone is the person whose full name the article gives: [Marco Rubio] … [Rubio].

    The context takes precedence: « à Washington » is a place, whoever is called Washington.
    """
    full = Counter(
        text[span.start : span.end]
        for span in spans
        if span.label == "PER" and " " in text[span.start : span.end]
    )
    labels: dict[str, str] = {}
    for name in full:
        rest = name.partition(" ")[2]
        for part in {rest, name.rsplit(" ", 1)[1]}:
            if len(part) > 2 and part[:1].isupper() and not part.isupper():
                labels[part] = "PER"
    return _propagate(text, spans, labels, "surname", lexicon)


def one_label(text: str, spans: Spans, lexicon: Lexicon) -> Spans:
    """A name has one label throughout an article: that of most of its mentions."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for span in spans:
        if span.label in NAMES and span.label != "MISC":
            weight = 2 if is_rules(span.by) else 1
            votes[text[span.start : span.end]][span.label] += weight
    labels = {}
    for name, counts in votes.items():
        (label, most), *others = counts.most_common()
        if others and len(name) > 1 and most > others[0][1]:
            labels[name] = label
    return _relabel(text, spans, labels, "same name", lexicon)


def context(text: str, span: Span, lexicon: Lexicon) -> str:
    """The label that the words before a span call for; empty if none."""
    before = text[max(0, span.start - 16) : span.start]
    if lexicon.person_before.search(before):
        return "PER"
    return "LOC" if lexicon.place_before.search(before) else ""


def _by(span: Span, rule: str) -> str:
    return f"{span.by}+{article_rule(rule)}" if span.by else article_rule(rule)


def _abbreviates(acronym: str, name: str) -> bool:
    """Whether the letters of an acronym occur in order among the initials of a name."""
    initials = "".join(word[0] for word in _WORDS.findall(name)).lower()
    rest = iter(initials)  # each letter is looked for after the one before
    return len(acronym) <= len(initials) and all(char in rest for char in acronym.lower())


def _propagate(
    text: str, spans: Spans, labels: dict[str, str], rule: str, lexicon: Lexicon
) -> Spans:
    """Give names their labels everywhere in the article."""
    relabelled = _relabel(text, spans, labels, rule, lexicon)
    return _mark(text, relabelled, labels, rule, lexicon)


def _relabel(text: str, spans: Spans, labels: dict[str, str], rule: str, lexicon: Lexicon) -> Spans:
    result: Spans = []
    for span in spans:
        label = labels.get(text[span.start : span.end], span.label)
        other = label != span.label and span.label in NAMES and not is_rules(span.by)
        if other and context(text, span, lexicon) in ("", label):
            span = replace(span, label=label, by=_by(span, rule))
        result.append(span)
    return result


def _mark(text: str, spans: Spans, labels: dict[str, str], rule: str, lexicon: Lexicon) -> Spans:
    """Mark the names wherever they occur and nothing is marked; longer names first."""
    result = [(span.start, span.end, number, span) for number, span in enumerate(spans)]
    for name in sorted(labels, key=lambda name: (-len(name), name)):
        for start in _occurrences(text, name):
            end = start + len(name)
            at = bisect_right(result, (start, end, len(result) + 1))
            if (at and result[at - 1][1] > start) or (at < len(result) and result[at][0] < end):
                continue
            span = Span(start, end, labels[name], by=article_rule(rule))
            if context(text, span, lexicon) in ("", span.label):
                insort(result, (start, end, len(result), span))
    return [span for *_, span in result]


def _occurrences(text: str, name: str) -> Iterator[int]:
    """Offsets of a name as a whole word that no hyphen joins to another one."""
    at = text.find(name)
    while at >= 0:
        around = text[at - 1 : at] + text[at + len(name) : at + len(name) + 1]
        if not any(char.isalnum() or char in "_-" for char in around):
            yield at
        at = text.find(name, at + 1)


RULES: tuple[ArticleRule, ...] = (
    list_lines,
    sentence_heads,
    particles,
    head_words,
    acronyms,
    surnames,
    one_label,
)
