"""The regression backtest of ES: refusals, units, and the score of its finite-sample answer."""

from __future__ import annotations

import numpy as np
import pytest

from quant.backtesting import Backtest, battery, esr
from quant.errors import InputError, InsufficientDataError
from tests.unit._histories import ES, LEVEL, VAR, history


class TestESR:
    def test_right_and_wrong_forecasts(self) -> None:
        for variant in ("strict", "auxiliary", "intercept"):
            assert not esr(history(1000), variant=variant).rejected(0.01)
        wrong = history(1000, shrink=0.4)
        assert esr(wrong).rejected(0.01)
        result = esr(wrong, variant="intercept")
        assert result.statistic < 0.0
        assert result.rejected(0.01)
        assert not esr(history(1000, shrink=4.0), variant="intercept").rejected(0.5)

    def test_it_does_not_depend_on_the_unit(self) -> None:
        bt = history(300)
        pounds = Backtest.from_arrays(
            loss=1000 * bt.loss, var=1000 * bt.var, es=1000 * bt.es, level=LEVEL
        )
        for variant in ("strict", "intercept"):
            assert esr(pounds, variant=variant).statistic == pytest.approx(
                esr(bt, variant=variant).statistic, rel=1e-3
            )

    def test_a_finite_sample_pvalue_by_its_score(self) -> None:
        for variant in ("strict", "auxiliary", "intercept"):
            right = esr(history(150), variant=variant, n_sims=99).extras
            assert right["exact_pvalue"] in [k / 100 for k in range(1, 101)]
            assert right["simulations"] == 99
            wrong = esr(history(150, shrink=0.3), variant=variant, n_sims=199).extras
            assert wrong["exact_pvalue"] <= 0.01
        wide = history(300, shrink=4.0)
        assert esr(wide, n_sims=99).extras["exact_pvalue"] == 0.01
        assert esr(wide, variant="intercept", n_sims=99).extras["exact_pvalue"] > 0.9

    def test_the_score_by_hand(self) -> None:
        bt = history(200)
        p, es = 1 - LEVEL, np.asarray(bt.es)
        error = np.sort(bt.loss / es)
        c = error[-1 - int(200 * p + 1e-9)]
        u = c - 1 + np.maximum(bt.loss / es - c, 0) / p
        mean_so_far = [np.log(es[: t + 1]).mean() for t in range(200)]
        high = np.where(np.log(es) > mean_so_far, 1.0, -1.0)
        high[0] = 0.0  # it is the mean so far
        root = np.linalg.lstsq(x := np.column_stack((high, np.ones(200))), u, rcond=None)[0]
        assert esr(bt, n_sims=9).extras["score"] == pytest.approx(float(((x @ root) ** 2).sum()))
        assert esr(bt, variant="intercept", n_sims=9).extras["score"] == pytest.approx(
            u.sum() / np.sqrt((u**2).sum())
        )

    def test_constant_forecasts_are_refused(self) -> None:
        loss = np.random.default_rng(0).normal(size=300)
        bt = Backtest.from_arrays(loss=loss, var=[2.0] * 300, es=[2.4] * 300, level=0.95)
        with pytest.raises(InputError, match="es: expected forecasts that vary, on which esr"):
            esr(bt)

    def test_losses_without_scatter_are_refused_and_left_out_of_the_battery(self) -> None:
        sigma = np.exp(0.3 * np.sin(np.arange(200)))
        given = {"var": VAR * sigma, "es": ES * sigma, "level": LEVEL}
        flat = Backtest.from_arrays(loss=np.full(200, 9.0), **given)
        on_the_line = Backtest.from_arrays(loss=VAR * sigma, **given)
        for bt in (flat, on_the_line):
            with pytest.raises(InputError, match="that scatter about a line in the forecasts"):
                esr(bt)
            verdicts = battery(bt, n_sims=9)
            assert "esr" in {row.name for row in verdicts.not_run}

    def test_the_unit_of_tiny_losses_does_not_matter(self) -> None:
        bt, tiny = history(130), 1e-12
        scaled = Backtest.from_arrays(
            loss=tiny * bt.loss, var=tiny * bt.var, es=tiny * bt.es, level=LEVEL
        )
        assert esr(scaled, n_sims=9).pvalue == pytest.approx(esr(bt, n_sims=9).pvalue, rel=1e-3)

    def test_rounded_losses_are_answered_or_refused_never_nan(self) -> None:
        refused = []
        for seed in range(20):
            rng = np.random.default_rng(seed)
            sigma = np.exp(0.3 * rng.normal(size=200))
            loss = np.round(0.3 * sigma * rng.standard_t(4, 200))
            bt = Backtest.from_arrays(loss=loss, var=2.0 * sigma, es=2.6 * sigma, level=LEVEL)
            verdicts = battery(bt, n_sims=9)
            refused += [row.reason for row in verdicts.not_run if row.name == "esr, intercept"]
            for name, result in verdicts.results:
                assert np.isfinite([*result]).all(), name
        assert 0 < len(refused) < 10
        assert all("that scatter about the forecasts with a density" in why for why in refused)

    def test_an_es_that_is_the_var_leaves_nothing_to_score(self) -> None:
        bt = history(200)
        equal = Backtest.from_arrays(loss=bt.loss, var=bt.es, es=bt.es, level=LEVEL)
        for variant in ("strict", "intercept"):
            assert 0.0 < esr(equal, variant=variant, n_sims=99).extras["exact_pvalue"] <= 1.0

    def test_levels_below_a_half_have_both_quantiles_of_the_density(self) -> None:
        bt = history(400)
        low = Backtest.from_arrays(loss=bt.loss, var=bt.var - 4.5, es=bt.es - 3.0, level=0.01)
        assert 0.0 <= esr(low, n_sims=9).pvalue <= 1.0

    def test_short_histories_are_refused(self) -> None:
        with pytest.raises(InsufficientDataError, match="at least 100 losses for esr, got 99"):
            esr(history(99))
        with pytest.raises(InsufficientDataError, match="at least 120 losses for esr at level"):
            esr(history(110))
