from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from scipy.stats import norm

import quant as q
from quant.errors import InputError

CELLS = 200_001


def normal_moves(sd: float) -> q.Scenarios:
    """Quantiles of a normal at the middles of equally likely cells: additive moves."""
    middles = (np.arange(CELLS) + 0.5) / CELLS
    return q.Scenarios(sd * ndtri(middles)[:, None], ["X"], 1, kind="level")


def partly_covered(level: float = 0.99) -> q.Coverage:
    """J07 (MARGIN 9.4): exposure 100, collateral 30 at a haircut of 20 %, loss sd 10."""
    account = q.Account([q.LinearContract("X", 1.0, entry=100.0)], {"C": 30.0}, quote="C")
    schedule = q.CollateralSchedule({"C": 0.2})
    return q.coverage(account, normal_moves(10.0), {"X": 100.0}, schedule, level=level)


def test_partial_coverage_of_a_normal_loss():
    """J07 (MARGIN 9.4): coverage 24 %; shortfall 0.82 %, uncovered 0.0272, 3.32 given shortfall.

    One cell of probability 1/n bounds the error of the probability. The uncovered loss is convex in
    the quantile, so middles understate its cell means, by less than one cell's share of the
    largest move: the outermost cell holds 1/n of probability and an excess of about sd.
    """
    covered = partly_covered()
    exact = norm.sf(2.4)
    missing = 10.0 * (norm.pdf(2.4) - 2.4 * exact)
    assert covered.coverage_ratio == pytest.approx(0.24)
    assert (covered.equity, covered.counted_equity, covered.exposure) == (30.0, 24.0, 100.0)
    assert covered.shortfall_probability == pytest.approx(exact, abs=1.0 / CELLS)
    assert covered.expected_uncovered_loss == pytest.approx(missing, abs=10.0 / CELLS)
    assert covered.expected_given_shortfall == pytest.approx(missing / exact, rel=0.01)
    printed = (
        f"{covered.shortfall_probability:.4f} {covered.expected_uncovered_loss:.4f} "
        f"{covered.expected_given_shortfall:.2f}"
    )
    assert printed == "0.0082 0.0272 3.32"


def test_without_a_schedule_nothing_is_cut():
    account = q.Account([q.LinearContract("X", 1.0, entry=100.0)], {"USD": 30.0})
    covered = q.coverage(account, normal_moves(10.0), {"X": 100.0})
    assert covered.coverage_ratio == covered.collateral_ratio == 0.3
    assert covered.shortfall_probability == pytest.approx(norm.sf(3.0), abs=1.0 / CELLS)


def loan(amount: float = 5.0, debt: float = 6_000.0) -> q.Account:
    return q.Account(collateral={"ETH": amount, "USD": -debt})


def moves(*rows: float, weights=None, n_obs=None) -> q.Scenarios:
    return q.Scenarios(np.log1p(rows)[:, None], ["ETH"], 1, weights, n_obs=n_obs)


def test_the_health_factor_is_the_coverage_ratio_of_a_loan():
    """D01 (margin.json, Aave docs): 10,000 at a threshold of 80 % against 6,000 owed."""
    schedule = q.CollateralSchedule({"ETH": 0.2})
    covered = q.coverage(loan(), moves(0.0), {"ETH": 2_000.0}, schedule)
    assert covered.coverage_ratio == pytest.approx(1.333, abs=0.0005)
    assert covered.ltv == pytest.approx(0.6)
    assert covered.collateral_ratio == pytest.approx(10 / 6)


def test_ltv_at_the_limit_is_one_less_the_haircut():
    """J01 (margin.json): at coverage 1 the collateral ratio is 1 / (1 - H)."""
    for haircut, ratio in [(0.1, 1.11111111111), (0.2, 1.25), (0.5, 2.0)]:
        schedule = q.CollateralSchedule({"ETH": haircut})
        limit = loan(1.0, 1_000.0 * (1 - haircut))
        covered = q.coverage(limit, moves(0.0), {"ETH": 1_000.0}, schedule)
        assert covered.coverage_ratio == pytest.approx(1.0)
        assert covered.collateral_ratio == pytest.approx(ratio, abs=1e-11)


@pytest.mark.parametrize(("ratio", "trigger", "fall"), [(1.5, 1.2, 0.2), (2.0, 1.5, 0.25)])
def test_the_fall_to_a_trigger(ratio, trigger, fall):
    """J02 (margin.json, derived)."""
    covered = q.coverage(loan(1.0, 100.0), moves(0.0), {"ETH": 100.0 * ratio})
    assert covered.fall_to(trigger) == pytest.approx(fall, abs=1e-12)
    after = covered.update({"ETH": 100.0 * ratio * (1.0 - fall)})
    assert after.collateral_ratio == pytest.approx(trigger)


def test_collateral_and_exposure_move_together():
    """A coin hedged by its own short is covered whatever comes; the same short alone is not."""
    now = {"ETH": 2_000.0}
    short = q.LinearContract("ETH", -1.0, entry=2_000.0)
    rise = moves(-0.5, 0.0, 1.0)
    hedged = q.coverage(q.Account([short], {"ETH": 1.0}), rise, now)
    cash = q.coverage(q.Account([short], {"USD": 1_000.0}), rise, now)
    assert hedged.shortfall_probability == 0.0
    assert cash.shortfall_probability == pytest.approx(1 / 3)
    assert cash.expected_given_shortfall == pytest.approx(1_000.0)


def test_weights_count():
    weighted = moves(-0.5, 0.1, 0.2, weights=[0.7, 0.2, 0.1])
    covered = q.coverage(loan(), weighted, {"ETH": 2_000.0})
    assert covered.shortfall_probability == pytest.approx(0.7)
    assert covered.expected_uncovered_loss == pytest.approx(0.7 * 1_000.0)
    size = 1.0 / (0.49 + 0.04 + 0.01)
    binomial = math.sqrt(0.21 / size)
    assert covered.shortfall_probability_std_error == pytest.approx(binomial)


def test_standard_errors_are_those_of_the_sample():
    rng = np.random.default_rng(2)
    sample = rng.normal(-0.3, 0.2, 500)
    covered = q.coverage(loan(), moves(*np.clip(sample, -0.9, None)), {"ETH": 2_000.0})
    missing = covered.uncovered.loss.losses
    short = missing[missing > 0.0]
    assert covered.expected_uncovered_loss_std_error == pytest.approx(
        missing.std(ddof=1) / math.sqrt(500)
    )
    assert covered.expected_given_shortfall_std_error == pytest.approx(
        short.std(ddof=1) / math.sqrt(len(short))
    )


def test_overlap_widens_the_standard_error():
    rows = tuple(np.linspace(-0.6, 0.6, 100))
    plain = q.coverage(loan(), moves(*rows), {"ETH": 2_000.0})
    overlapping = q.coverage(loan(), moves(*rows, n_obs=25), {"ETH": 2_000.0})
    ratio = overlapping.shortfall_probability_std_error / plain.shortfall_probability_std_error
    assert ratio == pytest.approx(2.0)


def test_measures_of_the_loss_and_of_what_is_missing():
    covered = partly_covered()
    assert covered.var.value == pytest.approx(23.263, rel=1e-3)
    assert covered.es.value == pytest.approx(26.652, rel=1e-3)
    assert covered.es.std_error > 0.0
    assert covered.es.components.sum() == pytest.approx(covered.es.value)
    assert covered.uncovered_var.value == 0.0  # rarer than one in a hundred
    assert covered.uncovered_es.value == pytest.approx(
        covered.expected_uncovered_loss / 0.01, rel=1e-6
    )


def test_no_exposure_needs_no_cover():
    covered = q.coverage(q.Account(collateral={"ETH": 1.0}), moves(-0.5), {"ETH": 10.0})
    assert (covered.coverage_ratio, covered.ltv) == (math.inf, 0.0)
    assert (covered.shortfall_probability, covered.expected_given_shortfall) == (0.0, 0.0)
    bare = q.coverage(q.Account(collateral={"USD": -5.0}), moves(-0.5), {})
    assert (bare.coverage_ratio, bare.ltv, bare.shortfall_probability) == (0.0, math.inf, 1.0)


def test_update_keeps_everything_but_the_prices():
    covered = partly_covered(level=0.9)
    same = covered.update({"X": 100.0})
    pd.testing.assert_frame_equal(same.to_frame(), covered.to_frame())
    lower = covered.update(pd.Series({"X": 90.0}))
    assert lower.equity == 20.0
    assert lower.shortfall_probability > covered.shortfall_probability


def test_the_frame_carries_every_figure():
    frame = partly_covered().to_frame()
    assert frame.loc["coverage_ratio"].tolist() == [0.24, 0.0]
    assert frame.loc["shortfall_probability", "std_error"] > 0.0
    assert frame.index[-2:].tolist() == ["VaR(0.99)", "ES(0.99)"]
    assert "coverage_ratio=0.24" in repr(partly_covered())


def test_what_is_missing_is_named():
    now = {"ETH": 2_000.0}
    with pytest.raises(InputError, match="schedule: expected a haircut for ETH, got one for BTC"):
        q.coverage(loan(), moves(0.0), now, q.CollateralSchedule({"BTC": 0.1}))
    with pytest.raises(InputError, match="prices: expected a price for ETH"):
        q.coverage(loan(), moves(0.0), {})
    with pytest.raises(InputError, match="scenarios: expected a column for ETH, got X"):
        q.coverage(loan(), normal_moves(1.0), now)
    with pytest.raises(InputError, match=r"level: .* write 0.99 for 99 %"):
        q.coverage(loan(), moves(0.0), now, level=99)
    with pytest.raises(InputError, match="trigger: expected a number above 0"):
        q.coverage(loan(), moves(0.0), now).fall_to(0.0)
