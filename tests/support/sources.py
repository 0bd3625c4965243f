"""French texts of several sources with names that people annotated: what proposals are tested on.

Each source has guidelines of its own (is « M. » part of a name?), its own kind of text and its own
phenomena, so what is learned from some of them and holds on another one is more than the habits of
one corpus. The sources are those of ``../shared/data``: modern news (``winer``), modern texts of
several genres, speech among them (``fenec``), and historic press read by OCR (``europeana``,
``newseye``).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from curate.formats.reading import ReadDocument, ReadOptions
from curate.formats.sources import read_annotated
from curate.model import Document, Span, SpanKey
from curate.preannotate import evidence, proposal, rules, votes
from curate.preannotate.boundaries import clean
from curate.preannotate.votes import Votes
from curate.text.offsets import outermost
from curate.util.jsonl import document_id
from support import winer
from support.winer import MODEL, NAMED, RULES_FILES, SCHEMA

LAYER = f"model:{MODEL}@3.8.0"
PIECE = 1000  # tokens of a document of Europeana, which is one stream of tokens
_FENEC = {"pers.ind": "PER", "org.ent": "ORG", "org.adm": "ORG"}


@dataclass
class Sample:
    """An article of a source with its gold, and what is proposed for it.

    Args:
        document: the article.
        source: name of the source; WiNER's are ``winer/<month>``.
        gold: the names that people annotated.
        raw: spans as the model gives them.
        ruled: spans of the rules and gazetteers, the ones without a label among them.
    """

    document: Document
    source: str
    gold: list[Span]
    raw: list[Span] = field(default_factory=list)
    ruled: list[Span] = field(default_factory=list)

    @functools.cached_property
    def gold_keys(self) -> frozenset[SpanKey]:
        """The persons, places and organisations of the gold."""
        return frozenset(span.key for span in self.gold if span.label in NAMED)

    @functools.cached_property
    def cleaned(self) -> list[Span]:
        """The spans of the model with cleaned boundaries."""
        cleaned = (clean(self.document.text, span) for span in self.raw)
        return [span for span in cleaned if span]

    @functools.cached_property
    def fixed(self) -> list[Span]:
        """The proposal by the fixed order, without votes."""
        return proposal.fixed_order(self.document, [*self.cleaned, *self.ruled], "fr")

    @functools.cached_property
    def ballot(self) -> tuple[list[votes.SpanCandidate], list[Span]]:
        """The candidates with their facts, and the spans by fixed order."""
        return proposal.ballot(self.document, [*self.cleaned, *self.ruled], "fr", NAMED)

    def voted(self, weights: Votes, threshold: float | None = None) -> list[Span]:
        """The proposal by the votes."""
        return votes.select(weights, *self.ballot, threshold)


Step = Callable[[Votes, Sample], Sequence[Span]]
STEPS: dict[str, Step] = {
    "the model's own spans": lambda weights, sample: sample.raw,
    "cleaned": lambda weights, sample: sample.cleaned,
    "and rules": lambda weights, sample: sample.fixed,
    "and votes": lambda weights, sample: sample.voted(weights),
}
"""What is proposed after each step."""


def score(
    samples: Sequence[Sample],
    predict: Callable[[Sample], Sequence[Span]],
    labels: Sequence[str] = NAMED,
) -> winer.Scores:
    """Precision, recall and F1 over all samples, by exact boundaries and labels."""
    correct = predicted = wanted = 0
    for sample in samples:
        keys = {span.key for span in predict(sample) if span.label in labels}
        gold = {key for key in sample.gold_keys if key[2] in labels}
        correct += len(keys & gold)
        predicted += len(keys)
        wanted += len(gold)
    both = 2 * correct / max(predicted + wanted, 1)
    return correct / max(predicted, 1), correct / max(wanted, 1), both


def learn(samples: Iterable[Sample]) -> Votes:
    """The weights that the sources of some samples share."""
    learned = evidence.VoteEvidence("fr", NAMED)
    for sample in samples:
        spans = [*sample.cleaned, *sample.ruled]
        source = sample.source.partition("/")[0]
        learned.add(sample.document, spans, sample.gold, source)
    return learned.fit("votes-fr", "2.0.0")


def is_test(sample: Sample) -> bool:
    """Whether a sample is from a month of WiNER that no rule or weight was made from."""
    return sample.source in {f"winer/{month:02}" for month in winer.TEST}


def training(sources: Mapping[str, Sequence[Sample]], without: str = "") -> list[Sample]:
    """What weights are learned from: all sources but one, without the test months."""
    every = (sample for name, own in sources.items() if name != without for sample in own)
    return [sample for sample in every if not is_test(sample)]


def held_out(
    sources: Mapping[str, Sequence[Sample]],
) -> Iterator[tuple[str, list[Sample], Votes]]:
    """Each source, with weights that were learned from the others; WiNER's test months last."""
    for name, samples in sources.items():
        rest = [sample for sample in samples if not is_test(sample)]
        yield name, rest, learn(training(sources, without=name))
    test = [sample for samples in sources.values() for sample in samples if is_test(sample)]
    yield "test months of winer", test, learn(training(sources))


def load_sources(data: Path) -> dict[str, list[Sample]]:
    """The samples of all sources by name, WiNER's from all months."""
    return {
        "winer": list(_winer(data / "winer-fr-2016")),
        "europeana": list(_europeana(data / "europeana-fr" / "enp_FR.bnf.bio")),
        "newseye": list(_newseye(data / "newseye-fr")),
        "fenec": list(_fenec(data / "fenec-cc")),
    }


def run_proposers(samples: Sequence[Sample], cache: Path | None = None) -> None:
    """Fill in the spans of the model and of the rules; the model's from the cache, if any."""
    cached = json.loads(cache.read_bytes()) if cache and cache.exists() else {}
    missing = [sample for sample in samples if sample.document.id not in cached]
    if missing:
        import spacy

        nlp = spacy.load(MODEL)
        disabled = [name for name in nlp.pipe_names if name != "ner"]
        texts = (sample.document.text for sample in missing)
        for sample, doc in zip(missing, nlp.pipe(texts, disable=disabled), strict=True):
            cached[sample.document.id] = [(e.start_char, e.end_char, e.label_) for e in doc.ents]
        if cache:
            cache.write_text(json.dumps(cached))
    files = [rules.load(path, SCHEMA) for path in RULES_FILES]
    for sample in samples:
        sample.raw = [Span(*key, by=LAYER) for key in cached[sample.document.id]]
        text = sample.document.text
        sample.ruled = [span for file in files for span in file.spans(text)]


def _sample(text: str, source: str, spans: Sequence[Span], labels: Mapping[str, str]) -> Sample:
    gold = [Span(s.start, s.end, labels.get(s.label, s.label)) for s in outermost(spans)[0]]
    return Sample(Document(id=document_id(text), text=text, lang="fr"), source, gold)


def _winer(folder: Path) -> Iterator[Sample]:
    for month in range(1, 13):
        for article in winer.load_articles(folder, [month]):
            yield Sample(article.document, f"winer/{month:02}", article.gold)


def _read(path: Path, format: str = "", **options: object) -> Iterator[ReadDocument]:
    for item in read_annotated(path, format, ReadOptions(**options)):  # type: ignore[arg-type]
        if isinstance(item, ReadDocument):
            yield item


def _gold(item: ReadDocument) -> tuple[Span, ...]:
    return next(layer.spans for layer in item.layers if layer.layer == "gold")


def _europeana(path: Path) -> Iterator[Sample]:
    (whole,) = _read(path, "conll")
    text, spans = whole.document.text, _gold(whole)
    inside = {at for span in spans for at in range(span.start, span.end)}
    start = tokens = 0
    for end, char in enumerate([*text, " "]):
        tokens += char == " "
        if tokens >= PIECE and char == " " and end not in inside or end == len(text):
            own = [
                Span(s.start - start, s.end - start, s.label)
                for s in spans
                if start <= s.start < end
            ]
            yield _sample(text[start:end], "europeana", own, {})
            start, tokens = end + 1, 0


def _newseye(folder: Path) -> Iterator[Sample]:
    (path,) = folder.glob("*.tsv")
    for item in _read(path, "token-table"):
        yield _sample(item.document.text, "newseye", _gold(item), {})


def _fenec(folder: Path) -> Iterator[Sample]:
    for path in sorted(folder.glob("*.txt")):
        (item,) = _read(path, "brat")
        spans = _gold(item)
        places = {s.label for s in spans if s.label.startswith("loc.") and ".add" not in s.label}
        yield _sample(
            item.document.text, "fenec", spans, {**_FENEC, **dict.fromkeys(places, "LOC")}
        )
