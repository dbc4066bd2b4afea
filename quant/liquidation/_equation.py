"""An account's margin equation in the price of one asset: equity against maintenance."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quant import _checks
from quant.collateral import CollateralSchedule
from quant.errors import InputError
from quant.margin import Brackets
from quant.portfolio import Account
from quant.portfolio._trigger import Gap, total
from quant.portfolio.base import Line, Position, PriceVector, StraightPosition


@dataclass(frozen=True, slots=True)
class MarginEquation:
    """Equity less maintenance as a function of one price, and both at the present price."""

    gap: Gap
    equity: float
    maintenance: float


def margin_equation(
    account: Account,
    asset: str,
    vector: PriceVector,
    schedule: CollateralSchedule | None,
    tables: Mapping[str, Brackets],
) -> MarginEquation:
    """Return the equation in the price of `asset`, all other prices held."""
    held = _others_requirement(account, asset, vector, tables)
    equity = tuple(_equity_lines(account, asset, vector, schedule))
    exposures = tuple(
        _straight(position).exposure_line
        for position in account.contracts
        if asset in position.assets
    )
    price = float(vector[asset])
    gap, required = _gap((*equity, Line(-held, 0.0)), exposures, tables.get(asset), price)
    return MarginEquation(gap, float(total(equity).at(vector[asset])), held + required)


def maintenance_tables(
    account: Account, brackets: Mapping[str, Brackets], maintenance: float | Mapping[str, float]
) -> dict[str, Brackets]:
    """Return the brackets of each asset that contracts are written on; a rate is one bracket."""
    tables = {}
    for asset in sorted({position.asset for position in account.contracts}):
        if asset in brackets:
            tables[asset] = brackets[asset]
            continue
        if isinstance(maintenance, Mapping) and asset not in maintenance:
            raise InputError(
                f"maintenance: expected a rate for {asset}, got {', '.join(maintenance)}; "
                "add it, or give its brackets"
            )
        rate = maintenance[asset] if isinstance(maintenance, Mapping) else maintenance
        tables[asset] = Brackets((0.0,), (_checks.between("maintenance", rate, 0.0, 1.0),))
    return tables


def _others_requirement(
    account: Account, asset: str, vector: PriceVector, tables: Mapping[str, Brackets]
) -> float:
    """Return the maintenance of the contracts whose price is held."""
    requirement = 0.0
    for other, table in tables.items():
        if other != asset:
            contracts = [position for position in account.contracts if position.asset == other]
            notional = total(Line(float(p.exposure(vector)), 0.0) for p in contracts).intercept
            requirement += table.maintenance(notional)
    return requirement


def _straight(position: Position) -> StraightPosition:
    if not isinstance(position, StraightPosition):
        raise InputError(
            f"account: expected contracts straight in the price, got {type(position).__name__}; "
            "take it out of the account"
        )
    return position


def _equity_lines(
    account: Account, asset: str, vector: PriceVector, schedule: CollateralSchedule | None
) -> Iterator[Line]:
    """Yield what each balance and contract adds to equity as the price of `asset` moves."""
    balances = account.balances
    counted = balances if schedule is None else schedule.counted(balances, account.quote)
    for held, amount in counted.items():
        moves = held == asset
        yield Line(0.0, amount) if moves else Line(amount * float(vector[held]), 0.0)
    for position in account.contracts:
        if asset in position.assets:
            yield _straight(position).value_line
        else:
            yield Line(float(position.value(vector)), 0.0)


def _gap(
    equity: tuple[Line, ...], exposures: tuple[Line, ...], table: Brackets | None, price: float
) -> tuple[Gap, float]:
    """Return equity less maintenance by bracket in reach, and the asset's maintenance now."""
    if table is None:
        return Gap((total(equity),)), 0.0
    assert table.amounts is not None
    notional = total(exposures)
    lines: list[Line] = []
    bends: list[float] = []
    for floor, rate, amount in zip(table.floors, table.rates, table.amounts, strict=True):
        start = (floor - notional.intercept) / notional.slope if notional.slope else 0.0
        if notional.slope == 0.0 and floor > notional.intercept:
            break
        if start > 0.0:
            bends.append(start)
        else:
            lines.clear()
        charge = [Line(-rate * line.intercept, -rate * line.slope) for line in exposures]
        lines.append(total((*equity, *charge, Line(amount, 0.0))))
    size = notional.intercept + notional.slope * price
    at = bisect_right(table.floors, size) - 1
    return Gap(tuple(lines), tuple(bends)), size * table.rates[at] - table.amounts[at]
