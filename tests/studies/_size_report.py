"""The study as a page to read."""

from __future__ import annotations

from collections.abc import Sequence

from tests.studies._cases import CASES, ES_LEVEL, N_SIMS, SIZES, VAR_LEVEL
from tests.studies._cells import DAYS, Cell
from tests.studies._forecasters import ALPHA, BETA, FORECASTERS, OMEGA, RIGHT, TRUTH

_HEAD = """# Size at 5 % and power of the backtests

    python -m tests.studies.backtest_size_and_power --seed {seed} --replications {replications}

Shares of histories, in percent, in which a test rejects at 5 % (p-value below 0.05), all options at
their defaults but the variant named. The same numbers, four digits and all cells:
`backtest_size_and_power.csv`.

**Truth.** Losses sigma_t z_t, z Student t({nu:g}) of variance 1, sigma_t^2 = {omega:g} +
{alpha:g} loss_(t-1)^2 + {beta:g} sigma_(t-1)^2: 1 % a day on average. Forecasters know every
parameter, so sizes are those of the tests, not of estimation:

{forecasters}

**Levels.** Tests of VaR and of the PIT at {var_level:.0%}, tests of expected shortfall at
{es_level:.1%}; `e_backtest` at the level of its measure.

**Columns.** *asymptotic*: by the limit law (of `mcneil_frey` the bootstrap). *finite*: by the exact
or simulated p-value, the one a verdict goes by. *randomised*: the same with ties broken at random,
5 % under the null by construction. *attainable*: the size of the finite version by enumeration of
every outcome; below 5 % because counts are whole. Blank: no such version.

**Null laws** are drawn once per test, length and level ({sims:,} simulations, seed {seed}) and
shared by all histories, unless they depend on the forecasts. That shared sample alone moves a size
by 0.2 points (one standard error).

**Histories.** A size comes from {sizes} times as many as a power of the same test.

**Monte Carlo error** of a share s in n histories is the root of s (1 - s) / n: {errors}. All tests
see the same histories (the first of them, where they see fewer), so differences between tests are
known better than that.
"""


def report(cells: Sequence[Cell], replications: int, seed: int) -> str:
    """Return the whole page, as Markdown."""
    table = {found.key: found for found in cells}
    counts = sorted({int(found.replications) for found in cells}, reverse=True)
    errors = "; ".join(
        f"{n:,} histories: {_error(0.05, n):.1f} points at 5 %, {_error(0.5, n):.1f} at 50 %"
        for n in counts
    )
    head = _HEAD.format(
        seed=seed,
        replications=replications,
        nu=TRUTH.nu,
        omega=OMEGA,
        alpha=ALPHA,
        beta=BETA,
        forecasters="\n".join(f"- *{f.name}*: {f.description}" for f in FORECASTERS),
        var_level=VAR_LEVEL,
        es_level=ES_LEVEL,
        sims=N_SIMS,
        sizes=SIZES,
        errors=errors,
    )
    return "\n".join([head, "## Size", "", *_sizes(table), *_powers(table)]) + "\n"


def _sizes(table: dict[tuple[str, str, str], Cell]) -> list[str]:
    kinds = ("asymptotic", "exact", "randomised", "attainable")
    shown = ("asymptotic", "finite", "randomised", "attainable")
    lines = ["| test | histories | " + " | ".join(f"{k} {d}" for k in shown for d in DAYS) + " |"]
    lines.append("|" + "---|" * (2 + len(kinds) * len(DAYS)))
    for case in CASES:
        row = [table[case.name, str(d), RIGHT.name] for d in DAYS]
        shares = [_percent(getattr(found, kind)) for kind in kinds for found in row]
        lines.append(f"| {case.name} | {row[0].replications} | " + " | ".join(shares) + " |")
    return lines


def _powers(table: dict[tuple[str, str, str], Cell]) -> list[str]:
    wrong = [f for f in FORECASTERS if f is not RIGHT]
    which = "Of the finite-sample version."
    lines = ["", "## Power", "", which, ""]
    lines.append("| test | " + " | ".join(f"{f.name} {d}" for f in wrong for d in DAYS) + " |")
    lines.append("|" + "---|" * (1 + len(wrong) * len(DAYS)))
    for case in CASES:
        row = [table[case.name, str(d), f.name] for f in wrong for d in DAYS]
        shares = [_percent(found.exact or found.asymptotic) for found in row]
        lines.append(f"| {case.name} | " + " | ".join(shares) + " |")
    return lines


def _percent(share: str) -> str:
    return "" if not share else f"{100.0 * float(share):.1f}"


def _error(share: float, histories: int) -> float:
    return 100.0 * float((share * (1.0 - share) / histories) ** 0.5)
