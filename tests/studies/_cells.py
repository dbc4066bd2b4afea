"""One cell of the study: how often a test rejects one forecaster at one length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.studies._attainable import ATTAINABLE, SIZE
from tests.studies._cases import SIZES, Case
from tests.studies._forecasters import RIGHT, Forecaster, histories

DAYS = (250, 500, 1000)


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of the table; shares are text with four decimals, empty where there is none."""

    test: str
    level: str
    days: str
    forecaster: str
    replications: str
    asymptotic: str
    exact: str
    randomised: str
    attainable: str
    seed: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What the cell is of."""
        return self.test, self.days, self.forecaster


def cell(case: Case, days: int, forecaster: Forecaster, replications: int, seed: int) -> Cell:
    """Return the cell of a study of `replications`, the first of as many histories as it has."""
    most = SIZES * replications if forecaster is RIGHT else replications
    asked = case.histories(forecaster, replications)
    loss, sigma = (rows[:asked] for rows in histories(days, most, seed))
    results = [case.on(forecaster, x, s, seed) for x, s in zip(loss, sigma, strict=True)]

    def share(name: str) -> str:
        found = [r.extras[name] for r in results if name in r.extras]
        return _text(np.array(found) < SIZE) if len(found) == len(results) else ""

    enumerated = ATTAINABLE.get(case.name) if forecaster is RIGHT else None
    return Cell(
        test=case.name,
        level=str(case.level),
        days=str(days),
        forecaster=forecaster.name,
        replications=str(len(results)),
        asymptotic=_text(np.array([r.pvalue < SIZE for r in results])) if case.asymptotic else "",
        exact=share("exact_pvalue"),
        randomised=share("randomised_pvalue"),
        attainable="" if enumerated is None else f"{enumerated(days, case.level):.4f}",
        seed=str(seed),
    )


def _text(rejected: np.ndarray) -> str:
    return f"{np.mean(rejected):.4f}"
