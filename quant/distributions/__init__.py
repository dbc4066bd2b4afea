"""Laws of losses and of innovations: one law per file."""

from __future__ import annotations

from quant.distributions.empirical import Empirical
from quant.distributions.ged import GED
from quant.distributions.gpd_tail import GPDTail
from quant.distributions.jump_mixture import JumpMixture
from quant.distributions.normal import Normal
from quant.distributions.quantiles import Quantiles
from quant.distributions.skew_t import SkewStudentT
from quant.distributions.student_t import StudentT

__all__ = [
    "GED",
    "Empirical",
    "GPDTail",
    "JumpMixture",
    "Normal",
    "Quantiles",
    "SkewStudentT",
    "StudentT",
]
