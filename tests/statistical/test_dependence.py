"""Estimates of dependence recover what was simulated, as exactly as they claim."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from quant.dependence import CCC, DCC, StudentTCopula

A, B = 0.04, 0.93
REPLICATIONS = 60
# chi-square with 60 degrees of freedom; two tails of 1e-4 for each number compared
LOW, HIGH = chi2.ppf([1e-4, 1.0 - 1e-4], REPLICATIONS)


def simulated(seed, recursion, nu=None, assets=4, rows=1_500):
    rng = np.random.default_rng(seed)
    target = 0.5 * np.eye(assets) + 0.5
    q, z = target.copy(), np.empty((rows, assets))
    for t in range(rows):
        d = np.sqrt(np.diag(q))
        shock = rng.standard_normal(assets)
        if nu is not None:
            shock *= np.sqrt((nu - 2.0) / rng.chisquare(nu))
        z[t] = np.linalg.cholesky(q / np.outer(d, d)) @ shock
        x = d * z[t] if recursion == "aielli" else z[t]
        q = (1.0 - A - B) * target + A * np.outer(x, x) + B * q
    return pd.DataFrame(z)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "nu"),
    [
        (DCC(), None),
        (DCC(recursion="aielli"), None),
        (DCC(recursion="aielli"), 8.0),  # the sandwich must see the fat tails
        (DCC(likelihood="composite"), None),
    ],
)
def test_dynamic_correlations_lie_within_their_robust_standard_errors(spec, nu):
    studentised = []
    for seed in range(REPLICATIONS):
        fit = spec.fit(simulated(seed, spec.recursion, nu))
        errors = np.sqrt(np.diag(fit.param_cov()))
        studentised.append((np.array(list(fit.params.values())) - [A, B]) / errors)
    squares = np.sum(np.array(studentised) ** 2, axis=0)
    assert (squares > LOW).all()
    assert (squares < HIGH).all()


@pytest.mark.slow
def test_constant_correlations_lie_within_their_robust_standard_errors():
    matrix = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.0], [0.3, 0.0, 1.0]])
    root = np.linalg.cholesky(matrix)
    studentised = []
    for seed in range(REPLICATIONS):
        rng = np.random.default_rng(seed)
        z = rng.standard_normal((2_000, 3)) @ root.T
        z *= np.sqrt(6.0 / rng.chisquare(8.0, (2_000, 1)))
        fit = CCC().fit(pd.DataFrame(z))
        errors = np.sqrt(np.diag(fit.param_cov()))
        studentised.append((np.array(list(fit.params.values())) - [0.6, 0.3, 0.0]) / errors)
    squares = np.sum(np.array(studentised) ** 2, axis=0)
    assert (squares > LOW).all()
    assert (squares < HIGH).all()


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ["kendall", "scores"])
def test_a_t_copula_recovers_its_own_draws(estimator):
    past = pd.DataFrame(np.random.default_rng(1).standard_normal((60, 3)) @ np.ones((3, 3)))
    past += np.random.default_rng(2).standard_normal((60, 3)) * 2.0
    truth = StudentTCopula(nu=5.0, estimator="scores").fit(past)
    found = [
        StudentTCopula(estimator=estimator).fit(pd.DataFrame(truth.sample(2_000, seed=seed)))
        for seed in range(REPLICATIONS)
    ]
    log_nu = np.log([fit.params["nu"] for fit in found])
    rho = np.array([fit.matrix[np.triu_indices(3, 1)] for fit in found])
    for estimates, expected in ((log_nu, np.log(5.0)), (rho, truth.matrix[np.triu_indices(3, 1)])):
        # the mean of 60, five standard errors, and a bias of at most O(1 / T) on top
        error = estimates.std(axis=0, ddof=1) / np.sqrt(REPLICATIONS)
        np.testing.assert_array_less(np.abs(estimates.mean(axis=0) - expected), 5 * error + 5e-3)
