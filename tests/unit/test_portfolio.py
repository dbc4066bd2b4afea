from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.errors import InputError

PRICES = {"BTC": 60_000.0, "ETH": 3_000.0, "USDC": 1.0}


def account() -> q.Account:
    return q.Account(
        positions=[
            q.LinearContract("BTC", 2.0, entry=58_000),
            q.InverseContract("BTC", -100_000, entry=50_000),
            q.Spot("ETH", -4.0),
        ],
        collateral={"USDC": 50_000, "ETH": 10},
        quote="USD",
    )


def test_an_inverse_long_is_concave_in_coin():
    """J12 (margin.json, derived): moves -20 % and +20 % pay -0.25 and +0.166666666667."""
    long = q.InverseContract("BTC", 1.0, entry=1.0)
    np.testing.assert_allclose(
        long.coin_value(np.array([0.8, 1.2])), [-0.25, 0.166666666667], atol=1e-9
    )


def test_the_inverse_risk_vector_of_a_venue_is_reproduced():
    """X17 (margin.json, seen): risk vector of a Deribit portfolio margin response, in coin."""
    moves = np.array([-0.16, -0.12, -0.08, -0.04, 0.0, 0.04])
    expected = [-0.05991206933, -0.04289159509, -0.02735116678, -0.01310576517, 0, 0.01209762938]
    contract = q.InverseContract("BTC", 0.314538364, entry=1.0)
    np.testing.assert_allclose(contract.coin_value(1.0 + moves), expected, atol=1e-8)


def test_an_inverse_value_is_its_coin_value_at_the_price():
    contract = q.InverseContract("BTC", -100_000, entry=50_000)
    price = np.array([20_000.0, 50_000.0, 90_000.0])
    np.testing.assert_allclose(contract.value({"BTC": price}), price * contract.coin_value(price))


def test_a_short_coin_perpetual_against_its_coin_is_worth_the_same_at_any_price():
    """J06 (margin.json): one coin and a 1x short are 10,000 dollars whatever happens."""
    hedged = q.Account([q.InverseContract("BTC", -10_000, entry=10_000)], {"BTC": 1})
    many = pd.DataFrame({"BTC": [100.0, 10_000.0, 1e6]})
    np.testing.assert_allclose(hedged.equity(many), 10_000.0, rtol=1e-12)


def test_equity_adds_balances_holdings_and_gains():
    # 50,000 + 10 * 3,000 - 4 * 3,000 + 2 * 2,000 - 100,000 * (60/50 - 1)
    assert account().equity(PRICES) == pytest.approx(50_000 + 18_000 + 4_000 - 20_000)
    assert isinstance(account().equity(pd.Series(PRICES)), float)


def test_exposure_counts_contracts_and_net_debts():
    # the four ETH owed net with the ten posted
    assert account().exposure(PRICES) == 2 * 60_000 + 100_000
    borrower = q.Account([q.Spot("ETH", -4.0)], {"USD": -500, "ETH": 1})
    assert borrower.exposure(PRICES) == 3 * 3_000 + 500


def test_many_price_vectors_give_one_number_each():
    many = pd.DataFrame([PRICES, PRICES | {"BTC": 30_000.0}, PRICES | {"ETH": 0.5}])
    each = [account().equity(dict(row)) for _, row in many.iterrows()]
    np.testing.assert_allclose(account().equity(many), each)
    cash = q.Account((), {"USD": 5.0})
    assert cash.equity(many).tolist() == [5.0, 5.0, 5.0]


def test_balances_net_collateral_and_holdings():
    assert account().balances == {"ETH": 6.0, "USDC": 50_000.0}
    assert account().assets == ("BTC", "ETH", "USDC")


def test_accounts_are_values():
    assert account() == account()
    assert hash(account()) == hash(account())
    assert account().collateral == (("ETH", 10.0), ("USDC", 50_000.0))
    assert q.Account(collateral=(("USDC", 1.0),)) == q.Account(collateral={"USDC": np.float64(1)})
    json.dumps(dataclasses.asdict(account()))  # plain numbers only
    with pytest.raises(dataclasses.FrozenInstanceError):
        account().quote = "EUR"


def scenarios(weights=None) -> q.Scenarios:
    rng = np.random.default_rng(5)
    moves = rng.normal(0.0, 0.05, (40, 3))
    labels = pd.date_range("2024-01-01", periods=40)
    return q.Scenarios(
        moves, ["USDC", "BTC", "ETH"], 2, weights, labels, as_of=labels[-1], n_obs=20
    )


def test_the_loss_is_the_fall_in_equity_and_its_parts_sum_to_it():
    loss = account().loss(scenarios(), PRICES)
    after = account().equity(scenarios().prices(PRICES))
    np.testing.assert_allclose(loss.loss.losses, account().equity(PRICES) - after, atol=1e-9)
    np.testing.assert_allclose(loss.parts.sum(axis=1), loss.loss.losses, atol=1e-9)
    assert list(loss.parts.columns) == [
        "LinearContract BTC",
        "InverseContract BTC",
        "Spot ETH",
        "collateral ETH",
        "collateral USDC",
    ]
    assert (loss.unit, loss.horizon, loss.n_obs) == ("USD", 2, 20)
    assert loss.as_of == pd.Timestamp("2024-02-09")
    assert loss.labels.equals(scenarios().labels)


def test_a_falling_price_is_a_positive_loss_of_a_long():
    fall = q.Scenarios([[np.log(0.9)]], ["BTC"], 1)
    long = q.Account([q.LinearContract("BTC", 1.0, entry=100.0)], {"USD": 50})
    assert long.loss(fall, {"BTC": 100.0}).loss.losses[0] == pytest.approx(10.0)


def test_components_of_a_measure_sum_to_it():
    loss = account().loss(scenarios(), PRICES)
    for measure in (q.VaR(0.95), q.ES(0.95)):
        assert measure(loss).components.sum() == pytest.approx(measure(loss).value)


def test_weights_travel_to_the_loss():
    weights = np.arange(1.0, 41.0) / 820.0
    weighted = account().loss(scenarios(weights), PRICES).loss
    np.testing.assert_array_equal(weighted.weights, weights)


def test_two_positions_of_a_kind_keep_two_columns():
    twins = q.Account([q.Spot("BTC", 1.0), q.Spot("BTC", 2.0), q.Spot("BTC", 3.0)])
    columns = twins.loss(scenarios(), PRICES).parts.columns
    assert list(columns) == ["Spot BTC", "Spot BTC #2", "Spot BTC #3"]


def test_a_stablecoin_needs_a_price_unless_it_is_the_quote():
    with pytest.raises(InputError, match="prices: expected a price for USDC, got none"):
        account().equity({"BTC": 1.0, "ETH": 1.0})
    with pytest.raises(InputError, match="scenarios: expected a column for USDC"):
        account().loss(scenarios().restrict(["BTC", "ETH"]), PRICES)
    assert q.Account(collateral={"USDC": 3.0}, quote="USDC").equity({}) == 3.0


def test_the_quote_stays_at_one():
    dollars = q.Account(collateral={"USDC": 3.0}, quote="USDC")
    with pytest.raises(InputError, match="prices: expected 1 for the quote USDC"):
        dollars.equity({"USDC": 0.98})
    with pytest.raises(InputError, match="scenarios: expected the quote USDC to stay at 1"):
        dollars.loss(scenarios(), {})
    with pytest.raises(InputError, match="positions: expected contracts on assets other than"):
        q.Account([q.LinearContract("USD", 1.0, entry=1.0)])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: q.Spot("", 1.0), "asset: expected a name, got ''"),
        (lambda: q.Spot("BTC", "1"), "quantity: expected a number, got '1'"),
        (lambda: q.LinearContract("BTC", 1.0, entry=np.nan), "entry: expected a finite number"),
        (lambda: q.InverseContract("BTC", 1.0, entry=0.0), "entry: expected a number above 0"),
        (lambda: q.Account(["BTC"]), "positions: expected positions, got 'BTC'"),
        (lambda: q.Account(collateral={"BTC": np.inf}), r"collateral\[BTC\]: expected a finite"),
        (lambda: q.Account(collateral=(("A", 1), ("A", 2))), "expected each asset once, got A"),
        (lambda: q.Account(quote=""), "quote: expected a name"),
        (lambda: account().equity([1.0]), "prices: expected a mapping, a Series or a DataFrame"),
        (lambda: account().equity(PRICES | {"ETH": np.nan}), r"prices\[ETH\]: expected finite"),
        (lambda: account().equity(PRICES | {"ETH": "x"}), r"prices\[ETH\]: expected a number"),
        (lambda: account().equity(PRICES | {"BTC": -1.0}), "expected BTC above 0 for an inverse"),
    ],
)
def test_bad_input_is_refused(build, message):
    with pytest.raises(InputError, match=message):
        build()
