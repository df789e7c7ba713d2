"""Small videos of hosts, a policy that allows to read them, and a study that they go into."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.perceive.recordings import MIDDLE, Shown, record, talking
from tests.study.builder import EVENING, Plan, Visit, build

from telltale.study.store import write_table

POLICY = Path(__file__).parents[2] / "src/telltale/strategy/policies/template.toml"


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy of a place that allows hosts to be read."""
    text = POLICY.read_text(encoding="utf-8").replace('source = ""', 'source = "an article"')
    text = text.replace("[read_hosts]\nvalue = false", "[read_hosts]\nvalue = true")
    path = tmp_path_factory.mktemp("policy") / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a head that smiles, and a voice in the second of them."""
    folder = tmp_path_factory.mktemp("clip")
    mute = record(folder / "mute.mkv", 2.0, talking)
    return with_voice(mute, folder / "show.mkv", np.repeat([0.0, 1.0], 48_000))


def with_voice(video: Path, path: Path, loud: np.ndarray) -> Path:
    """The same pictures with a tone as loud as is said, over soft noise."""
    with av.open(str(video)) as given, av.open(str(path), "w") as made:
        pictures = made.add_stream_from_template(given.streams.video[0])
        sound = made.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for packet in given.demux(given.streams.video[0]):
            if packet.dts is not None:
                packet.stream = pictures
                made.mux(packet)
        times_s = np.arange(len(loud)) / 48_000
        values = 0.2 * loud * np.sin(2 * np.pi * 300 * times_s)
        values += 0.001 * np.random.default_rng(1).standard_normal(len(loud))
        frame = av.AudioFrame.from_ndarray(
            (values * 32767).astype(np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), 0
        made.mux(sound.encode(frame))
        made.mux(sound.encode())
    return path


def two_heads(time_s: float) -> Shown:
    return {"front": (10, MIDDLE[1]), "smile": (340, MIDDLE[1])}


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("pair") / "pair.mp4", 1.0, two_heads)


def study_of(
    folder: Path, *purposes: str, hosts: tuple[str, ...] = ("h1",), culture: str | None = None
) -> Path:
    """A study of one room, whose first host is h1; each of these hosts agreed to these."""
    build(folder, Plan([Visit("s1")]))
    rows = [
        {"host_id": host, "purpose": purpose, "granted_at": EVENING - timedelta(days=1), "text_version": "1"}
        for host in hosts
        for purpose in purposes
    ]
    time = pa.timestamp("ms", tz="UTC")
    kinds = {"host_id": pa.string(), "purpose": pa.string(), "granted_at": time, "withdrawn_at": time}
    schema = pa.schema([*kinds.items(), ("text_version", pa.string())])
    write_table(folder / "host_consents.parquet", pa.Table.from_pylist(rows, schema=schema))
    people = pa.table({"host_id": list(hosts), "culture": pa.array([culture] * len(hosts), pa.string())})
    write_table(folder / "hosts.parquet", people)
    return folder


def room_of(folder: Path) -> str:
    return str(pq.read_table(folder / "rooms.parquet").column("room_id")[0].as_py())
