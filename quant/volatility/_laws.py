"""The innovation law that estimated parameters describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from quant.distributions import GED, Normal, SkewStudentT, StudentT
from quant.distributions.base import InnovationLaw

LawName: TypeAlias = Literal["normal", "t", "skewt", "ged"]


def law_of(name: LawName, params: Mapping[str, float]) -> InnovationLaw:
    """Return the law called `name` at its shape parameters among `params`."""
    if name == "t":
        return StudentT(params["nu"])
    if name == "skewt":
        return SkewStudentT(params["nu"], params["skew"])
    if name == "ged":
        return GED(params["nu"])
    return Normal()
