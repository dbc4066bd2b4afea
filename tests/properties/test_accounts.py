"""Properties of collateral schedules, accounts and liquidation prices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import quant as q

ASSETS = ("BTC", "ETH")
NOW = {"BTC": 100.0, "ETH": 20.0, "USDC": 1.0}
TABLE = q.Brackets(floors=(0, 500, 2_000, 10_000), rates=(0.004, 0.01, 0.05, 0.125))

sizes = st.floats(0.1, 50.0).flatmap(lambda size: st.sampled_from([size, -size]))
entries = st.floats(0.5, 2.0)


@st.composite
def contracts(draw):
    asset = draw(st.sampled_from(ASSETS))
    price = NOW[asset]
    entry = draw(entries) * price
    if draw(st.booleans()):
        return q.LinearContract(asset, draw(sizes), entry=entry)
    return q.InverseContract(asset, draw(sizes) * price, entry=entry)


@st.composite
def accounts(draw):
    balances = {"USDC": draw(st.floats(0.0, 20_000.0)), "BTC": draw(st.floats(-5.0, 50.0))}
    return q.Account(draw(st.lists(contracts(), min_size=1, max_size=5)), balances)


@st.composite
def tiers(draw):
    count = draw(st.integers(1, 5))
    bounds = np.cumsum(draw(st.lists(st.floats(0.5, 20.0), min_size=count, max_size=count)))
    haircuts = sorted(draw(st.lists(st.floats(0.0, 1.0), min_size=count, max_size=count)))
    return tuple(q.CollateralTier(float(b), h) for b, h in zip(bounds, haircuts, strict=True))


@given(tiers(), st.floats(0.0, 150.0), st.floats(0.0, 150.0), st.floats(0.0, 1.0))
def test_counted_collateral_is_concave_rising_and_below_market(rows, low, high, share):
    schedule = q.CollateralSchedule({"A": rows})
    between = share * low + (1.0 - share) * high
    counted = [schedule.counted_amount("A", amount) for amount in (low, between, high)]
    assert counted[1] >= share * counted[0] + (1.0 - share) * counted[2] - 1e-9
    assert (counted[2] - counted[0]) * (high - low) >= -1e-9
    assert 0.0 <= counted[0] <= low * (1.0 + 1e-12)


@given(tiers())
def test_counted_collateral_has_no_step_at_a_bound(rows):
    schedule = q.CollateralSchedule({"A": rows})
    for tier in rows:
        around = [schedule.counted_amount("A", tier.up_to * f) for f in (1 - 1e-9, 1 + 1e-9)]
        assert around[1] - around[0] <= 3e-9 * tier.up_to


def requirement(account, prices):
    """Maintenance by its definition: brackets of the sum of absolute notionals per asset."""
    return sum(
        TABLE.maintenance(q.Account(own).exposure(prices))
        for asset in ASSETS
        if (own := [position for position in account.positions if position.asset == asset])
    )


def gross(account, prices):
    positions = sum(abs(q.Account([p]).equity(prices)) for p in account.positions)
    balances = sum(abs(amount) * prices[asset] for asset, amount in account.collateral)
    return positions + balances + account.exposure(prices)


def solve(account, asset, **options):
    assume(asset in account.assets)
    return q.liquidation_price(
        account, asset, NOW, brackets=dict.fromkeys(ASSETS, TABLE), **options
    )


@given(accounts(), st.sampled_from(ASSETS))
def test_equity_meets_maintenance_at_the_price_found(account, asset):
    found = solve(account, asset)
    assert found.liquidated == (account.equity(NOW) < requirement(account, NOW)) or (
        found.equity == pytest.approx(found.maintenance)
    )
    for price in (found.down, found.up):
        if price is not None and not found.liquidated:
            there = NOW | {asset: price}
            gap = account.equity(there) - requirement(account, there)
            assert abs(gap) <= 1e-9 * gross(account, there)


@given(accounts(), st.sampled_from(ASSETS), st.floats(0.01, 10.0))
def test_every_price_between_the_two_is_safe_and_beyond_them_is_not(account, asset, factor):
    found = solve(account, asset)
    assume(not found.liquidated)
    price = NOW[asset] * factor
    there = NOW | {asset: price}
    gap = account.equity(there) - requirement(account, there)
    down, up = found.down or 0.0, found.up or np.inf
    if down * (1 + 1e-6) < price < up * (1 - 1e-6):
        assert gap >= -1e-9 * gross(account, there)
    elif price < down * (1 - 1e-6) or price > up * (1 + 1e-6):
        assert gap <= 1e-9 * gross(account, there)


@given(accounts(), st.sampled_from(ASSETS))
def test_down_is_below_the_price_and_up_above(account, asset):
    found = solve(account, asset)
    assert found.down is None or 0.0 < found.down <= NOW[asset]
    assert found.up is None or found.up >= NOW[asset]


@given(accounts(), st.sampled_from(ASSETS), st.randoms(use_true_random=False))
def test_the_order_of_positions_changes_nothing(account, asset, random):
    shuffled = list(account.positions)
    random.shuffle(shuffled)
    again = q.Account(shuffled, account.collateral, account.quote)
    assert solve(again, asset) == solve(account, asset)


@given(accounts(), st.sampled_from(ASSETS))
def test_bankruptcy_lies_beyond_liquidation(account, asset):
    assume(asset in account.assets)
    early = q.liquidation_price(account, asset, NOW, maintenance=0.05)
    late = q.liquidation_price(account, asset, NOW, maintenance=0.0)
    assume(not early.liquidated)
    if late.down is not None:
        assert early.down is not None
        assert early.down >= late.down * (1 - 1e-9)
    if late.up is not None:
        assert early.up is not None
        assert early.up <= late.up * (1 + 1e-9)


@given(accounts(), st.floats(0.0, 0.9))
def test_a_haircut_never_adds_cover(account, haircut):
    scenarios = q.Scenarios(
        np.random.default_rng(1).normal(0.0, 0.2, (50, 3)), ["BTC", "ETH", "USDC"], 1
    )
    schedule = q.CollateralSchedule(dict.fromkeys(NOW, haircut))
    plain = q.coverage(account, scenarios, NOW)
    cut = q.coverage(account, scenarios, NOW, schedule)
    assert cut.coverage_ratio <= plain.coverage_ratio * (1 + 1e-12)
    assert cut.shortfall_probability >= plain.shortfall_probability
    assert cut.expected_uncovered_loss >= plain.expected_uncovered_loss * (1 - 1e-12)


@given(accounts(), st.floats(0.1, 10.0))
def test_loss_scales_with_the_account_and_parts_sum_to_it(account, factor):
    scenarios = q.Scenarios(
        np.random.default_rng(2).normal(0.0, 0.2, (50, 3)), ["BTC", "ETH", "USDC"], 1
    )
    loss = account.loss(scenarios, NOW)
    scale = gross(account, NOW)
    np.testing.assert_allclose(loss.parts.sum(axis=1), loss.loss.losses, atol=1e-9 * scale)
    more = q.Account(account.positions, {a: factor * x for a, x in account.collateral})
    only = q.Account((), account.collateral)
    np.testing.assert_allclose(
        more.loss(scenarios, NOW).loss.losses,
        loss.loss.losses + (factor - 1.0) * only.loss(scenarios, NOW).loss.losses,
        atol=1e-9 * scale * factor + 1e-9 * scale,
    )
