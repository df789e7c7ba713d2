"""Errors: one line, a code that means something, whole after a journey between processes."""

import pickle

import pytest

from telltale.core.checks import CheckReport, Fault
from telltale.core.errors import ConfigError, ConsentError, FaultsFoundError, FormatError, TelltaleError


@pytest.mark.parametrize(
    ("kind", "code"),
    [(TelltaleError, 2), (ConfigError, 2), (FormatError, 2), (ConsentError, 3), (FaultsFoundError, 1)],
)
def test_each_error_has_its_code_and_survives_pickling(kind: type[TelltaleError], code: int) -> None:
    error = kind("what is wrong", hint="what to do")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.message, again.hint, again.exit_code) == ("what is wrong", "what to do", code)
    assert str(again) == str(error) == "what is wrong: what to do"


def test_an_error_without_a_hint_is_its_message() -> None:
    assert str(pickle.loads(pickle.dumps(FormatError("what is wrong")))) == "what is wrong"


def test_only_errors_fail_a_check() -> None:
    error = Fault("a", "events", "", "wrong", "mend it")
    warning = Fault("b", "events", "time_s", "odd", "look at it", severity="warning")
    assert CheckReport(()).passed
    assert CheckReport((warning,)).passed
    assert not CheckReport((warning, error)).passed


def test_a_report_says_all_that_its_faults_say() -> None:
    fault = Fault("a", "events", "time_s", "wrong", "mend it", 2, ("row 4", "row 9"))
    said = CheckReport((fault,), {"events": 10}).to_dict()
    assert said["passed"] is False
    assert said["rows_checked"] == {"events": 10}
    assert said["faults"][0]["first"] == ("row 4", "row 9")
    assert fault.line() == "events.time_s: wrong (2; first row 4, row 9): mend it"
    assert Fault("a", "events", "", "wrong", "mend it").line() == "events: wrong: mend it"
