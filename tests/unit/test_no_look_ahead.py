"""Overwriting the future with nonsense changes nothing before it: the most important test here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.risk._walk_forward import walk_forward
from tests.contract.test_level_contract import AT_ONE_LEVEL  # they see one period
from tests.strategies import garch_returns

RETURNS = garch_returns(560, seed=11)
CUT = 520
NONSENSE = RETURNS.copy()
NONSENSE.iloc[CUT:] = np.random.default_rng(0).normal(0.5, 2.0, len(RETURNS) - CUT)
MILD = RETURNS.copy()
MILD.iloc[CUT:] = np.random.default_rng(0).uniform(-0.06, 0.06, len(RETURNS) - CUT)

FHS = q.FilteredHistoricalSimulation(volatility=q.EWMA(half_life=20), window=300, n_paths=200)
ESTIMATORS = {
    "historical": q.HistoricalSimulation(window=300),
    "age-weighted": q.AgeWeightedSimulation(half_life=60, window=300),
    "volatility-scaled": q.VolatilityScaledSimulation(volatility=q.EWMA(half_life=20), window=300),
    "cornish-fisher": q.CornishFisher(window=300),
    "cornish-fisher garch": q.CornishFisher(volatility=q.GARCH(), window=300),
    "extreme value": q.ExtremeValue(
        volatility=q.EWMA(half_life=5), window=300, exceed_share=0.2, n_paths=200
    ),
    "extreme value gjr": q.ExtremeValue(volatility=q.GJRGARCH(), window=300, n_paths=200),
    "filtered": FHS,
    "filtered rolling": q.evolve(FHS, {"volatility": q.RollingVolatility(window=60)}),
    "filtered gjr": q.evolve(FHS, {"volatility": q.GJRGARCH()}),
    "parametric": q.ParametricRisk(volatility=q.EWMA(half_life=20), window=300, n_paths=200),
    "parametric garch t": q.ParametricRisk(
        volatility=q.GARCH(distribution="t"), window=300, n_paths=200
    ),
    "bootstrap": q.BootstrapRisk(FHS, n_boot=20),
    "conformal": q.ConformalRisk(
        q.HistoricalSimulation(200), level=0.95, gamma=0.02, calibration=100
    ),
    "conformal whole": q.ConformalRisk(
        q.HistoricalSimulation(200), level=0.95, gamma=0.02, calibration=None
    ),
    "combined": q.CombinedRisk((q.HistoricalSimulation(300), FHS), level=0.95),
    "combined scored": q.CombinedRisk(
        (q.HistoricalSimulation(200), q.ParametricRisk(q.EWMA(half_life=20), window=200)),
        level=0.95,
        weighting="minimum_score",
        calibration=100,
    ),
}
ONE_PERIOD = {"conformal", "conformal whole", "combined scored"}
ADJUSTMENTS = (
    q.StressedWeight(on="observations", window=100),
    q.LongRunFloor(years=1.0),
    q.Buffer(0.25),
    q.Floor(0.01),
    q.Cap(0.9),
    q.RoundUp(0.001),
)


def test_every_published_estimator_is_covered():
    from quant import risk

    specs = {n for n in risk.__all__ if hasattr(getattr(risk, n), "fit")} - {"RiskEstimator"}
    known = {type(e).__name__ for e in (*ESTIMATORS.values(), *AT_ONE_LEVEL)}
    assert specs == known


@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators_see_the_past_only(name, horizon):
    if horizon > 1 and name in ONE_PERIOD:
        return
    options = {
        "measures": (q.VaR(0.95), q.ES(0.95)),
        "start": RETURNS.index[500],
        "horizon": horizon,
        "refit_every": 15,
        "step": 1,
    }
    honest = walk_forward(ESTIMATORS[name], RETURNS, **options)
    # an expansion in skewness and kurtosis would refuse wild nonsense
    nonsense = MILD if isinstance(ESTIMATORS[name], q.CornishFisher) else NONSENSE
    tampered = walk_forward(ESTIMATORS[name], nonsense, **options)
    forecasts = [c for c in honest if c not in ("loss", "pit")]
    before = honest["as_of"] < RETURNS.index[CUT]
    assert before.sum() == CUT - 500 + horizon
    pd.testing.assert_frame_equal(honest.loc[before, forecasts], tampered.loc[before, forecasts])
    # and the tampering is large enough to be seen where it may be
    assert not honest.loc[~before, forecasts].equals(tampered.loc[~before, forecasts])


@pytest.mark.parametrize("side", ["long", "short"])
def test_margin_history_sees_the_past_only(side):
    model = q.MarginModel(estimator=FHS, measure=q.ES(0.95), horizon=2, adjustments=ADJUSTMENTS)
    options = {"side": side, "start": RETURNS.index[500], "refit_every": 10}
    honest = model.history(RETURNS, **options)
    tampered = model.history(NONSENSE, **options)
    # the rate of the period at CUT uses data up to CUT - 1, so it is the last that may not move
    until = RETURNS.index[CUT]
    pd.testing.assert_frame_equal(honest.components[:until], tampered.components[:until])
    assert honest.value.index[0] == RETURNS.index[500]
    assert honest.value.iloc[-1] != tampered.value.iloc[-1]


def test_backtest_sees_the_past_only():
    honest, tampered = (
        q.backtest(FHS, r, level=0.95, start=RETURNS.index[500], refit_every=10)
        for r in (RETURNS, NONSENSE)
    )
    n = CUT - 500
    assert np.array_equal(honest.var[: n + 1], tampered.var[: n + 1])
    assert np.array_equal(honest.es[: n + 1], tampered.es[: n + 1])
    assert np.array_equal(honest.loss[:n], tampered.loss[:n])
    assert honest.loss[n] != tampered.loss[n]
    assert honest.var[n + 1] != tampered.var[n + 1]


def test_a_history_ends_where_the_latest_rate_begins():
    model = q.MarginModel(estimator=FHS, measure=q.ES(0.95), adjustments=(q.Floor(0.01),))
    history = model.history(RETURNS, start=RETURNS.index[540])
    latest = model.rate(RETURNS.iloc[:-1])
    assert history.value.iloc[-1] == latest.value
    assert latest.as_of == RETURNS.index[-2]
    assert history.value.index[-1] == RETURNS.index[-1]
