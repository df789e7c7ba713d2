"""Which coder codes which host: by the culture that the study names, by one profile for all, or by none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.factors.studies import NOW
from tests.host.small_study import face, study_of

from telltale.cli.host_coder import HostCoder, host_coder, refuse_unused
from telltale.core.errors import ConfigError
from telltale.host.coders import HostCoders, coder_of
from telltale.host.study_shown import study_shown
from telltale.signs.cultures import load_culture
from telltale.study.store import Study

ROOMS = [{"name": f"r{k}", "host_id": f"h{k}", "duration_s": 5.0} for k in (1, 2, 3)]


def study_named(folder: Path, *cultures: str | None) -> Study:
    """A study of three hosts of these cultures, whose faces all show the same."""
    hosts = [{"host_id": f"h{k}", "culture": word} for k, word in enumerate(cultures, 1)]
    shown = np.tile([0.6, 0.2], (50, 1))
    faces = {str(row["name"]): face(shown, np.ones(50, dtype=bool)) for row in ROOMS}
    return study_of(folder, ROOMS, {"hosts": hosts}, faces)


def culture_of(by: HostCoder, host: str) -> str:
    return by.of(host).culture


def test_each_host_by_the_culture_that_the_study_names(tmp_path: Path) -> None:
    study = study_named(tmp_path / "s", "East Asia", "atlantis", None)
    for culture in (None, "auto"):
        by = host_coder(culture=culture, study=study)
        assert by.culture == "auto"
        assert [culture_of(by, host) for host in ("h1", "h2", "h3", "who")] == [
            "east_asia",
            "none",
            "none",
            "none",
        ]
        assert load_culture("east_asia").caveat in by.caveat
        assert isinstance(by.coder, HostCoders)
        found = study_shown(study, by.coder, NOW, workers=1)
        told = "1 host by east_asia, 1 by none (no profile of atlantis), 1 by none"
        assert f"coded by the culture that the study names: {told}" in found.notes
        signal = study.host_signal("r1", now=NOW)
        for k, host in enumerate(("h1", "h2", "h3")):
            scores = coder_of(by.coder, host).code(signal).scores
            np.testing.assert_allclose(
                found.shown.shares[5 * k : 5 * k + 5], scores.reshape(5, 10, -1).mean(axis=1), atol=1e-6
            )
        assert np.abs(found.shown.shares[:5] - found.shown.shares[5:10]).max() > 1e-3


def test_a_profile_that_is_named_is_everybodys(tmp_path: Path) -> None:
    study = study_named(tmp_path / "s", "east_asia", None, None)
    for culture in ("none", "east_asia"):
        by = host_coder(culture=culture, study=study)
        assert (by.culture, culture_of(by, "h1"), culture_of(by, "h2")) == (culture, culture, culture)
        assert not any("coded by" in note for note in study_shown(study, by.coder, NOW, workers=1).notes)


def test_where_no_culture_is_named_none_is_assumed(tmp_path: Path) -> None:
    study = study_named(tmp_path / "s", None, None, None)
    assert host_coder(study=study).culture == host_coder().culture == "none"
    with pytest.raises(ConfigError, match=r"tells no host's culture: fill hosts\.culture, or name a profile"):
        host_coder(culture="auto", study=study)
    with pytest.raises(ConfigError, match="a video tells no culture: name a profile"):
        host_coder(culture="auto")


def test_a_coder_of_ones_own_asks_for_no_culture(tmp_path: Path) -> None:
    study = study_named(tmp_path / "s", "east_asia", None, None)
    by = host_coder(own="tests.host.small_study:PlainCoder", study=study)
    assert (by.culture, by.of("h1")) == ("none", by)
    with pytest.raises(ConfigError, match="leave --culture or --coder out"):
        host_coder(culture="auto", own="tests.host.small_study:PlainCoder", study=study)


def test_what_codes_nothing_is_refused(tmp_path: Path) -> None:
    held = [{"room_id": "r1", "time_s": 5.0 * k, "host_awe": 0.1} for k in (1, 2)]
    study = study_of(tmp_path / "s", ROOMS, {"room_factors": held})
    refuse_unused(study, None, None, None)
    refuse_unused(study, None, "none", None)
    with pytest.raises(ConfigError, match="no signals: nothing is left to code: leave --culture out"):
        refuse_unused(study, None, "auto", None)
    refuse_unused(study_named(tmp_path / "t", None, None, None), None, "auto", None)
