"""A document with one of its layers."""

from __future__ import annotations

import pytest
from support import history_corpus as h

from curate.errors import InputError
from curate.history.show import show


@pytest.fixture
def corpus(tmp_path):
    return h.traced(tmp_path / "c")


def test_a_revision_can_be_shown(corpus):
    key = h.document(h.ANNA).id
    shown = show(corpus, f"{key[:4]}@1")
    assert shown.revision.number == 1
    assert {span.label for span in shown.annotation.spans} == {"PER", "ORG"}
    with pytest.raises(InputError, match=f"{key} .* 9"):
        show(corpus, f"{key}@9")
