"""Copulas: densities against scipy, ranks, Kendall's tau, degrees of freedom, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from quant.dependence import GaussianCopula, StudentTCopula, _ranks
from quant.dependence._elliptical import GaussianShape, StudentShape
from quant.errors import InputError

MATRIX = np.array([[1.0, 0.5, -0.3], [0.5, 1.0, 0.2], [-0.3, 0.2, 1.0]])


def draws(rows=2_000, nu=4.0, seed=1):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((rows, 3)) @ np.linalg.cholesky(MATRIX).T
    z /= np.sqrt(rng.chisquare(nu, (rows, 1)) / nu)
    return pd.DataFrame(z, columns=["A", "B", "C"])


def test_densities_are_the_joint_over_the_margins():
    u = np.random.default_rng(5).uniform(0.001, 0.999, (50, 3))
    x = stats.t.ppf(u, 4.5)
    joint = stats.multivariate_t(shape=MATRIX, df=4.5).logpdf(x)
    law = StudentShape(4.5)
    ours = law.copula_logpdf(law.scores(u), MATRIX)
    np.testing.assert_allclose(ours, joint - stats.t.logpdf(x, 4.5).sum(axis=1), atol=1e-10)
    x = stats.norm.ppf(u)
    joint = stats.multivariate_normal(cov=MATRIX).logpdf(x)
    ours = GaussianShape().copula_logpdf(x, MATRIX)
    np.testing.assert_allclose(ours, joint - stats.norm.logpdf(x).sum(axis=1), atol=1e-10)


@pytest.mark.parametrize("decimals", [1, 12])
def test_kendall_of_all_pairs_is_scipys_tau_b_ties_included(decimals):
    values = draws(150).round(decimals).to_numpy()
    tau = _ranks.kendall(values)
    for i in range(3):
        for j in range(i):
            expected = stats.kendalltau(values[:, i], values[:, j]).statistic
            assert tau[i, j] == pytest.approx(expected, abs=1e-12)


def test_ranks_lie_inside_the_unit_interval_and_ties_share_theirs():
    panel = pd.DataFrame({"A": [3.0, 1.0, 2.0, 2.0], "B": [4.0, 3.0, 2.0, 1.0]})
    u = _ranks.pseudo_observations(panel)
    np.testing.assert_allclose(u[:, 0], [0.8, 0.2, 0.5, 0.5])
    np.testing.assert_allclose(u[:, 1], [0.8, 0.6, 0.4, 0.2])


@pytest.mark.parametrize("estimator", ["kendall", "scores"])
def test_degrees_of_freedom_maximise_the_profile_likelihood(estimator):
    panel = draws()
    fit = StudentTCopula(estimator=estimator).fit(panel)
    for factor in (0.97, 1.03):
        other = StudentTCopula(nu=factor * fit.params["nu"], estimator=estimator).fit(panel)
        assert other.loglikelihood < fit.loglikelihood
    assert fit.loglikelihood > GaussianCopula().fit(panel).loglikelihood + 50.0
    assert 3.0 < fit.params["nu"] < 5.5  # drawn at 4
    np.testing.assert_allclose(fit.correlation, MATRIX, atol=0.08)


def test_t_scores_solve_the_likelihood_equations():
    panel = draws()
    fit = StudentTCopula(nu=4, estimator="scores").fit(panel)
    law = StudentShape(4.0)
    x = law.scores(_ranks.pseudo_observations(panel))
    weights = 7.0 / (4.0 + np.einsum("ti,ij,tj->t", x, np.linalg.inv(fit.matrix), x))
    moment = (weights[:, None] * x).T @ x
    d = np.sqrt(np.diag(moment))
    np.testing.assert_allclose(moment / np.outer(d, d), fit.matrix, atol=1e-9)


def test_independent_assets_have_no_tail_to_estimate():
    panel = pd.DataFrame(np.random.default_rng(3).standard_normal((500, 4)), columns=list("ABCD"))
    fit = StudentTCopula().fit(panel)
    assert fit.diagnostics.on_bound == ("nu",)
    assert fit.params["nu"] == pytest.approx(200.0, rel=1e-3)
    off = fit.tail_dependence().to_numpy()[np.triu_indices(4, 1)]
    assert off.max() < 1e-6


def test_tail_dependence_is_what_draws_do_far_out():
    fit = StudentTCopula(nu=2, estimator="scores").fit(draws(nu=2.0))
    u = fit.sample(2_000_000, seed=8)
    low = (u < 1e-3).astype(float)
    expected = fit.tail_dependence().loc["A", "B"]
    # 2,000 draws lie in the tail: one standard error is at most 0.011; at 1e-3 the limit is near
    assert (low[:, 0] @ low[:, 1]) / low[:, 0].sum() == pytest.approx(expected, abs=0.045)
    gaussian = GaussianCopula().fit(draws())
    np.testing.assert_array_equal(gaussian.tail_dependence(), np.eye(3))


def test_probability_integral_transforms_are_taken_as_given():
    panel = draws()
    u = pd.DataFrame(stats.t.cdf(panel, 4.0), columns=panel.columns)
    given = StudentTCopula(margins="uniforms").fit(u)
    ranked = StudentTCopula().fit(panel)
    assert given.params["nu"] == pytest.approx(ranked.params["nu"], rel=0.1)
    assert given.loglikelihood != ranked.loglikelihood
    with pytest.raises(
        InputError, match=r"numbers in \(0, 1\), got .* in .* at row .*margins='ran"
    ):
        StudentTCopula(margins="uniforms").fit(panel)


def test_kendall_correlations_that_cannot_be_are_refused_not_repaired():
    """Few dates and many assets: sin(pi tau / 2) is then seldom semidefinite."""
    panel = pd.DataFrame(np.random.default_rng(0).standard_normal((25, 20)))
    with pytest.raises(InputError, match=r"eigenvalue -.*; use estimator='scores'.*not repaired"):
        StudentTCopula().fit(panel)
    assert StudentTCopula(nu=5, estimator="scores").fit(panel).params == {"nu": 5.0}


def test_fields_are_checked_at_birth():
    with pytest.raises(InputError, match="nu: expected a number above 0"):
        StudentTCopula(nu=0)
    with pytest.raises(InputError, match="margins: expected one of 'ranks', 'uniforms'"):
        StudentTCopula(margins="normal")
