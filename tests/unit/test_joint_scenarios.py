"""Filtered, correlated and copula scenarios: what is drawn, and what each refuses."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau, kurtosis

import quant as q
from quant.risk._draws import date_weights
from tests.strategies import garch_returns

FLAT = q.EWMA(half_life=1e6)  # a volatility that hardly moves
NORMAL, CONSTANT, GAUSSIAN = q.Normal(), q.CCC(), q.GaussianCopula()
VOLATILITIES = (q.EWMA(half_life=20), q.GARCH(), q.GJRGARCH(distribution="t"))


def panel(rows: int = 600, seed: int = 2, correlation: float = 0.6) -> pd.DataFrame:
    """Return clustered returns of three assets, the third on its own."""
    one, two, three = (garch_returns(rows, seed + i) for i in range(3))
    two = correlation * one + np.sqrt(1.0 - correlation**2) * two
    return pd.DataFrame({"BTC": one, "ETH": two, "GOLD": 0.3 * three})


RETURNS = panel()


def correlated(law=NORMAL, correlation=CONSTANT, n_paths=40_000, volatility=FLAT):
    return q.CorrelatedScenarios(volatility, correlation, law, window=None, n_paths=n_paths)


def copula(of=GAUSSIAN, marginals="residuals", n_paths=40_000, volatility=FLAT):
    return q.CopulaScenarios(volatility, of, marginals, window=None, n_paths=n_paths)


@pytest.mark.parametrize("volatility", VOLATILITIES, ids=repr)
@pytest.mark.parametrize("horizon", [1, 4])
@pytest.mark.parametrize("side", ["long", "short"])
def test_one_asset_is_filtered_historical_simulation_draw_by_draw(volatility, horizon, side):
    shape = {"volatility": volatility, "window": 500, "n_paths": 2_000, "seed": 5}
    alone = q.FilteredHistoricalSimulation(**shape).fit(RETURNS["BTC"].iloc[:590])
    joint = q.FilteredScenarios(**shape).fit(RETURNS[["BTC"]].iloc[:590])
    later = RETURNS.iloc[590:]
    for one, all_of_one in (
        (alone, joint),
        (alone.update(later["BTC"]), joint.update(later[["BTC"]])),
    ):
        law, scenarios = one.forecast(horizon, side), all_of_one.forecast(horizon)
        sign = -1.0 if side == "long" else 1.0
        np.testing.assert_array_equal(sign * np.expm1(scenarios.returns[:, 0]), law.loss.losses)
        assert scenarios.n_obs == law.n_obs
        assert list(scenarios.labels) == list(law.labels)
        held = q.Account([q.Spot("BTC", -sign)]).loss(scenarios, {"BTC": 1.0})
        for measure in (q.VaR(0.95), q.ES(0.95)):
            assert measure(held).value == pytest.approx(measure(law).value, rel=1e-12)
        pd.testing.assert_series_equal(q.ES(0.95)(held).drivers, q.ES(0.95)(law).drivers)
        # the filter's own error is known to the estimator alone
        known = replace(law, parameter_error=None)
        for measure in (q.VaR(0.95), q.ES(0.95)):
            error = measure(known).std_error
            assert measure(held).std_error == pytest.approx(error, rel=1e-9)
            if horizon > 1:  # paths share innovations: not the error of window / horizon draws
                counted = measure(replace(known, mean_variance=None)).std_error
                assert error != pytest.approx(counted, rel=1e-3)


def test_one_period_ahead_every_date_is_there_once_at_todays_volatility():
    fit = q.FilteredScenarios(q.GARCH(), window=400).fit(RETURNS)
    scenarios = fit.forecast()
    assert list(scenarios.labels) == list(RETURNS.index[-400:])
    for name, column in zip(scenarios.assets, scenarios.returns.T, strict=True):
        alone = q.GARCH().fit(RETURNS[name].iloc[-400:])
        ahead = alone.forecast(1)
        np.testing.assert_allclose(
            column, ahead.mean + ahead.sigma[0] * alone.z.to_numpy(), rtol=1e-12, atol=1e-16
        )


def test_the_dates_of_a_joint_path_weigh_by_all_its_shocks():
    shocked = RETURNS.copy()
    shocked.iloc[450] = [-0.4, 0.0, 0.0]
    shocked.iloc[470] = [0.0, -0.4, 0.0]
    model = q.FilteredScenarios(q.EWMA(half_life=20), window=300)
    loss = q.Account([q.Spot("BTC", 1.0), q.Spot("ETH", 1.0)]).loss(
        model.fit(shocked).forecast(3), {"BTC": 1.0, "ETH": 1.0}
    )
    drivers = q.ES(0.99)(loss).drivers
    assert {*drivers.index[:2]} == {shocked.index[450], shocked.index[470]}
    assert drivers.sum() == pytest.approx(1.0)
    assert drivers.iloc[:2].sum() > 0.75  # one shock outweighs two quiet days of its path


def test_a_date_weighs_in_a_path_by_its_squared_innovation():
    squares = pd.Series([1.0, 9.0, 4.0], index=RETURNS.index[:3])
    rows = np.array([[0, 2, 1], [1, 2, 1]])  # two steps of three paths
    found = date_weights(np.array([0.5, 0.5, 0.0]), rows, squares)
    np.testing.assert_allclose(found, [0.05, 0.45, 0.5], rtol=1e-15)


def test_paths_steps_and_assets_never_exist_at_once():
    many = pd.concat([RETURNS + 1e-5 * i for i in range(7)], axis=1)
    many.columns = [f"A{i}" for i in range(21)]
    at_once = 8 * 21 * 10 * 10_000
    for model in (
        q.FilteredScenarios(q.EWMA(half_life=20), window=500),
        q.CorrelatedScenarios(q.EWMA(half_life=20), q.EWMACovariance(half_life=50), window=500),
    ):
        fit = model.fit(many)
        fit.forecast(10)
        tracemalloc.start()
        fit.forecast(10)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 0.5 * at_once


def test_correlated_draws_have_the_covariance_that_was_forecast():
    fit = correlated().fit(RETURNS)
    sigma = np.array([f.forecast(1).sigma[0] for f in fit.filters.fits])
    expected = fit.dependence.correlation.to_numpy() * np.outer(sigma, sigma)
    found = np.cov(fit.forecast().returns.T, bias=True)
    scale = np.outer(sigma, sigma)
    np.testing.assert_allclose(found / scale, expected / scale, atol=0.025)  # 5 / sqrt(40,000)


def test_correlations_of_later_steps_are_those_forecast_for_them():
    turned = RETURNS.copy()
    turned.iloc[-15:, 1] = -turned.iloc[-15:, 0]
    fit = correlated(correlation=q.DCC()).fit(turned)
    fit = replace(fit, dependence=fit.dependence.at({"a": 0.2, "b": 0.5}))
    ahead = fit.dependence.forecast(4).correlation[:, 0, 1]
    assert ahead[3] - ahead[0] > 0.25
    paths = np.concatenate(list(fit.paths(4)))
    for k in range(4):
        found = np.corrcoef(paths[:, k, 0], paths[:, k, 1])[0, 1]
        assert found == pytest.approx(ahead[k], abs=0.025)


def test_steps_of_a_path_are_independent_and_volatility_answers_to_them():
    paths = np.concatenate(list(correlated(volatility=q.EWMA(half_life=3)).fit(RETURNS).paths(2)))
    first, second = paths[:, 0, 0], paths[:, 1, 0]
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.025
    assert np.corrcoef(first**2, second**2)[0, 1] > 0.1
    across = paths[:, 1, 2]  # another asset's volatility does not
    assert abs(np.corrcoef(first**2, across**2)[0, 1]) < 0.025


def test_a_student_law_has_unit_variance_and_extremes_that_come_together():
    # uncorrelated under t: corr(z1^2, z2^2) = 1 / (nu - 1) of a common divisor, 0 under normal
    apart = panel(correlation=0.0)
    normal, fat = (
        correlated(law=law, n_paths=200_000).fit(apart).forecast().returns
        for law in (q.Normal(), q.StudentT(nu=12.0))
    )
    np.testing.assert_allclose(fat.std(axis=0), normal.std(axis=0), rtol=0.01)
    assert kurtosis(fat[:, 0]) == pytest.approx(6.0 / 8.0, abs=0.15)
    joint = [np.corrcoef(r[:, 0] ** 2, r[:, 2] ** 2)[0, 1] for r in (normal, fat)]
    assert joint[0] == pytest.approx(0.0, abs=0.01)
    assert joint[1] == pytest.approx(1.0 / 11.0, abs=0.02)


@pytest.mark.parametrize("law", [q.Normal(), q.StudentT(nu=5.0)], ids=repr)
@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("horizon", [1, 2])
def test_each_asset_alone_is_the_parametric_estimator(law, side, horizon):
    model = correlated(law=law, volatility=q.GARCH())
    alone = q.ParametricRisk(volatility=q.GARCH(), distribution=law, window=None, n_paths=40_000)
    scenarios = model.fit(RETURNS).forecast(horizon)
    for name in ("BTC", "GOLD"):
        expected = q.VaR(0.99)(alone.fit(RETURNS[name]).forecast(horizon, side))
        position = q.Account([q.Spot(name, 1.0 if side == "long" else -1.0)])
        found = q.VaR(0.99)(position.loss(scenarios, {name: 1.0}))
        # both are simulated for two periods: 5 standard errors of the difference
        assert abs(found.value - expected.value) < 5.0 * np.sqrt(2.0) * found.std_error


def test_residual_marginals_draw_innovations_that_were_seen():
    fit = copula().fit(RETURNS)
    for name, column, f in zip(RETURNS, fit.forecast().returns.T, fit.filters.fits, strict=True):
        seen = f.forecast(1).mean + f.forecast(1).sigma[0] * np.sort(f.z.to_numpy())
        places = np.searchsorted(seen, column - 1e-12)
        np.testing.assert_allclose(column, seen[places], rtol=1e-9)
        counts = np.bincount(places, minlength=len(seen)) / len(column)
        assert counts.min() > 0.0
        assert counts.max() < 3.0 / len(seen), name


@pytest.mark.parametrize(
    ("marginals", "expected"),
    [(q.StudentT(nu=5.0), q.StudentT(nu=5.0)), (q.SkewStudentT(nu=5.0, skew=-0.3), None)],
)
def test_one_law_for_all_is_the_law_of_each(marginals, expected):
    fit = copula(marginals=marginals).fit(RETURNS)
    column, ahead = fit.forecast().returns[:, 0], fit.filters.fits[0].forecast(1)
    law = expected or marginals
    for level in (0.01, 0.2, 0.5, 0.99):
        found = float(np.mean(column <= ahead.mean + ahead.sigma[0] * law.ppf(level)))
        assert found == pytest.approx(level, abs=4.5 * np.sqrt(level * (1 - level) / 40_000))


def test_fitted_marginals_are_the_laws_of_the_volatility_models():
    fit = copula(marginals="fitted", volatility=q.GARCH(distribution="t")).fit(RETURNS)
    returns = fit.forecast().returns
    nus = [f.distribution.nu for f in fit.filters.fits]
    assert len({*nus}) == 3
    for column, f in zip(returns.T, fit.filters.fits, strict=True):
        ahead = f.forecast(1)
        bound = ahead.mean + ahead.sigma[0] * f.distribution.ppf(0.99)
        assert np.mean(column > bound) == pytest.approx(0.01, abs=4.5 * np.sqrt(0.0099 / 40_000))


def test_a_t_copula_crashes_together_more_often_than_a_gaussian_one():
    together = []
    for of in (q.GaussianCopula(estimator="kendall"), q.StudentTCopula(nu=3.0)):
        returns = (
            copula(of=of, marginals=q.Normal(), n_paths=100_000).fit(RETURNS).forecast().returns
        )
        low = returns < np.quantile(returns, 0.005, axis=0)
        together.append(np.mean(low[:, 0] & low[:, 1]) / 0.005)
    assert together[1] > 1.4 * together[0]


@pytest.mark.parametrize("of", [q.GaussianCopula(), q.StudentTCopula(nu=3.0)], ids=repr)
def test_assets_move_together_as_their_copula_says_and_steps_apart(of):
    # tau = 2 / pi arcsin(rho) of any elliptical copula; five of its errors, 2 / (3 sqrt(n))
    fit = copula(of=of, marginals=q.Normal(), n_paths=10_000).fit(RETURNS)
    first, second = np.concatenate(list(fit.paths(2))).transpose(1, 0, 2)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        tau = 2.0 / np.pi * np.arcsin(fit.copula.correlation.iloc[a, b])
        for step in (first, second):
            assert kendalltau(step[:, a], step[:, b]).statistic == pytest.approx(tau, abs=0.035)
        assert kendalltau(first[:, a], second[:, b]).statistic == pytest.approx(0.0, abs=0.035)
    assert kendalltau(first[:, 0], second[:, 0]).statistic == pytest.approx(0.0, abs=0.035)


def test_the_divisor_of_a_student_law_is_drawn_anew_in_every_period():
    law = q.StudentT(nu=12.0)  # a divisor for the whole path: corr(z1^2, z2^2) = 1 / (nu - 1)
    paths = np.concatenate(list(correlated(law=law, n_paths=100_000).fit(RETURNS).paths(2)))
    assert abs(np.corrcoef(paths[:, 0, 0] ** 2, paths[:, 1, 0] ** 2)[0, 1]) < 0.03


@pytest.mark.parametrize("model", [correlated(n_paths=300), copula(n_paths=300)], ids=repr)
def test_another_seed_draws_other_paths_in_every_block(model):
    one, two = (replace(model, seed=seed).fit(RETURNS).forecast(4).returns for seed in (0, 1))
    for rows in (slice(0, 256), slice(256, None)):
        assert not np.isin(one[rows], two).any()
    assert not np.isin(one[256:], one[:256]).any()


def test_a_copula_may_see_probabilities_instead_of_ranks():
    ranks, uniforms = (
        copula(of=q.GaussianCopula(margins=margins), marginals="fitted").fit(RETURNS).copula
        for margins in ("ranks", "uniforms")
    )
    one, two = (fit.correlation.loc["BTC", "ETH"] for fit in (ranks, uniforms))
    assert one == pytest.approx(two, abs=0.05)
    assert one != two
    again = copula(of=q.GaussianCopula(margins="uniforms")).fit(RETURNS).copula
    pd.testing.assert_frame_equal(again.correlation, ranks.correlation)


def test_an_update_keeps_parameters_and_moves_the_window_on():
    spec = q.CorrelatedScenarios(q.GARCH(), q.DCC(), window=300, n_paths=500)
    fit = spec.fit(RETURNS.iloc[:500])
    moved = fit.update(RETURNS.iloc[500:])
    assert moved.dependence.params == fit.dependence.params
    for before, after in zip(fit.filters.fits, moved.filters.fits, strict=True):
        assert before.params == after.params
    assert list(moved.filters.z.index) == list(RETURNS.index[-300:])
    assert moved.forecast().as_of == RETURNS.index[-1]
    z = np.column_stack([f.z for f in moved.filters.fits])
    again = fit.dependence.update(pd.DataFrame(z, RETURNS.index[500:], RETURNS.columns))
    pd.testing.assert_frame_equal(moved.dependence.correlation, again.correlation)


def test_an_update_equals_the_forecast_made_with_the_parameters_kept():
    volatility = q.EWMA(half_life=20, initial=4e-4)
    start = tuple(map(tuple, np.eye(3)))
    for model in (
        q.FilteredScenarios(volatility, window=None, n_paths=500),
        q.CorrelatedScenarios(
            volatility, q.EWMACovariance(half_life=50, initial=start), window=None, n_paths=500
        ),
    ):
        whole = model.fit(RETURNS).forecast(2)
        moved = model.fit(RETURNS.iloc[:500]).update(RETURNS.iloc[500:][["ETH", "GOLD", "BTC"]])
        np.testing.assert_allclose(moved.forecast(2).returns, whole.returns, rtol=1e-9, atol=1e-15)


def test_more_paths_do_not_reach_further_than_the_innovations():
    book = q.Account([q.Spot("BTC", 1.0)])
    for model in (
        q.FilteredScenarios(q.EWMA(half_life=20), window=60),
        q.CopulaScenarios(q.EWMA(half_life=20), q.GaussianCopula(), window=60),
    ):
        loss = book.loss(model.fit(RETURNS).forecast(2), {"BTC": 1.0})
        with pytest.raises(q.InsufficientDataError, match="expected at least 100 observations"):
            q.VaR(0.99)(loss)


def realized(returns: pd.DataFrame) -> pd.DataFrame:
    return returns.rolling(5, min_periods=1).var(ddof=0).bfill().clip(lower=1e-8)


def test_filters_driven_by_realised_variances_are_handed_them():
    variances = realized(RETURNS)
    for model in (
        q.FilteredScenarios(q.HAR(), window=500),
        q.CorrelatedScenarios(q.HAR(), q.CCC(), window=500, n_paths=500),
        q.CopulaScenarios(q.HAR(), q.GaussianCopula(), window=500, n_paths=500),
    ):
        with pytest.raises(q.InputError, match=r"realized: expected .* that HAR .*\[asset BTC\]"):
            model.fit(RETURNS)
        fit = model.fit(RETURNS.iloc[:590], variances.iloc[:590])
        moved = fit.update(RETURNS.iloc[590:], variances.iloc[590:])
        alone = q.HAR().fit(RETURNS["ETH"].iloc[90:590], variances["ETH"].iloc[90:590])
        assert fit.filters.fits[1].forecast(1).sigma[0] == alone.forecast(1).sigma[0]
        assert moved.forecast().as_of == RETURNS.index[-1]


def test_assets_do_not_share_the_errors_of_their_measurements():
    # two assets alike to the last bit: what their paths do not share is measured apart
    rng = np.random.default_rng(3)
    x = pd.Series(4e-4 * np.exp(0.5 * rng.standard_normal(600)), index=RETURNS.index)
    r = pd.Series(np.sqrt(x) * rng.standard_normal(600), index=RETURNS.index)
    returns, variances = (pd.DataFrame({"A": one, "B": one}) for one in (r, x))
    filtered = q.FilteredScenarios(q.RealizedGARCH(mean="zero"), window=500, n_paths=600)
    fit = filtered.fit(returns, variances)
    moves = fit.forecast(3).returns
    assert not np.isclose(moves[:, 0], moves[:, 1]).any()
    # in pieces or at once the paths are the same, and the first asset is as it would be alone
    pieces = [block.sum(axis=1) for block in fit.paths(3)]
    assert [len(piece) for piece in pieces] == [256, 256, 88]
    np.testing.assert_allclose(np.concatenate(pieces), moves, rtol=1e-12)
    alone = q.FilteredHistoricalSimulation(q.RealizedGARCH(mean="zero"), window=500, n_paths=600)
    losses = alone.fit(r, x).forecast(3, "short").loss.losses
    np.testing.assert_allclose(np.sort(np.expm1(moves[:, 0])), np.sort(losses), rtol=1e-12)
    # drawn laws too: with the same innovations a step of the first period is shared, no later one
    drawn = q.CorrelatedScenarios(q.RealizedGARCH(mean="zero"), q.EWMACovariance(33), window=500)
    first, second = (
        np.concatenate([b[:300, k] for b in drawn.fit(returns, variances).paths(2)]) for k in (0, 1)
    )
    np.testing.assert_allclose(first[:, 0], first[:, 1], rtol=1e-6)
    assert not np.isclose(second[:, 0], second[:, 1]).any()
    sizes = np.abs(second[:, 0] / second[:, 1])
    assert len(np.unique(sizes.round(12))) == len(sizes)  # no two blocks have errors in common


@pytest.mark.parametrize(
    "volatility", [q.RollingVolatility(window=60), q.RiskMetrics2006(), q.GARCH()], ids=repr
)
@pytest.mark.parametrize("horizon", [1, 3])
def test_paths_are_the_rows_of_the_forecast_under_every_kind_of_filter(volatility, horizon):
    fit = q.FilteredScenarios(volatility, window=500, n_paths=700).fit(RETURNS.iloc[:580])
    moved = fit.update(RETURNS.iloc[580:])
    assert len(moved.filters.z) == 500
    rows = np.concatenate(list(moved.paths(horizon))).sum(axis=1)
    np.testing.assert_allclose(rows, moved.forecast(horizon).returns, rtol=0, atol=1e-14)


def test_an_indefinite_correlation_of_a_users_own_model_is_refused():
    @dataclass(frozen=True)
    class Forecast:
        correlation: np.ndarray

    @dataclass(frozen=True)
    class Broken:
        def fit(self, panel):
            return self

        def forecast(self, horizon=1):
            return Forecast(
                np.tile([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]], (1, 1, 1))
            )

    fit = correlated(correlation=Broken()).fit(RETURNS)
    with pytest.raises(q.InputError, match="correlation: expected a positive semidefinite matrix"):
        fit.forecast()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: correlated(correlation=q.GaussianCopula()), "got GaussianCopula.*CopulaScenarios"),
        (lambda: copula(of=q.CCC()), r"copula: .*got CCC\(\); use CorrelatedScenarios"),
        (lambda: copula(marginals="empirical"), "marginals: expected one of 'residuals', 'fitted'"),
        (lambda: correlated(n_paths=10), "n_paths: expected a whole number of at least 100"),
        (lambda: q.FilteredScenarios(q.GARCH(), seed=-1), "seed: expected a whole number"),
        (lambda: q.FilteredScenarios(q.GARCH(), window=1), "window: expected a whole number"),
    ],
)
def test_a_specification_that_cannot_be_is_refused(build, message):
    with pytest.raises(q.InputError, match=message):
        build()


@pytest.mark.parametrize("model", [correlated(), copula()], ids=["correlated", "copula"])
def test_one_asset_has_no_dependence(model):
    with pytest.raises(q.InputError, match="one asset has no dependence"):
        model.fit(RETURNS[["BTC"]])


@pytest.mark.parametrize("volatility", VOLATILITIES, ids=repr)
def test_a_refusal_names_the_asset(volatility):
    model = q.FilteredScenarios(volatility, window=500)
    with pytest.raises(q.InputError, match=r"the constant 0 .*\[asset ETH\]"):
        model.fit(RETURNS.assign(ETH=0.0))
    with pytest.raises(q.InputError, match=r"look like prices.*\[asset GOLD\]"):
        model.fit(RETURNS.assign(GOLD=np.exp(RETURNS["GOLD"].cumsum())))


def test_two_columns_of_a_name_and_no_column_are_refused():
    model = q.FilteredScenarios(q.EWMA(half_life=20), window=500)
    with pytest.raises(q.InputError, match="one column per asset, got 'BTC' twice"):
        model.fit(pd.concat([RETURNS, RETURNS[["BTC"]]], axis=1))
    with pytest.raises(q.InputError, match="expected at least one asset, got none"):
        model.fit(RETURNS[[]])


def test_an_indefinite_correlation_is_refused():
    with pytest.raises(q.InputError, match="expected a positive semidefinite matrix"):
        q.EWMACovariance(
            half_life=20, initial=((1.0, 0.9, -0.9), (0.9, 1.0, 0.9), (-0.9, 0.9, 1.0))
        )
    fit = correlated().fit(RETURNS)
    rho = {"rho[BTC,ETH]": 0.9, "rho[BTC,GOLD]": -0.9, "rho[ETH,GOLD]": 0.9}
    with pytest.raises(q.InputError, match="positive semidefinite matrix, got the eigenvalue"):
        fit.dependence.at(rho)
