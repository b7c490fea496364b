"""How long PyTorch with Optuna takes for the trials of a search, beside Bobbin.

    search_time.py --trials 10 [--epochs 10]

Runs `bobbin search` on a recipe and reads from the study what its trials were. PyTorch then trains some of them again, spread
evenly over the sizes of the networks: the same values, the same number of epochs, images as floats in memory, a report to
Optuna after every epoch, and Optuna asked whether to prune, though its answer changes nothing. The mean time of an epoch
stands for all epochs of the study. Prints one JSON object.
"""

import argparse
import copy
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import optuna
import torch
from optuna.trial import FrozenTrial
from torch import Tensor

import bobbin
import idx
from items import BENCHMARKS, REPOSITORY
from torch_model import Description
from torch_training import VARIANTS, LossTraining, Variant

RECIPE = REPOSITORY / "Recipes/fashion-cae-gan/search.yaml"
FOLDER = BENCHMARKS / "results/search"
"""Where the study stays, to be looked at."""

COMPETING = ("eager", "channels-last")
"""A network of its own for each trial leaves torch.compile no time to pay off."""


def search(threads: int, changes: list[str]) -> tuple[float, list[FrozenTrial]]:
    """Seconds of Bobbin's whole search, and its trials that were trained."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    words = [word for change in changes for word in ("--set", change)]
    start = time.perf_counter()
    bobbin.output(bobbin.PROGRAM, "search", RECIPE, "--out", FOLDER, "--threads", threads, *words)
    seconds = time.perf_counter() - start
    return seconds, trained_trials(FOLDER)


def trained_trials(folder: Path) -> list[FrozenTrial]:
    """What a folder of a search has trained."""
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{folder}/study.db")
    return [trial for trial in study.trials if trial.intermediate_values]


def size(description: Description) -> int:
    return sum(row["multiplyAccumulates"] for row in description["layers"])


def filled(node: Any, values: dict[str, Any], parameters: dict[str, Any]) -> Any:
    """A template of the search with the values of a trial; a choice may stand for a tree, and what the trial lacks is left out."""
    match node:
        case dict():
            pairs = {key: filled(value, values, parameters) for key, value in node.items()}
            return {key: value for key, value in pairs.items() if value is not None}
        case list(): return [filled(value, values, parameters) for value in node]
        case str() if node.startswith("{") and node.endswith("}"):
            try:
                value = eval(node[1:-1], {"__builtins__": {}}, values)  # noqa: S307 - sums and products of our own recipe
            except NameError:
                return None
            choices = parameters.get(node[1:-1], {}).get("choice", {}).get("of")
            return filled(choices[value], values, parameters) if isinstance(choices, dict) else value
    return node


def describe(trial: FrozenTrial, path: Path, recipe: dict[str, Any], changes: list[str]) -> Description:
    """What Bobbin says of a trial's recipe."""
    templates, parameters = recipe["search"]["set"], recipe["search"]["parameters"]
    words = [f"{key}={json.dumps(filled(value, trial.params, parameters))}" for key, value in templates.items()]
    options = [word for change in [*changes, *words] for word in ("--set", change)]
    return json.loads(bobbin.output(bobbin.PROGRAM, "show", path, "--json", *options))


class Images:
    """The training images of the recipe in two parts, as floats in memory."""

    def __init__(self, description: Description, variant: Variant) -> None:
        data = description["recipe"]["data"]
        images = idx.scaled(idx.images(data["set"]), data["scale"]).contiguous(memory_format=variant.memory_format)
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
        held_out = data["split"]["validation"]
        self.validation, self.training = images[order[:held_out]], images[order[held_out:]]


def epoch(trained: LossTraining, images: Images, batch: int) -> float:
    """Trains on every image once. Gives the loss of the images that are held out."""
    trained.objective.train()
    for rows in torch.randperm(len(images.training)).split(batch):
        trained.step(images.training[rows], None)
    trained.objective.eval()
    with torch.inference_mode():
        losses: list[Tensor] = [trained.objective(part, part) * len(part) for part in images.validation.split(512)]
    return (torch.stack(losses).sum() / len(images.validation)).item()


def fastest(description: Description) -> str:
    """The variant that takes the least time for an epoch."""
    times = {}
    for name in COMPETING:
        trained, images = LossTraining(description, VARIANTS[name]), Images(description, VARIANTS[name])
        trained.step(images.training[:1], None)
        start = time.perf_counter()
        epoch(trained, images, description["recipe"]["training"]["batch"])
        times[name] = time.perf_counter() - start
    return min(times, key=times.__getitem__)


def train(study: optuna.Study, trial: FrozenTrial, description: Description, images: Images, variant: Variant) -> float:
    """Seconds that PyTorch and Optuna take for a trial."""
    start = time.perf_counter()
    study.enqueue_trial(trial.params)
    mine = study.ask(fixed_distributions=trial.distributions)
    trained = LossTraining(description, variant)
    loss = float("nan")
    for number in range(len(trial.intermediate_values)):
        loss = epoch(trained, images, description["recipe"]["training"]["batch"])
        mine.report(loss, number)
        mine.should_prune()
    study.tell(mine, loss)
    return time.perf_counter() - start


def measure(count: int, threads: int, changes: list[str]) -> dict[str, Any]:
    """A search by Bobbin, and what it takes PyTorch and Optuna."""
    seconds, trials = search(threads, changes)
    theirs = again(trials, RECIPE, count, changes)
    return theirs | {"bobbin": seconds, "ratio": theirs["torch"] / seconds}


def again(trials: list[FrozenTrial], path: Path, count: int, changes: list[str]) -> dict[str, Any]:
    """What PyTorch and Optuna take for trials of a recipe, reckoned from as many of them as `count` says."""
    recipe = json.loads(bobbin.output(bobbin.PROGRAM, "show", path, "--json"))["recipe"]
    described = [(trial, describe(trial, path, recipe, changes)) for trial in trials]
    described.sort(key=lambda pair: size(pair[1]))
    # The middle of each of as many even parts.
    chosen = [described[(2 * part + 1) * len(described) // (2 * count)] for part in range(count)]

    name = fastest(chosen[len(chosen) // 2][1])
    images = Images(chosen[0][1], VARIANTS[name])
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        study = optuna.create_study(
            storage=f"sqlite:///{folder}/study.db", sampler=optuna.samplers.RandomSampler(seed=0),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=2))
        for trial, description in chosen:
            epochs = len(trial.intermediate_values)
            ours = trial.duration.total_seconds() / epochs
            theirs = train(study, trial, description, images, VARIANTS[name]) / epochs
            rows.append({
                "trial": trial.number, "params": trial.params, "epochs": epochs, "bobbin": ours, "torch": theirs})
    epochs = sum(len(trial.intermediate_values) for trial in trials)
    return {
        "trials": len(trials), "epochs": epochs, "variant": name,
        "torch": epochs * statistics.mean(row["torch"] for row in rows), "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10, help="how many trials PyTorch trains")
    parser.add_argument("--steps", type=int, help="a quick look: so many trials of one epoch each, on both sides")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    changes = ["training.epochs=1", f"search.trials={options.steps}"] if options.steps else []
    print(json.dumps(measure(min(options.trials, options.steps or options.trials), options.threads, changes)))


if __name__ == "__main__":
    main()
