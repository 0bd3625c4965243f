"""The order in which a sync pushes new documents, and how many it pushes."""

from __future__ import annotations

from support import history_corpus as h
from support import trained_corpus as t

from curate.ranking.push_order import push_order
from curate.sync.plan import SyncPlan
from curate.sync.push import select_for_push
from curate.sync.settings import SyncSettings


def test_push_orders(corpus, fresh):
    with corpus.store.begin() as tx:
        assert push_order("useful")(tx, fresh)[0] == fresh[2]
        assert sorted(push_order("useful")(tx, fresh)) == sorted(fresh)
        assert push_order("id")(tx, sorted(fresh, reverse=True)) == sorted(fresh)
        assert sorted(push_order("newest")(tx, fresh)) == sorted(fresh)


def test_the_number_of_waiting_documents_is_limited_but_gold_is_always_pushed(corpus, fresh):
    golden = h.document(t.article(0)[0]).id
    plan = SyncPlan(
        push=tuple(sorted((*fresh, golden))), states={"pushed": 1, "annotating": 1, "gold": 5}
    )

    def settings(number):
        return SyncSettings(schema="s@1", open=number, order=push_order("useful"))

    with corpus.store.begin() as tx:
        sides = tx.local_states("")
        selected = select_for_push(tx, plan, sides, settings(3))
        assert (selected.push, selected.held) == ((fresh[2], golden), 3)
        assert select_for_push(tx, plan, sides, settings(1)).push == (golden,)
        everything = select_for_push(tx, plan, sides, settings(0))
    assert sorted(everything.push) == sorted(plan.push) and everything.held == 0
