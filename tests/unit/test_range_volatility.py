"""Volatility from the ranges of bars."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quant.errors import InputError, InsufficientDataError, PriceDataError, SpecError
from quant.volatility import RangeVolatility

ESTIMATORS = ("parkinson", "garman_klass", "rogers_satchell", "garman_klass_gap", "yang_zhang")
every = pytest.mark.parametrize("estimator", ESTIMATORS)


def simulated_bars(n=1500, sigma=0.02, gap=0.5, drift=0.0, steps=400, seed=3):
    """Bars of a random walk with `steps` moves inside a bar; overnight variance gap x sigma^2."""
    rng = np.random.default_rng(seed)
    inside = np.cumsum(
        drift / steps + sigma / np.sqrt(steps) * rng.standard_normal((n, steps)), axis=1
    )
    inside = np.column_stack((np.zeros(n), inside))
    opens = np.cumsum(np.r_[0.0, inside[:-1, -1] + sigma * np.sqrt(gap) * rng.normal(size=n - 1)])
    logs = {
        "open": opens,
        "high": opens + inside.max(axis=1),
        "low": opens + inside.min(axis=1),
        "close": opens + inside[:, -1],
    }
    return pd.DataFrame(
        {name: np.exp(values) for name, values in logs.items()},
        index=pd.date_range("2018-01-01", periods=n),
    )


BARS = simulated_bars()
RETURNS = np.log(BARS["close"]).diff().dropna()


def fitted(model, bars=BARS):
    realized = model.realized(bars)
    returns = np.log(bars["close"]).diff().dropna()
    dates = realized.index.intersection(returns.index)
    return model.fit(returns.loc[dates], realized=realized.loc[dates])


def test_one_bar_worked_by_hand():
    bars = pd.DataFrame(
        {"open": [100.0, 102.0], "high": [110.0, 108.0], "low": [95.0, 99.0], "close": [104, 100]},
        index=pd.date_range("2024-01-01", periods=2),
    )
    hl, co = np.log(110 / 95), np.log(104 / 100)
    expected = {
        "parkinson": hl**2 / 2.772588722239781,
        "garman_klass": 0.5 * hl**2 - 0.38629436111989057 * co**2,
        "rogers_satchell": np.log(110 / 104) * np.log(110 / 100)
        + np.log(95 / 104) * np.log(95 / 100),
    }
    for estimator, value in expected.items():
        realized = RangeVolatility(estimator).realized(bars)
        assert realized.iloc[0] == pytest.approx(value, rel=1e-12)
        assert len(realized) == 2
    gap = RangeVolatility("garman_klass_gap").realized(bars)
    plain = RangeVolatility("garman_klass").realized(bars)
    assert list(gap.index) == list(bars.index[1:])
    assert gap.iloc[0] - plain.iloc[1] == pytest.approx(np.log(102 / 104) ** 2, rel=1e-12)


@every
def test_a_walk_without_drift_is_measured_without_bias(estimator):
    realized = RangeVolatility(estimator).realized(BARS)
    whole = 4e-4 * (1.5 if estimator in ("garman_klass_gap", "yang_zhang") else 1.0)
    # 400 moves inside a bar miss part of the extremes, 5 to 8 percent of the variance; the standard
    # error of the mean is below 3 percent
    assert 0.86 * whole < realized.mean() < 1.04 * whole


@every
def test_a_drift_deceives_parkinson_and_garman_klass_alone(estimator):
    drifting = RangeVolatility(estimator).realized(simulated_bars(drift=0.04, seed=5)).mean()
    still = RangeVolatility(estimator).realized(simulated_bars(seed=5)).mean()
    if estimator in ("rogers_satchell", "yang_zhang"):
        assert drifting / still == pytest.approx(1.0, abs=0.12)
    else:
        assert drifting / still > 1.3


@every
def test_the_scale_makes_the_variance_that_of_returns(estimator):
    fit = fitted(RangeVolatility(estimator, scaling="variance"))
    squares, x = fit.returns**2, fit.sample.realized
    assert fit.params["scale"] == pytest.approx(squares.mean() / x.mean(), rel=1e-12)
    assert fit.forecast().sigma[0] ** 2 == pytest.approx(6e-4, rel=0.35)
    gaps = estimator in ("garman_klass_gap", "yang_zhang")
    assert 0.9 < fit.params["scale"] / (1.0 if gaps else 1.5) < 1.25


@every
def test_the_scale_makes_the_mean_square_of_the_shocks_one(estimator):
    fit = fitted(RangeVolatility(estimator))
    assert np.mean(fit.z**2) == pytest.approx(1.0, rel=1e-12)
    assert fit.params["scale"] == pytest.approx(
        np.mean(fit.at({"scale": 1.0}).z.to_numpy() ** 2), rel=1e-12
    )
    # it is where the Gaussian likelihood of the returns has its maximum
    for factor in (0.98, 1.02):
        moved = fit.at({"scale": factor * fit.params["scale"]})
        assert moved.loglikelihood < fit.loglikelihood
    other = fitted(RangeVolatility(estimator, scaling="variance"))
    assert abs(np.mean(other.z**2) - 1.0) > 1e-4


def test_the_mean_of_the_last_window_and_its_weights():
    plain = fitted(RangeVolatility("parkinson", window=3))
    x, scale = plain.sample.realized.to_numpy(), plain.params["scale"]
    assert plain.sigma.iloc[3] ** 2 == pytest.approx(scale * x[:3].mean(), rel=1e-12)
    assert plain.sigma.iloc[0] ** 2 == pytest.approx(scale * x[:3].mean(), rel=1e-12)
    assert plain.sigma.iloc[1] ** 2 == pytest.approx(
        scale * (2 * x[:3].mean() + x[0]) / 3, rel=1e-12
    )
    weighted = fitted(RangeVolatility("parkinson", window=3, half_life=1.0))
    scale = weighted.params["scale"]
    expected = scale * (4 * x[-1] + 2 * x[-2] + x[-3]) / 7
    np.testing.assert_allclose(weighted.forecast(4).sigma ** 2, expected, rtol=1e-12)
    share = weighted.variance_share()
    assert share.sum() == pytest.approx(1.0, rel=1e-12)
    assert share.iloc[-1] == pytest.approx(scale * 4 * x[-1] / 7 / expected, rel=1e-12)
    assert list(share.index) == list(BARS.index[-3:])


def test_yang_zhang_is_not_averaged_again():
    fit = fitted(RangeVolatility("yang_zhang", window=10))
    expected = fit.params["scale"] * fit.sample.realized
    np.testing.assert_allclose(fit.sigma.iloc[1:] ** 2, expected.iloc[:-1], rtol=1e-12)


def test_the_standard_error_of_the_scale():
    fit = fitted(RangeVolatility("parkinson"))
    squares = fit.at({"scale": 1.0}).z ** 2
    for kind in ("hessian", "opg"):
        error = np.sqrt(fit.param_cov(kind).loc["scale", "scale"])
        assert error == pytest.approx(squares.std(ddof=0) / np.sqrt(len(squares)), rel=1e-12)
    fit = fitted(RangeVolatility("parkinson", scaling="variance"))
    gap = fit.returns**2 - fit.params["scale"] * fit.sample.realized
    plain = np.sqrt(np.mean(gap**2) / len(gap)) / fit.sample.realized.mean()
    for kind in ("hessian", "opg"):
        error = np.sqrt(fit.param_cov(kind).loc["scale", "scale"])
        assert error == pytest.approx(plain, rel=1e-12)
    assert np.sqrt(fit.param_cov().iloc[0, 0]) == pytest.approx(plain, rel=0.4)
    assert not fit.at({"scale": 1.0}).param_cov().to_numpy().any()


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: RangeVolatility("close"), InputError, r"estimator: expected one of 'parkinson'"),
        (lambda: RangeVolatility(window=1), InputError, r"window: expected a whole number of at l"),
        (lambda: RangeVolatility(half_life=0), InputError, r"half_life: expected a number above 0"),
        (
            lambda: RangeVolatility("yang_zhang", half_life=5),
            SpecError,
            r"half_life: expected none with 'yang_zhang', got 5",
        ),
    ],
)
def test_bad_specs_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "estimator, at, column, value, message",
    [
        ("parkinson", 4, "low", 0.0, r"expected positive finite prices, got low 0 at 2018-01-05"),
        ("parkinson", 4, "open", np.nan, r"got open nan at 2018-01-05; correct or drop the bar"),
        ("parkinson", 4, "high", 1e-9, r"high not below the low, got 1e-09 below .* at 2018-01-05"),
        ("rogers_satchell", 4, "close", 1e9, r"range that holds open and close.* at 2018-01-05"),
    ],
)
def test_bad_bars_are_refused_with_their_date(estimator, at, column, value, message):
    bars = BARS.copy()
    bars.loc[bars.index[at], column] = value
    with pytest.raises(PriceDataError, match=message):
        RangeVolatility(estimator).realized(bars)


def test_what_is_no_frame_of_bars_is_refused():
    with pytest.raises(
        PriceDataError, match=r"columns open, high, low, close, got close; use read"
    ):
        RangeVolatility().realized(BARS[["close"]])
    with pytest.raises(PriceDataError, match=r"bars: expected ascending unique dates"):
        RangeVolatility().realized(BARS.iloc[::-1])
    with pytest.raises(InsufficientDataError, match=r"expected at least 21 for yang_zhang, got 20"):
        RangeVolatility("yang_zhang").realized(BARS.iloc[:20])


def test_a_window_without_any_range_is_refused():
    realized = RangeVolatility("parkinson", window=3).realized(BARS).loc[RETURNS.index]
    realized.iloc[50:53] = 0.0
    with pytest.raises(InputError, match=r"positive finite variances from .*, got 0 at 2018-02-24"):
        RangeVolatility("parkinson", window=3).fit(RETURNS, realized=realized)
    with pytest.raises(InputError, match=r"realized: expected variances above 0, got 1499 of 0"):
        RangeVolatility(window=3).fit(RETURNS, realized=realized * 0.0)
