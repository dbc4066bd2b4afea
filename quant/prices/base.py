"""The findings of a check of prices, and the report that holds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from quant._checks import stamp
from quant.errors import PriceDataError
from quant.prices._rules import RULES, SEVERITIES, Kind, Severity

_ORDER = {kind: position for position, kind in enumerate(RULES)}
_SHOWN = 20
_CLIP = 40


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a price history.

    Parameters
    ----------
    asset : str
        The asset, or ``"*"`` when every asset of the panel is concerned.
    kind : str
        What was found; the kinds, their severity and remedies are in `quant.prices._rules`.
    start, end : Timestamp
        First and last date concerned.
    value : float, str or None
        The first offending entry: a price, the log return of a move, the text of a non-number.
    count : int
        How many periods (or rows) are concerned.
    """

    asset: str
    kind: Kind
    start: pd.Timestamp
    end: pd.Timestamp
    value: float | str | None = None
    count: int = 1

    @property
    def severity(self) -> Severity:
        """`"fatal"` stops the work, `"suspicious"` asks for a look, `"info"` explains blanks."""
        return RULES[self.kind].severity

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return RULES[self.kind].remedy

    @property
    def message(self) -> str:
        """The finding as one sentence: rule, asset, value, date and remedy."""
        whom = "" if self.asset == "*" else f" for {clip(self.asset)}"
        span = f" to {stamp(self.end)} ({self.count} rows)" if self.end > self.start else ""
        return (
            f"prices: expected {RULES[self.kind].expected}, got {self._got()}{whom} "
            f"at {stamp(self.start)}{span}; {self.remedy}"
        )

    def _got(self) -> str:
        if self.value is None:
            return self.kind
        if isinstance(self.value, str):
            return repr(clip(self.value))
        return f"{self.value:.10g}"


@dataclass(frozen=True, slots=True, repr=False)
class PriceReport:
    """What a check of prices found, most serious first.

    Parameters
    ----------
    findings : tuple of Finding
        One entry per finding.
    assets : tuple of str
        The assets looked at.
    start, end : Timestamp
        First and last date looked at.
    n_rows : int
        Rows looked at.
    """

    findings: tuple[Finding, ...]
    assets: tuple[str, ...]
    start: pd.Timestamp
    end: pd.Timestamp
    n_rows: int

    def __post_init__(self) -> None:
        ordered = sorted(
            self.findings,
            key=lambda f: (SEVERITIES.index(f.severity), _ORDER[f.kind], f.asset, f.start),
        )
        object.__setattr__(self, "findings", tuple(ordered))

    @property
    def fatal(self) -> tuple[Finding, ...]:
        """The findings that make the prices unusable."""
        return tuple(f for f in self.findings if f.severity == "fatal")

    @property
    def suspicious(self) -> tuple[Finding, ...]:
        """The findings that ask for a look; the prices remain usable."""
        return tuple(f for f in self.findings if f.severity == "suspicious")

    def of_kind(self, kind: Kind) -> tuple[Finding, ...]:
        """Return the findings of one kind."""
        return tuple(f for f in self.findings if f.kind == kind)

    def to_frame(self) -> pd.DataFrame:
        """Return a row per finding: asset, start, end, kind, value, count, severity, remedy."""
        columns = ("asset", "start", "end", "kind", "value", "count", "severity", "remedy")
        rows = [tuple(getattr(f, column) for column in columns) for f in self.findings]
        frame = pd.DataFrame(rows, columns=list(columns))
        # Texts and numbers share the column, and so does None: keep them as they are.
        frame["value"] = pd.Series([f.value for f in self.findings], dtype=object)
        return frame

    def raise_if_fatal(self) -> None:
        """Raise `PriceDataError` for the first fatal finding, saying how many more there are."""
        if self.fatal:
            more = len(self.fatal) - 1
            also = f" ({more} more: see check_prices)" if more else ""
            raise PriceDataError(self.fatal[0].message + also)

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def _headline(self) -> str:
        count = Counter(f.severity for f in self.findings)
        tally = ", ".join(f"{count[severity]} {severity}" for severity in SEVERITIES)
        assets = f"{len(self.assets)} asset{'s' if len(self.assets) != 1 else ''}"
        span = f"{self.n_rows} rows, {stamp(self.start)} to {stamp(self.end)}"
        return f"PriceReport: {assets}, {span}: {tally}"

    def _kinds(self) -> str:
        count = Counter(f.kind for f in self.findings)
        return ", ".join(f"{kind} {count[kind]}" for kind in RULES if count[kind])

    def __repr__(self) -> str:
        if not self.findings:
            return self._headline()
        shown = self.to_frame().head(_SHOWN).fillna({"value": ""})
        table = shown.to_string(index=False, max_colwidth=60)
        rest = len(self.findings) - _SHOWN
        more = f"\n... {rest} more in .to_frame()" if rest > 0 else ""
        return f"{self._headline()}\n{self._kinds()}\n{table}{more}"

    def _repr_html_(self) -> str:
        table = self.to_frame().head(_SHOWN).fillna({"value": ""}).to_html(index=False)
        rest = len(self.findings) - _SHOWN
        more = f"<p>... {rest} more in .to_frame()</p>" if rest > 0 else ""
        return f"<p>{self._headline()}<br>{self._kinds()}</p>{table}{more}"


def clip(text: str) -> str:
    """Return a text short enough for a message."""
    return text if len(text) <= _CLIP else text[: _CLIP - 3] + "..."
