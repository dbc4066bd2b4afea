"""Conditional calibration: the sides it may be asked about."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quant.backtesting import Backtest, nolde_ziegel
from tests.unit._histories import history, moved


class TestTheSidesOfNoldeZiegel:
    """What users ask of "under" and "over", beside the authors' one-sided p-value."""

    def test_the_published_onesided_value_rejects_too_few_breaches(self) -> None:
        prudent = nolde_ziegel(moved(history(1000), var=3.0, es=3.0), n_sims=99)
        assert prudent.extras["onesided_pvalue"] < 1e-6
        assert prudent.rejected(0.05)

    @pytest.mark.parametrize("variant", ["simple", "general"])
    def test_under_rejects_underestimation_only(self, variant) -> None:
        good = history(1000)
        prudent, low = [moved(good, es=2.0)], [moved(good, es=-0.7)]
        if variant == "simple":  # the general one judges ES given VaR
            prudent.append(moved(good, var=3.0, es=3.0))
            low.append(moved(good, var=-1.5, es=-1.5))
        for bt in prudent:
            result = nolde_ziegel(bt, variant=variant, alternative="under", n_sims=999)
            assert not result.rejected(0.4)
            assert result.pvalue > 0.4
        for bt in low:
            result = nolde_ziegel(bt, variant=variant, alternative="under", n_sims=999)
            assert result.rejected(0.01)
            assert result.pvalue < 0.05

    @pytest.mark.parametrize("variant", ["simple", "general"])
    def test_over_rejects_prudence_only(self, variant) -> None:
        good = history(1000)
        result = nolde_ziegel(moved(good, es=3.0), variant=variant, alternative="over", n_sims=999)
        assert result.rejected(0.01)
        low = nolde_ziegel(moved(good, es=-0.7), variant=variant, alternative="over", n_sims=999)
        assert not low.rejected(0.4)

    def test_sides_share_the_statistic_and_the_published_value(self) -> None:
        bt = history(500)
        for variant in ("simple", "general"):
            results = [
                nolde_ziegel(bt, variant=variant, alternative=side, n_sims=99)
                for side in ("two-sided", "under", "over")
            ]
            assert len({r.statistic for r in results}) == 1
            assert len({r.extras["onesided_pvalue"] for r in results}) == 1
            assert len({r.null for r in results}) == 3

    def test_hommel_by_hand(self) -> None:
        # V of 200 days with 8 breaches at 2.5 %, twice the ES - VaR beyond VaR; t values by hand
        loss = np.zeros(200)
        loss[::25] = 1.2
        bt = Backtest.from_arrays(loss=loss, var=[0.8] * 200, es=[1.0] * 200, level=0.975)
        one = np.where(loss > 0.8, 0.975, -0.025)  # 1{L > VaR} - p
        two = np.where(loss > 0.8, 0.4 / 0.025 - 0.2, -0.2)
        smaller, larger = sorted(
            0.5 * math.erfc(v.sum() / math.sqrt((v**2).sum()) / math.sqrt(2.0)) for v in (one, two)
        )
        result = nolde_ziegel(bt, alternative="under", n_sims=99)
        assert result.pvalue == pytest.approx(3.0 * min(smaller, larger / 2.0))
