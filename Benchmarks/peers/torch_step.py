"""Times one training step of report R0's convolutional autoencoder in PyTorch, for Bobbin to be compared with.

    python torch_step.py 128 [--threads 2] [--steps 300]

A step gathers a shuffled batch from 60,000 uint8 images in memory, scales it to [0, 1], goes forward and backward
through the mean squared error, and updates with fused Adam. Two variants, eager in the default layout and eager in
channels-last. The pixels are random: the time does not depend on them. Prints one JSON object; times in milliseconds.
"""

import argparse
import json
import platform
import time

import numpy as np
import torch
from torch.nn import functional

from torch_train import cae


def times(batch: int, steps: int, warm_up: int, memory_format: torch.memory_format) -> np.ndarray:
    """Milliseconds of each step after the warm-up."""
    torch.manual_seed(0)
    images = torch.randint(256, (60_000, 1, 28, 28), dtype=torch.uint8)
    model = cae().to(memory_format=memory_format)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, fused=True)
    milliseconds = []
    order = torch.empty(0, dtype=torch.long)
    for _ in range(warm_up + steps):
        if len(order) < batch:  # once per epoch, outside the time of a step
            order = torch.randperm(len(images))
        indices, order = order[:batch], order[batch:]
        start = time.perf_counter()
        pixels = (images[indices].float() / 255).contiguous(memory_format=memory_format)
        loss = functional.mse_loss(model(pixels), pixels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        milliseconds.append(1000 * (time.perf_counter() - start))
    return np.array(milliseconds[warm_up:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("batch", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--warm-up", type=int, default=50)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    variants = {"eager": torch.contiguous_format, "channels-last": torch.channels_last}
    result = {
        "torch": torch.__version__, "python": platform.python_version(),
        "cpu": torch.backends.cpu.get_cpu_capability(), "threads": options.threads,
        "batch": options.batch, "steps": options.steps, "milliseconds": {},
    }
    for name, memory_format in variants.items():
        p10, median, p90 = np.percentile(
            times(options.batch, options.steps, options.warm_up, memory_format), [10, 50, 90])
        result["milliseconds"][name] = {"median": round(median, 3), "p10": round(p10, 3), "p90": round(p90, 3)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
