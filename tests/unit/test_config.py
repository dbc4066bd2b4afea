"""Specifications as data: exact there and back, and every refusal with its path."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import pandas as pd
import pytest

from quant import _checks
from quant.config import evolve, from_dict, load, save, to_dict
from quant.errors import InputError, SpecError


class Filter(Protocol):
    def fit(self, returns: pd.Series) -> object: ...


class Step(Protocol):
    def __call__(self, running: float) -> float: ...


@dataclass(frozen=True, slots=True)
class Decay:
    half_life: float = 33.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "half_life", _checks.positive("half_life", self.half_life))

    def fit(self, returns: pd.Series) -> object: ...


@dataclass(frozen=True, slots=True)
class Recursion:
    law: Literal["normal", "t"] = "normal"
    nu: float | None = None

    def fit(self, returns: pd.Series) -> object: ...


@dataclass(frozen=True, slots=True)
class Lift:
    weight: float

    def __call__(self, running: float) -> float:
        return running * self.weight


@dataclass(frozen=True, slots=True)
class Simulation:
    volatility: Filter = field(default_factory=Decay)
    window: int | None = None
    since: dt.date | None = None
    until: pd.Timestamp | None = None

    def __post_init__(self) -> None:
        if self.window is not None:
            object.__setattr__(self, "window", _checks.count("window", self.window, 2))


@dataclass(frozen=True, slots=True)
class Model:
    estimator: Simulation
    horizon: int = 1
    steps: tuple[Step, ...] = ()
    damped: bool = False
    label: str = ""
    balances: tuple[tuple[str, float], ...] = ()
    lift: Lift | Decay | float = 1.0
    fallback: Model | None = None


@dataclass(frozen=True, slots=True)
class Capped:
    limit: float | None = 1.0


@dataclass(frozen=True, slots=True)
class Purse:
    balances: Mapping[str, float] | tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "balances", tuple(dict(self.balances).items()))


MINE = (Decay, Recursion, Lift, Simulation, Model)

FULL = Model(
    estimator=Simulation(
        Recursion("t", 4.5), 500, dt.date(2020, 3, 12), pd.Timestamp("2021-05-19 08:00", tz="UTC")
    ),
    horizon=2,
    steps=(Lift(1.25), Lift(0.1 + 0.2)),
    damped=True,
    label='a "quoted" line\nand another',
    balances=(("USDC", 50_000.0), ("ETH", 10.0)),
    lift=Lift(1e-17),
    fallback=Model(Simulation()),
)


def read(**changes: object) -> object:
    return from_dict({**to_dict(FULL), **changes}, classes=MINE)


def test_what_is_written_is_plain_tagged_data_without_what_is_none() -> None:
    assert to_dict(Model(Simulation(Decay(11)), steps=(Lift(1.25),))) == {
        "type": "Model",
        "estimator": {"type": "Simulation", "volatility": {"type": "Decay", "half_life": 11.0}},
        "horizon": 1,
        "steps": [{"type": "Lift", "weight": 1.25}],
        "damped": False,
        "label": "",
        "balances": [],
        "lift": 1.0,
    }


@pytest.mark.parametrize("spec", [FULL, Model(Simulation()), Lift(2.0)])
def test_reading_is_the_inverse_of_writing(spec: object) -> None:
    assert from_dict(to_dict(spec), classes=MINE) == spec


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_a_file_gives_back_what_was_saved(tmp_path, suffix) -> None:
    path = tmp_path / f"spec{suffix}"
    save(FULL, path, provenance={"data": {"sha256": "ab"}, "dates": ["2020-01-01"]})
    assert load(path, classes=MINE) == FULL
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_hand_written_file_may_use_whole_numbers_for_floats_and_toml_dates(tmp_path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(
        'type = "Model"\n[estimator]\ntype = "Simulation"\nsince = 2020-03-12\n'
        'until = 2021-05-19T08:00:00\nvolatility = {type = "Decay", half_life = 11}\n'
    )
    half_life = load(path, classes=MINE).estimator.volatility.half_life
    assert half_life == 11.0
    assert type(half_life) is float
    assert load(path, classes=MINE).estimator.since == dt.date(2020, 3, 12)
    assert load(path, classes=MINE).estimator.until == pd.Timestamp("2021-05-19 08:00")


def test_none_is_written_out_only_where_the_default_is_something_else() -> None:
    capped, free = Capped(), Capped(None)
    assert to_dict(capped) == {"type": "Capped", "limit": 1.0}
    assert to_dict(free) == {"type": "Capped", "limit": "none"}
    assert from_dict(to_dict(free), classes=(Capped,)) == free
    assert from_dict({"type": "Capped"}, classes=(Capped,)) == capped
    with pytest.raises(SpecError, match=r"\$\.limit: expected a number, got 'nil'"):
        from_dict({"type": "Capped", "limit": "nil"}, classes=(Capped,))


def test_pairs_that_were_given_as_a_table_are_written_as_one() -> None:
    purse = Purse({"USDC": 5.0, "ETH": 1.0})
    assert to_dict(purse) == {"type": "Purse", "balances": {"USDC": 5.0, "ETH": 1.0}}
    assert from_dict(to_dict(purse), classes=(Purse,)) == purse
    assert from_dict(to_dict(Purse()), classes=(Purse,)) == Purse()
    pairs = {"type": "Purse", "balances": [["USDC", 5.0], ["ETH", 1.0]]}
    assert from_dict(pairs, classes=(Purse,)) == purse
    with pytest.raises(SpecError, match=r"\$\.balances\.ETH: expected a number, got 'one'"):
        from_dict({"type": "Purse", "balances": {"ETH": "one"}}, classes=(Purse,))


def test_numpy_scalars_leave_as_python_numbers() -> None:
    plain = to_dict(evolve(FULL, {"estimator.window": np.int64(250), "lift": np.float64(0.5)}))
    assert json.loads(json.dumps(plain)) == plain


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"horizon": 2.7}, r"^\$\.horizon: expected a whole number, got 2\.7; write an int$"),
        ({"horizon": True}, r"^\$\.horizon: expected a whole number, got True"),
        ({"horizon": None}, r"^\$\.horizon: expected a whole number, got None"),
        ({"damped": 1}, r"^\$\.damped: expected true or false, got 1"),
        ({"label": 3}, r"^\$\.label: expected a string, got 3"),
        ({"steps": "Lift"}, r"^\$\.steps: expected a list, got 'Lift'"),
        ({"balances": [["USDC"]]}, r"^\$\.balances\.0: expected 2 entries, got 1"),
        ({"balances": [["USDC", "1"]]}, r"^\$\.balances\.0\.1: expected a number, got '1'; drop"),
        ({"steps": [{"type": "Lift", "weight": "0.99"}]}, r"^\$\.steps\.0\.weight: expected a num"),
        ({"steps": [{"type": "Lift", "weight": float("nan")}]}, r"steps\.0\.weight: .* finite"),
        ({"steps": [{"type": "Lift", "weight": 2**53 + 1}]}, r"weight: .* finite number"),
        ({"steps": [{"type": "Lift"}]}, r"^\$\.steps\.0\.weight: .* got none; Lift needs"),
        ({"fallback": None}, r"^\$\.fallback: expected a value, got null; leave the key out"),
        ({"horizn": 2}, r"^\$\.horizn: .*\(estimator, horizon, .*did you mean 'horizon'\?$"),
        ({"estimator": "FHS"}, r"^\$\.estimator: expected a table for a Simulation, got 'FHS'"),
        ({"estimator": {}}, r"^\$\.estimator\.type: .* a Simulation \(Simulation\), got no type"),
        ({"type": "Modell"}, r"^\$\.type: expected the name of a specification .* 'Model'\?"),
        (
            {"estimator": {"type": "Simulation", "volatility": {"type": "Lift", "weight": 1.0}}},
            r"^\$\.estimator\.volatility\.type: expected the name of a Filter \(.*\), got 'Lift'",
        ),
        (
            {"estimator": {"type": "Simulation", "volatility": {"type": "Decay", "half_life": -1}}},
            r"^\$\.estimator\.volatility\.half_life: expected a number above 0, got -1\.0",
        ),
        (
            {"estimator": {"type": "Simulation", "volatility": {"type": "Recursion", "law": "T"}}},
            r"^\$\.estimator\.volatility\.law: expected one of 'normal', 't', got 'T'",
        ),
        ({"estimator": {"type": "Simulation", "since": "12/03/2020"}}, r"since: expected a date"),
    ],
)
def test_a_refusal_says_where_what_and_what_to_do(changes, message) -> None:
    with pytest.raises(SpecError, match=message):
        read(**changes)


def test_a_name_that_is_neither_public_nor_handed_in_is_unknown() -> None:
    with pytest.raises(SpecError, match=r"\$\.type: .* got 'Lift'; .*classes=\(\.\.\.\)"):
        from_dict(to_dict(Lift(1.0)))


def test_classes_must_be_frozen_dataclasses_with_free_names() -> None:
    twin = dataclass(frozen=True)(type("Lift", (), {"__annotations__": {}}))
    with pytest.raises(SpecError, match="names that are still free, got Lift"):
        from_dict(to_dict(Lift(1.0)), classes=(Lift, twin))
    with pytest.raises(SpecError, match="expected frozen dataclasses, got <class 'int'>"):
        from_dict({}, classes=(int,))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros(2), r"\$\.label: expected a number, string, .* got ndarray"),
        (float("inf"), r"\$\.label: expected a finite number, got inf"),
    ],
)
def test_what_no_file_could_hold_is_not_written(value, message) -> None:
    with pytest.raises(SpecError, match=message):
        to_dict(Model(Simulation(), label=value))
    with pytest.raises(SpecError, match="expected a specification, got dict"):
        to_dict({"type": "Model"})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.toml", b"type = \nx = 1", r"a\.toml: expected valid TOML, got .*line 1"),
        ("a.json", b'{\n"type": }', r"a\.json: expected valid JSON, got .*line 2"),
        ("a.json", b'{"type": "Lift", "weight": 1, "weight": 2}', "weight: expected one value"),
        ("a.json", b'{"type": "Lift", "weight": Infinity}', "expected finite numbers, got Inf"),
        ("a.json", b"[1]", "expected a table, got a list"),
        ("a.json", b"[" * 100_000, "expected valid JSON"),
        ("a.toml", b"x = 1\n\xff\xfe", r"expected text in UTF-8, .*\(at line 2\)"),
        ("a.toml", b'schema = 2\ntype = "Lift"\n', r"\$\.schema: expected 1, got 2"),
        ("a.toml", b'schema = true\ntype = "Lift"\n', r"\$\.schema: expected 1, got True"),
        ("a.yaml", b"", r"path: expected a name ending in \.toml or \.json"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, name, content, message) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SpecError, match=message):
        load(path, classes=MINE)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path) -> None:
    path = tmp_path / "spec.toml"
    save(Lift(1.0), path)
    before = path.read_bytes()
    with pytest.raises(SpecError):
        save(Model(Simulation(), label=np.zeros(2)), path)
    with pytest.raises(SpecError, match="provenance: expected plain data"):
        save(Lift(2.0), path, provenance={"seed": None})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_evolving_changes_one_path_and_leaves_the_original() -> None:
    changed = evolve(FULL, {"steps.1.weight": 0.5, "estimator.window": 750, "horizon": 5})
    assert changed.steps == (Lift(1.25), Lift(0.5))
    assert (changed.estimator.window, changed.horizon) == (750, 5)
    assert evolve(changed, {"steps": FULL.steps, "estimator": FULL.estimator, "horizon": 2}) == FULL


def test_a_replaced_part_can_be_changed_in_the_same_breath() -> None:
    changes = {"estimator.volatility.half_life": 11, "estimator.volatility": Decay(66)}
    assert evolve(FULL, changes).estimator.volatility == Decay(11)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("estimator.windw", 1, r"^\$\.estimator\.windw: expected one of volatility, window, since"),
        ("steps.2.weight", 1, r"^\$\.steps\.2: expected one of 0, 1 of tuple, got '2'"),
        ("horizon.days", 1, r"^\$\.horizon\.days: expected one of no fields of int"),
        ("estimator.window", 1, r"^\$\.estimator\.window: expected a whole number of at least 2"),
    ],
)
def test_a_change_that_cannot_be_made_says_where(path, value, message) -> None:
    with pytest.raises(SpecError, match=message):
        evolve(FULL, {path: value})


def test_only_specifications_evolve_and_every_refusal_is_an_input_error() -> None:
    with pytest.raises(InputError, match="expected a specification, got int"):
        evolve(3, {"x": 1})
