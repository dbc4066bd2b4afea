from __future__ import annotations

import itertools

import numpy as np
import pytest

import quant as q
from quant.backtesting import (
    Backtest,
    christoffersen,
    conditional_coverage,
    duration,
    dynamic_quantile,
    haas,
    kupiec,
    time_until_first_failure,
    traffic_light,
)
from quant.errors import InputError, InsufficientDataError

COUNTED = (kupiec, christoffersen, conditional_coverage, traffic_light)
COVERAGE_TESTS = (*COUNTED, time_until_first_failure, haas, dynamic_quantile, duration)


def of(breaches: object, level: float = 0.99, **fields: object) -> Backtest:
    loss = np.asarray(breaches, dtype=float)
    return Backtest.from_arrays(loss=loss, var=np.full(loss.size, 0.5), level=level, **fields)


def counted(trials: int, breaches: int, level: float = 0.99) -> Backtest:
    return of(np.arange(trials) < breaches, level)


@pytest.mark.parametrize("test", COVERAGE_TESTS)
def test_overlapping_losses_are_read_through_subsamples_without(test):
    breaches = np.random.default_rng(4).random(250) < 0.05
    overlapping = of(breaches, 0.95, horizon=10, step=3)
    result = test(overlapping)
    parts = [test(overlapping.thinned(offset)) for offset in range(4)]
    assert result.extras["subsamples"] == 4
    for name in ("pvalue", "decision_pvalue"):
        merged = min(1.0, 2.0 * np.mean([getattr(part, name) for part in parts]))
        assert getattr(result, name) == pytest.approx(merged, rel=1e-12)
    assert "subsamples" not in test(of(breaches, 0.95, horizon=10)).extras


def test_overlapping_coverage_is_also_tested_on_the_whole_sample():
    clustered = np.repeat(np.random.default_rng(1).random(200) < 0.05, 5)
    whole = kupiec(of(clustered, 0.95, horizon=5, step=1))
    blind = kupiec(of(clustered, 0.95))
    assert 0.0 < whole.extras["hac_pvalue"] < 1.0
    assert "hac_pvalue" not in blind.extras
    under, over = (
        kupiec(of(clustered, 0.95, horizon=5, step=1), alternative=side).extras["hac_pvalue"]
        for side in ("under", "over")
    )
    assert under + over == pytest.approx(1.0)
    assert whole.extras["hac_pvalue"] == pytest.approx(2.0 * min(under, over))
    assert "hac_pvalue" not in kupiec(of(np.zeros(50), 0.95, horizon=5, step=1)).extras


@pytest.mark.parametrize("test", [christoffersen, conditional_coverage])
def test_one_sided_exact_values_equal_the_enumeration_of_every_order(test):
    n, level = 8, 0.75
    p = 1 - level
    table = orders(n)
    hits = table.sum(axis=1)
    chance = p**hits * (1 - p) ** (n - hits)
    results = [test(of(row, level)) for row in table]
    if test is christoffersen:
        pairs = [[r.extras[k] for k in ("n00", "n01", "n10", "n11")] for r in results]
        towards = [1 if n11 * n00 >= n01 * n10 else -1 for n00, n01, n10, n11 in pairs]
    else:
        towards = np.where(hits >= n * p, 1, -1)
    signed = np.array([r.statistic for r in results]) * towards
    for i in range(0, len(table), 5):
        among = hits == hits[i] if test is christoffersen else np.ones(len(table), bool)
        weights = chance * among / (chance @ among)
        for side, values in (("under", signed), ("over", -signed)):
            found = test(of(table[i], level), alternative=side)
            expected = weights[values >= values[i] - 1e-9].sum()
            assert found.extras["exact_pvalue"] == pytest.approx(expected, abs=1e-9)
            tied = weights[np.abs(values - values[i]) <= 1e-9].sum()
            gap = found.extras["exact_pvalue"] - found.extras["randomised_pvalue"]
            assert -1e-12 <= gap <= tied + 1e-9


@pytest.mark.parametrize("test", COVERAGE_TESTS)
def test_what_a_model_posts_is_not_a_var(test):
    estimator = q.HistoricalSimulation(window=250)
    bare = q.MarginModel(estimator=estimator, measure=q.VaR(0.99), horizon=1)
    shortfall = q.MarginModel(estimator=estimator, measure=q.ES(0.99), horizon=1)
    buffered = q.MarginModel(
        estimator=estimator, measure=q.VaR(0.99), horizon=1, adjustments=(q.Buffer(0.25),)
    )
    hits = np.zeros(250)
    assert test(of(hits, spec=bare)).pvalue <= 1.0
    assert test(of(hits, spec=estimator)).pvalue <= 1.0
    with pytest.raises(InputError, match=f"the only measure {test.__name__} has .*, got ES"):
        test(of(hits, spec=shortfall))
    with pytest.raises(InputError, match=f"the only measure {test.__name__} has .*, got ES"):
        test(of(hits, spec=q.ES(0.99)))  # what anybody's numbers are may be said in one word
    assert test(of(hits, spec=q.VaR(0.99))).pvalue <= 1.0
    with pytest.raises(InputError, match="with 1 adjustments"):
        test(of(hits, spec=buffered))


@pytest.mark.parametrize("test", COVERAGE_TESTS)
def test_an_unknown_alternative_is_refused_everywhere(test):
    with pytest.raises(InputError, match="alternative: expected one of 'two-sided', 'under'"):
        test(counted(250, 3), alternative="greater")


@pytest.mark.parametrize("test", [kupiec, christoffersen, conditional_coverage, traffic_light])
def test_ties_broken_at_random_are_reproducible(test):
    bt = of(np.random.default_rng(8).random(250) < 0.02)
    values = {test(bt, seed=seed).extras["randomised_pvalue"] for seed in range(30)}
    assert len(values) == 30
    assert max(values) <= test(bt).extras["exact_pvalue"] + 1e-15
    again = test(bt, seed=3).extras["randomised_pvalue"]
    assert again == test(bt, seed=3).extras["randomised_pvalue"]


@pytest.mark.parametrize("test", COVERAGE_TESTS)
@pytest.mark.parametrize("breaches", [0, 1, 249, 250])
def test_extreme_counts_have_finite_answers(test, breaches):
    result = test(counted(250, breaches))
    assert result.name == test.__name__
    assert np.isfinite(result.statistic)
    assert 0.0 <= result.pvalue <= 1.0
    assert 0.0 <= result.extras.get("exact_pvalue", 0.0) <= 1.0


@pytest.mark.parametrize("test", [christoffersen, conditional_coverage])
def test_transitions_need_two_losses(test):
    with pytest.raises(
        InsufficientDataError, match=f"at least 2 losses for {test.__name__}, got 1"
    ):
        test(of([0]))
    assert test(of([0, 0])).pvalue <= 1.0


class TestKupiec:
    def test_no_breach_is_the_limit_of_the_formula(self):
        assert kupiec(counted(250, 0)).statistic == pytest.approx(-500 * np.log(0.99))

    def test_all_breaches(self):
        assert kupiec(counted(250, 250)).statistic == pytest.approx(-500 * np.log(0.01))

    def test_the_expected_count_is_never_rejected(self):
        result = kupiec(counted(1000, 10))
        assert result.statistic == pytest.approx(0.0, abs=1e-10)
        assert result.pvalue == pytest.approx(1.0, abs=1e-5)
        assert result.extras["exact_pvalue"] == pytest.approx(1.0)

    def test_a_prudent_model_fails_only_when_asked_for_prudence(self):
        bt = counted(1000, 0)
        assert kupiec(bt).rejected(0.01)
        assert not kupiec(bt, alternative="under").rejected(0.99)
        assert kupiec(bt, alternative="under").extras["exact_pvalue"] == 1.0
        assert kupiec(bt, alternative="over").rejected(0.01)

    def test_an_optimistic_model_is_the_mirror(self):
        bt = counted(1000, 30)
        assert kupiec(bt, alternative="under").rejected(0.01)
        assert not kupiec(bt, alternative="over").rejected(0.99)

    def test_one_sided_exact_values_are_binomial_tails(self):
        # binomial(250, 0.01): P(X >= 5) and P(X <= 1), oracle traffic.basel
        under = kupiec(counted(250, 5), alternative="under").extras["exact_pvalue"]
        over = kupiec(counted(250, 1), alternative="over").extras["exact_pvalue"]
        assert under == pytest.approx(0.1078123730963749, abs=1e-12)
        assert over == pytest.approx(0.28575173879395216, abs=1e-12)

    def test_the_two_sided_exact_value_adds_the_counts_that_are_as_extreme(self):
        # no breach in 250 has LR 5.025; from 7 breaches on it is larger (5.497), at 6 smaller
        exact = kupiec(counted(250, 0)).extras["exact_pvalue"]
        assert exact == pytest.approx(0.08105851616218142 + 0.013701447855203663, abs=1e-12)

    def test_counts_that_tie_are_equally_extreme(self):
        # at an even level the law is symmetric: two-sided is twice the tail
        low, high = kupiec(counted(10, 2, 0.5)), kupiec(counted(10, 8, 0.5))
        tail = 2 * (1 + 10 + 45) / 1024
        assert low.extras["exact_pvalue"] == pytest.approx(tail)
        assert high.extras["exact_pvalue"] == pytest.approx(tail)

    def test_it_names_its_null(self):
        assert kupiec(counted(250, 0)).null == "the VaR is breached with probability 0.01"
        assert "at most 0.01" in kupiec(counted(250, 0), alternative="under").null
        assert "at least 0.01" in kupiec(counted(250, 0), alternative="over").null

    def test_an_unknown_alternative_is_refused(self):
        with pytest.raises(InputError, match="alternative: expected one of 'two-sided', 'under'"):
            kupiec(counted(250, 0), alternative="greater")


class TestChristoffersen:
    def test_without_consecutive_breaches_it_is_defined(self):
        result = christoffersen(of([0, 1, 0, 0, 1, 0, 0, 0]))
        assert result.extras["n11"] == 0
        assert 0.0 < result.statistic < 5.0

    @pytest.mark.parametrize("breaches", [[0] * 20, [1] * 20])
    def test_a_constant_sequence_says_nothing(self, breaches):
        result = christoffersen(of(breaches))
        assert tuple(result) == (0.0, 1.0)
        assert result.extras["exact_pvalue"] == 1.0

    def test_a_cluster_is_rejected_and_the_same_number_spread_out_is_not(self):
        cluster = np.zeros(250)
        cluster[100:105] = 1
        spread = np.zeros(250)
        spread[[20, 70, 131, 177, 230]] = 1
        assert christoffersen(of(cluster)).extras["exact_pvalue"] < 1e-6
        assert christoffersen(of(cluster)).rejected(0.001)
        assert christoffersen(of(spread)).extras["exact_pvalue"] > 0.5

    def test_a_breach_at_either_end_counts_only_its_own_pair(self):
        extras = christoffersen(of([1, 0, 0, 1])).extras
        assert [extras[name] for name in ("n00", "n01", "n10", "n11")] == [1, 1, 1, 0]


def orders(n: int) -> np.ndarray:
    return np.array(list(itertools.product([0, 1], repeat=n)))


def naive_independence(breaches: np.ndarray) -> float:
    """The likelihood ratio from its definition, pair by pair."""

    def log(p: float, hit: bool) -> float:
        return np.log(p if hit else 1 - p)

    pairs = list(itertools.pairwise(breaches))
    pooled = np.mean([after for _, after in pairs])
    ratio = 0.0
    for before, after in pairs:
        mine = np.mean([b for a, b in pairs if a == before])
        ratio += 2 * (log(mine, after) - log(pooled, after))
    return ratio


def naive_coverage(breaches: np.ndarray, p: float) -> float:
    share = breaches.mean()
    return sum(
        2 * (np.log(share if b else 1 - share) - np.log(p if b else 1 - p)) for b in breaches
    )


def test_exact_values_equal_the_enumeration_of_every_order():
    n, level = 9, 0.8
    p = 1 - level
    table = orders(n)
    linked = np.array([naive_independence(row) for row in table])
    both = linked + np.array([naive_coverage(row, p) for row in table])
    chance = p ** table.sum(axis=1) * (1 - p) ** (n - table.sum(axis=1))
    for i in range(0, len(table), 7):
        bt = of(table[i], level)
        same = table.sum(axis=1) == table[i].sum()
        independence, coverage = christoffersen(bt), conditional_coverage(bt)
        assert independence.statistic == pytest.approx(linked[i], abs=1e-9)
        assert coverage.statistic == pytest.approx(both[i], abs=1e-9)
        assert independence.extras["exact_pvalue"] == pytest.approx(
            np.mean(linked[same] >= linked[i] - 1e-9), abs=1e-9
        )
        assert coverage.extras["exact_pvalue"] == pytest.approx(
            chance[both >= both[i] - 1e-9].sum(), abs=1e-9
        )


def test_conditional_coverage_is_the_sum_of_its_parts():
    breaches = np.zeros(500)
    breaches[[3, 4, 200, 201, 202, 350]] = 1
    bt = of(breaches, 0.975)
    result = conditional_coverage(bt)
    assert result.statistic == kupiec(bt).statistic + christoffersen(bt).statistic
    assert result.extras["lr_coverage"] == kupiec(bt).statistic
    assert result.dof == 2


class TestTrafficLight:
    def test_zones_at_another_length_and_level_come_from_the_probabilities(self):
        zones = [traffic_light(counted(1000, x, 0.975)).extras["zone"] for x in range(60)]
        assert (zones.index("yellow"), zones.index("red")) == (33, 45)
        assert sorted(zones, key=["green", "yellow", "red"].index) == zones

    def test_multipliers_are_given_only_where_basel_defines_them(self):
        assert traffic_light(counted(250, 7)).extras["multiplier_2019"] == 1.83
        assert "multiplier_2019" not in traffic_light(counted(251, 7)).extras
        assert "multiplier_1996" not in traffic_light(counted(250, 7, 0.975)).extras

    def test_prudence_is_green(self):
        result = traffic_light(counted(250, 0))
        assert result.extras["zone"] == "green"
        assert tuple(result) == (0.0, 1.0)


def test_one_sided_kupiec_rejects_on_its_own_side_only():
    many = Backtest.from_arrays(loss=[1.0] * 10 + [0.0] * 240, var=[0.5] * 250, level=0.99)
    under, over = (kupiec(many, alternative=side) for side in ("under", "over"))
    assert under.pvalue < 0.001 < 0.999 < over.pvalue
    assert under.extras["exact_pvalue"] < 0.001 < 0.999 < over.extras["exact_pvalue"]
