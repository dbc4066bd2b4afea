"""A user's own volatility model: two methods, and an optional third."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.errors import InputError, SpecError

DEM2GBP = Path(__file__).parents[1] / "oracles" / "dem2gbp.csv"
RETURNS = pd.Series(
    0.01 * q.StudentT(5.0).rvs(300, seed=8), index=pd.date_range("2021-01-01", periods=300)
)


@dataclass(frozen=True, slots=True)
class AVGARCH(q.RecursiveModel):
    """Absolute-value GARCH(1, 1): sigma_t = omega + alpha |r_{t-1}| + beta sigma_{t-1}."""

    def parameters(self, scale):
        return (
            ("omega", 0.05 * scale, (1e-8, scale)),
            ("alpha", 0.08, (0.0, 0.5)),
            ("beta", 0.88, (0.0, 0.999)),
        )

    def variance_path(self, params, r):
        omega, alpha, beta = params
        sigma = np.empty(len(r) + 1)
        sigma[0] = r.std()
        for t, x in enumerate(np.abs(r)):
            sigma[t + 1] = omega + alpha * x + beta * sigma[t]
        return sigma**2


@dataclass(frozen=True, slots=True)
class Stepping(AVGARCH):
    def next_variance(self, params, variance, r):
        omega, alpha, beta = params
        return (omega + alpha * np.abs(r) + beta * np.sqrt(variance)) ** 2


@dataclass(frozen=True, slots=True)
class StartedLikeArch(AVGARCH):
    def variance_path(self, params, r):
        omega, alpha, beta = params
        sigma = np.empty(len(r) + 1)
        sigma[0] = omega + (alpha + beta) * r.std()
        for t, x in enumerate(np.abs(r)):
            sigma[t + 1] = omega + alpha * x + beta * sigma[t]
        return sigma**2


def test_estimates_agree_with_the_same_model_in_arch():
    from arch import arch_model

    returns = pd.Series(np.loadtxt(DEM2GBP, skiprows=1))
    fit = StartedLikeArch().fit(returns / 100.0)
    start = float(returns.std(ddof=0)) ** 2
    peer = arch_model(returns, mean="Zero", power=1.0, rescale=False).fit(
        disp="off", update_freq=0, show_warning=False, backcast=start, options={"ftol": 1e-14}
    )
    in_percent = fit.loglikelihood - 1974 * np.log(100.0)
    assert in_percent == pytest.approx(peer.loglikelihood, abs=1e-5)
    ours = np.array(list(fit.params.values())) * [100.0, 1.0, 1.0]
    np.testing.assert_allclose(ours, peer.params, rtol=5e-4)


def test_two_methods_are_enough_for_two_periods_of_bootstrapped_shocks():
    fit = AVGARCH().fit(RETURNS)
    rows = np.random.default_rng(1).integers(0, 300, size=(2_000, 2))
    z = fit.z.to_numpy()[rows]
    out = fit.propagate(z)
    omega, alpha, beta = fit.params.values()
    sigma = fit.forecast().sigma[0]
    following = omega + alpha * np.abs(out[:, 0]) + beta * sigma
    # the start r.std() sees the added shock and its weight fades as beta^300
    np.testing.assert_allclose(out[:, 1], following * z[:, 1], rtol=1e-6)


def test_a_third_method_gives_the_same_paths():
    slow, fast = AVGARCH().fit(RETURNS), Stepping().fit(RETURNS)
    assert slow.params == fast.params
    z = fast.distribution.rvs((40, 3), seed=2)
    np.testing.assert_allclose(slow.propagate(z), fast.propagate(z), rtol=1e-6)
    np.testing.assert_allclose(slow.forecast(2).sigma, fast.forecast(2).sigma, rtol=1e-6)


def test_questions_that_need_too_many_histories_name_the_third_method():
    fit = AVGARCH().fit(RETURNS)
    z = fit.distribution.rvs((20_001, 2), seed=0)
    with pytest.raises(SpecError, match=r"horizon: expected at most 20000 .* define next_variance"):
        fit.propagate(z)
    assert Stepping().fit(RETURNS).propagate(z).shape == z.shape


def test_a_step_that_disagrees_with_the_path_is_refused():
    class Wrong(Stepping):
        def next_variance(self, params, variance, r):
            return variance

    with pytest.raises(SpecError, match=r"next_variance: expected .*as in variance_path"):
        Wrong().fit(RETURNS)


def test_a_path_of_the_wrong_length_is_refused():
    class Short(AVGARCH):
        def variance_path(self, params, r):
            return AVGARCH.variance_path(self, params, r)[:-1]

    with pytest.raises(SpecError, match=r"variance_path: expected shape \(301,\).*got \(300,\)"):
        Short().fit(RETURNS)


def test_bad_declarations_are_refused():
    class Outside(AVGARCH):
        def parameters(self, scale):
            return (("alpha", 2.0, (0.0, 1.0)),)

    class Unbounded(AVGARCH):
        def parameters(self, scale):
            return (("alpha", 2.0, (0.0, np.inf)),)

    class Twice(AVGARCH):
        def parameters(self, scale):
            return (("alpha", 0.5, (0.0, 1.0)), ("alpha", 0.5, (0.0, 1.0)))

    for model in (Outside, Unbounded):
        with pytest.raises(SpecError, match=r"parameters: expected finite bounds around the start"):
            model().fit(RETURNS)
    with pytest.raises(SpecError, match=r"parameters: expected distinct names, got alpha, alpha"):
        Twice().fit(RETURNS)


def test_a_model_without_its_methods_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        q.RecursiveModel()


def test_bounds_that_hold_are_named():
    class Narrow(AVGARCH):
        def parameters(self, scale):
            return (
                ("omega", 0.05 * scale, (1e-8, scale)),
                ("alpha", 0.3, (0.25, 0.5)),
                ("beta", 0.5, (0.0, 0.999)),
            )

    fit = Narrow().fit(RETURNS)
    assert "alpha" in fit.diagnostics.on_bound
    assert fit.params["alpha"] == pytest.approx(0.25, abs=1e-6)


def test_a_path_that_goes_negative_everywhere_is_refused():
    class Negative(AVGARCH):
        def variance_path(self, params, r):
            return -AVGARCH.variance_path(self, params, r)

    with pytest.raises(InputError, match=r"variance: expected positive finite variances"):
        Negative().fit(RETURNS)
