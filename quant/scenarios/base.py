"""The joint hub: what many assets may do together over a horizon, and who says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self, TypeAlias

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import FloatArray, Matrix, Vector
from quant.distributions import Empirical
from quant.errors import InputError

__all__ = ["ScenarioFit", "ScenarioModel", "Scenarios"]

Kind: TypeAlias = Literal["log", "level"]

BLOCK = 256  # rows of a block of paths: work is cut here, never by the number of workers


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scenarios:
    r"""Joint moves of N assets over a horizon: S rows, each one possible future.

    .. math:: P_s = P e^{r_s} \quad (log), \qquad P_s = P + r_s \quad (level)

    Parameters
    ----------
    returns : array (S, N)
        Moves over the whole horizon: log returns, or differences for assets of kind "level".
    assets : sequence of str
        Names of the N columns.
    horizon : int
        Periods the moves run over.
    weights : array (S,), optional
        Probabilities, summing to 1; equal when left out.
    labels : sequence (S,), optional
        Date or path of each row; 0, 1, ... when left out.
    kind : {"log", "level"} or one of them per asset
        "level" suits what is added rather than multiplied: an implied volatility, a basis, a
        funding rate, a price that may turn negative.
    as_of : pandas.Timestamp, optional
        Last date whose data was used.
    period : pandas.Timedelta, optional
        Length of one period, to date what expires.
    n_obs : int, optional
        Independent observations behind the rows; S when left out.
    driver_dates : callable, optional
        Turns weights of the rows into weights of the dates they were made of; left out where the
        labels say it, or no date does.
    mean_variance : callable, optional
        Returns the sampling variance of the mean over the rows of one number each (S,), where rows
        share what they were drawn from and `n_obs` cannot say it.
    converged : bool
        Whether every search behind the rows settled.

    Raises
    ------
    InputError
        If shapes disagree, an asset appears twice, a number is not finite, or weights are negative
        or do not sum to 1.

    Examples
    --------
    >>> scenarios = Scenarios([[0.0, -0.1], [0.1, 0.0]], ["BTC", "ETH"], 2)
    >>> scenarios.prices({"BTC": 100.0, "ETH": 10.0}).round(2).to_numpy().tolist()
    [[100.0, 9.05], [110.52, 10.0]]
    """

    returns: Matrix
    assets: tuple[str, ...]
    horizon: int
    weights: Vector
    labels: pd.Index
    kind: tuple[Kind, ...]
    as_of: pd.Timestamp | None
    period: pd.Timedelta | None
    n_obs: int
    driver_dates: Callable[[Vector], pd.Series] | None
    mean_variance: Callable[[Vector], float] | None
    converged: bool

    def __init__(
        self,
        returns: object,
        assets: Sequence[str],
        horizon: int,
        weights: object = None,
        labels: pd.Index | Sequence[object] | None = None,
        kind: Kind | Sequence[Kind] = "log",
        as_of: pd.Timestamp | None = None,
        period: pd.Timedelta | None = None,
        n_obs: int | None = None,
        driver_dates: Callable[[Vector], pd.Series] | None = None,
        mean_variance: Callable[[Vector], float] | None = None,
        converged: bool = True,
    ) -> None:
        moves = _checks.matrix("returns", returns)
        rows, columns = moves.shape
        names = _names(assets, columns)
        fields: dict[str, object] = {
            "returns": moves,
            "assets": names,
            "horizon": _checks.count("horizon", horizon),
            "weights": _weights(weights, rows),
            "labels": _labels(labels, rows),
            "kind": _kinds(kind, columns),
            "as_of": as_of,
            "period": period,
            "n_obs": rows if n_obs is None else _checks.count("n_obs", n_obs),
            "driver_dates": driver_dates,
            "mean_variance": mean_variance,
            "converged": bool(converged),
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def law(self, losses: Vector) -> Empirical:
        """Return the law of a loss known in every row, shape (S,)."""
        equal = bool((self.weights == self.weights[0]).all())
        return Empirical(losses, None if equal else self.weights)

    def restrict(self, assets: Sequence[str]) -> Self:
        """Return the same rows for some of the assets, in the order asked."""
        missing = [asset for asset in assets if asset not in self.assets]
        if missing:
            raise InputError(
                f"scenarios: expected a column for {', '.join(missing)}, got "
                f"{', '.join(self.assets)}; add its returns (zeros if its price is to stay put)"
            )
        at = [self.assets.index(asset) for asset in assets]
        return type(self)(
            self.returns[:, at],
            list(assets),
            self.horizon,
            self.weights,
            self.labels,
            [self.kind[i] for i in at],
            self.as_of,
            self.period,
            self.n_obs,
            self.driver_dates,
            self.mean_variance,
            self.converged,
        )

    def prices(self, prices: Mapping[str, float] | pd.Series) -> pd.DataFrame:
        """Return the price of each asset in each scenario, starting from `prices`.

        Parameters
        ----------
        prices : mapping or Series
            Price of every asset now, positive where the kind is "log"; other names are ignored.

        Returns
        -------
        pandas.DataFrame (S, N)
        """
        now = np.array([self._price(asset, prices) for asset in self.assets], dtype=np.float64)
        log = np.array([kind == "log" for kind in self.kind], dtype=bool)
        after = np.empty_like(self.returns)
        after[:, log] = now[log] * np.exp(self.returns[:, log])
        after[:, ~log] = now[~log] + self.returns[:, ~log]
        return pd.DataFrame(after, index=self.labels, columns=list(self.assets))

    def _price(self, asset: str, prices: Mapping[str, float] | pd.Series) -> float:
        if asset not in prices:
            raise InputError(f"prices: expected a price for {asset}, got none; add it")
        price = _checks.real(f"prices[{asset}]", prices[asset])
        if self.kind[self.assets.index(asset)] == "log":
            _checks.positive(f"prices[{asset}]", price)
        return price

    def __repr__(self) -> str:
        rows, columns = self.returns.shape
        dated = "" if self.as_of is None else f", as_of={_checks.stamp(self.as_of)}"
        dated += "" if self.converged else ", not converged"
        return f"Scenarios({rows} rows x {columns} assets, horizon={self.horizon}{dated})"


class ScenarioFit(Protocol):
    """A scenario model with its data: what forecasts joint moves."""

    @property
    def spec(self) -> ScenarioModel:
        """The model that was fitted."""
        ...

    def forecast(self, horizon: int = 1) -> Scenarios:
        """Return joint moves of all assets over the next `horizon` periods."""
        ...

    def paths(self, horizon: int = 1) -> Iterator[FloatArray]:
        """Yield the rows of the forecast step by step, in blocks (s, horizon, N), s <= 256."""
        ...

    def update(self, returns: pd.DataFrame) -> Self:
        """Return the fit moved on by new returns, estimated parameters kept."""
        ...


class ScenarioModel(Protocol):
    """A frozen specification that turns a panel of returns into joint scenarios."""

    def fit(self, returns: pd.DataFrame) -> ScenarioFit:
        """Estimate on log returns (T, N), decimal, per period, same dates for all assets."""
        ...


def _names(assets: Sequence[str], columns: int) -> tuple[str, ...]:
    names = (assets,) if isinstance(assets, str) else tuple(assets)
    if len(names) != columns:
        raise InputError(
            f"assets: expected one name per column of returns, {columns}, got {len(names)}; "
            "pass as many names as columns"
        )
    for position, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise InputError(f"assets: expected names, got {name!r}; pass non-empty strings")
        if name in names[:position]:
            raise InputError(f"assets: expected unique names, got {name} twice; drop one column")
    return names


def _weights(weights: object, rows: int) -> Vector:
    if weights is None:
        equal = np.full(rows, 1.0 / rows)
        equal.setflags(write=False)
        return equal
    checked = _checks.vector("weights", weights)
    if checked.size != rows:
        raise InputError(
            f"weights: expected one per scenario, {rows}, got {checked.size}; "
            "pass as many as rows of returns"
        )
    if (checked < 0.0).any():
        raise InputError(
            f"weights: expected non-negative numbers, got {checked.min():g}; drop the sign"
        )
    if abs(float(checked.sum()) - 1.0) > 1e-9:
        raise InputError(
            f"weights: expected a sum of 1, got {checked.sum():g}; divide them by their sum"
        )
    return checked


def _labels(labels: pd.Index | Sequence[object] | None, rows: int) -> pd.Index:
    index = pd.RangeIndex(rows) if labels is None else pd.Index(labels)
    if len(index) != rows:
        raise InputError(
            f"labels: expected one per scenario, {rows}, got {len(index)}; "
            "pass as many as rows of returns"
        )
    return index


def _kinds(kind: Kind | Sequence[Kind], columns: int) -> tuple[Kind, ...]:
    if isinstance(kind, str):
        return (_checks.one_of("kind", kind, ("log", "level")),) * columns
    kinds = tuple(_checks.one_of("kind", word, ("log", "level")) for word in kind)
    if len(kinds) != columns:
        raise InputError(
            f"kind: expected one word, or one per asset, {columns}, got {len(kinds)}; "
            "pass as many as assets"
        )
    return kinds
