"""The compiled likelihood, in eight stretches, against the filter of a fit and differences."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from quant.volatility import GARCH, GJRGARCH
from quant.volatility._filter import MeanSquare, variance_before
from quant.volatility._filtered import filtered
from quant.volatility.base import FitDiagnostics

RNG = np.random.default_rng(77)
RETURNS = 0.3 + RNG.standard_t(5, 1_003)
LAWS = {"normal": {}, "t": {"nu": 5.3}, "skewt": {"nu": 6.2, "skew": -0.15}, "ged": {"nu": 1.3}}
# mu, omega, alpha, gamma, beta: usual, no memory, no news, integrated
POINTS = [
    (0.1, 0.2, 0.08, 0.05, 0.8),
    (-0.2, 0.9, 0.3, 0.2, 0.0),
    (0.0, 0.05, 0.0, 0.0, 0.95),
    (0.4, 0.02, 0.1, -0.06, 0.93),
]


@cache
def compiled():
    from numba import njit

    from quant.volatility._kernels.desk import at_parameters, lay_out, new_desk
    from quant.volatility._kernels.law_constants import prepare

    @njit
    def look(law, news, values, natural, shape, opening, recursed):
        desk = new_desk(values.size)
        lay_out(values, 0.0, 1.0, desk.series)
        desk.params[: natural.size] = natural
        desk.opening[:] = opening
        prepare(law, shape, desk.constants)
        value = at_parameters(law, news, values.size, recursed, desk)
        return value, desk.gradient.copy(), desk.hessian.copy()

    return look


def kernel(spec, values, params, presample):
    """Return log-likelihood, gradient and Hessian in mu, omega, alpha, gamma, beta and shapes."""
    from quant.volatility._engine import _LAWS
    from quant.volatility._kernels.variances import OneSlope, TwoSlopes

    leaning = isinstance(spec, GJRGARCH)
    slopes = [params["alpha"], *([params["alpha"] + params["gamma"]] if leaning else [])]
    natural = np.array([params["mu"], params["omega"], *slopes, params["beta"]])
    shape = np.array([params[name] for name in ("nu", "skew") if name in params])
    moving = isinstance(presample, MeanSquare)
    about = 2.0 * (params["mu"] - presample.centre) if moving else 0.0
    opening = np.array([variance_before(presample, params["mu"]), about, 2.0 * moving])
    value, gradient, hessian = compiled()(
        _LAWS[spec.distribution][0],
        TwoSlopes() if leaning else OneSlope(),
        values,
        natural,
        shape,
        opening,
        float(spec.startup != "sample"),
    )
    k = natural.size + shape.size
    assert not hessian[k:].any()  # nothing where nothing was written
    assert not hessian[:, k:].any()
    if leaning:  # alpha moves both slopes, gamma the one after falls
        gradient[2] += gradient[3]
        hessian[2] += hessian[3]
        hessian[:, 2] += hessian[:, 3]
    return value, gradient[:k], hessian[:k, :k]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("model", [GARCH, GJRGARCH])
@pytest.mark.parametrize("startup", ["arch", "sample", "fcp"])
def test_value_gradient_and_hessian_are_those_of_the_filter(model, law, startup):
    spec = model(distribution=law, startup=startup)
    # lengths that leave 0 to 7 returns over, at each of the points
    for i, n in enumerate([56, 57, 58, 59, 60, 61, 62, 63, 1_000, 1_003]):
        names = ["mu", "omega", "alpha", *(["gamma"] * (model is GJRGARCH)), "beta", *LAWS[law]]
        whole = dict(
            zip(["mu", "omega", "alpha", "gamma", "beta"], POINTS[i % len(POINTS)], strict=True)
        )
        params = {name: (whole | LAWS[law])[name] for name in names}
        values = RETURNS[:n].copy()
        presample = 1.7 if startup == "arch" else MeanSquare(2.1, 0.2)
        history = pd.Series(values, index=pd.date_range("2020-01-01", periods=n))
        fit = filtered(spec, params, history, presample, FitDiagnostics())
        value, gradient, hessian = kernel(spec, values, params, presample)
        assert value == pytest.approx(fit.loglikelihood, rel=1e-12)

        for name in names:
            if name == "mu" and law == "ged":
                continue  # its second derivative there is an expectation
            step = 1e-5 * max(abs(params[name]), 0.1)
            if params[name] - step < 0.0 and name in ("omega", "alpha", "beta"):
                continue  # the filter does not go there
            sides = [
                kernel(spec, values, params | {name: params[name] + s * step}, presample)
                for s in (-1.0, 1.0)
            ]
            at = names.index(name)
            slope = (sides[1][0] - sides[0][0]) / (2.0 * step)
            assert gradient[at] == pytest.approx(slope, rel=1e-6, abs=1e-5 * n)
            bends = (sides[1][1] - sides[0][1]) / (2.0 * step)
            kept = [j for j, other in enumerate(names) if not (law == "ged" and other == "mu")]
            np.testing.assert_allclose(
                hessian[at][kept], bends[kept], rtol=1e-6, atol=1e-6 * np.abs(bends).max()
            )
