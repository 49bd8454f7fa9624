"""The recommender in one piece: what was fitted is what answers, whatever the customer did since counts at once."""

from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from backend.domain.ids import ProductId
from backend.domain.suggestions import SuggestedProduct
from backend.recommend.forest import tables_of
from backend.recommend.offers import History, Offer, ShelfProduct, Wishes, can_be_offered
from backend.recommend.recommender import Recommender, codes_of, offer_beside, offer_next
from backend.recommend.stored_model import pack, unpack
from etl.marts.forests import forest_of
from etl.marts.recommender import FittedRecommender, fit
from tests.past_orders import END, made_lines, order_lines

LINES = made_lines()
PRODUCTS = sorted({line[3] for line in LINES})


@pytest.fixture(scope="module")
def fitted() -> FittedRecommender:
    return fit(order_lines(LINES), END)


@pytest.fixture(scope="module")
def model(fitted: FittedRecommender) -> Recommender:
    return unpack(pack(fitted.model))


def history_of(customer: str) -> History:
    mine = [line for line in LINES if line[0] == customer]
    days = [line[2].timestamp() / 86_400 for line in mine]
    return History([line[3] for line in mine], [line[1] for line in mine], days, [1] * len(mine))


def named(offers: list[Offer]) -> list[str]:
    return [offer.product_id for offer in offers]


@pytest.mark.parametrize("leaves", [2, 31, 64])
def test_a_forest_answers_as_the_classifier_that_it_was_made_of(leaves: int) -> None:
    rng = np.random.default_rng(leaves)
    features = rng.integers(0, 40, (3_000, 6)).astype(np.float32)
    classifier = HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=leaves, min_samples_leaf=1)
    with threadpool_limits(1):
        classifier.fit(features, (features[:, 0] * features[:, 1] > 300) ^ (rng.random(3_000) < 0.1))
    asked = rng.uniform(-5, 45, (500, 6)).astype(np.float32)
    found = tables_of(forest_of(classifier)).predict_proba(np.vstack([features, asked]))
    assert np.abs(found - classifier.predict_proba(np.vstack([features, asked]))).max() < 1e-9


def test_the_fit_says_how_it_fared_on_what_it_had_not_seen(fitted: FittedRecommender) -> None:
    ndcg = fitted.evaluation["next_basket_ndcg_10"]
    assert max(ndcg.values()) > ndcg["popular"] > 0
    assert 0.5 < fitted.evaluation["complete_cart"]["auc"] <= 1


def test_the_own_staple_comes_first_and_numbers_are_those_of_the_orders(model: Recommender) -> None:
    firsts = [offer_next(model, history_of(f"c{n}"), END, exclude=(), k=3)[0] for n in range(7)]
    assert [offer.product_id for offer in firsts] == [f"staple{n}" for n in range(7)]
    rhythm = next(reason for reason in firsts[3].because if reason["type"] == "own_rhythm")
    bought = sorted(line[2] for line in LINES if line[0] == "c3" and line[3] == "staple3")
    assert rhythm["n"] == len(bought)
    assert rhythm["every_days"] == pytest.approx((bought[-1] - bought[0]).days / (len(bought) - 1), abs=0.06)
    assert rhythm["days_since"] == pytest.approx((END - bought[-1]).total_seconds() / 86_400, abs=0.06)


def test_socks_complete_the_boots_and_the_pair_can_be_recounted(model: Recommender) -> None:
    _, offers = offer_beside(model, ["boots"], History(), END, exclude=(), k=3)
    assert offers[0].product_id == "socks"
    pair = next(reason for reason in offers[0].because if reason["type"] == "bought_together")
    held = {product: {line[1] for line in LINES if line[3] == product} for product in ("boots", "socks")}
    n_orders = len({line[1] for line in LINES})
    assert (pair["product_id"], pair["n"]) == ("boots", len(held["boots"] & held["socks"]))
    assert pair["share"] == pytest.approx(pair["n"] / len(held["boots"]), abs=1e-4)
    assert pair["lift"] == pytest.approx(pair["share"] * n_orders / len(held["socks"]), abs=0.01)


def test_a_new_order_counts_at_once(model: Recommender) -> None:
    before = offer_next(model, history_of("c1"), END, exclude=(), k=30)
    old, today = history_of("c1"), END.timestamp() / 86_400
    new = History([*old.product_ids, "boots"], [*old.order_ids, "new"], [*old.days, today], [*old.quantities, 1])
    after = offer_next(model, new, END + timedelta(hours=1), exclude=(), k=30)
    assert named(before) != named(after)
    beside = offer_beside(model, [], new, END + timedelta(hours=1), exclude=(), k=30)
    assert beside != offer_beside(model, [], old, END + timedelta(hours=1), exclude=(), k=30)


def test_who_is_not_known_and_what_is_not_known_get_an_answer(model: Recommender) -> None:
    for cart in ([], ["never heard of"]):
        opportunity, offers = offer_beside(model, cart, History(owned={"nor of this"}), END, exclude=(), k=5)
        assert 0 <= opportunity <= 1
        assert len(offers) == 5
    assert len(offer_next(model, History(), END, exclude=(), k=5)) == 5
    assert codes_of(np.array([], dtype=str), ["x"]).tolist() == [-1]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(PRODUCTS), max_size=5),
    st.sets(st.sampled_from(PRODUCTS), max_size=5),
    st.integers(-1, 71),
    st.randoms(use_true_random=False),
)
def test_nothing_of_the_cart_or_excluded_is_offered_and_row_order_is_nothing(
    model: Recommender, cart: list[str], refused: set[str], customer: int, shuffler: Random
) -> None:
    past = history_of(f"c{customer}")
    rows = list(zip(past.product_ids, past.order_ids, past.days, past.quantities, strict=True))
    shuffler.shuffle(rows)
    mixed = History(*(list(column) for column in zip(*rows, strict=True))) if rows else History()
    exclude = {*cart, *refused}
    opportunity, beside = offer_beside(model, cart, past, END, exclude=exclude, k=8)
    following = offer_next(model, past, END, exclude=exclude, k=8)
    assert offer_beside(model, cart[::-1], mixed, END, exclude=exclude, k=8) == (opportunity, beside)
    assert offer_next(model, mixed, END, exclude=exclude, k=8) == following
    assert 0 <= opportunity <= 1
    for offers in (beside, following):
        assert not exclude & set(named(offers))
        assert len(set(named(offers))) == len(offers)
        assert all(offer.because and 0 <= offer.score <= 1 and 0 <= offer.probability <= 1 for offer in offers)


def product(**more: object) -> ShelfProduct:
    return ShelfProduct(SuggestedProduct(ProductId("p"), "P", 1_000, "USD"), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "extra",
    [{"/discontinued": True}, {"/Stock": 0}, {"/in_stock": "no"}, {"/inventory": "0"}, {"/status": "Sold out"}],
)
def test_what_is_not_to_be_had_is_not_offered(extra: dict[str, object]) -> None:
    assert not can_be_offered(product(extra=extra), Wishes())


def test_wishes_are_kept_where_the_product_says_and_pass_where_it_does_not() -> None:
    there = product(extra={"/stock": 3, "/discontinued": "false", "/colour": "red"}, sizes="36-46", gender="Women")
    assert can_be_offered(there, Wishes(900, 1_000, "women", "40"))
    assert not can_be_offered(there, Wishes(size="48"))
    assert not can_be_offered(there, Wishes(gender="men"))
    assert not can_be_offered(there, Wishes(least_cents=1_001))
    assert not can_be_offered(there, Wishes(most_cents=999))
    assert can_be_offered(product(), Wishes(gender="men", size="48"))
    assert not can_be_offered(product(listed=False), Wishes())
