"""What a test refuses before it reads, and what it answers besides its p-values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import quant as q
from quant.errors import InputError

VAR_TESTS = (
    q.kupiec,
    q.time_until_first_failure,
    q.christoffersen,
    q.conditional_coverage,
    q.haas,
    q.dynamic_quantile,
    q.duration,
    q.traffic_light,
)
PIT_TESTS = (q.berkowitz, q.multinomial, q.du_escanciano, q.costanzino_curran)
ES_TESTS = (
    q.mcneil_frey,
    q.acerbi_szekely_z1,
    q.acerbi_szekely_z2,
    q.acerbi_szekely_z3,
    q.ridge_es,
    q.nolde_ziegel,
)
OTHERS = (q.e_backtest, q.esr, q.battery, q.quantile_score, q.fz0_score)


def normal(n_obs: int, **fields: object) -> q.Backtest:
    law = q.Normal()
    loss = law.rvs(n_obs, seed=4)
    return q.Backtest.from_arrays(
        loss=loss,
        var=np.full(n_obs, law.ppf(0.95)),
        es=np.full(n_obs, law.tail_mean(0.95)),
        pit=law.cdf(loss),
        level=0.95,
        **fields,
    )


@pytest.mark.parametrize("test", VAR_TESTS + PIT_TESTS + ES_TESTS + OTHERS)
@pytest.mark.parametrize("given", [3, None, np.zeros(3)], ids=["number", "none", "array"])
def test_anything_but_a_backtest_is_refused(test, given) -> None:
    with pytest.raises(InputError, match=f"bt: expected a Backtest, which {test.__name__} reads"):
        test(given)


def test_comparisons_refuse_anything_but_backtests() -> None:
    with pytest.raises(InputError, match="expected a Backtest"):
        q.diebold_mariano(3, normal(10))
    for compare in (q.murphy_diagram, q.model_confidence_set):
        with pytest.raises(InputError, match="forecasts: expected a mapping of names"):
            compare(3)
        with pytest.raises(InputError, match="expected a Backtest"):
            compare({"ours": normal(10), "theirs": 3})


@pytest.mark.parametrize("test", VAR_TESTS + PIT_TESTS + ES_TESTS + (q.battery,))
@pytest.mark.parametrize("seed", [-1, 0.5])
def test_a_seed_is_a_whole_number_of_at_least_0(test, seed) -> None:
    with pytest.raises(InputError, match="seed: expected a whole number of at least 0"):
        test(normal(30, laws=[q.Normal()] * 30), seed=seed)


@pytest.mark.parametrize(
    "test", (q.kupiec, q.time_until_first_failure, q.traffic_light, q.ridge_es, q.e_backtest)
)
def test_fewer_losses_than_share_a_period_are_still_one_sample_each(test) -> None:
    result = test(normal(3, horizon=10, step=1))
    assert result.extras["subsamples"] == 3
    assert 0.0 < result.pvalue <= 1.0


def test_breaches_are_counted_over_all_subsamples() -> None:
    bt = normal(300, horizon=3, step=1)
    for test in (q.kupiec, q.conditional_coverage, q.acerbi_szekely_z2):
        assert test(bt).extras["breaches"] == bt.n_breaches > 0


def test_a_single_loss_in_cells_all_alike_says_nothing() -> None:
    bt = q.Backtest.from_arrays(loss=[0.1], var=[0.0], pit=[0.6], level=0.2)
    result = q.multinomial(bt)
    assert result.statistic == pytest.approx(4.0)  # whatever the cell
    assert result.extras["exact_pvalue"] == 1.0


def test_kupiec_reports_the_score_of_the_binomial_test() -> None:
    bt = q.Backtest.from_arrays(loss=np.arange(1043) < 57, var=np.full(1043, 0.5), level=0.95)
    assert q.kupiec(bt).extras["z"] == pytest.approx(0.689053240665, abs=1e-10)  # matlab.var.exact


def test_costanzino_curran_reports_the_score_that_its_normal_limit_reads() -> None:
    light = q.costanzino_curran(normal(400))
    assert light.pvalue == pytest.approx(stats.norm.sf(light.extras["z"]), abs=1e-14)
    assert light.extras["z"] == pytest.approx(q.du_escanciano(normal(400)).extras["u"], abs=1e-12)


def test_critical_values_are_where_the_verdict_turns() -> None:
    bt = normal(250)
    for test in (q.acerbi_szekely_z1, q.acerbi_szekely_z2, q.ridge_es):
        result = test(bt)
        for size, critical in result.extras["critical_values"].items():
            assert (result.statistic < critical) == (result.extras["exact_pvalue"] < size)


def test_z2_reports_its_table_of_critical_values() -> None:
    # as.critical, T 250 at 97.5 %, normal: sdZ2_exact and the 10, 5 and 1 % quantiles
    law = q.Normal()
    var, es = np.full(250, law.ppf(0.975)), np.full(250, law.tail_mean(0.975))
    bt = q.Backtest.from_arrays(loss=np.zeros(250), var=var, es=es, level=0.975)
    extras = q.acerbi_szekely_z2(bt, n_sims=100_000).extras
    assert extras["standard_deviation"] == pytest.approx(0.3992694337679132, abs=1e-9)
    assert extras["critical_values"][0.05] == pytest.approx(-0.70, abs=0.02)


def test_two_residuals_are_not_taken_for_certainty() -> None:
    # of the four resamples of two residuals one is twice the larger: as far from 0 as can be
    loss = np.zeros(100)
    loss[:2] = (1.1, 1.2)
    bt = q.Backtest.from_arrays(loss=loss, var=np.full(100, 0.8), es=np.ones(100), level=0.975)
    result = q.mcneil_frey(bt)
    assert result.extras["t"] == pytest.approx(3.0)
    assert result.pvalue == pytest.approx(0.25, abs=0.02)


def test_three_residuals_drawn_alike_do_not_move_the_centre_of_the_others() -> None:
    loss = np.zeros(100)
    loss[:3] = (1.1, 1.3, 0.85)
    bt = q.Backtest.from_arrays(loss=loss, var=np.full(100, 0.8), es=np.ones(100), level=0.975)
    assert 0.1 < q.mcneil_frey(bt).extras["recentred_pvalue"] < 0.7
