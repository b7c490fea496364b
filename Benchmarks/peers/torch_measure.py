"""Measures one kind of work in PyTorch and prints a JSON object: variant -> number.

    bobbin show RECIPE --json > model.json
    torch_measure.py step --model model.json --batch 128 --steps 300 --threads 2

step, encode, reconstruct, decode: median milliseconds. epoch: seconds. memory: the most megabytes that the process has held,
with one variant only. losses: those of the first steps on the first batch, from --weights. start: nothing, but the
process ends right after its first step. Images lie in memory, as floats where time is measured; epoch is the exception: there
they come through a DataLoader, as tutorials have it. A variant that fails is left out and named on standard error.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

import idx
import torch_model
from torch_training import VARIANTS, Variant, training


def milliseconds(call: Callable[[], object], steps: int, warm_up: int) -> float:
    """The median of `steps` calls behind `warm_up` others."""
    times = []
    for number in range(warm_up + steps):
        start = time.perf_counter()
        call()
        if number >= warm_up:
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def peak_megabytes() -> float:
    """The most memory that this process has held; not getrusage's, which remembers the program that started this one."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


class Measurement:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.description: torch_model.Description = json.loads(options.model.read_text())
        data = self.description["recipe"]["data"]
        self.set, self.scale = data["set"], data.get("scale", [0, 1])
        self.is_classifier = self.description["recipe"]["model"]["kind"] == "classifier"

    def pixels(self) -> Tensor:
        """Bytes of the size that the model takes."""
        images = idx.images(self.set)
        size = self.description["input"][1:]
        if list(images.shape[2:]) != size:
            images = torch.nn.functional.interpolate(images.float(), size, mode="bilinear").byte()
        return images

    def batches(self, variant: Variant, as_bytes: bool) -> Callable[[], tuple[Tensor, Tensor | None]]:
        """Shuffled batches without end: images with no target, or codes with labels."""
        if self.is_classifier:
            code = torch_model.ClassifierLoss(self.description).code
            inputs, labels = torch.randn(60_000, code), torch.randint(10, (60_000,))
        else:
            pixels = self.pixels()
            inputs = pixels if as_bytes else idx.scaled(pixels, self.scale).contiguous(memory_format=variant.memory_format)
            labels = None
        order = torch.empty(0, dtype=torch.long)

        def draw() -> tuple[Tensor, Tensor | None]:
            nonlocal order
            if len(order) < self.options.batch:
                order = torch.randperm(len(inputs))
            rows, order = order[: self.options.batch], order[self.options.batch :]
            batch = inputs.index_select(0, rows)
            if as_bytes and not self.is_classifier:
                batch = idx.scaled(batch, self.scale).contiguous(memory_format=variant.memory_format)
            return batch, None if labels is None else labels.index_select(0, rows)

        return draw

    # Each kind of work, for one variant.

    def step(self, variant: Variant) -> float:
        trained, draw = training(self.description, variant), self.batches(variant, as_bytes=False)
        return milliseconds(lambda: trained.step(*draw()), self.options.steps, self.options.steps // 5 + 2)

    def memory(self, variant: Variant) -> float:
        trained, draw = training(self.description, variant), self.batches(variant, as_bytes=True)
        for _ in range(self.options.steps):
            trained.step(*draw())
        return peak_megabytes()

    def start(self, variant: Variant) -> float:
        training(self.description, variant).step(*self.batches(variant, as_bytes=True)())
        os._exit(0)  # What the interpreter tidies up at its end is nobody's wait.

    def losses(self, variant: Variant) -> list[float]:
        from safetensors.torch import load_file

        tensors = load_file(self.options.weights)
        weights = {name: tensor for name, tensor in tensors.items() if not name.startswith("optimizer.")}
        trained = training(self.description, variant, weights)
        batch = idx.scaled(self.pixels()[: self.options.batch], self.scale)
        batch = batch.contiguous(memory_format=variant.memory_format)
        return [trained.step(batch, None).item() for _ in range(self.options.steps)]

    def inference(self, variant: Variant, count: int, work: str) -> float:
        model = variant.placed(torch_model.loss_model(self.description)).eval()
        images = idx.scaled(self.pixels()[:count], self.scale).contiguous(memory_format=variant.memory_format)
        calls = {
            "encode": model.encode, "reconstruct": lambda x: model.decode(model.encode(x)), "decode": model.decode}
        call = variant.compile(calls[work])
        with torch.inference_mode():
            given = model.encode(images) if work == "decode" else images
            return milliseconds(
                lambda: torch.cat([call(part) for part in given.split(1000)]), self.options.steps, 3)

    def encode(self, variant: Variant) -> float:
        return self.inference(variant, self.options.batch, "encode")

    def reconstruct(self, variant: Variant) -> float:
        return self.inference(variant, self.options.batch, "reconstruct")

    def decode(self, variant: Variant) -> float:
        return self.inference(variant, 1, "decode")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    works = ["step", "memory", "start", "losses", "encode", "reconstruct", "decode", "epoch"]
    parser.add_argument("work", choices=works)
    parser.add_argument("--model", type=Path, required=True, help="what `bobbin show RECIPE --json` printed")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--weights", type=Path, help="a checkpoint to begin with, for losses")
    parser.add_argument("--variants", default="eager", help="separated by semicolons; for epoch, counts of workers")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    measurement = Measurement(options)
    results = {}
    for name in options.variants.split(";"):
        try:
            if options.work == "epoch":
                from torch_epoch import seconds_per_epoch

                results[name] = seconds_per_epoch(measurement.description, options, workers=int(name.split()[0]))
            else:
                results[name] = getattr(measurement, options.work)(VARIANTS[name])
        except torch_model.Unknown as unknown:
            sys.exit(f"PyTorch's side does not know the {unknown}")
        except Exception as problem:  # noqa: BLE001 - torch.compile fails in many ways where there is no compiler.
            print(f"{name}: {type(problem).__name__}: {str(problem).strip().splitlines()[0]}", file=sys.stderr)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
