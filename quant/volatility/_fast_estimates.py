"""What the compiled engine is asked for, and what it finds: estimates of many windows at once."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from quant._typing import Matrix, Vector
from quant.volatility._arch import MeanName
from quant.volatility._bounds import Indices, held
from quant.volatility._filter import MeanSquare, Presample
from quant.volatility._laws import LawName

_SAME = 1e-9  # log-likelihood that rounding may cost


@dataclass(frozen=True, slots=True)
class FastModel:
    """What the kernels need to know of a specification."""

    leverage: bool
    distribution: LawName
    mean: MeanName
    startup: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters in order."""
        mean = ("mu",) if self.mean == "constant" else ()
        gamma = ("gamma",) if self.leverage else ()
        shapes = {"normal": (), "skewt": ("nu", "skew")}.get(self.distribution, ("nu",))
        return (*mean, "omega", "alpha", *gamma, "beta", *shapes)

    @property
    def columns(self) -> tuple[int, ...]:
        """Where the parameters sit in a row of estimates."""
        where = dict(
            zip(("mu", "omega", "alpha", "gamma", "beta", "nu", "skew"), range(7), strict=True)
        )
        return tuple(where[name] for name in self.names)


@dataclass(frozen=True, slots=True, eq=False)
class FastEstimates:
    """Estimates of many windows, a row each, in the units of the returns."""

    model: FastModel
    params: Matrix
    loglikelihood: Vector
    next_variance: Vector
    presample: Vector
    unit_omega: Vector
    centre: Vector
    mean_square: Vector
    evaluations: Indices
    converged: npt.NDArray[np.bool_]
    modes: Indices
    flat: npt.NDArray[np.bool_]
    extreme: npt.NDArray[np.bool_]
    at_a_return: npt.NDArray[np.bool_]

    def named(self, row: int) -> dict[str, float]:
        """Return the parameters of one window."""
        return dict(zip(self.model.names, self.params[row].tolist(), strict=True))

    def presample_of(self, row: int) -> Presample:
        """Return what one window assumed about the variance before its first return."""
        if self.model.startup == "arch":
            return float(self.presample[row])
        return MeanSquare(float(self.mean_square[row]), float(self.centre[row]))

    def on_bound(self) -> list[tuple[str, ...]]:
        """Return the constraints that hold with equality in each window."""
        columns = dict(zip(self.model.names, self.params.T, strict=True))
        flags = held({**columns, "omega": self.unit_omega}, self.model.distribution)
        some = np.any(np.array(list(flags.values())), axis=0).tolist()
        return [self.on_bound_in(row) if bound else () for row, bound in enumerate(some)]

    def on_bound_in(self, row: int) -> tuple[str, ...]:
        """Return the constraints that hold with equality in one window."""
        params = self.named(row) | {"omega": float(self.unit_omega[row])}
        flags = held(params, self.model.distribution)
        return tuple(name for name, flag in flags.items() if flag)

    def of(self, rows: slice | Indices) -> FastEstimates:
        """Return the estimates of some of the windows."""
        return replace(self, **{name: array[rows] for name, array in self._arrays().items()})

    def followed_by(self, *others: FastEstimates) -> FastEstimates:
        """Return these estimates and others of the same model, one after the other."""
        parts = [found._arrays() for found in (self, *others)]
        whole: dict[str, Any] = {
            name: np.concatenate([part[name] for part in parts]) for name in parts[0]
        }
        return replace(self, **whole)

    def mended(self, rows: Indices, better: FastEstimates) -> FastEstimates:
        """Return the estimates with those of some windows replaced."""
        order = np.arange(self.converged.size)
        order[rows] = self.converged.size + np.arange(rows.size)
        return self.followed_by(better).of(order)

    def improved(self, rows: Indices, again: FastEstimates) -> FastEstimates:
        """Return the estimates, of some windows those of a climb that went on from them.

        Where that is not lower. Modes are those the first climbs met.
        """
        before = self.of(rows)
        again = replace(
            again, evaluations=before.evaluations + again.evaluations, modes=before.modes
        )
        no_worse = again.loglikelihood >= before.loglikelihood - _SAME
        taken = no_worse & (again.converged | ~before.converged)
        return self.mended(rows[taken], again.of(np.flatnonzero(taken)))

    def _arrays(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "model"}
