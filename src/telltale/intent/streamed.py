"""The network row by row, as graphs: what a row adds to what was carried from the rows before.

Each convolution keeps the last 2 d rows of its input, so a new row costs one row's work. Its taps are laid
side by side and multiplied at once, for all viewers and rows together: short convolutions one by one would
leave most of a processor idle.
"""

from __future__ import annotations

import io
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from telltale.intent.networks import Calibrated, CausalConv, ResidualBlock, Tcn
from telltale.weights.torch_export import to_onnx

ROWS: Final = 10
"""Rows of one step: a second's."""


class StreamedConv(nn.Module):
    """A causal convolution on rows that come in tens. Weights must be plain."""

    def __init__(self, conv: CausalConv) -> None:
        super().__init__()
        out, into, kernel = conv.conv.weight.shape
        self.dilation, self.kernel, self.back, self.width = conv.conv.dilation[0], kernel, conv.back, into
        # Taps one after the other, the oldest first: shape (kernel * into, out).
        self.weight = nn.Parameter(conv.conv.weight.permute(2, 1, 0).reshape(kernel * into, out))
        self.bias: Any = conv.conv.bias

    def forward(self, rows: Tensor, carried: Tensor) -> tuple[Tensor, Tensor]:
        """Shapes (B, R, into) and (B, back, into) to (B, R, out) and what to carry on."""
        known = torch.cat([carried, rows], dim=1)
        taps = [known[:, k * self.dilation : k * self.dilation + ROWS] for k in range(self.kernel)]
        laid = torch.cat(taps, dim=2).reshape(-1, self.weight.shape[0])
        return (laid @ self.weight + self.bias).reshape(-1, ROWS, self.weight.shape[1]), known[:, ROWS:]


class StreamedBlock(nn.Module):
    """A residual block on rows that come in tens."""

    def __init__(self, block: ResidualBlock) -> None:
        super().__init__()
        self.first, self.second = StreamedConv(block.first), StreamedConv(block.second)
        self.round = block.round

    def forward(self, rows: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Shape (B, R, C)."""
        inner, first = self.first(rows, first)
        inner, second = self.second(functional.gelu(inner), second)
        by = self.round(rows.transpose(1, 2)).transpose(1, 2)
        return functional.gelu(functional.gelu(inner) + by), first, second


class StreamedTcn(nn.Module):
    """Ten rows of many viewers and what is carried of each, to hidden states and what is carried on."""

    def __init__(self, net: Tcn) -> None:
        super().__init__()
        blocks: list[Any] = list(net.blocks)
        self.blocks = nn.ModuleList(StreamedBlock(block) for block in blocks)
        self.score = net.score

    def forward(self, rows: Tensor, *carried: Tensor) -> tuple[Tensor, ...]:
        """Hidden states (B, R, width), their attention scores (B, R), then what is carried."""
        x, on = rows, []
        for block, first, second in zip(self.blocks, carried[::2], carried[1::2], strict=True):
            x, first, second = block(x, first, second)
            on += [first, second]
        return x, self.score(x)[..., 0], *on

    def carried_shapes(self) -> list[tuple[int, int]]:
        """(rows, channels) of what each convolution carries."""
        blocks: list[Any] = list(self.blocks)
        convs = [conv for block in blocks for conv in (block.first, block.second)]
        return [(conv.back, conv.width) for conv in convs]


class StreamedHead(nn.Module):
    """From the attended summary to a probability."""

    def __init__(self, net: Calibrated) -> None:
        super().__init__()
        self.classify: Any
        self.classify, self.slope, self.intercept = net.net.classify, net.slope, net.intercept

    def forward(self, summary: Tensor) -> Tensor:
        """Shape (B, width) to (B,)."""
        return torch.sigmoid(self.slope * self.classify(summary)[:, 0] + self.intercept)


def stream_graphs(net: Calibrated, channels: int) -> dict[str, bytes]:
    """ONNX graphs `rows` and `head` of a network with plain weights."""
    inner: Any = net.net
    streamed = StreamedTcn(inner)
    carried = [torch.zeros(2, rows, width) for rows, width in streamed.carried_shapes()]
    names = [f"carried_{k}" for k in range(len(carried))]
    rows_file, head_file = io.BytesIO(), io.BytesIO()
    to_onnx(
        streamed,
        (torch.zeros(2, ROWS, channels), *carried),
        rows_file,
        takes=("rows", *names),
        gives=("hidden", "score", *(f"{name}_on" for name in names)),
        any_count=True,
    )
    width = inner.classify[0].in_features
    to_onnx(
        StreamedHead(net),
        (torch.zeros(2, width),),
        head_file,
        takes=("summary",),
        gives=("probability",),
        any_count=True,
    )
    return {"rows": rows_file.getvalue(), "head": head_file.getvalue()}
