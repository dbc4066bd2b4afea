"""Logarithm and exponential of the compiled laws, against NumPy's in extended precision."""

from __future__ import annotations

import numpy as np
import pytest

RNG = np.random.default_rng(12)
UNITS = {"log": 3.0, "exp": 1.5}  # in the last place
ARGUMENTS = {
    "log": {
        "all sizes": np.exp(RNG.uniform(-706.0, 706.0, 40_000)),
        "about one": 1.0 + RNG.uniform(-0.3, 0.45, 40_000),
        "next to one": 1.0 + RNG.uniform(-1e-6, 1e-6, 40_000),
        "where the exponent turns": np.nextafter(np.repeat(np.sqrt([0.5, 2.0]), 8), [0.0, 2.0] * 8),
    },
    "exp": {
        "all sizes": RNG.uniform(-708.0, 708.0, 40_000),
        "about zero": RNG.uniform(-1.0, 1.0, 40_000),
        "ends": np.array([-708.0, 708.0, 0.0, 0.5 * np.log(2.0), -0.5 * np.log(2.0), 1e-300, 1, 2]),
    },
}


def in_lanes(name, x):
    from numba import njit

    from quant.volatility._kernels import lane_functions
    from quant.volatility._kernels.simd import LANES, load, store

    function = getattr(lane_functions, name)

    @njit
    def each(values, out):
        for at in range(0, values.size, LANES):
            store(out, at, function(load(values, at)))

    out = np.empty_like(x)
    each(x, out)
    return out


@pytest.mark.parametrize("name", ["log", "exp"])
def test_errors_are_a_few_units_in_the_last_place_at_most(name):
    x = np.concatenate(list(ARGUMENTS[name].values()))
    true = getattr(np, name)(x.astype(np.longdouble))
    units = np.abs(in_lanes(name, x) - true) / np.spacing(np.abs(true.astype(np.float64)))
    assert units.max() < UNITS[name]
