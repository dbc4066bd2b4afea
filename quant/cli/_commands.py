"""The commands. Each parses its arguments, calls one public function, shows and writes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from quant._typing import Side
from quant.backtesting import backtest as run_backtest
from quant.backtesting import christoffersen, kupiec
from quant.calibration import default_haircut_model, default_margin_model
from quant.calibration.plan import CalibrationPlan
from quant.cli._inputs import column, read_returns, read_spec
from quant.cli._results import results
from quant.cli._screen import show_facts, show_lines, show_spec, show_table
from quant.collateral import HaircutModel
from quant.margin import MarginModel
from quant.prices import check_prices

app = typer.Typer(
    name="quant",
    help="Margin rates and collateral haircuts from price history.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Prices = Annotated[Path, typer.Argument(metavar="PRICES", help="CSV or Parquet file of prices.")]
Spec = Annotated[Path | None, typer.Option("--spec", help="TOML or JSON file of the model.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for tables, pictures, manifest.")]
Jobs = Annotated[int, typer.Option("--n-jobs", help="Workers; the answer does not depend on it.")]
RATES = ("initial", "maintenance", "std_error", "haircut", "base")


@app.command()
def check(prices: Prices, out: Out = None) -> None:
    """Report what is wrong, odd or blank in a price file; exit 1 when it cannot be used."""
    report = check_prices(prices)
    frame = report.to_frame()
    with results(out) as files:
        files.table("findings", frame)
        files.record("manifest", {"command": "check", "rows": report.n_rows})
    show_table(repr(report).splitlines()[0], frame)
    if report.fatal:
        raise typer.Exit(1)


@app.command()
def margin(prices: Prices, spec: Spec = None, out: Out = None) -> None:
    """Margin rates of every asset and side, with their components."""
    model = default_margin_model() if spec is None else read_spec(spec, MarginModel)
    with results(out) as files:
        panel, returns = read_returns(prices)
        schedule = model.schedule(returns)
        files.table("margin", schedule.to_frame())
        files.picture("margin", schedule)
        files.spec("model", model, {})
        files.manifest("margin", model, panel)
    frame = schedule.to_frame()
    rates = (*RATES, *(a for a in frame.columns if frame[a].dtype == "Float64" and "lev" not in a))
    _show_model(model, named=spec is not None)
    show_table("Margin rates", frame.drop(columns="reason"), percent=rates)
    _show_reasons(frame.reset_index())


@app.command()
def haircut(prices: Prices, spec: Spec = None, out: Out = None) -> None:
    """Haircuts of every asset when it is posted as collateral."""
    model = default_haircut_model() if spec is None else read_spec(spec, HaircutModel)
    with results(out) as files:
        panel, returns = read_returns(prices)
        schedule = model.schedule(returns)
        files.table("haircut", schedule.to_frame())
        files.picture("haircut", schedule)
        files.spec("schedule", schedule, {})
        files.manifest("haircut", model, panel)
    frame = schedule.to_frame()
    _show_model(model, named=spec is not None)
    show_table("Haircuts", frame.drop(columns=["up_to", "reason"]), percent=RATES)
    _show_reasons(frame)


@app.command()
def backtest(
    prices: Prices,
    asset: Annotated[str, typer.Option("--asset", help="Column of the prices.")],
    spec: Spec = None,
    side: Annotated[str, typer.Option("--side", help="long or short.")] = "long",
    start: Annotated[str | None, typer.Option("--start", help="End of the first loss.")] = None,
    refit_every: Annotated[int, typer.Option("--refit-every", help="Periods.")] = 1,
    significance: Annotated[float, typer.Option("--significance", help="Of the tests.")] = 0.05,
    n_jobs: Jobs = 1,
    out: Out = None,
) -> None:
    """Backtest a model's bare VaR on one asset; exit 1 when a coverage test rejects it."""
    model = default_margin_model() if spec is None else read_spec(spec, MarginModel, HaircutModel)
    with results(out) as files:
        panel, returns = read_returns(prices)
        bt = run_backtest(
            model.estimator,
            column(returns, asset),
            level=model.measure.level,
            horizon=model.horizon,
            side=_side(side),
            start=start,
            refit_every=refit_every,
            n_jobs=n_jobs,
        )
        tests = [test(bt) for test in (kupiec, christoffersen)]
        verdicts = pd.DataFrame(
            [(t.name, t.statistic, t.pvalue, t.rejected(significance)) for t in tests],
            columns=["test", "statistic", "pvalue", "rejected"],
        )
        files.table("backtest", bt.to_frame().rename_axis("date"))
        files.table("tests", verdicts)
        files.picture("backtest", bt)
        files.manifest("backtest", model, panel)
    _show_model(model, named=spec is not None)
    show_lines(f"Backtest of {asset}", repr(bt).splitlines())
    show_table("Coverage tests", verdicts)
    if verdicts["rejected"].any():
        raise typer.Exit(1)


@app.command()
def calibrate(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="File of a CalibrationPlan.")],
    n_jobs: Jobs = 1,
    out: Out = None,
) -> None:
    """Choose parameters as a plan says; exit 1 when no candidate passes its tests."""
    plan = read_spec(config, CalibrationPlan)
    with results(out) as files:
        panel, returns = read_returns(config.parent / plan.prices)
        found = plan.run(returns, n_jobs=n_jobs)
        files.table("candidates", found.table)
        if found.best is not None and found.holdout is not None:
            files.spec("model", found.best, found.provenance)
            files.picture("holdout", found.holdout.backtest)
        files.manifest("calibrate", plan, panel, provenance=dict(found.provenance))
    show_table(f"Candidates, by {found.score}", found.table)
    if found.best is not None:
        show_spec("best", found.best)
    show_facts("Verdict", {"hold-out": repr(found.holdout), "accepted": found.accepted})
    if not found.accepted:
        raise typer.Exit(1)


def _side(side: str) -> Side:
    from quant._checks import side as checked

    return checked("short" if side == "short" else "long" if side == "long" else side)  # type: ignore[arg-type]


def _show_model(model: object, *, named: bool) -> None:
    if not named:
        show_spec("default model: these lines in a file are what --spec takes", model)


def _show_reasons(frame: pd.DataFrame) -> None:
    """Print why an asset has no model rate, once for both sides."""
    without = frame[frame["status"] != "model"].drop_duplicates(["asset", "reason"])
    lines = [f"  {r.asset}: {r.status}: {r.reason}" for r in without.itertuples()]
    show_lines("Without a model", lines)
