"""Historical simulation against published and independently computed figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import quant as q
from tests.shared_data import shared
from tests.strategies import daily

# hs.bmw500.sorted, hs.bmw500.0.01, hs.bmw500.0.05 (last 500 BMW returns; R quantile, Acerbi-Tasche)
BMW = {
    0.99: {
        "VaR": 0.030126705,
        "lower": 0.029413885,
        "ES": 0.032543106,
        "interval": (0.022035888, 0.034902872),
    },
    0.95: {
        "VaR": 0.018519048,
        "lower": 0.018158735,
        "ES": 0.02346600092,
        "interval": (0.014760416, 0.020144566),
    },
}


def sample(losses) -> q.LossForecast:
    return q.LossForecast(loss=q.Empirical(np.asarray(losses, dtype=float)))


@pytest.mark.parametrize("level", BMW)
def test_bmw_quantiles_tail_means_and_rank_intervals(level):
    path = shared() / "oracles" / "bmw_logreturns.csv"
    losses = sample(-pd.read_csv(path)["logret"].to_numpy()[-500:])
    expected = BMW[level]
    assert q.VaR(level)(losses).value == pytest.approx(expected["VaR"], abs=1e-10)
    assert q.VaR(level, rank="lower")(losses).value == pytest.approx(expected["lower"], abs=1e-10)
    assert q.ES(level)(losses).value == pytest.approx(expected["ES"], abs=1e-10)
    assert q.VaR(level)(losses).interval(0.95) == pytest.approx(expected["interval"], abs=1e-10)


def test_hull_four_index_portfolio():
    # hull.hs: Hull, Risk Management and Financial Institutions, historical simulation chapter
    data = pd.read_csv(shared() / "oracles" / "hull_four_index_2006_2008.csv").iloc[:501]
    dollars = pd.DataFrame(
        {
            "DJIA": data["DJIA"],
            "FTSE": data["FTSE100"] * data["USDGBP"],
            "CAC": data["CAC40"] / data["EURUSD"],
            "Nikkei": data["Nikkei"] / data["YENUSD"],
        }
    )
    weights = np.array([4000.0, 3000.0, 1000.0, 2000.0])
    moves = np.log(dollars).diff().iloc[1:]
    scenarios = q.Scenarios(
        returns=moves.to_numpy(),
        assets=list(moves),
        horizon=1,
        labels=pd.Index(data["day"].iloc[1:]),
    )
    prices = dict.fromkeys(moves, 1.0)
    book = q.Account(
        positions=[q.Spot(a, w) for a, w in zip(moves, weights, strict=True)], quote="USD"
    )
    loss = book.loss(scenarios, prices)
    var, es = q.VaR(0.99)(loss), q.ES(0.99)(loss)
    assert var.value == pytest.approx(253.38495609979464, abs=1e-3)
    assert es.value == pytest.approx(327.18123432927666, abs=1e-3)
    assert sorted(es.drivers.index) == [329, 339, 349, 487, 494]
    assert list(var.drivers.index) == [487]
    assert es.components.sum() == pytest.approx(es.value, abs=1e-9)


def test_fractional_tail_of_ten_profits():
    # hs.at.fractional
    losses = sample([5, 4, 3, 2.5, 1, 0, -0.5, -1, -2, -3])
    for tail, expected in {0.1: 5.0, 0.15: 14 / 3, 0.25: 4.2, 0.3: 4.0}.items():
        assert q.ES(1 - tail)(losses).value == pytest.approx(expected, abs=1e-12)
    assert losses.loss.tail_mean(0.95) == 5.0


def test_two_hundred_and_fifty_losses():
    # R05, R07
    losses = sample(np.arange(1, 251))
    assert q.ES(0.99)(losses).value == pytest.approx(249.2, abs=1e-12)
    assert q.VaR(0.99)(losses).value == 248.0


def test_order_statistic_interval_of_the_99_percent_quantile():
    # R08: ranks 490 and 500 of 500 ascending, coverage 0.980185949858
    losses = sample(np.arange(1, 501))
    assert q.VaR(0.99)(losses).interval(0.95) == (490.0, 500.0)


def test_interval_is_open_where_no_loss_bounds_the_quantile():
    assert q.VaR(0.99)(sample(np.arange(1, 251))).interval(0.95)[1] == np.inf


def test_price_move_bounds_differ_by_side():
    # R04: sigma 4 % a day, 99 %, horizons 1, 5, 10
    from quant.risk._return_loss import ReturnLoss

    expected = {
        1: (0.0888556253422, 0.0975209064705),
        5: (0.187853778608, 0.231305365537),
        10: (0.254918981219, 0.342135921858),
    }
    for horizon, (long, short) in expected.items():
        sigma = 0.04 * np.sqrt(horizon)
        for side, value in (("long", long), ("short", short)):
            loss = q.LossForecast(loss=ReturnLoss(q.Normal(), 0.0, sigma, side), side=side)
            assert q.VaR(0.99)(loss).value == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("level", "long", "short"),
    # param.lognormal: N(0.0005, 0.04^2), VaR and ES by 40-digit arithmetic
    [(0.99, (0.0883999392427931, 0.100603771367452), (0.0980698041367420, 0.113141905329901))],
)
def test_lognormal_losses_have_closed_forms(level, long, short):
    from quant.risk._return_loss import ReturnLoss

    for side, (var, es) in (("long", long), ("short", short)):
        loss = q.LossForecast(loss=ReturnLoss(q.Normal(), 0.0005, 0.04, side), side=side)
        assert q.VaR(level)(loss).value == pytest.approx(var, rel=1e-12)
        assert q.ES(level)(loss).value == pytest.approx(es, rel=1e-10)
        assert q.ES(level, max_move=None)(loss).value == pytest.approx(es, rel=1e-10)


def test_one_filtered_scenario_is_rescaled_to_the_present_volatility():
    # R12: r = -5 % when sigma was 2 %, now 4 %: -10 %
    r = daily(np.array([0.02, -0.05, 0.06]))
    fit = q.FilteredHistoricalSimulation(
        volatility=q.EWMA(half_life=10.0, initial=0.02**2), window=None
    ).fit(r)
    now = fit.volatility.forecast(1).sigma[0]
    then = fit.volatility.sigma.iloc[1]
    losses = fit.forecast(1, "long").loss.losses
    assert losses[1] == pytest.approx(-np.expm1(-0.05 * now / then), abs=1e-12)


def test_hull_white_scaling_of_bmw_returns():
    # hs.bmw500.*: HW_ewma94, r_i sigma_{n+1} / sigma_i, sigma_i made without r_i, h0 = mean r^2
    r = pd.read_csv(shared() / "oracles" / "bmw_logreturns.csv")["logret"].to_numpy()[-500:]
    decay = q.EWMA(half_life=np.log(0.5) / np.log(0.94), initial=float(np.mean(r**2)))
    fit = q.FilteredHistoricalSimulation(volatility=decay, window=500).fit(daily(r))
    assert fit.volatility.forecast(1).sigma[0] == pytest.approx(0.007976037158617878, rel=1e-10)
    moves = q.LossForecast(loss=q.Empirical(-np.log1p(-fit.forecast(1, "long").loss.losses)))
    expected = {
        0.99: (0.02233725686000657, 0.02085514496338927, 0.026428903869467564),
        0.95: (0.014265531821596665, 0.014173506412895137, 0.018166585291701252),
    }
    for level, (var, lower, es) in expected.items():
        assert q.VaR(level)(moves).value == pytest.approx(var, abs=1e-10)
        assert q.VaR(level, rank="lower")(moves).value == pytest.approx(lower, abs=1e-10)
        assert q.ES(level)(moves).value == pytest.approx(es, abs=1e-10)
