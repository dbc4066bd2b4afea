from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quant.backtesting import Backtest, fz0_score, quantile_score
from quant.errors import InputError


def test_the_quantile_score_charges_a_breach_for_the_tail_and_prudence_for_the_rest():
    bt = Backtest.from_arrays(loss=[3.0, 1.0, 2.0], var=[2.0, 2.0, 2.0], level=0.99)
    assert quantile_score(bt) == pytest.approx([0.99, 0.01, 0.0])


def test_a_negative_var_is_scored():
    bt = Backtest.from_arrays(loss=[-1.0, -3.0], var=[-2.0, -2.0], level=0.9)
    assert quantile_score(bt) == pytest.approx([0.9, 0.1])


def test_fz0_refuses_an_es_of_zero_or_less_with_its_date():
    days = pd.date_range("2024-03-01", periods=2)
    bt = Backtest.from_arrays(
        loss=[0.0, 0.0], var=[-1.0, -1.0], es=[1.0, -0.5], level=0.9, dates=days
    )
    with pytest.raises(InputError, match=r"es: expected numbers above 0.*got -0.5 at 2024-03-02"):
        fz0_score(bt)


def test_fz0_needs_an_es():
    with pytest.raises(InputError, match="es: expected the ES forecasts, which fz0_score needs"):
        fz0_score(Backtest.from_arrays(loss=[0.0], var=[1.0], level=0.9))


def test_scores_are_one_number_per_loss_and_work_on_overlapping_losses():
    rng = np.random.default_rng(3)
    bt = Backtest.from_arrays(
        loss=rng.normal(size=50),
        var=np.full(50, 2.3),
        es=np.full(50, 2.7),
        level=0.99,
        horizon=10,
        step=1,
    )
    assert quantile_score(bt).shape == fz0_score(bt).shape == (50,)


@pytest.mark.parametrize("score", [quantile_score, fz0_score])
def test_the_true_pair_has_the_lowest_mean_score(score):
    # normal losses: VaR 1.645 and ES 2.063 at 95 %; each rival differs in one direction.
    # 200,000 losses leave the mean differences, 0.003 and more, above eight standard errors
    loss = np.random.default_rng(11).normal(size=200_000)

    def mean(var: float, es: float) -> float:
        full = np.ones(loss.size)
        bt = Backtest.from_arrays(loss=loss, var=var * full, es=es * full, level=0.95)
        return float(score(bt).mean())

    truth = mean(1.6449, 2.0627)
    rivals = [mean(1.2, 2.0627), mean(2.0, 2.0627)]
    if score is fz0_score:
        rivals += [mean(1.6449, 1.75), mean(1.6449, 2.5)]
    assert truth < min(rivals)
