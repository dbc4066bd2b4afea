"""The command line: exit codes, one line for every refusal, a folder whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import quant as q
from quant.cli import main

DATA = Path(__file__).resolve().parents[2] / "data"
Run = Callable[..., tuple[int, str, str]]

SPEC = """
type = "MarginModel"
horizon = 2
estimator = {type = "HistoricalSimulation", window = 250}
measure = {type = "ES", level = 0.975}
adjustments = [{type = "Floor", rate = 0.02}]
"""
HAIRCUT = SPEC.replace("MarginModel", "HaircutModel")
PLAN = """
type = "CalibrationPlan"
prices = "prices.csv"
asset = "BTC"
start = 2021-03-01
holdout = 2022-01-01
require = ["kupiec"]
significance = 0.001
grid = {"estimator.window" = [100, 200]}
[model]
type = "MarginModel"
estimator = {type = "HistoricalSimulation", window = 100}
measure = {type = "VaR", level = 0.95}
"""


def prices(size: int = 800, scale: float = 1.0) -> pd.DataFrame:
    noise = np.random.default_rng(11).normal(0.0, [0.03, 0.04], (size, 2)) * scale
    days = pd.date_range("2020-01-01", periods=size, name="date")
    panel = pd.DataFrame(100.0 * np.exp(noise.cumsum(axis=0)), days, ["BTC", "ETH"])
    panel["NEW"] = panel["BTC"].where(np.arange(size) >= size - 40)
    return panel


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    prices().to_csv(tmp_path / "prices.csv")
    for name, text in {"margin": SPEC, "haircut": HAIRCUT, "plan": PLAN}.items():
        (tmp_path / f"{name}.toml").write_text(text)
    account = q.Account([q.LinearContract("ETH", 3.0, entry=100.0)], {"BTC": 1.0, "USD": -20.0})
    q.save(account, tmp_path / "account.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["quant", *arguments])
        code = main()
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def refused(answer: tuple[int, str, str]) -> str:
    code, out, err = answer
    assert (code, out) == (2, "")
    assert err.startswith("quant: ")
    assert err.count("\n") == 1
    return err


def test_margin_shows_every_asset_and_side_and_why_one_has_no_rate(folder, run) -> None:
    code, out, err = run("margin", "prices.csv", "--spec", "margin.toml")
    assert (code, err) == (0, "")
    model = q.load("margin.toml")
    panel = q.log_returns(q.read_prices("prices.csv"))
    for asset, side in (("BTC", "long"), ("BTC", "short"), ("ETH", "long"), ("ETH", "short")):
        line = next(x for x in out.splitlines() if asset in x and side in x)
        assert f"{model.rate(panel[asset].dropna(), side=side):.2%}" in line
    assert "NEW: short history: window: expected at most the 39 returns" in out
    assert "default model" not in out


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_a_table_is_continued_below_rather_than_cut(folder, run, monkeypatch, width) -> None:
    monkeypatch.setattr("quant.cli._screen._PIPE_WIDTH", width)
    code, out, _ = run("margin", "prices.csv")
    assert code == 0
    table = out[out.index("Margin rates") : out.index("Remarks")]
    assert "\u2026" not in out
    assert max(map(len, table.splitlines())) <= width
    frame = q.default_margin_model().schedule(q.log_returns(q.read_prices("prices.csv"))).to_frame()
    for name in ("maintenance", "max_leverage", "LongRunFloor"):
        assert table.count(name) == 1
    row = frame.loc[("BTC", "short")]
    assert f" {row['max_leverage']:.2f}" in table
    assert f" {row['LongRunFloor']:.2%}" in table


def test_without_a_spec_the_default_model_is_printed_as_a_file_that_gives_it(folder, run) -> None:
    code, out, _ = run("margin", "prices.csv")
    assert code == 0
    printed = out[out.index("type =") : out.index("Margin rates")]
    (folder / "printed.toml").write_text(printed)
    assert q.load("printed.toml") == q.default_margin_model()
    code, out, _ = run("haircut", "prices.csv")
    assert code == 0
    (folder / "printed.toml").write_text(out[out.index("type =") : out.index("Haircuts")])
    assert q.load("printed.toml") == q.default_haircut_model()


def test_haircut_shows_the_components_which_add_up(folder, run) -> None:
    assert run("haircut", "prices.csv", "--spec", "haircut.toml", "--out", "out")[0] == 0
    table = pd.read_csv("out/haircut.csv", index_col="asset")
    model, panel = q.load("haircut.toml"), q.log_returns(q.read_prices("prices.csv"))
    for asset in ("BTC", "ETH"):
        assert table.loc[asset, "haircut"] == model.rate(panel[asset]).value
        assert np.isclose(table.loc[asset, ["base", "Floor"]].sum(), table.loc[asset, "haircut"])
    assert table.loc["NEW", ["haircut", "status"]].tolist() == [1.0, "short history"]
    assert q.load("out/schedule.toml").haircut("BTC") == table.loc["BTC", "haircut"]


def test_the_folder_holds_tables_picture_model_and_manifest(folder, run) -> None:
    assert run("margin", "prices.csv", "--spec", "margin.toml", "--out", "out")[0] == 0
    names = {path.name for path in (folder / "out").iterdir()}
    assert names == {"margin.csv", "margin.png", "model.toml", "manifest.json"}
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert manifest["command"] == "margin"
    assert q.from_dict(manifest["spec"]) == q.load("margin.toml") == q.load("out/model.toml")
    assert manifest["prices"]["rows"] == 800
    assert len(manifest["prices"]["sha256"]) == 64
    assert manifest["versions"]["numpy"] == np.__version__
    assert Path("out/margin.png").read_bytes().startswith(b"\x89PNG")


def test_a_second_run_gives_the_same_bytes_and_replaces_the_first(folder, run) -> None:
    command = ("margin", "prices.csv", "--spec", "margin.toml", "--out", "out")
    run(*command)
    first = {p.name: p.read_bytes() for p in (folder / "out").iterdir()}
    assert run(*command)[0] == 0
    assert {p.name: p.read_bytes() for p in (folder / "out").iterdir()} == first


def test_other_prices_give_another_fingerprint(folder, run) -> None:
    run("margin", "prices.csv", "--spec", "margin.toml", "--out", "one")
    prices().mul(1.0 + 1e-12).to_csv("prices.csv")
    run("margin", "prices.csv", "--spec", "margin.toml", "--out", "two")
    one, two = (json.loads(Path(f"{n}/manifest.json").read_text()) for n in ("one", "two"))
    assert one["prices"]["sha256"] != two["prices"]["sha256"]
    assert one["prices"]["first"] == two["prices"]["first"]


def test_a_folder_with_other_things_in_it_is_left_alone(folder, run) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.txt").write_text("years of work")
    err = refused(run("margin", "prices.csv", "--spec", "margin.toml", "--out", "mine"))
    assert "out: expected a folder that is new, empty or holds an earlier run" in err
    assert [path.name for path in (folder / "mine").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("manifest", ['{"name": "my web app"}', "[]", "not json", None])
def test_a_folder_is_replaced_only_when_an_earlier_run_wrote_everything_in_it(
    folder, run, manifest
) -> None:
    command = ("margin", "prices.csv", "--spec", "margin.toml", "--out", "out")
    run(*command)
    (folder / "out" / "thesis.txt").write_text("years of work")
    if manifest is not None:
        (folder / "out" / "manifest.json").write_text(manifest)
    before = {p.name: p.read_bytes() for p in (folder / "out").iterdir()}
    assert "holds an earlier run only" in refused(run(*command))
    assert {p.name: p.read_bytes() for p in (folder / "out").iterdir()} == before


def test_a_refusal_leaves_no_folder_above_the_one_asked_for(folder, run) -> None:
    (folder / "prices.csv").write_text("date,BTC\n")
    refused(run("margin", "prices.csv", "--out", "new/deep/out"))
    assert not (folder / "new").exists()


def test_a_folder_that_cannot_be_written_is_refused_by_name(folder, run) -> None:
    err = refused(run("margin", "prices.csv", "--out", "prices.csv/out"))
    assert "out: expected a folder that can be written, got" in err
    assert "prices.csv/out" in err


BAD_PRICES = {
    "a missing price": lambda p: p.assign(BTC=p["BTC"].mask(p.index == "2020-06-01")),
    "an infinite price": lambda p: p.assign(BTC=p["BTC"].mask(p.index == "2020-06-01", np.inf)),
    "a price of zero": lambda p: p.assign(BTC=p["BTC"].mask(p.index == "2020-06-01", 0.0)),
    "a negative price": lambda p: p.assign(BTC=p["BTC"].mask(p.index == "2020-06-01", -36.98)),
    "a word": lambda p: p.astype(object).assign(
        BTC=lambda x: x["BTC"].mask(x.index < "2020-01-05", "n/k")
    ),
    "a date twice": lambda p: pd.concat([p.iloc[:10], p.iloc[9:]]),
    "dates backwards": lambda p: p.iloc[::-1],
    "one row": lambda p: p.iloc[:1],
    "a constant": lambda p: p[["BTC"]] * 0.0 + 7.0,
    "less than the window": lambda p: p[["BTC"]].iloc[:50],
}


@pytest.mark.parametrize("command", ["margin", "haircut"])
@pytest.mark.parametrize("defect", BAD_PRICES)
def test_bad_prices_are_refused_in_one_line_and_nothing_is_left(
    folder, run, command, defect
) -> None:
    table = prices()[["BTC"]] if defect == "a missing price" else prices()
    BAD_PRICES[defect](table).to_csv("prices.csv")
    before = sorted(folder.rglob("*"))
    err = refused(run(command, "prices.csv", "--spec", f"{command}.toml", "--out", "out"))
    assert ": expected " in err
    assert ", got " in err
    assert "; " in err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    "content",
    [b"", b"date,BTC\n", bytes(range(256)) * 40_000, b"\x89PNG\r\n\x1a\n" + b"\0" * 5_000],
    ids=["nothing", "header only", "10 MB of bytes", "a picture"],
)
def test_a_file_that_holds_no_prices_is_refused(folder, run, content) -> None:
    (folder / "prices.csv").write_bytes(content)
    refused(run("margin", "prices.csv", "--out", "out"))
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("level = 0.975", "level = 99", r"$.measure.level: expected a number in (0, 1), got 99"),
        ("level = 0.975", "level = 1.0", r"$.measure.level: expected a number in (0, 1), got 1.0"),
        ("horizon = 2", "horizon = 0", "$.horizon: expected a whole number of at least 1, got 0"),
        ("horizon", "horizn", "$.horizn: expected a field of MarginModel"),
        ("window = 250", "window = 5000", "window: expected at most the 799 returns there are"),
        ("MarginModel", "HaircutModel", "expected a MarginModel, got a HaircutModel"),
        ("[{", "[{{", "margin.toml: expected valid TOML"),
    ],
)
def test_a_bad_spec_is_refused_with_its_path(folder, run, before, after, message) -> None:
    (folder / "margin.toml").write_text(SPEC.replace(before, after))
    assert message in refused(run("margin", "prices.csv", "--spec", "margin.toml"))


def test_a_file_that_is_not_there_is_refused(folder, run) -> None:
    assert "nowhere.csv" in refused(run("margin", "nowhere.csv"))
    err = refused(run("margin", "prices.csv", "--spec", "nowhere.toml"))
    assert "file: expected one that can be used, got nowhere.toml (" in err


@pytest.mark.parametrize("arguments", [(), ("margin",), ("nonsense",), ("margin", "a", "--what")])
def test_a_command_that_is_not_one_exits_with_2(run, arguments) -> None:
    code, out, err = run(*arguments)
    assert code == 2
    assert "Traceback" not in out + err
    if arguments:
        assert "--help" in refused((code, out, err))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--n-jobs", "0"), "n_jobs: expected a whole number other than 0, got 0"),
        (("--refit-every", "2.5"), "Invalid value for '--refit-every'"),
        (("--significance", "0"), "significance: expected a number in (0, 1), got 0.0; e.g. 0.05"),
        (("--start", "2030-01-01"), "start: expected at least 1 returns from it on, got 0"),
    ],
)
def test_a_bad_option_is_refused_in_one_line(folder, run, option, message) -> None:
    command = ("backtest", "prices.csv", "--asset", "BTC", "--spec", "margin.toml")
    assert message in refused(run(*command, *option))


def test_a_backtest_with_a_window_longer_than_the_data_says_so(folder, run) -> None:
    (folder / "margin.toml").write_text(SPEC.replace("250", "5000"))
    err = refused(run("backtest", "prices.csv", "--asset", "BTC", "--spec", "margin.toml"))
    assert "window: expected at most the 797 returns before the last loss period, got 5000" in err


def test_an_account_that_holds_nothing_is_refused(folder, run) -> None:
    (folder / "account.toml").write_text('type = "Account"\n')
    err = refused(run("coverage", "account.toml", "prices.csv"))
    assert "account.toml: expected positions or collateral, got neither" in err


def test_more_paths_than_memory_holds_are_refused(folder, run) -> None:
    estimator = (
        'estimator = {type = "FilteredHistoricalSimulation", window = 250, '
        "n_paths = 1_000_000_000_000_000, volatility = {type = 'EWMA', half_life = 33}}"
    )
    (folder / "margin.toml").write_text(
        SPEC.replace('estimator = {type = "HistoricalSimulation", window = 250}', estimator)
    )
    err = refused(run("margin", "prices.csv", "--spec", "margin.toml"))
    assert "memory: expected enough" in err


def test_check_tells_findings_and_rejects_what_cannot_be_used(folder, run) -> None:
    code, out, _ = run("check", "prices.csv")
    assert code == 0
    assert "not listed" in out
    prices().assign(BTC=-1.0).to_csv("prices.csv")
    code, out, _ = run("check", "prices.csv", "--out", "out")
    assert code == 1
    assert "fatal" in out
    assert "non-positive: correct the entry" in out
    assert (folder / "out" / "findings.csv").is_file()


def test_coverage_is_that_of_the_library(folder, run) -> None:
    code, out, err = run(
        *("coverage", "account.toml", "prices.csv", "--spec", "haircut.toml"),
        *("--horizon", "2", "--out", "out"),
    )
    assert (code, err) == (0, "")
    panel = q.read_prices("prices.csv")[["BTC", "ETH"]]
    returns = q.log_returns(panel)
    covered = q.coverage(
        q.load("account.toml"),
        q.HistoricalScenarios().fit(returns).forecast(2),
        panel.iloc[-1],
        q.load("haircut.toml").schedule(returns),
    )
    table = pd.read_csv("out/coverage.csv", index_col="figure")["value"]
    np.testing.assert_allclose(table["coverage_ratio"], covered.coverage_ratio)
    np.testing.assert_allclose(table["shortfall_probability"], covered.shortfall_probability)
    trigger = pd.read_csv("out/liquidation.csv", index_col="asset").loc["ETH"]
    assert trigger["price"] == panel["ETH"].iloc[-1]
    assert "Liquidation prices" in out
    assert Path("out/coverage.png").read_bytes().startswith(b"\x89PNG")
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert q.from_dict(manifest["haircuts"]) == q.load("haircut.toml")
    assert [manifest[name] for name in ("horizon", "level", "maintenance")] == [2, 0.99, 0.005]


def test_an_account_needs_a_price_for_every_asset(folder, run) -> None:
    prices()[["BTC"]].to_csv("prices.csv")
    assert "asset: expected one of BTC, got 'ETH'" in refused(
        run("coverage", "account.toml", "prices.csv", "--spec", "haircut.toml")
    )


def test_backtest_exits_with_1_when_its_tests_reject(folder, run) -> None:
    (folder / "margin.toml").write_text(SPEC.replace("horizon = 2", "horizon = 1"))
    command = ("backtest", "prices.csv", "--asset", "BTC", "--spec", "margin.toml")
    code, out, _ = run(*command, "--significance", "0.0001", "--out", "out")
    assert code == 0
    assert "kupiec" in out
    assert len(pd.read_csv("out/backtest.csv")) == 549
    returns = q.log_returns(q.read_prices("prices.csv")["BTC"])
    bt = q.backtest(q.load("margin.toml"), returns)
    scores = pd.read_csv("out/scores.csv", index_col="score")["mean"]
    assert scores["quantile_score"] == q.quantile_score(bt).mean()
    assert scores["fz0_score"] == q.fz0_score(bt).mean()
    assert f"{scores['fz0_score']:.4g}" in out
    manifest = json.loads(Path("out/manifest.json").read_text())
    assert [manifest[name] for name in ("start", "refit_every", "significance")] == [None, 1, 1e-4]
    calm = prices()
    wild = np.log(calm["BTC"]).diff() * np.where(np.arange(len(calm)) < 400, 1.0, 6.0)
    np.exp(wild.fillna(4.0).cumsum()).to_frame("BTC").to_csv("prices.csv")
    assert run(*command)[0] == 1


def test_backtest_refuses_an_unknown_asset_side_or_date(folder, run) -> None:
    command = ("backtest", "prices.csv", "--spec", "margin.toml", "--asset")
    assert "asset: expected one of BTC, ETH, NEW, got 'SOL'" in refused(run(*command, "SOL"))
    assert "side: expected one of" in refused(run(*command, "BTC", "--side", "both"))
    assert "start: expected a date" in refused(run(*command, "BTC", "--start", "soon"))


def test_calibrate_saves_what_margin_loads(folder, run) -> None:
    code, out, err = run("calibrate", "plan.toml", "--out", "out")
    assert (code, err) == (0, "")
    assert "accepted: True" in out
    assert len(pd.read_csv("out/candidates.csv")) == 2
    assert q.load("out/model.toml").estimator.window in (100, 200)
    assert run("margin", "prices.csv", "--spec", "out/model.toml")[0] == 0


def test_calibrate_exits_with_1_when_no_candidate_passes(folder, run) -> None:
    (folder / "plan.toml").write_text(PLAN.replace("= 0.001", "= 0.9999999"))
    code, out, _ = run("calibrate", "plan.toml", "--out", "out")
    assert code == 1
    assert "accepted: False" in out
    assert not (folder / "out" / "model.toml").exists()
    assert len(pd.read_csv("out/candidates.csv")) == 2


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('["kupiec"]', '["kupic"]', "require: expected one of acerbi_szekely_z1, "),
        ('["kupiec"]', '["quantile_score"]', "$.require: expected one of acerbi_szekely_z1, "),
        ("require =", 'score = "kupiec"\nrequire =', "$.score: expected one of fz0_score, quan"),
        ("[100, 200]", "[5000]", "start: expected at least 5000 returns before the first loss"),
        ('"BTC"', '"SOL"', "asset: expected one of BTC, ETH, NEW, got 'SOL'"),
        ("estimator.window", "estimator.windw", "$.estimator.windw: expected one of window"),
        ("2022-01-01", "2030-01-01", "holdout: expected a date after start"),
        ("grid =", "gird =", "$.gird: expected a field of CalibrationPlan"),
    ],
)
def test_a_bad_plan_is_refused(folder, run, before, after, message) -> None:
    (folder / "plan.toml").write_text(PLAN.replace(before, after))
    assert message in refused(run("calibrate", "plan.toml", "--out", "out"))
    assert not (folder / "out").exists()


@pytest.mark.parametrize("path", sorted(DATA.glob("*/*.toml")), ids=lambda path: path.stem)
def test_the_examples_that_are_shipped_can_be_read(path: Path) -> None:
    from quant.calibration.plan import CalibrationPlan

    spec = q.load(path, classes=(CalibrationPlan,))
    assert q.from_dict(q.to_dict(spec), classes=(CalibrationPlan,)) == spec


def test_python_m_quant_is_the_same_and_shows_no_traceback(folder) -> None:
    command = [sys.executable, "-W", "error", "-m", "quant", "margin", "nowhere.csv"]
    ran = subprocess.run(command, cwd=DATA.parent, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith("quant: ")
    assert ran.stderr.count("\n") == 1
