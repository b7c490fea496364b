"""Trains in PyTorch what a run of Bobbin trained: the same recipe and the same images, from first weights of its own.

    python torch_run.py RUN --seed 1

Prints one JSON object with the metrics of the test images, as `bobbin evaluate --json` has them.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

import bobbin
import idx
import torch_model
from torch_model import ClassifierLoss, Description, VAELoss


class Images:
    """The parts of a run's data set: scaled images, or their codes, and what each is compared with."""

    def __init__(self, run: Path, description: Description) -> None:
        data = description["recipe"]["data"]
        split = json.loads((run / "split.json").read_text())
        parts = {name: torch.tensor(split[name]) for name in ("training", "validation", "test") if split.get(name)}
        pixels, classes = idx.images(data["set"]), idx.labels(data["set"])
        self.inputs = {name: idx.scaled(pixels[rows], data["scale"]) for name, rows in parts.items()}
        self.labels = {name: classes[rows] for name, rows in parts.items()}
        if "test" not in parts:
            self.inputs["test"] = idx.scaled(idx.images(data["set"], "test"), data["scale"])
            self.labels["test"] = idx.labels(data["set"], "test")

    def encode(self, encoder: nn.Module) -> None:
        """Replaces images by their codes."""
        encoder.eval()
        with torch.inference_mode():
            for name, images in self.inputs.items():
                self.inputs[name] = torch.cat([encoder(part) for part in images.split(512)]).clone()

    def targets(self, part: str, classifies: bool) -> Tensor:
        return self.labels[part] if classifies else self.inputs[part]


def metrics(model: nn.Module, inputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Means over images."""
    model.eval()
    sums: dict[str, float] = {}
    with torch.inference_mode():
        for batch, target in zip(inputs.split(512), targets.split(512)):
            values = {"loss": model(batch, target)}
            if isinstance(model, ClassifierLoss):
                values["accuracy"] = (model.scores(batch).argmax(dim=1) == target).float().mean()
            if isinstance(model, VAELoss):
                values |= model.terms(batch, target)
            for name, value in values.items():
                sums[name] = sums.get(name, 0) + value.item() * len(batch)
    return {name: value / len(inputs) for name, value in sums.items()}


def stopping(description: Description) -> dict[str, Any] | None:
    """The fields of the recipe's early stopping, if it has one."""
    for callback in description["recipe"].get("callbacks") or []:
        kind, fields = torch_model.kind_of(callback)
        if kind == "earlyStopping":
            return fields
    return None


def train(run: Path, description: Description, seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    recipe = description["recipe"]
    images = Images(run, description)
    model = torch_model.loss_model(description)
    classifies = isinstance(model, ClassifierLoss)
    pretrained = run / "checkpoints/pretrained.safetensors"
    if classifies and pretrained.exists():
        weights = {name: value for name, value in load_file(pretrained).items() if name.startswith("encoder.")}
        model.encoder.load_state_dict({name.removeprefix("encoder."): value for name, value in weights.items()})
        if model.is_frozen:
            images.encode(model.encoder)
    optimizer = torch_model.optimizer(recipe["training"]["optimizer"], model.parts.parameters(), fused=True)
    inputs, targets = images.inputs["training"], images.targets("training", classifies)
    stop = stopping(description)
    best, patience = float("inf"), 0
    weights = model.state_dict()
    for epoch in range(recipe["training"]["epochs"]):
        model.train()
        for rows in torch.randperm(len(inputs)).split(recipe["training"]["batch"]):
            given = inputs[rows] if classifies else torch_model.corrupted(inputs[rows], description)
            loss = model(given, targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if stop is None:
            continue
        held_out = metrics(model, images.inputs["validation"], images.targets("validation", classifies))["loss"]
        patience = 0 if held_out < best - stop["margin"] else patience + 1
        if patience == 0:
            best, weights = held_out, {name: value.clone() for name, value in model.state_dict().items()}
        if patience == stop["patience"]:
            break
    if stop is not None and stop["restoreBest"]:
        model.load_state_dict(weights)
    return {"epochs": epoch + 1} | metrics(model, images.inputs["test"], images.targets("test", classifies))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    description = json.loads(bobbin.output(bobbin.PROGRAM, "show", options.run.resolve(), "--json"))
    print(json.dumps(train(options.run, description, options.seed)))


if __name__ == "__main__":
    main()
