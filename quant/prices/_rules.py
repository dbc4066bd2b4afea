"""What a price history should look like, rule by rule, and what to do where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["fatal", "suspicious", "info"]
Kind: TypeAlias = Literal[
    "mixed time zones",
    "unsorted",
    "duplicate",
    "not a number",
    "non-positive",
    "no prices",
    "missing",
    "high below low",
    "negative volume",
    "ohlc inconsistent",
    "isolated spike",
    "restart",
    "large move",
    "stale run",
    "gap",
    "off grid",
    "ended",
    "zero volume",
    "closed market",
    "not listed",
]

SEVERITIES: Final[tuple[Severity, ...]] = ("fatal", "suspicious", "info")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is expected, how serious a breach of it is, and the remedy."""

    severity: Severity
    expected: str
    remedy: str


# The order is the order of a report: what stops the work first.
RULES: Final[Mapping[Kind, Rule]] = {
    "mixed time zones": Rule(
        "fatal",
        "stamps of one time zone",
        "write all stamps in UTC, or clean_prices(time_zones='utc')",
    ),
    "unsorted": Rule("fatal", "ascending dates", "sort the rows, or clean_prices(order='sort')"),
    "duplicate": Rule(
        "fatal", "one row per date", "decide which to keep: clean_prices(duplicates='last')"
    ),
    "not a number": Rule(
        "fatal", "finite numbers", "correct the entry, or clean_prices(not_a_number='drop')"
    ),
    "non-positive": Rule(
        "fatal",
        "positive prices (a log return needs them)",
        "correct the entry, or clean_prices(non_positive='drop'): one return then spans the day",
    ),
    "no prices": Rule("fatal", "at least one price", "remove the column"),
    "missing": Rule(
        "fatal",
        "a price on every row of a listed asset",
        "fill in the price, or clean_prices(missing='drop'): one return then spans the hole",
    ),
    "high below low": Rule("fatal", "high of at least low", "correct the row"),
    "negative volume": Rule("fatal", "volume of at least 0", "correct the row"),
    "ohlc inconsistent": Rule(
        "suspicious", "open and close within low and high", "compare with another source"
    ),
    "isolated spike": Rule(
        "suspicious",
        "moves that last",
        "compare with another source; clean_prices(spikes='drop') removes the day",
    ),
    "restart": Rule(
        "suspicious",
        "one price level",
        "a new contract, split or redenomination? join the pieces with splice_returns",
    ),
    "large move": Rule(
        "suspicious", "moves of ordinary size", "compare with another source; keep if genuine"
    ),
    "stale run": Rule(
        "suspicious", "prices that change", "compare with another source; drop filled-in days"
    ),
    "gap": Rule(
        "suspicious",
        "a price on every day of the calendar",
        "fetch the missing days; until then one return spans them",
    ),
    "off grid": Rule("suspicious", "stamps on one grid", "move the stamp to its period"),
    "ended": Rule(
        "suspicious",
        "prices up to the last row",
        "delisted, or not updated? a margin of today needs today's price",
    ),
    "zero volume": Rule(
        "suspicious", "trading on every bar", "treat the price as a quote, not as a trade"
    ),
    "closed market": Rule(
        "info", "a price on every row", "none: returns run between the asset's own prices"
    ),
    "not listed": Rule("info", "a price on every row", "none: the history starts later"),
}
