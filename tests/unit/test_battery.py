from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

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
