"""Quantile recursions at fixed parameters, and quantile regression, against figures of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from quant import _numerics
from quant.risk import _quantile_kernels as kernels

RETURNS = 100.0 * pd.read_csv(Path(__file__).parent / "bmw_backtest_1000.csv")["ret"].to_numpy()
TAIL = 0.05

# caviar.fixed: recursion, parameters -> (sum of tick scores, last quantile, breaches); q_1 = 2.5
CAVIAR = [
    (kernels.SYMMETRIC, (0.05, 0.9, 0.2), (135.69064969647056, 1.765869186945215, 29)),
    (kernels.ASYMMETRIC, (0.05, 0.9, 0.1, 0.25), (128.73941045934998, 1.7929506702057554, 42)),
    (kernels.INDIRECT, (0.1, 0.85, 0.5), (136.00036833332513, 1.7469614904926947, 31)),
    (kernels.ADAPTIVE, (0.3, 10.0), (133.60864012491822, 1.509141961545904, 46)),
]


@pytest.mark.parametrize(("code", "params", "expected"), CAVIAR)
def test_caviar_at_fixed_parameters(code, params, expected):
    point = np.array(params)
    var, _ = kernels.paths(code, point[None, :], np.array([2.5]), -RETURNS, TAIL)
    total = kernels.mean_score(code, point, -RETURNS, TAIL, 2.5, 0.0) * RETURNS.size
    assert (total, var[0, -1]) == pytest.approx(expected[:2], abs=1e-9)
    assert (var[0] < -RETURNS).sum() == expected[2]
    assert _numerics.tick(-RETURNS, var[0], 0.95).sum() == pytest.approx(total, abs=1e-9)


def test_the_one_factor_model_at_fixed_parameters():
    # pzc.fixed, gas1f; our scales are those of losses, so positive
    point = np.array([0.98, 0.01, 2.2, 3.2])
    var, es = kernels.paths(kernels.SCORE_DRIVEN, point[None, :], np.zeros(1), -RETURNS, TAIL)
    after = kernels.advance(kernels.SCORE_DRIVEN, point[None, :], np.zeros(1), -RETURNS, TAIL)
    found = kernels.mean_score(kernels.SCORE_DRIVEN, point, -RETURNS, TAIL, 0.0, 0.0)
    assert found == pytest.approx(0.9439644169659033, abs=1e-9)
    assert after[0] == pytest.approx(-0.1428001212443939, abs=1e-9)
    assert var[0, -1] == pytest.approx(1.921194316628758, abs=1e-9)
    assert es[0, -1] == pytest.approx(2.7944644605509206, abs=1e-9)
    assert _numerics.fz0(-RETURNS, var[0], es[0], 0.95).mean() == pytest.approx(found, abs=1e-9)


def test_garch_fitted_by_the_joint_score_at_fixed_parameters():
    # pzc.fixed, garchfz; the first variance is 10
    point = np.array([0.9, 0.08, 0.6, 0.85])
    found = kernels.mean_score(kernels.SQUARED, point, -RETURNS, TAIL, 10.0, 0.0)
    after = kernels.advance(kernels.SQUARED, point[None, :], np.array([10.0]), -RETURNS, TAIL)
    assert found == pytest.approx(0.9505255866474226, abs=1e-9)
    assert after[0] == pytest.approx(10.52077622513243, abs=1e-9)


def test_the_laplace_score_is_the_joint_score_but_for_a_constant_and_the_mean():
    # negative log-likelihood = FZ0 + 1 - log(1 - alpha) - y / e, with y = -loss and e = -es
    point = np.array([0.05, 0.9, 0.2, -1.0])
    var, es = kernels.paths(kernels.LAPLACE, point[None, :], np.array([2.5]), -RETURNS, TAIL)
    found = kernels.mean_score(kernels.LAPLACE, point, -RETURNS, TAIL, 2.5, 0.0)
    fz0 = _numerics.fz0(-RETURNS, var[0], es[0], 0.95)
    expected = fz0 + 1.0 - np.log(1.0 - TAIL) + RETURNS / es[0]
    assert found == pytest.approx(expected.mean(), abs=1e-12)


# qreg.engel.*: quantreg 5.94, food expenditure on income; coefficients and check loss
ENGEL = {
    0.05: ((124.880040812573, 0.343361057632042), 2174.31731531768),
    0.5: ((81.4822474169362, 0.56018055120942), 8779.96632381285),
}


@pytest.mark.parametrize("tail", ENGEL)
def test_the_tick_score_is_the_check_loss_of_quantile_regression(tail):
    from statsmodels.datasets import engel
    from statsmodels.regression.quantile_regression import QuantReg

    data = engel.load_pandas().data
    design = np.column_stack([np.ones(len(data)), data["income"]])
    fitted = QuantReg(data["foodexp"].to_numpy(), design).fit(q=tail, p_tol=1e-10, max_iter=5000)
    coefficients, loss = ENGEL[tail]
    assert tuple(fitted.params) == pytest.approx(coefficients, rel=1e-6)
    at = design @ np.array(coefficients)
    score = _numerics.tick(-data["foodexp"].to_numpy(), -at, 1.0 - tail)
    assert score.sum() == pytest.approx(loss, rel=1e-6)
