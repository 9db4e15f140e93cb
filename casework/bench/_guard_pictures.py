"""Pictures and films of many formats, made at run time: a horizon, a sun and some grain. None is kept.

Written by Pillow and FFmpeg; PSD and SVG, which neither writes, by hand.
"""

import base64
import io
import random
import struct
from collections.abc import Callable
from math import sqrt
from typing import Any

import av
import pillow_heif
import pillow_jxl  # noqa: F401 - registers its format with Pillow
from PIL import Image, ImageDraw

pillow_heif.register_heif_opener()

THUMBNAIL, LARGE = 1_000, 100_000  # bytes at least
PILLOW = {
    "png": "PNG", "jpeg": "JPEG", "gif": "GIF", "webp": "WEBP", "avif": "AVIF", "heic": "HEIF", "jxl": "JXL",
    "tiff": "TIFF", "bmp": "BMP", "ico": "ICO", "jp2": "JPEG2000", "pdf": "PDF", "ppm": "PPM", "tga": "TGA",
    "pcx": "PCX", "sgi": "SGI", "dds": "DDS", "eps": "EPS", "xbm": "XBM", "qoi": "QOI", "mpo": "MPO",
}  # fmt: skip
FILMS = {
    "mp4": ("mp4", "libx264"), "mov": ("mov", "libx264"), "mkv": ("matroska", "libx264"), "webm": ("webm", "libvpx"),
    "avi": ("avi", "mpeg4"), "3gp": ("3gp", "mpeg4"), "flv": ("flv", "flv"), "mpg": ("mpeg", "mpeg2video"),
    "ts": ("mpegts", "mpeg2video"), "wmv": ("asf", "wmv2"), "mjpeg": ("avi", "mjpeg"),
}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "heic": {"quality": 90}, "avif": {"quality": 90, "speed": 10}, "ico": {"sizes": [(256, 256), (16, 16)]},
}  # fmt: skip
FASTEST = {"deadline": "realtime", "cpu-used": "8", "preset": "ultrafast"}
FORMATS = (*PILLOW, "psd", "svg", *FILMS)


def make(name: str, least: int, seed: int) -> bytes:
    """A file of this format with at least so many bytes, and little more where the format allows it."""
    grain = random.Random(seed)  # noqa: S311 - grain of a picture, the same at each run
    side = 16 if least <= THUMBNAIL else 128
    while len(made := _made(name, side, grain)) < least:
        side = 1 + int(side * min(2.5, 1.1 * sqrt(least / len(made))))
    return made


def _made(name: str, side: int, grain: random.Random) -> bytes:
    if name in FILMS:
        return _film(*FILMS[name], side, grain)
    if name in HAND_MADE:
        return HAND_MADE[name](_scene(side, grain))
    scene = _scene(side, grain)
    if name == "xbm":
        scene = scene.convert("1")
    out = io.BytesIO()
    scene.save(out, PILLOW[name], **OPTIONS.get(name, {}))
    return out.getvalue()


def _scene(side: int, grain: random.Random) -> Image.Image:
    """A landscape: sky, sun and field, with grain so that it does not pack to nothing."""
    scene = Image.linear_gradient("L").resize((side, side)).convert("RGB")
    draw = ImageDraw.Draw(scene)
    draw.rectangle((0, side * 2 // 3, side, side), fill=(70, 110, 60))
    draw.ellipse((side // 2, side // 8, side * 3 // 4, side * 3 // 8), fill=(240, 200, 90))
    noise = Image.frombytes("RGB", (side, side), grain.randbytes(side * side * 3))
    return Image.blend(scene, noise, 0.25)


def _film(container: str, codec: str, side: int, grain: random.Random) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=container) as film:
        options = {name: value for name, value in FASTEST.items() if codec.startswith("lib")}
        stream: Any = film.add_stream(codec, rate=25, options=options, bit_rate=200_000 if side < 100 else 20_000_000)
        stream.width = stream.height = max(32, side // 16 * 16)
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for _number in range(4):
            frame = av.VideoFrame.from_image(_scene(stream.width, grain))
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return out.getvalue()


def _psd(scene: Image.Image) -> bytes:
    """Header, three empty sections, and the channels one after the other."""
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, scene.height, scene.width, 8, 3)
    planes = b"".join(channel.tobytes() for channel in scene.split())
    return head + struct.pack(">IIIH", 0, 0, 0, 0) + planes


def _svg(scene: Image.Image) -> bytes:
    out = io.BytesIO()
    scene.save(out, "PNG")
    inside = base64.b64encode(out.getvalue()).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{scene.width}" height="{scene.height}">'
        f'<circle cx="9" cy="9" r="4" fill="gold"/><image href="data:image/png;base64,{inside}"/></svg>'
    ).encode()


HAND_MADE: dict[str, Callable[[Image.Image], bytes]] = {"psd": _psd, "svg": _svg}
