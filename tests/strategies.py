"""Series and samples that more than one test file draws from."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


def daily(values: np.ndarray, start: str = "2015-01-01") -> pd.Series:
    """Return values stamped with consecutive days."""
    return pd.Series(values, index=pd.date_range(start, periods=len(values)), name="asset")


def garch_returns(n: int, seed: int, scale: float = 0.02) -> pd.Series:
    """Return fat-tailed returns with volatility clustering, simulated."""
    rng = np.random.default_rng(seed)
    z = rng.standard_t(6, n) * np.sqrt(4 / 6)
    r, h = np.empty(n), scale**2
    for t in range(n):
        r[t] = np.sqrt(h) * z[t]
        h = 0.04 * scale**2 + 0.08 * r[t] ** 2 + 0.88 * h
    return daily(r)


def samples(min_size: int = 20, max_size: int = 300) -> st.SearchStrategy[np.ndarray]:
    """Return samples of losses, ties included."""
    return hnp.arrays(
        np.float64,
        st.integers(min_size, max_size),
        elements=st.one_of(
            st.floats(-1.0, 1.0, allow_subnormal=False), st.sampled_from([0.0, 0.01, 0.02, 0.5])
        ),
    )


levels = st.sampled_from([0.5, 0.9, 0.95, 0.975, 0.99])
