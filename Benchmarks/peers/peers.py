"""The peers' side: each measurement is a process of its own, as Bobbin's are."""

import contextlib
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from items import Item

HERE = Path(__file__).resolve().parent

JAX_ITEM = "cae-128"
"""The one row that JAX is asked for."""

INFORMATIONAL = ("bf16",)
"""Variants that do not compete: they compute with fewer digits."""


def is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def is_distributed(name: str) -> bool:
    """Of packages whose module is called otherwise."""
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def versions() -> dict[str, str]:
    return {name: version(name) for name in ("torch", "jax", "optuna") if is_installed(name)} | {
        name: version(name) for name in ("openTSNE", "scikit-learn", "umap-learn") if is_distributed(name)}


def variants(item: Item, kind: str) -> list[str]:
    """The ways in which PyTorch is asked for an item. Rows without a target do not wait for torch.compile."""
    match item.work:
        case "step":
            names = ["eager", "eager, default Adam", "channels-last", *(["compile"] if item.target else [])]
            return [*names, "bf16"] if kind == "gan" else names
        case "encode" | "reconstruct": return ["eager", "channels-last", "compile"]
        case "decode": return ["eager", "compile"]
        case "epoch": return ["0 workers", "1 worker", "2 workers"]
        case "start": return ["eager"]
        case _: return ["eager", "channels-last"]


def run(script: str, *arguments: object) -> dict[str, Any]:
    """The JSON that a measuring process prints; what it complains of goes to our standard error."""
    command = [sys.executable, HERE / script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if line and not line.startswith((" ", "W", "warn"))]
    if done.returncode != 0:
        raise RuntimeError(complaints[-1] if complaints else f"{script} ended with {done.returncode}")
    for line in complaints:
        print(f"    {line}", file=sys.stderr)
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}


@contextlib.contextmanager
def busy_neighbour() -> Iterator[None]:
    """Another process that keeps one core busy meanwhile."""
    with subprocess.Popen(["sh", "-c", "while :; do :; done"]) as neighbour:
        try:
            yield
        finally:
            neighbour.kill()


def torch(item: Item, model: Path, names: list[str], steps: int) -> dict[str, float]:
    """What PyTorch needs for an item, by variant; the unit is the item's."""

    def measure(work: str, *more: object, of: list[str] = names) -> dict[str, float]:
        return run(
            "torch_measure.py", work, "--model", model, "--batch", item.batch, "--steps", steps,
            "--variants", ";".join(of), *more)

    match item.work:
        case "memory": return {name: number for each in names for name, number in measure("memory", of=[each]).items()}
        case "start":
            begin = time.perf_counter()
            measure("start")
            return {"eager": 1000 * (time.perf_counter() - begin)}
        case "threads":
            one, all_cores = measure("step", "--threads", 1), measure("step")
            return {name: one[name] / all_cores[name] for name in all_cores if name in one}
        case "neighbour":
            alone = measure("step")
            with busy_neighbour():
                beside = measure("step")
            return {name: beside[name] / alone[name] for name in alone if name in beside}
        case work: return measure(work)


def torch_losses(item: Item, model: Path, weights: Path, count: int) -> list[float]:
    """The losses of the first steps on the first batch, from the same weights as Bobbin's."""
    result = run(
        "torch_measure.py", "losses", "--model", model, "--batch", item.batch, "--steps", count, "--weights", weights)
    return result["eager"]


def jax(item: Item, model: Path, steps: int) -> dict[str, float]:
    result = run("jax_measure.py", "--model", model, "--batch", item.batch, "--steps", steps)
    return {"JAX": result["jit"]}
