"""The check finds each kind of defect, once, and does not cry wolf."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from quant.errors import InputError
from quant.prices import check_prices
from quant.prices.base import PriceReport


def walk(n: int = 400, *, start: str = "2021-01-01", freq: str = "D", seed: int = 1) -> pd.Series:
    rng = np.random.default_rng(seed)
    index = pd.date_range(start, periods=n, freq=freq)
    return pd.Series(100.0 * np.exp(np.cumsum(0.02 * rng.standard_normal(n))), index, name="BTC")


def found(report: PriceReport, kind: str) -> list[tuple[str, str, str, int]]:
    return [
        (f.asset, str(f.start.date()), str(f.end.date()), f.count) for f in report if f.kind == kind
    ]


def test_a_clean_walk_has_no_findings() -> None:
    report = check_prices(walk())
    assert len(report) == 0
    assert report.to_frame().empty
    assert repr(report) == (
        "PriceReport: 1 asset, 400 rows, 2021-01-01 to 2022-02-04: 0 fatal, 0 suspicious, 0 info"
    )


def test_a_business_day_calendar_has_holidays_but_no_gaps() -> None:
    prices = walk(800, freq="B")
    closed = ["2021-04-02", "2021-04-05", "2021-12-24", "2022-04-15", "2022-04-18"]
    assert len(check_prices(prices.drop(pd.to_datetime(closed)))) == 0


def test_a_week_without_business_days_is_a_gap() -> None:
    prices = walk(800, freq="B")
    rest = prices[(prices.index < "2021-09-13") | (prices.index > "2021-09-17")]
    assert found(check_prices(rest), "gap") == [("BTC", "2021-09-13", "2021-09-17", 5)]


def test_on_seven_days_a_week_each_absent_day_is_a_gap() -> None:
    rest = walk().drop(pd.to_datetime(["2021-03-06", "2021-05-01", "2021-05-02"]))
    assert found(check_prices(rest), "gap") == [
        ("BTC", "2021-03-06", "2021-03-06", 1),
        ("BTC", "2021-05-01", "2021-05-02", 2),
    ]


def test_a_gap_of_all_assets_is_one_finding() -> None:
    panel = pd.DataFrame({"BTC": walk(), "ETH": walk(seed=2)}).drop(pd.Timestamp("2021-03-06"))
    assert found(check_prices(panel), "gap") == [("*", "2021-03-06", "2021-03-06", 1)]


def test_an_absent_hour_and_a_stamp_off_the_grid_are_found() -> None:
    hours = walk(2000, freq="h").drop(pd.Timestamp("2021-01-05 07:00"))
    stamps = hours.index.to_list()
    stamps[500] += pd.Timedelta(minutes=7)
    report = check_prices(hours.set_axis(pd.DatetimeIndex(stamps)))
    assert [f.start for f in report.of_kind("off grid")] == [stamps[500]]
    assert pd.Timestamp("2021-01-05 07:00") in [f.start for f in report.of_kind("gap")]


def test_an_absent_month_of_monthly_prices_is_a_gap() -> None:
    months = walk(60, freq="MS")
    assert len(check_prices(months)) == 0
    assert len(check_prices(months.drop(months.index[30])).of_kind("gap")) == 1


def test_weekends_of_a_stock_beside_a_coin_are_one_closed_market() -> None:
    panel = pd.DataFrame({"BTC": walk(), "SP500": walk(286, freq="B", seed=2)})
    report = check_prices(panel)
    assert [f.kind for f in report] == ["closed market"]
    # 2021-01-01 is a Friday; 57 whole weekends follow up to Friday 2022-02-04.
    assert found(report, "closed market") == [("SP500", "2021-01-02", "2022-01-30", 114)]


def test_blanks_are_told_apart() -> None:
    panel = pd.DataFrame({"A": walk(), "B": walk(seed=2), "C": np.nan})
    panel.loc[:"2021-01-10", "B"] = np.nan
    panel.loc["2022-02-01":, "B"] = np.nan
    panel.loc["2021-03-03", "A"] = np.nan
    panel.loc["2021-05-05":"2021-05-06"] = np.nan
    report = check_prices(panel)
    assert found(report, "not listed") == [("B", "2021-01-01", "2021-01-10", 10)]
    assert found(report, "ended") == [("B", "2022-02-01", "2022-02-04", 4)]
    assert found(report, "closed market") == [("A", "2021-03-03", "2021-03-03", 1)]
    assert found(report, "missing") == [("*", "2021-05-05", "2021-05-06", 2)]
    assert found(report, "no prices") == [("C", "2021-01-01", "2022-02-04", 400)]
    assert [f.kind for f in report.fatal] == ["no prices", "missing"]


def test_a_closure_beyond_any_holiday_is_also_a_gap() -> None:
    panel = pd.DataFrame({"A": walk(), "B": walk(seed=2)})
    panel.loc["2021-03-01":"2021-04-30", "B"] = np.nan
    assert found(check_prices(panel), "gap") == [("B", "2021-03-01", "2021-04-30", 61)]


def test_a_stale_run_counts_the_equal_prices() -> None:
    prices = walk()
    prices.iloc[10:14] = prices.iloc[10]
    assert found(check_prices(prices), "stale run") == []
    prices.iloc[10:15] = prices.iloc[10]
    assert found(check_prices(prices), "stale run") == [("BTC", "2021-01-11", "2021-01-15", 5)]
    assert len(check_prices(prices, stale_run=6)) == 0


def test_a_spike_that_reverts_is_not_a_restart() -> None:
    prices = walk()
    prices.iloc[50] *= 10.0
    report = check_prices(prices)
    assert found(report, "isolated spike") == [("BTC", "2021-02-20", "2021-02-20", 1)]
    assert len(report.of_kind("large move")) == 2
    assert not report.of_kind("restart")


@pytest.mark.parametrize("factor", [1.4, 0.7])
def test_a_spike_below_the_large_move_is_found(factor: float) -> None:
    prices = walk()
    prices.iloc[50] *= factor
    assert [f.kind for f in check_prices(prices)] == ["isolated spike"]


def test_a_crash_that_stays_is_a_large_move_and_no_spike() -> None:
    prices = walk()
    prices.iloc[50:] *= 0.5
    report = check_prices(prices)
    assert [f.kind for f in report] == ["large move"]
    assert report.findings[0].value == pytest.approx(np.log(prices.iloc[50] / prices.iloc[49]))
    assert not len(check_prices(prices, large_move=1.0))


def test_a_redenomination_is_a_restart() -> None:
    prices = walk()
    prices.iloc[200:] /= 1000.0
    assert found(check_prices(prices), "restart") == [("BTC", "2021-07-20", "2021-07-20", 1)]


def test_a_ticker_that_returns_at_another_level_is_a_restart() -> None:
    panel = pd.DataFrame({"LUNA": walk(), "BTC": walk(seed=2)})
    panel.loc["2021-05-13":"2021-05-28", "LUNA"] = np.nan
    assert not check_prices(panel).of_kind("restart")
    panel.loc["2021-05-29":, "LUNA"] *= 4.0
    assert found(check_prices(panel), "restart") == [("LUNA", "2021-05-29", "2021-05-29", 1)]


def test_raw_tables_are_reported_not_raised() -> None:
    table = pd.DataFrame(
        {
            "date": ["2024-01-03", "2024-01-01", "2024-01-01", "2024-01-02", "2024-01-04"],
            "BTC": ["1", "2", "3", "oops", "-4"],
        }
    )
    report = check_prices(table)
    kinds = [f.kind for f in report.fatal]
    assert kinds == ["unsorted", "duplicate", "not a number", "non-positive"]
    assert report.of_kind("not a number")[0].value == "oops"
    assert found(report, "duplicate") == [("BTC", "2024-01-01", "2024-01-01", 1)]


def test_a_duplicate_in_a_long_table_names_the_asset() -> None:
    table = pd.DataFrame(
        {
            "date": ["2024-01-01", "2024-01-02", "2024-01-01", "2024-01-02", "2024-01-02"],
            "asset": ["A", "A", "B", "B", "B"],
            "price": [1.0, 1.1, 2.0, 2.1, 2.2],
        }
    )
    report = check_prices(table)
    assert found(report, "duplicate") == [("B", "2024-01-02", "2024-01-02", 1)]
    assert [f.kind for f in report] == ["duplicate"]


def test_a_whole_column_of_text_is_one_finding() -> None:
    table = pd.DataFrame({"A": walk(), "B": "free text"})
    assert found(check_prices(table), "not a number") == [("B", "2021-01-01", "2022-02-04", 400)]


def test_a_table_of_returns_is_one_finding_per_column() -> None:
    report = check_prices(np.log(walk()).diff().dropna())
    assert [f.kind for f in report] == ["non-positive"]


def test_odd_bars_are_found() -> None:
    close = walk()
    bars = pd.DataFrame({"open": close, "high": close + 1, "low": close - 1, "close": close})
    bars["volume"] = 5.0
    assert not len(check_prices(bars))
    bars.iloc[7, 0] += 2.0
    bars.iloc[8, 3] -= 2.0
    bars.iloc[9, 4] = 0.0
    bars.iloc[11, 1] = bars.iloc[11, 2] - 1.0
    report = check_prices(bars)
    assert [f.start.day for f in report.of_kind("ohlc inconsistent")] == [8, 9]
    assert [f.start.day for f in report.of_kind("zero volume")] == [10]
    assert [f.start.day for f in report.of_kind("high below low")] == [12]
    assert [f.kind for f in report.fatal] == ["high below low"]


def test_the_report_is_frozen_ordered_and_fits_a_page() -> None:
    prices = walk()
    prices.iloc[::9] *= 3.0
    prices.iloc[5] = -1.0
    report = check_prices(prices)
    frame = report.to_frame()
    assert frame.columns.tolist() == [
        "asset", "start", "end", "kind", "value", "count", "severity", "remedy",
    ]  # fmt: skip
    assert frame["severity"].tolist() == sorted(frame["severity"])
    assert frame.iloc[0][["asset", "kind", "value"]].tolist() == ["BTC", "non-positive", -1.0]
    assert len(repr(report).splitlines()) < 30
    assert "more in .to_frame()" in repr(report)
    assert report._repr_html_().count("<tr") == 21
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.n_rows = 3  # type: ignore[misc]


def test_thresholds_are_checked() -> None:
    with pytest.raises(InputError, match="large_move: expected a number above 0"):
        check_prices(walk(), large_move=0.0)
    with pytest.raises(InputError, match="stale_run: expected a whole number of at least 2"):
        check_prices(walk(), stale_run=1)


@pytest.mark.parametrize("sigma, kinds", [(0.02, ["isolated spike"]), (0.08, [])])
def test_a_spike_is_measured_by_its_surroundings(sigma: float, kinds: list[str]) -> None:
    calm = np.resize([sigma, -sigma, 0.5 * sigma, -0.5 * sigma], 200)
    logs = np.cumsum(calm)
    logs[100] += 0.3
    prices = pd.Series(np.exp(logs), pd.date_range("2021-01-01", periods=200))
    assert [f.kind for f in check_prices(prices)] == kinds
