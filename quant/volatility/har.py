"""The heterogeneous autoregression of realised variances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant._checks import stamp
from quant._typing import Matrix, Vector
from quant.errors import InputError, SpecError
from quant.volatility._cascade import Cascade
from quant.volatility._fit import Fit, fitted
from quant.volatility._moments import MomentEquations
from quant.volatility._observations import measured, usable, varied
from quant.volatility._predicted import PredictedOrigin, Seen
from quant.volatility._record import Sample
from quant.volatility._scaling import block_diagonal, estimate_scale
from quant.volatility.base import FitDiagnostics

__all__ = ["HAR"]

_BEYOND_A_MONTH = 50


@dataclass(frozen=True, slots=True)
class HAR:
    r"""Realised variance regressed on its last value and on its means over a week and a month.

    .. math::
        y_{t+1} = b_0 + b_d y_t + \frac{b_w}{w} \sum_{i<w} y_{t-i}
                  + \frac{b_m}{m} \sum_{i<m} y_{t-i} + u_{t+1}, \quad
        h_{t+1} = c\, E_t[x_{t+1}], \quad c = \frac1T \sum_t r_t^2 / E_{t-1}[x_t]

    with y the realised variance x or its logarithm.

    Parameters
    ----------
    form : {"log", "level"}
        Whether y is ln x, with :math:`E_t[x_{t+1}] = \exp(E_t[y_{t+1}] + s_u^2 / 2)`, or x itself.
    week, month : int
        Periods in the two means, both of which include today; 5 and 22 for markets that close on
        weekends, 7 and 30 for those that never do.
    insanity_filter : {"cap", "mean"}
        What becomes of a prediction outside the range of the realised variances it was estimated
        on. ``"mean"``: their mean, on either side, as is usual in the literature. ``"cap"``: their
        mean below the range, their largest above it; on the day after a record the mean would
        make a margin fall.
    scaling : {"shocks", "variance"}
        What c makes right over the sample: the mean square of the standardised returns z, which
        becomes 1, or the mean variance, with :math:`c = \sum_t r_t^2 / \sum_t x_t`.

    Raises
    ------
    InputError
        If a field lies outside its range.
    SpecError
        If the month is not longer than the week.

    Notes
    -----
    Parameters: constant, daily, weekly, monthly; in logs also residual_variance; and scale, the c
    that turns realised variance into the variance of returns: realised variance of a session does
    not know the overnight gap. ``"variance"`` is the ratio of Hansen and Lunde; it leaves z with a
    mean square above 1 where the predictions are noisy, 1.1 to 1.2 squared on bitcoin.
    ``"shocks"`` maximises the Gaussian likelihood in c. The regression is estimated by least
    squares on the periods with a month before them. The means of the log form are of logarithms.

    Beyond one period the regression is iterated: each prediction takes its place among the values
    that the next is made from. In logs the variance of the accumulated residuals is halved and
    added before the exponential, which is exact for normal residuals. The filter is applied to what
    comes out, not to what is iterated.

    Before a month has passed, the mean of the first month stands in for the values that are
    missing. The mean return is zero; innovations are taken as normal.

    References
    ----------
    Corsi (2009), A simple approximate long-memory model of realized volatility, Journal of
    Financial Econometrics 7, section 2. Hansen and Lunde (2005), A realized variance for the whole
    day based on intermittent high-frequency data, Journal of Financial Econometrics 3, section 2.
    Bollerslev, Patton and Quaedvlieg (2016), Exploiting the errors, Journal of Econometrics 192,
    section 3 (the filter).

    Examples
    --------
    >>> import quant as q
    >>> bars = q.read_ohlcv(q.load_sample("simulated_crypto_ohlcv"), asset="SIM-BTC")
    >>> returns = q.log_returns(bars["close"])
    >>> ranges = q.RangeVolatility("parkinson").realized(bars).loc[returns.index]
    >>> fit = q.HAR(week=7, month=30).fit(returns, realized=ranges)
    >>> list(fit.params)
    ['constant', 'daily', 'weekly', 'monthly', 'residual_variance', 'scale']
    """

    form: Literal["log", "level"] = "log"
    week: int = 5
    month: int = 22
    insanity_filter: Literal["cap", "mean"] = "cap"
    scaling: Literal["shocks", "variance"] = "shocks"

    def __post_init__(self) -> None:
        _checks.one_of("form", self.form, ("log", "level"))
        object.__setattr__(self, "week", _checks.count("week", self.week, minimum=2))
        object.__setattr__(self, "month", _checks.count("month", self.month, minimum=3))
        _checks.one_of("insanity_filter", self.insanity_filter, ("cap", "mean"))
        _checks.one_of("scaling", self.scaling, ("shocks", "variance"))
        if self.month <= self.week:
            raise SpecError(
                f"month: expected more than the {self.week} periods of the week, got {self.month}; "
                "the two means would be the same"
            )

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> Fit:
        """Estimate on log returns (T,), decimal, and realised variances of the same dates.

        Raises
        ------
        InputError
            If `realized` is left out, is on other dates, does not vary, repeats one value in more
            than nine of ten periods, or holds a negative variance, or in logs a zero.
        InsufficientDataError
            If there are fewer than 50 periods beyond the first month.
        """
        data = usable(returns, self.month + _BEYOND_A_MONTH, repr(self))
        x = measured(data, realized, type(self).__name__)
        self._usable(x)
        y = self._transformed(x.to_numpy())
        first = y[: self.month].mean()
        start = float(np.exp(first)) if self.form == "log" else float(first)
        seen = Seen.of(x.to_numpy(), start=start)
        if seen.high - seen.low <= 1e-8 * seen.high:
            raise InputError(
                f"realized: expected variances that vary, got a constant {seen.mean:g}; "
                "there is nothing to regress"
            )
        varied(x)
        origin, sample = PredictedOrigin(self, seen), Sample(data, x)
        params, equations = self._regress(y)
        persistence = params["daily"] + params["weekly"] + params["monthly"]
        diagnostics = FitDiagnostics(
            message=f"coefficients sum to {persistence:.3f}" if persistence >= 1.0 else "",
            zero_share=float(np.mean(data.to_numpy() == 0.0)),
        )
        scale, equations = estimate_scale(self.scaling, origin, params, sample, equations)
        fit = fitted(origin, {**params, "scale": scale}, sample, diagnostics)
        return replace(fit, uncertainty=equations)

    def _regress(self, y: Vector) -> tuple[dict[str, float], MomentEquations]:
        from statsmodels.regression.linear_model import OLS

        design, target = self._design(y), y[self.month :]
        # beside a column of ones variances of quiet minutes pass for zeros: in units of their mean
        unit = 1.0 if self.form == "log" else float(y.mean())
        regression = OLS(target / unit, self._design(y / unit)).fit()
        names = ("constant", "daily", "weekly", "monthly")
        slopes = regression.params * np.array([unit, 1.0, 1.0, 1.0])
        params = dict(zip(names, (float(b) for b in slopes), strict=True))
        residual, variance = target - design @ slopes, float(regression.mse_resid) * unit**2
        moments = [design * residual[:, None] / variance]
        bread = [design.T @ design / variance]
        if self.form == "log":
            params["residual_variance"] = variance
            spread = residual**2 - np.mean(residual**2)
            moments.append(spread[:, None] / (2.0 * variance**2))
            bread.append(np.array([[target.size / (2.0 * variance**2)]]))
        slope = block_diagonal(bread)
        return params, MomentEquations(np.column_stack(moments), slope, slope, lags=self.month)

    def _design(self, y: Vector) -> Matrix:
        """Return the regressors (T - month, 4) of every period that has a month before it."""
        months = np.lib.stride_tricks.sliding_window_view(y, self.month)[:-1]
        return np.column_stack(
            (
                np.ones(len(months)),
                months[:, -1],
                months[:, -self.week :].mean(axis=1),
                months.mean(axis=1),
            )
        )

    def _transformed(self, x: Vector) -> Vector:
        return np.asarray(np.log(x)) if self.form == "log" else x

    def _predictor(self, params: Mapping[str, float], seen: Seen) -> Cascade:
        weights = np.full(self.month, params["monthly"] / self.month)
        weights[-self.week :] += params["weekly"] / self.week
        weights[-1] += params["daily"]
        return Cascade(
            weights=weights,
            constant=params["constant"],
            scale=params["scale"],
            residual_variance=params.get("residual_variance"),
            seen=seen,
            above=seen.mean if self.insanity_filter == "mean" else seen.high,
        )

    def _usable(self, realized: pd.Series) -> None:
        zero = np.flatnonzero(realized.to_numpy() == 0.0)
        if self.form == "log" and zero.size:
            raise InputError(
                f"realized: expected variances above 0 for their logarithm, got 0 at "
                f"{stamp(realized.index[zero[0]])}; use HAR(form='level') or a finer measure"
            )
