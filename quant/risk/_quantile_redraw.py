"""Where else a quantile recursion might have been estimated, had its losses been others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from quant._typing import Matrix, Vector
from quant.distributions.quantiles import Quantiles
from quant.errors import InsufficientDataError
from quant.risk._parameter_error import Number
from quant.risk._quantile_dynamics import Dynamics

# Enough for the size of an error: the 190th of them sets it.
N_REDRAWN = 199
SEED = 0

_REACH, _NORMAL_REACH = 0.95, 1.959963984540054
_DEEPER, _FEWEST = 3.0, 40


@dataclass(frozen=True, slots=True, eq=False)
class RedrawnError:
    """The error of a number read off a law, from what redrawn samples would have led to.

    Attributes
    ----------
    law : Quantiles
        The law at the estimates.
    replicates : callable
        Returns the laws at the estimates of redrawn samples; called when an error is asked for.
    """

    law: Quantiles
    replicates: Callable[[], Sequence[Quantiles]]

    def variance(self, number: Number) -> float:
        """Return the square of the error that reaches as far as 95 % of the replicates do."""
        value, reach = number(self.law), self._reach(number, _REACH)
        return ((value if value > 0.0 else 1.0) * reach / _NORMAL_REACH) ** 2

    def interval(self, number: Number, confidence: float) -> tuple[float, float]:
        """Return the symmetric bootstrap interval of the logarithm.

        Errors of a risk multiply. The interval about the estimate that so many of the replicates
        lie in does not hang on which side the bootstrap leans to, nor on the wildest of them. Of an
        estimate of at most 0 the errors are taken to add.

        Raises
        ------
        InsufficientDataError
            If less than one replicate is to lie outside.

        References
        ----------
        Hall (1988), On symmetric bootstrap confidence intervals, section 2.
        """
        value, reach = number(self.law), self._reach(number, confidence)
        if value <= 0.0:
            return value - reach, value + reach
        factor = float(np.exp(reach))
        return value / factor, value * factor

    def _reach(self, number: Number, confidence: float) -> float:
        value = number(self.law)
        found = np.array([number(law) for law in self.replicates()])
        if found.size * (1.0 - confidence) < 1.0 - 1e-9:
            raise InsufficientDataError(
                f"confidence: expected at most {1.0 - 1.0 / found.size:.4g} with {found.size} "
                f"redrawn samples, got {confidence:g}; ask for less"
            )
        errors = np.log(found / value) if value > 0.0 else found - value
        return float(np.quantile(np.abs(errors), confidence))


def redrawn_points(
    dynamics: Dynamics,
    estimate: Vector,
    first: float,
    x: Vector,
    var: Vector,
    es: Vector,
    starts: Matrix,
    *,
    tail: float,
    size: int,
    seed: int,
) -> Matrix:
    """Return the estimates (size, k) of samples redrawn about the fitted path `var`, `es` (T,).

    Loss over VaR is drawn anew at each date and scored; the recursion runs over the losses `x`
    that there were, so that it cannot explode where an estimate does. Each search begins at the
    estimate and at the best of `starts`.

    References
    ----------
    Beutner, Heinemann and Smeekes (2024), A residual bootstrap for conditional Value-at-Risk,
    Journal of Econometrics 238, section 4: the fixed design.
    """
    from quant.risk._quantile_search import search

    generator = np.random.default_rng(seed)
    ratios, mean = x / var, float(es[0] / var[0])
    begun = np.vstack([estimate, starts])
    points = np.empty((size, estimate.size))
    for i in range(size):
        drawn = var * redrawn_ratios(ratios, mean, tail, generator)
        found, scores, _ = search(
            *(dynamics.code, begun, len(dynamics.names), 1, x, drawn, tail, first),
            np.zeros(1),
        )
        points[i] = found[int(np.argmin(scores))]
    return points


def redrawn_ratios(
    ratios: Vector, mean: float, tail: float, generator: np.random.Generator
) -> Vector:
    """Return as many losses over VaR, drawn from the sample and, in its tail, from Pareto laws.

    The fit passes through as many losses as it has parameters: in the sample itself these lie on
    the VaR exactly, and quantiles of samples of it would hardly move. The Pareto law has its
    quantile at 1 and the index of the largest losses of the sample (Hill), three times as many as
    are expected beyond the VaR and at least forty. Where the fit knows an ES, `mean` over VaR, the
    index beyond 1 lies midway to the one with that mean: of few breaches it is too light a tail,
    and the index of nearer losses too heavy.
    """
    n = ratios.size
    ordered = np.sort(ratios)
    k = min(max(int(_DEEPER * tail * n), _FEWEST), int(np.count_nonzero(ordered > 0.0)) - 1)
    u = generator.random(n)
    drawn = ordered[n - 1 - np.floor(u * n).astype(np.int64)]
    if k <= tail * n:  # gains reach into the tail
        return drawn
    index = float(np.mean(np.log(ordered[-k:] / ordered[-k - 1])))
    beyond = 0.5 * (index + 1.0 - 1.0 / mean) if mean > 1.0 else index
    body = np.minimum(drawn, (tail * n / k) ** index)
    return np.where(u * n < k, (tail / u) ** np.where(u < tail, beyond, index), body)
