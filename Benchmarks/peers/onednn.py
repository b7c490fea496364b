"""Layers of a recipe in oneDNN, beside the same operations of Bobbin, on one thread."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bobbin
from items import Item

PASSES = ("forward", "data", "weights")
LAYOUTS = ("channels-last", "blocked")


@dataclass
class LayerTime:
    """A pass of one layer: gigaflops count only taps inside the image, for both sides."""

    layer: str
    shape: str
    pass_name: str
    onednn: dict[str, float]
    bobbin: float | None


def linear_maps(description: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = ("conv2d", "convTranspose2d", "linear")
    return [row for row in description["layers"] if next(iter(row["layer"])) in kinds]


def line_of(row: dict[str, Any], batch: int) -> str:
    """A layer as onednn_layers reads it."""
    kind, fields = next(iter(row["layer"].items()))
    sizes = [*(row["input"] + [1, 1])[:3], *(row["output"] + [1, 1])[:3]]
    window = [fields.get("kernel", 1), fields.get("stride", 1), fields.get("padding", 0)]
    return " ".join(map(str, [row["path"], kind, batch, *sizes, *window]))


def pass_of(operation: str, kind: str) -> str:
    """Which pass of a layer an operation of Bobbin's profile is: a convolution's gradient is a transposed one, and back."""
    if "WeightGradient" in operation:
        return "weights"
    return "forward" if operation.split()[0] == kind else "data"


def bobbin_speeds(item: Item, description: dict[str, Any]) -> dict[tuple[str, str], float]:
    """GFLOP/s by (layer, pass), where the profile names weights; empty where it does not."""
    kinds = {row["path"]: next(iter(row["layer"])) for row in linear_maps(description)}
    speeds: dict[tuple[str, str], float] = {}
    for row in bobbin.profile(item, threads=1, steps=min(item.steps, 30)):
        path = str(row.get("weight") or "").removesuffix(".weight")
        if path in kinds and row.get("gigaflops"):
            key = (path, pass_of(row["operation"], kinds[path]))
            speeds[key] = max(row["gigaflops"], speeds.get(key, 0))
    return speeds


def times(item: Item, driver: Path) -> list[LayerTime]:
    """Every pass of every layer that has weights."""
    description = bobbin.description(item)
    rows = linear_maps(description)
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [driver], input="\n".join(line_of(row, item.batch) for row in rows), env=environment, text=True,
        capture_output=True, check=True)
    measured: dict[tuple[str, str], dict[str, float]] = {}
    for line in done.stdout.splitlines():
        path, pass_name, layout, microseconds = line.split()
        measured.setdefault((path, pass_name), {})[layout] = float(microseconds)
    ours = bobbin_speeds(item, description)
    results = []
    for row in rows:
        flops = 2 * row["multiplyAccumulates"] * item.batch
        shape = "×".join(map(str, row["input"])) + " → " + "×".join(map(str, row["output"]))
        for pass_name in PASSES:
            key = (row["path"], pass_name)
            speeds = {layout: flops / time * 1e-3 for layout, time in measured.get(key, {}).items()}
            results.append(LayerTime(row["path"], shape, pass_name, speeds, ours.get(key)))
    return results
