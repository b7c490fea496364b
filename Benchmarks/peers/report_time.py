"""How long PyTorch takes for what a reproduced report trained, beside Bobbin.

    report_time.py REPRODUCTION [--epochs 2] [--trials 5] [--only cae,vae]

REPRODUCTION is the folder of a finished `bobbin reproduce`. PyTorch trains every network of it again for some epochs, with images
as floats in memory, losses of the validation and the watched test images after each, in the faster of eager and channels-last;
their mean stands for all epochs of the run, the mean epoch of some trials for all of a search. Of Bobbin it takes what the
reproduction noted: the whole step, with data, checkpoints, records and figures. Prints a Markdown table. Seeds of the same network are
one row. Maps of codes are in `tsne_compare.py`; what else a page needs is on neither side.
"""

import argparse
import json
import os
import re
import sys
import time
from pathlib import Path

import optuna
import torch
from torch import nn

import bobbin
import search_time
import torch_run
from items import REPOSITORY
from report import duration, figure, table
from torch_model import ClassifierLoss, Description
from torch_training import VARIANTS, LossTraining


class Epochs:
    """A run's epochs in PyTorch."""

    def __init__(self, run: Path, description: Description, variant: str) -> None:
        self.description = description
        self.images = torch_run.Images(run, description)
        self.trained = LossTraining(description, VARIANTS[variant])
        model: nn.Module = self.trained.objective
        self.classifies = isinstance(model, ClassifierLoss)
        if isinstance(model, ClassifierLoss) and model.is_frozen:
            self.images.encode(model.encoder)
        elif VARIANTS[variant].channels_last:
            inputs = self.images.inputs
            self.images.inputs = {name: part.contiguous(memory_format=torch.channels_last) for name, part in inputs.items()}
        self.judged = ["validation", *(["test"] if description["recipe"]["training"].get("monitor") == "test" else [])]

    def run(self, count: int) -> float:
        """Seconds of an epoch, the mean of some."""
        inputs, targets = self.images.inputs["training"], self.images.targets("training", self.classifies)
        start = time.perf_counter()
        for _ in range(count):
            self.trained.objective.train()
            for rows in torch.randperm(len(inputs)).split(self.description["recipe"]["training"]["batch"]):
                self.trained.step(inputs[rows], targets[rows] if self.classifies else None)
            for part in self.judged:
                torch_run.metrics(self.trained.objective, self.images.inputs[part], self.images.targets(part, self.classifies))
        return (time.perf_counter() - start) / count


def network(run: str) -> str:
    """A run's name without its seed."""
    return re.sub(r"-seed-\d+$", "", run)


def noted(folder: Path, step: str) -> float:
    """Seconds that a step took Bobbin."""
    return json.loads((folder / "steps" / f"{step}.json").read_text())["seconds"]


def searching(report: str, name: str) -> Path:
    """The recipe of a report's search."""
    recipes = (REPOSITORY / "Recipes" / report).glob("*search.yaml")
    found = [path for path in recipes if f"\nname: {name}\n" in path.read_text()]
    if len(found) != 1:
        raise SystemExit(f"Recipes/{report} has {len(found)} searches called {name}")
    return found[0]


def torch_epoch(run: Path, count: int) -> tuple[float, str]:
    """Seconds of an epoch in the faster variant, and its name."""
    description = json.loads(bobbin.output(bobbin.PROGRAM, "show", run.resolve(), "--json"))
    times = {}
    for name in search_time.COMPETING:
        epochs = Epochs(run, description, name)
        epochs.run(1)
        times[name] = epochs.run(count)
    best = min(times, key=times.__getitem__)
    return times[best], best


def row(name: str, epochs: int, ours: float, theirs: float, variant: str) -> list[str]:
    return [name, f"{epochs:,}", duration(ours), duration(theirs), variant, figure(theirs / ours)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reproduction", type=Path)
    parser.add_argument("--epochs", type=int, default=2, help="how many epochs PyTorch trains of each network, after one more")
    parser.add_argument("--trials", type=int, default=5, help="how many trials PyTorch trains of a search")
    parser.add_argument("--only", default="", help="names of runs and searches, separated by commas")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    chosen = set(filter(None, options.only.split(",")))

    def is_chosen(name: str) -> bool:
        return not chosen or name in chosen

    runs: dict[str, list[Path]] = {}
    for run in sorted((options.reproduction / "runs").iterdir()):
        runs.setdefault(network(run.name), []).append(run)
    rows, sums = [], [0.0, 0.0]

    def add(name: str, epochs: int, ours: float, theirs: float, variant: str) -> None:
        rows.append(row(name, epochs, ours, theirs, variant))
        print("  ".join(rows[-1]), file=sys.stderr, flush=True)
        sums[0] += ours
        sums[1] += theirs

    for name, repeated in runs.items():
        if is_chosen(name):
            epochs = sum(len((run / "history.jsonl").read_text().splitlines()) for run in repeated)
            seconds, variant = torch_epoch(repeated[0], options.epochs)
            add(name, epochs, sum(noted(options.reproduction, run.name) for run in repeated), epochs * seconds, variant)
    for folder in sorted((options.reproduction / "searches").glob("*")):
        if is_chosen(folder.name):
            recipe = searching(options.reproduction.name, folder.name)
            found = search_time.again(search_time.trained_trials(folder), recipe, options.trials, [])
            add(folder.name, found["epochs"], noted(options.reproduction, folder.name), found["torch"], found["variant"])
    rows.append(["all", "", duration(sums[0]), duration(sums[1]), "", f"**{figure(sums[1] / sums[0])}**"])
    print(table(["training", "epochs", "Bobbin", "PyTorch", "variant", "times"], rows))


if __name__ == "__main__":
    main()
