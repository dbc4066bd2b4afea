from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.errors import InputError, InsufficientDataError


def history() -> pd.DataFrame:
    dates = pd.date_range("2024-03-01", periods=4, freq="D")
    return pd.DataFrame(
        {"BTC": [0.01, -0.02, 0.03, 0.05], "ETH": [0.02, -0.05, 0.01, -0.10]}, index=dates
    )


def test_log_moves_multiply_and_level_moves_add():
    scenarios = q.Scenarios(
        returns=[[np.log(2.0), -0.2]], assets=["BTC", "BTC.iv"], horizon=1, kind=["log", "level"]
    )
    after = scenarios.prices(pd.Series({"BTC": 50.0, "BTC.iv": 0.6}))
    np.testing.assert_allclose(after.to_numpy(), [[100.0, 0.4]], rtol=1e-15)
    assert list(after.columns) == ["BTC", "BTC.iv"]


def test_a_level_price_may_turn_negative():
    scenarios = q.Scenarios([[-55.0]], ["WTI"], 1, kind="level")
    assert scenarios.prices({"WTI": 18.0}).iloc[0, 0] == -37.0


def test_equal_weights_are_the_default():
    scenarios = q.Scenarios(np.zeros((4, 1)), ["BTC"], 2)
    assert scenarios.weights.tolist() == [0.25] * 4


def test_the_law_of_a_loss_carries_unequal_weights():
    losses = np.array([1.0, 2.0])
    equal = q.Scenarios(np.zeros((2, 1)), ["BTC"], 2).law(losses)
    unequal = q.Scenarios(np.zeros((2, 1)), ["BTC"], 2, weights=[0.3, 0.7]).law(losses)
    assert (equal.weights, equal.cdf(1.0)) == (None, 0.5)
    assert unequal.cdf(1.0) == 0.3


def test_the_callers_array_stays_the_callers():
    moves = np.zeros((2, 1))
    scenarios = q.Scenarios(moves, ["BTC"], 1)
    moves[:] = 9.0
    assert scenarios.returns.max() == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"returns": [0.1, 0.2]}, "returns: expected two dimensions"),
        (
            {"returns": [[0.1, np.nan]]},
            "returns: expected finite numbers, got nan at position 0, 1",
        ),
        (
            {"returns": [[0.1, 0.2, 0.3]]},
            "assets: expected one name per column of returns, 3, got 2",
        ),
        ({"assets": ["BTC", "BTC"]}, "assets: expected unique names, got BTC twice"),
        ({"assets": ["BTC", 3]}, "assets: expected names, got 3"),
        ({"horizon": 0}, "horizon: expected a whole number"),
        ({"weights": [0.5, 0.5]}, "weights: expected one per scenario, 1, got 2"),
        ({"weights": [0.9]}, "weights: expected a sum of 1, got 0.9"),
        ({"weights": [-1.0]}, "weights: expected non-negative"),
        ({"labels": ["a", "b"]}, "labels: expected one per scenario"),
        ({"kind": "ratio"}, "kind: expected one of 'log', 'level', got 'ratio'"),
        ({"kind": ["log"]}, "kind: expected one word, or one per asset, 2, got 1"),
    ],
)
def test_bad_scenarios_are_refused(change, message):
    good = {"returns": [[0.1, 0.2]], "assets": ["BTC", "ETH"], "horizon": 1}
    with pytest.raises(InputError, match=message):
        q.Scenarios(**(good | change))


def test_prices_must_be_there_and_positive_for_log_moves():
    scenarios = q.Scenarios([[0.1, 0.2]], ["BTC", "ETH"], 1)
    with pytest.raises(InputError, match="prices: expected a price for ETH, got none"):
        scenarios.prices({"BTC": 1.0})
    with pytest.raises(InputError, match=r"prices\[ETH\]: expected a number above 0, got -1"):
        scenarios.prices({"BTC": 1.0, "ETH": -1.0})


def test_restrict_picks_and_orders_columns():
    scenarios = q.Scenarios([[0.1, 0.2]], ["BTC", "IV"], 1, kind=["log", "level"])
    picked = scenarios.restrict(["IV"])
    assert (picked.returns.tolist(), picked.kind) == ([[0.2]], ("level",))
    with pytest.raises(
        InputError, match="expected a column for USDC, got BTC, IV; add its returns"
    ):
        scenarios.restrict(["USDC"])


def test_historical_rows_are_overlapping_sums_labelled_by_their_last_date():
    scenarios = q.HistoricalScenarios().fit(history()).forecast(horizon=2)
    np.testing.assert_allclose(
        scenarios.returns, [[-0.01, -0.03], [0.01, -0.04], [0.08, -0.09]], atol=1e-15
    )
    assert scenarios.labels.tolist() == history().index[1:].tolist()
    assert scenarios.n_obs == 2


def test_the_window_takes_the_last_rows_and_rolls():
    fit = q.HistoricalScenarios(window=2).fit(history().iloc[:3])
    assert fit.forecast().returns[:, 0].tolist() == [-0.02, 0.03]
    moved = fit.update(history().iloc[3:][["ETH", "BTC"]])
    assert moved.forecast().returns[:, 0].tolist() == [0.03, 0.05]
    with pytest.raises(InputError, match="expected the columns BTC, ETH, got BTC"):
        fit.update(history().iloc[3:][["BTC"]])


def test_more_than_the_history_holds_is_refused():
    with pytest.raises(InsufficientDataError, match="window: expected at most the 4 returns"):
        q.HistoricalScenarios(window=5).fit(history())
    with pytest.raises(InsufficientDataError, match="horizon: expected at most the 4 returns"):
        q.HistoricalScenarios().fit(history()).forecast(horizon=5)
    with pytest.raises(InputError, match="window: expected a whole number"):
        q.HistoricalScenarios(window=0)


def test_undated_rows_have_no_date():
    scenarios = q.HistoricalScenarios().fit(history().reset_index(drop=True)).forecast()
    assert (scenarios.as_of, scenarios.period) == (None, None)


def test_closed_days_do_not_lengthen_the_period():
    days = pd.bdate_range("2024-03-01", periods=12)  # two weekends
    past = pd.DataFrame({"SP500": np.arange(12.0)}, index=days)
    assert q.HistoricalScenarios().fit(past).forecast(2).period == pd.Timedelta(days=1)
