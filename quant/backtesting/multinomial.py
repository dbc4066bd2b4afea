"""Breaches of several VaR levels at once."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import xlogy

from quant import _checks
from quant._typing import Matrix, Vector
from quant.backtesting import _pit
from quant.backtesting._alternative import (
    Alternative,
    checked,
    chi_square_pvalue,
    direction,
    oriented,
)
from quant.backtesting._evidence import tie_seed
from quant.backtesting._finite_sample import by_simulation
from quant.backtesting._overlap import over_offsets
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest

__all__ = ["multinomial"]

Variant: TypeAlias = Literal["Nass", "Pearson", "LR"]

_NULL = {
    "two-sided": "the VaR at {} is breached as often as each level says, independently",
    "under": "the VaR at {} is breached no more often than each level says, independently",
    "over": "the VaR at {} is breached no less often than each level says, independently",
}


def multinomial(
    bt: Backtest,
    *,
    n_levels: int = 4,
    variant: Variant = "Nass",
    alternative: Alternative = "two-sided",
    n_sims: int = 10_000,
    seed: int = 0,
) -> TestResult:
    r"""Test how many losses fall between VaR levels that divide the tail beyond `bt.level` evenly.

    .. math:: c_j = c + (j - 1)(1 - c)/N, \quad S = \sum_{j=0}^{N} \frac{(O_j - T\pi_j)^2}{T\pi_j},
        \quad LR = 2 \sum_{j=0}^{N} O_j \ln\frac{O_j}{T\pi_j}

    with c = level, O_j the losses whose PIT is in (c_j, c_{j+1}] and pi_j the width of that cell.

    Parameters
    ----------
    bt : Backtest
        With `pit`. Where losses overlap, the p-values are twice the mean of those of the
        subsamples without.
    n_levels : int
        Number N of VaR levels, 4 or 8 by custom; 1 asks what `kupiec` asks.
    variant : {"Nass", "Pearson", "LR"}
        ``"Pearson"``: S, chi-square with N degrees of freedom. ``"Nass"``: the multiple of S whose
        mean and variance are those of a chi-square law, exactly; the best of the three when cells
        are rare. ``"LR"``: the likelihood ratio, N degrees of freedom.
    alternative : {"two-sided", "under", "over"}
        ``"under"``: the statistic counts against the model only when the breaches of all levels
        together are too many, ``"over"`` only when they are too few; on the other side it counts
        for it.
    n_sims, seed : int
        Draws of the cell counts behind the finite-sample p-value.

    Returns
    -------
    TestResult
        `pvalue` is the chi-square tail, one-sided half of it; `dof` is N, also for Nass, whose
        degrees of freedom, not whole, are ``extras["nass_dof"]``. ``extras["exact_pvalue"]`` is a
        Monte Carlo p-value, ``["cells"]`` the counts O_0, ..., O_N.

    Raises
    ------
    InputError
        If there is no PIT.

    References
    ----------
    Kratz, Lok and McNeil (2018), Multinomial VaR backtests: a simple implicit approach to
    backtesting expected shortfall, Journal of Banking and Finance 88, section 3; Nass (1959), The
    chi-square test for small expectations in contingency tables, Biometrika 46.

    Examples
    --------
    >>> import numpy as np
    >>> pit = (np.arange(1000) + 0.5) / 1000
    >>> bt = Backtest.from_arrays(loss=pit, var=np.full(1000, 0.975), level=0.975, pit=pit)
    >>> multinomial(bt, n_levels=2).extras["cells"]
    (975, 13, 12)
    """
    _checks.one_of("variant", variant, ("Nass", "Pearson", "LR"))
    checked(alternative)
    _checks.count("n_levels", n_levels)
    _checks.count("n_sims", n_sims)
    seed = _checks.count("seed", seed, 0)
    _pit.required(bt, "multinomial")
    return over_offsets(
        bt,
        partial(
            _of_independent,
            n_levels=n_levels,
            variant=variant,
            alternative=alternative,
            n_sims=n_sims,
            seed=seed,
        ),
    )


def _of_independent(
    bt: Backtest, n_levels: int, variant: Variant, alternative: Alternative, n_sims: int, seed: int
) -> TestResult:
    levels, chances = _cells(bt.level, n_levels)
    # a PIT at a level lies in the cell below, as a loss at the VaR is no breach
    pit = _pit.required(bt, "multinomial")
    cells = np.bincount(np.searchsorted(levels, pit), minlength=n_levels + 1).astype(np.float64)
    statistic = float(_statistics(cells, chances, variant))
    towards = _towards(cells, chances)
    null, null_towards = _null(bt.n_obs, bt.level, n_levels, variant, n_sims, seed)
    finite = by_simulation(
        float(oriented(statistic, towards, alternative)),
        oriented(null, null_towards, alternative),
        tie_seed(bt, seed),
    )
    scale = _nass_scale(bt.n_obs, chances)
    dof = scale * n_levels if variant == "Nass" else float(n_levels)
    extras: dict[str, object] = {
        "variant": variant,
        "levels": tuple(float(level) for level in levels),
        "cells": tuple(int(cell) for cell in cells),
    }
    if variant == "Nass":
        extras |= {"nass_scale": scale, "nass_dof": dof}
    return TestResult(
        name="multinomial",
        null=_NULL[alternative].format(_listed(levels)),
        statistic=statistic,
        pvalue=chi_square_pvalue(statistic, dof, float(towards), alternative),
        dof=n_levels,
        extras={**extras, **finite},
    )


def _cells(level: float, n_levels: int) -> tuple[Vector, Vector]:
    """Return the VaR levels (N,) and the probabilities of the cells below and above them."""
    steps = np.arange(n_levels, dtype=np.float64)
    levels = level + steps * ((1.0 - level) / n_levels)
    return levels, np.diff(levels, prepend=0.0, append=1.0)


def _statistics(cells: Matrix, chances: Vector, variant: Variant) -> Vector:
    """Return the statistic of cell counts (..., N + 1)."""
    n_obs = float(cells.sum(axis=-1).flat[0])
    expected = n_obs * chances
    if variant == "LR":
        ratios: Vector = np.maximum(2.0 * xlogy(cells, cells / expected).sum(axis=-1), 0.0)
        return ratios
    pearson: Vector = ((cells - expected) ** 2 / expected).sum(axis=-1)
    return pearson * _nass_scale(n_obs, chances) if variant == "Nass" else pearson


def _nass_scale(n_obs: float, chances: Vector) -> float:
    """Return c = 2 E[S] / var(S), with which c S has the mean and variance of chi-square(c N)."""
    n = chances.size - 1
    variance = 2.0 * n - (n * n + 4.0 * n + 1.0) / n_obs + float((1.0 / chances).sum()) / n_obs
    # with one loss and cells all alike the statistic is always the same
    return 2.0 * n / variance if variance > 0.0 else 1.0


def _towards(cells: Matrix, chances: Vector) -> Vector:
    """Return 1 where all levels together are breached at least as often as expected, else -1."""
    ranks = np.arange(chances.size)  # a loss in cell j breaches j levels
    return direction(cells @ ranks, cells.sum(axis=-1) * float(chances @ ranks))


def _listed(levels: Vector) -> str:
    if levels.size == 1:
        return f"{levels[0]:.4g}"
    return f"{levels.size} levels from {levels[0]:.4g} to {levels[-1]:.4g}"


@lru_cache(maxsize=24)
def _null(
    n_obs: int, level: float, n_levels: int, variant: Variant, n_sims: int, seed: int
) -> tuple[Vector, Vector]:
    _, chances = _cells(level, n_levels)
    cells = _drawn(n_obs, level, n_levels, n_sims, seed)
    return _statistics(cells, chances, variant), _towards(cells, chances)


@lru_cache(maxsize=8)
def _drawn(n_obs: int, level: float, n_levels: int, n_sims: int, seed: int) -> Matrix:
    """Return the cells of simulated histories (n_sims, N + 1), the same for every variant."""
    _, chances = _cells(level, n_levels)
    rng = np.random.default_rng((seed, n_obs))
    # rare cells first: the whole of what they leave is the frequent one
    cells = rng.multinomial(n_obs, chances[::-1], size=n_sims)[:, ::-1].astype(np.float64)
    cells.setflags(write=False)
    return cells
