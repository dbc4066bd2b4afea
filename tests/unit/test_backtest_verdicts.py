"""A verdict must depend on the forecast: on its size, its sign and its day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quant.backtesting import (
    Backtest,
    christoffersen,
    conditional_coverage,
    fz0_score,
    kupiec,
    quantile_score,
    traffic_light,
)

LEVEL = 0.95
SIGNIFICANCE = 0.001  # the right forecast fails once in a thousand seeds, the wrong ones always
VAR, ES = 1.6448536269514722, 2.0627128075074257  # of a standard normal loss


def history() -> pd.DataFrame:
    """Normal losses whose volatility jumps between 1 and 5, each forecast known and right."""
    rng = np.random.default_rng(20240301)
    sigma = rng.choice([1.0, 5.0], size=1000)
    dates = pd.date_range("2021-01-01", periods=sigma.size)
    loss = sigma * rng.normal(size=sigma.size)
    return pd.DataFrame({"loss": loss, "var": VAR * sigma, "es": ES * sigma}, index=dates)


def right() -> Backtest:
    table = history()
    return Backtest.from_arrays(loss=table["loss"], var=table["var"], es=table["es"], level=LEVEL)


def noise() -> Backtest:
    table = history()
    var = np.abs(np.random.default_rng(5).normal(size=len(table)))
    return Backtest.from_arrays(loss=table["loss"], var=var, es=var + 0.1, level=LEVEL)


def flipped() -> Backtest:
    table = history()
    return Backtest.from_arrays(loss=table["loss"], var=-table["es"], es=-table["var"], level=LEVEL)


def shifted() -> Backtest:
    table = history()
    late = table[["var", "es"]].shift(1).iloc[1:]
    return Backtest.from_arrays(
        loss=table["loss"].iloc[1:], var=late["var"], es=late["es"], level=LEVEL
    )


def tail_read_from_the_wrong_end() -> Backtest:
    table = history()
    return Backtest.from_arrays(
        loss=table["loss"], var=table["var"], es=table["es"], level=1.0 - LEVEL
    )


WRONG = [noise, flipped, shifted, tail_read_from_the_wrong_end]


def test_the_right_forecast_passes():
    for test in (kupiec, christoffersen, conditional_coverage):
        assert not test(right()).rejected(SIGNIFICANCE)
        assert test(right()).extras["exact_pvalue"] > SIGNIFICANCE
    assert traffic_light(right()).extras["zone"] == "green"


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_forecast_fails(wrong):
    for test in (kupiec, conditional_coverage):
        assert test(wrong()).rejected(SIGNIFICANCE)
        assert test(wrong()).extras["exact_pvalue"] < SIGNIFICANCE
    if wrong is tail_read_from_the_wrong_end:
        assert kupiec(wrong(), alternative="over").rejected(SIGNIFICANCE)
    else:
        assert traffic_light(wrong()).extras["zone"] == "red"


@pytest.mark.parametrize("wrong", [noise, shifted])
@pytest.mark.parametrize("score", [quantile_score, fz0_score])
def test_a_wrong_forecast_scores_worse(wrong, score):
    assert score(right()).mean() < score(wrong()).mean() - 0.05


def test_losses_that_cluster_fail_independence_whatever_their_number():
    table = history()
    calm_first = np.sort(table["loss"].to_numpy())
    bt = Backtest.from_arrays(loss=calm_first, var=table["var"].to_numpy(), level=LEVEL)
    assert christoffersen(bt).rejected(SIGNIFICANCE)
