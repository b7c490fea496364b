"""Images and labels from the files that Bobbin reads too."""

import gzip
import os
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

FILES = {"training": "train", "test": "t10k"}


def folder(name: str) -> Path:
    """Where a named data set lies: as Bobbin looks, in BOBBIN_DATA and then in Debian's place."""
    given = os.environ.get("BOBBIN_DATA")
    places = [Path(given) / name, Path(given)] if given else []
    for place in [*places, Path("/usr/share/datasets") / name]:
        if (place / "train-images-idx3-ubyte.gz").exists():
            return place
    raise SystemExit(f"no {name} in {', '.join(map(str, places)) or 'BOBBIN_DATA'} or /usr/share/datasets")


def read(path: Path) -> Tensor:
    """A gzipped IDX file of bytes."""
    content = bytearray(gzip.decompress(path.read_bytes()))
    dimensions = np.frombuffer(content, ">i4", count=content[3], offset=4).tolist()
    return torch.frombuffer(content, dtype=torch.uint8, offset=4 + 4 * content[3]).reshape(dimensions)


def images(name: str, part: str = "training") -> Tensor:
    """Bytes, shape [count, 1, height, width]."""
    return read(folder(name) / f"{FILES[part]}-images-idx3-ubyte.gz").unsqueeze(1)


def scaled(pixels: Tensor, scale: list[float]) -> Tensor:
    """What a recipe's `data.scale` makes of bytes."""
    low, high = scale
    return pixels.float() * ((high - low) / 255) + low


def labels(name: str, part: str = "training") -> Tensor:
    """Classes, shape [count]."""
    return read(folder(name) / f"{FILES[part]}-labels-idx1-ubyte.gz").long()
