"""The table of margin rates: a row that lacks a number does not cost the others theirs."""

from __future__ import annotations

import numpy as np
import pandas as pd

import quant as q
from tests.strategies import daily


def test_an_estimate_on_its_bound_leaves_its_standard_error_open_and_the_table_whole():
    # losses with an end: the shape of their tail is held at -1/2, where errors mean nothing
    even = daily(0.01 * np.random.default_rng(5).uniform(-1.0, 1.0, 300))
    model = q.MarginModel(
        estimator=q.ExtremeValue(window=250, volatility=None), measure=q.VaR(0.99), horizon=1
    )
    table = model.schedule(pd.DataFrame({"A": even})).to_frame()
    assert (table["status"] == "model").all()
    assert table["initial"].notna().all()
    assert table["std_error"].isna().any()
