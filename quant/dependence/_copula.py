"""What the elliptical copulas share: the data they take, their fit, its density and its draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
import pandas as pd

from quant import _checks
from quant._typing import FloatArray, Matrix
from quant.dependence import _matrices, _panel, _ranks
from quant.dependence._elliptical import Elliptical
from quant.dependence.base import CopulaModel, Margins
from quant.errors import InputError
from quant.volatility.base import FitDiagnostics

Estimator: TypeAlias = Literal["kendall", "scores"]

MINIMUM = 20


class EllipticalModel(CopulaModel, Protocol):
    """A copula specification that says which elliptical law it takes its shape from."""

    @property
    def estimator(self) -> Estimator: ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EllipticalCopulaFit:
    """A copula with its correlation and law; see `CopulaFit`.

    Attributes
    ----------
    law : Elliptical
        The law whose dependence this is.
    matrix : ndarray (N, N)
        Its correlation, positive definite.
    as_of : pandas.Timestamp
        Last date that was used.
    """

    spec: EllipticalModel
    assets: tuple[str, ...]
    law: Elliptical
    matrix: Matrix
    loglikelihood: float
    diagnostics: FitDiagnostics
    as_of: pd.Timestamp

    def __post_init__(self) -> None:
        _matrices.correlation("correlation", self.matrix, self.assets)
        _matrices.frozen(self.matrix)

    @property
    def params(self) -> Mapping[str, float]:
        """Parameters by name, correlations apart: nu of a t copula."""
        return self.law.params

    @property
    def correlation(self) -> pd.DataFrame:
        """Correlation of the elliptical law behind the copula, (N, N)."""
        return self._labelled(self.matrix.copy())

    def logpdf(self, uniforms: Matrix) -> FloatArray:
        """Return the log density (n,) at points (n, N) of the open unit cube."""
        points = inside(_checks.matrix("uniforms", uniforms), self.assets)
        return self.law.copula_logpdf(self.law.scores(points), self.matrix)

    def sample(self, n: int, seed: int = 0) -> Matrix:
        """Return (n, N) uniforms; the same seed gives the same draws."""
        rows = _checks.count("n", n)
        generator = np.random.default_rng(_checks.count("seed", seed, 0))
        normal = generator.standard_normal((rows, len(self.assets)))
        uniforms = self.law.uniforms(normal @ _matrices.root(self.matrix), generator)
        tiny = np.finfo(np.float64).tiny
        return np.clip(uniforms, tiny, 1.0 - np.finfo(np.float64).epsneg)

    def tail_dependence(self) -> pd.DataFrame:
        """Return the limit of P(one falls below its quantile | the other does), (N, N).

        It is the same in both tails.
        """
        limits = self.law.tail_dependence(self.matrix)
        np.fill_diagonal(limits, 1.0)
        return self._labelled(limits)

    def _labelled(self, matrix: Matrix) -> pd.DataFrame:
        return pd.DataFrame(matrix, index=list(self.assets), columns=list(self.assets))

    def __repr__(self) -> str:
        numbers = "".join(f", {name}={value:.6g}" for name, value in self.params.items())
        return (
            f"{self.spec!r} of {len(self.assets)} assets to {_checks.stamp(self.as_of)}{numbers}, "
            f"loglikelihood={self.loglikelihood:.6g}"
        )


def uniforms_of(panel: pd.DataFrame, margins: Margins, who: str) -> tuple[pd.DataFrame, Matrix]:
    """Return a checked panel and its uniforms (T, N)."""
    sample = _panel.usable(panel, MINIMUM, who)
    if margins == "ranks":
        return sample, _ranks.pseudo_observations(sample)
    return sample, inside(sample.to_numpy(), tuple(sample.columns))


def inside(uniforms: Matrix, assets: tuple[str, ...]) -> Matrix:
    """Return points when they lie in the open unit cube of these assets."""
    if uniforms.shape[1] != len(assets):
        raise InputError(
            f"uniforms: expected {len(assets)} columns, got {uniforms.shape[1]}; one per asset"
        )
    outside = np.argwhere((uniforms <= 0.0) | (uniforms >= 1.0))
    if outside.size:
        row, column = (int(i) for i in outside[0])
        raise InputError(
            f"uniforms: expected numbers in (0, 1), got {uniforms[row, column]:g} in "
            f"{assets[column]} at row {row}; pass probability integral transforms, or use "
            "margins='ranks'"
        )
    return uniforms


def from_kendall(uniforms: Matrix, assets: tuple[str, ...]) -> Matrix:
    """Return sin(pi tau / 2) of all pairs; refused where it is no correlation matrix."""
    matrix = _matrices.rescaled(np.sin(0.5 * np.pi * _ranks.kendall(uniforms)))
    least = float(np.linalg.eigvalsh(matrix)[0])
    if least < -_matrices.ROUNDING:
        raise InputError(
            f"correlation: expected a positive semidefinite matrix from Kendall's tau, got the "
            f"eigenvalue {least:.3g}; use estimator='scores', which is semidefinite by "
            "construction, a longer history or fewer assets; it is not repaired here"
        )
    return _matrices.correlation("correlation", matrix, assets)
