"""What GARCH and GJR-GARCH share: fields, laws, the start of the recursion, the estimation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant.distributions import GED, Normal, SkewStudentT, StudentT
from quant.distributions.base import InnovationLaw
from quant.errors import ConvergenceError, SpecError
from quant.volatility import _arch
from quant.volatility._fit import FilteredFit, filtered
from quant.volatility._linear import LinearFilter
from quant.volatility._observations import usable
from quant.volatility.base import FitDiagnostics

_MINIMUM = 50
_SKEW_LIMIT = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class GarchFamily:
    """Fields and estimation of the GARCH(1, 1) family."""

    distribution: Literal["normal", "t", "skewt", "ged"] = "normal"
    mean: Literal["constant", "zero"] = "constant"
    startup: Literal["arch", "sample", "fcp"] = "arch"
    engine: Literal["arch", "fast"] = "arch"

    _leverage: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _checks.one_of("distribution", self.distribution, ("normal", "t", "skewt", "ged"))
        _checks.one_of("mean", self.mean, ("constant", "zero"))
        _checks.one_of("startup", self.startup, ("arch", "sample", "fcp"))
        _checks.one_of("engine", self.engine, ("arch", "fast"))
        if self.engine != "arch":
            raise SpecError(
                f"engine: expected 'arch', got {self.engine!r}; no other engine is built yet"
            )
        if self.startup != "arch":
            raise SpecError(
                f"startup: expected 'arch' with engine 'arch', got {self.startup!r}; arch holds "
                "the variance before the sample fixed while it estimates"
            )

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> FilteredFit:
        """Estimate by maximum likelihood on log returns (T,), decimal, per period.

        Raises
        ------
        InputError
            If returns are not finite, ascending, of one asset, or do not vary.
        InsufficientDataError
            If there are fewer than 50.
        ConvergenceError
            If the optimiser does not come to rest; `best` carries the best fit.
        """
        del realized  # models that use it refuse without it; this one has no place for it
        data = usable(returns, _MINIMUM, type(self).__name__)
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
        fit = filtered(self, params, data, presample, diagnostics, estimated=True)
        if not found.converged:
            raise ConvergenceError(
                f"fit: expected {self!r} to converge on {len(data)} returns, got "
                f"{found.message!r} [at {_checks.stamp(fit.as_of)}]; lengthen the history or "
                "choose a simpler model",
                best=fit,
            )
        return fit

    def _filter(self, params: Mapping[str, float]) -> LinearFilter:
        return LinearFilter(
            params["omega"], params["alpha"], params.get("gamma", 0.0), params["beta"]
        )

    def _law(self, params: Mapping[str, float]) -> InnovationLaw:
        if self.distribution == "t":
            return StudentT(params["nu"])
        if self.distribution == "skewt":
            return SkewStudentT(params["nu"], params["skew"])
        if self.distribution == "ged":
            return GED(params["nu"])
        return Normal()

    def _on_bound(self, params: Mapping[str, float], held: tuple[str, ...]) -> tuple[str, ...]:
        """Add "persistence" when the law's own leverage weight, not one half, exhausts it."""
        recursion = self._filter(params)
        if "gamma" not in params or "persistence" in held or "skew" in held:
            return held
        weight = self._law(params).lower_variance
        total = recursion.alpha + recursion.gamma * weight + recursion.beta
        return (*held, "persistence") if total >= 1.0 - 1e-6 else held
