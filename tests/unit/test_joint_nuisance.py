from __future__ import annotations

import numpy as np

from quant.backtesting._joint_nuisance import location_scale


def test_a_spread_that_falls_below_zero_at_a_far_forecast_is_searched_from_above_it() -> None:
    x = np.concatenate((np.linspace(1.0, 2.0, 99), [6.0]))  # least squares has a sigma < 0 there
    y = np.random.default_rng(3).normal(size=100) * (2.2 - x)
    y[-1] = 0.1
    model = location_scale(y, np.column_stack((np.ones(100), x)))
    z = (y - model.mean) / model.sigma
    assert model.sigma.min() > 0.0
    assert np.isfinite(z).all()
