"""Every estimator in its own world, 99 %, one period, both sides; and the study, recomputed."""

from __future__ import annotations

from dataclasses import replace

import pytest

import quant as q
from tests.studies._guarantee import Guarantee
from tests.studies._known import Known, at
from tests.studies._rate_cases import CASES, STUDENT_GARCH, T, always
from tests.studies.breach_rates import read

pytestmark = pytest.mark.slow

LEVEL = 0.99
FEW = {"JointVaRES": 6, "CAViaR": 10, "CombinedRisk, r": 6, "CombinedRisk, m": 6}


def brief(case):
    """Return the case at one period with as many forecasts as a test has time for."""
    if isinstance(case, Known):
        return replace(case, horizons=(1,), origins=min(case.origins, 1000))
    few = [n for start, n in FEW.items() if case.name.startswith(start)]
    replications = few[0] if few else min(case.replications, 96)
    return replace(case, horizons=(1,), replications=replications)


@pytest.mark.parametrize(
    "case", [case for case in CASES if not isinstance(case, Guarantee)], ids=lambda c: c.name
)
def test_breaches_come_as_often_as_they_should(case):
    cells = list(brief(case).cells(20, (LEVEL,)))
    assert [cell.side for cell in cells] == ["long", "short"]
    for cell in cells:
        assert cell.inside == "yes", cell
        # parameters cost breaches, but an estimator that is estimated on its own world knows it
        assert 0.005 < float(cell.expected) < 0.03, cell


def test_coverage_control_keeps_its_bound_where_its_estimator_does_not():
    case = next(case for case in CASES if isinstance(case, Guarantee))
    (long, short) = case.cells(20, (0.95,))
    assert long.inside == short.inside == "yes"


@pytest.mark.parametrize("wrong", ["scale", "side"])
def test_a_wrong_forecast_leaves_the_band(wrong):
    omega = 9e-6 if wrong == "scale" else 3e-6
    known = {"mu": 0.0002, "omega": omega, "alpha": 0.08, "beta": 0.89, "nu": 6.0}
    fit = at(known, q.ParametricRisk(volatility=q.GARCH(distribution="t"), distribution=T))
    world = replace(STUDENT_GARCH, mean=0.01) if wrong == "side" else STUDENT_GARCH
    cells = Known("wrong", always(world), fit, (1,), origins=1500).cells(3, (LEVEL,))
    assert "NO" in {cell.inside for cell in cells}


# Cells without an optimiser of many parameters: their last digit does not hang on its last step.
AGAIN = [
    ("AgeWeightedSimulation", (0.95, 0.975, 0.99)),
    ("CornishFisher (known)", (0.95, 0.975, 0.99)),
    ("ParametricRisk, GARCH-t (known)", (0.95, 0.975, 0.99)),
    ("CAViaR, symmetric absolute value (known)", (LEVEL,)),
]


@pytest.mark.parametrize(("name", "levels"), AGAIN)
def test_cells_of_the_study_come_out_again(name, levels):
    case = next(case for case in CASES if case.name == name)
    written = {f"{level:g}" for level in levels}
    committed = [cell for cell in read() if cell.case == name and cell.level in written]
    seeds = {int(cell.seed) for cell in committed}
    assert len(seeds) == 1
    if isinstance(case, Known):
        case = replace(case, horizons=(1,))
    again = list(case.cells(seeds.pop(), levels))
    assert again == [cell for cell in committed if int(cell.horizon) in case.horizons]
