from __future__ import annotations

import math

import numpy as np
import pytest

import quant as q
from quant.errors import InputError

# Bybit UTA collateral value ratios of BTC (X09 of margin.json), as haircuts
BYBIT = tuple(
    q.CollateralTier(up_to, round(1.0 - ratio, 10))
    for up_to, ratio in [(10, 0.98), (20, 0.95), (30, 0.9), (40, 0.85), (50, 0.8), (None, 0.0)]
)


def test_ltv_and_collateral_ratio_follow_from_the_haircut():
    """J01 (margin.json, derived): haircuts .1, .2, .5."""
    tiers = [q.CollateralTier(haircut=h) for h in (0.1, 0.2, 0.5)]
    assert [tier.ltv for tier in tiers] == pytest.approx([0.9, 0.8, 0.5], abs=1e-12)
    ratios = [tier.collateral_ratio for tier in tiers]
    assert ratios == pytest.approx([1.11111111111, 1.25, 2.0], abs=1e-11)
    assert q.CollateralTier().collateral_ratio == math.inf


def test_tiers_are_marginal_and_debts_count_in_full():
    """X09 (margin.json; table seen, arithmetic derived): 35 BTC count 32.55, not 29.75."""
    schedule = q.CollateralSchedule({"BTC": BYBIT})
    counted = [schedule.value("BTC", amount, price=1.0) for amount in (5, 35, 60, -5)]
    assert counted == pytest.approx([4.9, 32.55, 44.8, -5.0], abs=1e-10)


def test_a_rate_does_not_shrink_a_debt():
    """X05 (margin.json): one coin at 2,000 and rate 0.9 counts 1,800, one coin owed 2,000."""
    schedule = q.CollateralSchedule({"ETH": 0.1})
    assert schedule.value("ETH", 1, 2_000.0) == pytest.approx(1_800.0, abs=1e-12)
    assert schedule.value("ETH", -1, 2_000.0) == -2_000.0


def test_ten_million_beth_count_for_five_point_six():
    """X10 (MARGIN 6.3): ratios .95 to 2m, .85 to 4m, .5 to 8m, then 0."""
    tiers = tuple(
        q.CollateralTier(up_to, haircut)
        for up_to, haircut in [(2e6, 0.05), (4e6, 0.15), (8e6, 0.5)]
    )
    schedule = q.CollateralSchedule({"BETH": tiers})
    assert schedule.counted_amount("BETH", 10e6) == pytest.approx(5.6e6)


def test_many_prices_give_many_values():
    schedule = q.CollateralSchedule({"ETH": 0.15})
    np.testing.assert_allclose(schedule.value("ETH", 2.0, np.array([1.0, 3.0])), [1.7, 5.1])


def test_the_haircut_of_a_balance_grows_with_it():
    schedule = q.CollateralSchedule({"BTC": BYBIT})
    assert schedule.haircut("BTC") == pytest.approx(0.02)
    assert schedule.haircut("BTC", 35) == pytest.approx(1 - 32.55 / 35)
    assert schedule.haircut("BTC", -5) == 0.0


def test_an_asset_without_a_row_is_refused_by_name():
    schedule = q.CollateralSchedule({"ETH": 0.15, "USDC": 0.01})
    with pytest.raises(InputError, match="expected a haircut for DOGE, got one for ETH, USDC only"):
        schedule.value("DOGE", 1.0, 0.1)
    assert schedule.value("DOGE", -1.0, 0.1) == -0.1
    with pytest.raises(InputError, match="expected a haircut for DOGE"):
        schedule.counted({"DOGE": 1.0, "ETH": 1.0}, quote="USD")


def test_the_quote_counts_in_full_unless_it_has_a_row():
    balances = {"USD": 10.0, "USDC": 10.0}
    assert q.CollateralSchedule({"USDC": 0.1}).counted(balances, quote="USD") == {
        "USD": 10.0,
        "USDC": 9.0,
    }
    assert q.CollateralSchedule({"USDC": 0.1}).counted({"USDC": 10.0}, quote="USDC") == {
        "USDC": 9.0
    }


def test_the_frame_has_a_row_per_tier_with_status_and_reason():
    schedule = q.CollateralSchedule(
        {"BTC": BYBIT[:2], "PEPE": 1.0},
        status={"PEPE": "short history", "BTC": "model"},
        reasons={"PEPE": "90 days of 365"},
    )
    frame = schedule.to_frame()
    assert list(frame.columns) == ["asset", "up_to", "haircut", "status", "reason"]
    assert frame["asset"].tolist() == ["BTC", "BTC", "PEPE"]
    assert frame["up_to"].tolist() == [10.0, 20.0, math.inf]
    assert frame["status"].tolist() == ["model", "model", "short history"]
    assert frame["reason"].tolist() == ["", "", "90 days of 365"]
    assert q.CollateralSchedule({"BTC": 0.1}).to_frame()["status"].tolist() == ["policy"]


def test_schedules_are_values():
    one, other = (q.CollateralSchedule({"BTC": 0.1, "ETH": BYBIT}) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert q.CollateralSchedule(one.tiers, one.status, one.reasons) == one


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: q.CollateralTier(haircut=1.2), r"haircut: expected a number in \[0, 1\], got 1.2"),
        (lambda: q.CollateralTier(up_to=0.0), "up_to: expected a number above 0"),
        (
            lambda: q.CollateralSchedule({"A": 15}),
            r"haircut: expected a number in \[0, 1\], got 15",
        ),
        (lambda: q.CollateralSchedule({"A": ()}), r"tiers\[A\]: expected a haircut or tiers"),
        (
            lambda: q.CollateralSchedule({"A": BYBIT[::-1]}),
            r"tiers\[A\]: expected ascending bounds",
        ),
        (
            lambda: q.CollateralSchedule(
                {"A": (q.CollateralTier(1, 0.5), q.CollateralTier(2, 0.4))}
            ),
            "expected haircuts that do not fall with the amount, got 0.4 after 0.5",
        ),
        (
            lambda: q.CollateralSchedule({"A": 0.1}, status={"B": "model"}),
            r"status: expected assets with tiers \(A\), got B",
        ),
        (
            lambda: q.CollateralSchedule({"A": 0.1}, status={"A": "good"}),
            r"status\[A\]: expected one of 'model'",
        ),
    ],
)
def test_bad_schedules_are_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()
