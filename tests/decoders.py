"""Decoders that the project does not use, and what a camera does to a print."""
import ctypes
import ctypes.util
import io

import cv2
import numpy
import pytest
from PIL import Image, ImageFilter


def zbar_read(image: Image.Image) -> list[str]:
    """Read with zbar, a decoder this project does not use."""
    name = ctypes.util.find_library("zbar")
    if name is None:
        pytest.skip("no zbar on this machine")
    zbar = ctypes.CDLL(name)
    for function in ("zbar_image_scanner_create", "zbar_image_create", "zbar_image_first_symbol",
                     "zbar_symbol_next"):  # fmt: skip
        getattr(zbar, function).restype = ctypes.c_void_p
    zbar.zbar_symbol_get_data.restype = ctypes.c_char_p
    scanner = ctypes.c_void_p(zbar.zbar_image_scanner_create())
    # QR codes only: 64 is their number; a sheet of them looks like bars to the others.
    for kind, wanted in ((0, 0), (64, 1)):
        zbar.zbar_image_scanner_set_config(scanner, kind, 0, wanted)
    handle = ctypes.c_void_p(zbar.zbar_image_create())
    raw = image.convert("L").tobytes()
    zbar.zbar_image_set_format(handle, ctypes.c_ulong(int.from_bytes(b"Y800", "little")))
    zbar.zbar_image_set_size(handle, image.width, image.height)
    zbar.zbar_image_set_data(handle, raw, ctypes.c_ulong(len(raw)), None)
    zbar.zbar_scan_image(scanner, handle)
    texts, symbol = [], zbar.zbar_image_first_symbol(handle)
    while symbol:
        texts.append(zbar.zbar_symbol_get_data(ctypes.c_void_p(symbol)).decode())
        symbol = zbar.zbar_symbol_next(ctypes.c_void_p(symbol))
    zbar.zbar_image_destroy(handle)
    zbar.zbar_image_scanner_destroy(scanner)
    return texts


def opencv_read(image: Image.Image) -> list[str]:
    """
    Read with OpenCV, another one.

    Of its two detectors each fails where the other reads: the older one on one clean symbol in
    fifty, the other where the corners are near the picture's edge.
    """
    pixels = numpy.asarray(image.convert("L"))
    for detector in (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector()):
        found, texts, _, _ = detector.detectAndDecodeMulti(pixels)
        if found and any(texts):
            return [text for text in texts if text]
    return []


def blurred(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(1.0))


def as_bad_jpeg(image: Image.Image) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=20)
    return Image.open(io.BytesIO(out.getvalue())).convert("L")


def from_aside(image: Image.Image) -> Image.Image:
    """Return *image* as seen by somebody who stands to its left."""
    width, height = image.size
    # PIL maps the new picture's points to the old one's: x' = (ax+by+c)/(gx+hy+1).
    return image.transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        (1.28, 0, -0.04 * width, 0.14, 1.14, -0.07 * height, 0.28 / width, 0),
        Image.Resampling.BILINEAR,
        fillcolor=255,
    )


def quartered(image: Image.Image) -> Image.Image:
    return image.reduce(4)
