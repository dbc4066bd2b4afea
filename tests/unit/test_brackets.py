from __future__ import annotations

import numpy as np
import pytest

import quant as q
from quant.errors import InputError

BINANCE = q.Brackets(floors=(0, 50_000, 250_000, 1_000_000), rates=(0.004, 0.005, 0.01, 0.025))


def test_maintenance_amounts_follow_from_floors_and_rates():
    """X01 (margin.json, seen): historic BTCUSDT table of Binance."""
    assert BINANCE.amounts == pytest.approx((0, 50, 1300, 16300), abs=1e-9)


def test_maintenance_is_rate_times_notional_less_the_amount():
    notionals = np.array([0.0, 40_000.0, 100_000.0, 500_000.0, 2_000_000.0])
    by_hand = [0.0, 160.0, 450.0, 3_700.0, 33_700.0]
    np.testing.assert_allclose(BINANCE.maintenance(notionals), by_hand)
    assert BINANCE.maintenance(100_000) == pytest.approx(450.0)


def test_maintenance_is_continuous_at_every_floor():
    for floor in BINANCE.floors[1:]:
        below = BINANCE.maintenance(np.nextafter(floor, 0.0))
        assert BINANCE.maintenance(floor) == pytest.approx(below, rel=1e-12)


def test_one_bracket_can_be_cut_out_of_a_table():
    cut = q.Brackets(floors=(0,), rates=(0.025,), amounts=(16_300,))
    assert cut.maintenance(2_000_000) == BINANCE.maintenance(2_000_000)


def test_brackets_are_values():
    twin = q.Brackets([0, 50_000], [0.004, 0.005])
    assert twin == q.Brackets((0, 50_000), (0.004, 0.005), amounts=(0, 50))
    assert hash(twin) == hash(q.Brackets((0.0, 50_000.0), (0.004, 0.005)))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"floors": (0, 5), "rates": (0.1,)}, "rates: expected one per floor, 2, got 1"),
        ({"floors": (), "rates": ()}, "rates: expected one per floor, 0, got 0"),
        ({"floors": (1,), "rates": (0.1,)}, "floors: expected ascending from 0"),
        ({"floors": (0, 5, 5), "rates": (0.1, 0.2, 0.3)}, "floors: expected ascending from 0"),
        ({"floors": (0, 5), "rates": (0.2, 0.1)}, "rates: expected rates that do not fall"),
        ({"floors": (0,), "rates": (1.5,)}, r"rates: expected a number in \[0, 1\]"),
        ({"floors": (0,), "rates": (0.1,), "amounts": (0, 1)}, "amounts: expected one per floor"),
        (
            {"floors": (0, 100), "rates": (0.1, 0.2), "amounts": (0, 0)},
            "amounts: expected 10 at floor 100, got 0",
        ),
    ],
)
def test_bad_brackets_are_refused(fields, message):
    with pytest.raises(InputError, match=message):
        q.Brackets(**fields)


@pytest.mark.parametrize("notional", [-1.0, np.nan, np.array([1.0, np.inf])])
def test_notionals_are_absolute(notional):
    with pytest.raises(InputError, match="notional: expected finite numbers of at least 0"):
        BINANCE.maintenance(notional)
