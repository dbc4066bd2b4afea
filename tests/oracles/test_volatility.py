"""Volatility models against numbers computed by others; see volatility.json for the sources."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from quant.volatility import EWMA, GARCH, GJRGARCH, _arch
from tests.shared_data import shared

HERE = Path(__file__).parent
ORACLES = json.loads((HERE / "volatility.json").read_text())
PERCENT = np.loadtxt(HERE / "dem2gbp.csv", skiprows=1)
DAYS = pd.bdate_range("1984-01-03", periods=PERCENT.size)

OURS = {"alpha[1]": "alpha", "gamma[1]": "gamma", "beta[1]": "beta", "eta": "nu", "lambda": "skew"}
UNIT = {"mu": 0.01, "omega": 1e-4}  # of a percent return and variance, in decimals

ENTRIES = {
    "arch.garch_normal_default": GARCH(),
    "arch.garch_t_default": GARCH(distribution="t"),
    "arch.garch_skewt_default": GARCH(distribution="skewt"),
    "arch.gjr_normal_default": GJRGARCH(),
}


@pytest.fixture(scope="module", params=[1.0, 0.01], ids=["percent", "decimal"])
def unit(request):
    return request.param


@pytest.fixture(scope="module", params=ENTRIES, ids=str)
def entry(request):
    return request.param


@pytest.fixture(scope="module")
def fitted(entry, unit):
    fit = ENTRIES[entry].fit(pd.Series(PERCENT * unit, index=DAYS))
    return fit, ORACLES[entry]["expected"]


def in_unit(numbers, unit):
    power = {"mu": 1, "omega": 2}
    return {
        OURS.get(name, name): value * unit ** power.get(name, 0) for name, value in numbers.items()
    }


def test_parameters_come_back_by_name_in_the_unit_of_the_returns(fitted, unit):
    fit, expected = fitted
    assert fit.params == pytest.approx(in_unit(expected["params"], unit), rel=1e-4)


def test_likelihood_and_next_variance(fitted, unit):
    fit, expected = fitted
    in_percent = fit.loglikelihood + PERCENT.size * np.log(unit)
    assert in_percent == pytest.approx(expected["ll"], abs=1e-6)
    next_variance = fit.forecast().sigma[0] ** 2 / unit**2
    assert next_variance == pytest.approx(expected["hnext"], rel=1e-4)


@pytest.mark.parametrize("kind, key", [("robust", "se_robust"), ("hessian", "se_classic")])
def test_standard_errors(fitted, unit, kind, key):
    fit, expected = fitted
    errors = dict(np.sqrt(pd.Series(np.diag(fit.param_cov(kind)), index=list(fit.params))))
    wanted = in_unit(expected[key], unit)
    if "persistence" in fit.diagnostics.on_bound:
        # The oracle calls these not meaningful, and arch's plain differences lose a digit there:
        # multiplying the returns by 0.5 or 2 moves its own errors of omega, alpha and beta by
        # -1.2e-3 and +8e-5, towards ours, which do not move with the unit.
        for name in ("omega", "alpha", "beta"):
            assert errors.pop(name) == pytest.approx(wanted.pop(name), rel=2e-4)
    assert errors == pytest.approx(wanted, rel=1e-4)


def test_active_bound_is_named(fitted, entry):
    fit, _ = fitted
    heavy = "t_default" in entry
    assert fit.diagnostics.on_bound == (("persistence",) if heavy else ())
    assert fit.diagnostics.converged


def test_backcast_held_at_the_fcp_value():
    oracle = ORACLES["arch.garch_normal_backcastFCP"]["expected"]
    mu = -0.006190408379937537  # FCP's estimate, from the oracle's set-up
    found = _arch.estimate(
        PERCENT,
        leverage=False,
        distribution="normal",
        mean="constant",
        presample=float(np.mean((PERCENT - mu) ** 2)),
    )
    assert dict(found.params) == pytest.approx(in_unit(oracle["params"], 1.0), rel=1e-4)
    assert found.loglikelihood == pytest.approx(oracle["ll"], abs=1e-6)


def test_backcast_is_the_one_the_oracle_names():
    # arch.garch_*_default, set-up: bc = 0.07976261700383008
    assert _arch.backcast(PERCENT, "constant") == pytest.approx(0.07976261700383008, rel=1e-14)


@pytest.mark.parametrize("spec", [GARCH(mean="zero"), GJRGARCH(distribution="t")], ids=repr)
def test_sigma_is_the_conditional_volatility_of_arch(spec):
    from arch import arch_model

    peer = arch_model(
        PERCENT,
        mean=spec.mean.capitalize(),
        o=int(isinstance(spec, GJRGARCH)),
        dist=spec.distribution,
        rescale=False,
    ).fit(disp="off", update_freq=0, show_warning=False, options={"ftol": 1e-14})
    fit = spec.fit(pd.Series(PERCENT, index=DAYS))
    again = fit.at({OURS.get(name, name): value for name, value in peer.params.items()})
    np.testing.assert_allclose(again.sigma, peer.conditional_volatility, rtol=1e-12)
    assert again.loglikelihood == pytest.approx(peer.loglikelihood, rel=1e-12)
    variance = peer.forecast(horizon=5).variance.to_numpy()[-1]
    np.testing.assert_allclose(again.forecast(5).sigma ** 2, variance, rtol=1e-12)


def lambda_(decay):
    return np.log(0.5) / np.log(decay)


def ewma(decay, initial, returns):
    series = pd.Series(returns, index=pd.RangeIndex(len(returns)))
    return EWMA(half_life=lambda_(decay), initial=initial).fit(series)


def test_ewma_by_hand():
    fit = ewma(0.94, 1e-4, [0.01, -0.02, 0.015, -0.03, 0.005])
    expected = ORACLES["ewma.hand"]["expected"]
    assert fit.forecast().sigma[0] ** 2 == pytest.approx(expected, abs=1e-15)
    np.testing.assert_allclose(fit.forecast(4).sigma ** 2, expected, rtol=1e-12)


def test_r09_ewma_recursion():
    oracle = ORACLES["R09"]
    setup = oracle["setup"]
    fit = ewma(setup["lambda"], setup["v0"], setup["returns"])
    variances = [*(fit.sigma.to_numpy() ** 2), fit.forecast().sigma[0] ** 2]
    np.testing.assert_allclose(variances, [setup["v0"], *oracle["expected"]], atol=1e-12, rtol=0)


def test_r10_half_life():
    for decay, expected in ORACLES["R10"]["expected"].items():
        spec = EWMA(half_life=expected["half_life"])
        recursion = spec._filter({})
        assert recursion.beta == pytest.approx(float(decay), rel=1e-9)
        assert 1.0 / recursion.alpha == pytest.approx(expected["mean_age"], rel=1e-6)


def test_ewma_starts_from_the_mean_square_of_its_returns():
    # hs.bmw500.*, HW_ewma94: sigma of the next day, h0 = mean r^2 of the window
    path = shared() / "oracles" / "bmw_logreturns.csv"
    returns = np.loadtxt(path, delimiter=",", skiprows=1, usecols=1)[-500:]
    assert ewma(0.94, None, returns).forecast().sigma[0] == pytest.approx(
        0.007976037158617878, rel=1e-10
    )


def test_propagation_reproduces_the_enumerated_law():
    expected = ORACLES["fhs.enumerated"]["expected"]
    fit = GARCH(mean="zero").fit(pd.Series(PERCENT, index=DAYS))
    fit = fit.at({"omega": 0.1, "alpha": 0.1, "beta": 0.8})
    # one more return that lifts the next variance to the 1.2 of the set-up
    shock = np.sqrt((1.2 - 0.1 - 0.8 * fit.forecast().sigma[0] ** 2) / 0.1)
    fit = fit.update(pd.Series([shock], index=[DAYS[-1] + pd.Timedelta(days=1)]))
    assert fit.forecast().sigma[0] ** 2 == pytest.approx(1.2, rel=1e-13)
    z = np.array(list(product([-2.0, -0.5, 0.3, 1.2, 1.0], repeat=3)))
    profit = np.sort(fit.propagate(z).sum(axis=1))
    np.testing.assert_allclose(profit[:8], expected["sorted_first8"], rtol=1e-10)
    assert profit.std() == pytest.approx(expected["sd"], rel=1e-10)
    assert -profit[12] == pytest.approx(expected["VaR10_infq"], rel=1e-10)
