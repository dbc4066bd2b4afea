"""Tests of expected shortfall do not depend on the unit, and turn the right way."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quant.backtesting import (
    Backtest,
    acerbi_szekely_z1,
    acerbi_szekely_z2,
    e_backtest,
    mcneil_frey,
    nolde_ziegel,
    ridge_es,
)

SCALE_FREE = [
    *(partial(test, n_sims=50) for test in (acerbi_szekely_z1, acerbi_szekely_z2, ridge_es)),
    *(partial(test, n_sims=50) for test in (mcneil_frey, nolde_ziegel)),
    e_backtest,
]


def history(seed: int, n: int) -> Backtest:
    rng = np.random.default_rng(seed)
    var = rng.uniform(0.5, 2.0, n)
    es = var * rng.uniform(1.1, 1.6, n)
    return Backtest.from_arrays(loss=rng.standard_t(3, n), var=var, es=es, level=0.9)


@pytest.mark.parametrize("test", SCALE_FREE)
@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), n=st.integers(20, 120), power=st.integers(-20, 20))
def test_the_unit_does_not_matter(test, seed, n, power) -> None:
    bt = history(seed, n)
    unit = 2.0**power  # exact in binary: ties stay ties
    scaled = replace(bt, loss=unit * bt.loss, var=unit * bt.var, es=unit * bt.es)
    assert test(scaled).statistic == pytest.approx(test(bt).statistic, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("test", SCALE_FREE[:3])
@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), worse=st.floats(0.01, 5.0))
def test_a_deeper_breach_lowers_the_statistic(test, seed, worse) -> None:
    bt = history(seed, 80)
    assume(bt.n_breaches > 0)
    loss = bt.loss.copy()
    loss[np.argmax(bt.breaches)] += worse
    deeper, plain = test(replace(bt, loss=loss)), test(bt)
    assert deeper.statistic < plain.statistic
    assert deeper.extras["exact_pvalue"] <= plain.extras["exact_pvalue"]


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), variant=st.sampled_from(["GREE", "GREL", "GREM"]))
def test_a_process_starts_at_one_and_never_falls_below_half_a_day(seed, variant) -> None:
    process = e_backtest(history(seed, 60), variant=variant).extras["process"]
    assert process[0] == 1.0
    assert (process > 0.0).all()
    assert (process[1:] / process[:-1] >= 0.5 - 1e-12).all()  # half of the wealth at most is staked
