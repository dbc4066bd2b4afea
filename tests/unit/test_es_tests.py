"""Tests of expected shortfall: edges, refusals, overlap, forecast laws."""

from __future__ import annotations

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
from tests.unit._histories import ES, LAW, LEVEL, VAR, history, with_es, without

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
