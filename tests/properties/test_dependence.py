"""Covariances and copulas keep their shape whatever the panel."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.dependence import CCC, EWMACovariance, GaussianCopula, StudentTCopula
from quant.volatility import EWMA

half_lives = st.floats(1.0, 200.0)


@st.composite
def panels(draw, rows=(30, 120), assets=(2, 6)):
    """Return innovations with one common factor."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    t, n = draw(st.integers(*rows)), draw(st.integers(*assets))
    weight = draw(st.floats(0.0, 0.9))
    common = rng.standard_normal((t, 1))
    z = np.sqrt(weight) * common + np.sqrt(1.0 - weight) * rng.standard_normal((t, n))
    index = pd.date_range("2020-01-01", periods=t)
    return pd.DataFrame(z, index=index, columns=[f"A{i}" for i in range(n)])


@settings(max_examples=40)
@given(panel=panels(rows=(2, 40)), half_life=half_lives)
def test_an_ewma_covariance_is_semidefinite_with_the_ewma_variances_on_its_diagonal(
    panel, half_life
):
    returns = 0.02 * panel
    covariance = EWMACovariance(half_life).fit(returns).forecast().covariance[0]
    values = np.linalg.eigvalsh(covariance)
    assert values[0] > -1e-12 * values[-1]
    variances = [
        EWMA(half_life).fit(returns[name]).forecast().sigma[0] ** 2 for name in returns.columns
    ]
    np.testing.assert_allclose(np.diag(covariance), variances, rtol=1e-10)


@settings(max_examples=40)
@given(panel=panels())
def test_constant_correlation_adds_likelihood_and_none_without_dependence(panel):
    fit = CCC().fit(panel / np.sqrt((panel**2).mean()))
    assert fit.loglikelihood >= -1e-9  # R is the sample's own: -T/2 ln|R|, and |R| <= 1
    free = fit.at(dict.fromkeys(fit.params, 0.0))
    assert abs(free.loglikelihood) < 1e-9


@settings(max_examples=25)
@given(panel=panels(), nu=st.floats(1.0, 50.0))
def test_a_t_copula_has_tails_that_thin_with_nu_and_vanish_in_the_normal_one(panel, nu):
    fat = StudentTCopula(nu=nu, estimator="scores").fit(panel)
    thin = StudentTCopula(nu=2.0 * nu, estimator="scores").fit(panel)
    same = np.array(fat.matrix)
    upper = np.triu_indices(len(same), 1)
    fat_limit, thin_limit = (fit.law.tail_dependence(same)[upper] for fit in (fat, thin))
    assert (fat_limit > thin_limit).all()
    assert (thin_limit >= 0.0).all()
    assert (fat_limit < 1.0).all()
    assert not GaussianCopula().fit(panel).tail_dependence().to_numpy()[upper].any()
