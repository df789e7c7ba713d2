"""The networks as models of the contract: the paper's, without attention, on affect alone, and the LSTM.

Each sees its window and nothing earlier, zeros before it, as in the paper; `tcn-stream` alone is given the
rows before the window too, so that what it learns holds where it runs row by row (`stream.py`).
"""

from __future__ import annotations

import hashlib
import io
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from telltale.core import channels
from telltale.core.errors import ConfigError
from telltale.intent.calibration import fit_platt
from telltale.intent.contract import Arrays, IntentModel, Labels, Portable, Predictor
from telltale.intent.evidence import Array, Evidence, FaceRows, Span
from telltale.intent.evidence_build import CONTEXT_S
from telltale.intent.feature_models import chunks
from telltale.intent.ridge import folds_by_person
from telltale.intent.scaler import Scaler
from telltale.signs.affect import NAMES as AFFECT

QUICK: Final[dict[str, Any]] = {"width": 64, "epochs": 20, "patience": 6, "rate": 1e-3}
"""What the demo, the tests and the many repeats of a report use."""
_HELD_OUT_FOLDS: Final = 7
"""One of so many parts of the people decides when to stop."""
_BATCH: Final = 128


class NetworkModel(IntentModel):
    """A network that is trained (`network_training.py`); what they share."""

    reads = ("face",)
    affect: ClassVar[bool] = False
    """Sees the four affect signals in place of the 128 channels."""
    context: ClassVar[bool] = False
    """Sees the rows before its window too, as many as a hidden state sees."""

    width: int
    from_s: float
    until_s: float
    epochs: int
    patience: int
    batch: int
    rate: float
    weight_decay: float
    noise: float
    jitter_s: float
    flip: bool
    seed: int
    device: Any
    checkpoint: str | None
    tell: Any
    place: Any

    @abstractmethod
    def _network(self) -> Any:
        """An untrained network."""

    @property
    def _span(self) -> Span:
        try:
            return Span(self.from_s, self.until_s)
        except ValueError as error:
            raise ConfigError(str(error), hint="give seconds before the moment") from error

    @property
    def _channels(self) -> int:
        return len(AFFECT) if self.affect else channels.COUNT

    def _faces(self, evidence: Evidence) -> FaceRows:
        return evidence.faces.as_affect() if self.affect else evidence.faces

    def _windows(self, evidence: Evidence) -> Any:
        from telltale.intent.augment import Windows

        return Windows(self._faces(evidence), self._span, self.scaler_, self.context_steps_)

    def _learn(self, evidence: Evidence, label: Labels) -> None:
        import torch

        from telltale.intent.augment import Augmentation
        from telltale.intent.batch_gradients import in_this_process, judge
        from telltale.intent.network_training import Schedule, train_network

        torch.manual_seed(self.seed)
        net = self._network()
        self.context_steps_ = int(net.context) if self.context else 0
        if self.context_steps_ > Span.skipped(CONTEXT_S):
            raise ConfigError(
                f"{self.kind} of this depth and kernel sees {self.context_steps_} rows before its window",
                hint=f"{Span.skipped(CONTEXT_S)} are kept: give less depth or a smaller kernel",
            )
        fold = folds_by_person(evidence.people, label, _HELD_OUT_FOLDS, self.seed)
        learn, held_out = np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)
        faces = self._faces(evidence)
        longer = Span.skipped(self.jitter_s)
        self.scaler_ = Scaler.of(
            faces.take(learn[rows], self._span, context_steps=longer) for rows in chunks(len(learn))
        )
        windows = self._windows(evidence)
        schedule = Schedule(
            epochs=self.epochs,
            rate=self.rate,
            weight_decay=self.weight_decay,
            batch=self.batch,
            patience=self.patience,
            seed=self.seed,
            device=self.device,
        )
        self.epochs_: list[Any] = []
        train_network(
            net,
            windows,
            label,
            learn,
            held_out,
            schedule,
            Augmentation(self.jitter_s, self.noise, self.flip),
            tell=self._told,
            place=self.place or in_this_process,
            checkpoint=None if self.checkpoint is None else Path(self.checkpoint),
            key=self._key(evidence, label),
        )
        self.scale_ = fit_platt(label[held_out], judge(net, windows, held_out).astype(np.float64))
        self.net_ = net

    def _told(self, epoch: Any) -> None:
        self.epochs_.append(epoch)
        if self.tell is not None:
            self.tell(epoch)

    def _key(self, evidence: Evidence, label: Labels) -> str:
        """Of what this run learns from and how."""
        settings = {
            k: v for k, v in self.get_params().items() if k not in ("checkpoint", "tell", "device", "place")
        }
        digest = hashlib.sha256(repr((self.kind, sorted(settings.items()))).encode())
        digest.update("\n".join(evidence.people).encode())
        digest.update(label.tobytes())
        digest.update(evidence.faces.places.tobytes())
        return digest.hexdigest()

    def _probability(self, evidence: Evidence) -> Array:
        from telltale.intent.batch_gradients import judge

        log_odds = judge(self.net_, self._windows(evidence), np.arange(len(evidence)))
        return self.scale_.apply(log_odds.astype(np.float64)).astype(np.float32)

    def inputs(self, evidence: Evidence) -> Iterator[dict[str, npt.NDArray[Any]]]:
        """The scaled rows, context before them."""
        windows = self._windows(evidence)
        for rows in chunks(len(evidence), _BATCH):
            yield {"values": windows.batch(rows)}

    def portable(self) -> Portable:
        """The graph, which gives attention too, and the scaler."""
        import torch

        from telltale.intent.networks import Calibrated, with_plain_weights
        from telltale.weights.torch_export import to_onnx

        net = Calibrated(with_plain_weights(self.net_), self.scale_.slope, self.scale_.offset)
        length = self.context_steps_ + self._span.steps
        file = io.BytesIO()
        to_onnx(
            net,
            (torch.zeros(2, length, self._channels),),
            file,
            takes=("values",),
            gives=("probability", "attention"),
            any_count=True,
        )
        arrays = {**self.scaler_.arrays(), "context_steps": np.array(self.context_steps_)}
        return Portable(file.getvalue(), arrays, self._stream(net))

    def _stream(self, net: Any) -> dict[str, bytes]:
        """Graphs of the network row by row, where it can run so; `net` has plain weights."""
        del net
        return {}

    def restore(self, arrays: Arrays, parts: dict[str, Predictor]) -> None:  # type: ignore[override]
        """The scaler and how much context there is."""
        del parts
        self.scaler_ = Scaler.from_arrays(arrays)
        self.context_steps_ = int(arrays["context_steps"])


class TcnAttention(NetworkModel):
    """The paper's network."""

    kind = "tcn-attention"
    says = "temporal convolutions with attention on the 128 channels (the paper's)"
    pooling: ClassVar[Any] = "attention"

    def __init__(
        self,
        width: int = 256,
        depth: int = 6,
        kernel: int = 3,
        dropout: float = 0.2,
        from_s: float = 30.0,
        until_s: float = 0.0,
        epochs: int = 60,
        patience: int = 12,
        batch: int = 64,
        rate: float = 3e-4,
        weight_decay: float = 1e-2,
        noise: float = 0.05,
        jitter_s: float = 0.5,
        flip: bool = True,
        seed: int = 0,
        device: Any = "cpu",
        checkpoint: str | None = None,
        tell: Any = None,
        place: Any = None,
    ) -> None:
        self.width = width
        self.depth = depth
        self.kernel = kernel
        self.dropout = dropout
        self.from_s = from_s
        self.until_s = until_s
        self.epochs = epochs
        self.patience = patience
        self.batch = batch
        self.rate = rate
        self.weight_decay = weight_decay
        self.noise = noise
        self.jitter_s = jitter_s
        self.flip = flip
        self.seed = seed
        self.device = device
        self.checkpoint = checkpoint
        self.tell = tell
        self.place = place

    def _network(self) -> Any:
        from telltale.intent.networks import Tcn

        return Tcn(
            self._channels,
            width=self.width,
            depth=self.depth,
            kernel=self.kernel,
            dropout=self.dropout,
            pooling=self.pooling,
            steps=self._span.steps,
        )


class TcnStream(TcnAttention):
    """The paper's network with the past that a stream has."""

    kind = "tcn-stream"
    says = "the paper's network with 25 s of real rows before its window: the form that runs live"
    context = True

    def _stream(self, net: Any) -> dict[str, bytes]:
        if self._span != Span():
            return {}
        from telltale.intent.streamed import stream_graphs

        return stream_graphs(net, self._channels)


class TcnMean(TcnAttention):
    """The paper's ablation: every row counts the same."""

    kind = "tcn"
    says = "the same without attention: every row counts the same"
    pooling = "mean"


class TcnAffect(TcnAttention):
    """The abstract's network: on hesitation, desire, surprise and disengagement alone."""

    kind = "tcn-affect"
    says = "the same on the four affect signals alone"
    affect = True


class LstmModel(NetworkModel):
    """The paper's LSTM."""

    kind = "lstm"
    says = "LSTM of two layers on the 128 channels"

    def __init__(
        self,
        width: int = 128,
        depth: int = 2,
        dropout: float = 0.2,
        from_s: float = 30.0,
        until_s: float = 0.0,
        epochs: int = 60,
        patience: int = 12,
        batch: int = 64,
        rate: float = 1e-3,
        weight_decay: float = 1e-2,
        noise: float = 0.05,
        jitter_s: float = 0.5,
        flip: bool = True,
        seed: int = 0,
        device: Any = "cpu",
        checkpoint: str | None = None,
        tell: Any = None,
        place: Any = None,
    ) -> None:
        self.width = width
        self.depth = depth
        self.dropout = dropout
        self.from_s = from_s
        self.until_s = until_s
        self.epochs = epochs
        self.patience = patience
        self.batch = batch
        self.rate = rate
        self.weight_decay = weight_decay
        self.noise = noise
        self.jitter_s = jitter_s
        self.flip = flip
        self.seed = seed
        self.device = device
        self.checkpoint = checkpoint
        self.tell = tell
        self.place = place

    def _network(self) -> Any:
        from telltale.intent.networks import Lstm

        return Lstm(
            self._channels,
            width=self.width,
            depth=self.depth,
            dropout=self.dropout,
            steps=self._span.steps,
        )
