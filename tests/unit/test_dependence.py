"""Correlation models: the filter against a plain loop, edges, refusals, messages."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from quant.dependence import CCC, DCC, EWMACovariance, GaussianCopula, _kernels
from quant.dependence._dcc_likelihood import CorrelationLikelihood
from quant.dependence._gaussian_kernel import gaussian_terms
from quant.dependence._recursion import MatrixRecursion
from quant.errors import ConvergenceError, InputError, InsufficientDataError

RECURSIONS = ("engle", "aielli")


def moving(assets, rows, a=0.05, b=0.90, seed=0, target=0.4):
    """Return normal innovations of a DCC."""
    rng = np.random.default_rng(seed)
    level = np.full((assets, assets), target) + (1.0 - target) * np.eye(assets)
    q, z = level.copy(), np.empty((rows, assets))
    for t in range(rows):
        d = np.sqrt(np.diag(q))
        z[t] = np.linalg.cholesky(q / np.outer(d, d)) @ rng.standard_normal(assets)
        q = (1.0 - a - b) * level + a * np.outer(z[t], z[t]) + b * q
    index = pd.date_range("2020-01-01", periods=rows)
    return pd.DataFrame(z, index=index, columns=[f"A{i}" for i in range(assets)])


def naive(z, a, b, recursion):
    """Return log-likelihood and next correlation by the definition, date by date."""
    news = z
    if recursion == "aielli":
        news, q = np.empty_like(z), np.ones(z.shape[1])
        for t, row in enumerate(z):
            news[t] = np.sqrt(q) * row
            q = (1.0 - a - b) + a * news[t] ** 2 + b * q
    target = news.T @ news / len(news)
    if recursion == "aielli":
        d = np.sqrt(np.diag(target))
        target = target / np.outer(d, d)
    total, q = 0.0, target
    for row, x in zip(z, news, strict=True):
        d = np.sqrt(np.diag(q))
        r = q / np.outer(d, d)
        total -= 0.5 * (np.linalg.slogdet(r)[1] + row @ np.linalg.solve(r, row) - row @ row)
        q = (1.0 - a - b) * target + a * np.outer(x, x) + b * q
    d = np.sqrt(np.diag(q))
    return total, q / np.outer(d, d)


@pytest.mark.parametrize("recursion", RECURSIONS)
@pytest.mark.parametrize("assets", [2, 3, 7, 12, 41])
def test_the_compiled_likelihood_is_that_of_a_plain_loop(assets, recursion):
    z = moving(assets, 203)
    fit = DCC(recursion=recursion).fit(z).at({"a": 0.07, "b": 0.85})
    total, following = naive(z.to_numpy(), 0.07, 0.85, recursion)
    assert fit.loglikelihood == pytest.approx(total, abs=1e-10)
    np.testing.assert_allclose(fit.correlation, following, rtol=0, atol=1e-12)


@pytest.mark.parametrize("recursion", RECURSIONS)
def test_the_composite_likelihood_is_the_sum_over_neighbours(recursion):
    z = moving(5, 200)
    params = {"a": 0.07, "b": 0.85}
    composite = DCC(recursion=recursion, likelihood="composite").fit(z).at(params)
    pairs = [
        DCC(recursion=recursion).fit(z.iloc[:, i : i + 2]).at(params).loglikelihood
        for i in range(4)
    ]
    assert composite.loglikelihood == pytest.approx(sum(pairs), abs=1e-10)


@pytest.mark.parametrize("scales", [(True, True), (True, False), (False, False)])
def test_the_interpreter_runs_the_kernel_to_the_same_numbers(scales):
    z = moving(3, 19).to_numpy()
    start = z.T @ z / len(z)
    arguments = (z, start, 0.1 * start, 0.1, 0.8, *scales)
    compiled = _kernels.compiled(gaussian_terms)(*arguments)
    np.testing.assert_allclose(compiled, gaussian_terms(*arguments), rtol=1e-12, atol=1e-12)


def test_the_interpreter_runs_the_pair_kernels_to_the_same_numbers():
    z = moving(4, 50).to_numpy()
    arguments = (z, z.T @ z / len(z), 0.1, 0.8, True)
    for kernel in (_kernels.pair_terms, _kernels.pair_slopes):
        np.testing.assert_allclose(
            _kernels.compiled(kernel)(*arguments), kernel(*arguments), rtol=1e-12, atol=1e-12
        )


def test_a_matrix_that_is_not_definite_has_no_likelihood():
    z = np.tile([1.0, 2.0, 3.0], (20, 1))
    bad = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    terms = _kernels.gaussian(z, bad, MatrixRecursion(bad, 0.0, 0.9), scale_density=True)
    assert np.isnan(terms[0]).any()


@pytest.mark.parametrize("composite", [False, True])
@pytest.mark.parametrize("news", ["row", "rescaled"])
def test_the_derivative_in_the_target_is_that_of_the_likelihood(news, composite, monkeypatch):
    likelihood = CorrelationLikelihood(moving(3, 150).to_numpy(), news, composite)
    slopes = likelihood.target_gradient(0.07, 0.85)
    target = np.array(likelihood.recursion(0.07, 0.85).target)

    def total(moved):
        monkeypatch.setattr(CorrelationLikelihood, "_target", lambda self, a, b: moved)
        return likelihood.total(0.07, 0.85)

    diagonal = [(0, 0), (2, 2)] if news == "row" else []  # else it is one, whatever moves
    for i, j in [(0, 1), (1, 2), (0, 2), *diagonal]:
        step = np.zeros((3, 3))
        step[i, j] = step[j, i] = 1e-5
        numeric = (total(target + step) - total(target - step)) / 2e-5
        exact = slopes[i, j] + slopes[j, i] * (i != j)
        assert numeric == pytest.approx(exact, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("spec", [DCC(), DCC(recursion="aielli"), DCC(likelihood="composite")])
@pytest.mark.parametrize("data", ["moving", "still", "outlier"])
def test_no_point_of_a_fine_grid_beats_the_maximum(spec, data):
    """Correlations that hardly move have several weak maxima: the search must not stop at one."""
    rng = np.random.default_rng(1)
    z = pd.DataFrame(rng.standard_normal((300, 4))) if data == "still" else moving(3, 300)
    if data == "outlier":
        z.iloc[120, 1] = 30.0
    fit = spec.fit(z)
    likelihood = CorrelationLikelihood(
        z.to_numpy(),
        "row" if spec.recursion == "engle" else "rescaled",
        spec.likelihood == "composite",
    )
    for persistence in (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 0.999):
        for share in (0.0, *np.geomspace(1e-3, 1.0, 20)):
            point = (share * persistence, (1.0 - share) * persistence)
            assert likelihood.total(*point) < fit.loglikelihood + 1e-6


def test_correlations_that_do_not_move_are_flagged_and_equal_the_constant_ones():
    z = pd.DataFrame(np.random.default_rng(2).standard_normal((300, 8)))
    fit = DCC().fit(z)
    assert fit.params == {"a": 0.0, "b": 0.0}
    assert fit.diagnostics.on_bound == ("a", "b")
    assert fit.loglikelihood == pytest.approx(CCC().fit(z).loglikelihood, abs=1e-9)
    np.testing.assert_allclose(fit.correlation, CCC().fit(z).correlation, atol=1e-12)
    np.testing.assert_array_equal(fit.param_cov(), 0.0)


def test_the_composite_likelihood_of_two_assets_is_the_full_one():
    z = moving(2, 400)
    full, composite = DCC().fit(z), DCC(likelihood="composite").fit(z)
    assert composite.loglikelihood == pytest.approx(full.loglikelihood, abs=1e-8)
    assert composite.params == pytest.approx(full.params, abs=1e-5)
    np.testing.assert_allclose(composite.param_cov(), full.param_cov(), rtol=1e-3)


def test_forecasts_go_back_to_the_target():
    z = moving(3, 400, seed=3)
    for recursion in RECURSIONS:
        fit = DCC(recursion=recursion).fit(z)
        decay = fit.params["a"] + fit.params["b"]
        long = fit.forecast(2_000).correlation
        target = fit.recursion.target
        d = np.sqrt(np.diag(target))
        np.testing.assert_allclose(long[-1], target / np.outer(d, d), atol=1e-6)
        if recursion == "engle":
            gap = long - target / np.outer(d, d)
            np.testing.assert_allclose(gap[1], decay * gap[0], atol=1e-12)
    flat = EWMACovariance(half_life=20).fit(z).forecast(3).covariance
    np.testing.assert_array_equal(flat[0], flat[2])


def test_ewma_covariance_scales_with_the_returns_asset_by_asset():
    z = moving(3, 200)
    widths = np.array([0.01, 0.2, 3.0])
    plain = EWMACovariance(half_life=33).fit(z)
    scaled = EWMACovariance(half_life=33).fit(z * widths)
    covariance = plain.forecast().covariance[0] * np.outer(widths, widths)
    np.testing.assert_allclose(scaled.forecast().covariance[0], covariance, rtol=1e-12)
    np.testing.assert_allclose(scaled.correlation, plain.correlation, rtol=1e-12)
    shift = len(z) * np.log(widths).sum()
    assert scaled.loglikelihood == pytest.approx(plain.loglikelihood - shift, abs=1e-8)


def test_the_ewma_likelihood_is_that_of_a_plain_loop():
    returns = 0.02 * moving(4, 120)
    spec = EWMACovariance(half_life=20)
    h = returns.to_numpy().T @ returns.to_numpy() / 120
    decay, total = 0.5 ** (1 / 20), 0.0
    for row in returns.to_numpy():
        total -= 0.5 * (4 * np.log(2 * np.pi) + np.linalg.slogdet(h)[1])
        total -= 0.5 * row @ np.linalg.solve(h, row)
        h = decay * h + (1 - decay) * np.outer(row, row)
    assert spec.fit(returns).loglikelihood == pytest.approx(total, abs=1e-10)


def test_more_assets_than_dates_have_a_covariance_but_no_density():
    z = moving(30, 20)
    fit = EWMACovariance(half_life=10).fit(z)
    assert np.linalg.eigvalsh(fit.correlation)[0] > -1e-12
    assert next(fit.forecast().draw(5, seed=1)).shape == (5, 30)
    with pytest.raises(InputError, match="got a singular one at 2020-01-01; use fewer assets"):
        _ = fit.loglikelihood
    with pytest.raises(InsufficientDataError, match=r"got 20 dates of 30 assets.*EWMACovariance"):
        CCC().fit(z)


def test_raw_returns_are_refused_where_innovations_are_needed():
    for spec in (CCC(), DCC()):
        with pytest.raises(InputError, match=r"mean square near 1, got .* in A0; pass the z"):
            spec.fit(0.01 * moving(3, 200))


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        (((1.0, 2.0), (2.0, 1.0)), "a positive semidefinite matrix, got the eigenvalue -1"),
        (((1.0, 0.2), (0.3, 1.0)), "a symmetric matrix"),
        (((0.0, 0.0), (0.0, 1.0)), "a positive diagonal, got 0"),
        (((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), r"a square matrix, got shape \(2, 3\)"),
    ],
)
def test_an_initial_matrix_that_is_no_covariance_is_refused(initial, message):
    with pytest.raises(InputError, match=f"initial: expected {message}"):
        EWMACovariance(half_life=33, initial=initial)


def test_an_initial_matrix_of_other_assets_is_refused():
    spec = EWMACovariance(half_life=33, initial=((1.0, 0.0), (0.0, 1.0)))
    with pytest.raises(InputError, match="initial: expected a matrix of 3 assets, got 2"):
        spec.fit(moving(3, 50))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"a": 0.1, "b": 0.9}, r"params: expected a \+ b below 1, got 0.1 \+ 0.9"),
        ({"a": -0.1, "b": 0.9}, "a: expected a number of at least 0"),
        ({"a": 0.1, "b": float("nan")}, "b: expected a finite number"),
        ({"a": 0.1}, "params: expected the names a, b, got a"),
    ],
)
def test_parameters_outside_the_model_are_refused(params, message):
    with pytest.raises(InputError, match=message):
        DCC().fit(moving(2, 150)).at(params)


def test_correlations_that_cannot_be_are_refused():
    fit = CCC().fit(moving(3, 100))
    impossible = {"rho[A0,A1]": 0.9, "rho[A0,A2]": 0.9, "rho[A1,A2]": -0.9}
    with pytest.raises(InputError, match=r"expected a positive semidefinite matrix, got the eigen"):
        fit.at(impossible)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: DCC(recursion="adcc"), "recursion: expected one of 'engle', 'aielli'"),
        (lambda: DCC(likelihood="pairs"), "likelihood: expected one of 'full', 'composite'"),
        (lambda: EWMACovariance(half_life=0), "half_life: expected a number above 0"),
        (lambda: GaussianCopula(estimator="tau"), "estimator: expected one of 'scores', 'kendall'"),
    ],
)
def test_fields_are_checked_at_birth(build, message):
    with pytest.raises(InputError, match=message):
        build()


def test_covariances_that_do_not_exist_are_refused():
    z = moving(3, 200)
    with pytest.raises(InputError, match="kind: expected 'robust' for CCC, got 'hessian'"):
        CCC().fit(z).param_cov("hessian")
    with pytest.raises(InputError, match="kind: expected 'robust' for a composite likelihood"):
        DCC(likelihood="composite").fit(z).param_cov("opg")


def test_forecasts_refuse_what_does_not_fit():
    forecast = CCC().fit(moving(3, 100)).forecast(2)
    with pytest.raises(InputError, match="step: expected at most the horizon 2, got 3"):
        forecast.correlate(np.zeros((5, 3)), 3)
    with pytest.raises(InputError, match="shocks: expected 3 columns, got 2"):
        forecast.correlate(np.zeros((5, 2)))
    with pytest.raises(
        InputError, match=r"sigma: expected positive volatilities of shape \(2, 3\)"
    ):
        forecast.scaled(np.zeros((2, 3)))
    with pytest.raises(InputError, match="horizon: expected a whole number"):
        CCC().fit(moving(3, 100)).forecast(0)


def test_an_optimiser_that_does_not_rest_says_so_and_hands_over_its_best(monkeypatch):
    import scipy.optimize

    search = scipy.optimize.minimize

    def hurried(*args, **kwargs):
        kwargs["options"] = {"maxiter": 1}
        return search(*args, **kwargs)

    monkeypatch.setattr(scipy.optimize, "minimize", hurried)
    with pytest.raises(
        ConvergenceError, match=r"expected DCC.* to converge on 300 dates"
    ) as caught:
        DCC().fit(moving(3, 300))
    assert set(caught.value.best.params) == {"a", "b"}


@pytest.mark.parametrize("spec", [DCC(), DCC(recursion="aielli"), CCC(), EWMACovariance(20.0)])
def test_a_long_stream_stays_shallow_and_remembers_every_date(spec):
    panel = moving(assets=3, rows=1500, seed=4)
    first = spec.fit(panel.iloc[:300])
    fit = first
    for row in range(300, 1500):
        fit = fit.update(panel.iloc[row : row + 1])
    at_once = first.update(panel.iloc[300:])
    copy = pickle.loads(pickle.dumps(fit))  # a chain of updates would exhaust the stack
    assert len(fit.later) <= 33
    for date in panel.index[[0, 299, 300, 301, 900, 1499]]:
        pd.testing.assert_frame_equal(
            copy.correlation_at(date), at_once.correlation_at(date), check_exact=True
        )
    assert fit.loglikelihood == first.loglikelihood
    np.testing.assert_array_equal(fit.param_cov(), first.param_cov())
    given = dict.fromkeys(fit.params, 0.05)
    moved = fit.at(given)
    assert moved.panel.index.equals(fit.panel.index)
    pd.testing.assert_frame_equal(
        moved.correlation, at_once.at(given).correlation, check_exact=True
    )
    with pytest.raises(InputError, match="date: expected one from 2020-01-01"):
        fit.correlation_at("2019-12-31")


def test_a_correlation_of_copies_is_one_and_no_more():
    # in 392 of these 600 matrices rounding went beyond one
    for seed in range(20):
        first = np.random.default_rng(seed).standard_normal(50)
        panel = pd.DataFrame({"A": first, "B": 3.7 * first, "C": -1.3 * first})
        fit = EWMACovariance(half_life=11).fit(panel)
        for matrix in (fit.correlation.to_numpy(), *fit.forecast(3).correlation):
            assert np.abs(matrix).max() == 1.0
            assert (np.diag(matrix) == 1.0).all()
            np.testing.assert_array_equal(matrix, matrix.T)
