"""Returns run between an asset's own prices, and no part of a move is ever lost."""

from __future__ import annotations

from math import log

import numpy as np
import pandas as pd
import pytest

from quant.errors import InputError, InsufficientDataError, PriceDataError
from quant.returns import align_returns, horizon_returns, log_returns, splice_returns

DAYS = pd.date_range("2024-01-01", periods=6)
NAN = np.nan


def series(values: list[float], start: str = "2024-01-01", name: str = "A") -> pd.Series:
    return pd.Series(values, pd.date_range(start, periods=len(values)), name=name)


def test_log_returns_of_the_dow_on_black_monday() -> None:
    # Closes of 1987-10-16 and 19 as the papers had them, with the fall of 22.61 %.
    got = log_returns(series([2246.74, 1738.74]))
    assert np.expm1(got.iloc[0]) == pytest.approx(-0.2261, abs=5e-5)
    assert got.index[0] == pd.Timestamp("2024-01-02")
    assert got.name == "A"


def test_a_closed_market_has_its_whole_move_at_its_reopening() -> None:
    prices = pd.DataFrame({"A": [1, 2, 4, 8, 16, 32], "B": [NAN, 3, NAN, NAN, 6, NAN]}, index=DAYS)
    got = log_returns(prices)
    assert got.shape == (5, 2)
    assert got["A"].to_numpy() == pytest.approx(np.full(5, log(2)))
    assert got["B"].isna().tolist() == [True, True, True, False, True]
    assert got.loc[DAYS[4], "B"] == pytest.approx(log(2))


def test_a_column_taken_out_of_a_panel_covers_its_own_listing() -> None:
    got = log_returns(series([NAN, NAN, 1.0, 2.0, 4.0, NAN]))
    assert got.index.tolist() == [DAYS[3], DAYS[4]]


@pytest.mark.parametrize(
    "values, message",
    [
        ([1.0, -36.98, 2.0], r"got -36\.98 for A at 2024-01-02; .*one return then spans the day"),
        ([1.0, 0.0, 2.0], "expected positive prices, got 0 for A at 2024-01-02"),
        ([1.0, np.inf, 2.0], "expected finite numbers, got inf for A at 2024-01-02"),
        ([1.0, NAN, 2.0], "a price on every row, got NaN at 2024-01-02; use dropna"),
        (["1", "x", "2"], "expected numbers, got text"),
    ],
)
def test_log_returns_refuses_what_has_no_logarithm(values: list[float], message: str) -> None:
    with pytest.raises(PriceDataError, match=message):
        log_returns(series(values))


def test_log_returns_refuses_bad_dates_and_too_few_rows() -> None:
    prices = series([1.0, 2.0, 3.0])
    with pytest.raises(PriceDataError, match="ascending dates"):
        log_returns(prices[::-1])
    with pytest.raises(PriceDataError, match="a duplicate at 2024-01-01"):
        log_returns(prices.iloc[[0, 0, 1]])
    with pytest.raises(InsufficientDataError, match="at least two rows, got 1"):
        log_returns(prices[:1])
    with pytest.raises(InsufficientDataError, match="at least two prices, got 1"):
        log_returns(series([NAN, 1.0]))
    with pytest.raises(PriceDataError, match="expected a pandas Series or DataFrame, got list"):
        log_returns([1.0, 2.0])  # type: ignore[type-var]


def test_a_constant_price_has_returns_of_zero() -> None:
    assert log_returns(series([5.0, 5.0, 5.0])).tolist() == [0.0, 0.0]


def test_horizon_returns_are_sums_stamped_at_their_end() -> None:
    r = series([1.0, 2.0, 4.0, 8.0, 16.0])
    every = horizon_returns(r, 2)
    assert every.tolist() == [3.0, 6.0, 12.0, 24.0]
    assert every.index[0] == DAYS[1]
    apart = horizon_returns(r, 2, overlapping=False)
    assert apart.tolist() == [6.0, 24.0]
    assert apart.index.tolist() == [DAYS[2], DAYS[4]]
    pd.testing.assert_series_equal(horizon_returns(r, 1), r, check_freq=False)


def test_a_panel_counts_the_horizon_in_own_returns() -> None:
    r = pd.DataFrame({"A": [1.0, 2.0, 4.0, 8.0], "B": [1.0, NAN, NAN, 2.0]}, index=DAYS[:4])
    got = horizon_returns(r, 2)
    assert got["A"].tolist() == [3.0, 6.0, 12.0]
    assert got["B"].dropna().to_dict() == {DAYS[3]: 3.0}


def test_horizon_returns_refuses_horizon_zero_short_histories_and_blanks() -> None:
    r = series([1.0, 2.0])
    with pytest.raises(InputError, match="horizon: expected a whole number of at least 1, got 0"):
        horizon_returns(r, 0)
    with pytest.raises(InsufficientDataError, match="at least 3 returns for horizon 3, got 2"):
        horizon_returns(r, 3)
    with pytest.raises(InputError, match="align_returns"):
        horizon_returns(series([1.0, NAN, 2.0]), 1)


def test_intersection_accumulates_over_closed_days() -> None:
    r = pd.DataFrame({"A": [1.0, 2.0, 4.0, 8.0], "B": [0.5, NAN, NAN, 0.25]}, index=DAYS[:4])
    got = align_returns(r, how="intersection")
    assert got.index.tolist() == [DAYS[0], DAYS[3]]
    assert got.to_numpy().tolist() == [[1.0, 0.5], [14.0, 0.25]]


def test_carry_keeps_every_date_and_moves_at_the_reopening() -> None:
    r = pd.DataFrame({"A": [1.0, 2.0, 4.0, 8.0], "B": [0.5, NAN, NAN, 0.25]}, index=DAYS[:4])
    got = align_returns(r, how="carry")
    assert got.to_numpy().tolist() == [[1.0, 0.5], [2.0, 0.0], [4.0, 0.0], [8.0, 0.25]]


@pytest.mark.parametrize("how", ["intersection", "carry"])
def test_a_late_listing_starts_the_panel_at_its_first_common_price(how: str) -> None:
    prices = pd.DataFrame(
        {"A": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0], "B": [NAN, 5.0, NAN, 6.0, 7.0, 8.0]}, index=DAYS
    )
    got = align_returns(log_returns(prices), how=how)  # type: ignore[arg-type]
    # B's return up to DAYS[3] began on a date that returns do not tell: it is the base, not a row.
    assert got.index.tolist() == [DAYS[4], DAYS[5]]
    assert got["B"].to_numpy() == pytest.approx([log(7 / 6), log(8 / 7)])


@pytest.mark.parametrize("how", ["intersection", "carry"])
def test_a_panel_without_blanks_comes_back_as_it_is(how: str) -> None:
    r = pd.DataFrame(np.random.default_rng(1).standard_normal((6, 3)), index=DAYS)
    pd.testing.assert_frame_equal(align_returns(r, how=how), r, check_freq=False)  # type: ignore[arg-type]


def test_align_returns_refuses_disjoint_histories_and_names_them() -> None:
    r = pd.DataFrame({"A": [1.0, 1.0, NAN, NAN], "B": [NAN, NAN, 1.0, 1.0]}, index=DAYS[:4])
    with pytest.raises(
        InsufficientDataError, match="A ends 2024-01-02, B begins 2024-01-03; drop one"
    ):
        align_returns(r, how="intersection")
    with pytest.raises(InsufficientDataError, match="got none for C"):
        align_returns(r.assign(C=NAN), how="carry")
    with pytest.raises(InputError, match="how: expected one of 'intersection', 'carry'"):
        align_returns(r, how="inner")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expected a DataFrame of several assets, got Series"):
        align_returns(r["A"], how="carry")  # type: ignore[arg-type]


def test_a_roll_never_returns_from_one_contract_to_the_other() -> None:
    front = series([50.0, 55.0, 60.0], "2024-01-01")
    following = series([90.0, 99.0], "2024-01-03")
    got = splice_returns([front, following])
    assert got.to_numpy() == pytest.approx([log(1.1), log(60 / 55), log(1.1)])
    assert got.index.is_unique


@pytest.mark.parametrize(
    "after, factor", [([25.0, 26.0], 4.0), ([1e5, 1.04e5], 1e-3)], ids=["split", "redenomination"]
)
def test_a_change_of_units_leaves_no_trace(after: list[float], factor: float) -> None:
    got = splice_returns([series([98.0, 100.0]), series(after, "2024-01-03")], factors=[factor])
    assert got.to_numpy() == pytest.approx([log(100 / 98), 0.0, log(1.04)])
    assert got.index.tolist() == [DAYS[1], DAYS[2], DAYS[3]]


def test_splice_refuses_seams_that_do_not_fit() -> None:
    a, later, same = series([1.0, 2.0]), series([3.0, 4.0], "2024-01-03"), series([3.0, 4.0])
    with pytest.raises(PriceDataError, match="share one date, got 2024-01-02 and 2024-01-03"):
        splice_returns([a, later])
    with pytest.raises(PriceDataError, match="start after 2024-01-02, got 2024-01-01"):
        splice_returns([a, same], factors=[2.0])
    with pytest.raises(InputError, match=r"factors: expected one per seam \(1\), got 2"):
        splice_returns([a, later], factors=[2.0, 2.0])
    with pytest.raises(InputError, match="factors: expected a number above 0, got -1"):
        splice_returns([a, later], factors=[-1.0])
    with pytest.raises(InputError, match="at least one price series"):
        splice_returns([])
    with pytest.raises(PriceDataError, match="got NaN at 2024-01-03 in piece 2"):
        splice_returns([a, series([2.0, NAN], "2024-01-02")])
