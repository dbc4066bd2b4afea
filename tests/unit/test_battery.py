from __future__ import annotations

import inspect

import numpy as np
import pytest
from scipy.special import ndtr

import quant.backtesting as package
from quant.backtesting import Backtest, battery, dynamic_quantile, kupiec
from quant.errors import InputError

VAR = 1.6448536269514722


def of(loss: np.ndarray, pit: bool = True, **fields: object) -> Backtest:
    return Backtest.from_arrays(
        loss=loss,
        var=np.full(loss.size, VAR),
        level=0.95,
        pit=ndtr(loss) if pit else None,
        **fields,
    )


LOSS = np.random.default_rng(11).normal(size=500)


def test_a_right_model_passes_and_a_wrong_one_fails():
    assert len(battery(of(LOSS)).rejected) <= 1
    wrong = battery(of(1.6 * LOSS))
    assert {"kupiec", "conditional_coverage", "haas", "traffic_light", "berkowitz"} < set(
        wrong.rejected
    )


def test_each_row_is_what_the_test_says_alone():
    verdicts = battery(of(LOSS), alternative="under", n_sims=500, seed=3)
    alone = dynamic_quantile(of(LOSS), alternative="under", n_sims=500, seed=3)
    assert verdicts["dynamic_quantile"].extras == alone.extras
    assert tuple(verdicts["kupiec"]) == tuple(kupiec(of(LOSS), alternative="under"))
    row = verdicts.to_frame().loc["dynamic_quantile"]
    assert row["exact_pvalue"] == alone.extras["exact_pvalue"]
    assert row["pvalue"] == alone.pvalue
    assert row["null"] == alone.null
    assert row["verdict"] == "not rejected"


def test_what_cannot_run_says_why():
    verdicts = battery(of(LOSS[:8], pit=False))
    table = verdicts.to_frame()
    assert table.loc["berkowitz", "reason"] == "needs pit"
    assert "at least 11 losses" in table.loc["dynamic_quantile", "reason"]
    assert (table.loc[["berkowitz", "dynamic_quantile"], "verdict"] == "not run").all()
    assert table["statistic"].isna().sum() == len(verdicts.not_run)
    assert {row.name for row in verdicts.not_run}.isdisjoint(name for name, _ in verdicts.results)


def test_the_tests_of_expected_shortfall_join_where_there_is_one():
    bt = Backtest.from_arrays(
        loss=LOSS, var=np.full(500, VAR), es=np.full(500, 2.0627), level=0.95, pit=ndtr(LOSS)
    )
    ran = {name for name, _ in battery(bt, n_sims=99).results}
    more = ran - {name for name, _ in battery(of(LOSS), n_sims=99).results}
    assert more >= {"acerbi_szekely_z1", "acerbi_szekely_z2", "ridge_es", "nolde_ziegel"}
    assert battery(bt, n_sims=99).to_frame().loc["acerbi_szekely_z3", "reason"] == "needs laws"


def test_every_published_test_of_one_backtest_is_in_it():
    published = {
        name
        for name in package.__all__
        if inspect.isfunction(getattr(package, name))
        and inspect.signature(getattr(package, name)).return_annotation == "TestResult"
    }
    verdicts = battery(of(LOSS, pit=False), n_sims=9)
    listed = {name.partition(",")[0] for name in verdicts.to_frame().index}
    assert listed == published - {"diebold_mariano"}


def test_it_prints():
    verdicts = battery(of(LOSS, pit=False), n_sims=99)
    printed = repr(verdicts)
    assert printed.startswith(f"{len(verdicts.rejected)} of {len(verdicts.results)} tests reject")
    assert "not run: multinomial: needs pit" in printed
    assert all(name in printed for name, _ in verdicts.results)
    assert verdicts._repr_html_().count("<tr") >= len(verdicts.results) + 1


def test_overlapping_losses_run_too():
    verdicts = battery(of(LOSS, horizon=2, step=1), n_sims=99)
    assert all(test.extras["subsamples"] == 2 for _, test in verdicts.results)


def test_an_unknown_alternative_is_refused():
    with pytest.raises(InputError, match="alternative: expected one of"):
        battery(of(LOSS), alternative="less")
    with pytest.raises(InputError, match="significance: expected a number in"):
        battery(of(LOSS), significance=5)
