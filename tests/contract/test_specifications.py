"""Every public specification is plain data: there and back, through dictionaries and files."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

import quant as q
from quant.config._registry import public_specs

EXAMPLES = (
    q.Normal(),
    q.StudentT(nu=4.5),
    q.SkewStudentT(nu=5.0, skew=-0.1),
    q.GED(nu=1.5),
    q.VaR(0.99),
    q.VaR(0.975, rank="predictive"),
    q.ES(0.975),
    q.ES(0.99, max_move=None),
    q.HistoricalSimulation(),
    q.HistoricalSimulation(window=500),
    q.HistoricalScenarios(window=250),
)


def test_every_public_specification_has_an_example() -> None:
    assert sorted({type(spec).__name__ for spec in EXAMPLES}) == sorted(public_specs())


@pytest.mark.parametrize("spec", EXAMPLES, ids=repr)
def test_a_specification_is_frozen_and_equal_by_value(spec: object) -> None:
    assert replace(spec) == spec
    assert hash(replace(spec)) == hash(spec)
    assert not hasattr(spec, "__dict__")
    for field in fields(spec):
        with pytest.raises(AttributeError):
            setattr(spec, field.name, None)


@pytest.mark.parametrize("spec", EXAMPLES, ids=repr)
def test_plain_data_gives_back_the_specification(spec: object) -> None:
    assert q.from_dict(q.to_dict(spec)) == spec


@pytest.mark.parametrize("suffix", [".toml", ".json"])
@pytest.mark.parametrize("spec", EXAMPLES, ids=repr)
def test_a_file_gives_back_the_specification(spec: object, suffix: str, tmp_path) -> None:
    q.save(spec, tmp_path / f"spec{suffix}", provenance={"seed": 7})
    assert q.load(tmp_path / f"spec{suffix}") == spec


@pytest.mark.parametrize("spec", EXAMPLES, ids=repr)
def test_a_misspelt_field_is_refused_with_the_known_ones(spec: object) -> None:
    with pytest.raises(q.SpecError, match=rf"\$\.windw: expected a field of {type(spec).__name__}"):
        q.from_dict({**q.to_dict(spec), "windw": 1})
