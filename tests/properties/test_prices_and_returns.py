"""Laws that prices and returns keep whatever the history."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.prices import check_prices, clean_prices
from quant.returns import align_returns, horizon_returns, log_returns, splice_returns

moves = st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=60)


@st.composite
def panels(draw: st.DrawFn) -> pd.DataFrame:
    """Return prices of 2 or 3 assets: late listings, closed days, all open on some rows."""
    n_assets = draw(st.integers(2, 3))
    n_rows = draw(st.integers(6, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    prices = 100.0 * np.exp(np.cumsum(0.1 * rng.standard_normal((n_rows, n_assets)), axis=0))
    prices[rng.random(prices.shape) < 0.25] = np.nan
    for asset in range(n_assets):
        prices[: rng.integers(0, n_rows // 2), asset] = np.nan
    prices[:, 0] = np.where(np.isnan(prices[:, 0]), 100.0, prices[:, 0])
    prices[-3:] = 50.0 + rng.random((3, n_assets))
    index = pd.date_range("2024-01-01", periods=n_rows)
    return pd.DataFrame(prices, index, [f"A{i}" for i in range(n_assets)])


@given(moves)
def test_log_returns_rebuild_the_prices(values: list[float]) -> None:
    index = pd.date_range("2024-01-01", periods=len(values))
    prices = pd.Series(100.0 * np.exp(np.cumsum(values)), index)
    rebuilt = prices.iloc[0] * np.exp(log_returns(prices).cumsum())
    np.testing.assert_allclose(rebuilt, prices.iloc[1:], rtol=1e-12)


@given(panels())
def test_each_asset_of_a_panel_has_the_returns_of_its_own_prices(prices: pd.DataFrame) -> None:
    got = log_returns(prices)
    for asset in prices:
        alone = log_returns(prices[asset].dropna())
        np.testing.assert_array_equal(got[asset].dropna(), alone)


@given(moves, st.integers(1, 5))
def test_horizon_returns_are_returns_of_prices_further_apart(
    values: list[float], horizon: int
) -> None:
    index = pd.date_range("2024-01-01", periods=len(values))
    logs = pd.Series(np.cumsum(values), index)
    r = logs.diff().dropna()
    if len(r) < horizon:
        return
    expected = (logs - logs.shift(horizon)).dropna()
    np.testing.assert_allclose(horizon_returns(r, horizon), expected, atol=1e-12)
    apart = horizon_returns(r, horizon, overlapping=False)
    np.testing.assert_allclose(apart, expected[::-1][::horizon][::-1], atol=1e-12)


@given(panels())
def test_aligning_keeps_every_move_between_common_prices(prices: pd.DataFrame) -> None:
    r = log_returns(prices)
    got = align_returns(r, how="intersection")
    assert not got.isna().any().any()
    logs = np.log(prices)
    ends = logs.loc[got.index]
    np.testing.assert_allclose(got.iloc[1:], ends.diff().iloc[1:], atol=1e-12)
    # Over the same stretch the other choice moves as far.
    carried = align_returns(r, how="carry")
    np.testing.assert_allclose(got.sum(), carried.sum(), atol=1e-10)


@given(panels())
def test_the_first_aligned_row_starts_at_a_price_of_every_asset(prices: pd.DataFrame) -> None:
    got = align_returns(log_returns(prices), how="intersection")
    logs = np.log(prices)
    common = logs.dropna().index
    before = common[common < got.index[0]][-1]
    np.testing.assert_allclose(got.iloc[0], logs.loc[got.index[0]] - logs.loc[before], atol=1e-12)


@given(moves, st.floats(0.01, 100.0), st.integers(2, 50))
def test_a_split_put_back_together_is_the_whole(
    values: list[float], factor: float, cut: int
) -> None:
    index = pd.date_range("2024-01-01", periods=len(values) + 2)
    prices = pd.Series(100.0 * np.exp(np.cumsum([0.0, 0.0, *values])), index)
    cut = min(cut, len(prices) - 2)
    pieces = [prices.iloc[:cut], prices.iloc[cut:] / factor]
    spliced = splice_returns(pieces, factors=[factor])
    np.testing.assert_allclose(spliced, log_returns(prices), atol=1e-12)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(
        st.sampled_from(
            ["duplicate", "non-positive", "not a number", "missing", "gap", "stale run"]
        ),
        min_size=1,
        unique=True,
    ),
)
def test_every_planted_defect_is_found_and_cleaned(seed: int, kinds: list[str]) -> None:
    rng = np.random.default_rng(seed)
    n = 240
    rows = rng.permutation(np.arange(10, 230, 12))[: len(kinds)]
    prices = 100.0 * np.exp(np.cumsum(0.02 * rng.standard_normal(n)))
    table = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=n), "BTC": prices})
    table["BTC"] = table["BTC"].astype(object)
    planted = dict(zip(kinds, rows.tolist(), strict=True))
    gone = []
    for kind, row in planted.items():
        if kind == "non-positive":
            table.loc[row, "BTC"] = -float(rng.random())
        elif kind == "not a number":
            table.loc[row, "BTC"] = "n/q"
        elif kind == "missing":
            table.loc[row, "BTC"] = np.nan
        elif kind == "stale run":
            table.loc[row : row + 5, "BTC"] = table.loc[row, "BTC"]
        else:
            gone.append((kind, row))
    for kind, row in gone:
        again = pd.concat([table, table[table.index == row]]).sort_index(kind="stable")
        table = again if kind == "duplicate" else table.drop(index=row)
    report = check_prices(table.reset_index(drop=True))
    for kind, row in planted.items():
        when = pd.Timestamp("2024-01-01") + pd.Timedelta(days=row)
        assert [f.start for f in report.of_kind(kind)] == [when], kind  # type: ignore[arg-type]
    cleaned, changes = clean_prices(
        table, duplicates="last", non_positive="drop", not_a_number="drop", missing="drop"
    )
    dropped = {"non-positive", "not a number", "missing", "gap"} & set(kinds)
    assert len(cleaned) == n - len(dropped)
    assert len(changes) == len(set(kinds) - {"gap", "stale run"})
