"""Windows: which half minutes are cut, which are left out, and that no row after a cart is read."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.study.builder import NOW, Plan, Visit, build, read_signal_rows

from telltale.core import channels
from telltale.core.errors import ConsentError, FormatError
from telltale.core.signal import Signal
from telltale.study.store import read_table
from telltale.study.window_tensors import cut, iter_windows, readable_windows, write_window_tensor
from telltale.study.windows import LabelledWindows, WindowSettings, count_by_category, label_windows

ENERGY = channels.INDEX["au12_energy_left"]
BUYER = Visit(
    "buyer", acts=[(10.0, "product_pin", "a"), (100.25, "add_to_cart", "a"), (120.0, "purchase", "a")]
)


def watcher(name: str, *acts: tuple[float, str, str], duration_s: float = 600.0, person: str = "p2") -> Visit:
    return Visit(name, participant_id=person, acts=acts, duration_s=duration_s)


def labelled(folder: Path, *visits: Visit, **asked: Any) -> LabelledWindows:
    return label_windows(build(folder, Plan(visits)), WindowSettings(**asked))


def spans(windows: LabelledWindows, label: int) -> list[tuple[str, float, float]]:
    return [
        (row["session_id"], row["start_s"], row["end_s"])
        for row in windows.table.to_pylist()
        if row["label"] == label
    ]


def test_a_positive_ends_at_the_cart_of_a_converted_session(tmp_path: Path) -> None:
    windows = labelled(tmp_path / "s", BUYER)
    assert spans(windows, 1) == [("buyer", 70.25, 100.25)]
    assert windows.table.to_pylist()[0]["window_id"] == "buyer@100250"


def test_a_cart_without_a_purchase_makes_no_positive(tmp_path: Path) -> None:
    windows = labelled(tmp_path / "s", watcher("w", (100.0, "add_to_cart", "a")))
    assert windows.counts.positives == 0


def test_carts_too_early_and_at_one_moment_are_counted(tmp_path: Path) -> None:
    acts = [(30.4, "add_to_cart", "a"), (30.5, "add_to_cart", "a"), (90.0, "add_to_cart", "b")]
    acts += [(90.0, "add_to_cart", "a"), (99.0, "purchase", "a")]
    windows = labelled(tmp_path / "s", Visit("s", acts=acts))
    assert spans(windows, 1) == [("s", 0.5, 30.5), ("s", 60.0, 90.0)]
    assert windows.table.column("product_id").to_pylist() == ["a", "a"]
    assert (windows.counts.carts_too_early, windows.counts.carts_at_one_moment) == (1, 1)


def test_a_negative_lies_whole_and_with_its_margin_inside_one_display(tmp_path: Path) -> None:
    show = watcher("w", (10.0, "product_pin", "a"), (40.5, "product_pin", "b"), (70.0, "product_unpin", "b"))
    windows = labelled(tmp_path / "s", BUYER, show)
    assert spans(windows, 0) == [("w", 10.5, 40.5)]
    assert windows.counts.displays_too_short == 1
    assert windows.counts.negatives_wanting == 1


def test_a_display_ends_with_the_session_and_hiding_another_product_ends_nothing(tmp_path: Path) -> None:
    show = watcher(
        "w",
        (5.0, "product_pin", "a"),
        (9.5, "product_pin", "b"),
        (9.6, "product_unpin", "a"),
        duration_s=40.0,
    )
    assert spans(labelled(tmp_path / "s", BUYER, show), 0) == [("w", 10.0, 40.0)]


@pytest.mark.parametrize("action", ["add_to_cart", "remove_from_cart", "begin_checkout"])
def test_no_cart_action_in_a_negative_nor_in_the_guard_after_it(tmp_path: Path, action: str) -> None:
    show = watcher("w", (10.0, "product_pin", "a"), (200.0, action, "a"), (230.0, "product_unpin", "a"))
    windows = labelled(tmp_path / "s", BUYER, show, negatives_per_positive=99, guard_s=60.0)
    found = spans(windows, 0)
    assert len(found) == 4
    assert all(end <= 140.0 for _, _, end in found)


def test_a_converted_session_gives_no_negative(tmp_path: Path) -> None:
    assert spans(labelled(tmp_path / "s", BUYER, negatives_per_positive=99), 0) == []


def test_negatives_are_drawn_down_to_the_ratio(tmp_path: Path) -> None:
    shows = [watcher(f"w{i}", (1.0, "product_pin", "a"), person=f"q{i}") for i in range(10)]
    windows = labelled(tmp_path / "s", BUYER, *shows, negatives_per_positive=5)
    assert (windows.counts.negatives, windows.counts.negatives_not_drawn) == (5, 185)
    assert count_by_category(windows.table) == [("fashion", 1, 5)]


def test_the_seed_alone_decides(tmp_path: Path) -> None:
    shows = [watcher(f"w{i}", (1.0, "product_pin", "a"), person=f"q{i}") for i in range(5)]
    tables = [
        label_windows(
            build(tmp_path / f"{i}", Plan([BUYER, *shows], shuffle_seed=i)), WindowSettings(seed=s)
        ).table
        for i, s in [(1, 7), (2, 7), (3, 8)]
    ]
    assert tables[0].equals(tables[1])
    assert not tables[0].equals(tables[2])


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_every_negative_keeps_its_promises(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    moments = st.integers(0, 400_000).map(lambda ms: ms / 1000)
    kinds = st.sampled_from(["product_pin", "product_unpin", "add_to_cart", "begin_checkout", "like"])
    acts = data.draw(st.lists(st.tuples(moments, kinds, st.sampled_from("ab")), max_size=14))
    pins = sorted(t for t, kind, _ in acts if kind == "product_pin")
    carts = [t for t, kind, _ in acts if kind in ("add_to_cart", "begin_checkout")]
    study = build(
        tmp_path_factory.mktemp("study") / "s", Plan([BUYER, watcher("w", *acts, duration_s=400.0)])
    )
    found = spans(label_windows(study, WindowSettings(negatives_per_positive=99)), 0)
    for _, start_s, end_s in found:
        assert any(pin <= start_s - 0.5 + 1e-6 for pin in pins)
        assert not any(start_s - 0.5 + 1e-6 < pin < end_s - 1e-6 for pin in pins)
        assert not any(start_s - 0.5 + 1e-6 < cart < end_s + 30 - 1e-6 for cart in carts)
        assert end_s <= 400.0
    assert all(a[2] <= b[1] + 1e-6 for a, b in pairwise(found))


@pytest.mark.parametrize(
    "wrong", [{"length_s": -1}, {"margin_s": float("nan")}, {"guard_s": -0.1}, {"seed": -1}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        WindowSettings(**wrong)


def counting_signal(duration_s: float = 200.0) -> Signal:
    """A signal whose AU12 energy is the row's own time."""
    rows = np.arange(1, int(duration_s * 10) + 1) / 10
    return read_signal_rows(duration_s, au12_energy_left=rows)


@pytest.mark.parametrize("end_s", [100.0, 100.01, 100.05, 100.099, 99.95])
@pytest.mark.parametrize("offset_s", [0.0, 0.4, -2.33])
def test_a_window_takes_each_of_its_300_rows_once_and_none_after_its_end(
    end_s: float, offset_s: float
) -> None:
    signal = counting_signal().shifted(-offset_s)
    values = cut(signal, np.array([end_s]), 300)
    video_times_s = values[0, :, ENERGY]
    assert values.shape == (1, 300, 128)
    assert np.diff(video_times_s) == pytest.approx(0.1, abs=1e-4)
    log_times_s = video_times_s - offset_s
    assert log_times_s.max() <= end_s + 1e-4
    assert log_times_s.max() > end_s - 0.1 - 1e-4
    assert log_times_s.min() > end_s - 30 - 1e-4


def test_rows_that_were_not_there_are_unread() -> None:
    signal = counting_signal()
    gap = Signal(
        np.delete(signal.times_s, slice(900, 910)), np.delete(signal.values, slice(900, 910), axis=0)
    )
    values = cut(gap, np.array([100.0, 20.0]), 300)
    assert (values[0, :, channels.VALID] == 0).sum() == 10
    assert (values[1, :, channels.VALID] == 0).sum() == 100
    assert np.isnan(values[1, 0, :-1]).all()


def two_buyers() -> list[Visit]:
    return [
        Visit("a", "p1", acts=BUYER.acts, signal=counting_signal(), offset_s=0.0),
        Visit("b", "p2", acts=BUYER.acts, signal=counting_signal(), offset_s=2.0),
    ]


def test_the_offset_of_the_clocks_is_respected_and_jitter_moves_earlier(tmp_path: Path) -> None:
    study = build(tmp_path / "s", Plan(two_buyers()))
    windows = label_windows(study).table
    last = {b.session_id: b.values[0, -1, ENERGY] for b in iter_windows(study, windows, now=NOW)}
    assert last == {"a": pytest.approx(100.2), "b": pytest.approx(102.2)}
    moved = {
        b.session_id: b.values[0, -1, ENERGY] for b in iter_windows(study, windows, earlier_s=0.5, now=NOW)
    }
    assert moved == {"a": pytest.approx(99.7), "b": pytest.approx(101.7)}
    with pytest.raises(ValueError, match="never later"):
        next(iter_windows(study, windows, earlier_s=-0.1, now=NOW))


def test_rows_before_the_window_are_read_and_unread_where_the_session_had_not_begun(tmp_path: Path) -> None:
    study = build(tmp_path / "s", Plan(two_buyers()))
    windows = label_windows(study).table
    plain = {b.session_id: b.values for b in iter_windows(study, windows, now=NOW)}
    for block in iter_windows(study, windows, before_s=100.0, now=NOW):
        assert block.values.shape[1] == 1300
        np.testing.assert_array_equal(block.values[:, 1000:], plain[block.session_id])
        assert np.isfinite(block.values[0, 999, ENERGY])
        # The window ends about 100 s into the session: 130 s before its end nobody was there.
        assert (block.values[0, :100, channels.VALID] == 0).all()
    path = tmp_path / "t.npy"
    write_window_tensor(study, windows, path, before_s=100.0, now=NOW)
    # The share that was read is the window's alone.
    assert read_table(path.with_suffix(".parquet")).column("read_share").to_pylist() == [1.0, 1.0]


def test_the_door_of_consent_holds(tmp_path: Path) -> None:
    study = build(tmp_path / "s", Plan(two_buyers(), without_consent=["p2"]))
    windows = label_windows(study).table
    with pytest.raises(ConsentError, match=r"1 sessions with windows \(b\)"):
        next(iter_windows(study, windows, now=NOW))
    blocks = list(iter_windows(study, windows, now=NOW, leave_out=("no-consent",)))
    assert [block.session_id for block in blocks] == ["a"]
    assert readable_windows(study, windows, now=NOW, leave_out=("no-consent",)).no_consent == 1


def test_a_missing_signal_is_told_or_counted(tmp_path: Path) -> None:
    study = build(tmp_path / "s", Plan([two_buyers()[0], Visit("b", acts=BUYER.acts)]))
    windows = label_windows(study).table
    with pytest.raises(FormatError, match="no signal file"):
        readable_windows(study, windows, now=NOW)
    assert readable_windows(study, windows, now=NOW, leave_out=("no-signal",)).no_signal == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_the_tensor_and_its_table_lie_side_by_side(tmp_path: Path, workers: int) -> None:
    study = build(tmp_path / "s", Plan(two_buyers()))
    windows = label_windows(study).table
    path = study.folder / "derived" / "window_tensor.npy"
    backwards = windows.take([1, 0])
    write_window_tensor(study, backwards, path, dtype="float16", now=NOW, workers=workers)
    tensor, index = np.load(path, mmap_mode="r"), read_table(path.with_suffix(".parquet"))
    assert (tensor.shape, tensor.dtype) == ((2, 300, 128), np.float16)
    assert index.column("session_id").to_pylist() == ["a", "b"]
    assert index.column("read_share").to_pylist() == [1.0, 1.0]
    assert tensor[:, -1, ENERGY] == pytest.approx([100.2, 102.2], abs=0.05)


def test_no_windows_make_an_empty_tensor(tmp_path: Path) -> None:
    study = build(tmp_path / "s", Plan([watcher("w")]))
    path = tmp_path / "t.npy"
    write_window_tensor(study, label_windows(study).table, path, now=NOW)
    assert np.load(path).shape[0] == 0


def test_nothing_is_left_behind_when_a_signal_cannot_be_read(tmp_path: Path) -> None:
    study = build(tmp_path / "s", Plan(two_buyers()))
    study.signal_path("b").write_bytes(b"PAR1 cut short")
    with pytest.raises(FormatError, match="not a readable Parquet file"):
        write_window_tensor(study, label_windows(study).table, tmp_path / "out" / "t.npy", now=NOW)
    assert list((tmp_path / "out").iterdir()) == []


def test_events_that_cannot_be_read_get_one_line(tmp_path: Path) -> None:
    study = build(tmp_path / "s", Plan([BUYER]))
    study.table_path("events").unlink()
    with pytest.raises(FormatError, match="run 'telltale study check"):
        label_windows(study)


def test_matched_negatives_are_of_the_sessions_that_converted(tmp_path: Path) -> None:
    acts = [(10.0, "product_pin", "a"), (100.25, "add_to_cart", "a"), (120.0, "purchase", "a")]
    buyer = Visit("buyer", acts=acts, duration_s=600.0)
    other = watcher("w", (5.0, "product_pin", "a"))
    windows = labelled(tmp_path / "s", buyer, other, negatives_from="converted", negatives_per_positive=9.0)
    assert all(windows.table.column("converted").to_pylist())
    assert spans(windows, 1) == [("buyer", 70.25, 100.25)]
    negatives = spans(windows, 0)
    assert {name for name, _, _ in negatives} == {"buyer"}
    assert len(negatives) == 9
    for _, start_s, end_s in negatives:
        # No cart action within, nor in the half minute after.
        assert not [at_s for at_s, kind, _ in acts if kind != "product_pin" and start_s < at_s <= end_s + 30]
