"""Coverage tests and scores against figures that others computed (backtesting.json)."""

from __future__ import annotations

import json
from pathlib import Path

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

HERE = Path(__file__).parent
ORACLES = json.loads((HERE / "backtesting.json").read_text())
BMW = ORACLES["backtest.bmw"]["expected"]
LEVELS = {"95": 0.95, "975": 0.975, "99": 0.99}


def counted(trials: int, breaches: int, probability: float) -> Backtest:
    """Return a backtest with the breaches first."""
    loss = (np.arange(trials) < breaches).astype(float)
    return Backtest.from_arrays(loss=loss, var=np.full(trials, 0.5), level=1.0 - probability)


def sequence(n00: int, n01: int, n10: int, n11: int) -> Backtest:
    """Return breaches with the given transitions, for n01 = n10: quiet at both ends."""
    assert n01 == n10
    runs = [[1] * (n11 + 1)] + [[1]] * (n01 - 1)
    quiet = [[0] * (n00 + 1)] + [[0]] * (n01 - 1)
    days = [day for pair in zip(quiet, runs, strict=True) for part in pair for day in part] + [0]
    return Backtest.from_arrays(
        loss=np.array(days, dtype=float), var=np.full(len(days), 0.5), level=0.95
    )


def bmw(model: str) -> Backtest:
    table = pd.read_csv(HERE / "bmw_backtest_1000.csv", index_col="date", parse_dates=True)
    return Backtest.from_arrays(
        loss=-table["ret"],
        var=table[f"var_{model}"],
        es=table[f"es_{model}"],
        level=LEVELS[model.split("_")[1]],
    )


@pytest.mark.parametrize("model", sorted(BMW))
class TestBMW:
    def test_kupiec(self, model):
        result = kupiec(bmw(model))
        assert result.extras["breaches"] == BMW[model]["x"]
        assert result.statistic == pytest.approx(BMW[model]["LRpof"], abs=1e-7)
        assert result.pvalue == pytest.approx(BMW[model]["p_pof"], abs=1e-7)

    def test_one_sided_kupiec_is_the_binomial_tail(self, model):
        result = kupiec(bmw(model), alternative="under")
        assert result.extras["exact_pvalue"] == pytest.approx(BMW[model]["p_binom_upper"], abs=1e-9)

    def test_christoffersen(self, model):
        result = christoffersen(bmw(model))
        counts = [result.extras[name] for name in ("n00", "n01", "n10", "n11")]
        assert counts == BMW[model]["n00n01n10n11"]
        assert result.statistic == pytest.approx(BMW[model]["LRind"], abs=1e-7)

    def test_conditional_coverage(self, model):
        result = conditional_coverage(bmw(model))
        assert result.statistic == pytest.approx(BMW[model]["LRcc"], abs=1e-7)
        assert result.pvalue == pytest.approx(BMW[model]["p_cc"], abs=1e-7)

    def test_traffic_light(self, model):
        result = traffic_light(bmw(model))
        assert result.extras["cumulative_probability"] == pytest.approx(
            BMW[model]["traffic_cumprob"], abs=1e-9
        )
        assert result.pvalue == pytest.approx(BMW[model]["p_binom_upper"], abs=1e-9)

    def test_scores(self, model):
        bt = bmw(model)
        assert quantile_score(bt).mean() == pytest.approx(BMW[model]["tick_mean"], rel=1e-9)
        assert fz0_score(bt).mean() == pytest.approx(BMW[model]["FZ0_mean"], rel=1e-9)


@pytest.mark.parametrize("oracle, tolerance", [("matlab.var", 5e-5), ("matlab.var.exact", 1e-10)])
def test_matlab_documentation(oracle, tolerance):
    expected = ORACLES[oracle]["expected"]
    bt = sequence(932, 53, 53, 4)
    assert (bt.n_obs, bt.n_breaches) == (1043, 57)
    uncovered, linked, both = kupiec(bt), christoffersen(bt), conditional_coverage(bt)
    if oracle == "matlab.var":
        names = ("LRatioPOF", "PValuePOF", "LRatioCCI", "PValueCCI", "LRatioCC", "PValueCC")
    else:
        names = ("LRpof", "p", "LRcci", "p_cci", "LRcc", "p_cc")
        light = traffic_light(bt)
        assert light.extras["cumulative_probability"] == pytest.approx(
            expected["tl_cum"], rel=tolerance
        )
        assert light.pvalue == pytest.approx(expected["tl_typeI"], rel=tolerance)
    numbers = [*uncovered, *linked, *both]
    # "p" is the breach probability in one entry and a p-value in the other
    assert numbers == pytest.approx([expected[name] for name in names], rel=tolerance)


def test_six_of_154():  # R16, rugarch
    result = kupiec(counted(154, 6, 0.05))
    assert list(result) == pytest.approx([0.426, 0.514], abs=5e-4)


KUPIEC_CASES = [(250, 10, 0.01), (250, 4, 0.01), (250, 0, 0.01), (1000, 20, 0.01)]  # R17


@pytest.mark.parametrize("i", range(4))
def test_kupiec_cases(i):
    expected = ORACLES["R17"]["expected"][i]
    result = kupiec(counted(*KUPIEC_CASES[i]))
    assert list(result) == pytest.approx([expected["LR"], expected["p"]], rel=1e-8)


@pytest.mark.parametrize("name, region", sorted(ORACLES["kupiec.regions"]["expected"].items()))
def test_kupiec_non_rejection_region(name, region):
    _, trials, probability = name.split("_")
    trials, probability = int(trials[1:]), float(probability[1:])
    lowest, highest = region
    verdicts = {
        x: kupiec(counted(trials, x, probability)).pvalue < 0.05
        for x in (lowest - 1, lowest, highest, highest + 1)
    }
    assert verdicts == {lowest - 1: True, lowest: False, highest: False, highest + 1: True}


def test_christoffersen_by_hand():  # R19
    result = christoffersen(sequence(228, 9, 9, 3))
    assert list(result) == pytest.approx([6.16837477283, 0.0130054031881], rel=1e-8)


def test_traffic_light_cumulative_probabilities():  # R18
    for breaches, cumulative in ORACLES["R18"]["expected"].items():
        result = traffic_light(counted(250, int(breaches), 0.01))
        assert result.extras["cumulative_probability"] == pytest.approx(cumulative, abs=1e-8)


def test_basel_zones_and_multipliers():
    basel = ORACLES["traffic.basel"]["expected"]
    for breaches in range(16):
        result = traffic_light(counted(250, breaches, 0.01))
        zone = "green" if breaches <= 4 else "yellow" if breaches <= 9 else "red"
        row = "0-4" if breaches <= 4 else "10+" if breaches >= 10 else str(breaches)
        assert result.extras["zone"] == zone
        assert result.extras["multiplier_1996"] == basel["multiplier"][row]
        assert result.extras["multiplier_2019"] == basel["multiplier_2019"][row]
        expected = basel["probabilities"][str(breaches)]
        assert result.pvalue == pytest.approx(expected["sf_ge"], abs=1e-10)
        assert result.extras["cumulative_probability"] == pytest.approx(expected["cdf"], abs=1e-10)


@pytest.mark.parametrize("point", ORACLES["scores.points"]["expected"])
def test_scores_at_points(point):
    bt = Backtest.from_arrays(
        loss=[-point["y"]], var=[-point["v"]], es=[-point["e"]], level=1.0 - point["a"]
    )
    assert quantile_score(bt)[0] == pytest.approx(point["tick"], abs=1e-12)
    assert fz0_score(bt)[0] == pytest.approx(point["fz0"], abs=1e-12)
