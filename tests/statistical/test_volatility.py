"""Estimates recover the parameters behind simulated returns, as exactly as they claim."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from quant.distributions import SkewStudentT
from quant.volatility import GJRGARCH

TRUE = {
    "mu": 2e-4,
    "omega": 4e-6,
    "alpha": 0.04,
    "gamma": 0.06,
    "beta": 0.88,
    "nu": 6.0,
    "skew": -0.15,
}
REPLICATIONS = 60
LENGTH = 4_000


def simulated(seed):
    z = SkewStudentT(TRUE["nu"], TRUE["skew"]).rvs(LENGTH, seed=seed)
    returns, h = np.empty(LENGTH), 8e-5
    for t in range(LENGTH):
        shock = np.sqrt(h) * z[t]
        returns[t] = TRUE["mu"] + shock
        news = (TRUE["alpha"] + TRUE["gamma"] * (shock < 0)) * shock**2
        h = TRUE["omega"] + news + TRUE["beta"] * h
    return pd.Series(returns)


@pytest.mark.slow
def test_parameters_lie_within_their_standard_errors():
    spec = GJRGARCH(distribution="skewt")
    studentised = []
    for seed in range(REPLICATIONS):
        fit = spec.fit(simulated(seed))
        errors = np.sqrt(np.diag(fit.param_cov("hessian")))
        studentised.append((np.array(list(fit.params.values())) - list(TRUE.values())) / errors)
    squares = np.sum(np.array(studentised) ** 2, axis=0)
    # each is about chi-square with 60 degrees of freedom; seven parameters, two tails of 1e-4 each
    low, high = chi2.ppf([1e-4, 1.0 - 1e-4], REPLICATIONS)
    assert (squares > low).all()
    assert (squares < high).all()
