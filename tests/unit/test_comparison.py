"""Diebold-Mariano, the model confidence set, Murphy diagrams."""

from __future__ import annotations

import numpy as np
import pytest

from quant.backtesting import (
    Backtest,
    diebold_mariano,
    fz0_score,
    model_confidence_set,
    murphy_diagram,
    quantile_score,
)
from quant.errors import InputError, InsufficientDataError

LEVEL = 0.95


def forecasts(n: int = 600) -> dict[str, Backtest]:
    rng = np.random.default_rng(8)
    sigma = np.exp(0.5 * rng.normal(size=n))
    loss = sigma * rng.normal(size=n)
    rows = {"right": sigma, "flat": np.full(n, sigma.mean()), "noise": rng.permutation(sigma)}
    return {
        name: Backtest.from_arrays(loss=loss, var=1.645 * s, es=2.063 * s, level=LEVEL)
        for name, s in rows.items()
    }


class TestDieboldMariano:
    def test_directions(self) -> None:
        named = forecasts()
        good, bad = named["right"], named["noise"]
        result = diebold_mariano(good, bad, score=fz0_score)
        assert result.statistic < 0.0
        assert result.extras["better"] == "first"
        assert result.rejected(0.01)
        back = diebold_mariano(bad, good, score=fz0_score)
        assert back.statistic == -result.statistic
        first, second = (
            diebold_mariano(good, bad, alternative=side).pvalue for side in ("first", "second")
        )
        assert first < 0.01 < 0.99 < second
        assert first + second == pytest.approx(1.0)

    def test_a_negative_variance_falls_back_to_bartlett(self) -> None:
        d = np.tile([1.0, -0.9], 20)
        first = Backtest.from_arrays(loss=np.zeros(40), var=d, level=LEVEL)
        second = Backtest.from_arrays(loss=np.zeros(40), var=np.zeros(40), level=LEVEL)
        result = diebold_mariano(first, second, score=lambda bt: bt.var, horizon=2)
        assert result.extras["weights"] == "Bartlett"
        assert np.isfinite(result.statistic)
        assert diebold_mariano(first, second).extras["weights"] == "rectangular"

    def test_the_horizon_is_the_overlap(self) -> None:
        named = forecasts()
        pair = [
            Backtest.from_arrays(loss=b.loss, var=b.var, level=LEVEL, horizon=5, step=1)
            for b in (named["right"], named["noise"])
        ]
        plain = [named["right"], named["noise"]]
        assert diebold_mariano(*pair).statistic == diebold_mariano(*plain, horizon=5).statistic

    def test_refusals(self) -> None:
        named = forecasts()
        with pytest.raises(InputError, match="second: expected scores whose difference"):
            diebold_mariano(named["right"], named["right"])
        with pytest.raises(InputError, match="second: expected forecasts for the same 600 losses"):
            diebold_mariano(
                named["right"],
                named["right"].thinned().__class__.from_arrays(loss=[1.0], var=[1.0], level=LEVEL),
            )
        with pytest.raises(InsufficientDataError, match="at least 601 losses for diebold_mariano"):
            diebold_mariano(named["right"], named["noise"], horizon=600)
        with pytest.raises(InputError, match="alternative: expected one of"):
            diebold_mariano(named["right"], named["noise"], alternative="less")


class TestModelConfidenceSet:
    def test_the_right_forecast_survives_and_noise_does_not(self) -> None:
        for method in ("R", "max"):
            found = model_confidence_set(forecasts(), score=fz0_score, reps=300, method=method)
            assert "right" in found.included
            assert "noise" in found.excluded
            assert (found.pvalues.diff().dropna() >= 0.0).all()
            table = found.to_frame()
            assert table.index[0] == "right"
            assert tuple(sorted(table.index[table["included"]])) == tuple(sorted(found.included))

    def test_the_seed_decides_and_is_reported(self) -> None:
        one, two = (model_confidence_set(forecasts(200), reps=200, seed=3) for _ in range(2))
        assert one.pvalues.equals(two.pvalues)
        assert (one.seed, one.reps, one.block_length) == (3, 200, 14)
        assert "blocks of 14, 200 resamples, seed 3" in repr(one)

    def test_refusals(self) -> None:
        named = forecasts(100)
        with pytest.raises(InputError, match="forecasts: expected at least two to compare, got 1"):
            model_confidence_set({"right": named["right"]})
        with pytest.raises(InputError, match="got 'again' and 'right' a constant apart"):
            model_confidence_set({"right": named["right"], "again": named["right"]})
        with pytest.raises(InputError, match=r"forecasts\['other'\]: expected forecasts for the"):
            model_confidence_set({"right": named["right"], "other": forecasts(99)["right"]})
        overlapping = {
            name: Backtest.from_arrays(loss=b.loss, var=b.var, level=LEVEL, horizon=9, step=1)
            for name, b in named.items()
        }
        with pytest.raises(InputError, match="block_length: expected a whole number of at least 9"):
            model_confidence_set(overlapping, block_length=3)


class TestMurphyDiagram:
    def test_its_area_is_the_quantile_score(self) -> None:
        named = forecasts(100)
        grid = np.linspace(-12.0, 12.0, 8_001)
        diagram = murphy_diagram(named, thresholds=grid)
        for name, bt in named.items():
            area = np.trapezoid(diagram.scores[name].to_numpy(), grid)
            assert area == pytest.approx(quantile_score(bt).mean(), rel=2e-3)

    def test_its_weighted_area_is_the_fz0_score(self) -> None:
        named = forecasts(100)
        grid = np.exp(np.linspace(np.log(0.01), np.log(1e5), 8_001))
        diagram = murphy_diagram(named, measure="ES", thresholds=grid)
        gap = (diagram.scores["noise"] - diagram.scores["right"]).to_numpy()
        expected = fz0_score(named["noise"]).mean() - fz0_score(named["right"]).mean()
        assert np.trapezoid(gap / grid**2, grid) == pytest.approx(expected, rel=2e-3)

    def test_scores_are_never_negative_and_meet_far_out(self) -> None:
        for measure in ("VaR", "ES"):
            diagram = murphy_diagram(forecasts(200), measure=measure)
            scores = diagram.scores.to_numpy()
            assert (scores >= -1e-12).all()
            if measure == "VaR":
                assert np.ptp(scores[-1]) < 1e-12
            assert diagram.thresholds.size == 501

    def test_dominance(self) -> None:
        named = forecasts(100)
        loss = named["right"].loss
        worse = Backtest.from_arrays(
            loss=loss, var=np.full(100, 50.0), es=[60.0] * 100, level=LEVEL
        )
        pair = {"right": named["right"], "absurd": worse}
        assert murphy_diagram(pair, thresholds=np.linspace(5, 40, 50)).dominant() == "right"
        assert murphy_diagram(named["right"]).dominant() == "forecast"

    def test_refusals(self) -> None:
        named = forecasts(50)
        with pytest.raises(InputError, match="forecasts: expected at least one Backtest"):
            murphy_diagram({})
        alone = Backtest.from_arrays(loss=[1.0], var=[1.0], level=LEVEL)
        with pytest.raises(InputError, match="es: expected the ES forecasts, which murphy_diagram"):
            murphy_diagram(alone, measure="ES")
        with pytest.raises(InputError, match="measure: expected one of 'VaR', 'ES'"):
            murphy_diagram(named, measure="ESS")
        assert "3" not in repr(murphy_diagram(named)).split(":")[0]
