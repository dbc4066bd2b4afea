"""Tests of expected shortfall: edges, refusals, overlap, forecast laws."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from quant.backtesting import (
    Backtest,
    TestResult,
    acerbi_szekely_z1,
    acerbi_szekely_z2,
    acerbi_szekely_z3,
    battery,
    costanzino_curran,
    du_escanciano,
    esr,
    mcneil_frey,
    nolde_ziegel,
    ridge_es,
)
from quant.backtesting.acerbi_szekely_z3 import _quantiles, _weights
from quant.distributions import Empirical, Normal, StudentT
from quant.errors import InputError, InsufficientDataError

LEVEL = 0.975
LAW = StudentT(5.0)
VAR, ES = LAW.ppf(LEVEL), LAW.tail_mean(LEVEL)

few = {"n_sims": 999}
SIGNED: dict[str, Callable[[Backtest], TestResult]] = {
    "z1": partial(acerbi_szekely_z1, **few),
    "z2": partial(acerbi_szekely_z2, **few),
    "z3": partial(acerbi_szekely_z3, **few),
    "ridge": partial(ridge_es, **few),
    "ridge absolute": partial(ridge_es, variant="absolute", **few),
    "mcneil_frey": partial(mcneil_frey, **few),
    "du_escanciano": du_escanciano,
}
UNSIGNED: dict[str, Callable[[Backtest], TestResult]] = {
    "costanzino_curran": costanzino_curran,
    "memory": partial(du_escanciano, variant="conditional", **few),
    "nolde_ziegel": partial(nolde_ziegel, **few),
    "nolde_ziegel general": partial(nolde_ziegel, variant="general", **few),
}
TESTS = SIGNED | UNSIGNED


def history(n: int = 500, *, shrink: float = 1.0, seed: int = 11, **fields: object) -> Backtest:
    """Return t losses of changing volatility; forecasts are `shrink` times the right ones."""
    rng = np.random.default_rng(seed)
    sigma = np.exp(0.3 * rng.normal(size=n))
    z = LAW.rvs(n, seed=seed)
    scaled = [_Scaled(shrink * s) for s in sigma]
    return Backtest.from_arrays(
        loss=sigma * z,
        var=shrink * VAR * sigma,
        es=shrink * ES * sigma,
        pit=LAW.cdf(z / shrink),
        laws=scaled,
        level=LEVEL,
        **fields,
    )


class _Scaled:
    """The law of a multiple of LAW."""

    finite_mean = True

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def cdf(self, x):
        return LAW.cdf(x / self.scale)

    def ppf(self, level):
        return self.scale * LAW.ppf(level)

    def tail_mean(self, level: float) -> float:
        return self.scale * LAW.tail_mean(level)

    def rvs(self, size, seed: int = 0):
        return self.scale * LAW.rvs(size, seed)


def without(bt: Backtest, *names: str) -> Backtest:
    kept = {n: getattr(bt, n) for n in ("es", "pit", "laws") if n not in names}
    return Backtest.from_arrays(loss=bt.loss, var=bt.var, level=bt.level, **kept)


@pytest.mark.parametrize("name", TESTS)
def test_the_right_forecast_passes_and_an_optimistic_one_fails(name) -> None:
    n = 400 if name == "z3" else 1000
    good, bad = TESTS[name](history(n)), TESTS[name](history(n, shrink=0.5))
    assert good.extras["exact_pvalue"] > 0.01
    if name in ("z1", "mcneil_frey", "nolde_ziegel general"):
        # they take VaR as given, and a scaled-down t has a lighter tail beyond a lower VaR
        bad = TESTS[name](with_es(history(1000), 0.0))
    if name != "memory":
        assert bad.rejected(0.01)
        assert bad.pvalue < 0.02
    for result in (good, bad):
        assert 0.0 <= result.extras["randomised_pvalue"] <= result.extras["exact_pvalue"] <= 1.0
        assert " " in result.null


def with_es(bt: Backtest, share: float) -> Backtest:
    """Return the forecasts with ES moved towards VaR, to `share` of its distance and a bit."""
    es = bt.var * 1.05 + share * (bt.es - bt.var)
    return Backtest.from_arrays(loss=bt.loss, var=bt.var, es=es, level=bt.level)


@pytest.mark.parametrize("name", SIGNED)
def test_underestimation_is_negative(name) -> None:
    n = 400 if name == "z3" else 1000
    bt = with_es(history(n), 0.0) if name in ("z1", "mcneil_frey") else history(n, shrink=0.5)
    assert SIGNED[name](bt).statistic < 0.0


@pytest.mark.parametrize("name", TESTS)
def test_no_breach_is_defined_and_never_fails_a_one_sided_test(name) -> None:
    bt = history(250, shrink=50.0)
    assert bt.n_breaches == 0
    result = TESTS[name](bt)
    assert np.isfinite([*result, result.extras["exact_pvalue"]]).all()
    if name in ("z1", "z2", "z3", "ridge", "ridge absolute", "mcneil_frey", "costanzino_curran"):
        assert not result.rejected(0.5)


@pytest.mark.parametrize("name", TESTS)
def test_one_breach_is_defined(name) -> None:
    loss = np.zeros(200)
    loss[77] = 3.0 * VAR
    law = Empirical(np.linspace(-4.0, 4.0, 4000))
    pit = np.where(loss > 0.0, 1.0, 0.5)  # a PIT of exactly 1
    bt = Backtest.from_arrays(
        loss=loss, var=[VAR] * 200, es=[ES] * 200, level=LEVEL, pit=pit, laws=[law] * 200
    )
    result = TESTS[name](bt)
    assert np.isfinite([*result, result.extras["exact_pvalue"]]).all()


@pytest.mark.parametrize("name", TESTS)
def test_same_seed_same_answer(name) -> None:
    first, again = (TESTS[name](history(200)) for _ in range(2))
    assert list(first) == list(again)
    assert first.extras["randomised_pvalue"] == again.extras["randomised_pvalue"]


@pytest.mark.parametrize("name", TESTS)
def test_overlapping_losses_are_tested_in_subsamples(name) -> None:
    n = 300 if name == "z3" else 900
    bt = history(n, horizon=3, step=1)
    result = TESTS[name](bt)
    assert result.extras["subsamples"] == 3
    parts = [TESTS[name](bt.thinned(i)) for i in range(3)]
    merged = min(1.0, 2.0 * np.mean([p.extras["exact_pvalue"] for p in parts]))
    assert result.extras["exact_pvalue"] == pytest.approx(merged)
    mean_type = name not in ("z1", "z3", "memory", "nolde_ziegel", "nolde_ziegel general")
    assert ("hac_pvalue" in result.extras) == mean_type
    if mean_type:
        assert 0.0 < result.extras["hac_pvalue"] <= 1.0
        assert TESTS[name](history(900, shrink=0.3, horizon=3, step=1)).extras[
            "hac_pvalue"
        ] < 0.05 or name in ("z1", "mcneil_frey")


@pytest.mark.parametrize(
    "name", set(TESTS) - {"z3", "du_escanciano", "memory", "costanzino_curran"}
)
def test_a_missing_es_is_named(name) -> None:
    with pytest.raises(InputError, match=r"es: expected the ES forecasts, which \w+ needs"):
        TESTS[name](without(history(), "es", "laws"))


@pytest.mark.parametrize("name", ["du_escanciano", "memory", "costanzino_curran"])
def test_a_missing_pit_is_named(name) -> None:
    with pytest.raises(InputError, match=r"pit: expected the forecast dist.* which \w+ reads"):
        TESTS[name](without(history(), "pit"))


def test_missing_laws_are_named() -> None:
    with pytest.raises(InputError, match="laws: expected the forecast law of each loss, which ace"):
        acerbi_szekely_z3(without(history(), "laws"))
    with pytest.raises(InsufficientDataError, match="at least 40 losses for acerbi_szekely_z3"):
        acerbi_szekely_z3(history(39))


def test_only_tests_that_divide_refuse_a_hedged_book() -> None:
    loss = np.random.default_rng(0).normal(size=300) - 5.0
    bt = Backtest.from_arrays(
        loss=loss, var=np.full(300, VAR - 5.0), es=np.full(300, ES - 5.0), level=LEVEL
    )
    for test in (acerbi_szekely_z1, acerbi_szekely_z2, ridge_es):
        with pytest.raises(InputError, match=r"es: expected numbers above 0, by which \w+ divides"):
            test(bt)
    for test in (partial(ridge_es, variant="absolute"), mcneil_frey, nolde_ziegel):
        assert 0.0 <= test(bt, n_sims=99).pvalue <= 1.0
    equal = Backtest.from_arrays(loss=loss, var=[1.0] * 300, es=[1.0] * 300, level=LEVEL)
    with pytest.raises(InputError, match="by which mcneil_frey divides, for ES - VaR, got 0 at 0"):
        mcneil_frey(equal)
    assert mcneil_frey(equal, sigma=np.ones(300)).pvalue <= 1.0


@pytest.mark.parametrize(
    "call",
    [
        partial(mcneil_frey, sigma=np.ones(3)),
        partial(nolde_ziegel, variant="general", sigma=np.ones(3)),
    ],
)
def test_a_sigma_of_another_length_is_refused(call) -> None:
    with pytest.raises(InputError, match="sigma: expected 500 entries, one per loss, got 3"):
        call(history())


def test_options_are_checked() -> None:
    for test in (ridge_es, du_escanciano, nolde_ziegel, esr):
        with pytest.raises(InputError, match="variant: expected one of"):
            test(history(), variant="other")
    with pytest.raises(InputError, match="n_sims: expected a whole number of at least 1"):
        acerbi_szekely_z2(history(), n_sims=0)
    with pytest.raises(InsufficientDataError, match="at least 6 losses for du_escanciano with 5"):
        du_escanciano(history(5), variant="conditional")


def test_laws_that_know_no_breach_are_defined() -> None:
    loss = np.zeros(100)
    loss[[3, 50]] = 50.0, 55.0
    bt = Backtest.from_arrays(
        loss=loss, var=[40.0] * 100, es=[41.0] * 100, level=LEVEL, laws=[Normal()] * 100
    )
    for name in ("z1", "z2", "ridge", "ridge absolute", "mcneil_frey"):
        result = TESTS[name](bt)
        assert np.isfinite([*result, result.extras["exact_pvalue"]]).all()
    assert acerbi_szekely_z2(bt).rejected(0.01)


def test_an_es_that_is_the_var_is_refused_where_it_leaves_no_null() -> None:
    bt = Backtest.from_arrays(loss=np.arange(50.0), var=[45.0] * 50, es=[45.0] * 50, level=0.9)
    with pytest.raises(InputError, match="es: expected an ES above the VaR on some day"):
        nolde_ziegel(bt)
    assert 0.0 < ridge_es(bt).extras["exact_pvalue"] <= 1.0


def test_laws_and_a_matched_law_give_the_same_null() -> None:
    bt = history(500)
    for name in ("z1", "z2", "ridge", "ridge absolute", "mcneil_frey"):
        laws, matched = TESTS[name](bt), TESTS[name](without(bt, "laws"))
        assert laws.statistic == matched.statistic
        # two samples of 999: five standard errors
        assert abs(laws.extras["exact_pvalue"] - matched.extras["exact_pvalue"]) < 0.12
    assert acerbi_szekely_z2(bt).extras["null_law"] == "that of each day"
    law = acerbi_szekely_z2(without(bt, "laws")).extras["null_law"]
    assert law.nu == pytest.approx(5.0, abs=1e-3)


def test_many_histories_share_a_null_but_not_a_coin() -> None:
    calm = [history(250, shrink=50.0, seed=s) for s in range(3)]
    drawn = {costanzino_curran(bt).extras["randomised_pvalue"] for bt in calm}
    assert len(drawn) == 3


def test_z3_reads_the_whole_tail() -> None:
    heavy = history(500)
    thin = [Normal()] * 500
    z = 1.5 * StudentT(2.5).rvs(500, seed=3)
    bt = Backtest.from_arrays(loss=z, var=[1.96] * 500, es=[2.34] * 500, level=LEVEL, laws=thin)
    assert acerbi_szekely_z3(bt).rejected(0.01)
    assert not acerbi_szekely_z3(heavy).rejected(0.01)
    far = Backtest.from_arrays(
        loss=np.append(Normal().rvs(499, seed=1), 60.0),
        var=bt.var,
        es=bt.es,
        level=LEVEL,
        laws=thin,
    )
    assert acerbi_szekely_z3(far).extras["clipped"] == 1


def test_z3_expects_the_mean_of_the_largest_draws() -> None:
    weights = _weights(250, 6)
    found = float(weights @ _quantiles(LAW))
    draws = np.sort(LAW.rvs((4000, 250), seed=1), axis=1)[:, -6:].mean(axis=1)
    assert abs(found - draws.mean()) < 4 * draws.std() / np.sqrt(4000)
    assert float(weights @ np.ones(weights.size)) == pytest.approx(1.0, abs=1e-6)


class TestESR:
    def test_right_and_wrong_forecasts(self) -> None:
        for variant in ("strict", "auxiliary", "intercept"):
            assert not esr(history(1000), variant=variant).rejected(0.01)
        wrong = history(1000, shrink=0.4)
        assert esr(wrong).rejected(0.01)
        result = esr(wrong, variant="intercept")
        assert result.statistic < 0.0
        assert result.rejected(0.01)
        assert not esr(history(1000, shrink=4.0), variant="intercept").rejected(0.5)

    def test_it_does_not_depend_on_the_unit(self) -> None:
        bt = history(300)
        pounds = Backtest.from_arrays(
            loss=1000 * bt.loss, var=1000 * bt.var, es=1000 * bt.es, level=LEVEL
        )
        for variant in ("strict", "intercept"):
            assert esr(pounds, variant=variant).statistic == pytest.approx(
                esr(bt, variant=variant).statistic, rel=1e-3
            )

    def test_a_finite_sample_pvalue_by_its_score(self) -> None:
        for variant in ("strict", "auxiliary", "intercept"):
            right = esr(history(150), variant=variant, n_sims=99).extras
            assert right["exact_pvalue"] in [k / 100 for k in range(1, 101)]
            assert right["simulations"] == 99
            wrong = esr(history(150, shrink=0.3), variant=variant, n_sims=199).extras
            assert wrong["exact_pvalue"] <= 0.01
        wide = history(300, shrink=4.0)
        assert esr(wide, n_sims=99).extras["exact_pvalue"] == 0.01
        assert esr(wide, variant="intercept", n_sims=99).extras["exact_pvalue"] > 0.9

    def test_the_score_by_hand(self) -> None:
        bt = history(200)
        p, es = 1 - LEVEL, np.asarray(bt.es)
        error = np.sort(bt.loss / es)
        c = error[-1 - int(200 * p + 1e-9)]
        u = c - 1 + np.maximum(bt.loss / es - c, 0) / p
        mean_so_far = [np.log(es[: t + 1]).mean() for t in range(200)]
        high = np.where(np.log(es) > mean_so_far, 1.0, -1.0)
        high[0] = 0.0  # it is the mean so far
        root = np.linalg.lstsq(x := np.column_stack((high, np.ones(200))), u, rcond=None)[0]
        assert esr(bt, n_sims=9).extras["score"] == pytest.approx(float(((x @ root) ** 2).sum()))
        assert esr(bt, variant="intercept", n_sims=9).extras["score"] == pytest.approx(
            u.sum() / np.sqrt((u**2).sum())
        )

    def test_constant_forecasts_are_refused(self) -> None:
        loss = np.random.default_rng(0).normal(size=300)
        bt = Backtest.from_arrays(loss=loss, var=[2.0] * 300, es=[2.4] * 300, level=0.95)
        with pytest.raises(InputError, match="es: expected forecasts that vary, on which esr"):
            esr(bt)

    def test_losses_without_scatter_are_refused_and_left_out_of_the_battery(self) -> None:
        sigma = np.exp(0.3 * np.sin(np.arange(200)))
        given = {"var": VAR * sigma, "es": ES * sigma, "level": LEVEL}
        flat = Backtest.from_arrays(loss=np.full(200, 9.0), **given)
        on_the_line = Backtest.from_arrays(loss=VAR * sigma, **given)
        for bt in (flat, on_the_line):
            with pytest.raises(InputError, match="that scatter about a line in the forecasts"):
                esr(bt)
            verdicts = battery(bt, n_sims=9)
            assert "esr" in {row.name for row in verdicts.not_run}

    def test_the_unit_of_tiny_losses_does_not_matter(self) -> None:
        bt, tiny = history(130), 1e-12
        scaled = Backtest.from_arrays(
            loss=tiny * bt.loss, var=tiny * bt.var, es=tiny * bt.es, level=LEVEL
        )
        assert esr(scaled, n_sims=9).pvalue == pytest.approx(esr(bt, n_sims=9).pvalue, rel=1e-3)

    def test_rounded_losses_are_answered_or_refused_never_nan(self) -> None:
        refused = []
        for seed in range(20):
            rng = np.random.default_rng(seed)
            sigma = np.exp(0.3 * rng.normal(size=200))
            loss = np.round(0.3 * sigma * rng.standard_t(4, 200))
            bt = Backtest.from_arrays(loss=loss, var=2.0 * sigma, es=2.6 * sigma, level=LEVEL)
            verdicts = battery(bt, n_sims=9)
            refused += [row.reason for row in verdicts.not_run if row.name == "esr, intercept"]
            for name, result in verdicts.results:
                assert np.isfinite([*result]).all(), name
        assert 0 < len(refused) < 10
        assert all("that scatter about the forecasts with a density" in why for why in refused)

    def test_an_es_that_is_the_var_leaves_nothing_to_score(self) -> None:
        bt = history(200)
        equal = Backtest.from_arrays(loss=bt.loss, var=bt.es, es=bt.es, level=LEVEL)
        for variant in ("strict", "intercept"):
            assert 0.0 < esr(equal, variant=variant, n_sims=99).extras["exact_pvalue"] <= 1.0

    def test_levels_below_a_half_have_both_quantiles_of_the_density(self) -> None:
        bt = history(400)
        low = Backtest.from_arrays(loss=bt.loss, var=bt.var - 4.5, es=bt.es - 3.0, level=0.01)
        assert 0.0 <= esr(low, n_sims=9).pvalue <= 1.0

    def test_short_histories_are_refused(self) -> None:
        with pytest.raises(InsufficientDataError, match="at least 100 losses for esr, got 99"):
            esr(history(99))
        with pytest.raises(InsufficientDataError, match="at least 120 losses for esr at level"):
            esr(history(110))


def moved(bt: Backtest, var: float = 0.0, es: float = 0.0) -> Backtest:
    """Return the forecasts with VaR and ES moved, in units of the day's ES - VaR."""
    width = bt.es - bt.var
    return Backtest.from_arrays(
        loss=bt.loss, var=bt.var + var * width, es=bt.es + es * width, level=bt.level
    )


class TestTheSidesOfNoldeZiegel:
    """What users ask of "under" and "over", beside the authors' one-sided p-value."""

    def test_the_published_onesided_value_rejects_too_few_breaches(self) -> None:
        prudent = nolde_ziegel(moved(history(1000), var=3.0, es=3.0), n_sims=99)
        assert prudent.extras["onesided_pvalue"] < 1e-6
        assert prudent.rejected(0.05)

    @pytest.mark.parametrize("variant", ["simple", "general"])
    def test_under_rejects_underestimation_only(self, variant) -> None:
        good = history(1000)
        prudent, low = [moved(good, es=2.0)], [moved(good, es=-0.7)]
        if variant == "simple":  # the general one judges ES given VaR
            prudent.append(moved(good, var=3.0, es=3.0))
            low.append(moved(good, var=-1.5, es=-1.5))
        for bt in prudent:
            result = nolde_ziegel(bt, variant=variant, alternative="under", n_sims=999)
            assert not result.rejected(0.4)
            assert result.pvalue > 0.4
        for bt in low:
            result = nolde_ziegel(bt, variant=variant, alternative="under", n_sims=999)
            assert result.rejected(0.01)
            assert result.pvalue < 0.05

    @pytest.mark.parametrize("variant", ["simple", "general"])
    def test_over_rejects_prudence_only(self, variant) -> None:
        good = history(1000)
        result = nolde_ziegel(moved(good, es=3.0), variant=variant, alternative="over", n_sims=999)
        assert result.rejected(0.01)
        low = nolde_ziegel(moved(good, es=-0.7), variant=variant, alternative="over", n_sims=999)
        assert not low.rejected(0.4)

    def test_sides_share_the_statistic_and_the_published_value(self) -> None:
        bt = history(500)
        for variant in ("simple", "general"):
            results = [
                nolde_ziegel(bt, variant=variant, alternative=side, n_sims=99)
                for side in ("two-sided", "under", "over")
            ]
            assert len({r.statistic for r in results}) == 1
            assert len({r.extras["onesided_pvalue"] for r in results}) == 1
            assert len({r.null for r in results}) == 3

    def test_hommel_by_hand(self) -> None:
        # V of 200 days with 8 breaches at 2.5 %, twice the ES - VaR beyond VaR; t values by hand
        loss = np.zeros(200)
        loss[::25] = 1.2
        bt = Backtest.from_arrays(loss=loss, var=[0.8] * 200, es=[1.0] * 200, level=0.975)
        one = np.where(loss > 0.8, 0.975, -0.025)  # 1{L > VaR} - p
        two = np.where(loss > 0.8, 0.4 / 0.025 - 0.2, -0.2)
        smaller, larger = sorted(
            0.5 * math.erfc(v.sum() / math.sqrt((v**2).sum()) / math.sqrt(2.0)) for v in (one, two)
        )
        result = nolde_ziegel(bt, alternative="under", n_sims=99)
        assert result.pvalue == pytest.approx(3.0 * min(smaller, larger / 2.0))
