"""The table a desk posts: a row per asset and side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from quant._typing import Side
from quant.errors import InputError, QuantError
from quant.margin.base import MarginRate

if TYPE_CHECKING:
    from quant.margin.margin_model import MarginModel

__all__ = ["MarginSchedule"]


@dataclass(frozen=True, slots=True, eq=False)
class MarginRow:
    """One asset on one side.

    Attributes
    ----------
    status : {"model", "short history", "no model"}
    reason : str
        Why there is no model rate, or the remarks of the components.
    """

    asset: str
    side: Side
    status: Literal["model", "short history", "no model"]
    reason: str
    initial: MarginRate | None = None
    maintenance: MarginRate | None = None

    @property
    def converged(self) -> bool | None:
        """Whether the searches behind its rates settled; None where there is no rate."""
        rates = [rate for rate in (self.initial, self.maintenance) if rate is not None]
        return all(rate.converged for rate in rates) if rates else None


@dataclass(frozen=True, slots=True, eq=False)
class MarginSchedule:
    """Margin rates of many assets, both sides.

    Attributes
    ----------
    rows : tuple of MarginRow
        No asset is left out; one without a rate says why.
    spec : MarginModel
    """

    rows: tuple[MarginRow, ...]
    spec: MarginModel

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[MarginRow]:
        return iter(self.rows)

    def get(self, asset: str, side: Side) -> MarginRow | None:
        """Return the row of an asset and side, or None."""
        return next((r for r in self.rows if r.asset == asset and r.side == side), None)

    def __getitem__(self, key: tuple[str, Side]) -> MarginRow:
        row = self.get(*key)
        if row is None:
            assets = ", ".join(dict.fromkeys(r.asset for r in self.rows))
            raise InputError(f"asset: expected one of {assets}, got {key[0]!r}; choose one of them")
        return row

    @property
    def as_of(self) -> pd.Timestamp | None:
        """Latest date whose data was used by any row."""
        dates = [r.initial.as_of for r in self.rows if r.initial is not None]
        return max((d for d in dates if d is not None), default=None)

    def to_frame(self) -> pd.DataFrame:
        """Return the table, indexed by asset and side; <NA> where there is no model rate.

        Columns: status, as_of, initial, maintenance, max_leverage (1 / initial), std_error of the
        base (<NA> where the data do not tell it), the components of the initial rate,
        `converged` where the search behind a rate did not settle, and the reason.
        """
        records = [_record(row) for row in self.rows]
        index = pd.MultiIndex.from_tuples(
            [(row.asset, row.side) for row in self.rows], names=["asset", "side"]
        )
        frame = pd.DataFrame(records, index=index)
        numbers = [c for c in frame.columns if c not in ("status", "as_of", "reason")]
        frame = frame.astype(dict.fromkeys(numbers, "Float64"))
        settled = [row.converged for row in self.rows]
        if False in settled:
            frame["converged"] = pd.array(settled, dtype="boolean")
        return frame[[*(c for c in frame.columns if c != "reason"), "reason"]]

    def __repr__(self) -> str:
        return self.to_frame().drop(columns="reason").to_string(float_format="{:.4f}".format)

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(float_format="{:.4f}".format)


def _record(row: MarginRow) -> dict[str, object]:
    record: dict[str, object] = {"status": row.status, "as_of": pd.NaT}
    record |= dict.fromkeys(("initial", "maintenance", "max_leverage", "std_error"), None)
    if row.initial is not None:
        value = row.initial.value
        record |= {
            "as_of": row.initial.as_of,
            "initial": value,
            "maintenance": None if row.maintenance is None else row.maintenance.value,
            "max_leverage": 1.0 / value if value > 0.0 else None,
            "std_error": base_error(row.initial),
        }
        record |= {component.name: component.rate for component in row.initial.components}
    return record | {"reason": row.reason}


def base_error(rate: MarginRate) -> float | None:
    """Return the standard error of the base; of one estimate without it the table is not lost."""
    try:
        return rate.estimate.std_error
    except QuantError:  # parameters that the data do not identify, or a measure of no known error
        return None
