"""Tests of expected shortfall and comparisons against figures others computed (es_tests.json)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from quant.backtesting import (
    Backtest,
    acerbi_szekely_z1,
    acerbi_szekely_z2,
    costanzino_curran,
    diebold_mariano,
    du_escanciano,
    mcneil_frey,
    nolde_ziegel,
    ridge_es,
)
from quant.backtesting._breach_sample import breach_sample
from quant.backtesting._severities import severities
from quant.backtesting._severity_law import severity_at_most
from quant.backtesting._tail_law import TailLaw
from quant.distributions import Normal, StudentT

HERE = Path(__file__).parent
ORACLES = json.loads((HERE / "es_tests.json").read_text())
BMW = ORACLES["backtest.bmw"]["expected"]
LEVELS = {"95": 0.95, "975": 0.975, "99": 0.99}
EXACT = 1e-7  # the tolerance of backtest.bmw


def table() -> pd.DataFrame:
    return pd.read_csv(HERE / "bmw_backtest_1000.csv", index_col="date", parse_dates=True)


def bmw(model: str) -> Backtest:
    data = table()
    law = model.split("_")[0]
    return Backtest.from_arrays(
        loss=-data["ret"],
        var=data[f"var_{model}"],
        es=data[f"es_{model}"],
        # the file has the distribution function of the return
        pit=None if law == "hs" else 1.0 - data[f"pit_{law}"],
        level=LEVELS[model.split("_")[1]],
    )


@pytest.mark.parametrize("model", sorted(BMW))
class TestBMW:
    def test_acerbi_szekely(self, model):
        expected, bt = BMW[model], bmw(model)
        found = [
            acerbi_szekely_z1(bt, n_sims=99).statistic,
            acerbi_szekely_z2(bt, n_sims=99).statistic,
            ridge_es(bt, n_sims=99).statistic,
            ridge_es(bt, variant="absolute", n_sims=99).statistic,
        ]
        names = ("Z1", "Z2", "Zridge_rel", "Zridge_abs")
        assert found == pytest.approx([expected[name] for name in names], abs=EXACT)

    def test_mcneil_frey(self, model):
        expected = BMW[model]
        result = mcneil_frey(bmw(model), sigma=table()["sigma"])
        assert result.extras["mean_residual"] == pytest.approx(
            expected["MF_mean_std_resid"], abs=EXACT
        )
        assert result.extras["t"] == pytest.approx(expected["MF_t"], abs=EXACT)
        assert result.statistic == -result.extras["t"]  # DESIGN: negative for underestimation
        # esback centres t over its resamples, and not the residuals; its 1000 resamples are noise
        assert result.extras["recentred_pvalue"] == pytest.approx(
            expected["er_onesided_standardized"], abs=0.02
        )

    def test_nolde_ziegel(self, model):
        expected, bt = BMW[model], bmw(model)
        simple = nolde_ziegel(bt, n_sims=99)
        general = nolde_ziegel(bt, variant="general", sigma=table()["sigma"], n_sims=99)
        for result, name in ((simple, "simple"), (general, "general")):
            wanted = [expected[f"NZ_{name}_T"], expected[f"NZ_{name}_p"]]
            assert list(result) == pytest.approx(wanted, abs=EXACT)
            assert result.extras["onesided_pvalue"] == pytest.approx(
                expected[f"cc_onesided_{name}"], abs=EXACT
            )


@pytest.mark.parametrize("model", sorted(m for m in BMW if not m.startswith("hs")))
def test_du_escanciano(model):
    expected, bt = BMW[model], bmw(model)
    mean = du_escanciano(bt)
    assert mean.extras["u"] == pytest.approx(expected["DE_U"], abs=EXACT)
    assert mean.extras["mean_violation"] == pytest.approx(expected["DE_mean"], abs=EXACT)
    assert mean.pvalue == pytest.approx(expected["DE_U_p2"], abs=EXACT)
    for lags in (1, 5):
        memory = du_escanciano(bt, variant="conditional", lags=lags, n_sims=99)
        wanted = [expected[f"DE_C{lags}"], expected[f"DE_C{lags}_p"]]
        assert list(memory) == pytest.approx(wanted, abs=EXACT)
    light = costanzino_curran(bt)
    assert light.statistic == pytest.approx(1000 * expected["DE_mean"], abs=1e-4)


def test_costanzino_curran_points():
    expected = ORACLES["cc.es"]["expected"]
    for level, name in ((0.95, "crit95_exact"), (0.9999, "crit9999_exact")):
        assert severity_at_most(expected[name], 250, 0.025) == pytest.approx(level, abs=1e-9)
    pit = np.full(250, 0.5)
    pit[:6] = 1.0 - 0.025 * (1.0 - expected["crit95_normal"] / 6.0)
    bt = Backtest.from_arrays(loss=np.zeros(250), var=np.ones(250), pit=pit, level=0.975)
    light = costanzino_curran(bt)
    assert light.extras["expected"] == pytest.approx(expected["mean"])
    assert light.pvalue == pytest.approx(0.05, abs=1e-9)  # the normal limit is its own 95 % point
    assert light.extras["exact_pvalue"] > 0.05


@pytest.mark.parametrize("name", [n for n in ORACLES["as.critical"]["expected"] if n[0] == "A"])
def test_acerbi_szekely_critical_values(name):
    expected = ORACLES["as.critical"]["expected"][name]
    _, days, tail, law = name.split("_")
    n, p = int(days[1:]), float(tail[1:])
    unit = TailLaw(Normal() if law == "normal" else StudentT(float(law[1:])), 1.0 - p)
    flat = np.ones(n)
    bt = Backtest.from_arrays(loss=0 * flat, var=unit.var * flat, es=unit.es * flat, level=1.0 - p)
    null = severities(bt, bt.es, 200_000, 1)
    breach_sample.cache_clear()  # samples of this size are not worth keeping
    z1 = 1.0 - null.losses / np.maximum(null.counts, 1.0)
    z2 = 1.0 - null.losses / (n * p)
    ridge = null.tail_share - null.excesses / (n * p)
    loose = 2.0 if law == "t3" else 1.0  # the stated tolerance, at their number of paths
    for draws, wanted in ((z1, "Z1"), (z2, "Z2"), (ridge, "Zridge_rel")):
        found = np.quantile(draws, [0.01, 0.05, 0.10])
        assert abs(found[1:] - expected[wanted][2:]).max() < 0.015
        assert abs(found[0] - expected[wanted][1]) < 0.03 * loose
    exact = ORACLES["as.critical"]["expected"].get(f"sdZ2_exact_T{n}_a{p}", {}).get(law)
    if exact is not None:
        second = unit.second_moment / unit.es**2 / p
        assert np.sqrt((second - 1.0) / n) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("case, breaches, size", [("a", 10, 1.2), ("b", 10, 1.0), ("c", 20, 1.0)])
def test_z2_by_hand(case, breaches, size):  # R20
    loss = np.where(np.arange(1000) < breaches, size, 0.0)
    bt = Backtest.from_arrays(loss=loss, var=np.full(1000, 0.9), es=np.ones(1000), level=0.99)
    result = acerbi_szekely_z2(bt, n_sims=99)
    assert result.statistic == pytest.approx(ORACLES["R20"]["expected"][case], abs=1e-12)


def test_diebold_mariano():
    expected = ORACLES["backtest.dm"]["expected"]
    d = np.array([0.3, -0.1, 0.2, 0.4, -0.2, 0.1, 0.5, 0.0, -0.3, 0.25])
    first = Backtest.from_arrays(loss=np.zeros(10), var=d, level=0.9)
    second = Backtest.from_arrays(loss=np.zeros(10), var=np.zeros(10), level=0.9)
    result = diebold_mariano(first, second, score=lambda bt: bt.var, horizon=2)
    assert list(result) == pytest.approx([expected["hln"], expected["p"]], abs=1e-10)
    assert result.extras["dm"] == pytest.approx(expected["dm"], abs=1e-10)


@pytest.mark.parametrize("horizon", [1, 10])
def test_diebold_mariano_of_forecasts(horizon):
    expected = ORACLES["backtest.dm.bmw"]["expected"][f"dm_n_hs_h{horizon}"]
    data = table()
    first, second = (
        Backtest.from_arrays(loss=-data["ret"], var=data[f"var_{m}_975"], level=0.975)
        for m in ("n", "hs")
    )
    result = diebold_mariano(first, second, horizon=horizon)
    assert list(result) == pytest.approx([expected["stat"], expected["p"]], abs=1e-8)
    expected = ORACLES["backtest.dm.bmw"]["expected"][f"dm_n_hs_bartlett_h{horizon}"]
    result = diebold_mariano(first, second, horizon=horizon, weights="Bartlett")
    assert list(result) == pytest.approx([expected["stat"], expected["p"]], abs=1e-8)
