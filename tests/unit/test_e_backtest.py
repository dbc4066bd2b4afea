"""Betting against forecasts: stakes, payoffs, wealth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from quant.backtesting import Backtest, e_backtest, fz0_score, quantile_score
from quant.backtesting import _payoffs as payoffs
from quant.backtesting._betting import best_stake, payoff, wealth
from quant.errors import InputError

LEVEL = 0.95


def varied(n: int = 150, seed: int = 1, **fields: object) -> Backtest:
    rng = np.random.default_rng(seed)
    var = 1.2 * rng.uniform(0.8, 1.2, n)
    return Backtest.from_arrays(
        loss=rng.standard_t(5, n), var=var, es=1.3 * var, level=LEVEL, **fields
    )


def best(past: np.ndarray) -> float:
    found = minimize_scalar(
        lambda s: -np.log(1 - s + s * past).mean(),
        bounds=(0, 0.5),
        method="bounded",
        options={"xatol": 1e-12},
    )
    return found.x


def naive(bt: Backtest, statistic, today: bool) -> np.ndarray:
    """The wealth by its definition, stakes by a library's optimiser."""
    m, process = 1.0, []
    for t, x in enumerate(bt.loss):
        past = np.array([statistic(t if today else s, bt.loss[s]) for s in range(t)])
        stake = 0.0
        if t:
            stake = best(past)
        m *= 1 - stake + stake * statistic(t, x)
        process.append(m)
    return np.array(process)


@pytest.mark.parametrize("measure", ["VaR", "ES"])
def test_the_process_is_the_definition(measure) -> None:
    bt = varied()

    def statistic(t: int, x: float) -> float:
        if measure == "VaR":
            return float(x > bt.var[t]) / 0.05
        return max(x - bt.var[t], 0.0) / (0.05 * (bt.es[t] - bt.var[t]))

    gree, grel = (naive(bt, statistic, today) for today in (False, True))
    for variant, expected in (("GREE", gree), ("GREL", grel), ("GREM", 0.5 * (gree + grel))):
        result = e_backtest(bt, variant=variant, measure=measure)
        np.testing.assert_allclose(result.extras["process"], expected, rtol=1e-6)
        assert result.statistic == max(1.0, result.extras["process"].max())
        assert result.pvalue == 1.0 / result.statistic == result.extras["exact_pvalue"]
    np.testing.assert_allclose(
        result.extras["e_statistics"], [statistic(t, x) for t, x in enumerate(bt.loss)]
    )


def test_es_is_tested_where_there_is_one() -> None:
    bt = varied()
    assert e_backtest(bt).extras["measure"] == "ES"
    alone = replace(bt, es=None)
    assert e_backtest(alone).extras["measure"] == "VaR"
    assert e_backtest(alone).statistic == e_backtest(bt, measure="VaR").statistic
    with pytest.raises(InputError, match="es: expected the ES forecasts, which e_backtest needs"):
        e_backtest(alone, measure="ES")


def test_a_stake_does_not_see_the_loss_it_is_on() -> None:
    bt = varied()
    later = bt.loss.copy()
    later[100:] = 50.0
    other = Backtest.from_arrays(loss=later, var=bt.var, es=bt.es, level=LEVEL)
    for variant in ("GREE", "GREL", "GREM"):
        one, two = (e_backtest(x, variant=variant).extras["process"] for x in (bt, other))
        np.testing.assert_array_equal(one[:100], two[:100])
        assert (one[100:] != two[100:]).all()
    table = payoffs.against_var(bt)
    stakes = [wealth(table, loss, 0.5, True)[1] for loss in (bt.loss, later)]
    np.testing.assert_array_equal(stakes[0][:101], stakes[1][:101])
    assert stakes[0][0] == 0.0


def test_a_day_whose_es_is_its_var_pays_nothing_or_everything() -> None:
    calm = varied(60)
    es = calm.es.copy()
    es[50] = calm.var[50]
    loss = calm.loss.copy()
    loss[50] = calm.var[50] - 0.1
    quiet = Backtest.from_arrays(loss=loss, var=calm.var, es=es, level=LEVEL)
    assert e_backtest(quiet).extras["e_statistics"][50] == 0.0
    loss[50] = calm.var[50] + 0.1
    broken = Backtest.from_arrays(loss=loss, var=calm.var, es=es, level=LEVEL)
    for variant in ("GREE", "GREL", "GREM"):
        result = e_backtest(broken, variant=variant)
        assert result.extras["e_statistics"][50] == np.inf
        assert not np.isnan(result.extras["process"]).any()
        assert (result.statistic, result.pvalue) == (np.inf, 0.0)


def test_alarms_are_the_first_dates() -> None:
    dates = pd.date_range("2024-01-01", periods=150)
    result = e_backtest(varied(dates=dates))
    process = result.extras["process"]
    for level in (2.0, 5.0, 10.0):
        assert result.extras["alarms"][level] == dates[np.argmax(process >= level)]
    prudent = e_backtest(Backtest.from_arrays(loss=[0.0] * 9, var=[1.0] * 9, level=LEVEL))
    assert prudent.extras["alarms"] == {2.0: None, 5.0: None, 10.0: None}
    assert tuple(prudent) == (1.0, 1.0)


def test_the_best_stake_solves_its_equation() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        e = rng.exponential(rng.choice([0.5, 3.0, 30.0]), size=8)
        zeros = int(rng.integers(0, 100))
        stake = best_stake(e, 8, zeros, 0.5, 0.0)
        every = np.concatenate((e, np.zeros(zeros)))
        grid = np.linspace(0.0, 0.5, 4001)
        growth = np.log1p(grid[:, None] * (every - 1.0)).sum(axis=1)
        own = np.log1p(stake * (every - 1.0)).sum()
        assert own >= growth.max() - 1e-9
    assert best_stake(np.array([0.5]), 1, 0, 0.5, 0.1) == 0.0
    assert best_stake(np.array([1e300]), 1, 3, 0.5, 0.1) == pytest.approx(0.25)


class TestComparative:
    def rivals(self) -> tuple[Backtest, Backtest]:
        bt = varied(300)
        other = Backtest.from_arrays(loss=bt.loss, var=1.5 * bt.var, es=1.7 * bt.es, level=LEVEL)
        return bt, other

    @pytest.mark.parametrize("measure", ["VaR", "ES"])
    def test_the_worse_forecast_is_found_and_only_it(self, measure) -> None:
        bt, other = self.rivals()
        score = quantile_score if measure == "VaR" else fz0_score
        assert score(bt).mean() > score(other).mean()
        assert e_backtest(bt, against=other, measure=measure).rejected(0.01)
        assert not e_backtest(other, against=bt, measure=measure).rejected(0.5)

    def test_e_statistics_are_scores_in_units_of_the_worst_difference(self) -> None:
        bt, other = self.rivals()
        x = np.linspace(-10.0, 400.0, 4001)
        for table, score in (
            (payoffs.against_better_var(bt, other), quantile_score),
            (payoffs.against_better_es(bt, other), fz0_score),
        ):
            for t in range(0, 300, 50):
                found = np.array([payoff(table[t], y) for y in x])
                assert found.min() >= 0.0
                assert found.min() == pytest.approx(0.0, abs=0.02)  # the bound is attained
                pair = [
                    score(
                        Backtest.from_arrays(
                            loss=x,
                            var=np.full(4001, b.var[t]),
                            es=np.full(4001, b.es[t]),
                            level=LEVEL,
                        )
                    )
                    for b in (bt, other)
                ]
                difference = pair[0] - pair[1]
                np.testing.assert_allclose(
                    found, 1.0 + difference / -difference.min(), atol=0.02 * found.max()
                )

    def test_nothing_is_staked_where_a_loss_could_cost_without_limit(self) -> None:
        bt, other = self.rivals()
        result = e_backtest(other, against=bt)  # its ES is above the rival's every day
        np.testing.assert_array_equal(result.extras["e_statistics"], 1.0)

    def test_the_same_forecast_wins_nothing(self) -> None:
        bt = varied()
        for measure in ("VaR", "ES"):
            assert e_backtest(bt, against=bt, measure=measure).statistic == pytest.approx(1.0)

    def test_other_losses_are_refused(self) -> None:
        with pytest.raises(InputError, match="against: expected forecasts for the same 150 losses"):
            e_backtest(varied(), against=varied(seed=2))


def test_overlapping_losses_are_bet_on_in_subsamples() -> None:
    bt = varied(horizon=3, step=1)
    result = e_backtest(bt)
    parts = [e_backtest(bt.thinned(i)) for i in range(3)]
    for i, part in enumerate(parts):
        np.testing.assert_array_equal(result.extras["process"][i::3], part.extras["process"])
    assert result.pvalue == min(1.0, 2.0 * np.mean([part.pvalue for part in parts]))


def test_a_wealth_beyond_all_numbers_is_infinite() -> None:
    bt = Backtest.from_arrays(loss=np.ones(900), var=np.zeros(900), level=LEVEL)
    for variant in ("GREE", "GREL", "GREM"):
        assert tuple(e_backtest(bt, variant=variant)) == (np.inf, 0.0)


def test_the_null_says_what_a_rejection_rejects() -> None:
    assert "the VaR not too high" in e_backtest(varied()).null
    # an ES that is right under a VaR .3 too high: the mean of e is 2.1 (METHODS C3b)
    z = np.random.default_rng(0).normal(size=2_000_000)
    e = np.maximum(z - 2.259964, 0.0) / (0.025 * (2.337803 - 2.259964))
    assert e.mean() == pytest.approx(2.1, abs=0.1)


def test_the_running_pvalue_is_that_of_the_history_so_far() -> None:
    rng = np.random.default_rng(8)
    loss = rng.standard_t(3, 300)
    for horizon in (1, 3):
        bt = Backtest.from_arrays(loss=loss, var=np.ones(300), level=0.95, horizon=horizon, step=1)
        running = e_backtest(bt).extras["running_pvalue"]
        assert running[-1] == pytest.approx(e_backtest(bt).pvalue, rel=1e-12)
        assert (np.diff(running) <= 0.0).all()
        early = Backtest.from_arrays(
            loss=loss[:99], var=np.ones(99), level=0.95, horizon=horizon, step=1
        )
        assert running[98] == pytest.approx(e_backtest(early).pvalue, rel=1e-12)


def test_an_alarm_of_one_subsample_alone_is_not_one() -> None:
    # every fourth loss breaches: one of four subsamples wins every day, the others lose
    loss = (np.arange(200) % 4 == 0).astype(float)
    bt = Backtest.from_arrays(loss=loss, var=np.full(200, 0.5), level=0.9, horizon=4, step=1)
    extras = e_backtest(bt).extras
    assert (extras["process"] >= 1e6).any()
    assert extras["alarms"] == {2.0: None, 5.0: None, 10.0: None}
