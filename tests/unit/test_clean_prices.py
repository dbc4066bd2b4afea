"""Cleaning does what it is told, says so, and refuses the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quant.errors import InputError, PriceDataError
from quant.prices import clean_prices, read_prices

# The crude oil settlements around the day WTI closed at -36.98 (EIA, daily spot prices).
WTI = pd.Series(
    [18.0, -36.98, 9.0, 13.5],
    index=pd.to_datetime(["2020-04-17", "2020-04-20", "2020-04-21", "2020-04-22"]),
    name="WTI",
)


def table(dates: list[str], prices: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"date": dates, "BTC": prices})


def test_without_rules_nothing_changes_and_faults_are_refused() -> None:
    good = WTI.drop(pd.Timestamp("2020-04-20"))
    cleaned, changes = clean_prices(good)
    assert cleaned["WTI"].tolist() == good.tolist()
    assert changes.columns.tolist() == ["asset", "date", "old", "new", "rule"]
    assert changes.empty
    with pytest.raises(PriceDataError, match=r"got -36\.98 for WTI at 2020-04-20"):
        clean_prices(WTI)


def test_a_dropped_price_takes_its_empty_row_along() -> None:
    cleaned, changes = clean_prices(WTI, non_positive="drop")
    assert cleaned["WTI"].tolist() == [18.0, 9.0, 13.5]
    assert changes.iloc[0][["asset", "old", "rule"]].tolist() == [
        "WTI", -36.98, "non_positive='drop'",
    ]  # fmt: skip
    assert np.isnan(changes["new"].iloc[0])


def test_a_dropped_price_in_a_panel_is_a_blank() -> None:
    panel = pd.DataFrame({"WTI": WTI, "Brent": [28.0, 25.5, 19.3, 20.3]})
    cleaned, _ = clean_prices(panel, non_positive="drop")
    assert cleaned.shape == (4, 2)
    assert np.isnan(cleaned.loc["2020-04-20", "WTI"])


@pytest.mark.parametrize("keep, kept, lost", [("first", 2.0, 3.0), ("last", 3.0, 2.0)])
def test_one_of_several_prices_of_a_date_stays(keep: str, kept: float, lost: float) -> None:
    raw = table(["2024-01-01", "2024-01-02", "2024-01-02", "2024-01-03"], [1.0, 2.0, 3.0, 4.0])
    cleaned, changes = clean_prices(raw, duplicates=keep)  # type: ignore[arg-type]
    assert cleaned["BTC"].tolist() == [1.0, kept, 4.0]
    assert changes[["old", "new"]].to_numpy().tolist() == [[lost, kept]]


def test_sorting_is_told() -> None:
    raw = table(["2024-01-02", "2024-01-01", "2024-01-03"], [2.0, 1.0, 3.0])
    cleaned, changes = clean_prices(raw, order="sort")
    assert cleaned["BTC"].tolist() == [1.0, 2.0, 3.0]
    assert changes["rule"].tolist() == ["order='sort'"]


def test_text_is_dropped_entry_by_entry() -> None:
    raw = table([f"2024-01-0{day}" for day in range(1, 6)], [1.0, "a", "b", 4.0, np.inf])
    cleaned, changes = clean_prices(raw, not_a_number="drop")
    assert cleaned["BTC"].tolist() == [1.0, 4.0]
    assert changes["old"].tolist() == ["a", "b", "inf"]


def test_mixed_zones_become_utc() -> None:
    raw = table(["2024-01-01T12:00:00+01:00", "2024-01-02T12:00:00Z"], [1.0, 2.0])
    cleaned, changes = clean_prices(raw, time_zones="utc")
    assert cleaned.index.tolist() == [
        pd.Timestamp("2024-01-01 11:00"), pd.Timestamp("2024-01-02 12:00"),
    ]  # fmt: skip
    assert changes["rule"].tolist() == ["time_zones='utc'"]


def test_missing_rows_go_only_when_asked() -> None:
    raw = table(["2024-01-01", "2024-01-02", "2024-01-03"], [1.0, np.nan, -3.0])
    with pytest.raises(PriceDataError, match="got missing for BTC at 2024-01-02"):
        clean_prices(
            table(["2024-01-01", "2024-01-02", "2024-01-03"], [1.0, np.nan, 3.0]),
            non_positive="drop",
        )
    cleaned, changes = clean_prices(
        table(["2024-01-01", "2024-01-02", "2024-01-03"], [1.0, np.nan, 3.0]), missing="drop"
    )
    assert cleaned["BTC"].tolist() == [1.0, 3.0]
    assert changes["date"].tolist() == [pd.Timestamp("2024-01-02")]
    assert len(raw) == 3


def test_nothing_left_is_refused() -> None:
    raw = table(["2024-01-01", "2024-01-02"], ["x", "y"])
    with pytest.raises(PriceDataError, match="expected some to be left, got none"):
        clean_prices(raw, not_a_number="drop")


def test_spikes_go_only_when_asked() -> None:
    rng = np.random.default_rng(4)
    prices = pd.Series(
        100.0 * np.exp(np.cumsum(0.01 * rng.standard_normal(200))),
        index=pd.date_range("2024-01-01", periods=200),
        name="BTC",
    )
    prices.iloc[100] *= 1.5
    assert clean_prices(prices)[1].empty
    cleaned, changes = clean_prices(prices, spikes="drop")
    assert len(cleaned) == 199
    assert changes["date"].tolist() == [prices.index[100]]


def test_the_result_reads_as_it_is() -> None:
    raw = table(["2024-01-02", "2024-01-01", "2024-01-02", "2024-01-03"], [2.0, 1.0, -1.0, 3.0])
    cleaned, changes = clean_prices(raw, order="sort", duplicates="first", non_positive="drop")
    pd.testing.assert_frame_equal(read_prices(cleaned), cleaned)
    assert len(changes) == 2


def test_unknown_rules_are_refused() -> None:
    with pytest.raises(InputError, match="duplicates: expected one of 'refuse', 'first', 'last'"):
        clean_prices(WTI, duplicates="mean")  # type: ignore[arg-type]
