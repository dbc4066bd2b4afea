"""How certain the estimates of a fit are, by the way they were found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from quant._typing import CovarianceKind, Matrix, Vector
from quant.distributions import GED
from quant.volatility._covariance import estimate_covariance
from quant.volatility._dynamics import Origin, contributions
from quant.volatility._record import Sample


class Uncertainty(Protocol):
    """The sampling covariance of estimates."""

    def covariance(self, kind: CovarianceKind) -> Matrix:
        """Return the (k, k) covariance."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Of estimates that maximise a likelihood.

    Attributes
    ----------
    held : tuple of str
        Constraints that hold with equality.
    hessian : callable or None
        Returns the exact second derivatives of the log-likelihood at the estimates.
    """

    origin: Origin
    named: tuple[tuple[str, float], ...]
    sample: Sample
    held: tuple[str, ...]
    hessian: Callable[[], Matrix] | None = None

    def covariance(self, kind: CovarianceKind) -> Matrix:
        if not self.named:
            return np.zeros((0, 0))
        names = [name for name, _ in self.named]
        dynamics = self.origin.dynamics(dict(self.named))
        kink = isinstance(dynamics.law, GED) and dynamics.law.nu < 2.0
        reach = dynamics.mean_reach(self.sample)
        return estimate_covariance(
            self._contributions,
            np.array([value for _, value in self.named]),
            kind,
            bound=tuple(self._is_bound(name) for name in names),
            rough=tuple(name == "mu" and kink for name in names),
            reach=tuple(reach if name == "mu" else np.inf for name in names),
            hessian=self.hessian() if self.hessian and kind != "opg" else None,
        )

    def _is_bound(self, name: str) -> bool:
        """Return whether a constraint holds the parameter; beta gives way to the persistence."""
        return name in self.held or (name == "beta" and "persistence" in self.held)

    def _contributions(self, values: Vector) -> Vector:
        params = {name: float(v) for (name, _), v in zip(self.named, values, strict=True)}
        return contributions(self.origin, params, self.sample)
