"""Trains recipes in Bobbin and in PyTorch with several seeds each, and compares what they come to on the test images.

    python compare_runs.py --seeds 1 2 3 Recipes/fashion-autoencoders/vae.yaml …

Both train on the same split, each from first weights of its own. Prints one line of a Markdown table per metric: means and
standard deviations over seeds, and by how many pooled standard deviations the means differ; more than two want an explanation.
A recipe that needs another run looks for it in the working directory; train that one first.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

import bobbin

Metrics = dict[str, float]


def bobbin_run(recipe: Path, seed: int, folder: Path, options: list[str]) -> Metrics:
    """Trains, unless the folder holds the finished run, and evaluates."""
    if not (folder / "finished").exists():
        changes = [word for change in [f"training.seed={seed}", *options] for word in ("--set", change)]
        resume = [folder, "--resume"] if folder.exists() else [recipe, "--out", folder, *changes]
        bobbin.output(bobbin.PROGRAM, "train", *resume, folder=Path.cwd())
        (folder / "finished").touch()
    return json.loads(bobbin.output(bobbin.PROGRAM, "evaluate", folder, "--json"))


def torch_run(run: Path, seed: int, threads: int) -> Metrics:
    stored = run / f"torch-{seed}.json"
    if not stored.exists():
        command = [sys.executable, Path(__file__).with_name("torch_run.py"), run, "--seed", seed, "--threads", threads]
        stored.write_text(bobbin.output(*command))
    return json.loads(stored.read_text())


def compare(ours: list[Metrics], theirs: list[Metrics]) -> list[str]:
    rows = []
    for name in sorted(set(ours[0]) & set(theirs[0]) - {"epochs"}):
        a, b = [one[name] for one in ours], [one[name] for one in theirs]
        pooled = math.sqrt((statistics.variance(a) + statistics.variance(b)) / 2) if len(a) > 1 else math.nan
        difference = statistics.mean(a) - statistics.mean(b)
        deviations = difference / pooled if pooled > 0 else math.nan

        def text(values: list[float]) -> str:
            spread = f" ± {statistics.stdev(values):.2g}" if len(values) > 1 else ""
            return f"{statistics.mean(values):.5g}{spread}"

        rows.append(f"{name} | {text(a)} | {text(b)} | {difference:+.2g} | {deviations:+.1f}")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="+", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    parser.add_argument("--set", action="append", default=[], dest="options", help="KEY=VALUE for Bobbin's recipe")
    parser.add_argument("--out", type=Path, default=Path("runs/compared"))
    options = parser.parse_args()
    print("| recipe | metric | Bobbin | PyTorch | difference | in standard deviations |")
    print("|---|---|--:|--:|--:|--:|", flush=True)
    for recipe in options.recipes:
        runs = [options.out.resolve() / f"{recipe.parent.name}-{recipe.stem}-{seed}" for seed in options.seeds]
        ours = [bobbin_run(recipe.resolve(), seed, run, options.options) for seed, run in zip(options.seeds, runs)]
        theirs = [torch_run(run, seed, options.threads) for seed, run in zip(options.seeds, runs)]
        for row in compare(ours, theirs):
            print(f"| {recipe.parent.name}/{recipe.stem} | {row} |", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (RuntimeError, subprocess.SubprocessError) as error:
        raise SystemExit(f"compare_runs: {error}") from error
