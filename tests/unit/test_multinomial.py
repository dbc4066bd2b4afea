from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from quant.backtesting import Backtest, kupiec, multinomial
from quant.errors import InputError

VARIANTS = ("Nass", "Pearson", "LR")


def of(pit: object, level: float = 0.975, **fields: object) -> Backtest:
    pit = np.asarray(pit, dtype=float)
    return Backtest.from_arrays(
        loss=pit, var=np.full(pit.size, level), level=level, pit=pit, **fields
    )


def filled(cells: tuple[int, ...], level: float) -> Backtest:
    """Return a backtest with so many losses in each cell."""
    n = len(cells) - 1
    inside = level + (np.arange(n) + 0.5) * (1 - level) / n
    return of(np.repeat([level / 2, *inside], cells), level)


def test_one_level_asks_what_kupiec_asks():
    bt = of(np.random.default_rng(3).random(500))
    assert list(multinomial(bt, n_levels=1, variant="LR")) == pytest.approx(list(kupiec(bt)))


def test_a_pit_at_a_level_is_no_breach_of_it():
    assert multinomial(of([0.0, 0.975, 0.9875, 1.0]), n_levels=2).extras["cells"] == (2, 1, 1)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_exact_value_agrees_with_the_enumeration_of_every_count(variant):
    n_obs, level, n = 12, 0.7, 2
    p = np.array([level, (1 - level) / 2, (1 - level) / 2])
    table = [c for c in itertools.product(range(n_obs + 1), repeat=n + 1) if sum(c) == n_obs]
    law = np.array(
        [math.factorial(n_obs) * np.prod(p**c / [math.factorial(i) for i in c]) for c in table]
    )
    every = np.array(
        [
            multinomial(filled(c, level), n_levels=n, variant=variant, n_sims=1).statistic
            for c in table
        ]
    )
    for i in range(0, len(table), 9):
        share = law[every >= every[i] - 1e-9].sum()
        found = multinomial(filled(table[i], level), n_levels=n, variant=variant)
        error = 4 * np.sqrt(share * (1 - share) / 10_000) + 2e-4
        assert abs(found.extras["exact_pvalue"] - share) < error


def test_nass_has_the_moments_of_its_chi_square_law():
    level, n = 0.975, 4
    pits = np.random.default_rng(1).random((1500, 100))
    found = [multinomial(of(row, level), n_levels=n, n_sims=1) for row in pits]
    values = np.array([result.statistic for result in found])
    dof = found[0].extras["nass_dof"]
    assert values.mean() == pytest.approx(dof, abs=4 * np.sqrt(2 * dof / 1500))
    assert values.var() == pytest.approx(2 * dof, rel=0.5)


def test_a_thick_tail_is_found_and_lies_on_its_side():
    pit = np.random.default_rng(5).random(1000)
    thick = np.where(pit > 0.975, 1 - (1 - pit) * 0.2, pit)  # as many breaches, deeper
    assert not multinomial(of(pit)).rejected()
    assert multinomial(of(thick)).rejected(0.001)
    assert multinomial(of(thick), alternative="under").rejected(0.001)
    assert not multinomial(of(thick), alternative="over").rejected(0.9)
    prudent = pit * 0.97
    assert multinomial(of(prudent), alternative="over").rejected(0.001)
    assert not multinomial(of(prudent), alternative="under").rejected(0.9)


def test_pits_of_zero_and_one_have_a_cell():
    result = multinomial(of([0.0] * 90 + [1.0] * 10, 0.9))
    assert result.extras["cells"] == (90, 0, 0, 0, 10)
    assert np.isfinite(multinomial(of([1.0] * 10, 0.9), variant="LR").statistic)


def test_refusals():
    bare = Backtest.from_arrays(loss=[1.0, 2.0], var=[3.0, 3.0], level=0.9)
    with pytest.raises(InputError, match=r"pit: expected .* which multinomial reads, got None"):
        multinomial(bare)
    with pytest.raises(InputError, match="variant: expected one of 'Nass', 'Pearson', 'LR'"):
        multinomial(of([0.5]), variant="nass")
    with pytest.raises(InputError, match="n_levels: expected a whole number of at least 1"):
        multinomial(of([0.5]), n_levels=0)


def test_overlap_is_merged():
    bt = of(np.random.default_rng(3).random(100), horizon=2, step=1)
    assert multinomial(bt, n_sims=99).extras["subsamples"] == 2
