"""Proposals on texts of a source that no weight was learned from are never worse than the model.

The figures come from tests/benchmarks/sources.py and stand in docs/explanation/preannotation.md.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from msgspec.structs import replace
from support import sources, winer
from support.absent import absent
from support.sources import STEPS, Sample, held_out, score

from curate import preannotate
from curate.model import Document, Span
from curate.preannotate import evidence, noise, proposal
from curate.preannotate.boundaries import clean
from curate.preannotate.votes import Votes

FEW = 500  # below that many spans, a difference of half a point is noise
SHIPPED = preannotate.read_votes(winer.VOTES_FILE)
MODEL = sources.LAYER


@pytest.fixture(scope="module")
def corpora(shared_data: Path) -> dict[str, list[Sample]]:
    """The samples of the four sources, with what the model and the rules find in them."""
    if find_spec(winer.MODEL) is None:
        absent(f"{winer.MODEL} is not installed")
    corpora = sources.load_sources(shared_data)
    sources.run_proposers([sample for samples in corpora.values() for sample in samples])
    return corpora


def f1(samples: Sequence[Sample], weights: Votes) -> list[float]:
    return [score(samples, partial(step, weights))[2] for step in STEPS.values()]


@pytest.mark.slow
@pytest.mark.model
def test_a_source_left_out_gains_from_every_step(corpora: dict[str, list[Sample]]) -> None:
    gains = []
    for name, samples, weights in held_out(corpora):
        raw, cleaned, _, voted = f1(samples, weights)
        noise = 0.005 if sum(len(sample.gold_keys) for sample in samples) < FEW else 0.0
        assert cleaned >= raw - noise, (name, raw, cleaned)
        assert voted >= cleaned - noise, (name, cleaned, voted)
        gains.append(voted - raw)
        if name == "test months of winer":
            assert voted >= 0.855, voted  # measured: 0.863
    assert sum(gains[:-1]) / len(gains[:-1]) > 0.06, gains  # measured: 0.077


def with_motorways(sample: Sample) -> Sample:
    """The same article with « A7 » for each place of one word that the model found."""
    text, at, pieces = sample.document.text, 0, []
    shifts: list[tuple[int, int]] = []  # end of a replaced word, and how far what follows moves
    for span in sample.cleaned:
        surface = text[span.start : span.end]
        if span.label == "LOC" and span.key in sample.gold_keys and surface.isalpha():
            pieces += [text[at : span.start], "A7"]
            at = span.end
            shifts.append((span.end, 2 - len(surface)))
    text = "".join([*pieces, text[at:]])

    def moved(span: Span) -> Span:
        start = span.start + sum(by for end, by in shifts if end <= span.start)
        end = span.end + sum(by for at, by in shifts if at <= span.end)
        return replace(span, start=start, end=end)

    document = Document(id=sample.document.id, text=text, lang="fr")
    gold, raw = ([moved(span) for span in spans] for spans in (sample.gold, sample.cleaned))
    return Sample(document, sample.source, gold, raw)


@pytest.mark.slow
@pytest.mark.model
def test_names_of_a_shape_that_no_source_has_are_not_dropped(
    corpora: dict[str, list[Sample]],
) -> None:
    """Weights from articles without names with digits, and articles full of motorways."""
    training = []
    for sample in sources.training(corpora):
        text = sample.document.text
        gold = [
            s
            for s in sample.gold
            if text[s.start : s.end].isalpha() or " " in text[s.start : s.end]
        ]
        training.append(Sample(sample.document, sample.source, gold, sample.raw, sample.ruled))
    weights = sources.learn(training)
    samples = [with_motorways(sample) for sample in corpora["winer"] if sources.is_test(sample)]
    _, cleaned, _, voted = f1(samples, weights)
    found = [(sample, {s.key for s in sample.voted(weights)}) for sample in samples]
    motorways = [
        key in keys
        for sample, keys in found
        for key in sample.gold_keys
        if sample.document.text[key[0] : key[1]] == "A7"
    ]
    assert len(motorways) > 500
    assert sum(motorways) / len(motorways) > 0.95
    assert voted > cleaned


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("label", winer.NAMED)
def test_a_label_that_one_source_alone_has_is_never_worse(
    label: str, corpora: dict[str, list[Sample]]
) -> None:
    """Organisations learned from old newspapers alone are not worse in the news of today."""
    learned = evidence.VoteEvidence("fr", winer.NAMED)
    for sample in sources.training(corpora):
        spans = [*sample.cleaned, *sample.ruled]
        learned.add(sample.document, spans, sample.gold, sample.source.partition("/")[0])
    learned.cases = [
        case._replace(candidates=[c for c in case.candidates if c.span.label != label])
        if case.source != "europeana"
        else case
        for case in learned.cases
    ]
    weights = learned.fit("votes", "1")
    test = [sample for sample in corpora["winer"] if sources.is_test(sample)]
    cleaned, voted = (
        score(test, partial(STEPS[name], weights), [label]) for name in ("cleaned", "and votes")
    )
    assert voted[2] >= cleaned[2], (label, cleaned, voted)


def adapted(shared: Votes, samples: Sequence[Sample]) -> Votes:
    own = evidence.VoteEvidence("fr", winer.NAMED)
    for sample in samples:
        own.add(sample.document, [*sample.cleaned, *sample.ruled], sample.gold)
    return own.adapt(shared, "own")[0]


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("seed", range(3))
def test_weights_that_follow_the_gold_are_never_worse_than_frozen_ones(
    seed: int, corpora: dict[str, list[Sample]]
) -> None:
    """After 50, 100 and 200 confirmed documents, on all that are not confirmed yet.

    Month by month, in random order within each: all of WiNER for weights that know nothing of it,
    and its test months for the shipped weights.
    """
    without = sources.learn(sources.training(corpora, without="winer"))
    draw = random.Random(seed)
    articles = sorted(corpora["winer"], key=lambda sample: (sample.source, draw.random()))
    test = [sample for sample in articles if sources.is_test(sample)]
    gains = []
    for shared, corpus in ((without, articles), (SHIPPED, test)):
        for confirmed in (50, 100, 200):
            own, rest = adapted(shared, corpus[:confirmed]), corpus[confirmed:]
            frozen, followed = f1(rest, shared)[-1], f1(rest, own)[-1]
            assert followed >= frozen, (seed, confirmed, frozen, followed)
            gains.append(followed - frozen)
    assert gains[2] > 0.005, gains  # 200 documents of WiNER


def propose(text: str, *spans: Span) -> list[tuple[str, str]]:
    document = Document(id="0" * 16, text=text, lang="fr")
    annotation = proposal.propose(document, spans, language="fr", overlap=False, weights=SHIPPED)
    return [(text[s.start : s.end], s.label) for s in annotation.spans]


def test_a_motorway_stays_although_no_source_has_one() -> None:
    text = "Un accident a eu lieu sur l'A9 dans la nuit."
    assert propose(text, Span(28, 30, "LOC", by=MODEL)) == [("A9", "LOC")]
    assert "capitals with digits LOC" not in (SHIPPED.refused or ())


def test_in_a_garbled_text_the_same_is_a_misread_word() -> None:
    text = "Un accident a eu lieu sur l'A9 dans la nu¬it et le ma¬tin."
    assert noise.is_noisy(text)
    assert propose(text, Span(28, 30, "LOC", by=MODEL)) == []


@pytest.mark.parametrize(
    ("text", "start"),
    [("Hier, M. Barrot a parlé.", 9), ("Hi¬er, M. Barrot a par¬lé au pu¬blic.", 7)],
)
def test_titles_stay_in_names_of_garbled_texts(text: str, start: int) -> None:
    """What a title is to a name differs between corpora of old newspapers."""
    found = clean(text, Span(text.index("M."), text.index(" a par"), "PER", by=MODEL))
    assert found is not None and found.start == start
