"""What training shows: a bar for each network on a terminal, a line for each epoch elsewhere."""

import io
import re

import pytest
from rich.console import Console

from telltale.cli import console
from telltale.cli.training_bar import training_bars
from telltale.intent.network_training import Epoch


def shown(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> str:
    """What two networks show, the first of which stops early."""
    held = io.StringIO()
    monkeypatch.setattr(console, "err", Console(file=held, force_terminal=terminal, width=120))
    with training_bars() as tell:
        assert list(console.progress("ab", total=2, label="windows")) == ["a", "b"]
        for kind in ("tcn-attention", "fold-1"):
            tell(kind, None)
            tell(kind, Epoch(1, 0.5, 0.6, 0.7, 9))
            tell(kind, Epoch(2, 0.4, 0.6, 0.8125, 9))
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", held.getvalue())


def test_on_a_terminal_each_network_has_a_bar_with_its_auc(monkeypatch: pytest.MonkeyPatch) -> None:
    last = shown(monkeypatch, terminal=True).replace("\r", "\n").rstrip().splitlines()[-2:]
    assert [line.split()[0] for line in last] == ["tcn-attention", "fold-1"]
    assert all("epoch 2/9, loss 0.400, AUC of people held out 0.812" in line for line in last)
    # The bar of the one that stopped early is full.
    assert [set(line.split()[1]) == {"━"} for line in last] == [True, False]


def test_elsewhere_each_epoch_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, terminal=False).splitlines() == [
        f"{kind} epoch {number}: loss {loss}, people held out 0.600, AUC {auc}"
        for kind in ("tcn-attention", "fold-1")
        for number, loss, auc in ((1, "0.500", "0.700"), (2, "0.400", "0.812"))
    ]
