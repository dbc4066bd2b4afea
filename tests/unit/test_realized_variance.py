"""Realised variance of a day from the returns inside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import quant as q


def intraday(days=4, per_day=24, seed=1, tz=None):
    stamps = pd.date_range("2024-01-01", periods=days * per_day, freq=f"{24 // per_day}h", tz=tz)
    values = np.random.default_rng(seed).normal(0.0, 0.01, stamps.size)
    return pd.Series(values, index=stamps, name="BTC")


@pytest.mark.parametrize("tz", [None, "UTC"])
def test_a_day_is_the_sum_of_its_squares(tz):
    r = intraday(tz=tz)
    rv = q.realized_variance(r)
    assert list(rv.index) == list(pd.date_range("2024-01-02", periods=3, tz=tz))
    assert rv.name == "BTC"
    # by hand: the second day holds returns 24 to 47
    assert rv.iloc[0] == pytest.approx(sum(x * x for x in r.iloc[24:48]), rel=1e-14)
    assert rv.iloc[2] == pytest.approx(sum(x * x for x in r.iloc[72:96]), rel=1e-14)


def test_overnight_is_the_first_return_of_the_day():
    r = intraday()
    difference = q.realized_variance(r) - q.realized_variance(r, overnight="exclude")
    np.testing.assert_allclose(difference, r.iloc[24::24] ** 2, rtol=1e-10)


def test_a_session_with_prices_on_weekdays():
    # prices at 09:30, 12:00 and 16:00 of three sessions around a weekend, worked by hand
    stamps = [f"2024-01-{d} {h}" for d in ("04", "05", "08") for h in ("09:30", "12:00", "16:00")]
    levels = [100.0, 101.0, 100.0, 104.0, 103.0, 103.0, 99.0, 100.0, 102.0]
    r = q.log_returns(pd.Series(levels, index=pd.to_datetime(stamps)))
    rv, session = q.realized_variance(r), q.realized_variance(r, overnight="exclude")
    assert [str(d.date()) for d in rv.index] == ["2024-01-05", "2024-01-08"]
    friday = np.log(103 / 104) ** 2
    monday = np.log(100 / 99) ** 2 + np.log(102 / 100) ** 2
    np.testing.assert_allclose(session, [friday, monday], rtol=1e-12)
    gaps = [np.log(104 / 100) ** 2, np.log(99 / 103) ** 2]
    np.testing.assert_allclose(rv, np.add([friday, monday], gaps), rtol=1e-12)


def test_later_days_change_nothing_before_them():
    r = intraday(days=6)
    spoiled = r.copy()
    spoiled.iloc[96:] = 0.5
    honest, other = q.realized_variance(r), q.realized_variance(spoiled)
    pd.testing.assert_series_equal(honest.iloc[:3], other.iloc[:3])
    assert (honest.iloc[3:] != other.iloc[3:]).all()


@pytest.mark.parametrize(
    "spoil, error, message",
    [
        (lambda r: r.to_frame(), q.InputError, r"expected the Series of one asset, got DataFrame"),
        (lambda r: r.iloc[::-1], q.InputError, r"expected ascending dates"),
        (lambda r: r.iloc[:20], q.InsufficientDataError, r"at least two days, got 1"),
        (lambda r: r.iloc[::24], q.InsufficientDataError, r"several returns a day, got 1"),
        (lambda r: r.reset_index(drop=True), q.InputError, r"index of dates and times"),
        (
            lambda r: r.drop(r.index[48:61]),
            q.InputError,
            r"expected about 24 returns a day, got 11 at 2024-01-03; supply them",
        ),
        (lambda r: r * np.nan, q.InputError, r"expected finite numbers, got nan at 2024-01-01"),
    ],
)
def test_what_is_no_intraday_history_is_refused(spoil, error, message):
    with pytest.raises(error, match=message):
        q.realized_variance(spoil(intraday()))


def test_the_overnight_choice_is_checked():
    with pytest.raises(q.InputError, match=r"overnight: expected one of 'include', 'exclude'"):
        q.realized_variance(intraday(), overnight="add")
