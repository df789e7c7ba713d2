"""The networks: what a state sees, that none sees what comes later, that training goes on after a kill."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.intent.moments import moments

from telltale.core import channels
from telltale.intent.augment import NOTHING, Augmentation, Windows
from telltale.intent.batch_gradients import is_halved
from telltale.intent.evidence import Span
from telltale.intent.network_training import Epoch, Schedule, train_network
from telltale.intent.networks import Lstm, Tcn, receptive_field
from telltale.intent.registry import make_model
from telltale.intent.scaler import Scaler
from telltale.intent.summaries import ACTIVE_ABOVE


@pytest.mark.parametrize(("depth", "rows"), [(6, 253), (7, 509)])
def test_a_hidden_state_sees_what_is_stated(depth: int, rows: int) -> None:
    net = Tcn(3, width=4, depth=depth).eval()
    values = torch.zeros(1, net.context + 300, 3, requires_grad=True)
    torch.autograd.backward(net.hidden(values)[0, :, -1].sum())
    assert values.grad is not None
    seen = torch.nonzero(values.grad.abs().sum(dim=2)[0])[:, 0]
    assert receptive_field(depth) == rows
    assert int(seen[-1] - seen[0]) + 1 == rows


@pytest.mark.parametrize("context", [True, False])
def test_no_state_sees_what_comes_later(context: bool) -> None:
    net = Tcn(3, width=4, depth=3).eval()
    values = torch.randn(1, 300 + (net.context if context else 0), 3)
    later = values.clone()
    later[:, -100:] += 1
    here, there = net.hidden(values), net.hidden(later)
    assert torch.equal(here[..., :200], there[..., :200])
    assert not torch.equal(here[..., 200:], there[..., 200:])


def test_attention_adds_up_and_the_mean_is_even() -> None:
    values = torch.randn(2, 300, 5)
    _, attention = Tcn(5, width=4, depth=2).eval()(values)
    torch.testing.assert_close(attention.sum(dim=1), torch.ones(2))
    _, even = Tcn(5, width=4, depth=2, pooling="mean").eval()(values)
    torch.testing.assert_close(even, torch.full((2, 300), 1 / 300))


def test_rows_before_the_window_matter_and_zeros_do_not_stand_for_them() -> None:
    torch.manual_seed(0)
    net = Tcn(3, width=8, depth=6).eval()
    values = torch.randn(2, net.context + 300, 3)
    alone, with_context = net(values[:, net.context :])[0], net(values)[0]
    assert not torch.allclose(alone, with_context, atol=1e-6)
    # The last 48 rows of the window see nothing before it.
    hidden_alone, hidden = net.hidden(values[:, net.context :]), net.hidden(values)
    torch.testing.assert_close(hidden_alone[..., 252:], hidden[..., 252:], atol=1e-5, rtol=0)


def _windows() -> Windows:
    evidence = moments()
    span = Span()
    return Windows(evidence.faces, span, Scaler.of([evidence.faces.take(slice(None), span)]), 28)


def test_jitter_only_moves_a_window_earlier() -> None:
    windows, rows = _windows(), np.arange(40)
    plain = windows.batch(rows)
    moved = windows.altered(rows, Augmentation(0.5, 0.0, flip=False), seed=0, epoch=0)
    shifts = [
        next(k for k in range(6) if np.array_equal(moved[row, k:], plain[row, : len(plain[row]) - k]))
        for row in rows
    ]
    assert set(shifts) == set(range(6))
    assert np.array_equal(windows.altered(rows, NOTHING, seed=0, epoch=0), plain)


def test_flips_mirror_the_face_and_noise_spares_what_was_not_read() -> None:
    windows, rows = _windows(), np.arange(20)
    mirrored = windows.altered(rows, Augmentation(0.0, 0.0, flip=True), seed=1, epoch=0)
    plain = windows.batch(rows)
    same = np.array([np.array_equal(a, b) for a, b in zip(mirrored, plain, strict=True)])
    assert 3 < same.sum() < 17
    left, right = (channels.INDEX[f"au12_energy_{side}"] for side in ("left", "right"))
    row = int(np.flatnonzero(~same)[0])
    raw = windows.faces.take(rows, windows.span, context_steps=28)[row]
    scaled = np.log1p(raw[:, right].clip(0) / ACTIVE_ABOVE) - windows.scaler.mean[left]
    scaled /= windows.scaler.deviation[left]
    np.testing.assert_allclose(mirrored[row, :, left], np.nan_to_num(scaled), atol=1e-5)
    noisy = windows.altered(rows, Augmentation(0.0, 0.05, flip=False), seed=1, epoch=0)
    assert (noisy[plain == 0] == 0).all()
    assert float((noisy - plain)[plain != 0].std()) == pytest.approx(0.05, rel=0.02)


def test_energies_are_scaled_by_their_logarithm_and_nothing_else_is() -> None:
    draw = np.random.default_rng(4)
    rows = draw.exponential(0.2, (5, 40, channels.COUNT)).astype(np.float32)
    kept, scaler = rows.copy(), Scaler.of([rows])
    found = scaler.apply(rows)
    np.testing.assert_array_equal(rows, kept)
    energy, intensity = channels.INDEX["au12_energy_left"], channels.INDEX["au12_intensity_left"]
    logarithms = np.log1p(rows[..., energy] / ACTIVE_ABOVE)
    assert float(scaler.mean[energy]) == pytest.approx(float(logarithms.mean()), rel=1e-4)
    np.testing.assert_allclose(
        found[..., energy], (logarithms - logarithms.mean()) / logarithms.std(), atol=1e-3
    )
    assert float(scaler.mean[intensity]) == pytest.approx(float(rows[..., intensity].mean()), rel=1e-4)


def test_a_row_is_altered_in_the_same_way_whoever_shares_the_batch() -> None:
    windows, rows = _windows(), np.random.default_rng(0).permutation(30)
    whole = windows.altered(rows, Augmentation(), seed=3, epoch=2)
    shares = [
        windows.altered(rows[some], Augmentation(), seed=3, epoch=2) for some in ([0], [1, 2], range(3, 30))
    ]
    np.testing.assert_array_equal(np.concatenate(shares), whole)
    for other in ({"seed": 3, "epoch": 1}, {"seed": 4, "epoch": 2}):
        assert not np.array_equal(windows.altered(rows, Augmentation(), **other), whole)


@pytest.mark.parametrize(
    "make", [lambda: Tcn(128, width=6, depth=3, dropout=0.0), lambda: Lstm(128, width=6)]
)
def test_half_the_bits_learn_much_the_same(make: Callable[[], Tcn | Lstm]) -> None:
    losses = {}
    for precision in ("float32", "bfloat16"):
        torch.manual_seed(0)
        told: list[Epoch] = []
        schedule = Schedule(epochs=3, warm_up=1, batch=32, precision=precision)
        net = make()
        train_network(
            net,
            _windows(),
            moments().label,
            np.arange(90),
            np.arange(90, 120),
            schedule,
            NOTHING,
            tell=told.append,
        )
        assert {weight.dtype for weight in net.parameters()} == {torch.float32}
        losses[precision] = [epoch.loss for epoch in told]
    assert losses["bfloat16"] != losses["float32"]
    np.testing.assert_allclose(losses["bfloat16"], losses["float32"], rtol=0.02)


@pytest.mark.parametrize("native", [True, False])
def test_a_card_computes_in_half_the_bits_if_it_does_so_by_itself(
    monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation: native or including_emulation
    )
    assert is_halved("auto", "cuda") == native
    assert not is_halved("auto", "cpu")
    assert not is_halved("float32", "cuda")


class KilledError(Exception):
    """Ends a run from inside."""


def test_a_run_that_was_killed_ends_with_the_same_network(tmp_path: Path) -> None:
    evidence = moments()
    label = evidence.label
    learn, held_out = np.arange(90), np.arange(90, 120)

    def run(checkpoint: Path | None, kill_after: int | None = None) -> tuple[Tcn, list[Epoch]]:
        torch.manual_seed(0)
        net, epochs = Tcn(128, width=6, depth=3), []

        def tell(epoch: Epoch) -> None:
            epochs.append(epoch)
            if epoch.number == kill_after:
                raise KilledError

        train_network(
            net,
            _windows(),
            label,
            learn,
            held_out,
            Schedule(epochs=4, warm_up=1, batch=32),
            Augmentation(),
            tell=tell,
            checkpoint=checkpoint,
            key="same",
        )
        return net, epochs

    whole, all_epochs = run(None)
    with pytest.raises(KilledError):
        run(tmp_path / "net.pt", kill_after=3)
    resumed, rest = run(tmp_path / "net.pt")
    # The third epoch was told but not yet kept: it is done again.
    assert [str(epoch) for epoch in rest] == [str(epoch) for epoch in all_epochs[2:]]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_training_ends_when_people_held_out_gain_nothing() -> None:
    model = make_model("tcn-attention", width=4, depth=2, epochs=50, patience=2, rate=0.05)
    model.fit(moments())
    losses = [epoch.held_out_loss for epoch in model.epochs_]
    assert len(losses) < 50
    assert int(np.argmin(losses)) == len(losses) - 3
