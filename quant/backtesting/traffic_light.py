"""The supervisors' three zones."""

from __future__ import annotations

import math

from quant.backtesting import _binomial
from quant.backtesting._alternative import Alternative, bounded
from quant.backtesting._breaches import of_breaches
from quant.backtesting._evidence import tie_seed
from quant.backtesting._finite_sample import exact
from quant.backtesting._result import TestResult
from quant.backtesting.base import Backtest

__all__ = ["traffic_light"]

_YELLOW, _RED = 0.95, 0.9999  # cumulative probabilities at which the zones begin
# capital multiplier for 4 breaches or fewer, 5, 6, 7, 8, 9, and 10 or more of 250 at 99 %
_MULTIPLIER_1996 = (3.00, 3.40, 3.50, 3.65, 3.75, 3.85, 4.00)
_MULTIPLIER_2019 = (1.50, 1.70, 1.76, 1.83, 1.88, 1.92, 2.00)


def traffic_light(bt: Backtest, *, alternative: Alternative = "under", seed: int = 0) -> TestResult:
    """Place the number of breaches in the green, yellow or red zone.

    Green while P(X <= x) is below 95 %, red from 99.99 % on, with X binomial (T, 1 - level): at
    250 days and 99 %, 0 to 4, 5 to 9, and 10 or more breaches.

    Parameters
    ----------
    bt : Backtest
        Any number of losses, at any level. Where losses overlap, p-values are twice the mean of
        those of the subsamples without, and there is no zone.
    alternative : {"under", "over", "two-sided"}
        ``"under"``, the supervisor's question: are breaches too many. ``"over"``: too few.
    seed : int
        Of the tie-breaking of ``extras["randomised_pvalue"]``.

    Returns
    -------
    TestResult
        `statistic` is the number of breaches x, `pvalue` the exact P(X >= x): small when risk is
        underestimated, never for being prudent; ``"over"`` P(X <= x), two-sided twice the smaller
        of them. ``extras["exact_pvalue"]`` is the same. ``extras["zone"]``,
        ``["cumulative_probability"]`` P(X <= x) and, at 250 losses and 99 % only,
        ``["multiplier_1996"]`` and ``["multiplier_2019"]``, the factors Basel attaches to the
        count.

    Raises
    ------
    InputError
        If `bt.spec` says that the forecasts are not a VaR.

    References
    ----------
    Basel Committee (1996), Supervisory framework for the use of backtesting; Basel framework
    MAR32 and MAR99 (2019).

    Examples
    --------
    >>> breaches = [1] * 5 + [0] * 245
    >>> bt = Backtest.from_arrays(loss=breaches, var=[0.5] * 250, level=0.99)
    >>> traffic_light(bt).extras["zone"]
    'yellow'
    """
    return of_breaches(bt, "traffic_light", _of_independent, alternative, seed)


def _of_independent(bt: Backtest, alternative: Alternative, seed: int) -> TestResult:
    trials, breaches, probability = bt.n_obs, bt.n_breaches, 1.0 - bt.level
    cumulative = _binomial.at_most(breaches, trials, probability)
    zone = "green" if cumulative < _YELLOW else "yellow" if cumulative < _RED else "red"
    extras: dict[str, object] = {"zone": zone, "cumulative_probability": cumulative}
    if trials == 250 and math.isclose(bt.level, 0.99):
        step = min(max(breaches - 4, 0), 6)
        extras["multiplier_1996"] = _MULTIPLIER_1996[step]
        extras["multiplier_2019"] = _MULTIPLIER_2019[step]
    above = _binomial.at_least(breaches, trials, probability)
    tails = {"under": above, "over": cumulative, "two-sided": min(1.0, 2 * min(above, cumulative))}
    tied = float(_binomial.binomial_law(trials, probability)[breaches])
    finite = exact(tails[alternative], tied, tie_seed(bt, seed))
    if alternative == "two-sided":
        del finite["randomised_pvalue"]  # twice the smaller tail is a bound, which no tie explains
    return TestResult(
        name="traffic_light",
        null=f"the VaR is breached with {bounded(probability, alternative)}",
        statistic=float(breaches),
        pvalue=tails[alternative],
        extras={**extras, **finite},
    )
