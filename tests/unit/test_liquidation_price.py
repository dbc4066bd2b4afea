from __future__ import annotations

import pytest

import quant as q
from quant.errors import InputError


def tenfold(contract) -> q.Account:
    """J05: entry 10,000, notional 10,000, leverage 10; margin in dollars or in coin."""
    inverse = isinstance(contract, q.InverseContract)
    return q.Account([contract], {"BTC": 0.1} if inverse else {"USD": 1_000})


# J05 (margin.json, derived): (contract, bankruptcy, liquidation at a maintenance of 0.5 %)
J05 = [
    (q.LinearContract("BTC", 1.0, entry=10_000), 9_000.0, 9_045.22613065),
    (q.LinearContract("BTC", -1.0, entry=10_000), 11_000.0, 10_945.2736318),
    (q.InverseContract("BTC", 10_000, entry=10_000), 9_090.90909091, 9_136.36363636),
    (q.InverseContract("BTC", -10_000, entry=10_000), 11_111.1111111, 11_055.5555556),
]


@pytest.mark.parametrize(("contract", "bankruptcy", "liquidation"), J05)
def test_ten_times_leverage(contract, bankruptcy, liquidation):
    account, now = tenfold(contract), {"BTC": 10_000.0}
    found = q.liquidation_price(account, "BTC", now)
    assert float(found) == pytest.approx(liquidation, abs=1e-6)
    assert (found.up if liquidation < 10_000 else found.down) is None
    bankrupt = q.liquidation_price(account, "BTC", now, maintenance=0.0)
    assert float(bankrupt) == pytest.approx(bankruptcy, abs=1e-6)


def test_a_short_against_its_own_coin_is_never_liquidated():
    """J06 (margin.json): one coin and a 1x short have no liquidation price."""
    hedged = q.Account([q.InverseContract("BTC", -10_000, entry=10_000)], {"BTC": 1})
    found = q.liquidation_price(hedged, "BTC", {"BTC": 10_000.0})
    assert (found.down, found.up, found.liquidated) == (None, None, False)
    with pytest.raises(InputError, match="liquidation price: expected one for BTC, got none"):
        float(found)


@pytest.mark.parametrize("entry", [3.0, 7.7, 12_345.67, 0.0001234])
def test_rounding_does_not_invent_a_price_for_a_perfect_hedge(entry):
    coins = 0.1 + 0.2
    hedged = q.Account(
        [q.InverseContract("BTC", -entry * coins / 3, entry=entry) for _ in range(3)],
        {"BTC": coins},
    )
    found = q.liquidation_price(hedged, "BTC", {"BTC": entry})
    assert (found.down, found.up) == (None, None)


def test_a_fully_paid_long_dies_only_at_zero():
    paid = q.Account([q.LinearContract("BTC", 0.3, entry=70_001.1)], {"USD": 0.3 * 70_001.1})
    found = q.liquidation_price(paid, "BTC", {"BTC": 70_001.1})
    assert (found.down, found.up) == (None, None)


def binance(*contracts) -> q.Account:
    return q.Account(contracts, {"USDT": 1_535_443.01}, quote="USDT")


ETH = q.LinearContract("ETH", 3_683.979, entry=1_456.84)
BTC = q.LinearContract("BTC", 109.488, entry=32_481.98)
MARKS = {"ETH": 1_335.18, "BTC": 31_967.27}
BRACKETS = {
    "ETH": q.Brackets((0,), (0.1,), amounts=(135_365,)),
    "BTC": q.Brackets((0,), (0.025,), amounts=(16_300,)),
}


@pytest.mark.parametrize(
    ("contracts", "asset", "expected"),
    [
        ((ETH,), "ETH", 1_114.78),
        ((BTC,), "BTC", 18_778.73),
        ((ETH, BTC), "ETH", 1_153.26),
        ((ETH, BTC), "BTC", 26_316.89),
    ],
)
def test_a_venues_worked_account_is_reproduced_to_the_cent(contracts, asset, expected):
    """X03 (margin.json, seen): isolated and cross prices, each within its printed bracket."""
    found = q.liquidation_price(binance(*contracts), asset, MARKS, brackets=BRACKETS)
    assert found.down == pytest.approx(expected, abs=0.01)
    assert found.up is None


def test_the_bracket_is_that_of_the_liquidation_price_not_of_entry():
    table = q.Brackets(floors=(0, 50_000, 250_000), rates=(0.004, 0.005, 0.01))
    long = q.Account([q.LinearContract("BTC", 5.0, entry=60_000)], {"USD": 60_000})
    found = q.liquidation_price(long, "BTC", {"BTC": 60_000.0}, brackets={"BTC": table})
    # now in the third bracket; the price solves 60,000 + 5 (P - 60,000) = 0.005 * 5 P - 50
    assert found.down == pytest.approx((240_000 - 50) / (5 * (1 - 0.005)), abs=1e-9)
    assert found.maintenance == pytest.approx(300_000 * 0.01 - 1_300)


def test_other_positions_maintenance_belongs_in_the_equation():
    """X36 (MARGIN 11): leaving it out turns little room into much."""
    eth = q.LinearContract("ETH", 100.0, entry=3_000)
    btc = q.LinearContract("BTC", 1.0, entry=60_000)
    both = q.Account([eth, btc], {"USD": 5_000})
    now = {"ETH": 3_000.0, "BTC": 60_000.0}
    rates = {"ETH": 0.01, "BTC": 0.005}
    found = q.liquidation_price(both, "BTC", now, maintenance=rates)
    blind = q.liquidation_price(both, "BTC", now, maintenance=rates | {"ETH": 0.0})
    assert found.down == pytest.approx((60_000 - 5_000 + 3_000) / 0.995)
    assert blind.down == pytest.approx((60_000 - 5_000) / 0.995)


def test_other_positions_losses_belong_in_the_equation():
    both = q.Account([ETH, BTC], {"USDT": 1_535_443.01}, quote="USDT")
    better, worse = (
        q.liquidation_price(both, "BTC", MARKS | {"ETH": eth}).down for eth in (1_400.0, 1_300.0)
    )
    assert worse > better


def test_a_haircut_brings_liquidation_closer_and_a_debt_has_none():
    long = q.Account([q.LinearContract("BTC", 1.0, entry=10_000)], {"ETH": 1.0})
    now = {"BTC": 10_000.0, "ETH": 2_000.0}
    plain = q.liquidation_price(long, "BTC", now)
    cut = q.liquidation_price(long, "BTC", now, q.CollateralSchedule({"ETH": 0.25}))
    assert cut.down == pytest.approx(8_500 / 0.995)
    assert cut.down > plain.down
    owed = q.Account([q.Spot("BTC", 1.0)], {"USD": -6_000})
    loan = q.liquidation_price(owed, "BTC", now, q.CollateralSchedule({"BTC": 0.2}))
    assert loan.down == pytest.approx(7_500.0)  # 0.8 P = 6,000


def test_coin_collateral_moves_with_its_contract():
    long = q.Account([q.LinearContract("BTC", 1.0, entry=10_000)], {"BTC": 0.1})
    # 0.1 P + P - 10,000 = 0.005 P
    assert q.liquidation_price(long, "BTC", {"BTC": 10_000.0}).down == pytest.approx(10_000 / 1.095)


def test_a_short_beyond_its_coins_dies_above():
    # equity 2 P - 3 P + 30,000 against 0.015 P
    short = q.Account([q.LinearContract("BTC", -3.0, entry=10_000)], {"BTC": 2.0})
    found = q.liquidation_price(short, "BTC", {"BTC": 10_000.0})
    assert (found.down, found.up) == (None, pytest.approx(30_000 / 1.015))


def test_steep_brackets_kill_on_both_sides():
    table = q.Brackets((0, 15_000), (0.0, 1.0))
    steep = q.Account(
        [
            q.LinearContract("BTC", 1.0, entry=10_000),
            q.LinearContract("BTC", -0.5, entry=10_000),
        ],
        {"USD": 1_000},
    )
    found = q.liquidation_price(steep, "BTC", {"BTC": 10_000.0}, brackets={"BTC": table})
    # exposure 1.5 P; below: 0.5 P = 4,000; above: 1,000 + 0.5 (P - 10,000) = 1.5 P - 15,000
    assert (found.down, found.up) == pytest.approx((8_000.0, 11_000.0))
    assert float(found) == pytest.approx(11_000.0)


def test_an_account_already_liquidated_says_so():
    dead = q.Account([q.LinearContract("BTC", 1.0, entry=10_000)], {"USD": 1_000})
    found = q.liquidation_price(dead, "BTC", {"BTC": 9_040.0})
    assert found.liquidated
    assert (found.down, found.up, float(found)) == (9_040.0, 9_040.0, 9_040.0)
    alive = q.liquidation_price(dead, "BTC", {"BTC": 9_050.0})
    assert not alive.liquidated


def test_the_result_formats_as_the_nearer_price():
    found = q.liquidation_price(tenfold(J05[0][0]), "BTC", {"BTC": 10_000.0})
    assert f"{found:.2f}" == "9045.23"


def test_what_cannot_be_answered_is_refused():
    account, now = tenfold(J05[0][0]), {"BTC": 10_000.0}
    with pytest.raises(InputError, match=r"asset: expected one the account depends on \(BTC\)"):
        q.liquidation_price(account, "ETH", now)
    with pytest.raises(InputError, match="maintenance: expected a rate for BTC, got ETH"):
        q.liquidation_price(account, "BTC", now, maintenance={"ETH": 0.1})
    with pytest.raises(InputError, match=r"maintenance: expected a number in \[0, 1\], got 5"):
        q.liquidation_price(account, "BTC", now, maintenance=5)
    with pytest.raises(InputError, match="prices: expected a price for BTC"):
        q.liquidation_price(account, "BTC", {})
    with pytest.raises(InputError, match=r"prices\[BTC\]: expected a number above 0"):
        q.liquidation_price(account, "BTC", {"BTC": -1.0})
    stable = q.Account([J05[0][0]], {"USDC": 1_000})
    with pytest.raises(InputError, match="schedule: expected a haircut for USDC"):
        q.liquidation_price(stable, "BTC", now | {"USDC": 1}, q.CollateralSchedule({"ETH": 0.1}))


def test_a_price_beyond_all_numbers_is_no_liquidation_price():
    account = q.Account(
        [q.InverseContract("ETH", 20.0, entry=20.0)], {"BTC": -1.1e-308, "USDC": 3.0}, "USD"
    )
    found = q.liquidation_price(account, "BTC", {"ETH": 20.0, "BTC": 1.0, "USDC": 1.0})
    assert (found.down, found.up) == (None, None)
