"""The committed study of size and power: some of its cells anew, and what all of them say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import bdtr

from tests.studies._attainable import ATTAINABLE, SIZE
from tests.studies._cases import CASES, published
from tests.studies._cells import DAYS, Cell, cell
from tests.studies._forecasters import FORECASTERS, RIGHT
from tests.studies.backtest_size_and_power import REPLICATIONS, SEED, TABLE, read

pytestmark = pytest.mark.slow

CELLS = {found.key: found for found in read()}
BY_NAME = {case.name: case for case in CASES}
AGAIN = [  # cheap ones, of every kind: enumerated, drawn, regressed, bet on
    ("kupiec", 250, "right"),
    ("conditional_coverage", 250, "margin too low"),
    ("multinomial, Nass", 250, "thin tails"),
    ("berkowitz, full", 250, "right"),
    ("acerbi_szekely_z2", 250, "thin tails"),
    ("acerbi_szekely_z3", 250, "right"),
    ("costanzino_curran", 250, "margin too low"),
    ("nolde_ziegel, simple", 250, "stale volatility"),
    ("e_backtest, GREM, ES", 250, "margin too low"),
]


def band(share: float, histories: int) -> float:
    """3.5 standard errors, of the histories and of the shared null sample of 9,999."""
    return 3.5 * float(np.sqrt(share * (1.0 - share) * (1.0 / histories + 1.0 / 9_999)))


def under_the_null() -> list[Cell]:
    return [CELLS[case.name, str(days), RIGHT.name] for case in CASES for days in DAYS]


@pytest.mark.parametrize("name, days, forecaster", AGAIN)
def test_a_cell_is_what_the_table_says(name, days, forecaster) -> None:
    committed = CELLS[name, str(days), forecaster]
    (who,) = (f for f in FORECASTERS if f.name == forecaster)
    assert cell(BY_NAME[name], days, who, REPLICATIONS, SEED) == committed


def test_the_table_is_whole() -> None:
    asked = {
        (case.name, str(d), f.name): str(case.histories(f, REPLICATIONS))
        for case in CASES
        for d in DAYS
        for f in FORECASTERS
    }
    assert {key: found.replications for key, found in CELLS.items()} == asked
    assert {found.seed for found in CELLS.values()} == {str(SEED)}
    assert {case.test.__name__ for case in CASES} == published()
    page = TABLE.with_suffix(".md").read_text()
    assert f"--seed {SEED} --replications {REPLICATIONS}" in page
    assert all(f"| {case.name} |" in page for case in CASES)


def test_finite_sample_versions_are_never_above_nominal() -> None:
    for found in under_the_null():
        if found.exact:
            excess = float(found.exact) - SIZE
            assert excess <= band(SIZE, int(found.replications)), found


def test_where_outcomes_can_be_enumerated_the_size_is_the_attainable_one() -> None:
    enumerated = [found for found in under_the_null() if found.attainable]
    assert {found.test for found in enumerated} == set(ATTAINABLE)
    for found in enumerated:
        attainable = float(found.attainable)
        assert attainable < SIZE
        away = abs(float(found.exact) - attainable)
        assert away <= band(attainable, int(found.replications)), found


def test_randomised_versions_have_the_size_they_say() -> None:
    for found in under_the_null():
        if found.randomised:
            away = abs(float(found.randomised) - SIZE)
            assert away <= band(SIZE, int(found.replications)), found


def test_attainable_sizes_of_counts() -> None:
    # METHODS D6 for Kupiec; the traffic light rejects from the first count with tail below 5 %
    sizes = [ATTAINABLE["kupiec"](days, 0.99) for days in DAYS]
    assert [round(size, 3) for size in sizes] == [0.014, 0.020, 0.043]
    for days in DAYS:
        tails = 1.0 - bdtr(np.arange(days), days, 0.01)
        assert ATTAINABLE["traffic_light"](days, 0.99) == pytest.approx(tails[tails < SIZE].max())


def test_every_wrong_forecaster_is_found_out_by_the_tests_made_for_it() -> None:
    made_for = {
        "thin tails": ("acerbi_szekely_z1", "ridge_es, relative", "berkowitz, tail"),
        "stale volatility": ("dynamic_quantile, hits", "du_escanciano, conditional"),
        "margin too low": ("kupiec", "acerbi_szekely_z2", "costanzino_curran", "berkowitz, full"),
    }
    for forecaster, tests in made_for.items():
        for test in tests:
            powers = [float(CELLS[test, str(days), forecaster].exact) for days in DAYS]
            assert powers[0] < powers[1] < powers[2], (test, forecaster)
            assert powers[2] > 0.3, (test, forecaster)
