"""Betting against VaR and ES: evidence that may be looked at every day."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from quant import _checks
from quant._typing import Matrix, Vector
from quant.backtesting import _payoffs
from quant.backtesting._es_requirements import expected_shortfall
from quant.backtesting._overlap import over_offsets
from quant.backtesting._requirements import a_backtest
from quant.backtesting._result import TestResult
from quant.backtesting._same_losses import same_losses
from quant.backtesting.base import Backtest

__all__ = ["e_backtest"]

Variant: TypeAlias = Literal["GREM", "GREE", "GREL"]
MeasureName: TypeAlias = Literal["VaR", "ES"]

_CAP = 0.5  # largest part of the wealth staked on a day
_ALARMS = (2.0, 5.0, 10.0)  # levels of the process that are customary warnings


def e_backtest(
    bt: Backtest,
    *,
    variant: Variant = "GREM",
    measure: MeasureName | None = None,
    against: Backtest | None = None,
) -> TestResult:
    r"""Test forecasts by the wealth of a gambler who bets against them, day by day.

    .. math:: M_t = \prod_{s \le t} (1 - \lambda_s + \lambda_s e_s), \quad
        e_s = \frac{(L_s - VaR_s)^+}{p (ES_s - VaR_s)} \;\text{or}\;
        \frac{1\{L_s > VaR_s\}}{p}

    with p = 1 - level and stakes in [0, 1/2] chosen before the loss. While risk is not
    underestimated no stake makes wealth grow on average, and M reaches 1 / a with probability
    at most a, whenever one looks and whatever the law of the losses.

    Parameters
    ----------
    bt : Backtest
    variant : {"GREM", "GREE", "GREL"}
        How stakes are chosen: to make the wealth of the past grow fastest, with the e-statistics
        past losses had (GREE), or with those they would have under the day's forecast
        (GREL); GREM is the mean of both wealths.
    measure : {"VaR", "ES"}, optional
        ES where the backtest has one, else VaR.
    against : Backtest, optional
        Other forecasts for the same losses: the bet is then that they score better (tick score of
        VaR, zero-degree Fissler-Ziegel score of the pair), in units of the most it can lose.

    Returns
    -------
    TestResult
        `statistic` is the largest M so far, `pvalue` min(1, 1 / statistic), valid at any length
        and any stopping rule: it is the finite-sample one too, ``extras["exact_pvalue"]``.
        ``["process"]`` is M (K,), ``["e_statistics"]`` e (K,), ``["running_pvalue"]`` the p-value
        of each day so far (K,), ``["dates"]`` their dates, ``["alarms"]`` the first
        date on which M reaches 2, 5 and 10, None where it does not.

    Raises
    ------
    InputError
        If the measure, or what `against` needs, is missing, or `against` has other losses.

    Notes
    -----
    For ES a rejection rejects the pair: a VaR that is too high under a right ES raises e as
    well. Where ES is VaR, e is 0 up to VaR and infinite beyond. The first stake is 0: there is no
    past. Where the ES is above that of `against` the difference of scores has no lower bound and
    nothing is staked. Overlapping losses are bet on in subsamples: an entry of the process is that
    of its own, p-values are averaged and doubled, and an alarm is that of the running p-value: one
    subsample alone reaches 10 more easily than with probability 1/10.

    References
    ----------
    Wang, Wang and Ziegel (2022), E-backtesting, arXiv 2209.00991, sections 3 to 5; Jiao, Wang and
    Zhao (2025), Comparative e-backtests for general risk measures, arXiv 2511.05840.

    Examples
    --------
    >>> import numpy as np
    >>> loss = np.tile([0.0] * 9 + [2.0], 40)  # ten times as many breaches as the VaR promises
    >>> bt = Backtest.from_arrays(loss=loss, var=np.ones(400), level=0.99)
    >>> e_backtest(bt).rejected(0.001)
    True
    """
    _checks.one_of("variant", variant, ("GREM", "GREE", "GREL"))
    a_backtest(bt, "e_backtest")
    if measure is None:
        measure = "VaR" if bt.es is None else "ES"
    _checks.one_of("measure", measure, ("VaR", "ES"))
    table = _table(bt, measure, against)
    rows: list[tuple[Vector, Vector]] = []

    def on(part: Backtest) -> TestResult:
        chosen = table[bt.dates.get_indexer(part.dates)]
        process = _process(chosen, part.loss, variant)
        rows.append((process, _statistics(chosen, part.loss)))
        largest = max(1.0, float(process.max()))
        return TestResult(
            name="e_backtest",
            null=_null(measure, against),
            statistic=largest,
            pvalue=1.0 / largest,
            extras={"exact_pvalue": 1.0 / largest},
        )

    result = over_offsets(bt, on)
    process, statistics = (_woven(bt.n_obs, [row[i] for row in rows]) for i in (0, 1))
    running = _running_pvalue(bt.n_obs, [row[0] for row in rows])
    alarms = {level: _first(bt, running <= 1.0 / level) for level in _ALARMS}
    extras = {
        "measure": measure,
        "alarms": alarms,
        "dates": bt.dates.to_numpy(),
        "process": process,
        "e_statistics": statistics,
        "running_pvalue": running,
    }
    return replace(result, extras={**result.extras, **extras})


def _table(bt: Backtest, measure: MeasureName, against: Backtest | None) -> Matrix:
    if against is not None:
        same_losses("against", bt, against)
        if measure == "VaR":
            return _payoffs.against_better_var(bt, against)
        return _payoffs.against_better_es(bt, against)
    if measure == "VaR":
        return _payoffs.against_var(bt)
    return _payoffs.against_es(bt, expected_shortfall(bt, "e_backtest"))


def _null(measure: MeasureName, against: Backtest | None) -> str:
    if against is not None:
        return f"the {measure} forecasts score at least as well as those they are compared with"
    if measure == "VaR":
        return "the VaR is never too low"
    return "the ES is never too low given the VaR, and the VaR not too high given the ES"


def _process(table: Matrix, loss: Vector, variant: Variant) -> Vector:
    from quant.backtesting._betting import wealth

    kinds = {"GREE": (False,), "GREL": (True,), "GREM": (False, True)}[variant]
    with np.errstate(over="ignore"):  # a wealth beyond all numbers is infinite
        parts = [np.exp(wealth(table, loss, _CAP, today)[0]) / len(kinds) for today in kinds]
        return np.asarray(sum(parts), dtype=np.float64)


def _statistics(table: Matrix, loss: Vector) -> Vector:
    from quant.backtesting._betting import payoffs_at

    return np.asarray(payoffs_at(table, loss), dtype=np.float64)


def _woven(n: int, rows: list[Vector]) -> Vector:
    whole = np.empty(n)
    for offset, row in enumerate(rows):
        whole[offset :: len(rows)] = row
    return whole


def _running_pvalue(n: int, rows: list[Vector]) -> Vector:
    """Return the p-value of each day so far: of one wealth, or twice the mean of those of several.

    The largest wealth so far only grows, so the p-value only falls, and its last value is that of
    the whole history: no day on which one stops has another law.
    """
    largest = np.ones((len(rows), n))
    for offset, row in enumerate(rows):
        largest[offset, offset :: len(rows)] = row
    means = np.mean(1.0 / np.maximum.accumulate(np.maximum(largest, 1.0), axis=1), axis=0)
    running: Vector = means if len(rows) == 1 else np.minimum(1.0, 2.0 * means)
    return running


def _first(bt: Backtest, reached: npt.NDArray[np.bool_]) -> object:
    return bt.dates[int(np.argmax(reached))] if reached.any() else None
