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


def test_asymptotic_tails_have_the_degrees_of_freedom_of_their_statistic() -> None:
    bt = normal(400)
    for result, dof in (
        (q.kupiec(bt), 1),
        (q.time_until_first_failure(bt), 1),
        (q.christoffersen(bt), 1),
        (q.conditional_coverage(bt), 2),
        (q.berkowitz(bt), 3),
        (q.berkowitz(bt, variant="tail"), 2),
        (q.multinomial(bt, variant="LR"), 4),
        (q.duration(bt), 1),
        (q.nolde_ziegel(bt), 2),
        (q.du_escanciano(bt, variant="conditional", lags=3), 3),
    ):
        assert result.dof == dof
        assert result.pvalue == pytest.approx(stats.chi2.sf(result.statistic, dof), abs=1e-12)


@pytest.mark.parametrize("day, early", [(2, True), (90, False)])
def test_an_early_breach_speaks_for_underestimation_and_a_late_one_for_prudence(day, early) -> None:
    loss = (np.arange(1, 101) == day).astype(float)
    bt = q.Backtest.from_arrays(loss=loss, var=np.full(100, 0.5), level=0.95)
    under, over = (
        q.time_until_first_failure(bt, alternative=side).pvalue for side in ("under", "over")
    )
    assert under + over == pytest.approx(1.0)
    assert (under < 0.1) == early == (over > 0.9)


@pytest.mark.parametrize("test", (q.haas, q.dynamic_quantile))
def test_one_sided_a_history_is_measured_against_its_own_side_of_the_null(test) -> None:
    # 20 of 250 where 12.5 are expected: two-sided, histories of too few breaches count too
    loss = np.isin(np.arange(250), np.arange(20) * 12 + 5).astype(float)
    bt = q.Backtest.from_arrays(loss=loss, var=np.full(250, 0.5), level=0.95)
    both, under, over = (
        test(bt, alternative=side).extras["exact_pvalue"] for side in ("two-sided", "under", "over")
    )
    assert under < 0.8 * both
    assert over > 0.5


def test_mcneil_frey_does_not_mind_in_which_unit_a_day_is_measured() -> None:
    sample = q.StudentT(nu=4.0).rvs(2000, seed=2)
    rng = np.random.default_rng(3)
    law, loss = q.Empirical(sample), rng.standard_t(4, 300)
    var, es, level = law.ppf(0.95), law.tail_mean(0.95), 0.95

    def verdict(units: np.ndarray) -> float:
        bt = q.Backtest.from_arrays(
            loss=loss * units,
            var=var * units,
            es=es * units,
            level=level,
            laws=[q.Empirical(sample * unit) for unit in units],
        )
        return q.mcneil_frey(bt).extras["exact_pvalue"]

    steady = verdict(np.ones(300))
    assert 0.01 < steady < 0.99
    assert verdict(2.0 ** rng.integers(-4, 5, 300)) == steady


class TestTheAbsoluteRidge:
    """Days nine times as turbulent as the others, beside a dense simulation of them."""

    LAW, LEVEL, N_OBS = q.Normal(), 0.95, 120
    VAR, ES = LAW.ppf(LEVEL), LAW.tail_mean(LEVEL)
    UNITS = np.where(np.arange(N_OBS) % 6, 1.0, 9.0)

    def uncovered(self, loss: np.ndarray) -> np.ndarray:
        return self.ES - self.VAR - np.maximum(loss - self.VAR, 0.0) / (1.0 - self.LEVEL)

    def of(self, loss: np.ndarray, units: np.ndarray) -> dict[str, object]:
        bt = q.Backtest.from_arrays(
            loss=loss * units, var=self.VAR * units, es=self.ES * units, level=self.LEVEL
        )
        result = q.ridge_es(bt, variant="absolute")
        assert result.statistic == pytest.approx(np.mean(self.uncovered(loss) * units))
        return dict(result.extras)

    def test_the_normal_limit_weighs_days_by_their_width(self) -> None:
        draws = self.uncovered(np.random.default_rng(6).standard_normal((20_000, self.N_OBS)))
        extras = self.of(np.zeros(self.N_OBS), self.UNITS)
        dense = (draws * self.UNITS).mean(axis=1)
        assert extras["standard_deviation"] == pytest.approx(dense.std(), rel=0.03)

    def test_the_finite_sample_null_is_that_of_days_in_units_of_their_width(self) -> None:
        noise = np.random.default_rng(7).standard_normal((20_000, self.N_OBS))
        scores = self.uncovered(noise).mean(axis=1) / (self.ES - self.VAR)
        extras = self.of(noise[0], self.UNITS)
        assert extras["score"] == pytest.approx(scores[0])
        rank = np.mean(scores <= scores[0])
        assert extras["exact_pvalue"] == pytest.approx(rank, abs=4.0 * np.sqrt(0.25 / 10_000))
        for size, critical in extras["critical_values"].items():
            assert critical == pytest.approx(np.quantile(scores, size), rel=0.06)
        # the widths in their order or in another, or all alike: only the days' own units count
        shuffled = np.random.default_rng(8).permutation(self.UNITS)
        for units in (shuffled, np.ones(self.N_OBS)):
            assert self.of(noise[0], units)["exact_pvalue"] == extras["exact_pvalue"]

    def test_a_day_without_width_is_judged_in_the_unit_of_the_others(self) -> None:
        loss = np.zeros(self.N_OBS)
        es = np.full(self.N_OBS, self.ES)
        es[7] = self.VAR
        spared = q.Backtest.from_arrays(
            loss=loss, var=[self.VAR] * self.N_OBS, es=es, level=self.LEVEL
        )
        loss[7] = self.VAR + 0.1
        struck = q.Backtest.from_arrays(
            loss=loss, var=[self.VAR] * self.N_OBS, es=es, level=self.LEVEL
        )
        assert not q.ridge_es(spared, variant="absolute").rejected(0.5)
        assert q.ridge_es(struck, variant="absolute").rejected(0.001)  # it was promised none


class TestAgainstDenseSimulation:
    """Null laws that are drawn from breaches alone, beside the same drawn day by day."""

    N_OBS, LEVEL = 120, 0.95

    def draws(self) -> np.ndarray:
        return np.random.default_rng(12).standard_normal((10_000, self.N_OBS))

    def test_nolde_ziegel(self) -> None:
        law, p = q.Normal(), 1.0 - self.LEVEL
        var, es = law.ppf(self.LEVEL), law.tail_mean(self.LEVEL)

        def statistic(loss: np.ndarray) -> np.ndarray:
            v = np.stack([p - (loss > var), var - es + np.maximum(loss - var, 0.0) / p], axis=-1)
            moments = np.einsum("...ti,...tj->...ij", v, v)
            sums = v.sum(axis=-2)
            found = np.full(sums.shape[:-1], float(self.N_OBS))  # without a breach
            regular = np.linalg.det(moments) > 1e-9
            solved = np.linalg.solve(moments[regular], sums[regular][..., None])[..., 0]
            found[regular] = self.N_OBS * (sums[regular] * solved).sum(-1) / self.N_OBS
            return found

        null = statistic(self.draws())
        for seed, scale in ((1, 1.0), (2, 1.2), (4, 0.85)):
            loss = scale * np.random.default_rng(seed).standard_normal(self.N_OBS)
            bt = q.Backtest.from_arrays(
                loss=loss,
                var=np.full(self.N_OBS, var),
                es=np.full(self.N_OBS, es),
                level=self.LEVEL,
            )
            result = q.nolde_ziegel(bt, seed=1)
            assert result.statistic == pytest.approx(statistic(loss[None])[0], abs=1e-8)
            dense = np.mean(null >= result.statistic - 1e-9)
            assert result.extras["exact_pvalue"] == pytest.approx(dense, abs=0.02)

    @pytest.mark.parametrize("total", [0.0, 1.2, 2.3, 3.7, 6.5])
    def test_du_escanciano_looks_at_both_tails(self, total: float) -> None:
        p = 1.0 - self.LEVEL
        severities = np.maximum(1.0 - (1.0 - stats.norm.cdf(self.draws())) / p, 0.0).sum(axis=1)
        expected = 0.5 * self.N_OBS * p
        dense = np.mean(abs(severities - expected) >= abs(total - expected) - 1e-12)
        pit = np.full(self.N_OBS, 0.5)
        pit[:10] = self.LEVEL + p * total / 10.0
        bt = q.Backtest.from_arrays(
            loss=np.zeros(self.N_OBS), var=np.ones(self.N_OBS), pit=pit, level=self.LEVEL
        )
        assert q.du_escanciano(bt).extras["exact_pvalue"] == pytest.approx(dense, abs=0.015)


def test_the_confidence_set_is_the_forecasts_above_the_significance() -> None:
    loss = np.random.default_rng(5).standard_normal(400)
    forecasts = {
        name: q.Backtest.from_arrays(loss=loss, var=np.full(400, var), level=0.95)
        for name, var in (("right", 1.645), ("near", 1.55), ("far", 0.6))
    }
    kept = q.model_confidence_set(forecasts, reps=300)
    assert (kept.included, kept.excluded) == (("right", "near"), ("far",))
    assert list(kept.to_frame().query("included").index) == ["right", "near"]
    # a p-value between the significance and 1 less it still keeps a forecast
    assert any(0.1 < p < 0.9 for p in kept.pvalues)
    assert kept.pvalues["far"] < 0.1


def test_a_threshold_at_the_loss_is_not_below_it() -> None:
    bt = q.Backtest.from_arrays(loss=[2.0], var=[1.0], level=0.75)
    scores = q.murphy_diagram(bt, thresholds=[1.0, 1.5, 2.0]).scores["forecast"]
    assert scores.tolist() == [0.75, 0.75, 0.0]


def test_the_elementary_score_of_the_pair_by_hand() -> None:
    bt = q.Backtest.from_arrays(loss=[2.0], var=[1.0], es=[3.0], level=0.75)
    diagram = q.murphy_diagram(bt, measure="ES", thresholds=[1.0, 2.5, 3.0, 4.0])
    # (L - VaR) / p = 4: at 3, 4 + 1 - 3 and the 1 by which the threshold is above the loss
    assert diagram.scores["forecast"].tolist() == [0.0, 0.5, 3.0, 3.0]
