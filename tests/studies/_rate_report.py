"""The breach rates as a page."""

from __future__ import annotations

from collections import defaultdict

from tests.studies._rate_cells import BAND, Cell

_HEAD = """# Breach rates of every estimator on data simulated from its own model

`python -m tests.studies.breach_rates --seed {seed}`; every number of every cell is in
`breach_rates.csv`.

A pair is *expected → found*, in percent of the forecasts.

- **known**: parameters are those of the simulation. One long path, origins a horizon apart, so
  that breaches are independent; expected is 1 - level, found are the breaches of the path, the
  band is the exact binomial one.
- **estimated**: every forecast has a fresh window, a fit of its own, and draws of its own.
  Expected is the finite-sample expectation: the mean, over a first set of windows, of the
  probability that the next loss exceeds the fitted VaR (one period: from the true law; more:
  from outcomes simulated from the true state; `k / (n + 1)`, exactly, where a rank of
  exchangeable losses is forecast). Found is the rate over a second, independent set of windows
  and outcomes; the band adds the errors of both. Expected is not 1 - level: the error of the
  estimate makes breaches likelier, and a model that simplifies keeps its error
  however long the window.
- **bound**: whatever the losses, the rate over one chain of updates lies within a proved
  distance.

Bands hold {band:.1%} of the time each; {cells} cells, {outside} outside ({chance:.1f} would be
chance).
"""


def report(cells: list[Cell], seed: int, missing: list[str]) -> str:
    """Return the page."""
    outside = [cell for cell in cells if cell.inside != "yes"]
    text = _HEAD.format(
        seed=seed,
        band=BAND,
        cells=len(cells),
        outside=len(outside),
        chance=(1.0 - BAND) * len(cells),
    )
    if missing:
        text += f"\nNot computed yet: {'; '.join(missing)}.\n"
    for parameters in ("known", "estimated", "bound"):
        text += _table(parameters, [cell for cell in cells if cell.parameters == parameters])
    text += "\n## Outside their bands\n\n"
    text += "".join(
        f"- {c.case}, {c.level}, {c.horizon} periods, {c.side}: expected {c.expected}, "
        f"found {c.rate}, band {c.low} to {c.high}\n"
        for c in outside
    )
    return text if outside else text + "None.\n"


def _table(parameters: str, cells: list[Cell]) -> str:
    rows: dict[tuple[str, str, str], dict[str, Cell]] = defaultdict(dict)
    for cell in cells:
        rows[cell.case, cell.horizon, cell.side][cell.level] = cell
    text = f"\n## {parameters.capitalize()}\n\n"
    text += "| estimator | forecasts x outcomes | periods | side | 95 % | 97.5 % | 99 % |\n"
    text += "|---|---|---|---|---|---|---|\n"
    for (case, horizon, side), found in rows.items():
        first = next(iter(found.values()))
        pairs = " | ".join(_pair(found[level]) for level in ("0.95", "0.975", "0.99"))
        size = f"{first.forecasts} x {first.outcomes}"
        text += f"| {case.removesuffix(' (known)')} | {size} | {horizon} | {side} | {pairs} |\n"
    return text


def _pair(cell: Cell) -> str:
    pair = f"{100 * float(cell.expected):.2f} → {100 * float(cell.rate):.2f}"
    return pair if cell.inside == "yes" else f"**{pair}**"
