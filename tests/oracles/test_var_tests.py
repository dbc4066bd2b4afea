"""Tests of VaR forecasts and of their whole law against figures of others (var_tests.json)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import chdtrc

from quant.backtesting import (
    Backtest,
    berkowitz,
    duration,
    dynamic_quantile,
    haas,
    kupiec,
    multinomial,
    time_until_first_failure,
)

HERE = Path(__file__).parent
ORACLES = json.loads((HERE / "var_tests.json").read_text())
BMW = ORACLES["backtest.bmw"]["expected"]
LEVELS = {"95": 0.95, "975": 0.975, "99": 0.99}


def bmw(model: str) -> Backtest:
    table = pd.read_csv(HERE / "bmw_backtest_1000.csv", index_col="date", parse_dates=True)
    law, digits = model.split("_")
    pit = f"pit_{law}"
    return Backtest.from_arrays(
        loss=-table["ret"],
        var=table[f"var_{model}"],
        level=LEVELS[digits],
        pit=1.0 - table[pit] if pit in table else None,
    )


@pytest.mark.parametrize("model", sorted(BMW))
class TestBMW:
    def test_time_until_first_failure(self, model):
        result = time_until_first_failure(bmw(model))
        assert result.extras["first_failure"] == BMW[model]["first_failure"]
        assert result.statistic == pytest.approx(BMW[model]["LRtuff"], abs=1e-7)

    def test_haas(self, model):
        mixed = haas(bmw(model), n_sims=99)
        gaps = haas(bmw(model), variant="independence", n_sims=99)
        assert list(gaps) == pytest.approx([BMW[model]["LRtbfi"], BMW[model]["p_tbfi"]], abs=1e-7)
        assert list(mixed) == pytest.approx([BMW[model]["LRtbf"], BMW[model]["p_tbf"]], abs=1e-7)
        assert gaps.dof == BMW[model]["df_tbfi"] == mixed.dof - 1


def first_at(day: int, trials: int, probability: float) -> Backtest:
    loss = (np.arange(1, trials + 1) == day).astype(float)
    return Backtest.from_arrays(loss=loss, var=np.full(trials, 0.5), level=1.0 - probability)


@pytest.mark.parametrize("oracle, tolerance", [("matlab.var", 5e-5), ("matlab.var.exact", 1e-10)])
def test_matlab_first_failure(oracle, tolerance):
    expected = ORACLES[oracle]["expected"]
    result = time_until_first_failure(first_at(58, 1043, 0.05))
    names = ("LRatioTUFF", "PValueTUFF") if oracle == "matlab.var" else ("LRtuff", "p_tuff")
    assert list(result) == pytest.approx([expected[name] for name in names], rel=tolerance)


def test_matlab_times_between_failures():
    printed = ORACLES["matlab.var"]["expected"]
    exact = ORACLES["matlab.var.exact"]["expected"]
    assert printed["LRatioTBF"] == pytest.approx(
        printed["LRatioTBFI"] + exact["LRpof"], abs=5e-4
    )  # five digits each
    assert chdtrc(58, 88.952) == pytest.approx(exact["p_tbf_of_88_952"], rel=1e-9)
    assert chdtrc(57, 88.491) == pytest.approx(exact["p_tbfi_of_88_491"], rel=1e-9)
    # any 57 breaches of 1043 have MATLAB's degrees of freedom and coverage part
    loss = np.isin(np.arange(1043), np.arange(57) * 18).astype(float)
    bt = Backtest.from_arrays(loss=loss, var=np.full(1043, 0.5), level=0.95)
    mixed, gaps = haas(bt, n_sims=99), haas(bt, variant="independence", n_sims=99)
    assert (mixed.dof, gaps.dof) == (printed["df_TBF"], printed["df_TBFI"])
    assert mixed.statistic - gaps.statistic == pytest.approx(exact["LRpof"], rel=1e-9)
    assert mixed.statistic - gaps.statistic == pytest.approx(kupiec(bt).statistic, rel=1e-12)


@pytest.mark.parametrize(
    "name, region", sorted(ORACLES["kupiec.regions"]["expected"].items()), ids=str
)
def test_first_failure_non_rejection_region(name, region):
    probability = float(name.rpartition("p")[2])
    lowest, highest = region
    verdicts = {
        day: time_until_first_failure(first_at(day, 600, probability)).pvalue < 0.05
        for day in (lowest - 1, lowest, highest, highest + 1)
    }
    assert verdicts == {lowest - 1: True, lowest: False, highest: False, highest + 1: True}


DQ = {"DQ_c_4lags_VaR": (4, "VaR"), "DQ_c_4lags": (4, "hits"), "DQ_c_1lag_VaR": (1, "VaR")}


@pytest.mark.parametrize("name", DQ)
@pytest.mark.parametrize("model", sorted(BMW))
def test_dynamic_quantile(model, name):
    lags, variant = DQ[name]
    result = dynamic_quantile(bmw(model), lags=lags, variant=variant, n_sims=9)
    statistic, dof, pvalue = BMW[model][name]
    assert list(result) == pytest.approx([statistic, pvalue], abs=1e-7)
    assert result.dof == dof
    # GAS regresses on the squared return of the day before too: one more degree of freedom
    if name == "DQ_c_4lags_VaR":
        assert result.statistic < BMW[model]["GAS_DQ4"][0]


@pytest.mark.parametrize("model", sorted(BMW))
def test_duration(model):
    # rugarch's maximum is a numerical one: its b has about six digits, the likelihood more
    expected = BMW[model]["VaRDur"]
    result = duration(bmw(model), n_sims=9)
    assert result.extras["b"] == pytest.approx(expected["b"], abs=1e-5)
    assert result.statistic == pytest.approx(2 * (expected["uLL"] - expected["rLL"]), abs=1e-7)
    assert result.pvalue == pytest.approx(expected["LRp"], abs=1e-7)


def test_duration_as_quoted():
    result = duration(bmw("n_975"), n_sims=9)
    assert result.extras["b"] == pytest.approx(0.953778, abs=5e-7)
    assert result.statistic == pytest.approx(0.098476, abs=5e-7)


MULTINOMIAL = sorted(name for name in ORACLES if name.startswith("backtest.multinomial"))


@pytest.mark.parametrize("name", MULTINOMIAL)
def test_multinomial(name):
    expected = ORACLES[name]["expected"]
    law, n = name.removeprefix("backtest.multinomial_").split("_N")
    bt = bmw(f"{law}_975")
    found = {
        variant: multinomial(bt, n_levels=int(n), variant=variant, n_sims=9)
        for variant in ("Pearson", "Nass", "LR")
    }
    assert list(found["Nass"].extras["cells"]) == expected["obs"]
    assert list(found["Pearson"]) == pytest.approx(
        [expected["pearson"], expected["p_pearson"]], abs=1e-8
    )
    assert list(found["Nass"]) == pytest.approx(
        [expected["nass_c"] * expected["pearson"], expected["p_nass"]], abs=1e-8
    )
    assert found["Nass"].extras["nass_dof"] == pytest.approx(expected["nass_nu"], abs=1e-8)
    assert list(found["LR"]) == pytest.approx([expected["LR"], expected["p_LR"]], abs=1e-8)


BERKOWITZ = ORACLES["backtest.berkowitz"]["expected"]


def test_berkowitz_with_the_exact_first_observation():
    # pit_n is of returns, ours of losses: mu changes its sign
    expected = BERKOWITZ["exact_full"]
    result = berkowitz(bmw("n_95"), n_sims=99)
    assert result.statistic == pytest.approx(expected["LR"], abs=1e-5)
    assert result.extras["mu"] == pytest.approx(-expected["mu"], abs=1e-5)
    assert result.extras["sigma"] == pytest.approx(expected["sigma"], abs=1e-5)
    assert result.extras["rho"] == pytest.approx(expected["rho"], abs=1e-5)


@pytest.mark.parametrize("law", ["n", "t"])
def test_berkowitz_given_the_first_observation(law):
    expected = BERKOWITZ["conditional_ml"][law]
    result = berkowitz(bmw(f"{law}_975"), first_observation="conditional", n_sims=99)
    assert result.statistic == pytest.approx(expected["LR"], abs=1e-5)
    assert result.extras["mu"] == pytest.approx(-expected["mu"], abs=1e-5)
    assert result.extras["sigma"] == pytest.approx(expected["sigma"], abs=1e-5)
    assert result.extras["rho"] == pytest.approx(expected["rho"], abs=1e-5)
    # rugarch takes its estimates from elsewhere: below the maximum
    assert 0.0 < result.statistic - BERKOWITZ["rugarch"][law]["LR"] < 0.005


@pytest.mark.parametrize("law", ["n", "t"])
def test_berkowitz_tail(law):
    table = pd.read_csv(HERE / "bmw_backtest_1000.csv", index_col="date", parse_dates=True)
    pit = 1.0 - table[f"pit_{law}"]
    bt = Backtest.from_arrays(loss=pit, var=pit * 0 + 0.95, level=0.95, pit=pit)
    result = berkowitz(bt, variant="tail", n_sims=99)
    mine, peer = BERKOWITZ[f"tail_{law}_05"], BERKOWITZ["rugarch"][f"{law}_tail05"]
    assert result.statistic == pytest.approx(mine["LR"], abs=1e-5)
    assert list(result) == pytest.approx([peer["LR"], peer["LRp"]], abs=1e-5)
    assert result.extras["mu"] == pytest.approx(-peer["mu"], abs=1e-4)
    assert result.extras["sigma"] == pytest.approx(peer["sigma"], abs=1e-4)
