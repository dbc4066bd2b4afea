"""What every hypothesis test answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from quant import _checks

__all__ = ["TestResult"]


@dataclass(frozen=True, slots=True, eq=False)
class TestResult:
    """The answer of a hypothesis test; unpacks as ``statistic, pvalue``.

    Attributes
    ----------
    name : str
        The test.
    null : str
        What is assumed until rejected, as a sentence.
    statistic : float
    pvalue : float
        Of the law the test is known by: the chi-square limit for likelihood ratios, the binomial
        for counts.
    dof : int or None
        Degrees of freedom of that law, where it has any.
    extras : mapping
        Everything else, by name; ``"exact_pvalue"`` where the test has a finite-sample law.
    """

    __test__: ClassVar[bool] = False

    name: str
    null: str
    statistic: float
    pvalue: float
    dof: int | None = None
    extras: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "extras", MappingProxyType(dict(self.extras)))

    @property
    def decision_pvalue(self) -> float:
        """The p-value to decide by: the exact one where the test has it, else `pvalue`."""
        exact = self.extras.get("exact_pvalue", self.pvalue)
        assert isinstance(exact, float)
        return exact

    def rejected(self, significance: float = 0.05) -> bool:
        """Return whether `decision_pvalue` is below `significance`."""
        return self.decision_pvalue < _checks.level(significance, "significance")

    def __iter__(self) -> Iterator[float]:
        yield self.statistic
        yield self.pvalue

    def __reduce__(
        self,
    ) -> tuple[type[TestResult], tuple[str, str, float, float, int | None, dict[str, object]]]:
        # a read-only view of a dict cannot be pickled, and workers send results home
        extras = dict(self.extras)
        return TestResult, (self.name, self.null, self.statistic, self.pvalue, self.dof, extras)

    def __repr__(self) -> str:
        dof = "" if self.dof is None else f", dof {self.dof}"
        lines = [
            f"{self.name}: statistic {self.statistic:.6g}, p-value {self.pvalue:.4g}{dof}",
            f"  null: {self.null}",
        ]
        lines += [f"  {name}: {_printed(value)}" for name, value in self.extras.items()]
        return "\n".join(lines)


def _printed(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
