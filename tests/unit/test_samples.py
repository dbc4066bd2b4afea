"""What data/ ships loads, is what its makers make, and is labelled."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from quant.errors import InputError
from quant.prices import check_prices, read_ohlcv, read_prices
from quant.returns import log_returns
from quant.samples import load_sample

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize("name", ["markets", "simulated_crypto"])
def test_wide_samples_are_fit_to_use(name: str) -> None:
    prices = load_sample(name)
    pd.testing.assert_frame_equal(read_prices(prices), prices)
    assert str(prices.index.dtype) == "datetime64[ns]"
    assert not check_prices(prices).fatal


def test_the_markets_cover_two_decades() -> None:
    prices = load_sample("markets")
    assert prices.shape == (5038, 11)
    assert prices.index[0] < pd.Timestamp("2000-01-01")
    assert prices.index[-1] > pd.Timestamp("2018-12-01")
    # 2008-09-29, S&P 500: 1213.27 to 1106.42, the fall of 8.8 % that the papers reported.
    assert np.expm1(log_returns(prices)["SP500"]["2008-09-29"]) == pytest.approx(-0.0881, abs=5e-5)
    assert prices.loc["2001-09-11":"2001-09-14", "SP500"].isna().all()


def test_the_markets_are_those_of_their_packages() -> None:
    pytest.importorskip("skfolio")
    maker = runpy.run_path(str(DATA / "make_market_prices.py"))
    made = maker["market_prices"]()
    pd.testing.assert_frame_equal(
        load_sample("markets"), made.set_axis(made.index.as_unit("ns"), axis=0), rtol=1e-12
    )


def test_the_simulation_runs_again_to_the_same_histories() -> None:
    maker = runpy.run_path(str(DATA / "make_simulated_crypto.py"))
    long = maker["simulated_crypto"]()
    wide = maker["closes"](long)
    shipped = load_sample("simulated_crypto_ohlcv")
    assert shipped["asset"].tolist() == long["asset"].tolist()
    assert shipped["date"].tolist() == long["date"].tolist()
    # Six significant digits: another platform's exp may turn the last one.
    for column in ("open", "high", "low", "close", "volume"):
        np.testing.assert_allclose(shipped[column], long[column], rtol=1.1e-5)
    np.testing.assert_allclose(load_sample("simulated_crypto"), wide, rtol=1.1e-5)


def test_simulated_assets_say_so() -> None:
    assert all(name.startswith("SIM-") for name in load_sample("simulated_crypto"))
    assert load_sample("simulated_crypto_ohlcv")["asset"].str.startswith("SIM-").all()


def test_simulated_coins_cluster_crash_together_and_the_peg_breaks_once() -> None:
    r = log_returns(load_sample("simulated_crypto"))
    assert len(r) + 1 == 2500
    size = r.abs()
    for coin in ("SIM-BTC", "SIM-ETH", "SIM-ALT1"):
        # 2 / sqrt(2499) = 0.04 is the band of no clustering.
        assert np.mean([size[coin].autocorr(lag) for lag in range(1, 11)]) > 0.08
        assert r[coin].kurt() > 3.0
    crash = r["SIM-BTC"].idxmin()
    assert (r.loc[crash].drop(["SIM-USD", "SIM-ALT3", "SIM-NEW"]) < -0.3).all()
    peg = load_sample("simulated_crypto")["SIM-USD"]
    assert peg.min() < 0.92
    assert (peg < 0.97).sum() < 15
    assert abs(peg.iloc[-1] - 1.0) < 0.01


def test_bars_of_a_simulated_coin_are_consistent() -> None:
    long = load_sample("simulated_crypto_ohlcv")
    report = check_prices(long)
    assert not report.fatal
    assert not report.of_kind("ohlc inconsistent")
    bars = read_ohlcv(long, asset="SIM-USD")
    assert bars.shape == (2500, 5)
    pd.testing.assert_series_equal(
        bars["close"], load_sample("simulated_crypto")["SIM-USD"], check_names=False
    )
    assert (bars["volume"] > 0).all()


def test_an_unknown_sample_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="name: expected one of 'markets', 'simulated_crypto'"):
        load_sample("bitcoin")


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 3_000_000
