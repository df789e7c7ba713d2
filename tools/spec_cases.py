"""Writes `spec/`: what Python and the viewer's device must agree on, as tables and as cases.

`channels.json` and `face.json` are the tables that both are made of (`spec_tables.py`).
`cases/<stage>.json` holds, for each stage of reading a face, inputs and what Python made of them; arrays lie
in `<stage>.bin` beside it, pictures in `clip-*.bin`. `python -m tools.spec_cases` writes all anew;
`tests/spec` says when they are stale.
"""

from __future__ import annotations

import functools
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from tests.spec.clips import CLIPS, RATE_HZ, SPEC, VERSION, pictures, write_clips
from tools.spec_tables import tables

from telltale.core import channels
from telltale.core.pooling import FramePooler
from telltale.face import points68
from telltale.face.align import align, cut, cut_luma
from telltale.face.blazeface import BlazeFace, fit
from telltale.face.detection import Detection
from telltale.face.gaze import gaze
from telltale.face.iris import IrisModel
from telltale.face.mesh import FaceMesh, Mesh, Square, square_from_points
from telltale.face.pose import fit_pose
from telltale.face.quality import quality
from telltale.face.reader import FaceReader
from telltale.face.refine_net import RefineNet, picture_of
from telltale.face.track import Looks, Signature, bones_apart, box_of, eyes_alike, glimpse, goes_on
from telltale.media.frame import Frame, Picture
from telltale.motion.descriptors import describe, displacements
from telltale.motion.flow import FlowField, lucas_kanade, pyramid, reference
from telltale.motion.head import remove_head_motion, steady_mask
from telltale.motion.regions import region_samples
from telltale.motion.spread import Spreader
from telltale.perceive.perceiver import Perceiver
from telltale.units.features import FROM_NEUTRAL
from telltale.units.filters import BriefEnergy
from telltale.units.head import Head
from telltale.units.hold import Hold
from telltale.units.neutral import Look, NeutralLearner, NeutralSettings
from telltale.weights.edge_models import CONVERTED
from telltale.weights.litert_model import LiteRtModel
from telltale.weights.mediapipe import model_path
from telltale.weights.onnx_model import OnnxModel
from telltale.weights.shipped import shipped

Values = dict[str, Any]
Run = Callable[[Values], Values]
Named = Iterator[tuple[str, Values]]

_SHOWN: Final = ("blink", "brow", "smile")
"""The clips that are long enough to show an expression from rest on."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the way, as the cases hold it."""

    what: str
    run: Run
    inputs: Callable[[], Named]
    within: float
    """How far apart two machines may be: of the value, and of 1 where it is smaller."""
    models: bool = False
    """Whether MediaPipe's models are needed."""


def _pooling(given: Values) -> Values:
    pooler, rows = FramePooler(), []
    for time_s, frame in zip(given["times_s"].tolist(), given["frames"], strict=True):
        rows += pooler.add(time_s, frame)
    rows += pooler.finish()
    return {"times_s": np.array([at for at, _ in rows]), "rows": np.stack([row for _, row in rows])}


def _pooling_inputs() -> Named:
    rng = np.random.default_rng(1)
    for name, rate_hz, count in (("30 a second", 30.0, 20), ("12 a second, a gap", 12.0, 14)):
        times_s = np.arange(count) / rate_hz + np.where(np.arange(count) > 8, 0.35, 0.0) * (rate_hz < 20)
        frames = rng.normal(size=(count, channels.COUNT)).astype(np.float32)
        frames[:, channels.VALID] = 1.0
        frames[3, channels.unit_channels("intensity_left")] = np.nan
        frames[6] = np.nan
        frames[6, channels.VALID] = 0.0
        yield name, {"times_s": times_s, "frames": frames}


def _energy(given: Values) -> Values:
    brief = BriefEnergy()
    steps = zip(given["times_s"].tolist(), given["intensity"], strict=True)
    return {"energy": np.stack([brief.step(at, x) for at, x in steps]).astype(np.float32)}


def _energy_inputs() -> Named:
    rng = np.random.default_rng(2)
    for name, rate_hz in (("30 a second", 30.0), ("uneven, gaps", 17.0)):
        times_s = np.arange(60) / rate_hz
        if rate_hz < 20:
            times_s = np.sort(times_s + rng.uniform(0, 0.04, 60))
        apex_s = rng.uniform(0.3, 1.5, (17, 2))
        bumps = np.exp(-0.5 * ((times_s[:, None, None] - apex_s) / rng.uniform(0.02, 0.2, (17, 2))) ** 2)
        intensity = (0.6 * bumps).astype(np.float32)
        if rate_hz < 20:
            intensity[20:24, :4], intensity[30:45, 5], intensity[:5, 6] = np.nan, np.nan, np.nan
        yield name, {"times_s": times_s, "intensity": intensity}


def _hold(given: Values) -> Values:
    hold = Hold()
    columns = (given["times_s"].tolist(), given["intensity"], given["moving"], given["alone"].tolist())
    held = [hold.step(at, x, moving, alone=bool(a)) for at, x, moving, a in zip(*columns, strict=True)]
    return {"held": np.stack(held)}


def _hold_inputs() -> Named:
    rng = np.random.default_rng(3)
    intensity = rng.uniform(0, 1, (40, 17, 2)).astype(np.float32)
    intensity[12:15, 8] = np.nan
    moving = (rng.uniform(0, 1.1, (40, 17, 2)) ** 3 * 1.5).astype(np.float32)
    alone = np.zeros(40, np.uint8)
    alone[[0, 25]] = 1
    yield "random", {"times_s": np.arange(40) / 25, "intensity": intensity, "moving": moving, "alone": alone}


def _neutral(given: Values) -> Values:
    learner, learnt = NeutralLearner(NeutralSettings(), FROM_NEUTRAL), []
    columns = (given[k] for k in ("times_s", "still", "turned", "speed", "hidden"))
    for time_s, still, turned, speed, hidden in zip(*columns, strict=True):
        none = np.zeros((0, 2), np.float32)
        look = Look(float(time_s), none, none, none, none, none, turned, still, none)
        neutral = learner.step(look, None if np.isnan(speed) else float(speed), int(hidden))
        learnt.append((neutral.activity, neutral.frames, neutral.look.time_s))
    return {"learnt": np.array(learnt)}


def _neutral_inputs() -> Named:
    rng = np.random.default_rng(4)
    count = 150
    still = np.clip(rng.normal(0.02, 0.02, (count, 17, 2)), 0, 1).astype(np.float32)
    still[:40, 8] += 0.4
    still[90:100, 3] += 0.5
    speed = rng.uniform(0, 3, count)
    speed[[0, 60, 110, 111, 112, 113]] = np.nan
    hidden = np.where((np.arange(count) > 70) & (np.arange(count) < 80), 5, 0).astype(np.float64)
    turned = rng.normal(0, 0.04, (count, 3)).astype(np.float32)
    given = {"still": still, "turned": turned, "speed": speed, "hidden": hidden}
    yield "smiles first", {"times_s": np.arange(count) / 30, **given}
    yield (
        "covered first",
        {"times_s": np.arange(count) / 12, **given, "hidden": hidden[::-1] + 4 * (hidden < 1)},
    )


def _face(given: Values) -> Values:
    rgb, mesh = pictures(given["clip"])[given["frame"]], given["mesh"]
    found = fit_pose(mesh)
    pose, square, to_crop = found.pose, square_from_points(mesh), align(found.pose)
    luma = cut_luma(rgb, to_crop)
    seen, looks = quality(rgb, mesh, luma), glimpse(rgb, box_of(mesh))
    return {
        "angles": np.array([pose.yaw, pose.pitch, pose.roll]),
        "rotation": pose.rotation,
        "scale_px": pose.scale_px,
        "shift_px": pose.shift_px,
        "residual": found.residual,
        "square": np.array([square.x_px, square.y_px, square.side_px, square.turn_rad]),
        "to_crop": to_crop,
        "points68": points68.points68(mesh),
        "gaze": gaze(given["irises"], mesh, pose),
        "luma": luma[::7, ::7],
        "quality": np.array([seen.face_size, seen.brightness, seen.noise, seen.blur]),
        "window": picture_of(luma)[::7, ::7],
        "glimpse": looks,
        "tensor": fit(rgb, 128).tensor[0, ::8, ::8],
    }


def _face_inputs() -> Named:
    for name in _SHOWN:
        landmarks = _landmarks(name)
        for frame in (4, 38):
            given = {"mesh": landmarks["meshes"][frame], "irises": landmarks["irises"][frame]}
            yield f"{name} {frame}", {"clip": name, "frame": frame, **given}


def _signature(given: Values) -> Values:
    signatures = []
    for clip, meshes in zip(given["clips"], (given["first"], given["second"]), strict=True):
        signature = Signature()
        for frame, mesh in zip(given["frames"], meshes, strict=True):
            pose = fit_pose(mesh).pose
            signature.add(mesh, pose, cut(pictures(clip)[frame], align(pose)))
        signatures.append(signature)
    return {"distance": signatures[0].distance(signatures[1])}


def _signature_inputs() -> Named:
    frames = [0, 9]
    first, second = (_landmarks(name)["meshes"][frames] for name in ("blink", "smile"))
    yield "two people", {"clips": ["blink", "smile"], "frames": frames, "first": first, "second": second}


def _looks(given: Values) -> Values:
    found = []
    for (clip, frame), mesh in zip(given["shown"], given["meshes"], strict=True):
        pose = fit_pose(mesh).pose
        found.append(Looks(0.0, mesh, pose, cut_luma(pictures(clip)[frame], align(pose))))
    before, now = found
    return {
        "eyes": eyes_alike(before, now),
        "bones": bones_apart(before, now),
        "goes_on": [goes_on(before, replace(now, time_s=later_s)) for later_s in given["later_s"]],
    }


def _looks_inputs() -> Named:
    pairs = {
        "shows something at once": (("quick", 0), ("quick", 1)),
        "looks elsewhere": (("blink", 4), ("blink", 38)),
        "smiles": (("smile", 0), ("smile", 35)),
        "another": (("brow", 39), ("blink", 0)),
    }
    for name, shown in pairs.items():
        meshes = np.stack([_landmarks(clip)["meshes"][frame] for clip, frame in shown])
        yield name, {"shown": [list(one) for one in shown], "meshes": meshes, "later_s": [1 / 30, 0.1, 0.2]}


def _luma(name: str, frame: int) -> npt.NDArray[np.uint8]:
    pose = fit_pose(_landmarks(name)["meshes"][frame]).pose
    return np.rint(cut_luma(pictures(name)[frame], align(pose))).astype(np.uint8)


def _flow(given: Values) -> Values:
    before, after = (pyramid(given[name].astype(np.float32), FROM_NEUTRAL) for name in ("before", "after"))
    field = lucas_kanade(reference(before, FROM_NEUTRAL), after, start=given["start"])
    return {"flow": field.flow, "weight": field.weight}


def _flow_inputs() -> Named:
    rng = np.random.default_rng(5)
    start = (2 * np.sin(np.linspace(0, 6, 28))[:, None, None] + rng.normal(0, 0.3, (28, 28, 2))).astype(
        np.float32
    )
    yield "blink", {"before": _luma("blink", 0), "after": _luma("blink", 6), "start": start}
    yield "smile", {"before": _luma("smile", 0), "after": _luma("smile", 40), "start": 0 * start}


def _motion(given: Values) -> Values:
    field, params = remove_head_motion(
        FlowField(given["flow"], given["weight"]), steady_mask(given["points68"])
    )
    samples = region_samples(given["points68"])
    return {
        "steady": steady_mask(given["points68"]),
        "params": params,
        "flow": field.flow,
        "histograms": describe(field, samples),
        "displacements": displacements(field, samples),
    }


def _motion_inputs() -> Named:
    pose = fit_pose(mesh := _landmarks("smile")["meshes"][40]).pose
    points = points68.points68(mesh) @ align(pose)[:, :2].T + align(pose)[:, 2]
    for name, given in _flow_inputs():
        yield name, {**_flow(given), "points68": points.astype(np.float32)}


def _spread(given: Values) -> Values:
    return {"field": Spreader(given["points"])(given["displacements"])}


def _spread_inputs() -> Named:
    rng = np.random.default_rng(6)
    points = rng.uniform(40, 190, (468, 2)).astype(np.float32)
    yield "random", {"points": points, "displacements": rng.normal(0, 2, (468, 2)).astype(np.float32)}


def _networks(given: Values) -> Values:
    picture = given["picture"][None].astype(np.float32) * np.float32(given["gain"]) + np.float32(
        given["offset"]
    )
    model = CONVERTED[given["network"]]
    found = LiteRtModel(model_path(model.source), model.outputs).run(picture)
    return dict(zip(model.names, found, strict=True))


def _networks_inputs() -> Named:
    rgb, mesh = pictures("smile")[20], _landmarks("smile")["meshes"][20]
    box = box_of(mesh).astype(int)
    side = {"face": 128, "mesh": 192, "iris": 64}
    shown = {
        "face": (0, 0, 480),
        "mesh": (box[0] - 60, box[1] - 60, 352),
        "iris": (*mesh[33, :2].astype(int) - 24, 64),
    }
    for network, pixels in side.items():
        left, top, size = shown[network]
        steps = np.arange(pixels) * size // pixels
        picture = rgb[np.clip(top + steps, 0, 479)[:, None], np.clip(left + steps, 0, 639)[None]]
        gain, offset = (1 / 127.5, -1.0) if network == "face" else (1 / 255, 0.0)
        yield network, {"network": network, "picture": picture, "gain": gain, "offset": offset}


class _Told:
    """Landmarks that are given instead of sought: detector, mesh and iris in one."""

    def __init__(self, meshes: Any, irises: Any) -> None:
        self.frame, self._meshes, self._irises = 0, meshes, irises

    def detect(self, rgb: Picture) -> list[Detection]:
        del rgb
        return [Detection(box_of(self._meshes[self.frame]), 1.0, np.zeros((6, 2), np.float32))]

    def read_mesh(self, rgb: Picture, square: Square) -> Mesh:
        del rgb, square
        return Mesh(self._meshes[self.frame], 1.0)

    def read_one(self, rgb: Picture, mesh: Any, eye: int) -> Any:
        del rgb, mesh
        return self._irises[self.frame][eye]

    def read(self, rgb: Picture, mesh: Any) -> Any:
        del rgb, mesh
        return self._irises[self.frame]


class _ToldMesh:
    """The mesh of what is told."""

    def __init__(self, told: _Told) -> None:
        self.read = told.read_mesh


def _reading(given: Values) -> Values:
    told: Any = _Told(given["meshes"], given["irises"])
    mesh: Any = _ToldMesh(told)
    faces = FaceReader(told, mesh, told, refiner=RefineNet(OnnxModel(shipped("refine"))))
    shown = [(given["clip"], frame) for frame in range(len(given["meshes"]))]
    return _perceived(faces, shown, lambda index: setattr(told, "frame", index))


def _perceive(given: Values) -> Values:
    faces = FaceReader(
        BlazeFace("short"), _face_mesh(), _iris(), refiner=RefineNet(OnnxModel(shipped("refine")))
    )
    return _perceived(faces, given["shown"], lambda _: None, given["rate_hz"])


def _perceived(
    faces: FaceReader, shown: Any, tell: Callable[[int], None], rate_hz: float = RATE_HZ
) -> Values:
    """What is read of the one face in each frame, and its rows where it stays the same."""
    perceiver = Perceiver(faces, Head(OnnxModel(shipped("head"))))
    read, names, rows = [], [], []
    for index, what in enumerate(shown):
        tell(index)
        rgb = np.zeros((480, 640, 3), np.uint8) if what is None else pictures(what[0])[what[1]]
        steps = perceiver.step(Frame(index, index / rate_hz, rgb))
        rows += [row for step in steps for row in step.rows]
        seen = next((step for step in steps if step.view is not None), None)
        read.append(np.full(channels.COUNT, np.nan, np.float32) if seen is None else seen.channels)
        names.append("" if seen is None else seen.face)
    rows += [row for step in perceiver.finish() for row in step.rows]
    result: Values = {"channels": np.stack(read), "faces": names}
    if set(names) == {"0"}:
        result |= {"times_s": np.array([at for at, _ in rows]), "rows": np.stack([row for _, row in rows])}
    return result


def _reading_inputs() -> Named:
    for name in _SHOWN:
        yield name, {"clip": name, **_landmarks(name)}


def _perceive_inputs() -> Named:
    for name, clip in CLIPS.items():
        # Two frames are no recording: each is shown three times.
        frames = np.repeat(np.arange(clip.frames), 3 if clip.frames == 2 else 1).tolist()
        yield name, {"shown": [[name, frame] for frame in frames], "rate_hz": clip.rate_hz}
    there = [["brow", frame] for frame in range(40)]
    other = [["blink", frame] for frame in range(14)]
    shown = [*there[:20], *[None] * 20, *there[20:], *other]
    yield "leaves, comes back, another", {"shown": shown, "rate_hz": RATE_HZ}


@functools.cache
def _landmarks(name: str) -> dict[str, npt.NDArray[np.float32]]:
    """Meshes (T, 468, 3) and irises (T, 2, 5, 2) of a clip, as the models see them."""
    mesh, iris, meshes = _face_mesh(), _iris(), []
    (found,) = BlazeFace("short").detect(pictures(name)[0])
    x0, y0, x1, y1 = found.box.tolist()
    square = Square((x0 + x1) / 2, (y0 + y1) / 2, 1.5 * (x1 - x0), 0.0)
    for rgb in (*pictures(name)[:1] * 3, *pictures(name)):
        meshes.append(mesh.read(rgb, square).points)
        square = square_from_points(meshes[-1])
    irises = [iris.read(rgb, points) for rgb, points in zip(pictures(name), meshes[3:], strict=True)]
    return {"meshes": np.stack(meshes[3:]), "irises": np.stack(irises).astype(np.float32)}


def _face_mesh() -> FaceMesh:
    return FaceMesh(LiteRtModel(model_path("face_mesh")))


def _iris() -> IrisModel:
    return IrisModel(LiteRtModel(model_path("iris")))


STAGES: Final = {
    "pooling": Stage("frames to rows at 10 Hz", _pooling, _pooling_inputs, 1e-6),
    "energy": Stage("intensities to the energy of brief acts", _energy, _energy_inputs, 1e-6),
    "hold": Stage("what stands still is held", _hold, _hold_inputs, 1e-6),
    "neutral": Stage("which frames become the neutral", _neutral, _neutral_inputs, 1e-6),
    "face": Stage("a picture and its mesh: pose, crop, quality, gaze", _face, _face_inputs, 1e-3),
    "signature": Stage("how far apart two faces are", _signature, _signature_inputs, 1e-3),
    "looks": Stage("whether a face that changed goes on", _looks, _looks_inputs, 1e-3),
    "flow": Stage("motion between two crops", _flow, _flow_inputs, 1e-3),
    "motion": Stage("head motion removed, regions, descriptors", _motion, _motion_inputs, 1e-4),
    "spread": Stage("motion of points to motion everywhere", _spread, _spread_inputs, 1e-5),
    "networks": Stage(
        "detector, mesh and iris, before anything is decoded", _networks, _networks_inputs, 1e-3, True
    ),
    "reading": Stage("pictures and landmarks to channels", _reading, _reading_inputs, 1e-3),
    "perceive": Stage("pictures to channels", _perceive, _perceive_inputs, 1e-3, True),
}


def _packed(values: Values, into: bytearray) -> Values:
    """Values as JSON has them; arrays go to the end of `into`."""
    packed: Values = {}
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            packed[name] = {"dtype": str(value.dtype), "shape": list(value.shape), "at": len(into)}
            into += np.ascontiguousarray(value).tobytes()
        else:
            packed[name] = value.item() if isinstance(value, np.generic) else value
    return packed


def _unpacked(values: Values, content: bytes) -> Values:
    """The values that `_packed` wrote."""
    unpacked: Values = {}
    for name, value in values.items():
        if isinstance(value, dict):
            count = int(np.prod(value["shape"]))
            array = np.frombuffer(content, value["dtype"], count, value["at"])
            unpacked[name] = array.reshape(value["shape"])
        else:
            unpacked[name] = value
    return unpacked


def read_cases(name: str) -> list[tuple[str, Values, Values]]:
    """Names, inputs and outputs of a stage's cases, as `spec/` holds them."""
    folder = SPEC / "cases"
    text = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    content = zlib.decompress((folder / f"{name}.bin").read_bytes())
    return [
        (c["name"], _unpacked(c["inputs"], content), _unpacked(c["outputs"], content)) for c in text["cases"]
    ]


def write_cases(name: str, stage: Stage) -> None:
    """Run a stage and write its cases."""
    content, cases = bytearray(), []
    for case, given in stage.inputs():
        inputs, outputs = _packed(given, content), _packed(stage.run(given), content)
        cases.append({"name": case, "inputs": inputs, "outputs": outputs})
    text = {"version": VERSION, "stage": name, "what": stage.what, "within": stage.within, "cases": cases}
    (SPEC / "cases" / f"{name}.json").write_text(json.dumps(text) + "\n", encoding="utf-8")
    (SPEC / "cases" / f"{name}.bin").write_bytes(zlib.compress(bytes(content), 9))


def main() -> None:
    """Write all of `spec/` but its README."""
    (SPEC / "cases").mkdir(parents=True, exist_ok=True)
    for name, text in tables().items():
        (SPEC / name).write_text(text, encoding="utf-8")
    write_clips()
    for name, stage in STAGES.items():
        write_cases(name, stage)


if __name__ == "__main__":
    main()
