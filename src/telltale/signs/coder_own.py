"""A classifier of a user's own as the coder: found by `module:Class` or `path.py:Class`, held to its word.

The class is made without arguments and has what `coding.Coder` has. What is wrong with it is told in one line
before anything is coded, on a face made up for that, and again at each face: a classifier that breaks its
word on the hundredth recording does not pass. Loading runs the code that is named.

It may name what it likes. What is none of the 28 expressions has `own` for its evidence all the way into the
report, whatever the class says of it: nothing is published of how it looks that Telltale could stand for.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np

from telltale.core.channels import COUNT, RATE_HZ, VALID
from telltale.core.errors import ConfigError, TelltaleError
from telltale.core.signal import Signal, unread_rows
from telltale.signs.coding import Coder, Coding
from telltale.signs.expressions import Evidence, load_table

_EVIDENCE: Final = get_args(Evidence)
_TRIAL: Final = 40
_UNREAD: Final = slice(10, 15)


@dataclass(frozen=True, slots=True, eq=False)
class CheckedCoder:
    """A coder of a user's own, every coding of which is checked."""

    named: str
    """As the user named it."""
    coder: Coder

    def __reduce__(self) -> tuple[Callable[[str], CheckedCoder], tuple[str]]:
        """Another process finds it by its name: its class may be known to no import there."""
        return load_coder, (self.named,)

    @property
    def names(self) -> tuple[str, ...]:
        """The expressions that it tells apart."""
        return tuple(self.coder.names)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """How well each of them is known: by its own word, and `own` what is no name of Telltale's table."""
        known = {row.name for row in load_table().expressions}
        told = zip(self.coder.names, self.coder.evidence, strict=True)
        return tuple(evidence if name in known else "own" for name, evidence in told)

    def code(self, signal: Signal) -> Coding:
        """Code one face."""
        try:
            coding: Any = self.coder.code(signal)
        except TelltaleError:
            raise
        except ValueError as error:
            raise _wrong(self.named, f"gives {error}", "mend its `code`") from error
        except Exception as error:
            what = " ".join(f"{type(error).__name__}: {error}".split())
            raise _wrong(self.named, f"fails: {what}", "mend its `code`") from error
        _check_coding(self.named, self.names, signal, coding)
        return coding  # type: ignore[no-any-return]


def load_coder(named: str) -> CheckedCoder:
    """Find, make and try a coder.

    Parameters
    ----------
    named
        `module:Class`, or the path of a Python file, a colon and the class.

    >>> load_coder("telltale.signs.coder_prototypes:PrototypeCoder").names[:2]
    ('amusement', 'anger')
    >>> load_coder("no:Class")
    Traceback (most recent call last):
    telltale.core.errors.ConfigError: coder 'no:Class': no module 'no': give module:Class or path.py:Class
    """
    module, _, name = named.rpartition(":")
    if not module or not name:
        raise ConfigError(f"coder '{named}' names no class", hint="give module:Class or path.py:Class")
    made: Any = _called(named, getattr(_module(named, module), name, None))
    if missing := [part for part in ("names", "evidence", "code") if not hasattr(made, part)]:
        raise _wrong(named, f"has no {', '.join(missing)}", "see the protocol `Coder`")
    _check_names(named, made)
    checked = CheckedCoder(named, made)
    checked.code(_trial())
    return checked


def _module(named: str, module: str) -> Any:
    try:
        if not module.endswith(".py"):
            return importlib.import_module(module)
        path = Path(module)
        spec = importlib.util.spec_from_file_location(f"telltale_coder_{path.stem}", path)
        if spec is None or spec.loader is None or not path.is_file():
            raise _wrong(named, f"no file at {path}", "give module:Class or path.py:Class")
        loaded = importlib.util.module_from_spec(spec)
        # Dataclasses look for their module there, and so does whoever sends a coder to another process.
        sys.modules[spec.name] = loaded
        spec.loader.exec_module(loaded)
    except ModuleNotFoundError as error:
        raise _wrong(named, f"no module '{error.name}'", "give module:Class or path.py:Class") from error
    except TelltaleError:
        raise
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise _wrong(named, f"cannot be loaded: {what}", "mend it") from error
    return loaded


def _called(named: str, made: Callable[[], Any] | None) -> Any:
    if not callable(made):
        raise _wrong(named, "there is no such class", "mend the name after the colon")
    try:
        return made()
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise _wrong(named, f"cannot be made without arguments: {what}", "give it defaults") from error


def _check_names(named: str, coder: Any) -> None:
    names, evidence = tuple(coder.names), tuple(coder.evidence)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise _wrong(named, "its names want to be words, at least one", "mend `names`")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _wrong(named, f"names '{twice[0]}' twice", "mend `names`")
    if len(evidence) != len(names) or not set(evidence) <= set(_EVIDENCE):
        hint = f"give one of {', '.join(_EVIDENCE)} for each"
        raise _wrong(named, f"evidence of {len(evidence)} for {len(names)} names", hint)


def _check_coding(named: str, names: tuple[str, ...], signal: Signal, coding: Any) -> None:
    """What `Coding` itself does not check."""
    if not isinstance(coding, Coding):
        raise _wrong(named, f"`code` gives a {type(coding).__name__}", "return a telltale Coding")
    if coding.names != names:
        raise _wrong(named, "`code` gives other names than `names`", "give them in the same order")
    if not np.array_equal(coding.times_s, signal.times_s):
        raise _wrong(named, f"gives {len(coding.times_s)} rows for {len(signal)}", "keep the signal's times")
    unread = np.isnan(coding.rest)
    if signal.valid.any() and unread[signal.valid].all():
        raise _wrong(named, "scores no row that was read", "give NaN only where nothing was read")
    if (np.isnan(coding.scores) != unread[:, None]).any():
        raise _wrong(named, "a row has NaN and numbers", "give NaN in a whole row or in none of it")
    if not unread[~signal.valid].all():
        raise _wrong(named, "scores rows that were not read", "give NaN where `signal.valid` is false")
    numbers = np.column_stack([coding.scores, coding.rest])[~unread]
    if ((numbers < 0) | (numbers > 1)).any():
        raise _wrong(named, "a score lies outside 0 to 1", "give probabilities")


def _trial() -> Signal:
    """A face that smiles a little, with rows that were not read."""
    values = np.zeros((_TRIAL, COUNT), dtype=np.float32)
    values[:, : VALID - 8] = np.linspace(0.0, 0.4, _TRIAL, dtype=np.float32)[:, None]
    values[:, VALID] = 1.0
    values[_UNREAD] = unread_rows(_UNREAD.stop - _UNREAD.start)
    return Signal((np.arange(_TRIAL) + 1) / RATE_HZ, values)


def _wrong(named: str, what: str, hint: str) -> ConfigError:
    return ConfigError(f"coder '{named}': {what}", hint=hint)
