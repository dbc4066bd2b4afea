"""Properties of every law, over shapes and levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.distributions import GED, Empirical, JumpMixture, Normal, SkewStudentT, StudentT

nus = st.floats(2.1, 60.0)
laws = st.one_of(
    st.just(Normal()),
    st.builds(StudentT, nus),
    st.builds(SkewStudentT, nus, st.floats(-0.9, 0.9)),
    st.builds(GED, st.floats(0.5, 4.0)),
    st.builds(
        JumpMixture.innovation, st.floats(0.001, 0.02), st.floats(-6.0, 6.0), st.floats(0.1, 2.0)
    ),
)
pegs = st.builds(
    JumpMixture,
    st.floats(0.001, 0.2),
    st.floats(-0.5, 0.5),
    st.floats(-0.1, 0.1),
    st.sampled_from([0.0, 0.01]),
    st.sampled_from([0.0, 0.05]),
)
levels = st.floats(1e-4, 1.0 - 1e-4)
samples = st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=60).map(Empirical)


@given(laws, levels)
def test_quantile_inverts_the_distribution_function(law, level):
    assert law.cdf(law.ppf(level)) == pytest.approx(level, abs=1e-12)


@given(laws, st.floats(-3.0, 3.0))
def test_distribution_function_is_inverted_by_the_quantile(law, x):
    level = law.cdf(x)
    # one rounding of the level moves the quantile by eps / density
    slack = 1e-11 + 4e-15 / np.exp(law.logpdf(x))
    assert law.ppf(level) == pytest.approx(x, abs=slack)


@given(laws, levels, levels)
def test_quantiles_and_tail_means_rise_with_the_level(law, one, other):
    low, high = sorted((one, other))
    assert law.ppf(low) <= law.ppf(high) + 1e-12
    assert law.tail_mean(low) <= law.tail_mean(high) + 1e-9


@given(laws, levels)
def test_tail_mean_is_at_least_the_quantile(law, level):
    assert law.tail_mean(level) >= law.ppf(level)


@given(nus, st.floats(-0.9, 0.9), levels)
def test_opposite_skew_is_the_mirror_image(nu, skew, level):
    law, mirror = SkewStudentT(nu, skew), SkewStudentT(nu, -skew)
    assert law.ppf(level) == pytest.approx(-mirror.ppf(1.0 - level), rel=1e-9, abs=1e-9)


@given(samples, levels, levels)
def test_sample_quantiles_and_tail_means_rise_and_order(law, one, other):
    low, high = sorted((one, other))
    assert law.ppf(low) <= law.ppf(high)
    assert law.tail_mean(low) <= law.tail_mean(high) + 1e-12
    assert law.tail_mean(low) >= law.ppf(low, rank="lower") - 1e-12
    assert law.cdf(law.ppf(low)) >= low - 1e-9


@given(st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=40), levels)
def test_equal_weights_written_out_change_nothing(losses, level):
    plain = Empirical(losses)
    written = Empirical(losses, weights=np.full(len(losses), 1.0 / len(losses)))
    assert written.ppf(level) == plain.ppf(level)
    assert written.ppf(level, rank="lower") == plain.ppf(level, rank="lower")
    assert written.tail_mean(level) == pytest.approx(plain.tail_mean(level), abs=1e-12)


@given(pegs, levels, levels)
def test_laws_with_atoms_keep_their_order(law, one, other):
    low, high = sorted((one, other))
    assert law.ppf(low) <= law.ppf(high)
    assert law.tail_mean(low) <= law.tail_mean(high) + 1e-9
    assert law.tail_mean(low) >= law.ppf(low) - 1e-12
    quantile = law.ppf(low)
    assert law.cdf(quantile) >= low - 1e-12
    assert law.cdf(quantile - 1e-9) <= low + 1e-6
