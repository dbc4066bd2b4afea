"""The compiled engine on returns that break optimisers: the best mode, or a stated reason."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from quant.distributions import Normal
from quant.errors import InputError
from quant.returns import log_returns
from quant.samples import load_sample
from quant.volatility import GARCH, GJRGARCH, fit_rolling
from tests.shared_data import shared


def series(values):
    values = np.asarray(values, dtype=float)
    return pd.Series(values, index=pd.date_range("2021-01-01", periods=values.size))


NOISE = Normal().rvs(500, seed=21)


def shift(values):
    values = values.copy()
    values[250:] *= 100.0
    return values


def outlier(at):
    values = NOISE.copy()
    values[at] = 60.0
    return values


def half_zero():
    return np.where(np.random.default_rng(2).random(500) < 0.5, 0.0, NOISE)


HARD = {
    "outlier first": outlier(0),
    "outlier mid": outlier(250),
    "outlier last": outlier(499),
    "level shift": shift(NOISE),
    "half zero": half_zero(),
    "short": NOISE[:60],
    "near constant": 1.0 + 1e-7 * NOISE,
    "alternating": np.tile([1.0, -1.0], 250) + 0.01 * NOISE,
    "one tick": np.round(NOISE * 2.0) / 2.0,
}


@pytest.mark.parametrize("case", HARD)
@pytest.mark.parametrize("spec", [GARCH(), GJRGARCH(), GARCH(distribution="t")], ids=repr)
def test_no_worse_than_arch_on_hard_returns(spec, case):
    returns = series(0.01 * HARD[case])
    fit = spec.fit(returns)
    assert fit.diagnostics.converged
    assert np.isfinite(fit.sigma).all()
    peer = type(spec)(distribution=spec.distribution, engine="arch")
    theirs = peer.fit(returns).params
    total = theirs["alpha"] + 0.5 * theirs.get("gamma", 0.0) + theirs["beta"]
    if total <= 1.0 and theirs["alpha"] + min(theirs.get("gamma", 0.0), 0.0) >= 0.0:
        assert fit.loglikelihood > fit.at(theirs).loglikelihood - 1e-6


@pytest.mark.parametrize("law", ["t", "skewt"])
def test_a_likelihood_without_a_bound_is_refused(law):
    stuck = np.where(np.random.default_rng(2).random(500) < 0.8, 0.0, 0.01 * NOISE)
    with pytest.raises(InputError, match=rf"law '{law}', got the same value in 8.%.*unbounded"):
        GARCH(distribution=law).fit(series(stuck))
    normal = GARCH().fit(series(stuck))
    assert normal.diagnostics.zero_share > 0.75


@pytest.mark.parametrize("law", ["normal", "t", "skewt", "ged"])
def test_units_change_nothing_but_units(law):
    returns = series(0.01 * NOISE)
    plain, large = (GARCH(distribution=law).fit(returns * unit) for unit in (1.0, 1024.0))
    assert large.params["omega"] == pytest.approx(1024.0**2 * plain.params["omega"], rel=1e-9)
    assert large.params["beta"] == pytest.approx(plain.params["beta"], rel=1e-9)
    shifted = plain.loglikelihood - 500 * np.log(1024.0)
    assert large.loglikelihood == pytest.approx(shifted, rel=1e-12)


@pytest.mark.parametrize(
    ("law", "coin", "last"),
    [("t", "XRP", "2019-04-24"), ("t", "ETH", "2024-10-08"), ("normal", "DOGE", "2024-03-02")],
)
def test_maxima_that_few_climbs_reach_are_found(law, coin, last):
    prices = pd.read_csv(
        shared() / "data" / "crypto_close_daily.csv", index_col=0, parse_dates=True
    )
    returns = np.log(prices[coin].dropna()).diff().loc[:last].iloc[-500:]
    fit = GARCH(distribution=law).fit(returns)
    theirs = GARCH(distribution=law, engine="arch").fit(returns).params
    # arch may leave the region where alpha + beta <= 1 by 1e-8, for a gain of the order of 1e-6
    assert fit.loglikelihood > fit.at(theirs).loglikelihood - 1e-5


def test_several_maxima_are_counted():
    assert GARCH().fit(series(0.01 * shift(NOISE))).diagnostics.modes >= 1
    # a crash that never mattered and one that lasted: two explanations of the same sample
    two = NOISE.copy()
    two[100] = 25.0
    two[300:320] *= 4.0
    assert GARCH().fit(series(0.01 * two)).diagnostics.modes > 1


def test_a_constant_volatility_leaves_a_flat_likelihood():
    noise = Normal().rvs((12, 1000), seed=8)
    flat = [GARCH().fit(series(0.01 * path)).diagnostics.flat for path in noise]
    assert np.mean(flat) > 0.5
    assert GARCH().fit(series(np.tile([0.01, -0.01], 250))).diagnostics.flat


@pytest.mark.parametrize(
    ("seed", "point"),
    [
        (24, (-0.0746, 0.948, 0.0968, -0.0968, 0.0724)),
        (61, (-0.0234, 0.271, 0.0576, -0.0576, 0.697)),
    ],
)
def test_the_highest_maximum_of_a_flat_likelihood_is_found(seed, point):
    from arch.univariate import arch_model

    returns = series(np.random.default_rng(seed).normal(size=400))
    theirs = arch_model(returns, mean="Constant", vol="GARCH", o=1, rescale=False).fix(point)
    fit = GJRGARCH().fit(returns)
    assert fit.diagnostics.flat
    assert fit.loglikelihood > theirs.loglikelihood
    assert fit.loglikelihood == pytest.approx(theirs.loglikelihood, abs=1e-3)


@pytest.mark.parametrize("law", ["normal", "t", "skewt", "ged"])
def test_a_volatility_that_clusters_does_not(law):
    returns = log_returns(load_sample("markets"))["SP500"].dropna()
    for spec in (GARCH(distribution=law), GJRGARCH(distribution=law)):
        table = fit_rolling(spec, returns, 1000, 500)
        assert not table["flat"].any()
        assert not spec.fit(returns.iloc[-1000:]).diagnostics.flat


def test_flat_means_that_the_standard_error_of_the_persistence_is_wide():
    noise = Normal().rvs((30, 400), seed=9)
    seen = set()
    for path in noise:
        fit = GARCH(mean="zero").fit(series(0.01 * path))
        if fit.diagnostics.on_bound:
            assert fit.diagnostics.flat == ("alpha" in fit.diagnostics.on_bound)
            continue
        # alpha + beta with omega following, from the Hessian in the parameters themselves
        covariance = fit.param_cov("hessian").loc[["alpha", "beta"], ["alpha", "beta"]]
        error = float(np.sqrt(covariance.to_numpy().sum()))
        assert fit.diagnostics.flat == (error > 0.25)
        seen.add(fit.diagnostics.flat)
    assert seen == {True, False}


@pytest.mark.parametrize("law", ["normal", "t"])
def test_asymmetry_never_costs_likelihood_on_returns_with_many_zeros(law):
    returns = log_returns(load_sample("markets"))["SP500"].dropna()
    rng = np.random.default_rng(1)
    for end, share in zip(range(500, 4500, 500), np.tile([0.25, 0.4, 0.5, 0.63], 2), strict=True):
        values = np.where(rng.random(500) < share, 0.0, returns.iloc[end - 500 : end])
        plain, leaning = (m(distribution=law).fit(series(values)) for m in (GARCH, GJRGARCH))
        assert leaning.loglikelihood > plain.loglikelihood - 1e-6


def test_gradient_vanishes_at_an_interior_maximum():
    returns = series(0.01 * outlier(250))
    fit = GJRGARCH(distribution="t", startup="fcp").fit(returns)
    for name, value in fit.params.items():
        if fit.uncertainty._is_bound(name) or name == "gamma":
            continue
        step = 1e-4 * max(abs(value), 1e-4)
        sides = [fit.at({**fit.params, name: value + s * step}).loglikelihood for s in (-1, 1)]
        assert max(sides) < fit.loglikelihood + 1e-9


def test_the_kernel_is_compiled_once_whatever_holds_the_returns():
    from quant.volatility._kernels.windows import fit_windows

    returns = series(0.01 * outlier(250))
    first = GARCH().fit(returns)
    before = len(fit_windows.signatures)
    panel = pd.DataFrame({"A": returns, "B": returns}).copy()
    frozen = returns.to_numpy(copy=True)
    frozen.setflags(write=False)
    for held in (panel["A"], pd.Series(frozen, index=returns.index, copy=False)):
        assert GARCH().fit(held).params == first.params
        fit_rolling(GARCH(), held, window=200, step=20)
        fit_rolling(GARCH(), held, window=200, step=20, warm=True)
    fit_rolling(GARCH(), panel, window=200, step=20)
    assert len(fit_windows.signatures) == before


@pytest.mark.parametrize("seed", [15, 310, 321])
def test_a_mean_that_rests_on_a_return_leaves_the_others_at_their_maximum(seed):
    from scipy.optimize import minimize

    returns = series(0.01 * np.random.default_rng(seed).laplace(size=250))
    fit = GARCH(distribution="ged").fit(returns)
    assert np.abs(returns - fit.params["mu"]).min() < 1e-6  # the kink of the power law
    names = ("omega", "alpha", "beta")
    start = np.array([fit.params[name] for name in names])
    unit = np.array([returns.var(), 1.0, 1.0])

    def lost(x):
        point = np.abs(start + unit * x)
        moved = {**fit.params, **dict(zip(names, point.tolist(), strict=True))}
        return fit.loglikelihood - fit.at(moved).loglikelihood

    simplex = np.vstack([np.zeros(3), 0.01 * np.eye(3)])
    options = {"initial_simplex": simplex, "maxiter": 150, "xatol": 0.0, "fatol": 0.0}
    assert minimize(lost, np.zeros(3), method="Nelder-Mead", options=options).fun > -1e-6


@pytest.mark.parametrize(
    "spec, seed",
    [
        (GARCH(), 2133),
        (GARCH(), 1487),
        (GJRGARCH(), 2220),
        (GJRGARCH(), 1756),
        (GJRGARCH(distribution="t"), 1802),
    ],
    ids=repr,
)
def test_a_climb_that_tires_on_a_flat_ridge_is_taken_to_the_top(spec, seed):
    returns = series(0.01 * np.random.default_rng(seed).standard_normal(250))
    fit = spec.fit(returns)
    by_arch = dataclasses.replace(spec, engine="arch").fit(returns)
    assert fit.loglikelihood > by_arch.loglikelihood - 1e-6
