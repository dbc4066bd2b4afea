"""Every test at once: the package's one aggregator, and the one module that knows its siblings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from quant import _checks
from quant.backtesting._alternative import Alternative, checked
from quant.backtesting._requirements import a_backtest
from quant.backtesting._result import TestResult
from quant.backtesting._verdicts import NotRun, Verdicts
from quant.backtesting.acerbi_szekely_z1 import acerbi_szekely_z1
from quant.backtesting.acerbi_szekely_z2 import acerbi_szekely_z2
from quant.backtesting.acerbi_szekely_z3 import acerbi_szekely_z3
from quant.backtesting.base import Backtest
from quant.backtesting.berkowitz import berkowitz
from quant.backtesting.christoffersen import christoffersen
from quant.backtesting.conditional_coverage import conditional_coverage
from quant.backtesting.costanzino_curran import costanzino_curran
from quant.backtesting.du_escanciano import du_escanciano
from quant.backtesting.duration import duration
from quant.backtesting.dynamic_quantile import dynamic_quantile
from quant.backtesting.e_backtest import e_backtest
from quant.backtesting.esr import esr
from quant.backtesting.haas import haas
from quant.backtesting.kupiec import kupiec
from quant.backtesting.mcneil_frey import mcneil_frey
from quant.backtesting.multinomial import multinomial
from quant.backtesting.nolde_ziegel import nolde_ziegel
from quant.backtesting.ridge_es import ridge_es
from quant.backtesting.time_until_first_failure import time_until_first_failure
from quant.backtesting.traffic_light import traffic_light
from quant.errors import InputError

__all__ = ["battery"]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options that tests share."""

    alternative: Alternative
    n_sims: int
    seed: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A test under the name it has in the table, and the optional fields it reads."""

    name: str
    run: Callable[[Backtest, _Asked], TestResult]
    needs: tuple[str, ...] = ()


def _exact(test: Callable[..., TestResult]) -> Callable[[Backtest, _Asked], TestResult]:
    """Return a test whose null law is known as one of the battery's."""
    return lambda bt, asked: test(bt, alternative=asked.alternative, seed=asked.seed)


def _simulated(
    test: Callable[..., TestResult], **variant: str
) -> Callable[[Backtest, _Asked], TestResult]:
    """Return a test whose null law is drawn, in one of its variants, as one of the battery's."""
    return lambda bt, asked: test(
        bt, alternative=asked.alternative, n_sims=asked.n_sims, seed=asked.seed, **variant
    )


def _of_shortfall(
    test: Callable[..., TestResult], **variant: str
) -> Callable[[Backtest, _Asked], TestResult]:
    """Return a test that knows one side only, its null law drawn, as one of the battery's."""
    return lambda bt, asked: test(bt, n_sims=asked.n_sims, seed=asked.seed, **variant)


_ENTRIES = (
    _Entry("kupiec", _exact(kupiec)),
    _Entry("time_until_first_failure", _exact(time_until_first_failure)),
    _Entry("traffic_light", lambda bt, asked: traffic_light(bt, seed=asked.seed)),
    _Entry("christoffersen", _exact(christoffersen)),
    _Entry("conditional_coverage", _exact(conditional_coverage)),
    _Entry("haas", _simulated(haas)),
    _Entry("haas, independence", _simulated(haas, variant="independence")),
    _Entry("dynamic_quantile", _simulated(dynamic_quantile)),
    _Entry("dynamic_quantile, hits", _simulated(dynamic_quantile, variant="hits")),
    _Entry("duration", _simulated(duration)),
    _Entry("duration, geometric", _simulated(duration, variant="geometric")),
    _Entry("multinomial", _simulated(multinomial), ("pit",)),
    _Entry("multinomial, Pearson", _simulated(multinomial, variant="Pearson"), ("pit",)),
    _Entry("multinomial, LR", _simulated(multinomial, variant="LR"), ("pit",)),
    _Entry("berkowitz", _simulated(berkowitz), ("pit",)),
    _Entry("berkowitz, tail", _simulated(berkowitz, variant="tail"), ("pit",)),
    _Entry("mcneil_frey", _of_shortfall(mcneil_frey), ("es",)),
    _Entry("acerbi_szekely_z1", _of_shortfall(acerbi_szekely_z1), ("es",)),
    _Entry("acerbi_szekely_z2", _of_shortfall(acerbi_szekely_z2), ("es",)),
    _Entry("acerbi_szekely_z3", _of_shortfall(acerbi_szekely_z3), ("laws",)),
    _Entry("ridge_es", _of_shortfall(ridge_es), ("es",)),
    _Entry("ridge_es, absolute", _of_shortfall(ridge_es, variant="absolute"), ("es",)),
    _Entry("du_escanciano", _of_shortfall(du_escanciano), ("pit",)),
    _Entry(
        "du_escanciano, conditional", _of_shortfall(du_escanciano, variant="conditional"), ("pit",)
    ),
    _Entry("costanzino_curran", lambda bt, asked: costanzino_curran(bt, seed=asked.seed), ("pit",)),
    _Entry("esr", lambda bt, _: esr(bt), ("es",)),
    _Entry("esr, auxiliary", lambda bt, _: esr(bt, variant="auxiliary"), ("es",)),
    _Entry("esr, intercept", lambda bt, _: esr(bt, variant="intercept"), ("es",)),
    _Entry("nolde_ziegel", _simulated(nolde_ziegel), ("es",)),
    _Entry("nolde_ziegel, general", _simulated(nolde_ziegel, variant="general"), ("es",)),
    _Entry("e_backtest", lambda bt, _: e_backtest(bt)),
    _Entry("e_backtest, GREE", lambda bt, _: e_backtest(bt, variant="GREE")),
    _Entry("e_backtest, GREL", lambda bt, _: e_backtest(bt, variant="GREL")),
)


def battery(
    bt: Backtest,
    *,
    alternative: Alternative = "two-sided",
    significance: float = 0.05,
    n_sims: int = 10_000,
    seed: int = 0,
) -> Verdicts:
    """Run every test, in every variant, that the fields of a backtest allow.

    Parameters
    ----------
    bt : Backtest
        Tests of coverage and of independence read `var`; those of the whole law `pit` or `laws`;
        those of expected shortfall `es`.
    alternative : {"two-sided", "under", "over"}
        Of every test that has one. `traffic_light` and most tests of expected shortfall ask for
        underestimation only.
    significance : float
        Size of each test on its own.
    n_sims, seed : int
        Draws behind each simulated null law; the laws are kept for the next backtest of the same
        length and level.

    Returns
    -------
    Verdicts
        `to_frame()` has a row per test: null, statistic, asymptotic and finite-sample p-value,
        verdict, and for a test that did not run the reason. ``verdicts["kupiec"]`` is the
        `TestResult`, ``verdicts.rejected`` the names of those that reject.

    Notes
    -----
    A verdict is by the finite-sample p-value where there is one. Verdicts are not independent, and
    not corrected for their number: of twenty tests of a right model one rejects at 5 %.

    Examples
    --------
    >>> import numpy as np
    >>> loss = np.random.default_rng(3).normal(size=250)
    >>> bt = Backtest.from_arrays(loss=loss, var=np.full(250, 1.6449), level=0.95)
    >>> verdicts = battery(bt, n_sims=1000)
    >>> verdicts.rejected, verdicts.not_run[0].reason
    ((), 'needs pit')
    """
    a_backtest(bt, "battery")
    asked = _Asked(
        checked(alternative), _checks.count("n_sims", n_sims), _checks.count("seed", seed, 0)
    )
    _checks.level(significance, "significance")
    results: list[tuple[str, TestResult]] = []
    not_run: list[NotRun] = []
    for entry in _ENTRIES:
        missing = [field for field in entry.needs if getattr(bt, field) is None]
        if missing:
            not_run.append(NotRun(entry.name, f"needs {' and '.join(missing)}"))
            continue
        try:
            results.append((entry.name, entry.run(bt, asked)))
        except InputError as refusal:  # what a test cannot read is a row of the table
            not_run.append(NotRun(entry.name, str(refusal)))
    return Verdicts(tuple(results), tuple(not_run), significance)
