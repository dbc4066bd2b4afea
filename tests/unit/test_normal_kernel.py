from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import kstest

from quant.backtesting._normal_kernel import TABLE, TAIL, sums_of_normals

RNG = np.random.default_rng(4)


def normals(words: np.ndarray) -> np.ndarray:
    return sums_of_normals(words.reshape(-1, 1), TABLE, TAIL)[0].reshape(words.shape)


def test_a_word_is_a_sign_and_a_tail_probability() -> None:
    words = RNG.integers(2**32, size=100_000, dtype=np.uint32)
    rare = np.arange(0, 2**20, 7, dtype=np.uint32)  # tails down to the last bit
    for row in (words, rare, rare + np.uint32(2**31)):
        beyond = ((row & np.uint32(2**31 - 1)) + 0.5) / 2.0**32
        sign = np.where(row >= 2**31, -1.0, 1.0)
        np.testing.assert_allclose(normals(row), -sign * ndtri(beyond), atol=2e-5)
    assert kstest(normals(words), "norm").pvalue > 1e-3
    extremes = normals(np.array([0, 2**31, 2**31 - 1, 2**32 - 1], dtype=np.uint32))
    assert np.abs(extremes[:2]).min() > 6.0
    assert np.abs(extremes[2:]).max() < 1e-4


def test_the_sums_are_those_of_the_samples() -> None:
    words = RNG.integers(2**32, size=(50, 40), dtype=np.uint32)
    z = normals(words)
    first, last, total, squares, products = sums_of_normals(words, TABLE, TAIL)
    np.testing.assert_array_equal(first, z[:, 0])
    np.testing.assert_array_equal(last, z[:, -1])
    np.testing.assert_allclose(total, z.sum(axis=1), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(squares, (z * z).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(products, (z[:, 1:] * z[:, :-1]).sum(axis=1), atol=1e-12)
