"""p-values from the null law itself, enumerated or drawn, valid at any number of losses."""

from __future__ import annotations

import numpy as np

from quant._typing import Vector

_TIES = 1e-9  # relative; statistics that agree to this are tied, whatever the order of their sums


def simulated_pvalue(observed: float, draws: Vector) -> float:
    """Return the share of statistics at least as large as the observed one, itself counted.

    (1 + #{draws >= observed}) / (n + 1): under the null at most u with probability at most u, for
    any number n of draws and however many are tied. Large statistics speak against the null.

    References
    ----------
    Dufour (2006), Monte Carlo tests with nuisance parameters, Journal of Econometrics 133,
    proposition 2.2.
    """
    above, tied = _compare(observed, draws)
    return (1 + above + tied) / (draws.size + 1)


def randomised_pvalue(observed: float, draws: Vector, seed: int) -> float:
    """Return the same with ties broken at random: uniform under the null, for studies of size.

    The observed statistic takes each place among its ties with the same probability, and a uniform
    place within its own.
    """
    above, tied = _compare(observed, draws)
    return float((above + np.random.default_rng(seed).random() * (1 + tied)) / (draws.size + 1))


def by_simulation(observed: float, draws: Vector, seed: int) -> dict[str, object]:
    """Return both p-values and the number of draws, by the names every result uses."""
    return {
        "exact_pvalue": simulated_pvalue(observed, draws),
        "randomised_pvalue": randomised_pvalue(observed, draws, seed),
        "simulations": draws.size,
    }


def by_both_tails(observed: float, draws: Vector, seed: int) -> dict[str, object]:
    """Return the same of a statistic that is extreme at either end, and need not be centred."""
    above, below = simulated_pvalue(observed, draws), simulated_pvalue(-observed, -draws)
    place = randomised_pvalue(observed, draws, seed)
    return {
        "exact_pvalue": min(1.0, 2.0 * min(above, below)),
        "randomised_pvalue": 2.0 * min(place, 1.0 - place),
        "simulations": draws.size,
    }


def by_enumeration(observed: float, values: Vector, law: Vector, seed: int) -> dict[str, object]:
    """Return both p-values when the null law of the statistic is known value by value."""
    slack = _slack(observed)
    above = float(law[values > observed + slack].sum())
    tied = float(law[np.abs(values - observed) <= slack].sum())
    return exact(min(1.0, above + tied), tied, seed)


def exact(pvalue: float, tied: float, seed: int) -> dict[str, object]:
    """Return both p-values, given the exact one and the probability of the observed value."""
    place = np.random.default_rng(seed).random()
    return {
        "exact_pvalue": pvalue,
        "randomised_pvalue": max(0.0, pvalue - float(1.0 - place) * tied),
    }


def _slack(observed: float) -> float:
    return _TIES * max(abs(observed), 1e-3)


def _compare(observed: float, draws: Vector) -> tuple[int, int]:
    """Return how many draws are above the observed statistic, and how many are tied with it."""
    slack = _slack(observed)
    above = int(np.count_nonzero(draws > observed + slack))
    return above, int(np.count_nonzero(draws >= observed - slack)) - above
