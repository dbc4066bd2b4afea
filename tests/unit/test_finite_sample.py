"""p-values from simulated null laws, and from subsamples of overlapping losses."""

from __future__ import annotations

import numpy as np
import pytest

from quant.backtesting import Backtest, christoffersen, duration, haas, kupiec
from quant.backtesting._finite_sample import randomised_pvalue, simulated_pvalue
from quant.backtesting._overlap import mean_statistic, over_offsets
from quant.errors import InputError


def test_counts_the_observed_statistic_among_the_draws() -> None:
    draws = np.array([1.0, 2.0, 3.0, 4.0])
    assert simulated_pvalue(3.0, draws) == 3 / 5
    assert simulated_pvalue(9.0, draws) == 1 / 5
    assert simulated_pvalue(0.0, draws) == 1.0


def test_the_randomised_version_is_uniform_and_the_plain_one_prudent_for_a_discrete_law() -> None:
    rng = np.random.default_rng(3)
    plain, randomised = [], []
    for seed in range(2000):
        sample = rng.binomial(5, 0.2, size=100).astype(float)
        plain.append(simulated_pvalue(sample[0], sample[1:]))
        randomised.append(randomised_pvalue(sample[0], sample[1:], seed))
    for u in (0.05, 0.2, 0.5, 0.9):
        band = 4.0 * np.sqrt(u * (1 - u) / 2000)
        assert abs(np.mean(np.array(randomised) <= u) - u) < band
        assert np.mean(np.array(plain) <= u) < u + band


def overlapping(k: int = 41) -> Backtest:
    rng = np.random.default_rng(5)
    loss = rng.normal(size=k)
    return Backtest.from_arrays(
        loss=loss, var=np.full(k, 1.0), es=np.full(k, 1.5), level=0.9, horizon=5, step=2
    )


def test_thinning_keeps_every_loss_once_and_without_overlap() -> None:
    bt = overlapping()
    assert bt.shared_periods == 3
    parts = [bt.thinned(offset) for offset in range(3)]
    assert not any(part.overlapping for part in parts)
    np.testing.assert_array_equal(np.sort(np.concatenate([p.loss for p in parts])), sorted(bt.loss))
    assert parts[1].es is not None
    assert parts[1].dates[0] == 1
    with pytest.raises(InputError, match="offset: expected less than 3, got 3"):
        bt.thinned(3)


def test_subsamples_are_merged_by_twice_the_mean_pvalue() -> None:
    bt = overlapping()
    result = over_offsets(bt, kupiec)
    parts = [kupiec(bt.thinned(offset)) for offset in range(3)]
    assert result.pvalue == min(1.0, 2.0 * np.mean([part.pvalue for part in parts]))
    assert result.statistic == pytest.approx(np.mean([part.statistic for part in parts]))
    assert result.extras["subsamples"] == 3
    assert over_offsets(bt.thinned(), kupiec).pvalue == parts[0].pvalue


def test_the_mean_statistic_has_the_variance_of_statsmodels() -> None:
    import statsmodels.api as sm

    scores = np.random.default_rng(1).normal(0.1, 1.0, 80).cumsum() * 0.1
    for overlap in (1, 4):
        fit = sm.OLS(scores, np.ones(80)).fit(
            cov_type="HAC", cov_kwds={"maxlags": overlap - 1, "use_correction": False}
        )
        assert mean_statistic(scores, overlap) == pytest.approx(float(fit.tvalues[0]), rel=1e-12)


@pytest.mark.parametrize("test", [kupiec, christoffersen, haas, duration], ids=lambda f: f.__name__)
def test_histories_share_a_null_but_not_the_coin_that_breaks_ties(test) -> None:
    loss = np.zeros(100)
    loss[[20, 60]] = 2.0
    histories = [np.where(loss > 0.0, size, loss) for size in np.linspace(2.0, 3.0, 20)]
    results = [
        test(Backtest.from_arrays(loss=row, var=np.ones(100), level=0.99)) for row in histories
    ]
    assert len({result.extras["exact_pvalue"] for result in results}) == 1
    assert len({result.extras["randomised_pvalue"] for result in results}) == 20
