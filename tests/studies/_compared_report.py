"""The comparison of the estimators as a page, and as the table of the README."""

from __future__ import annotations

import pandas as pd

_HEAD = """# Every estimator on one real series

`python -m tests.studies.estimators_compared`: daily returns of the S&P 500
(`load_sample("markets")`), forecasts of the next day from {start} on, {days} of them, parameters
estimated anew every {every} days on the 1,000 before (500 for plain historical simulation),
updated daily in between. Scores: lower is better; the quantile score in basis points, FZ0 where
there is an ES. A score in **bold** is in the 90 % model confidence set of its column (Hansen,
Lunde and Nason, 5,000 resamples in blocks): the rest are worse by more than chance. Breaches
marked * are rejected by Kupiec's test at 5 %, + by Christoffersen's test of independence. Times
are of one warm fit on one core.
"""


def report(table: pd.DataFrame, start: str, every: int) -> str:
    """Return the page; nothing is bold where no confidence set was computed."""
    days = round(float((table["expected"] / (1.0 - table["level"])).dropna().iloc[0]))
    text = _HEAD.format(start=start, days=f"{days:,}", every=every)
    for level in (0.99, 0.975):
        rows = table[table["level"] == level]
        expected = rows["expected"].dropna().iloc[0]
        text += f"\n## {level:.1%}, {expected:.1f} breaches expected a side\n\n{markdown(rows)}"
    return text + _refusals(table)


def markdown(rows: pd.DataFrame) -> str:
    """Return the rows of one level as a table, both sides beside each other."""
    text = (
        "| estimator | breaches long | short | quantile score long | short | FZ0 long | short "
        "| ms a refit |\n|---|---|---|---|---|---|---|---|\n"
    )
    for name, own in rows.groupby("estimator", sort=False):
        sides = [own[own["side"] == side].iloc[0] for side in ("long", "short")]
        cells = [_breaches(side) for side in sides]
        cells += [_score(side["quantile_score_bp"], side.get("quantile_set"), 2) for side in sides]
        cells += [_score(side["fz0_score"], side.get("fz0_set"), 3) for side in sides]
        text += f"| {name} | {' | '.join(cells)} | {_time(own['refit_ms'].min())} |\n"
    return text


def _breaches(row: pd.Series) -> str:
    if pd.isna(row["breaches"]):
        return "refused"
    marks = ("*" if row["kupiec"] < 0.05 else "") + ("+" if row["christoffersen"] < 0.05 else "")
    return f"{row['breaches']:.0f}{marks}"


def _score(value: float, pvalue: float | None, digits: int) -> str:
    if pd.isna(value):
        return "–"
    return (
        f"**{value:.{digits}f}**" if pd.notna(pvalue) and pvalue >= 0.1 else f"{value:.{digits}f}"
    )


def _time(milliseconds: float) -> str:
    return "–" if pd.isna(milliseconds) else f"{float(f'{milliseconds:.2g}'):g}"


def _refusals(table: pd.DataFrame) -> str:
    if "refused" not in table or table["refused"].isna().all():
        return ""
    text = "\n## Refused\n\n"
    for name, own in table.dropna(subset="refused").groupby("estimator", sort=False):
        text += f"- {name}: {own['refused'].iloc[0]}\n"
    return text
