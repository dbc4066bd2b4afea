"""What GARCH and GJR-GARCH share: fields, laws, the start of the recursion, the estimation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Matrix, Vector
from quant.distributions import GED, Normal, SkewStudentT, StudentT
from quant.distributions.base import InnovationLaw
from quant.errors import ConvergenceError, InputError, SpecError
from quant.volatility import _arch
from quant.volatility._fast_estimates import FastEstimates, FastModel
from quant.volatility._filter import Presample, variance_before
from quant.volatility._filtered import filtered
from quant.volatility._fit import Fit, estimated
from quant.volatility._linear import LinearFilter
from quant.volatility._observations import naming_dates, positive_throughout, usable
from quant.volatility._window_filters import Innovations, WindowFilter, linear_innovations
from quant.volatility.base import FitDiagnostics

if TYPE_CHECKING:
    from quant.volatility._bounds import Indices

MINIMUM = 50
_SKEW_LIMIT = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class GarchFamily:
    """Fields and estimation of the GARCH(1, 1) family."""

    distribution: Literal["normal", "t", "skewt", "ged"] = "normal"
    mean: Literal["constant", "zero"] = "constant"
    startup: Literal["arch", "sample", "fcp"] = "arch"
    engine: Literal["fast", "arch"] = "fast"

    _leverage: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _checks.one_of("distribution", self.distribution, ("normal", "t", "skewt", "ged"))
        _checks.one_of("mean", self.mean, ("constant", "zero"))
        _checks.one_of("startup", self.startup, ("arch", "sample", "fcp"))
        _checks.one_of("engine", self.engine, ("fast", "arch"))
        if self.engine == "arch" and self.startup != "arch":
            raise SpecError(
                f"startup: expected 'arch' with engine 'arch', got {self.startup!r}; arch holds "
                "the variance before the sample fixed while it estimates"
            )

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> Fit:
        """Estimate by maximum likelihood on log returns (T,), decimal, per period.

        Raises
        ------
        InputError
            If returns are not finite, ascending, of one asset, do not vary, or repeat one value so
            often that the likelihood has no maximum.
        InsufficientDataError
            If there are fewer than 50.
        ConvergenceError
            If the optimiser does not come to rest; `best` carries the best fit.
        """
        del realized  # models that use it refuse without it; this one has no place for it
        return self.fit_windows([returns])[0]

    def fit_windows(self, windows: Sequence[pd.Series]) -> list[Fit]:
        """Fit windows of one length together; each is what `fit` finds, to the last bit."""
        lengths = {len(window) for window in windows}
        if len(lengths) != 1:
            raise InputError(
                f"windows: expected windows of one length, got lengths {sorted(lengths)}; "
                "fit those of each length together"
            )
        data = [self._usable(window) for window in windows]
        if self.engine == "fast":
            from quant.volatility._fast_fits import fast_fits

            fits = fast_fits(self, data)
        else:
            fits = [self._by_arch(window) for window in data]
        for fit in fits:
            if not fit.diagnostics.converged:
                raise ConvergenceError(
                    f"fit: expected {self!r} to converge on {len(fit.returns)} returns, got "
                    f"{fit.diagnostics.message!r} [at {_checks.stamp(fit.as_of)}]; lengthen the "
                    "history or choose a simpler model",
                    best=fit,
                )
        return fits

    def innovations(
        self, returns: Vector, blocks: Sequence[Sequence[int]], window: int
    ) -> Innovations | None:
        """Return the innovations of the `window` returns before each of many origins.

        The model is fitted before the first origin of each block and moved on to the others. None
        where a fit is not to be had this way, or would be refused.
        """
        if self.engine != "fast" or window < MINIMUM:
            return None
        from quant.volatility import _engine

        ends = np.array([block[0] for block in blocks], dtype=np.int64)
        if _engine.screened(self._kernel_model, returns, ends, window)[0].size:
            return None
        if positive_throughout(returns, ends, window).size:
            return None
        found = _engine.estimate(self._kernel_model, returns, ends, window)
        if not found.converged.all():
            return None
        filters = []
        for row in range(len(blocks)):
            params = found.named(row)
            mean, recursion = params.get("mu", 0.0), self._filter(params)
            before = variance_before(found.presample_of(row), mean)
            filters.append(WindowFilter(mean, recursion, recursion.open(before).variance))
        return linear_innovations(returns, blocks, window, filters)

    def estimates(self, returns: pd.Series, ends: Indices, window: int) -> pd.DataFrame:
        """Return a row of estimates for each window returns[end - window : end].

        For `fit_rolling`, which says what the columns are; each row is what `fit` finds.
        """
        from quant.volatility import _engine

        values, zero_share = self._screened(returns, ends, window)
        found = _engine.estimate(self._kernel_model, values, ends, window)
        return self._table(found, returns.index[ends - 1], zero_share)

    def chained_estimates(
        self, returns: pd.Series, ends: Indices, window: int, beyond: int | None
    ) -> pd.DataFrame:
        """Return a row for each window, most of them climbed to from the estimates before.

        `beyond` is the end of the window after the last, where there is one.
        """
        from quant.volatility import _chains

        values, zero_share = self._screened(returns, ends, window)
        chained = _chains.estimate(self._kernel_model, values, ends, window, beyond)
        table = self._table(chained.found, returns.index[ends - 1], zero_share)
        return table.assign(restarted=chained.restarted, strayed=chained.strayed)

    def _screened(self, returns: pd.Series, ends: Indices, window: int) -> tuple[Vector, Vector]:
        """Return the values and the share of zeros of each window, all of them fit to be used."""
        from quant.volatility import _engine

        values = returns.to_numpy(dtype=np.float64)
        doubtful, zero_share = _engine.screened(self._kernel_model, values, ends, window)
        doubtful = np.union1d(doubtful, positive_throughout(values, ends, window))
        for end in ends[:1] if window < MINIMUM else doubtful:
            with naming_dates(own := returns.iloc[end - window : end]):
                self._usable(own)
        return values, zero_share

    def _table(self, found: FastEstimates, dates: pd.Index, zero_share: Vector) -> pd.DataFrame:
        held = [
            ", ".join(self._on_bound(found.named(row), names) if self._leans else names)
            for row, names in enumerate(found.on_bound())
        ]
        columns = dict(zip(found.model.names, found.params.T, strict=True)) | {
            "loglikelihood": found.loglikelihood,
            "sigma_next": np.sqrt(found.next_variance),
            "converged": found.converged,
            "on_bound": held,
            "flat": found.flat,
            "modes": found.modes,
            "zero_share": zero_share,
        }
        return pd.DataFrame(columns, index=dates)

    def _usable(self, returns: pd.Series) -> pd.Series:
        return usable(returns, MINIMUM, type(self).__name__, self.distribution)

    def _hessian(self, values: Vector, params: Mapping[str, float], presample: Presample) -> Matrix:
        from quant.volatility import _engine

        return _engine.hessian(self._kernel_model, values, params, presample)

    def _by_arch(self, data: pd.Series) -> Fit:
        values = data.to_numpy()
        presample = _arch.backcast(values, self.mean)
        found = _arch.estimate(
            values,
            leverage=self._leverage,
            distribution=self.distribution,
            mean=self.mean,
            presample=presample,
        )
        params = dict(found.params)
        diagnostics = FitDiagnostics(
            converged=found.converged,
            iterations=found.iterations,
            message=found.message,
            on_bound=self._on_bound(params, found.on_bound),
            zero_share=float(np.mean(values == 0.0)),
        )
        if "skew" in params:
            params["skew"] = float(np.clip(params["skew"], -_SKEW_LIMIT, _SKEW_LIMIT))
        return estimated(filtered(self, params, data, presample, diagnostics))

    @property
    def _kernel_model(self) -> FastModel:
        return FastModel(self._leverage, self.distribution, self.mean, self.startup)

    def _filter(self, params: Mapping[str, float]) -> LinearFilter:
        return LinearFilter(
            params["omega"],
            params["alpha"],
            params.get("gamma", 0.0),
            params["beta"],
            recursed=self.startup != "sample",
        )

    def _law(self, params: Mapping[str, float]) -> InnovationLaw:
        if self.distribution == "t":
            return StudentT(params["nu"])
        if self.distribution == "skewt":
            return SkewStudentT(params["nu"], params["skew"])
        if self.distribution == "ged":
            return GED(params["nu"])
        return Normal()

    @property
    def _leans(self) -> bool:
        """Whether a fall's share of the variance differs from one half."""
        return self._leverage and self.distribution == "skewt"

    def _on_bound(self, params: Mapping[str, float], held: tuple[str, ...]) -> tuple[str, ...]:
        """Add "persistence" when the law's own leverage weight, not one half, exhausts it."""
        recursion = self._filter(params)
        if not self._leans or {"persistence", "skew"} & {*held}:
            return held
        weight = self._law(params).lower_variance
        total = recursion.alpha + recursion.gamma * weight + recursion.beta
        return (*held, "persistence") if total >= 1.0 - 1e-6 else held
