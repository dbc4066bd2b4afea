"""Every defect listed for the development histories is found where it is listed.

Kinds that cannot be seen in a file as stored, and why:

- *duplicate date dropped*: the file holds the row that was kept.
- *differs >3 % from Binance*: that needs the other source.
- *split factor*: prices are already adjusted back.
- *dates one day early (DST)*: each date is a good one; only the duplicates and gaps it made show.
- *volume columns swapped*, *unparseable line*, *placeholder row*: repaired in the file.
"""

from __future__ import annotations

import pandas as pd
import pytest

from quant.errors import PriceDataError
from quant.prices import check_prices, read_prices
from tests.shared_data import shared

FOUND_AS = {
    "large move": "large move",
    "stale run": "stale run",
    "missing": "gap",
    "non-positive": "non-positive",
    "ohlc inconsistent": "ohlc inconsistent",
    "zero volume": "zero volume",
    "off-grid settlement stamp": "off grid",
}
COUNTS = {"large move": 99, "stale run": 33, "missing": 56, "off-grid settlement stamp": 14}


def listed() -> pd.DataFrame:
    folder = shared() / "data"
    rows = pd.read_csv(folder / "defect_rows.csv", dtype=str)
    there = [path.stem for path in folder.glob("*.csv")]
    return rows[rows["dataset"].isin(there) & rows["kind"].isin(FOUND_AS)]


def test_the_list_holds_what_this_test_is_about() -> None:
    counts = listed()["kind"].value_counts()
    assert {kind: int(counts[kind]) for kind in COUNTS} == COUNTS


@pytest.mark.parametrize("kind", FOUND_AS)
def test_each_listed_defect_is_found(kind: str) -> None:
    rows = listed()
    lost = []
    for dataset, group in rows[rows["kind"] == kind].groupby("dataset"):
        report = check_prices(shared() / "data" / f"{dataset}.csv")
        findings = report.of_kind(FOUND_AS[kind])  # type: ignore[arg-type]
        for row in group.itertuples():
            when = pd.Timestamp(row.date).tz_localize(None)
            whom = {row.field, "*", dataset, f"{dataset} {row.field}"} | (
                set(report.assets) if row.field == "*" else set()
            )
            if not any(f.asset in whom and f.start <= when <= f.end for f in findings):
                lost.append((dataset, row.date, row.field))
    assert not lost


def test_stale_runs_have_the_listed_length() -> None:
    rows = listed()
    for dataset, group in rows[rows["kind"] == "stale run"].groupby("dataset"):
        report = check_prices(shared() / "data" / f"{dataset}.csv")
        length = {(f.asset, f.start): f.count for f in report.of_kind("stale run")}
        for row in group.itertuples():
            assert length[row.field, pd.Timestamp(row.date)] == int(row.value.split("x")[1]), row


def test_a_duplicate_put_back_is_found() -> None:
    table = pd.read_csv(shared() / "data" / "qrm_crypto_close_daily.csv")
    again = table[table["date"] == "2011-03-27"].assign(BTC=0.82)
    raw = pd.concat([table, again]).sort_values("date", kind="stable")
    report = check_prices(raw)
    assert [(f.kind, f.start) for f in report.fatal] == [("duplicate", pd.Timestamp("2011-03-27"))]


def test_good_files_read_and_bad_ones_say_why() -> None:
    folder = shared() / "data"
    assert read_prices(folder / "crypto_close_daily.csv").shape == (3735, 21)
    assert read_prices(folder / "fx_close_daily.csv").shape == (7320, 14)
    assert read_prices(folder / "btc_usd_daily.csv").shape == (3735, 1)
    with pytest.raises(PriceDataError, match=r"got -36\.98 for WTI at 2020-04-20"):
        read_prices(folder / "energy_spot_daily.csv")
