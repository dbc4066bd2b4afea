from __future__ import annotations

import numpy as np
import pytest

from quant.backtesting import Backtest, dynamic_quantile
from quant.errors import InputError, InsufficientDataError


def of(breaches: object, level: float = 0.95, var: object = None, **fields: object) -> Backtest:
    hits = np.asarray(breaches, dtype=float)
    var = np.full(hits.size, 0.5) if var is None else np.asarray(var)
    return Backtest.from_arrays(loss=var + hits - 0.5, var=var, level=level, **fields)


def sample(seed: int, n: int = 250, share: float = 0.06) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.random(n) < share, np.exp(0.3 * np.cumsum(rng.normal(size=n)) / 5)


def by_least_squares(
    breaches: np.ndarray, p: float, lags: int, var: np.ndarray | None
) -> tuple[float, int]:
    """The definition, dense, with the pseudo-inverse where regressors depend on one another."""
    hits = breaches - p
    columns = [np.ones(hits.size - lags)]
    columns += [hits[lags - i : hits.size - i] for i in range(1, lags + 1)]
    if var is not None:
        columns.append(var[lags:])
    x, y = np.column_stack(columns), hits[lags:]
    fitted = x @ np.linalg.lstsq(x, y, rcond=1e-10)[0]
    return float(fitted @ fitted) / (p * (1 - p)), int(np.linalg.matrix_rank(x))


@pytest.mark.parametrize("lags", [1, 2, 4, 7])
@pytest.mark.parametrize("seed", range(6))
def test_equals_least_squares(seed, lags):
    breaches, var = sample(seed, share=(0.06, 0.3, 0.01)[seed % 3])
    result = dynamic_quantile(of(breaches, var=var), lags=lags, n_sims=9)
    assert (result.statistic, result.dof) == (
        pytest.approx(by_least_squares(breaches, 0.05, lags, var)[0], rel=1e-9),
        by_least_squares(breaches, 0.05, lags, var)[1],
    )
    bare = dynamic_quantile(of(breaches, var=var), lags=lags, variant="hits", n_sims=9)
    assert bare.statistic == pytest.approx(
        by_least_squares(breaches, 0.05, lags, None)[0], rel=1e-9
    )


def test_regressors_that_say_nothing_new_are_left_out():
    # no breach: hits, lagged or not, are constant, and so is the VaR
    result = dynamic_quantile(of(np.zeros(250)), n_sims=99)
    assert result.dof == 1
    assert result.statistic == pytest.approx(246 * 0.05 / 0.95)
    # a breach on the first day only is seen by no lag of any other day but the fifth's
    breaches = np.zeros(250)
    breaches[0] = 1
    assert dynamic_quantile(of(breaches), n_sims=99).dof == 2
    # breaches every second day: two lags already say what four do
    every = np.arange(250) % 2 == 0
    assert dynamic_quantile(of(every), n_sims=99).dof == by_least_squares(every, 0.05, 4, None)[1]
    assert dynamic_quantile(of(np.ones(250)), n_sims=99).dof == 1


def test_the_statistic_does_not_depend_on_the_unit_of_the_var():
    breaches, var = sample(3)
    one = dynamic_quantile(of(breaches, var=var))
    other = dynamic_quantile(
        Backtest.from_arrays(loss=(breaches * 2.0 - 1.0) + 1e6 * var, var=1e6 * var, level=0.95)
    )
    assert other.statistic == pytest.approx(one.statistic, rel=1e-9)
    assert other.extras["exact_pvalue"] == one.extras["exact_pvalue"]


def test_breaches_that_follow_one_another_or_the_var_are_found():
    breaches, var = sample(1, 1000, 0.05)
    assert not dynamic_quantile(of(breaches, var=var)).rejected(0.01)
    assert dynamic_quantile(of(np.repeat(breaches[:500], 2), var=var)).rejected(0.001)
    when_high = np.zeros(1000)
    when_high[np.argsort(var)[-100::2]] = 1.0
    assert dynamic_quantile(of(when_high, var=var)).rejected(0.001)


def test_the_exact_value_agrees_with_a_dense_simulation():
    breaches, var = sample(12)
    found = dynamic_quantile(of(breaches, var=var))
    rng = np.random.default_rng(5)
    dense = [by_least_squares(row, 0.05, 4, var)[0] for row in rng.random((1500, 250)) < 0.05]
    exact = found.extras["exact_pvalue"]
    more = np.mean(np.array(dense) >= found.statistic)
    assert 0.02 < exact < 0.98
    assert abs(more - exact) < 4 * np.sqrt(exact * (1 - exact) * (1 / 1500 + 1 / 10_000))


def test_one_sided_versions_read_the_number_of_breaches():
    breaches, var = sample(1, 250, 0.15)
    under, over = (
        dynamic_quantile(of(breaches, var=var), alternative=side) for side in ("under", "over")
    )
    assert under.rejected(0.001)
    assert not over.rejected(0.9)
    assert not dynamic_quantile(of(np.zeros(1000)), alternative="under").rejected(0.9)
    assert dynamic_quantile(of(np.zeros(1000)), alternative="over").rejected(0.001)


def test_too_few_losses_are_refused_by_name():
    with pytest.raises(
        InsufficientDataError, match="at least 11 losses for dynamic_quantile with 4 lags, got 10"
    ):
        dynamic_quantile(of(np.zeros(10)))
    assert dynamic_quantile(of(np.zeros(11)), n_sims=9).dof == 1
    with pytest.raises(InputError, match="lags: expected a whole number of at least 1, got 0"):
        dynamic_quantile(of(np.zeros(50)), lags=0)


def test_overlap_is_merged():
    breaches, var = sample(4)
    result = dynamic_quantile(of(breaches, var=var, horizon=3, step=1), n_sims=99)
    assert result.extras["subsamples"] == 3
