"""From an account and a price file to what its collateral covers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from quant._checks import stamp
from quant.calibration import default_haircut_model
from quant.cli._app import Out, Prices, Spec, app
from quant.cli._inputs import columns, read_either, read_returns, read_spec
from quant.cli._results import results
from quant.cli._screen import show_default, show_facts, show_table
from quant.collateral import CollateralSchedule, HaircutModel
from quant.collateral import coverage as measure_coverage
from quant.config import to_dict
from quant.errors import InputError
from quant.liquidation import liquidation_price
from quant.portfolio import Account
from quant.returns import align_returns
from quant.scenarios import HistoricalScenarios


@app.command()
def coverage(
    account: Annotated[Path, typer.Argument(metavar="ACCOUNT", help="File of the account.")],
    prices: Prices,
    spec: Spec = None,
    horizon: Annotated[int, typer.Option("--horizon", help="Periods to look ahead.")] = 1,
    level: Annotated[float, typer.Option("--level", help="Confidence of VaR and ES.")] = 0.99,
    maintenance: Annotated[
        float, typer.Option("--maintenance", help="Maintenance rate of the contracts.")
    ] = 0.005,
    out: Out = None,
) -> None:
    """Measure what an account's collateral covers, and where it is liquidated.

    Haircuts come from --spec, a CollateralSchedule or a HaircutModel fitted to the prices; the
    joint moves are those of the past.
    """
    held = read_spec(account, Account)
    if not held.assets:
        raise InputError(
            f"{account.name}: expected positions or collateral, got neither; name what is held"
        )
    haircuts: CollateralSchedule | HaircutModel = default_haircut_model()
    if spec is not None:
        haircuts = read_either(spec, CollateralSchedule, HaircutModel)
    with results(out) as files:
        panel, returns = read_returns(prices)
        own = columns(returns, held.assets)
        moves = align_returns(own, how="intersection")
        scenarios = HistoricalScenarios().fit(moves).forecast(horizon)
        schedule = haircuts.schedule(own) if isinstance(haircuts, HaircutModel) else haircuts
        last = columns(panel, held.assets).dropna()
        now = last.iloc[-1]
        covered = measure_coverage(held, scenarios, now, schedule, level=level)
        triggers = pd.DataFrame(
            [
                (found.asset, found.price, found.down, found.up, found.equity, found.maintenance)
                for found in (
                    liquidation_price(held, asset, now, schedule, maintenance=maintenance)
                    for asset in held.assets
                )
            ],
            columns=["asset", "price", "down", "up", "equity", "maintenance"],
        )
        frame = covered.to_frame().rename_axis("figure")
        files.table("coverage", frame)
        files.table("liquidation", triggers)
        files.table("haircuts", schedule.to_frame())
        files.picture("coverage", covered)
        chosen = {"horizon": horizon, "level": level, "maintenance": maintenance}
        facts = {"haircuts": to_dict(haircuts), **chosen}
        files.manifest("coverage", spec=held, prices=panel, facts=facts)
    show_default(haircuts, named=spec is not None)
    shown = {"as of": stamp(last.index[-1]), "quote": held.quote, "horizon": horizon}
    show_facts("Account", shown | {"scenarios": len(scenarios.weights)})
    show_table("Coverage", frame)
    show_table("Liquidation prices, each asset moving alone", triggers)
