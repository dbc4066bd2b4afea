from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.backtesting import (
    Backtest,
    berkowitz,
    christoffersen,
    conditional_coverage,
    duration,
    dynamic_quantile,
    fz0_score,
    haas,
    kupiec,
    multinomial,
    quantile_score,
    time_until_first_failure,
    traffic_light,
)

levels = st.sampled_from([0.5, 0.9, 0.95, 0.975, 0.99, 0.999])
breach_rows = st.lists(st.booleans(), min_size=2, max_size=120)


def of(row: list[bool], level: float) -> Backtest:
    return Backtest.from_arrays(loss=np.array(row, float), var=np.full(len(row), 0.5), level=level)


@given(breach_rows, levels)
def test_every_pvalue_is_a_probability(row, level):
    bt = of(row, level)
    sides = [kupiec(bt, alternative=side) for side in ("two-sided", "under", "over")]
    for result in [*sides, christoffersen(bt), conditional_coverage(bt), traffic_light(bt)]:
        assert 0.0 <= result.pvalue <= 1.0
        assert result.statistic >= 0.0
        assert 0.0 <= result.extras.get("exact_pvalue", 0.5) <= 1.0


@given(breach_rows, levels, st.sampled_from(["two-sided", "under", "over"]))
def test_every_simulated_pvalue_is_a_probability(row, level, side):
    bt = of(row, level)
    options = {"alternative": side, "n_sims": 19}
    results = [haas(bt, **options), haas(bt, variant="independence", **options)]
    results += [duration(bt, variant=v, **options) for v in ("Weibull", "geometric")]
    results.append(time_until_first_failure(bt, alternative=side))
    if len(row) >= 5:
        results.append(dynamic_quantile(bt, lags=1, **options))
    for result in results:
        assert np.isfinite(result.statistic)
        assert result.statistic >= 0.0
        assert 0.0 <= result.pvalue <= 1.0
        assert 0.0 < result.extras["exact_pvalue"] <= 1.0
        assert 0.0 <= result.extras["randomised_pvalue"] <= 1.0


@given(st.lists(st.floats(0, 1), min_size=5, max_size=60), levels)
def test_any_pit_has_an_answer(pits, level):
    pit = np.array(pits)
    bt = Backtest.from_arrays(loss=pit, var=np.full(pit.size, level), level=level, pit=pit)
    results = [multinomial(bt, n_sims=19, variant=v) for v in ("Nass", "Pearson", "LR")]
    results.append(berkowitz(bt, variant="tail", n_sims=19))
    if np.ptp(pit) > 1e-6:
        results.append(berkowitz(bt, n_sims=19))
        results.append(berkowitz(bt, first_observation="conditional", n_sims=19))
    for result in results:
        assert np.isfinite(result.statistic)
        assert 0.0 <= result.pvalue <= 1.0
        assert 0.0 < result.extras["exact_pvalue"] <= 1.0


@given(breach_rows, levels)
def test_order_matters_to_independence_only(row, level):
    bt, ordered = of(row, level), of(sorted(row), level)
    assert tuple(kupiec(bt)) == tuple(kupiec(ordered))
    assert tuple(traffic_light(bt)) == tuple(traffic_light(ordered))


@given(breach_rows, levels)
def test_time_may_run_backwards(row, level):
    there, back = christoffersen(of(row, level)), christoffersen(of(row[::-1], level))
    assert back.extras["n01"] == there.extras["n10"]
    assert back.extras["n11"] == there.extras["n11"]


@given(breach_rows, levels)
def test_exact_one_sided_tails_overlap_in_the_observed_count(row, level):
    bt = of(row, level)
    under = kupiec(bt, alternative="under").extras["exact_pvalue"]
    over = kupiec(bt, alternative="over").extras["exact_pvalue"]
    assert under + over >= 1.0 - 1e-12
    assert under == traffic_light(bt).pvalue


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=50),
    st.floats(-2, 2),
    st.sampled_from([0.1, 2.0, 1024.0]),
    levels,
)
def test_scores_follow_the_unit_of_the_losses(losses, var, scale, level):
    loss, full = np.array(losses), np.ones(len(losses))
    es = abs(var) + 0.5

    def at(unit: float) -> Backtest:
        return Backtest.from_arrays(
            loss=unit * loss, var=unit * var * full, es=unit * es * full, level=level
        )

    assert (quantile_score(at(1.0)) >= 0.0).all()
    assert quantile_score(at(scale)) == pytest.approx(scale * quantile_score(at(1.0)), abs=1e-9)
    assert fz0_score(at(scale)) == pytest.approx(
        fz0_score(at(1.0)) + np.log(scale), rel=1e-9, abs=1e-9
    )
