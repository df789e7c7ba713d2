"""Makes a small folder of videos that a careless reader trips over. Run it: python bad_files.py FOLDER."""

import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream

Picture = npt.NDArray[np.uint8]

TICK = Fraction(1, 90_000)

VFR_TIMES_S = (0.0, 0.02, 0.05, 0.15, 0.4, 0.41, 1.0, 1.5)
"""The times of the file of variable rate."""


def stripes(width_px: int, height_px: int, k: int = 0) -> Picture:
    """Bars that move by 2 px a frame over a slope of brightness: shape (H, W, 3)."""
    x, y = np.arange(width_px), np.arange(height_px)[:, None]
    bars = 40 * (((x - 2 * k) // 8) % 2) + 60 + (y * 100) // max(1, height_px)
    return np.repeat(bars[:, :, None], 3, axis=2).astype(np.uint8)


def quarters(width_px: int, height_px: int) -> Picture:
    """Red, green, blue and white quarters: tells which side is up and whether colours are right."""
    picture = np.empty((height_px, width_px, 3), np.uint8)
    top, left = height_px // 2, width_px // 2
    picture[:top, :left] = (200, 30, 30)
    picture[:top, left:] = (30, 180, 40)
    picture[top:, :left] = (40, 50, 200)
    picture[top:, left:] = (220, 220, 220)
    return picture


def write_video(
    path: Path,
    pictures: Sequence[Picture],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rate_hz: int = 30,
    times_s: Sequence[float] | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    bitrate_bps: int = 2_000_000,
    colours: int | None = None,
    full_range: bool | None = None,
    rotation_deg: float | None = None,
    flip: bool = False,
    format_name: str | None = None,
) -> Path:
    """A video straight from the encoder, with whatever flags a test asks for."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", format=format_name, container_options=container_options) as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=rate_hz, options=options or {}))
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.bit_rate, stream.thread_count = bitrate_bps, 1
        stream.codec_context.time_base = TICK if codec.startswith("lib") else Fraction(1, rate_hz)
        if colours is not None:
            stream.codec_context.colorspace = colours
        if full_range is not None:
            stream.codec_context.color_range = 2 if full_range else 1
        if rotation_deg is not None:
            stream.set_display_rotation(rotation_deg, hflip=flip)
        for k, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24").reformat(
                format=pix_fmt,
                dst_colorspace=5 if colours == 6 else colours,
                dst_color_range=None if full_range is None else 2 if full_range else 1,
                threads=1,
            )
            base = stream.codec_context.time_base
            frame.pts = round((k / rate_hz if times_s is None else times_s[k]) / base)
            frame.time_base = base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def audio_only(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        sound = np.zeros((1, 4_800), np.float32)
        frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout="mono")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def with_noise_inside(whole: Path, path: Path) -> Path:
    """A copy whose compressed pictures are overwritten with noise from a third to a half of the file."""
    content = bytearray(whole.read_bytes())
    noise = np.random.default_rng(1).integers(0, 256, len(content) // 6, dtype=np.uint8).tobytes()
    start = len(content) // 3
    content[start : start + len(noise)] = noise
    path.write_bytes(content)
    return path


def cut_off(whole: Path, path: Path, share: float) -> Path:
    """The first part of a file, as a recorder leaves it that lost its power."""
    content = whole.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    return path


def _plain_bytes(folder: Path) -> dict[str, Path]:
    zero, text = folder / "zero_byte.mp4", folder / "text.mp4"
    zero.write_bytes(b"")
    text.write_text("This is a shopping list and no video.\n" * 50, encoding="utf-8")
    return {"zero_byte": zero, "text": text, "audio_only": audio_only(folder / "audio_only.mp4")}


def _odd_pictures(folder: Path) -> dict[str, Path]:
    one = [np.full((1, 1, 3), 40 * k, np.uint8) for k in range(5)]
    vast = [np.repeat(np.repeat(stripes(960, 540, k), 8, axis=0), 8, axis=1) for k in range(2)]
    small = [stripes(160, 120, k) for k in range(10)]
    odd = [stripes(161, 121, k) for k in range(10)]
    fast = {"preset": "ultrafast", "qp": "10"}
    return {
        "one_pixel": write_video(folder / "one_pixel.mkv", one, codec="ffv1", pix_fmt="bgr0"),
        "eight_k": write_video(folder / "eight_k.mp4", vast, options=fast),
        "ten_bit": write_video(folder / "ten_bit.mkv", small, pix_fmt="yuv420p10le"),
        "grey": write_video(folder / "grey.mp4", small, pix_fmt="gray", full_range=True),
        "yuv444": write_video(folder / "yuv444.mp4", small, pix_fmt="yuv444p"),
        "odd_size": write_video(folder / "odd_size.mp4", odd, pix_fmt="yuv444p"),
    }


def _broken(folder: Path) -> dict[str, Path]:
    moving = [stripes(320, 240, k) for k in range(120)]
    # Each picture is a packet that is shown when it comes: what is lost can be counted.
    short_groups = {"g": "15", "bf": "0"}
    whole = write_video(folder / "whole.mp4", moving, options=short_groups)
    index_first = write_video(
        folder / "index_first.mp4", moving, options=short_groups, container_options={"movflags": "faststart"}
    )
    return {
        "whole": whole,
        "corrupt_middle": with_noise_inside(whole, folder / "corrupt_middle.mp4"),
        "truncated": cut_off(index_first, folder / "truncated.mp4", 0.6),
        "truncated_no_index": cut_off(whole, folder / "truncated_no_index.mp4", 0.6),
    }


def make_bad_files(folder: Path) -> dict[str, Path]:
    """The files by name: zero_byte, text, audio_only, one_pixel, eight_k, ten_bit, grey, yuv444, odd_size,
    vfr, rotated, whole, corrupt_middle, truncated, truncated_no_index.

    The corrupt and the truncated ones are cut from `whole`: 120 pictures of 320 x 240 at 30 Hz, all readable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    uneven = [stripes(160, 120, k) for k in range(len(VFR_TIMES_S))]
    upright = [quarters(160, 120)] * 10
    return {
        **_plain_bytes(folder),
        **_odd_pictures(folder),
        **_broken(folder),
        "vfr": write_video(folder / "vfr.mp4", uneven, times_s=VFR_TIMES_S),
        "rotated": write_video(folder / "rotated.mp4", upright, rotation_deg=90),
    }


if __name__ == "__main__":
    for name, path in make_bad_files(Path(sys.argv[1])).items():
        sys.stdout.write(f"{name}: {path}\n")
