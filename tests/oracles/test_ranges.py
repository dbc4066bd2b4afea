"""Range estimators against the R package TTR (range.ttr)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quant.volatility import RangeVolatility
from tests.shared_data import shared

# range.ttr: 20 bars, annualised with 252, first and last of TTR 0.24.3 on 500 rows of its ttrc
TTR = {
    "parkinson": (0.254766513158428, 0.17726915662124, 19),
    "garman_klass": (0.257257446027971, 0.186048122168305, 19),
    "rogers_satchell": (0.259865310161996, 0.188615639252865, 19),
    "garman_klass_gap": (0.261293981466591, 0.190417911505418, 20),
    "yang_zhang": (0.260039030107011, 0.189052289459719, 20),
}


def bars():
    return pd.read_csv(
        shared() / "oracles" / "ttrc_ohlc_500.csv", index_col="date", parse_dates=True
    )


@pytest.mark.parametrize("estimator", TTR)
def test_twenty_bars_of_ttr(estimator):
    realized = RangeVolatility(estimator, window=20).realized(bars())
    if estimator != "yang_zhang":
        realized = realized.rolling(20).mean().dropna()
    volatility = np.sqrt(252.0 * realized)
    first, last, missing = TTR[estimator]
    assert len(volatility) == 500 - missing
    assert volatility.iloc[0] == pytest.approx(first, rel=1e-12)
    assert volatility.iloc[-1] == pytest.approx(last, rel=1e-12)


@pytest.mark.parametrize("estimator", TTR)
def test_the_model_forecasts_the_same_mean_before_it_is_scaled(estimator):
    model, prices = RangeVolatility(estimator, window=20), bars()
    returns = np.log(prices["close"]).diff().loc[model.realized(prices).index].dropna()
    fit = model.fit(returns, realized=model.realized(prices).loc[returns.index])
    plain = fit.forecast().sigma[0] / np.sqrt(fit.params["scale"])
    assert plain * np.sqrt(252.0) == pytest.approx(TTR[estimator][1], rel=1e-12)
