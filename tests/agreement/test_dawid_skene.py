"""The reliability of annotators: the values of the paper, and an annotator who is careless."""

from __future__ import annotations

import numpy as np
import pytest
from support.document_versions import LOC, ORG, PER, careless_corpus

from curate.agreement import dawid_skene, reliability

# Dawid and Skene 1979, table 1: the first observer saw every patient three times.
PATIENTS = """
111 1111,333 4334,112 2122,222 3121,222 3222,222 3322,122 2111,333 3433,222 2223,232 2223,
444 4444,222 3343,111 1111,222 3212,121 1111,111 2111,111 1111,111 1111,222 2221,222 1322,
222 2222,222 2221,222 3222,221 2222,111 1111,111 1111,232 2222,111 1111,111 1111,112 1121,
111 1111,333 3233,111 1111,222 2222,222 3232,433 4343,221 2232,232 3233,333 3432,111 1111,
111 1111,121 2111,232 2222,121 1111,222 2222
"""


def test_dawid_and_skene_have_the_values_of_their_paper():
    patients = PATIENTS.replace("\n", "").split(",")
    counts = np.zeros((45, 5, 4))
    for row, patient in enumerate(patients):
        first, others = patient.split()
        for observer, answers in enumerate((first, *others)):
            for answer in answers:
                counts[row, observer, int(answer) - 1] += 1
    truth, prior, tables, _ = dawid_skene(counts)
    assert [round(p, 2) for p in prior] == [0.40, 0.42, 0.11, 0.07]
    assert np.round(tables[0], 2).tolist() == [
        [0.89, 0.11, 0, 0],
        [0.07, 0.88, 0.05, 0],
        [0, 0.34, 0.66, 0],
        [0, 0, 0.56, 0.44],
    ]
    assert truth.argmax(axis=1)[1] == 3  # patient 2 is of class 4, against three answers of 3


def test_reliability_finds_who_is_careless():
    documents, _ = careless_corpus()
    measured = reliability(documents)
    assert measured.classes == ("", LOC, ORG, PER)
    assert measured.accuracy["carl"] < 0.65 < 0.9 < measured.accuracy["bela"]
    assert measured.accuracy["anna"] > 0.9
    assert sum(measured.prior) == pytest.approx(1)
