"""Reading: what comes in, in which layout, and what is refused with which words."""

from __future__ import annotations

import builtins
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from quant.errors import PriceDataError
from quant.prices import read_ohlcv, read_prices

WIDE = "date,BTC,ETH\n2024-01-01,42000,2300.5\n2024-01-02,43000,2310\n2024-01-03,41000,2200\n"
LONG = (
    "date,asset,price\n2024-01-01,BTC,42000\n2024-01-01,ETH,2300.5\n2024-01-02,BTC,43000\n"
    "2024-01-02,ETH,2310\n2024-01-03,BTC,41000\n2024-01-03,ETH,2200\n"
)
BARS = (
    "Date,Open,High,Low,Close,Adj Close,Volume\n"
    "2024-01-01,1.0,3.0,0.5,2.0,1.9,100\n2024-01-02,2.0,2.5,1.5,2.25,2.1,0\n"
)
DAYS = pd.date_range("2024-01-01", periods=3, name="date").as_unit("ns")
EXPECTED = pd.DataFrame(
    {"BTC": [42000.0, 43000.0, 41000.0], "ETH": [2300.5, 2310.0, 2200.0]}, index=DAYS
).rename_axis("date")


def write(folder: Path, text: str, name: str = "prices.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("text", [WIDE, LONG, LONG.replace("asset,price", "ticker,close")])
def test_wide_and_long_csv_give_the_same_frame(tmp_path: Path, text: str) -> None:
    got = read_prices(write(tmp_path, text))
    pd.testing.assert_frame_equal(got, EXPECTED, check_freq=False)


def test_a_long_table_ordered_by_asset_is_not_unsorted(tmp_path: Path) -> None:
    lines = LONG.splitlines()
    text = "\n".join([lines[0], *sorted(lines[1:], key=lambda line: line.split(",")[1])])
    pd.testing.assert_frame_equal(read_prices(write(tmp_path, text)), EXPECTED, check_freq=False)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_frames_come_back_at_one_resolution(unit: str) -> None:
    frame = EXPECTED.set_axis(pd.DatetimeIndex(EXPECTED.index).as_unit(unit), axis=0)
    assert str(read_prices(frame).index.dtype) == "datetime64[ns]"


def test_parquet_reads_as_the_frame_it_holds(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    EXPECTED.to_parquet(tmp_path / "index.parquet")
    EXPECTED.reset_index().to_parquet(tmp_path / "column.parquet")
    for name in ("index.parquet", "column.parquet"):
        pd.testing.assert_frame_equal(read_prices(tmp_path / name), EXPECTED, check_freq=False)


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    path = write(tmp_path, "", "prices.parquet")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(PriceDataError, match=r"pip install 'quant-margin\[parquet\]'"):
        read_prices(path)


def test_a_broken_parquet_file_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(PriceDataError, match=r"expected a Parquet file, got prices\.parquet"):
        read_prices(write(tmp_path, WIDE, "prices.parquet"))


def test_bars_give_their_close_under_the_name_of_the_file(tmp_path: Path) -> None:
    got = read_prices(write(tmp_path, BARS, "sol.csv"))
    assert got["sol"].tolist() == [2.0, 2.25]


def test_read_ohlcv_keeps_the_five_fields_in_order(tmp_path: Path) -> None:
    got = read_ohlcv(write(tmp_path, BARS))
    assert got.columns.tolist() == ["open", "high", "low", "close", "volume"]
    assert got.loc["2024-01-02"].tolist() == [2.0, 2.5, 1.5, 2.25, 0.0]


def test_read_ohlcv_of_a_long_table_needs_the_asset() -> None:
    one = pd.read_csv(__import__("io").StringIO(BARS))
    both = pd.concat([one.assign(asset="A"), one.assign(asset="B", Close=2.1)])
    assert read_ohlcv(both, asset="B")["close"].tolist() == [2.1, 2.1]
    with pytest.raises(PriceDataError, match="asset: expected one of A, B, got None"):
        read_ohlcv(both)
    with pytest.raises(PriceDataError, match="asset: expected one of A, B, got 'C'"):
        read_ohlcv(both, asset="C")


def test_read_ohlcv_refuses_a_crossed_range_and_a_negative_volume(tmp_path: Path) -> None:
    crossed = BARS.replace("2.0,2.5,1.5", "2.0,1.5,2.5")
    with pytest.raises(PriceDataError, match=r"high of at least low.* at 2024-01-02"):
        read_ohlcv(write(tmp_path, crossed))
    with pytest.raises(PriceDataError, match=r"volume of at least 0, got -7 .* at 2024-01-02"):
        read_ohlcv(write(tmp_path, BARS.replace("2.1,0", "2.1,-7")))
    with pytest.raises(PriceDataError, match="got prices only; use read_prices"):
        read_ohlcv(write(tmp_path, WIDE))


@pytest.mark.parametrize(
    "stamps",
    [
        ["2024-01-01", "2024-01-02", "2024-01-03"],
        ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "2024-01-03T00:00:00+00:00"],
        ["2024-01-01 00:00:00+09:00", "2024-01-02 00:00:00+09:00", "2024-01-03 00:00:00+09:00"],
        [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)],
        pd.date_range("2024-01-01", periods=3, tz="Asia/Tokyo"),
        pd.date_range("2024-01-01", periods=3, tz="America/New_York"),
    ],
)
def test_midnight_stamps_keep_the_date_they_show(stamps: object) -> None:
    frame = pd.DataFrame({"date": stamps, "BTC": [1.0, 2.0, 3.0]})
    assert read_prices(frame).index.tolist() == DAYS.tolist()


def test_stamps_within_the_day_are_moved_to_utc() -> None:
    stamps = ["2024-01-01T16:00:00-05:00", "2024-01-02T16:00:00-05:00"]
    got = read_prices(pd.DataFrame({"date": stamps, "BTC": [1.0, 2.0]}))
    assert got.index[0] == pd.Timestamp("2024-01-01 21:00")


@pytest.mark.parametrize(
    "bad",
    ["03/04/2024", "2024-1-2", "20240102", "2024-02-30", "yesterday", "", "2024-01-02T25:00"],
)
def test_a_date_that_is_not_iso_is_refused_with_its_row(tmp_path: Path, bad: str) -> None:
    text = WIDE.replace("2024-01-02", bad)
    with pytest.raises(PriceDataError, match=r"date: expected ISO dates .* in row 2; rewrite"):
        read_prices(write(tmp_path, text))


@pytest.mark.parametrize(
    "second", ["2024-01-02T00:00:00+01:00", "2024-01-02", "2024-01-02T00:00:00Z"]
)
def test_mixed_time_zones_are_refused(tmp_path: Path, second: str) -> None:
    text = WIDE.replace("2024-01-01", "2024-01-01T00:00:00-05:00").replace("2024-01-02", second)
    text = text.replace("2024-01-03", "2024-01-03T00:00:00-05:00")
    with pytest.raises(PriceDataError, match=r"stamps of one time zone.* at 2024-01-0"):
        read_prices(write(tmp_path, text))


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("43000", "-36.98", "expected positive prices .* got -36.98 for BTC at 2024-01-02"),
        ("43000", "0", "expected positive prices .* got 0 for BTC at 2024-01-02"),
        ("43000", "inf", "expected finite numbers, got 'inf' for BTC at 2024-01-02"),
        ("43000", "n.a!", "expected finite numbers, got 'n.a!' for BTC at 2024-01-02"),
        ("43000", '"43,000"', "expected finite numbers, got '43,000' for BTC at 2024-01-02"),
        ("43000,2310", ",", "a price on every row .* at 2024-01-02"),
        ("2024-01-02", "2024-01-01", "one row per date, got duplicate at 2024-01-01"),
        ("2024-01-03", "2023-12-31", "ascending dates, got unsorted at 2023-12-31"),
    ],
)
def test_fatal_findings_name_asset_date_value_and_remedy(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(PriceDataError, match=message + r".*; .*(clean_prices|fill)"):
        read_prices(write(tmp_path, WIDE.replace(old, new)))


def test_a_blank_is_missing_alone_and_a_closed_market_in_company(tmp_path: Path) -> None:
    blank = WIDE.replace("43000", "")
    assert np.isnan(read_prices(write(tmp_path, blank)).loc["2024-01-02", "BTC"])
    alone = pd.DataFrame({"BTC": [1.0, np.nan, 3.0]}, index=DAYS)
    with pytest.raises(PriceDataError, match="got missing for BTC at 2024-01-02"):
        read_prices(alone)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", r"got an empty file prices\.csv"),
        ("\n\n", r"got an empty file prices\.csv"),
        ("date,BTC\n", "at least two rows of prices, got 0"),
        ("date,BTC\n2024-01-01,1\n", "at least two rows of prices, got 1"),
        ("2024-01-01,1\n2024-01-02,2\n2024-01-03,2\n", "expected a column named date"),
        ("date;BTC\n2024-01-01;1\n2024-01-02;2\n", "a header without commas"),
        ("date\n2024-01-01\n2024-01-02\n", "expected price columns, got none"),
        ("date,BTC,BTC\n2024-01-01,1,2\n2024-01-02,1,2\n", "'BTC' twice"),
        ("date,BTC\n2024-01-01,1\n2024-01-02,2,3\n", "a line that is not"),
        ("date,BTC\n2024-01-01,1,7\n2024-01-02,2,7\n", "rows longer than the header"),
        ("date,BTC,\n2024-01-01,1,\n2024-01-02,2,\n", "at least one price, got no prices"),
        ("date,asset,volume\n2024-01-01,A,1\n2024-01-02,A,1\n", "a price or close column"),
        ("date,asset,price\n2024-01-01,A,1\n2024-01-02,,1\n", "a blank in row 2"),
    ],
)
def test_a_file_that_is_no_price_table_gets_one_clear_message(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(PriceDataError, match=message) as caught:
        read_prices(write(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("nul", [True, False])
def test_ten_megabytes_of_binary_named_csv_are_refused_at_once(tmp_path: Path, nul: bool) -> None:
    noise = np.random.default_rng(3).integers(0 if nul else 128, 256, 10_000_000, dtype=np.uint8)
    path = tmp_path / "prices.csv"
    path.write_bytes(noise.tobytes())
    start = time.perf_counter()
    with pytest.raises(PriceDataError, match=r"comma-separated text in UTF-8, got .* prices\.csv"):
        read_prices(path)
    assert time.perf_counter() - start < 1.0


def test_bytes_that_are_not_text_late_in_a_file_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"{day:%Y-%m-%d},1\n" for day in pd.date_range("1990-01-01", periods=9000))
    path = tmp_path / "prices.csv"
    path.write_bytes(b"date,BTC\n" + rows.encode() + b"2020-01-01,\xff\xfe\n")
    with pytest.raises(PriceDataError, match="comma-separated text in UTF-8"):
        read_prices(path)


def test_paths_and_types_that_are_no_source_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PriceDataError, match="expected an existing file"):
        read_prices(tmp_path / "absent.csv")
    with pytest.raises(PriceDataError, match="got the directory"):
        read_prices(tmp_path)
    with pytest.raises(PriceDataError, match="expected a path or a DataFrame, got list"):
        read_prices([1, 2])  # type: ignore[arg-type]
    levels = EXPECTED.set_axis(pd.MultiIndex.from_product([["Close"], ["A", "B"]]), axis=1)
    with pytest.raises(PriceDataError, match="one header row, got 2 levels"):
        read_prices(levels)
    with pytest.raises(PriceDataError, match="expected a column named date"):
        read_prices(EXPECTED.reset_index(drop=True))


@pytest.mark.parametrize("values", [[True, False], [1j, 2j], pd.date_range("2024", periods=2)])
def test_logical_complex_and_date_columns_are_no_prices(values: object) -> None:
    with pytest.raises(
        PriceDataError, match=r"expected finite numbers, got .* for A at 2024-01-01"
    ):
        read_prices(pd.DataFrame({"A": values}, index=DAYS[:2]))


def test_reading_leaves_the_source_alone() -> None:
    frame = EXPECTED.copy()
    got = read_prices(frame)
    got.iloc[0, 0] = 7.0
    pd.testing.assert_frame_equal(frame, EXPECTED)
