"""Many windows at once: the same bits as one at a time, in any company."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quant.distributions import StudentT
from quant.errors import InputError, InsufficientDataError, SpecError
from quant.volatility import EWMA, GARCH, GJRGARCH, fit_rolling
from tests.shared_data import shared


def simulated(n, seed):
    z = StudentT(nu=6.0).rvs(n, seed=seed)
    values, h = np.empty(n), 1e-4
    for t in range(n):
        values[t] = np.sqrt(h) * z[t]
        h = 2e-6 + (0.05 + 0.06 * (values[t] < 0.0)) * values[t] ** 2 + 0.88 * h
    return pd.Series(values, index=pd.date_range("2015-01-01", periods=n, name="date"))


RETURNS = simulated(900, seed=5)
SPECS = [
    GARCH(),
    GARCH(distribution="t", startup="fcp"),
    GJRGARCH(mean="zero", startup="sample"),
    GJRGARCH(distribution="skewt"),
    GARCH(distribution="ged"),
]


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_each_row_is_the_fit_of_its_window_to_the_bit(spec):
    table = fit_rolling(spec, RETURNS, window=250, step=70)
    assert list(table.index) == list(RETURNS.index[899::-70][::-1][-len(table) :])
    for date, row in table.iterrows():
        fit = spec.fit(RETURNS.loc[:date].iloc[-250:])
        assert dict(row[list(fit.params)]) == dict(fit.params)
        assert row["loglikelihood"] == fit.loglikelihood
        assert row["sigma_next"] == fit.forecast().sigma[0]
        assert row["modes"] == fit.diagnostics.modes
        assert row["on_bound"] == ", ".join(fit.diagnostics.on_bound)
        assert row["zero_share"] == fit.diagnostics.zero_share
        assert row["flat"] == fit.diagnostics.flat


@pytest.mark.parametrize("spec", SPECS[:2], ids=repr)
def test_company_and_workers_change_no_bit(spec):
    whole = fit_rolling(spec, RETURNS, window=250)
    assert len(whole) == 651
    pd.testing.assert_frame_equal(
        whole, fit_rolling(spec, RETURNS, 250, n_jobs=2), check_exact=True
    )
    few = fit_rolling(spec, RETURNS, window=250, step=13)
    pd.testing.assert_frame_equal(whole.loc[few.index], few, check_exact=True)


def test_windows_do_not_see_each_other():
    from quant.volatility import _engine

    model = GARCH(distribution="t")._kernel_model
    values = RETURNS.to_numpy()
    ends = np.arange(250, 900, 29)
    shuffled = np.random.default_rng(3).permutation(ends.size)
    plain = _engine.estimate(model, values, ends, 250)
    mixed = _engine.estimate(model, values, ends[shuffled], 250)
    np.testing.assert_array_equal(plain.params[shuffled], mixed.params)
    np.testing.assert_array_equal(plain.evaluations[shuffled], mixed.evaluations)


def test_each_asset_on_its_own_dates():
    other = simulated(900, seed=8).iloc[200:]
    other.iloc[5:9] = np.nan
    panel = pd.DataFrame({"A": RETURNS, "B": other})
    table = fit_rolling(GARCH(), panel, window=300, step=100)
    pd.testing.assert_frame_equal(table.loc["A"], fit_rolling(GARCH(), RETURNS, 300, 100))
    pd.testing.assert_frame_equal(table.loc["B"], fit_rolling(GARCH(), other.dropna(), 300, 100))
    assert table.index.names == ["asset", "date"]


def test_a_model_without_kernels_is_fitted_window_by_window():
    table = fit_rolling(EWMA(half_life=20), RETURNS, window=400, step=250)
    assert len(table) == 3
    fit = EWMA(half_life=20).fit(RETURNS.iloc[-400:])
    assert table["sigma_next"].iloc[-1] == fit.forecast().sigma[0]


def test_engines_agree():
    fast = fit_rolling(GARCH(), RETURNS, window=450, step=450)
    arch = fit_rolling(GARCH(engine="arch"), RETURNS, window=450, step=450)
    np.testing.assert_allclose(fast["loglikelihood"], arch["loglikelihood"], atol=1e-6)
    np.testing.assert_allclose(fast["sigma_next"], arch["sigma_next"], rtol=1e-3)
    assert list(fast.columns) == list(arch.columns)


@pytest.mark.parametrize("spec", [GARCH(), EWMA(half_life=20)], ids=repr)
def test_windows_that_cannot_be_fitted_are_named(spec):
    stuck = RETURNS.copy()
    stuck.iloc[300:600] = 0.0
    with pytest.raises(InputError, match=r"expected returns that vary.*2015|variance: expected"):
        fit_rolling(spec, stuck, window=250, step=50)
    with pytest.raises(InsufficientDataError, match=r"returns: expected at least 2000 .* got 900"):
        fit_rolling(spec, RETURNS, window=2000)
    holes = RETURNS.copy()
    holes.iloc[7] = np.nan
    with pytest.raises(
        InputError, match=r"returns: expected finite numbers, got nan at 2015-01-08"
    ):
        fit_rolling(spec, holes, window=250)


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_a_warm_chain_finds_the_cold_answer_where_the_likelihood_has_one_maximum(spec):
    returns = simulated(1000, seed=2)
    cold = fit_rolling(spec, returns, window=800, step=4)
    warm = fit_rolling(spec, returns, window=800, step=4, warm=True)
    assert list(warm.columns) == [*cold.columns, "restarted", "strayed"]
    np.testing.assert_allclose(warm["loglikelihood"], cold["loglikelihood"], atol=1e-6)
    np.testing.assert_allclose(warm["sigma_next"], cold["sigma_next"], rtol=1e-4)
    assert list(np.flatnonzero(warm["restarted"])) == list(range(0, 51, 8))
    assert not warm["strayed"].any()
    assert not warm["loglikelihood"].equals(cold["loglikelihood"])  # another way to the top


def test_chains_restart_at_fixed_rows_whatever_the_workers():
    spec = GJRGARCH(distribution="t")
    warm = fit_rolling(spec, RETURNS, window=250, warm=True)
    two = fit_rolling(spec, RETURNS, window=250, warm=True, n_jobs=2)
    pd.testing.assert_frame_equal(warm, two, check_exact=True)
    cold = fit_rolling(spec, RETURNS, window=250)
    heads = slice(None, None, 8)
    assert warm["restarted"].iloc[heads].all()
    pd.testing.assert_frame_equal(
        warm.iloc[heads][cold.columns], cold.iloc[heads], check_exact=True
    )
    # a chain knows nothing of the rows before its restart
    later = fit_rolling(spec, RETURNS.iloc[64:], window=250, warm=True)
    estimates = list(cold.columns)
    pd.testing.assert_frame_equal(warm.iloc[64:][estimates], later[estimates], check_exact=True)


def test_a_chain_that_follows_a_wrong_maximum_is_marked():
    spec = GJRGARCH(distribution="t")
    warm = fit_rolling(spec, RETURNS, window=60, warm=True)
    cold = fit_rolling(spec, RETURNS, window=60)
    assert (warm["loglikelihood"] - cold["loglikelihood"]).min() < -0.1
    ends = list(range(7, len(warm) - 1, 8))
    marked = np.flatnonzero(warm["strayed"])
    assert 0 < len(marked) < len(ends)
    assert set(marked) <= set(ends)


def test_warm_chains_stray_on_bitcoin_about_as_often_as_is_said():
    prices = pd.read_csv(
        shared() / "data" / "btc_usd_daily.csv", index_col="date", parse_dates=True
    )["close"]
    returns = np.log(prices).diff().dropna()
    cold = fit_rolling(GARCH(), returns, window=1000, step=5)
    warm = fit_rolling(GARCH(), returns, window=1000, step=5, warm=True)
    short = cold["loglikelihood"] - warm["loglikelihood"]
    # 16 of 547 when this was written, 26 with chains four times as long
    assert len(short) == 547
    assert 1 <= (short > 1e-3).sum() <= 20
    assert short.min() > -1e-3


@pytest.mark.parametrize("spec", [EWMA(half_life=20), GARCH(engine="arch")], ids=repr)
def test_a_model_without_such_a_climb_refuses_to_be_warm(spec):
    with pytest.raises(SpecError, match=r"warm: expected False with .*, got True; only GARCH"):
        fit_rolling(spec, RETURNS, window=400, step=250, warm=True)


def test_blanks_of_one_asset_do_not_touch_another():
    # a listing, a suspension and a delisting: each column has dates that another lacks
    a, b, c = (simulated(600, seed=s) for s in (1, 2, 3))
    b.iloc[:150] = np.nan
    b.iloc[400:403] = np.nan
    c.iloc[500:] = np.nan
    panel = pd.DataFrame({"A": a, "B": b, "C": c})
    for warm in (False, True):
        table = fit_rolling(GARCH(), panel, window=300, step=60, warm=warm)
        for name, own in (("A", a), ("B", b.dropna()), ("C", c.dropna())):
            alone = fit_rolling(GARCH(), own, window=300, step=60, warm=warm)
            pd.testing.assert_frame_equal(table.loc[name], alone, check_exact=True)
        assert table.loc["C"].index[-1] == c.dropna().index[-1] < a.index[-1]
        assert np.isfinite(table["sigma_next"]).all()
    slow = fit_rolling(EWMA(half_life=20), panel, window=300, step=60)
    alone = fit_rolling(EWMA(half_life=20), b.dropna(), window=300, step=60)
    pd.testing.assert_frame_equal(slow.loc["B"], alone, check_exact=True)


def test_what_is_more_than_a_blank_in_a_panel_is_refused():
    with pytest.raises(InsufficientDataError, match=r"returns of B: expected at least 250 .* 200"):
        fit_rolling(GARCH(), pd.DataFrame({"A": RETURNS, "B": RETURNS.iloc[:200]}), window=250)
    infinite = pd.DataFrame({"A": RETURNS, "B": RETURNS})
    infinite.iloc[40, 1] = np.inf
    with pytest.raises(InputError, match=r"returns of B: expected finite numbers.*2015-02-10"):
        fit_rolling(GARCH(), infinite, window=250)


@pytest.mark.parametrize("spec", [GARCH(), GJRGARCH(distribution="t"), EWMA(half_life=20)])
def test_a_window_of_prices_is_refused_with_its_dates(spec):
    turns = 300
    prices = RETURNS.copy()
    prices.iloc[:turns] = 40.0 * np.exp(RETURNS.iloc[:turns].cumsum())
    with pytest.raises(
        InputError,
        match=r"these look like prices: use log_returns\(prices\) \[window 2015-0.* to 2015-",
    ):
        fit_rolling(spec, prices, window=250, step=40)
    # windows that only begin with prices hold returns as well: not prices by their look
    assert len(fit_rolling(spec, prices.iloc[turns - 10 :], window=250, step=40))
    with pytest.raises(InputError, match="these look like prices"):
        fit_rolling(spec, pd.DataFrame({"A": RETURNS, "B": prices}), window=250, step=40)


def test_innovations_of_many_windows_are_not_to_be_had_of_prices():
    prices = 40.0 * np.exp(RETURNS.cumsum()).to_numpy()
    for spec in (GARCH(), EWMA(half_life=20)):
        assert spec.innovations(prices, [[400, 401]], 250) is None
        assert spec.innovations(RETURNS.to_numpy(), [[400, 401]], 250) is not None


@pytest.mark.parametrize("model", [GARCH, GJRGARCH])
def test_a_chain_that_cannot_go_on_from_a_point_restarts(model):
    # shocks of one size, so a law without tails: then one far beyond, where that has no density
    signs = np.random.default_rng(5).uniform(-1.0, 1.0, 240)
    values = np.sign(signs) * (0.01 + 1e-4 * np.abs(signs))
    values[220] = 0.3
    returns = pd.Series(values, index=pd.date_range("2020-01-01", periods=240))
    spec = model(distribution="ged", mean="zero")
    warm = fit_rolling(spec, returns, window=200, warm=True)
    cold = fit_rolling(spec, returns, window=200)
    assert cold["nu"].iloc[20] == pytest.approx(500.0)
    assert warm["restarted"].iloc[21]
    estimates = list(cold.columns)
    pd.testing.assert_series_equal(warm[estimates].iloc[21], cold.iloc[21], check_exact=True)
    assert (warm["loglikelihood"] - cold["loglikelihood"]).min() > -1e-3


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("scale", [1e-170, 1e-162, 1e-152, 1e153, 1e155, 1e300])
def test_returns_whose_squares_are_no_numbers_are_refused(scale, warm):
    # the middle of the history only: windows on either side are sound
    odd = RETURNS.copy()
    odd.iloc[300:600] *= scale
    refusal = r"expected a spread of 1e-152 .* no size above 1e\+150, got .* \[window 2015-"
    with pytest.raises(InputError, match=refusal):
        fit_rolling(GARCH(), odd, window=250, step=10, warm=warm)
    with pytest.raises(InputError, match="expected a spread of 1e-152"):
        GARCH().fit(odd.iloc[320:580])
    assert GARCH().innovations(odd.to_numpy(), [[580, 581]], 250) is None
    assert EWMA(half_life=20).innovations(odd.to_numpy(), [[580, 581]], 250) is None


def test_one_return_beyond_all_numbers_leaves_no_row_without_an_answer():
    odd = RETURNS.copy()
    odd.iloc[700] = 1e155
    with pytest.raises(InputError, match=r"no size above 1e\+150, got .* 1e\+155"):
        fit_rolling(GJRGARCH(distribution="t"), odd, window=250, step=10)


def test_a_frame_without_columns_is_refused():
    with pytest.raises(InputError, match="expected a column for each asset"):
        fit_rolling(GARCH(), pd.DataFrame(index=RETURNS.index), window=250)


@pytest.mark.parametrize("windows", [[], [RETURNS.iloc[:250], RETURNS.iloc[:300]]])
def test_windows_fitted_together_are_of_one_length(windows):
    with pytest.raises(InputError, match=r"windows: expected windows of one length, got lengths"):
        GARCH().fit_windows(windows)
