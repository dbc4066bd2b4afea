"""From a price file to what is wrong with it, to margin rates, to haircuts."""

from __future__ import annotations

import pandas as pd
import typer

from quant._checks import stamp
from quant.calibration import default_haircut_model, default_margin_model
from quant.cli._app import Out, Prices, Spec, app
from quant.cli._inputs import haircut_components, read_returns, read_spec
from quant.cli._results import results
from quant.cli._screen import show_default, show_lines, show_table
from quant.collateral import HaircutModel
from quant.errors import InputError
from quant.margin import MarginModel
from quant.prices import check_prices

_MOST_FINDINGS = 100


@app.command()
def check(prices: Prices, out: Out = None) -> None:
    """Report what is wrong, odd or blank in a price file; exit 1 when it cannot be used."""
    report = check_prices(prices)
    with results(out) as files:
        files.table("findings", report.to_frame())
        files.manifest("check", facts={"file": prices.name, "rows": report.n_rows})
    found = report.to_frame()
    show_table(repr(report).splitlines()[0], found.drop(columns="remedy").head(_MOST_FINDINGS))
    if len(found) > _MOST_FINDINGS:
        show_lines(f"and {len(found) - _MOST_FINDINGS} more", ["  --out DIR writes them all"])
    remedies = found.drop_duplicates("kind")
    show_lines("Remedies", [f"  {row.kind}: {row.remedy}" for row in remedies.itertuples()])
    if report.fatal:
        raise typer.Exit(1)


@app.command()
def margin(prices: Prices, spec: Spec = None, out: Out = None) -> None:
    """Margin rates of every asset and side, with their components."""
    model = default_margin_model() if spec is None else read_spec(spec, MarginModel)
    with results(out) as files:
        panel, returns = read_returns(prices)
        schedule = model.schedule(returns)
        frame = schedule.to_frame()
        _require_a_model(frame)
        files.table("margin", frame)
        files.picture("margin", schedule)
        files.spec("model", model, {})
        files.manifest("margin", spec=model, prices=panel)
    show_default(model, named=spec is not None)
    others = ("status", "as_of", "max_leverage", "converged")
    rates = [name for name in frame.columns if name not in others]
    title, shown = _without_what_is_alike("Margin rates", frame.drop(columns="reason"))
    show_table(title, shown, keys=2, percent=rates)
    _show_remarks(frame.reset_index())


@app.command()
def haircut(prices: Prices, spec: Spec = None, out: Out = None) -> None:
    """Haircuts of every asset when it is posted as collateral, with their components."""
    model = default_haircut_model() if spec is None else read_spec(spec, HaircutModel)
    with results(out) as files:
        panel, returns = read_returns(prices)
        schedule = model.schedule(returns)
        _require_a_model(schedule.to_frame())
        steps = haircut_components(model, returns, schedule)
        frame = schedule.to_frame().join(steps, on="asset")
        files.table("haircut", frame)
        files.picture("haircut", schedule)
        files.spec("schedule", schedule, {})
        files.spec("model", model, {})
        files.manifest("haircut", spec=model, prices=panel)
    show_default(model, named=spec is not None)
    title, shown = _without_what_is_alike("Haircuts", frame.drop(columns=["up_to", "reason"]))
    show_table(title, shown, percent=("haircut", *steps.columns))
    _show_remarks(frame)


def _require_a_model(frame: pd.DataFrame) -> None:
    """Refuse prices that give no asset a model: a table of blanks is no answer."""
    if not frame["status"].eq("model").any():
        raise InputError(str(frame["reason"].iloc[0]))


def _without_what_is_alike(title: str, frame: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Return the title with the status and date that all rows share, and the frame without them."""
    for name, words in (("status", ""), ("as_of", "as of ")):
        if name in frame and len(frame[name].drop_duplicates()) == 1:
            value = frame[name].iloc[0]
            title += f", {words}{stamp(value)}"
            frame = frame.drop(columns=name)
    return title, frame


def _show_remarks(frame: pd.DataFrame) -> None:
    """Print why an asset has no model rate, and what the components remark, once for all alike."""
    remarked = frame[frame["reason"].ne("")]
    lines = []
    for (status, reason), rows in remarked.groupby(["status", "reason"], sort=False):
        assets = ", ".join(dict.fromkeys(rows["asset"]))
        lines.append(f"  {assets}: {'' if status == 'model' else f'{status}: '}{reason}")
    show_lines("Remarks", lines)
