"""Releases that the gate lets pass, refuses, or previews."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support import history_corpus as h
from support.workspaces import save

from curate import config
from curate.annotations.merge import Conflict
from curate.errors import ValidationFailed
from curate.gate import conditions
from curate.gate.release import check_gate, preview_release, release
from curate.history.verify import verify
from curate.model import Annotation, Span
from curate.release import card
from curate.splits import save_splits
from curate.workspace import Workspace


def corpus(root: Path) -> tuple[Workspace, list[str]]:
    """Three documents, a split each."""
    made = h.workspace(root)
    texts = (h.ANNA, h.KIEV, h.BERNE)
    ids = [h.add(made, text, h.revision(text, 1, Span(0, 4, "PER"))) for text in texts]
    place(made, dict(zip(ids, ("train", "dev", "test"), strict=True)))
    return made, ids


def place(made: Workspace, splits: dict[str, str]) -> None:
    save_splits(made.annotations, splits)  # type: ignore[arg-type]


def spoil(made: Workspace, ids: list[str]) -> None:
    """One thing wrong for each gate that can be wrong in a small corpus."""
    conflict = Conflict(kind="relabel", ours=(Span(0, 4, "PER"),), theirs=(Span(0, 4, "LOC"),))
    with made.store.begin() as tx:
        tx.add_revision(h.revision(h.KIEV, 2, Span(0, 5, "LOC")))  # a blank at its edge
        tx.put_conflicts(ids[0], "sync", (conflict,))
        for name, label in (("anna", "PER"), ("bela", "LOC")):
            said = Annotation(
                document=ids[0], layer=f"annotator:{name}", spans=(Span(0, 4, label),)
            )
            tx.put_annotation(said)
    save(made)
    place(made, dict(zip(ids, ("train", "dev", "train"), strict=True)))
    change(made.root, "[gate]\naudit = 0\n")


def change(root: Path, settings: str) -> None:
    path = root / config.FILE
    path.write_text(path.read_text("utf-8") + settings, "utf-8")


def test_a_release_says_what_the_gate_said_and_holds_the_splits(cli, tmp_path):
    made, ids = corpus(tmp_path)
    result = cli("release", "--dry-run", root=tmp_path)
    assert result.exit_code == 0 and result.output.startswith("first: release 0.1.0\n")
    assert "passed    splits    nothing leaks" in result.output
    assert "refused" not in cli("release", "--dry-run", "--json", root=tmp_path).json
    with made.store.begin() as tx:
        assert not tx.releases()
    found = release(made, message="First.")
    assert found.splits == {"train": (ids[0],), "dev": (ids[1],), "test": (ids[2],)}
    assert {*found.gate} == {*config.GateName.__args__}
    assert found.gate["conflicts"] == "passed: none is open"
    page = card.data_card(found)
    assert "Gate agreement: not asked: no two people" in page and "| test | 1 |" in page
    assert verify(made).passed


def test_a_release_is_refused_with_every_gate_that_fails_and_cut_where_all_are_waived(
    cli, tmp_path
):
    made, ids = corpus(tmp_path)
    release(made)
    spoil(made, ids)
    failing = ("checks", "agreement", "conflicts", "audit", "splits")

    result = cli("release", "--dry-run", root=tmp_path)
    assert result.exit_code == 1
    told = result.output
    assert "patch: release 0.1.1 after 0.1.0" in told and "refused: the gate refuses" in told
    for name in failing:
        assert f"failed    {name}" in told
    assert "0.800 below the floor of 0.8" in told
    assert "split.frozen" in told

    result = cli("release", "--dry-run", "--json", root=tmp_path)
    preview = msgspec.json.decode(result.stdout, type=conditions.ReleasePreview)
    assert result.exit_code == 1 and preview.proposal.version == "0.1.1" and preview.refusals
    failed = {verdict.gate: verdict for verdict in preview.gate.failed}
    assert [*failed] == [*failing]
    assert failed["agreement"].shortfall == pytest.approx(0.8)

    with pytest.raises(ValidationFailed, match="agreement: strict F1 is 0.000") as refused:
        release(Workspace(tmp_path))
    assert "curate conflicts" in refused.value.hint and "curate audit" in refused.value.hint
    with made.store.begin() as tx:
        assert [each.version for each in tx.releases()] == ["0.1.0"]

    change(
        tmp_path, "".join(f'[[gate.waive]]\ngate = "{g}"\nreason = "why {g}"\n' for g in failing)
    )
    result = cli("release", root=tmp_path)
    assert result.exit_code == 0
    assert "gate audit waived (why audit): there is no audit" in result.output
    kept = msgspec.json.decode((made.annotations / "releases" / "0.1.1.json").read_bytes())
    for name in failing:
        assert kept["gate"][name].startswith(f"waived (why {name}): ")
    assert kept["gate"]["drift"].startswith("not asked: ")


def test_gold_that_drifted_since_the_last_release_is_refused_with_how_far(tmp_path):
    made = h.workspace(tmp_path)
    texts = [f"Anna Weiss visite Paris le jour {number}." for number in range(60)]
    with made.store.begin() as tx:
        for text in texts:
            tx.add_document(h.document(text))
            tx.add_revision(h.revision(text, 1, Span(0, 4, "PER"), Span(18, 23, "LOC")))
    save(made)
    h.cut(made)
    with made.store.begin() as tx:
        for text in texts[:40]:
            tx.add_revision(h.revision(text, 2, Span(0, 4, "PER"), Span(18, 23, "ORG")))
    (failed,) = check_gate(made).failed
    assert failed.gate == "drift"
    assert failed.finding == "the labels lie 0.230 bits from the last release, above 0.05"


def test_a_rehearsal_says_what_else_would_be_refused(tmp_path):
    made, _ = corpus(tmp_path)
    release(made, "0.2.0")
    nothing = preview_release(made)
    assert (nothing.proposal.version, nothing.refusals) == ("", ())  # nothing to do is no failure
    (why,) = preview_release(made, "0.1.0").refusals
    assert "0.1.0 is below 0.2.0" in why
    assert not preview_release(made, "0.3.0").refusals
    empty = h.workspace(tmp_path / "empty")
    (why,) = preview_release(empty).refusals
    assert "there is no gold to release" in why
