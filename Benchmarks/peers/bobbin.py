"""Bobbin's side: the program is asked, nothing of it is repeated here."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from items import BENCHMARKS, REPOSITORY, Item

PROGRAM = Path(os.environ.get("BOBBIN", REPOSITORY / ".build/release/bobbin"))


def output(*command: str | Path | int, folder: Path = REPOSITORY) -> str:
    """What a command prints that runs in `folder`, or an exception that holds what it complained of."""
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{Path(str(command[0])).name} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def measure(item: Item, steps: int) -> dict[str, Any]:
    """The line that Benchmarks/measure prints."""
    return json.loads(output(BENCHMARKS / "measure", item.name, steps))


def description(item: Item) -> dict[str, Any]:
    """The recipe with every default, the shape of an image, and every layer."""
    return json.loads(output(PROGRAM, "show", item.recipe, "--json"))


def losses(item: Item, count: int, weights: Path) -> list[float]:
    """The losses of the first steps on the first batch; the weights before them go to a file."""
    lines = output(
        PROGRAM, "bench", item.recipe, "--batch", item.batch, "--losses", count, "--weights", weights, "--json")
    return [json.loads(line)["loss"] for line in lines.splitlines()]


def profile(item: Item, threads: int, steps: int) -> list[dict[str, Any]]:
    """Every operation of a training step with its time."""
    lines = output(
        PROGRAM, "bench", item.recipe, "--batch", item.batch, "--threads", threads, "--steps", steps, "--profile", "--json")
    return [json.loads(line) for line in lines.splitlines()]


def machine() -> dict[str, str]:
    """The machine in general words: what `bobbin doctor` says of it, without names."""
    rows = (re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in output(PROGRAM, "doctor").splitlines())
    found = {row[0]: row[1] for row in rows if len(row) == 2}
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "instruction set": found.get("instruction set", "unknown").split(" (")[0],
        "memory": found.get("memory", "unknown"),
        "system": found.get("system", "unknown").split(",")[0],
    }
