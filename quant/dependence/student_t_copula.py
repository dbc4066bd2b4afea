"""Student's t copula."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from quant import _checks
from quant._typing import Matrix
from quant.dependence._blas import one_blas_thread
from quant.dependence._copula import (
    EllipticalCopulaFit,
    Estimator,
    from_kendall,
    uniforms_of,
)
from quant.dependence._elliptical import StudentShape
from quant.dependence.base import Margins
from quant.volatility.base import FitDiagnostics

__all__ = ["StudentTCopula"]

_LOWEST, _HIGHEST = 1.0, 200.0
_EDGE = 1e-3  # of log nu


@dataclass(frozen=True, slots=True)
class StudentTCopula:
    r"""The dependence of a multivariate t law, whatever the margins.

    .. math:: C(u) = t_{\nu, R}(t_\nu^{-1}(u_1), \dots, t_\nu^{-1}(u_N))

    Parameters
    ----------
    nu : float, optional
        Degrees of freedom; left out, they maximise the profile likelihood between 1 and 200.
    estimator : {"kendall", "scores"}
        Correlation as sin(pi tau / 2) of Kendall's tau, whatever nu is, refused where it is not
        positive definite; or from the t scores, weighted as the likelihood weighs them, anew for
        every nu.
    margins : {"ranks", "uniforms"}
        Turn observations into rank / (T + 1), or take probability integral transforms as given.

    Raises
    ------
    InputError
        If `nu` is not above zero, or a field is none of these.

    Notes
    -----
    Parameter: nu; `diagnostics.on_bound` says when it has reached 200, a normal law for all it
    matters, or 1. No standard errors are given: those of a pseudo-likelihood carry the error of the
    ranks (Genest, Ghoudi and Rivest 1995). The nu of the copula need not be that of the margins.

    References
    ----------
    Demarta and McNeil (2005), The t copula and related copulas, sections 3-4. McNeil, Frey and
    Embrechts (2015), Quantitative Risk Management, section 7.5.

    Examples
    --------
    >>> import numpy as np
    >>> draws = np.random.default_rng(7).standard_normal((500, 2)) @ [[1.0, 0.6], [0.0, 0.8]]
    >>> fit = StudentTCopula(nu=4).fit(pd.DataFrame(draws, columns=["BTC", "ETH"]))
    >>> f"{fit.tail_dependence().loc['BTC', 'ETH']:.2f}"
    '0.33'
    """

    nu: float | None = None
    estimator: Estimator = "kendall"
    margins: Margins = "ranks"

    def __post_init__(self) -> None:
        if self.nu is not None:
            object.__setattr__(self, "nu", _checks.positive("nu", self.nu))
        _checks.one_of("estimator", self.estimator, ("kendall", "scores"))
        _checks.one_of("margins", self.margins, ("ranks", "uniforms"))

    @one_blas_thread()
    def fit(self, panel: pd.DataFrame) -> EllipticalCopulaFit:
        """Estimate on observations (T, N), at least 20 dates, best without volatility clustering.

        Raises
        ------
        InputError
            If the panel holds a blank or an asset that does not move, or the correlation is not
            positive definite.
        """
        sample, uniforms = uniforms_of(panel, self.margins, "StudentTCopula")
        assets = tuple(sample.columns)
        common = from_kendall(uniforms, assets) if self.estimator == "kendall" else None

        def at(nu: float) -> tuple[StudentShape, Matrix, float]:
            law = StudentShape(nu)
            scores = law.scores(uniforms)
            matrix = law.correlation_of(scores, assets) if common is None else common
            return law, matrix, float(law.copula_logpdf(scores, matrix).sum())

        nu, diagnostics = self.nu, FitDiagnostics()
        if nu is None:
            from scipy.optimize import minimize_scalar

            limits = (math.log(_LOWEST), math.log(_HIGHEST))
            found = minimize_scalar(
                lambda log_nu: -at(math.exp(log_nu))[2],
                bounds=limits,
                method="bounded",
                options={"xatol": 1e-7},
            )
            held = min(abs(found.x - limit) for limit in limits) < _EDGE
            nu = math.exp(float(found.x))
            diagnostics = FitDiagnostics(
                converged=bool(found.success),
                iterations=int(found.nfev),
                message=str(found.message),
                on_bound=("nu",) if held else (),
            )
        law, matrix, loglikelihood = at(nu)
        return EllipticalCopulaFit(
            spec=self,
            assets=assets,
            law=law,
            matrix=matrix,
            loglikelihood=loglikelihood,
            diagnostics=diagnostics,
            as_of=sample.index[-1],
        )
