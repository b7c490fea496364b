"""Makes the image and array files beside it: python3 make_images.py

Needs NumPy, and libturbojpeg and libwebp of Debian 12.
"""

import ctypes
import pathlib
import struct
import zlib

import numpy as np

here = pathlib.Path(__file__).parent


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, width, height, depth, colour, rows):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    body = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    (here / name).write_bytes(body)


# A 16-bit ramp without a gamma: byte n stands as n·257.
ramp = [0, 40, 128, 255]
png("grey16.png", 4, 1, 16, 0, [b"".join(struct.pack(">H", 257 * n) for n in ramp)])
# Red that is opaque, half, and not there.
png("alpha.png", 3, 1, 8, 6, [bytes([200, 0, 0, 255, 200, 0, 0, 128, 200, 0, 0, 0])])
# A header that claims more than any memory holds.
png("huge.png", 900_000, 900_000, 8, 2, [b""])

turbo = ctypes.CDLL("libturbojpeg.so.0")
turbo.tjInitCompress.restype = ctypes.c_void_p


def jpeg(pixels, pixel_format, channels, subsampling, exif=b""):
    height, width = pixels.shape[:2]
    result, size = ctypes.c_void_p(), ctypes.c_ulong()
    handle = ctypes.c_void_p(turbo.tjInitCompress())
    data = np.ascontiguousarray(pixels).tobytes()
    code = turbo.tjCompress2(
        handle, data, width, 0, height, pixel_format, ctypes.byref(result), ctypes.byref(size), subsampling, 100, 0)
    assert code == 0
    body = ctypes.string_at(result, size.value)
    if exif:
        body = body[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + body[2:]
    return body


# 16 × 8 blocks that stay what they are: the left half black, the right half white, and a mark in the corner.
picture = np.zeros((16, 32), np.uint8)
picture[:, 16:] = 255
picture[:8, :8] = 128
(here / "grey.jpg").write_bytes(jpeg(picture, 6, 1, 3))
colour = np.zeros((8, 8, 3), np.uint8)
colour[:] = (250, 120, 10)
(here / "colour.jpg").write_bytes(jpeg(colour, 0, 3, 0))
for orientation in range(1, 9):
    tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    (here / f"turned{orientation}.jpg").write_bytes(jpeg(picture, 6, 1, 3, b"Exif\0\0" + tiff))
(here / "print.jpg").write_bytes(jpeg(np.zeros((8, 8, 4), np.uint8), 11, 4, 0))

webp = ctypes.CDLL("libwebp.so.7")
webp.WebPEncodeLosslessRGBA.restype = ctypes.c_size_t
pixels = bytes([10, 20, 30, 255, 250, 0, 130, 255])
result = ctypes.c_void_p()
size = webp.WebPEncodeLosslessRGBA(pixels, 2, 1, 8, ctypes.byref(result))
(here / "lossless.webp").write_bytes(ctypes.string_at(result, size))

bytes_ = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
np.savez(here / "keras.npz", x_train=bytes_, y_train=np.array([1, 0]), x_test=bytes_[:1] + 100, y_test=np.array([1]))
np.savez_compressed(here / "packed.npz", images=bytes_ / 255.0, labels=np.array([[1], [0]], np.uint8))
np.save(here / "channels-last.npy", np.arange(2 * 3 * 5 * 3, dtype=np.uint8).reshape(2, 3, 5, 3))
np.save(here / "channels-first.npy", np.asfortranarray(np.arange(2 * 3 * 5 * 6, dtype=np.uint8).reshape(2, 3, 5, 6)))
np.save(here / "flat.npy", np.arange(8, dtype=np.float32).reshape(2, 4) * 30)
np.save(here / "five-axes.npy", np.zeros((1, 2, 3, 4, 5), np.uint8))
np.save(here / "negative.npy", np.full((1, 2, 2), -0.5))
np.save(here / "complex.npy", np.zeros((1, 2, 2), np.complex64))
