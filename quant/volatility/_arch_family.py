"""What the models that only arch estimates share: fields, laws, the estimation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.distributions.base import InnovationLaw
from quant.errors import ConvergenceError, InputError
from quant.volatility import _arch
from quant.volatility._arch_processes import Process
from quant.volatility._filter import VarianceFilter
from quant.volatility._filtered import filtered
from quant.volatility._fit import Fit, estimated
from quant.volatility._laws import law_of
from quant.volatility._observations import usable
from quant.volatility.base import FitDiagnostics

_SKEW_LIMIT = 1.0 - 1e-9
_SAME = 1e-3  # log-likelihood by which two evaluations of one model may differ, skew limit included
_CLAMPED = "variances that arch had to keep within its own bounds"


@dataclass(frozen=True, slots=True)
class ArchFamily(ABC):
    """Fields and estimation of a model whose only engine is arch."""

    distribution: Literal["normal", "t", "skewt", "ged"] = "normal"
    mean: Literal["constant", "zero"] = "constant"
    engine: Literal["arch"] = "arch"

    _process: ClassVar[Process]
    _minimum: ClassVar[int] = 50

    def __post_init__(self) -> None:
        _checks.one_of("distribution", self.distribution, ("normal", "t", "skewt", "ged"))
        _checks.one_of("mean", self.mean, ("constant", "zero"))
        _checks.one_of("engine", self.engine, ("arch",))

    def fit(self, returns: pd.Series, realized: pd.Series | None = None) -> Fit:
        """Estimate by maximum likelihood on log returns (T,), decimal, per period.

        Raises
        ------
        InputError
            If returns are not finite, ascending, of one asset, or do not vary, at the start either.
        InsufficientDataError
            If there are too few.
        ConvergenceError
            If the optimiser does not come to rest, or rests where only arch's clamp on the
            variances keeps the likelihood up, as after an extreme outlier; `best` carries the best
            fit where there is one.
        """
        del realized  # models that use it refuse without it; this one has no place for it
        data = usable(returns, self._minimum, type(self).__name__)
        values = data.to_numpy()
        presample = _arch.backcast(values, self.mean)
        if presample <= 0.0:
            raise InputError(
                f"returns: expected movement in the first 75 returns, got none from "
                f"{_checks.stamp(data.index[0])}; start where the price begins to move"
            )
        found = _arch.estimate_process(
            values,
            self._process,
            distribution=self.distribution,
            mean=self.mean,
            presample=presample,
        )
        nearby = self._nearby(values)
        if nearby is not None:
            again = _arch.estimate_process(
                values,
                self._process,
                distribution=self.distribution,
                mean=self.mean,
                presample=presample,
                nearby=nearby,
            )
            found = max(found, again, key=lambda estimate: estimate.loglikelihood)
        params = dict(found.params)
        if "skew" in params:
            params["skew"] = float(np.clip(params["skew"], -_SKEW_LIMIT, _SKEW_LIMIT))
        diagnostics = FitDiagnostics(
            converged=found.converged,
            iterations=found.iterations,
            message=found.message,
            on_bound=found.on_bound,
            zero_share=float(np.mean(values == 0.0)),
        )
        try:
            fit = estimated(filtered(self, params, data, presample, diagnostics))
        except InputError as error:
            raise self._failure(_CLAMPED, data) from error
        if not found.converged:
            raise self._failure(repr(found.message), data, fit)
        # arch clamps variances while it searches; where that binds, what it maximised is not this
        if abs(fit.loglikelihood - found.loglikelihood) > _SAME:
            raise self._failure(_CLAMPED, data, fit)
        return fit

    def _failure(self, reason: str, data: pd.Series, best: Fit | None = None) -> ConvergenceError:
        return ConvergenceError(
            f"fit: expected {self!r} to converge on {len(data)} returns, got {reason} "
            f"[at {_checks.stamp(data.index[-1])}]; look for an outlier or stale prices, lengthen "
            "the history or choose a simpler model",
            best=best,
        )

    def _nearby(self, returns: Vector) -> Mapping[str, float] | None:
        """Return parameters of a simpler model, within this one, to search from as well."""
        del returns
        return None

    @abstractmethod
    def _filter(self, params: Mapping[str, float]) -> VarianceFilter: ...

    def _law(self, params: Mapping[str, float]) -> InnovationLaw:
        return law_of(self.distribution, params)
