"""Dependence models: how assets move together; one model per file."""

from __future__ import annotations

from quant.dependence.ccc import CCC
from quant.dependence.dcc import DCC
from quant.dependence.ewma_covariance import EWMACovariance
from quant.dependence.gaussian_copula import GaussianCopula
from quant.dependence.student_t_copula import StudentTCopula

__all__ = ["CCC", "DCC", "EWMACovariance", "GaussianCopula", "StudentTCopula"]
