"""What the models that only arch estimates share: fields, laws, the estimation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import Vector
from quant.distributions.base import InnovationLaw
from quant.errors import ConvergenceError, InputError
from quant.volatility import _arch
from quant.volatility._arch import ArchEstimate
from quant.volatility._arch_processes import Process
from quant.volatility._arch_starts import Start
from quant.volatility._filter import VarianceFilter
from quant.volatility._filtered import filtered
from quant.volatility._fit import Fit, estimated
from quant.volatility._laws import law_of
from quant.volatility._observations import usable
from quant.volatility.base import FitDiagnostics

_SKEW_LIMIT = 1.0 - 1e-9
_SAME = 1e-3  # log-likelihood by which two evaluations of one model may differ, skew limit included
_TIE = 1e-8  # log-likelihood
_BEYOND = 10.0  # times the largest return: a volatility that is nonsense
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
            If returns are not finite, ascending, of one asset, do not vary, at the start either, or
            repeat one value so often that the likelihood has no maximum.
        InsufficientDataError
            If there are too few.
        ConvergenceError
            If the optimiser does not come to rest, or rests where only arch's clamp on the
            variances keeps the likelihood up, or where the volatility of the next period is ten
            times the largest return, as after an extreme outlier; `best` carries such a fit.
        """
        del realized  # models that use it refuse without it; this one has no place for it
        data = usable(returns, self._minimum, type(self).__name__, self.distribution)
        values = data.to_numpy()
        presample = _arch.backcast(values, self.mean)
        if presample <= 0.0:
            raise InputError(
                f"returns: expected movement in the first 75 returns, got none from "
                f"{_checks.stamp(data.index[0])}; start where the price begins to move"
            )
        searched = [
            _arch.estimate_process(
                values,
                self._process,
                distribution=self.distribution,
                mean=self.mean,
                presample=presample,
                nearby=start,
            )
            for start in (None, *self._starts(values))
        ]
        found_ends = (self._end(found, data, presample) for found in searched)
        ends = [fit for fit in found_ends if fit is not None]
        # of the likelihood proper: an end that is none, but higher than the others, is a refusal
        highest = max((fit.loglikelihood for fit in ends), default=-np.inf)
        # arch's own end comes first: others replace it for what they gain, not for rounding, or
        # where they come to rest at the maximum that it only came near
        level = [fit for fit in ends if fit.loglikelihood > highest - _TIE]
        best = min(level, key=lambda fit: not fit.diagnostics.converged, default=None)
        if best is None or not best.diagnostics.converged:
            raise self._failure(data, best)
        reached = np.sort([fit.loglikelihood for fit in ends if fit.diagnostics.converged])
        diagnostics = replace(
            best.diagnostics,
            iterations=sum(found.iterations for found in searched),
            modes=1 + int(np.sum(np.diff(reached) > _SAME)),
        )
        return estimated(replace(best, diagnostics=diagnostics))

    def _end(self, found: ArchEstimate, data: pd.Series, presample: float) -> Fit | None:
        """Return the fit where one search ended, converged or not; None where there is none.

        arch clamps variances while it searches; where that binds, what it maximised is not this
        model. A variance that no return comes near is what an exponential makes of an outlier.
        """
        params, values = dict(found.params), data.to_numpy()
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
            fit = filtered(self, params, data, presample, diagnostics)
        except InputError:
            return None
        volatility, largest = fit.state.variance**0.5, float(np.abs(values - fit.mean).max())
        if not abs(fit.loglikelihood - found.loglikelihood) <= _SAME:
            reason = _CLAMPED
        elif volatility > _BEYOND * largest:
            reason = f"a next volatility of {volatility:.3g} where no return exceeds {largest:.3g}"
        else:
            return fit
        return replace(fit, diagnostics=replace(diagnostics, converged=False, message=reason))

    def _failure(self, data: pd.Series, best: Fit | None) -> ConvergenceError:
        reason = _CLAMPED if best is None else best.diagnostics.message
        return ConvergenceError(
            f"fit: expected {self!r} to converge on {len(data)} returns, got {reason!r} "
            f"[at {_checks.stamp(data.index[-1])}]; look for an outlier or stale prices, lengthen "
            "the history or choose a simpler model",
            best=None if best is None else estimated(best),
        )

    @abstractmethod
    def _starts(self, returns: Vector) -> tuple[Start, ...]:
        """Return where searches begin beside arch's own start."""

    @abstractmethod
    def _filter(self, params: Mapping[str, float]) -> VarianceFilter: ...

    def _law(self, params: Mapping[str, float]) -> InnovationLaw:
        return law_of(self.distribution, params)
