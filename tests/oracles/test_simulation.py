"""Age-weighted and volatility-scaled simulation against published and recomputed figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import quant as q
from tests.shared_data import shared
from tests.strategies import daily, garch_returns

WEIGHTS = np.array([4000.0, 3000.0, 1000.0, 2000.0])  # thousands of dollars in four indices


def half_life(decay: float) -> float:
    return np.log(0.5) / np.log(decay)


def hull() -> np.ndarray:
    """Return the 500 simple changes of Hull's four indices, in dollars (hull.hs)."""
    data = pd.read_csv(shared() / "oracles" / "hull_four_index_2006_2008.csv").iloc[:501]
    dollars = np.column_stack(
        (
            data["DJIA"],
            data["FTSE100"] * data["USDGBP"],
            data["CAC40"] / data["EURUSD"],
            data["Nikkei"] / data["YENUSD"],
        )
    )
    return dollars[1:] / dollars[:-1] - 1.0


def bmw() -> np.ndarray:
    return pd.read_csv(shared() / "oracles" / "bmw_logreturns.csv")["logret"].to_numpy()[-500:]


def in_logs(forecast: q.LossForecast) -> q.LossForecast:
    """Return the law of minus the log move behind a long's loss."""
    law = forecast.loss
    return q.LossForecast(loss=q.Empirical(-np.log1p(-law.losses), law.weights))


def test_hull_age_weighted_portfolio():
    # hull.brw: lambda = 0.995; Hull, Risk Management and Financial Institutions, table 13.5
    moves = daily(np.log1p(hull() @ WEIGHTS / WEIGHTS.sum()))
    loss = q.AgeWeightedSimulation(half_life=half_life(0.995), window=500).fit(moves).forecast()
    assert loss.loss.weights[[493, 338, 348, 328]] == pytest.approx(
        [0.0052827895216603655, 0.00242907443549901, 0.002553936035051439, 0.002310317303258534],
        rel=1e-12,
    )
    total = WEIGHTS.sum()
    assert total * q.VaR(0.99)(loss).value == pytest.approx(282.204, abs=1e-3)
    assert total * q.ES(0.99)(loss).value == pytest.approx(400.91417333914717, abs=1e-9)
    assert q.VaR(0.99)(loss).drivers.index[0] == moves.index[348]
    assert q.ES(0.99)(loss).drivers.index[0] == moves.index[493]


def test_hull_volatility_scaled_portfolio():
    # hull.volscale: EWMA 0.94 for each index, begun at its sample variance (ddof 1)
    moves = hull()
    scaled = np.empty_like(moves)
    sigma = []
    for i, column in enumerate(moves.T):
        model = q.EWMA(half_life=half_life(0.94), initial=float(np.var(column, ddof=1)))
        fit = q.VolatilityScaledSimulation(volatility=model, window=500).fit(daily(column))
        sigma.append(fit.volatility.forecast().sigma[0])
        scaled[:, i] = np.log1p(-fit.forecast().loss.losses)
    assert sigma == pytest.approx(
        [0.02191066209193382, 0.03211506464131444, 0.03087951384547839, 0.015940788198282277],
        rel=1e-10,
    )
    book = q.LossForecast(loss=q.Empirical(-scaled @ WEIGHTS), labels=pd.RangeIndex(1, 501))
    var, es = q.VaR(0.99)(book), q.ES(0.99)(book)
    assert var.value == pytest.approx(602.9681028383709, abs=1e-3)
    assert es.value == pytest.approx(750.0779479308328, abs=1e-3)
    assert set(es.drivers.index) == {131, 494, 227, 98, 329}
    assert list(var.drivers.index) == [329]


# hs.bmw500.0.01 and hs.bmw500.0.05: VaR, ES and the number of losses worse than VaR
AGED = {
    (0.99, 0.98): (0.020144566, 0.021352229520785273, 15),
    (0.99, 0.995): (0.022735633, 0.029840047259577337, 9),
    (0.95, 0.98): (0.014371505, 0.018106743572219045, 36),
    (0.95, 0.995): (0.015267472, 0.020993522971728712, 33),
}


@pytest.mark.parametrize(("level", "decay"), AGED)
def test_age_weighted_bmw_returns(level, decay):
    fit = q.AgeWeightedSimulation(half_life=half_life(decay)).fit(daily(bmw()))
    moves = in_logs(fit.forecast())
    var, es, worse = AGED[level, decay]
    assert q.VaR(level)(moves).value == pytest.approx(var, abs=1e-10)
    assert q.ES(level)(moves).value == pytest.approx(es, abs=1e-10)
    assert (moves.loss.losses > q.VaR(level)(moves).value + 1e-12).sum() == worse


def test_a_short_memory_says_that_it_reaches_beyond_its_data():
    # lambda = 0.98 is worth (1 + lambda) / (1 - lambda) = 99 observations, one short of a hundred
    losses = q.AgeWeightedSimulation(half_life=half_life(0.98)).fit(daily(bmw())).forecast()
    assert q.VaR(0.99)(losses).extrapolated
    assert not q.VaR(0.98)(losses).extrapolated


def test_volatility_scaled_bmw_returns():
    # hs.bmw500.*: HW_ewma94, begun at the mean square of the window
    r = bmw()
    model = q.EWMA(half_life=half_life(0.94), initial=float(np.mean(r**2)))
    moves = in_logs(
        q.VolatilityScaledSimulation(volatility=model, window=500).fit(daily(r)).forecast()
    )
    expected = {
        0.99: (0.02233725686000657, 0.02085514496338927, 0.026428903869467564),
        0.95: (0.014265531821596665, 0.014173506412895137, 0.018166585291701252),
    }
    for level, (var, lower, es) in expected.items():
        assert q.VaR(level)(moves).value == pytest.approx(var, abs=1e-10)
        assert q.VaR(level, rank="lower")(moves).value == pytest.approx(lower, abs=1e-10)
        assert q.ES(level)(moves).value == pytest.approx(es, abs=1e-10)


def test_the_mean_of_the_six_worst_of_2500():
    # R06: six worst of 2,500 are the tail of 0.9976
    losses = q.LossForecast(loss=q.Empirical(np.arange(1.0, 2501.0)), n_obs=2500)
    assert q.ES(0.9976)(losses).value == pytest.approx(2497.5, abs=1e-12)


@pytest.mark.parametrize(
    ("side", "factor", "leverage"), [("short", 0.00987029, 101.3), ("long", 0.0097796, 102.3)]
)
def test_lognormal_risk_factors_of_one_minute(side, factor, leverage):
    # R03: 180 % a year, one minute, tail 1e-4, log return N(-s^2 / 2, s^2)
    from quant.risk._return_loss import ReturnLoss

    sigma = 1.8 * np.sqrt(1.0 / (365.25 * 24 * 60))
    law = ReturnLoss(q.Normal(), -0.5 * sigma**2, float(sigma), side)
    value = q.ES(1.0 - 1e-4)(q.LossForecast(loss=law, side=side)).value
    assert value == pytest.approx(factor, abs=5e-9)
    assert 1.0 / value == pytest.approx(leverage, abs=0.05)


def test_three_filtered_periods_in_full():
    # fhs.enumerated: five residuals, all 125 paths of three periods of a given GARCH
    z = np.array([-2.0, -0.5, 0.3, 1.2, 1.0])
    fit = (
        q.GARCH(mean="zero")
        .fit(garch_returns(300, seed=1))
        .at({"omega": 0.1, "alpha": 0.1, "beta": 0.8})
    )
    shocks = np.stack(np.meshgrid(z, z, z, indexing="ij"), axis=-1).reshape(-1, 3)
    start = float(fit.forecast(1).sigma[0] ** 2)
    # the state after the last return is not 1.2: bring it there by one more return
    more = float(np.sqrt((1.2 - 0.1 - 0.8 * start) / 0.1))
    fit = fit.update(pd.Series([more], index=[fit.returns.index[-1] + pd.Timedelta(days=1)]))
    assert fit.forecast(1).sigma[0] ** 2 == pytest.approx(1.2, rel=1e-12)
    profit = fit.propagate(shocks).sum(axis=1)
    losses = q.LossForecast(loss=q.Empirical(-profit), n_obs=125)
    assert profit.mean() == pytest.approx(0.0, abs=1e-10)
    assert profit.std() == pytest.approx(2.2298073693016622, abs=1e-10)
    assert np.sort(profit)[:3] == pytest.approx(
        [-7.4642403707977, -5.370678812113552, -5.152741034323931], abs=1e-10
    )
    assert q.VaR(0.9)(losses).value == pytest.approx(3.2290797382549288, abs=1e-10)
    assert q.ES(0.9)(losses).value == pytest.approx(4.329577004809054, abs=1e-10)
    assert q.VaR(0.96)(losses).value == pytest.approx(4.254112647482007, abs=1e-10)
    assert q.ES(0.96)(losses).value == pytest.approx(5.4501480479750155, abs=1e-10)
