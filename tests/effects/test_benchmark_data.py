"""Loaders of public benchmarks: files of their layout are read as they are, others refused in one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import FormatError
from telltale.effects.benchmark_data import Benchmark, Truth
from telltale.effects.benchmark_ihdp import load_ihdp
from telltale.effects.benchmark_lalonde import COLUMNS, load_lalonde
from telltale.effects.benchmark_twins import load_twins
from telltale.effects.doubly_robust import DoublyRobust


def truths(one: Benchmark) -> tuple[Truth, Truth]:
    """Of the units learnt from, and of those held out."""
    assert one.truth is not None
    assert one.held_truth is not None
    return one.truth, one.held_truth


def ihdp_rows(n: int, seed: int) -> np.ndarray:
    """Columns of the published files: treatment, y, y of the other arm, mu0, mu1, 25 covariates."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, 25))
    treated = draw.random(n) < 0.3
    means = np.column_stack([x[:, 0], x[:, 0] + 4 + x[:, 1]])
    y = means + draw.normal(size=(n, 2))
    seen, other = np.where(treated, y.T[::-1], y.T)
    return np.column_stack([treated, seen, other, means, x])


def write_csv(path: Path, rows: np.ndarray) -> None:
    np.savetxt(path, rows, delimiter=",", fmt="%.6f")


def write_npz(folder: Path, n: dict[str, int], replications: int = 2) -> Path:
    for part, count in n.items():
        all_rows = np.stack([ihdp_rows(count, 10 * r + count) for r in range(replications)], axis=-1)
        named = dict(zip(("t", "yf", "ycf", "mu0", "mu1"), all_rows.transpose(1, 0, 2)[:5], strict=True))
        np.savez(folder / f"ihdp_npci_1-2.{part}.npz", x=all_rows[:, 5:], **named)
    return folder / "ihdp_npci_1-2.train.npz"


def test_ihdp_as_text(tmp_path: Path) -> None:
    for k in (1, 2, 10):
        write_csv(tmp_path / f"ihdp_npci_{k}.csv", ihdp_rows(120, k))
    found = load_ihdp(tmp_path)
    assert [one.name for one in found] == [f"IHDP ihdp_npci_{k}" for k in (1, 2, 10)]
    one = found[0]
    rows = ihdp_rows(120, 1)
    assert (len(one.design), one.held.shape, len(one.design.names)) == (108, (12, 25), 25)
    # Each row learnt from or held out once, with its own truth.
    known = np.concatenate([one.design.covariates[:, 0], one.held[:, 0]])
    effect = np.concatenate([truth.effect for truth in truths(one)])
    order, file_order = np.argsort(known), np.argsort(rows[:, 5])
    assert known[order] == pytest.approx(rows[file_order, 5], abs=1e-6)
    assert effect[order] == pytest.approx((rows[:, 4] - rows[:, 3])[file_order], abs=2e-6)
    assert one.held.tolist() == load_ihdp(tmp_path / "ihdp_npci_1.csv")[0].held.tolist()
    assert one.held.tolist() != load_ihdp(tmp_path, replications=1, seed=1)[0].held.tolist()
    error = abs(DoublyRobust(intervals="none").fit(one.design).effect().value - truths(one)[0].effect.mean())
    assert error < 0.6


def test_ihdp_as_arrays_has_its_own_units_held_out(tmp_path: Path) -> None:
    file = write_npz(tmp_path, {"train": 90, "test": 15})
    found = load_ihdp(file)
    assert len(found) == 2
    assert len(load_ihdp(file, replications=1)) == 1
    second = found[1]
    rows, held = ihdp_rows(90, 100), ihdp_rows(15, 25)
    assert second.design.outcome == pytest.approx(rows[:, 1])
    assert second.design.treated.tolist() == (rows[:, 0] == 1).tolist()
    assert second.held == pytest.approx(held[:, 5:])
    assert truths(second)[1].control == pytest.approx(held[:, 3])


def test_a_column_that_others_tell_is_left_out_and_said(tmp_path: Path) -> None:
    rows = ihdp_rows(120, 3)
    rows[:, 9] = rows[:, 5] + rows[:, 6]
    write_csv(tmp_path / "ihdp_npci_1.csv", rows)
    one = load_ihdp(tmp_path)[0]
    assert "x5" not in one.design.names
    assert one.held.shape[1] == 24
    assert any("left out" in fact and "x5" in fact for fact in one.design.facts)


def cut(rows: np.ndarray) -> str:
    return "\n".join(",".join(map(str, row)) for row in rows)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda _: "treatment,y\n1,2\n", r"line 1: 2 columns: a line holds 30 numbers"),
        (lambda rows: cut(rows).replace("0.0,", "no,", 1), r"line \d+: could not convert"),
        (lambda rows: cut(rows[:, :29]), "29 columns"),
        (lambda _: "\n\n", "holds no rows"),
        (lambda rows: cut(np.where(np.arange(30) == 0, 2.0, rows)), "first column is not 0 or 1"),
        (lambda rows: cut(np.where(np.arange(30) == 7, np.nan, rows)), "line 1: a value is no number"),
        (lambda rows: cut(np.where(np.arange(30) == 0, 0.0, rows)), "nobody got the treatment"),
    ],
)
def test_text_that_is_not_ihdp(tmp_path: Path, change: Callable[[np.ndarray], str], told: str) -> None:
    (tmp_path / "ihdp_npci_1.csv").write_text(change(ihdp_rows(60, 0)))
    with pytest.raises(FormatError, match=told) as caught:
        load_ihdp(tmp_path)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_arrays_that_are_not_ihdp(tmp_path: Path) -> None:
    file = write_npz(tmp_path, {"train": 90})
    with pytest.raises(FormatError, match=r"test\.npz is not there: take .* from www\.fredjo\.com"):
        load_ihdp(file)
    write_npz(tmp_path, {"test": 15}, replications=3)
    with pytest.raises(FormatError, match=r"holds 2 replications and .* 3"):
        load_ihdp(file)
    with pytest.raises(FormatError, match="not named as one to learn from"):
        load_ihdp(tmp_path / "ihdp_npci_1-2.test.npz")
    good = dict(np.load(file))
    np.savez(file, **{key: value for key, value in good.items() if key != "mu1"})
    with pytest.raises(FormatError, match="holds no mu1"):
        load_ihdp(file)
    np.savez(file, **{**good, "yf": good["yf"][:-1]})
    with pytest.raises(FormatError, match=r"shapes yf \(89, 2\)"):
        load_ihdp(file)
    np.savez(file, **{**good, "x": good["x"] * np.nan})
    with pytest.raises(FormatError, match="x holds values that are no number"):
        load_ihdp(file)
    file.write_bytes(b"PK nothing")
    with pytest.raises(FormatError, match=r"cannot be read as \.npz"):
        load_ihdp(file)
    with pytest.raises(FormatError, match="holds no ihdp_npci"):
        load_ihdp(tmp_path)
    with pytest.raises(FormatError, match="0 replications"):
        load_ihdp(file, replications=0)


def write_twins(folder: Path, changed: dict[str, str]) -> dict[str, np.ndarray]:
    """Three files with an index first, as published; two thirds of the pairs are light."""
    draw, pairs = np.random.default_rng(0), 400
    lighter = draw.uniform(500, 2500, pairs).round()
    grams = np.column_stack([lighter, lighter + draw.uniform(5, 300, pairs).round()])
    weeks = draw.integers(1, 11, pairs)
    death = (draw.random((pairs, 2)) < 0.4).astype(int)
    age = np.where(draw.random(pairs) < 0.1, np.nan, draw.normal(27, 5, pairs).round(1))
    index = np.arange(pairs)

    def write(letter: str, header: str, columns: list[np.ndarray]) -> None:
        rows = zip(*columns, strict=True)
        lines = [",".join("" if np.isnan(cell) else str(cell) for cell in row) for row in rows]
        text = "\n".join([header, *lines]) + "\n"
        (folder / f"twin_pairs_{letter}_3years_samesex.csv").write_text(changed.get(letter, text))

    always = np.ones(pairs, dtype=int)
    columns = [index, index, weeks, age, draw.integers(0, 2, pairs), always, index, index, always, always]
    names = "Unnamed: 0.1,Unnamed: 0,gestat10,mager8,csex,rh,infant_id_0,infant_id_1,bord_0,bord_1"
    write("X", names, columns)
    write("T", ",dbirwt_0,dbirwt_1", [index, grams[:, 0], grams[:, 1]])
    write("Y", ",mort_0,mort_1", [index, death[:, 0].astype(float), death[:, 1].astype(float)])
    return {"grams": grams, "death": death, "weeks": weeks}


def test_twins_show_one_of_each_pair(tmp_path: Path) -> None:
    wrote = write_twins(tmp_path, {})
    light = (wrote["grams"] < 2000).all(axis=1)
    found = load_twins(tmp_path, replications=3)
    assert len(found) == 3
    one = found[0]
    # What does not vary is no covariate, nor is a number or the order of birth.
    assert one.design.names == ("gestat10", "mager8", "csex")
    assert one.design.outcome_kind == "binary"
    assert len(one.design) + len(one.held) == light.sum()
    truth, held_truth = truths(one)
    shown = np.where(one.design.treated, truth.treated, truth.control)
    assert one.design.outcome.tolist() == shown.tolist()
    effects = np.concatenate([truth.effect, held_truth.effect])
    assert effects.mean() == pytest.approx((wrote["death"][light, 1] - wrote["death"][light, 0]).mean())
    # The more weeks, the more often the heavier is shown.
    weeks = one.design.covariates[:, 0]
    assert one.design.treated[weeks > 7].mean() > one.design.treated[weeks < 3].mean() + 0.15
    assert one.design.treated.tolist() != found[1].design.treated.tolist()
    assert one.design.treated.tolist() == load_twins(tmp_path, replications=1)[0].design.treated.tolist()
    assert np.isfinite(one.design.covariates).all()
    assert any("was drawn" in fact for fact in one.design.facts)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"Y": ",mort_0,mort_1\n0,0.0,1.0\n"}, r"hold \[400, 400, 1\] rows"),
        ({"T": ",grams_0,grams_1\n" + "0,1,2\n" * 400}, "no column dbirwt_0 and dbirwt_1"),
        ({"T": ",dbirwt_0,dbirwt_1\n" + "0,2500,2600\n" * 400}, "no pair under 2000 g"),
        ({"T": ",dbirwt_0,dbirwt_1\n" + "0,light,2600\n" * 400}, "'dbirwt_0' holds no numbers"),
        ({"Y": ",mort_0,mort_1\n" + "0,0,7\n" * 400}, "a death is not 0 or 1"),
        ({"X": "a,weeks\n" + "0,7\n" * 400}, "no column 'gestat10'"),
        ({"X": "a,gestat10,rh\n" + "0,7,\n" * 400}, "nothing but gaps in rh"),
        ({"X": ""}, "cannot be read"),
    ],
)
def test_files_that_are_not_twins(tmp_path: Path, changed: dict[str, str], told: str) -> None:
    write_twins(tmp_path, changed)
    with pytest.raises(FormatError, match=told) as caught:
        load_twins(tmp_path)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def write_lalonde(folder: Path, n: dict[str, int]) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(1)
    wrote = {}
    for name, count in n.items():
        treated = float(name.endswith("treated"))
        poor = 0.0 if name.startswith("nsw") else 1.0
        people = np.column_stack([
            np.full(count, treated), draw.integers(17, 55, count), draw.integers(4, 17, count),
            *(draw.random((4, count)) < 0.5), *(9000 * draw.random((2, count)) + 1500 * poor),
        ])  # fmt: skip
        earned = 4000 + 0.3 * people[:, -1] + 1800 * treated + 3000 * draw.random(count)
        wrote[name] = np.column_stack([people, earned])
        np.savetxt(folder / f"{name}.txt", wrote[name], fmt="%16.7e")
    return wrote


def test_lalonde_puts_the_experiment_beside_each_comparison(tmp_path: Path) -> None:
    wrote = write_lalonde(
        tmp_path, {"nswre74_treated": 80, "nswre74_control": 90, "psid_controls": 200, "cps3_controls": 150}
    )
    found = load_lalonde(tmp_path)
    assert [one.name for one in found] == ["LaLonde nsw", "LaLonde psid", "LaLonde cps3"]
    earned = {name: rows[:, -1] for name, rows in wrote.items()}
    gap = earned["nswre74_treated"].mean() - earned["nswre74_control"].mean()
    for one, controls in zip(found, (90, 200, 150), strict=True):
        assert one.experiment == pytest.approx(gap, rel=1e-6)
        assert one.experiment_error == pytest.approx(
            np.sqrt(sum(earned[f"nswre74_{arm}"].var(ddof=1) / len(earned[f"nswre74_{arm}"])
                        for arm in ("treated", "control"))), rel=1e-6
        )  # fmt: skip
        assert (int(one.design.treated.sum()), int((~one.design.treated).sum())) == (80, controls)
        assert one.design.names == COLUMNS
        assert one.truth is None
    effect = DoublyRobust(estimand="ATT", outcome_model="linear").fit(found[1].design).effect()
    assert effect.low < 1800 < effect.high


@pytest.mark.parametrize("option", ["--data", "--lalonde", "--twins"])
def test_the_benchmark_tells_a_missing_folder_in_one_line(tmp_path: Path, option: str) -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "causal" / "ihdp.py"
    words = [sys.executable, str(script), option, str(tmp_path / "nowhere")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "is not there: take " in done.stderr
    assert "Errno" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_folders_that_are_not_lalonde(tmp_path: Path) -> None:
    with pytest.raises(
        FormatError, match=r"nswre74_treated\.txt is not there: take the text files from users\.nber\.org"
    ):
        load_lalonde(tmp_path)
    write_lalonde(tmp_path, {"nswre74_treated": 40, "nswre74_control": 50})
    with pytest.raises(FormatError, match=r"no comparison group: add one of psid_controls\.txt"):
        load_lalonde(tmp_path)
    write_lalonde(tmp_path, {"psid_controls": 60})
    first = (tmp_path / "psid_controls.txt").read_text().splitlines()
    (tmp_path / "psid_controls.txt").write_text("\n".join([first[0], first[1].rsplit(" ", 1)[0]]))
    with pytest.raises(FormatError, match="line 2: 9 columns: a line holds 10 numbers"):
        load_lalonde(tmp_path)
    (tmp_path / "psid_controls.txt").write_bytes((tmp_path / "nswre74_treated.txt").read_bytes())
    with pytest.raises(FormatError, match="first column is not 0 in each line"):
        load_lalonde(tmp_path)
