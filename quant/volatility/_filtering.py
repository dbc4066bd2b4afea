"""What a model's recursion makes of returns under given parameters: paths and likelihoods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.distributions.base import InnovationLaw
from quant.errors import InputError
from quant.volatility._filter import Presample, State, VarianceFilter, variance_before
from quant.volatility.base import VolatilityModel


class FilteredModel(VolatilityModel, Protocol):
    """A specification that turns parameters into a recursion and a law."""

    def _filter(self, params: Mapping[str, float]) -> VarianceFilter: ...

    def _law(self, params: Mapping[str, float]) -> InnovationLaw: ...


def contributions(
    spec: FilteredModel, params: Mapping[str, float], returns: pd.Series, presample: Presample
) -> Vector:
    """Return the log-likelihood of each return (T,); InputError where there is none."""
    opening = spec._filter(params).open(variance_before(presample, params.get("mu", 0.0)))
    sigma, z, _ = paths(spec, params, returns, opening)
    density = spec._law(params).logpdf(z.to_numpy())
    return np.asarray(density - np.log(sigma.to_numpy()), dtype=np.float64)


def paths(
    spec: FilteredModel, params: Mapping[str, float], returns: pd.Series, state: State
) -> tuple[pd.Series, pd.Series, State]:
    """Return sigma, z and the state after `returns`, from the state before them."""
    shocks = returns.to_numpy(dtype=np.float64) - params.get("mu", 0.0)
    variance, after = spec._filter(params).run(state, shocks)
    whole = np.append(variance, after.variance)
    if not (whole.min() > 0.0 and whole.max() < np.inf):  # neither holds for NaN
        bad = np.flatnonzero(~((whole > 0.0) & np.isfinite(whole)))
        at = min(int(bad[0]), len(returns) - 1)
        raise InputError(
            f"variance: expected positive finite variances from {spec!r}, got {whole[bad[0]]:g} "
            f"at {_checks.stamp(returns.index[at])}; check the parameters and the returns before it"
        )
    sigma = np.sqrt(variance)
    z = shocks / sigma
    for array in (sigma, z):
        array.setflags(write=False)
    return (
        pd.Series(sigma, index=returns.index, name="sigma", copy=False),
        pd.Series(z, index=returns.index, name="z", copy=False),
        after,
    )
