"""Dependence models against numbers computed by others; see dependence.json for the sources."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from quant.dependence import CCC, DCC, EWMACovariance, StudentTCopula
from tests.shared_data import shared

ORACLES = json.loads((Path(__file__).parent / "dependence.json").read_text())
HALF_LIFE_094 = math.log(0.5) / math.log(0.94)
PAIRS = np.triu_indices(3, 1)


@pytest.fixture(scope="module")
def percent():
    """Swiss pension-fund index returns in percent, 377 days of three assets."""
    return pd.read_csv(
        shared() / "oracles" / "lpp_returns_pct.csv", index_col="date", parse_dates=True
    )


@pytest.fixture(scope="module")
def filtered(percent):
    """The innovations of dcc.fixed: GARCH(1, 1) at the oracle's parameters, FCP start."""
    z = {}
    for name, entry in zip(percent, ORACLES["dcc.fixed"]["expected"]["garch"], strict=True):
        omega, alpha, beta = entry["p"]
        e = percent[name].to_numpy() - percent[name].mean()
        h = np.empty_like(e)
        h[0] = omega + (alpha + beta) * np.mean(e**2)
        for t in range(1, e.size):
            h[t] = omega + alpha * e[t - 1] ** 2 + beta * h[t - 1]
        z[name] = e / np.sqrt(h)
    return pd.DataFrame(z, index=percent.index)


def test_ewma_covariance(percent):
    covariance = EWMACovariance(HALF_LIFE_094).fit(percent).forecast().covariance[0]
    expected = np.array(ORACLES["ewma.cov"]["expected"])
    np.testing.assert_allclose(covariance, expected, rtol=0, atol=1e-12)


def test_ewma_of_four_indices_and_the_volatility_of_a_portfolio():
    data = pd.read_csv(shared() / "oracles" / "hull_four_index_2006_2008.csv").iloc[:501]
    dollars = pd.DataFrame(
        {
            "DJIA": data["DJIA"],
            "FTSE": data["FTSE100"] * data["USDGBP"],
            "CAC": data["CAC40"] / data["EURUSD"],
            "Nikkei": data["Nikkei"] / data["YENUSD"],
        }
    )
    expected = ORACLES["hull.modelbuilding"]["expected"]
    returns = dollars.pct_change().iloc[1:]
    start = np.cov(returns.to_numpy().T, ddof=0)
    spec = EWMACovariance(HALF_LIFE_094, initial=tuple(map(tuple, start)))
    fit = spec.fit(returns)
    np.testing.assert_allclose(fit.forecast().sigma[0], expected["ewma_vols"], rtol=1e-9)
    pairs = fit.correlation.to_numpy()[np.triu_indices(4, 1)]
    np.testing.assert_allclose(pairs, expected["ewma_corr"], rtol=1e-9)
    weights = np.array([4000.0, 3000.0, 1000.0, 2000.0])
    variance = weights @ fit.forecast().covariance[0] @ weights
    assert np.sqrt(variance) == pytest.approx(expected["sd_ewma"], abs=1e-3)


def test_constant_correlation(filtered):
    fit = CCC().fit(filtered)
    expected = ORACLES["ccc.lpp"]["expected"]
    np.testing.assert_allclose(list(fit.params.values()), expected["R"], rtol=1e-12)
    assert fit.loglikelihood == pytest.approx(expected["corr_ll"], rel=1e-12)


@pytest.mark.parametrize("entry", ["dcc.fixed", "dcc.fixed_unfiltered"])
def test_dynamic_correlation_at_given_parameters(entry, filtered, percent):
    raw = percent - percent.mean()
    z = filtered if entry == "dcc.fixed" else raw / raw.std(ddof=0)
    fit = DCC().fit(z)
    expected = ORACLES[entry]["expected"]
    given = fit.at({"a": 0.03, "b": 0.95})
    assert given.loglikelihood == pytest.approx(expected["corr_ll"], rel=1e-12)
    assert fit.loglikelihood > given.loglikelihood
    np.testing.assert_allclose(given.correlation.to_numpy()[PAIRS], expected["Rnext"], rtol=1e-12)
    if "Rbar" in expected:
        target = given.recursion.target[PAIRS]
        np.testing.assert_allclose(target, expected["Rbar"], rtol=1e-12)


def test_tail_dependence_of_a_t_copula():
    # McNeil, Frey and Embrechts (2015), section 7.3.2: nu 4, rho 0.5
    rng = np.random.default_rng(3)
    fit = StudentTCopula(nu=4).fit(pd.DataFrame(rng.standard_normal((50, 2)), columns=["A", "B"]))
    limit = fit.law.tail_dependence(np.array([[1.0, 0.5], [0.5, 1.0]]))
    assert limit[0, 1] == pytest.approx(0.25317, abs=5e-6)
    assert limit[0, 0] == 1.0
