"""What a history of returns is looked at for before a model is fitted to it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.errors import InputError
from quant.volatility import EWMA
from quant.volatility._bounds import held
from quant.volatility._observations import _repeated, doubtful, usable
from tests.strategies import daily


@given(
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.0, 0.0, -0.0, 0.01, -0.02]), min_size=1),
    st.sampled_from([0.5, 2.0 / 3.0, 0.9]),
)
def test_a_repeated_value_is_found_wherever_its_places_are(values, most):
    share = max(Counter(values).values()) / len(values)
    assert _repeated(np.array(values), most) == (share if share > most else 0.0)


@pytest.mark.parametrize("size", [20, 21, 999, 1000])
@pytest.mark.parametrize("most", [0.5, 2.0 / 3.0, 0.9])
def test_a_repeated_value_is_found_where_its_pairs_are_fewest(size, most):
    """Each of the other values spoils a pair: that is what the screen by pairs must allow for."""
    for copies in range(int(most * size) - 1, int(most * size) + 3):
        values = np.zeros(size)
        values[: size - copies] = np.arange(1.0, size - copies + 1.0)
        share = copies / size
        assert _repeated(values, most) == (share if share > most else 0.0)


def test_the_message_names_the_law_only_where_the_law_is_the_reason():
    noise = np.random.default_rng(1).normal(0.0, 0.01, 100)
    for zeros, law, message in (
        (75, "t", r"vary for the law 't', got the same value in 75% of 100"),
        (75, "skewt", r"vary for the law 'skewt', got the same value in 75% of 100"),
        (95, "t", r"returns that vary, got the same value in 95% of 100 periods; use a longer bar"),
        (95, "normal", r"returns that vary, got the same value in 95% of 100 periods"),
    ):
        with pytest.raises(InputError, match=message):
            usable(daily(np.where(np.arange(100) < zeros, 0.0, noise)), 50, "GARCH", law)
    stale = daily(np.where(np.arange(100) < 75, 0.0, noise))
    for law in ("normal", "ged"):
        np.testing.assert_array_equal(usable(stale, 50, "GARCH", law), stale)


def test_few_returns_may_repeat_themselves():
    returns = daily(np.append(np.zeros(18), 0.01))
    assert EWMA(half_life=5).fit(returns).diagnostics.zero_share == pytest.approx(18 / 19)
    assert not doubtful(returns.to_numpy())
    more = daily(np.append(np.zeros(19), 0.01))
    assert doubtful(more.to_numpy())
    with pytest.raises(InputError, match="the same value in 95% of 20 periods"):
        EWMA(half_life=5).fit(more)


@given(
    st.fixed_dictionaries(
        {
            "omega": st.sampled_from([1e-8, 2e-8, 0.01]),
            "alpha": st.sampled_from([0.0, 1e-6, 0.1]),
            "gamma": st.sampled_from([-0.1, 0.0, 0.2]),
            "beta": st.sampled_from([0.0, 0.8, 0.9]),
            "nu": st.sampled_from([2.05, 2.0501, 6.0, 299.9999, 300.0]),
            "skew": st.sampled_from([-1.0, 0.0, 1.0 - 1e-7]),
        }
    ),
    st.sets(st.sampled_from(["gamma", "nu", "skew"])),
)
def test_the_bounds_of_one_fit_are_those_of_many(params, absent):
    params = {name: value for name, value in params.items() if name not in absent}
    many = held({name: np.array([value, value]) for name, value in params.items()}, "skewt")
    one = held(params, "skewt")
    assert {name: [flag, flag] for name, flag in one.items()} == {
        name: flags.tolist() for name, flags in many.items()
    }
