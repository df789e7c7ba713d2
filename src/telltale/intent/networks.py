"""The networks: the paper's temporal convolutions with attention, and the LSTM.

    h = six residual blocks of two causal convolutions, dilation 1 2 4 8 16 32     (paper 3.3)
    alpha_t = softmax(w' h_t + b),   z = sum of alpha_t h_t                        (paper 3.4)
    log odds = two layers on z

A block of kernel k and dilation d sees 2 (k - 1) d rows back, so d = 1 ... 32 sees 252 and its own: 253. (The
paper claims 381.) Given rows before the window, the network sees them and pads nothing: every hidden state
is then the same as in a stream. Given the window alone, each convolution pads with zeros.
"""

from __future__ import annotations

import itertools
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

Pooling = Literal["attention", "mean"]


def receptive_field(depth: int, kernel: int = 3) -> int:
    """Rows that one hidden state sees: 1 + 2 (k - 1) (2^depth - 1).

    >>> receptive_field(6), receptive_field(7)
    (253, 509)
    """
    return int(1 + 2 * (kernel - 1) * (2**depth - 1))


class CausalConv(nn.Module):
    """A convolution that sees rows up to its own."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, dilation: int, normed: bool) -> None:
        super().__init__()
        conv = nn.Conv1d(channels_in, channels_out, kernel, dilation=dilation)
        self.conv = weight_norm(conv) if normed else conv
        self.back = (kernel - 1) * dilation

    def forward(self, x: Tensor, padded: bool) -> Tensor:
        """Shape (B, C, T); without padding the first `back` rows are used up."""
        found: Tensor = self.conv(functional.pad(x, (self.back, 0)) if padded else x)
        return found


class ResidualBlock(nn.Module):
    """Two causal convolutions, and a way round them."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, dilation: int, dropout: float, normed: bool
    ) -> None:
        super().__init__()
        self.first = CausalConv(channels_in, channels_out, kernel, dilation, normed)
        self.second = CausalConv(channels_out, channels_out, kernel, dilation, normed)
        self.drop = nn.Dropout(dropout)
        same = channels_in == channels_out
        self.round = nn.Identity() if same else nn.Conv1d(channels_in, channels_out, 1)

    def forward(self, x: Tensor, padded: bool) -> Tensor:
        """Shape (B, C, T)."""
        inner = self.drop(functional.gelu(self.first(x, padded)))
        inner = self.drop(functional.gelu(self.second(inner, padded)))
        by: Tensor = self.round(x[..., -inner.shape[-1] :])
        return functional.gelu(inner + by)


class Tcn(nn.Module):
    """Temporal convolutions, pooled over the window, and a classifier of two layers.

    >>> values = torch.zeros(2, 300, 128)
    >>> log_odds, attention = Tcn(128, width=8).eval()(values)
    >>> log_odds.shape, attention.shape
    (torch.Size([2]), torch.Size([2, 300]))
    """

    def __init__(
        self,
        channels: int,
        *,
        width: int = 256,
        depth: int = 6,
        kernel: int = 3,
        dropout: float = 0.2,
        pooling: Pooling = "attention",
        steps: int = 300,
        classifier: int = 512,
        normed: bool = True,
    ) -> None:
        super().__init__()
        self.made_of: dict[str, Any] = {
            "channels": channels,
            "width": width,
            "depth": depth,
            "kernel": kernel,
            "dropout": dropout,
            "pooling": pooling,
            "steps": steps,
            "classifier": classifier,
        }
        sizes = [channels] + [width] * depth
        self.blocks = nn.ModuleList(
            ResidualBlock(into, out, kernel, 2**level, dropout, normed)
            for level, (into, out) in enumerate(itertools.pairwise(sizes))
        )
        self.steps = steps
        self.context = receptive_field(depth, kernel) - 1
        self.pooling = pooling
        self.score = nn.Linear(width, 1)
        self.classify = nn.Sequential(
            nn.Linear(width, classifier), nn.GELU(), nn.Dropout(dropout), nn.Linear(classifier, 1)
        )

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Log odds, shape (B,), and the weight of each row of the window, shape (B, steps).

        Parameters
        ----------
        values
            Shape (B, steps, C), or (B, context + steps, C).
        """
        hidden = self.hidden(values)
        attention = self.attend(hidden)
        summary = torch.einsum("bct,bt->bc", hidden, attention)
        return self.classify(summary)[:, 0], attention

    def hidden(self, values: Tensor) -> Tensor:
        """Hidden states of the window's rows. Shape (B, width, steps)."""
        padded = values.shape[1] == self.steps
        x = values.transpose(1, 2)
        for block in self.blocks:
            x = block(x, padded)
        return x

    def attend(self, hidden: Tensor) -> Tensor:
        """Weights that add up to 1. Shape (B, T)."""
        if self.pooling == "mean":
            return torch.full_like(hidden[:, 0], 1.0 / hidden.shape[-1])
        weight: Tensor = self.score(hidden.transpose(1, 2))[..., 0].softmax(dim=1)
        return weight


class Lstm(nn.Module):
    """A typical LSTM: two layers, the last state classified."""

    def __init__(
        self, channels: int, *, width: int = 128, depth: int = 2, dropout: float = 0.2, steps: int = 300
    ) -> None:
        super().__init__()
        self.made_of: dict[str, Any] = {
            "channels": channels,
            "width": width,
            "depth": depth,
            "dropout": dropout,
            "steps": steps,
        }
        self.steps, self.context = steps, 0
        self.lstm = nn.LSTM(channels, width, depth, batch_first=True, dropout=dropout)
        self.classify = nn.Sequential(nn.Dropout(dropout), nn.Linear(width, 1))

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """As `Tcn`; all the weight is the last row's."""
        states, _ = self.lstm(values)
        weight = torch.zeros_like(values[:, -self.steps :, 0])
        weight[:, -1] = 1.0
        return self.classify(states[:, -1])[:, 0], weight


def with_plain_weights(net: Tcn | Lstm) -> Tcn | Lstm:
    """The same network, each weight one array: what is exported and streamed."""
    if isinstance(net, Lstm):
        return net
    plain = Tcn(**net.made_of, normed=False)
    held = {name: value for name, value in net.state_dict().items() if "parametrizations" not in name}
    modules = dict(net.named_modules())
    held |= {
        f"{name}.conv.weight": modules[name].conv.weight.detach()
        for name, module in modules.items()
        if isinstance(module, CausalConv)
    }
    plain.load_state_dict(held)
    return plain.eval()


class Calibrated(nn.Module):
    """What is exported: probabilities, with Platt's scale, and attention."""

    def __init__(self, net: nn.Module, slope: float, intercept: float) -> None:
        super().__init__()
        self.net = net
        self.slope, self.intercept = slope, intercept

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Probability, shape (B,), and attention, shape (B, steps)."""
        log_odds, attention = self.net(values)
        return torch.sigmoid(self.slope * log_odds + self.intercept), attention
