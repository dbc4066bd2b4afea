"""Volatility from the ranges of bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.errors import SpecError
from quant.volatility._fit import Fit, fitted
from quant.volatility._moments import MomentEquations
from quant.volatility._observations import measured, usable
from quant.volatility._predicted import PredictedOrigin, Seen
from quant.volatility._ranges import ESTIMATORS, RangeEstimator, range_variances
from quant.volatility._record import Sample
from quant.volatility._scaling import estimate_scale
from quant.volatility.base import FitDiagnostics

__all__ = ["RangeVolatility"]


@dataclass(frozen=True, slots=True)
class RangeVolatility:
    r"""Mean of the last range variances, scaled to the variance of returns.

    .. math:: h_{t+1} = c f_{t+1}, \quad f_{t+1} = \sum_{i=0}^{w-1} a_i x_{t-i}, \quad
              a_i \propto 0.5^{i / half\_life}, \quad c = \frac1T \sum_t r_t^2 / f_t

    Parameters
    ----------
    estimator : {"parkinson", "garman_klass", "rogers_satchell", "garman_klass_gap", "yang_zhang"}
        What `realized` makes of a bar. The first three see the bar alone; the others add its gap
        to the close before. Rogers-Satchell and Yang-Zhang bear a drift.
    window : int
        Bars in the mean, at least 2. Yang-Zhang is an estimate of `window` bars already and is not
        averaged again.
    half_life : float, optional
        Bars until a variance has lost half its weight in the mean; left out, all weigh alike.
    scaling : {"shocks", "variance"}
        What c makes right over the sample: the mean square of the standardised returns z, which
        becomes 1, or the mean variance, with :math:`c = \sum_t r_t^2 / \sum_t x_t`.

    Raises
    ------
    InputError
        If a field lies outside its range.
    SpecError
        If Yang-Zhang is given a half-life.

    Notes
    -----
    The scale c brings in gaps that the range does not see, and takes back the loss that prices seen
    at moments only cause in their extremes. The two kinds differ because a forecast is noisy: where
    it is right on average, the returns that follow low forecasts are too large for it. On hourly
    bitcoin prices z then has a standard deviation of about 1.2.

    Variances are averaged, then one root is taken. Before a full window has passed, the mean of the
    first `window` variances stands in for those that are missing.

    The term structure of the forecast is flat; the mean return is zero; innovations are taken as
    normal. `param_cov` covers c, not the sampling error of the window.

    References
    ----------
    Parkinson (1980), The extreme value method for estimating the variance of the rate of return,
    Journal of Business 53. Garman and Klass (1980), On the estimation of security price
    volatilities from historical data, Journal of Business 53. Rogers and Satchell (1991),
    Estimating variance from high, low and closing prices, Annals of Applied Probability 1. Yang and
    Zhang (2000), Drift-independent volatility estimation, Journal of Business 73.

    Examples
    --------
    >>> import quant as q
    >>> bars = q.read_ohlcv(q.load_sample("simulated_crypto_ohlcv"), asset="SIM-BTC")
    >>> returns = q.log_returns(bars["close"])
    >>> model = q.RangeVolatility("parkinson", window=20)
    >>> fit = model.fit(returns, realized=model.realized(bars).loc[returns.index])
    >>> round(float((fit.z**2).mean()), 6)
    1.0
    """

    estimator: RangeEstimator = "garman_klass"
    window: int = 20
    half_life: float | None = None
    scaling: Literal["shocks", "variance"] = "shocks"

    def __post_init__(self) -> None:
        _checks.one_of("estimator", self.estimator, ESTIMATORS)
        _checks.one_of("scaling", self.scaling, ("shocks", "variance"))
        object.__setattr__(self, "window", _checks.count("window", self.window, minimum=2))
        if self.half_life is not None:
            object.__setattr__(self, "half_life", _checks.positive("half_life", self.half_life))
            if self.estimator == "yang_zhang":
                raise SpecError(
                    f"half_life: expected none with 'yang_zhang', got {self.half_life:g}; drop it, "
                    "the bars of its window weigh alike"
                )

    def realized(self, bars: pd.DataFrame) -> pd.Series:
        """Return the range variance of each bar, decimal squared.

        Parameters
        ----------
        bars : DataFrame (T, 4 or more)
            Columns open, high, low, close: `read_ohlcv`.

        Returns
        -------
        Series
            Of every bar; from the second bar on when the gap counts; for Yang-Zhang the estimate of
            the `window` bars that end at each, from bar `window` + 1 on.

        Raises
        ------
        PriceDataError
            If a price is not positive, a bar is crossed, or its range does not hold open and close.
        """
        return range_variances(bars, self.estimator, self.window)

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> Fit:
        """Estimate the scale on log returns (T,), decimal, and range variances of the same dates.

        Raises
        ------
        InputError
            If `realized` is left out, is on other dates, or holds a negative or no variance.
        InsufficientDataError
            If there are fewer dates than a window.
        """
        data = usable(returns, self.window, repr(self))
        ranges = measured(data, realized, type(self).__name__)
        x = ranges.to_numpy()
        origin = PredictedOrigin(self, Seen.of(x, start=float(x[: self.window].mean())))
        sample = Sample(data, ranges)
        nothing = MomentEquations(
            np.empty((len(x), 0)), np.empty((0, 0)), np.empty((0, 0)), lags=self.window
        )
        scale, equations = estimate_scale(self.scaling, origin, {}, sample, nothing)
        diagnostics = FitDiagnostics(zero_share=float(np.mean(data.to_numpy() == 0.0)))
        fit = fitted(origin, {"scale": scale}, sample, diagnostics)
        return replace(fit, uncertainty=equations)

    def _predictor(self, params: Mapping[str, float], seen: Seen) -> _WeightedMean:
        del seen
        if self.estimator == "yang_zhang":
            return _WeightedMean(np.ones(1), params["scale"])
        age = np.arange(self.window - 1, -1, -1, dtype=np.float64)
        weights = np.ones(self.window) if self.half_life is None else 0.5 ** (age / self.half_life)
        return _WeightedMean(weights / weights.sum(), params["scale"])

    def _usable(self, realized: pd.Series) -> None:
        """Any variance that is not negative will do: a window of them is averaged."""


@dataclass(frozen=True, slots=True, eq=False)
class _WeightedMean:
    """Scaled mean of the last realised variances; weights from the oldest to the newest, sum 1."""

    weights: Vector
    scale: float

    @property
    def lags(self) -> int:
        return self.weights.size

    def path(self, realized: Vector) -> Vector:
        stretches = np.lib.stride_tricks.sliding_window_view(realized, self.lags)
        return np.asarray(self.scale * (stretches @ self.weights))

    def ahead(self, realized: Vector, horizon: int) -> Vector:
        return np.full(horizon, self.scale * float(realized @ self.weights))

    def elasticity(self, realized: Vector) -> Vector:
        parts = realized * self.weights
        return np.asarray(parts / parts.sum())
