"""Tails: quantiles rise with the level, tail means lie above them, inverses invert."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quant as q
from quant.risk._two_tails import TwoTails

tails = st.builds(
    q.GPDTail,
    xi=st.floats(-0.45, 0.95),
    beta=st.floats(1e-4, 1e4),
    threshold=st.floats(-10.0, 10.0),
    exceed_share=st.floats(0.02, 1.0),
)
deep = st.floats(1e-6, 1.0)


@given(law=tails, one=deep, two=deep)
def test_quantiles_and_tail_means_rise_with_the_level(law, one, two):
    low, high = sorted(1.0 - law.exceed_share * share for share in (one, two))
    low, high = (min(max(level, 1e-9), 1.0 - 1e-9) for level in (low, high))
    slack = 1e-9 * (law.beta + abs(law.threshold))
    assert law.threshold - slack <= law.ppf(low) <= law.ppf(high) + slack
    assert law.tail_mean(low) <= law.tail_mean(high) * (1 + 1e-9) + slack
    assert law.tail_mean(high) >= law.ppf(high) - slack
    assert law.cdf(law.ppf(high)) == pytest.approx(high, abs=1e-9)


@given(law=tails, factor=st.floats(1e-3, 1e3), share=deep)
def test_a_tail_has_the_unit_of_its_losses(law, factor, share):
    level = min(max(1.0 - law.exceed_share * share, 1e-9), 1.0 - 1e-9)
    scaled = q.GPDTail(law.xi, factor * law.beta, factor * law.threshold, law.exceed_share)
    slack = 1e-9 * factor * (law.beta + 10.0)
    assert scaled.ppf(level) == pytest.approx(factor * law.ppf(level), rel=1e-9, abs=slack)
    assert scaled.tail_mean(level) == pytest.approx(
        factor * law.tail_mean(level), rel=1e-9, abs=slack
    )


@given(seed=st.integers(0, 10_000), share=st.floats(0.06, 0.4), level=st.floats(0.001, 0.999))
def test_a_law_with_two_tails_inverts_and_mirrors(seed, share, level):
    z = np.random.default_rng(seed).standard_t(5, 300)
    law, mirror = TwoTails.fit(z, share), TwoTails.fit(-z, share)
    assert law.cdf(law.ppf(level)) == pytest.approx(level, abs=1e-9)
    assert mirror.ppf(1.0 - level) == pytest.approx(-law.ppf(level), rel=1e-6, abs=1e-6)
    assert law.tail_mean(level) >= law.ppf(level)
