"""An epoch as a user of PyTorch has it: images through Dataset and DataLoader, then validation, then the test images that the
recipe watches."""

import argparse
import time

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Subset

import idx
from torch_model import Description
from torch_training import VARIANTS, LossTraining


class Images(Dataset[Tensor]):
    """As torchvision's data sets with ToTensor: bytes in memory, floats made one image at a time."""

    def __init__(self, pixels: Tensor) -> None:
        self.pixels = pixels

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> Tensor:
        return self.pixels[index].to(torch.float32).div(255)


def seconds_per_epoch(description: Description, options: argparse.Namespace, workers: int) -> float:
    """Mean over `options.steps` epochs behind a first one of a single batch, which starts the workers' imports."""
    recipe = description["recipe"]
    variant = VARIANTS["channels-last"]
    trained = LossTraining(description, variant)
    training = Images(idx.images(recipe["data"]["set"]))
    held_out = recipe["data"]["split"]["validation"]
    order = torch.randperm(len(training)).tolist()
    parts = {"validation": Subset(training, order[:held_out])}
    if recipe["training"].get("monitor") == "test":
        parts["test"] = Images(idx.images(recipe["data"]["set"], "test"))

    keep = {"num_workers": workers, "persistent_workers": workers > 0}
    loader = DataLoader(Subset(training, order[held_out:]), options.batch, shuffle=True, **keep)
    others = [DataLoader(part, 512, **keep) for part in parts.values()]

    def epoch() -> None:
        total = 0.0
        for batch in loader:
            batch = batch.contiguous(memory_format=variant.memory_format)
            total += trained.step(batch, None).item() * len(batch)
        with torch.inference_mode():
            for other in others:
                for batch in other:
                    total += trained.objective(batch, batch).item() * len(batch)

    trained.step(next(iter(loader)), None)
    start = time.perf_counter()
    for _ in range(options.steps):
        epoch()
    return (time.perf_counter() - start) / options.steps
