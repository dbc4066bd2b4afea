"""One table of many tests."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from quant.backtesting._result import TestResult

_SIGNED = {True: "rejected", False: "not rejected"}


@dataclass(frozen=True, slots=True, eq=False)
class NotRun:
    """A test that could not be asked.

    Attributes
    ----------
    name : str
    reason : str
        What it needs and did not find.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """What every test says of one backtest.

    Attributes
    ----------
    results : tuple of (str, TestResult)
        The tests that ran, each under the name it has in the table.
    not_run : tuple of NotRun
    significance : float
        Each test on its own rejects a right model this often, or less.
    """

    results: tuple[tuple[str, TestResult], ...]
    not_run: tuple[NotRun, ...]
    significance: float

    @property
    def rejected(self) -> tuple[str, ...]:
        """Names of the tests that reject their null."""
        return tuple(name for name, test in self.results if test.rejected(self.significance))

    def __getitem__(self, name: str) -> TestResult:
        """Return one result by the name it has in the table."""
        return dict(self.results)[name]

    def to_frame(self) -> pd.DataFrame:
        """Return a row per test: null, statistic, p-values, verdict, and why it did not run.

        Blank statistics and p-values belong to tests that did not run, or, in the exact column, to
        tests without a finite-sample law.
        """
        rows = [
            {
                "test": name,
                "null": test.null,
                "statistic": test.statistic,
                "pvalue": test.pvalue,
                "exact_pvalue": test.extras.get("exact_pvalue"),
                "verdict": _SIGNED[test.rejected(self.significance)],
                "reason": "",
            }
            for name, test in self.results
        ]
        rows += [
            {"test": row.name, "null": "", "verdict": "not run", "reason": row.reason}
            for row in self.not_run
        ]
        columns = ["test", "null", "statistic", "pvalue", "exact_pvalue", "verdict", "reason"]
        table = pd.DataFrame(rows, columns=columns).set_index("test")
        numbers = ["statistic", "pvalue", "exact_pvalue"]
        return table.astype(dict.fromkeys(numbers, "float64"))

    def __repr__(self) -> str:
        width = max((len(name) for name, _ in self.results), default=0)
        lines = [
            f"{len(self.rejected)} of {len(self.results)} tests reject at {self.significance:g}"
        ]
        for name, test in self.results:
            verdict = _SIGNED[test.rejected(self.significance)]
            decided = f"p-value {test.decision_pvalue:<8.4f}  {verdict:<12}"
            lines.append(f"  {name:<{width}}  {decided}  {test.null}")
        lines += [f"  not run: {row.name}: {row.reason}" for row in self.not_run]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        html: str = self.to_frame().to_html(na_rep="", float_format="{:.4g}".format)
        return html
