"""`telltale serve`, `play` and `account`, started as a user starts them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.real_servers import free_port

from telltale.cli import app
from telltale.simulate.spec_file import load_spec
from telltale.simulate.study import simulate_study

pytestmark = pytest.mark.slow

SECRETS = {"TELLTALE_TOKEN_SECRET": "t" * 32, "TELLTALE_SHOP_KEY": "s" * 32}


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TELLTALE_")}
    cache = {name: os.environ[name] for name in ("TELLTALE_CACHE",) if name in os.environ}
    return {**kept, **cache, **variables}


@contextmanager
def served(folder: Path, *words: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service in a process of its own, ready; and its address."""
    port = free_port()
    asked = [sys.executable, "-m", "telltale", "serve", "--port", str(port), "--folder", str(folder), *words]
    process = subprocess.Popen(
        asked, env=environment(**variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        end_s = time.monotonic() + 60
        while True:
            assert process.poll() is None, process.communicate()
            try:
                httpx.get(f"{url}/readyz").raise_for_status()
                break
            except httpx.HTTPError:
                assert time.monotonic() < end_s
                time.sleep(0.05)
        yield process, url
    finally:
        process.kill()
        process.wait(10)
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def test_it_is_tried_with_one_word_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with served(tmp_path / "live", "--try-out") as (process, url):
        assert process.stdout is not None
        printed = process.stdout.readline()
        found = re.search(r"(http\S+/enter\?code=\S+)", printed)
        assert found is not None
        with httpx.Client(follow_redirects=False) as browser:
            entered = browser.get(found[1])
            assert (entered.status_code, entered.headers["location"]) == (303, "/studio/")
            assert "httponly" in entered.headers["set-cookie"].lower()
            told = browser.get(f"{url}/v1/operator/me").json()
            assert told["name"] == "trying"
            assert browser.get(found[1]).status_code == 401
            assert browser.get(f"{url}/studio/").status_code == 200
        assert httpx.post(f"{url}/v1/try/session").status_code == 201
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert process.returncode in (0, -signal.SIGTERM)
    events = [line for line in log.splitlines() if line.startswith("{")]
    assert any('"started"' in line for line in events)
    assert any('"draining"' in line for line in events)
    assert '"stopped"' in events[-1]
    # Nobody's address is in a log.
    assert "127.0.0.1" not in log


def test_a_study_is_played_into_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = tmp_path / "study"
    simulate_study(study, load_spec().scaled(12), seed=2)
    with served(tmp_path / "live", "--study", str(study), **SECRETS) as (_, url):
        assert httpx.post(f"{url}/v1/try/session").status_code == 404
        asked = [sys.executable, "-m", "telltale", "play", str(study), "--url", url]
        played = subprocess.run(
            [*asked, "--viewers", "3", "--seconds", "6"],
            env=environment(**SECRETS),
            capture_output=True,
            text=True,
            check=False,
        )
        assert played.returncode == 0, played.stderr
        found = re.match(r"3 viewers played, (\d+) seconds told", played.stdout)
        assert found is not None
        assert int(found[1]) >= 9
        wrong = {**SECRETS, "TELLTALE_SHOP_KEY": "x" * 32}
        refused = subprocess.run(
            [*asked, "--seconds", "5"], env=environment(**wrong), capture_output=True, text=True, check=False
        )
        assert refused.returncode == 2
        assert len(refused.stderr.strip().splitlines()) == 1
        assert "not the shop's key" in refused.stderr


@pytest.mark.parametrize(
    ("words", "variables", "told"),
    [
        ([], {}, "TELLTALE_TOKEN_SECRET is not set"),
        (["--workers", "2"], SECRETS, "2 processes share no memory"),
        (["--model", "nowhere"], SECRETS, "nowhere"),
        (["--report", "."], SECRETS, "holds no report.html"),
        (["--report", "a/now", "--report", "b/now/"], SECRETS, "several reports lie in folders named now"),
        (
            ["--report", "mine"],
            SECRETS,
            "mine was written as self-coaching, for the host alone: leave it out",
        ),
        (["--config", "wrong.toml"], SECRETS, "unknown key 'prot'"),
        ([], {**SECRETS, "TELLTALE_TOKEN": "x"}, "TELLTALE_TOKEN is no setting"),
        ([], {**SECRETS, "TELLTALE_DATABASE_URL": "mysql://x"}, "no database of kind 'mysql'"),
    ],
    ids=str,
)
def test_what_cannot_be_served_is_told_in_a_line_each(
    tmp_path: Path, words: list[str], variables: dict[str, str], told: str
) -> None:
    (tmp_path / "wrong.toml").write_text("prot = 1\n")
    for folder in ("a/now", "b/now", "mine"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "report.html").touch()
    (tmp_path / "mine/report.json").write_text('{"self_coaching": true}')
    asked = [sys.executable, "-m", "telltale", "serve", "--port", str(free_port()), *words]
    done = subprocess.run(
        asked,
        env=environment(**variables),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert all(line.startswith("error ") for line in done.stderr.strip().splitlines())


def test_an_account_is_made_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("TELLTALE_D")]:
        monkeypatch.delenv(name)

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["telltale", "account", *words, "--folder", str(tmp_path / "live")])
        with pytest.raises(SystemExit) as stop:
            app.main()
        return int(stop.value.code or 0)

    monkeypatch.setattr("typer.prompt", lambda *_, **__: "a long enough password")
    assert run("ana", "--role", "analyst", "--role", "operator") == 0
    assert "ana may log in as analyst, operator" in capsys.readouterr().out
    assert run("ana", "--role", "king") == 2
    assert run("bea") == 2
    assert "give --role" in capsys.readouterr().err
    assert run("bea", "--remove") == 2
    assert "those there are: ana" in capsys.readouterr().err
    assert run("ana", "--remove") == 0
    assert run("ana", "--remove") == 2
    assert "those there are: none" in capsys.readouterr().err
