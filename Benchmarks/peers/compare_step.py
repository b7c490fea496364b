"""Times one training step of report R0's autoencoder in Bobbin and in PyTorch alternately, and prints the ratios.

    python compare_step.py --batch 128 --rounds 5 [--bobbin ../../.build/release/bobbin]

Every round runs both programs one after the other on all cores of an otherwise idle machine; the ratio of a round is that
of its two medians, and the last line is the median over rounds with the smallest and largest. PyTorch's better variant of
each round counts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def bobbin_step(program: Path, batch: int, threads: int, steps: int) -> float:
    """Median milliseconds."""
    recipe = HERE.parent.parent / "Recipes/fashion-autoencoders/cae.yaml"
    command = [program, "bench", recipe, "--batch", str(batch), "--threads", str(threads), "--steps", str(steps), "--json"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return result["medianMilliseconds"]


def torch_steps(batch: int, threads: int, steps: int) -> dict[str, float]:
    """Median milliseconds of each variant."""
    command = [sys.executable, HERE / "torch_step.py", str(batch), "--threads", str(threads), "--steps", str(steps)]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {name: times["median"] for name, times in result["milliseconds"].items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=500, help="timed steps of each program in each round")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--bobbin", type=Path, default=HERE.parent.parent / ".build/release/bobbin")
    options = parser.parse_args()

    ratios = []
    for number in range(1, options.rounds + 1):
        ours = bobbin_step(options.bobbin, options.batch, options.threads, options.steps)
        theirs = torch_steps(options.batch, options.threads, options.steps)
        ratios.append(min(theirs.values()) / ours)
        peers = ", ".join(f"PyTorch {name} {time:.2f} ms" for name, time in theirs.items())
        print(f"round {number}: Bobbin {ours:.3f} ms, {peers}: {ratios[-1]:.1f} times")
    print(
        f"batch {options.batch}, {options.threads} threads: {statistics.median(ratios):.1f} times the better PyTorch "
        f"({min(ratios):.1f} to {max(ratios):.1f})"
    )


if __name__ == "__main__":
    main()
