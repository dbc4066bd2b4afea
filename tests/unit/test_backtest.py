from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

from quant.backtesting import Backtest, TestResult
from quant.distributions.base import Distribution
from quant.errors import InputError, InsufficientDataError

DAYS = pd.date_range("2024-03-01", periods=4, freq="D")


def make(**changes: object) -> Backtest:
    fields = {
        "loss": [0.01, -0.02, 0.05, 0.03],
        "var": [0.03, 0.03, 0.04, 0.03],
        "es": [0.04, 0.04, 0.05, 0.03],
        "level": 0.99,
        "dates": DAYS,
    }
    return Backtest.from_arrays(**(fields | changes))


class UniformLaw:
    """Stands for a forecast law."""

    def cdf(self, x):
        return x

    def ppf(self, level):
        return level

    def tail_mean(self, level):
        return (1 + level) / 2

    def rvs(self, size, seed=0):
        return np.random.default_rng(seed).random(size)


def test_a_breach_is_a_loss_strictly_above_the_var():
    bt = make()
    assert bt.breaches.tolist() == [False, False, True, False]
    assert bt.n_breaches == 1
    assert bt.n_obs == 4
    assert bt.expected_breaches == pytest.approx(0.04)


def test_arrays_are_copied_and_read_only():
    loss = np.array([0.01, -0.02, 0.05, 0.03])
    bt = make(loss=loss)
    loss[0] = 99.0
    assert bt.loss[0] == 0.01
    with pytest.raises(ValueError, match="read-only"):
        bt.var[0] = 1.0
    with pytest.raises(AttributeError):
        bt.level = 0.5


def test_the_frame_has_a_row_per_date():
    frame = make(pit=[0.5, 0.1, 0.999, 0.98]).to_frame()
    assert frame.index.equals(DAYS)
    assert list(frame.columns) == ["loss", "var", "es", "pit", "breach"]
    assert frame["breach"].tolist() == [False, False, True, False]
    assert list(make(es=None).to_frame().columns) == ["loss", "var", "breach"]


def test_the_repr_says_what_was_tested_on_one_page():
    text = repr(make(side="short"))
    assert "0.99 VaR and ES, short side" in text
    assert "4, from 2024-03-01 to 2024-03-04" in text
    assert "breaches  1, expected 0.04" in text
    assert "2024-03-03: loss 0.05 against VaR 0.04" in text
    assert "0x" not in text
    assert len(text.splitlines()) < 10
    assert "worst" not in repr(make(var=[1.0] * 4, es=None))


def test_a_step_of_none_is_the_horizon():
    assert make(horizon=10).step == 10
    assert not make(horizon=10).overlapping
    assert make(horizon=10, step=1).overlapping
    assert "(overlapping)" in repr(make(horizon=10, step=1))


def test_a_negative_var_is_legitimate():
    bt = make(var=[-0.03] * 4, es=[-0.01] * 4)
    assert bt.breaches.tolist() == [True, True, True, True]


def test_dates_come_from_the_first_series_else_they_are_numbered():
    series = pd.Series([0.01, -0.02, 0.05, 0.03], index=DAYS)
    assert make(loss=series, dates=None).dates.equals(DAYS)
    assert list(make(dates=None).dates) == [0, 1, 2, 3]
    assert make(dates=list(DAYS)).dates.equals(DAYS)


def test_laws_spec_and_side_are_carried():
    law: Distribution = UniformLaw()
    bt = make(laws=[law] * 4, spec="a spec", side="long")
    assert bt.laws == (law,) * 4
    assert (bt.spec, bt.side) == ("a spec", "long")


def test_a_series_shifted_by_a_day_is_refused():
    loss = pd.Series([0.01, -0.02, 0.05, 0.03], index=DAYS)
    var = pd.Series([0.03] * 4, index=DAYS + pd.Timedelta(days=1))
    with pytest.raises(InputError, match="var: expected the dates of the losses, got 2024-03-02"):
        make(loss=loss, var=var, es=None, dates=None)
    with pytest.raises(InputError, match="var: expected 4 entries, one per date, got 3"):
        make(loss=loss, var=var.iloc[1:], es=None, dates=None)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"var": [0.03] * 3}, "var: expected 4 entries, one per date, got 3"),
        ({"pit": [0.5]}, "pit: expected 4 entries"),
        ({"laws": [UniformLaw()]}, "laws: expected 4 entries"),
        ({"dates": DAYS[:3]}, "loss: expected 3 entries, one per date, got 4"),
        (
            {"loss": [0.01, np.nan, 0.05, 0.03]},
            "loss: expected finite numbers, got nan at position 1",
        ),
        ({"var": [np.inf, 0.0, 0.0, 0.0]}, "var: expected finite numbers"),
        ({"loss": [[0.01, 0.02]] * 2}, "loss: expected one dimension"),
        ({"loss": ["a", "b", "c", "d"]}, "loss: expected numbers"),
        (
            {"es": [0.04, 0.02, 0.05, 0.03]},
            "es: expected at least the VaR, 0.03, got 0.02 at 2024-03-02",
        ),
        (
            {"pit": [0.5, 0.5, 1.5, 0.5]},
            r"pit: expected numbers in \[0, 1\], got 1.5 at 2024-03-03",
        ),
        ({"pit": [-0.5, 0.5, 0.5, 0.5]}, "pit: expected numbers in"),
        ({"level": 99}, r"level: expected a number in \(0, 1\), got 99; write 0.99"),
        ({"level": 1.0}, r"level: expected a number in \(0, 1\)"),
        ({"horizon": 0}, "horizon: expected a whole number of at least 1, got 0"),
        ({"step": 0}, "step: expected a whole number of at least 1, got 0"),
        ({"side": "both"}, "side: expected one of 'long', 'short'"),
        ({"dates": DAYS[[0, 0, 1, 2]]}, "dates: expected unique dates, got 2024-03-01 twice"),
        ({"dates": DAYS[::-1]}, "dates: expected ascending dates"),
        ({"dates": [*DAYS[:3], pd.NaT]}, "dates: expected a date per loss, got a missing one"),
    ],
)
def test_bad_input_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        make(**changes)


def test_no_loss_at_all_is_refused():
    with pytest.raises(InsufficientDataError, match="loss: expected at least 1 entries, got 0"):
        Backtest.from_arrays(loss=[], var=[], level=0.99)


def test_an_es_that_is_below_the_var_by_rounding_only_is_accepted():
    assert make(es=[0.03 * (1 - 1e-15), 0.03, 0.04, 0.03]).es is not None


def test_a_result_unpacks_and_prints_its_null():
    result = TestResult("name", "all is well", 3.0, 0.04, 1, {"zone": "red", "half": 0.5})
    statistic, pvalue = result
    assert (statistic, pvalue) == (3.0, 0.04)
    assert result.rejected()
    assert not result.rejected(0.01)
    assert TestResult("name", "all is well", 3.0, 0.01, extras={"exact_pvalue": 0.2}).pvalue == 0.01
    assert not TestResult("n", "all is well", 3.0, 0.01, extras={"exact_pvalue": 0.2}).rejected()
    assert not TestResult("name", "all is well", 3.0, 0.05).rejected(0.05)
    assert repr(result) == (
        "name: statistic 3, p-value 0.04, dof 1\n  null: all is well\n  zone: red\n  half: 0.5"
    )
    assert "array of shape (3,)" in repr(TestResult("n", "s", 1.0, 1.0, None, {"a": np.zeros(3)}))
    with pytest.raises(InputError, match="significance: expected a number in"):
        result.rejected(5)


def test_a_result_is_frozen_and_travels_between_processes():
    extras = {"zone": "red"}
    result = TestResult("name", "all is well", 3.0, 0.04, 1, extras)
    extras["zone"] = "green"
    assert result.extras["zone"] == "red"
    with pytest.raises(TypeError):
        result.extras["zone"] = "green"
    with pytest.raises(AttributeError):
        result.pvalue = 1.0
    again = pickle.loads(pickle.dumps(result))
    assert repr(again) == repr(result)


def test_a_backtest_travels_between_processes():
    bt = make()
    assert repr(pickle.loads(pickle.dumps(bt))) == repr(bt)


@pytest.mark.parametrize("said", [[True, False, True, False], np.array([1, 0, 1, 0])])
def test_convergence_is_kept_as_truth_values_and_counted(said):
    fields = {"dates": DAYS, "loss": np.zeros(4), "var": np.ones(4), "level": 0.99}
    bt = Backtest(**fields, converged=said)
    assert bt.converged.dtype == bool
    assert "not converged behind 2 forecasts" in repr(bt)
    with pytest.raises(InputError, match="converged: expected 4 entries, one per date, got 3"):
        Backtest(**fields, converged=said[:3])
