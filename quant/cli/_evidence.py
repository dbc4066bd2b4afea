"""From a model to the evidence for it, and from evidence to a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import pandas as pd
import typer

from quant._typing import Side
from quant.backtesting import backtest as run_backtest
from quant.backtesting import christoffersen, fz0_score, kupiec, quantile_score
from quant.calibration import default_margin_model
from quant.calibration.plan import CalibrationPlan
from quant.cli._app import Jobs, Out, Prices, Spec, app
from quant.cli._inputs import columns, read_either, read_returns, read_spec
from quant.cli._results import results
from quant.cli._screen import show_default, show_lines, show_spec, show_table
from quant.collateral import HaircutModel
from quant.errors import InputError
from quant.margin import MarginModel


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
    model: MarginModel | HaircutModel = default_margin_model()
    if spec is not None:
        model = read_either(spec, MarginModel, HaircutModel)
    with results(out) as files:
        panel, returns = read_returns(prices)
        bt = run_backtest(
            model,
            columns(returns, [asset])[asset].dropna(),
            side=cast(Side, side),  # any other word is refused by name
            start=start,
            refit_every=refit_every,
            n_jobs=n_jobs,
        )
        tests = [test(bt) for test in (kupiec, christoffersen)]
        verdicts = pd.DataFrame(
            [(t.name, t.statistic, t.decision_pvalue, t.rejected(significance)) for t in tests],
            columns=["test", "statistic", "pvalue", "rejected"],
        )
        scores = pd.DataFrame(
            [(score.__name__, float(score(bt).mean())) for score in (quantile_score, fz0_score)],
            columns=["score", "mean"],
        )
        files.table("backtest", bt.to_frame().rename_axis("date"))
        files.table("tests", verdicts)
        files.table("scores", scores)
        files.picture("backtest", bt)
        asked = {"asset": asset, "side": side, "start": start, "refit_every": refit_every}
        facts = {**asked, "significance": significance}
        files.manifest("backtest", spec=model, prices=panel, facts=facts)
    show_default(model, named=spec is not None)
    show_lines(f"Backtest of {asset}", repr(bt).splitlines())
    show_table("Coverage tests", verdicts)
    show_table("Scores, lower is better", scores)
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
        if found.table["losses"].isna().all():
            raise InputError(str(found.table["reason"].iloc[0]))  # none came as far as its tests
        files.table("candidates", found.table)
        if found.best is not None and found.holdout is not None:
            files.spec("model", found.best, found.provenance)
            files.picture("holdout", found.holdout.backtest)
        files.manifest("calibrate", spec=plan, prices=panel, facts=dict(found.provenance))
    show_table(f"Candidates, by {found.score}", found.table)
    if found.best is not None:
        show_spec("best", found.best)
    show_lines("Verdict", [f"  {found.holdout!r}", f"  accepted: {found.accepted}"])
    if not found.accepted:
        raise typer.Exit(1)
