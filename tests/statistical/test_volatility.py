"""Estimates recover the parameters behind simulated returns, as exactly as they claim."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, chi2

from quant.distributions import SkewStudentT, StudentT
from quant.volatility import GARCH, GJRGARCH

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


def garch_with_student_shocks(seed, n=3_000):
    z = StudentT(8.0).rvs(n + 500, seed=seed)
    returns, h = np.empty(n + 500), 1e-4
    for t in range(n + 500):
        shock = np.sqrt(h) * z[t]
        returns[t] = 5e-4 + shock
        h = 2e-6 + 0.08 * shock**2 + 0.90 * h
    return pd.Series(returns[500:])


@pytest.mark.slow
def test_robust_standard_errors_cover_at_their_rate_where_the_law_is_wrong():
    # a normal likelihood on Student shocks: consistent estimates, whose inverse Hessian is not
    # their variance. 300 samples: the band holds a true 95 % with probability 0.9999
    truth = np.array([5e-4, 2e-6, 0.08, 0.90])
    samples = 300
    covered = {"robust": np.zeros(4), "hessian": np.zeros(4)}
    for seed in range(samples):
        fit = GARCH().fit(garch_with_student_shocks(seed))
        off = np.abs(np.array(list(fit.params.values())) - truth)
        for kind, count in covered.items():
            count += off < 1.959964 * np.sqrt(np.diag(fit.param_cov(kind)))
    low, high = binom.interval(0.9999, samples, 0.95)
    assert ((covered["robust"] >= low) & (covered["robust"] <= high)).all()
    assert (covered["hessian"][1:] < 0.93 * samples).all()
