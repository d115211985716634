"""Unexpired risks: by hand, additive over policies, and where unearned premium pro rata fails."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techinsure.catalogue import shipped
from techinsure.errors import InvalidParameter
from techinsure.pricing.over_time.midterm import premium_lines, unearned
from techinsure.pricing.over_time.staged_pattern import exact_pattern
from techinsure.pricing.over_time.unexpired import InForce, unexpired_risk
from techinsure.quantities import Estimate, exactly
from techinsure.quotes import PriceRequest
from techinsure.quoting.rating import rate
from techinsure.reading import read
from tests.techinsure import asked


def estimate(value, error):
    return Estimate(value=value, standard_error=error, unit="CNY")


def group(product="rd_loss", **changes):
    return InForce(
        **{"product": product, "claims": estimate(100.0, 2.0), "unearned": 90.0} | changes
    )


def test_a_test_by_hand():
    """10 policies: 1000 + 5% of it + 30 + 50 against 900 + 20 - 40."""
    (found,) = unexpired_risk(
        [group(policies=10, expenses=3.0, margin=exactly(5.0), receivable=2.0,
               deferred_costs=4.0)],
        handling=0.05, unit="CNY",
    )  # fmt: skip
    assert found.deficiency.value == pytest.approx(1000 + 50 + 30 + 50 - (900 + 20 - 40))
    assert found.deficiency.standard_error == pytest.approx(20 + 1)
    assert found.reserve == found.deficiency
    assert (found.tested, found.policies, found.claims.value) == ("rd_loss", 10, 1000)


def test_a_surplus_needs_no_reserve():
    (found,) = unexpired_risk([group(unearned=200.0)], handling=0.0)
    assert found.deficiency.value == -100
    assert found.reserve.value == 0
    assert found.reserve.standard_error == 2


def test_what_is_exact_stays_exact():
    (found,) = unexpired_risk([group(claims=exactly(100.0))], handling=0.1)
    assert found.deficiency.exact
    assert found.deficiency.value == pytest.approx(20)


amounts = st.floats(0, 1e9)
groups = st.lists(
    st.builds(
        lambda product, policies, claims, error, kept, due: group(
            product, policies=policies, claims=estimate(claims, error), unearned=kept,
            receivable=due,
        ),
        st.sampled_from(["a", "b", "c"]), st.integers(0, 1000), amounts, amounts, amounts, amounts,
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=40)
@given(groups, st.floats(0, 1))
def test_products_add_up_to_the_portfolio_and_pooling_never_needs_more(listed, handling):
    apart = unexpired_risk(listed, handling=handling)
    (whole,) = unexpired_risk(listed, handling=handling, pooling="portfolio")
    scale = 1 + sum(found.claims.value + found.unearned + found.receivable for found in apart)
    total = sum(found.deficiency.value for found in apart)
    assert total == pytest.approx(whole.deficiency.value, abs=1e-9 * scale)
    needed = sum(found.reserve.value for found in apart)
    assert needed >= whole.reserve.value - 1e-9 * scale
    assert sum(found.policies for found in apart) == whole.policies


@pytest.mark.parametrize("risk_class", ["general", "chip", "material", "biopharma"])
def test_projects_need_a_reserve_that_pro_rata_time_does_not_hold(risk_class):
    """Three years, one passed, charged 1.06 of expected claims over 1 - loadings. Pro rata keeps
    two thirds; the premium by the risk's own pattern is enough."""
    product = shipped().product("rd_loss")
    request = read(PriceRequest, asked.project(risk_class=risk_class, term_months=36))
    portfolio = rate(product, request).portfolio
    pattern = exact_pattern(product.model, portfolio, 0, [1.0])
    moment, pure = pattern.at(1.0), pattern.whole.value
    rates = {name: loading.rate for name, loading in product.loadings.items()}
    charged = 1.06 * pure / (1 - sum(rates.values()))
    amounts = {"plug_in_pure": pure, "process_capital": 0.06 * pure}
    amounts |= {name: share * charged for name, share in rates.items()}
    handling = amounts["claims_handling"] / pure
    by_risk = unearned(premium_lines(amounts), moment).total.value
    kept = {"time": moment.pro_rata * charged, "risk": by_risk}
    found = {
        name: unexpired_risk(
            [InForce(product="rd_loss", claims=moment.remaining, unearned=amount)],
            handling=handling,
        )[0].deficiency.value
        for name, amount in kept.items()
    }
    assert found["time"] > 0.05 * pure
    assert found["risk"] < 0


def test_what_is_refused():
    with pytest.raises(InvalidParameter, match="at least one policy in force"):
        unexpired_risk([], handling=0.0)
    with pytest.raises(InvalidParameter, match="handling must be >= 0"):
        unexpired_risk([group()], handling=-0.1)
    with pytest.raises(InvalidParameter, match="pooling must be one of product, portfolio"):
        unexpired_risk([group()], handling=0.0, pooling="class")
    with pytest.raises(InvalidParameter, match="unearned must be >= 0"):
        group(unearned=-1.0)
    with pytest.raises(InvalidParameter, match="claims must be >= 0"):
        group(claims=exactly(-1.0))
    with pytest.raises(InvalidParameter, match="policies must be in"):
        group(policies=-1)
