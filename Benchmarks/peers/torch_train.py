"""Trains report R0's convolutional autoencoder in PyTorch: the test error that Bobbin's own training has to reach.

    python torch_train.py --seed 0 --output cae-seed0.jsonl

Fashion-MNIST, 48,000 images to train on and 12,000 held out; mean squared error, Adam at 2e-3, batches of 128 shuffled
every epoch. One JSON line per epoch: mean squared errors over all pixels of the training batches (as they went by), the
held-out images and the 10,000 test images. The seed decides the split, the initial weights and the order of the images.
"""

import argparse
import gzip
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn


def cae(latent: int = 20) -> nn.Sequential:
    """Report R0's autoencoder: 28 -> 14 -> 7 -> 4, 80,501 parameters with a code of 20."""
    encoder = nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(),
        nn.Linear(512, 64), nn.ReLU(),
        nn.Linear(64, latent),
    )
    decoder = nn.Sequential(
        nn.Linear(latent, 64), nn.ReLU(),
        nn.Linear(64, 512), nn.ReLU(),
        nn.Unflatten(1, (32, 4, 4)),
        nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=0), nn.ReLU(),
        nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid(),
    )
    return nn.Sequential(encoder, decoder)


def read_images(path: Path) -> torch.Tensor:
    """Reads a gzipped IDX file of images as floats in [0, 1], shape [count, 1, height, width]."""
    content = gzip.decompress(path.read_bytes())
    magic, count, height, width = np.frombuffer(content, ">i4", count=4)
    if magic != 0x803:
        raise ValueError(f"{path}: not an IDX file of images (magic number {magic:#x}, expected 0x803)")
    pixels = np.frombuffer(content, np.uint8, offset=16).reshape(count, 1, height, width)
    return torch.from_numpy(pixels.copy()).float() / 255


@torch.no_grad()
def mean_squared_error(model: nn.Module, images: torch.Tensor, batch: int = 500) -> float:
    """Mean over every pixel of every image, summed in double precision."""
    total = 0.0
    for part in images.split(batch):
        total += (model(part) - part).double().square().sum().item()
    return total / images.numel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--output", type=Path, required=True, help="JSON lines, one per epoch; overwritten")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--held-out", type=int, default=12_000)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    images = read_images(options.data / "train-images-idx3-ubyte.gz").contiguous(memory_format=torch.channels_last)
    test = read_images(options.data / "t10k-images-idx3-ubyte.gz").contiguous(memory_format=torch.channels_last)
    order = torch.randperm(len(images))
    validation, training = images[order[:options.held_out]], images[order[options.held_out:]]

    model = cae().to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, fused=True)
    with options.output.open("w") as lines:
        for epoch in range(1, options.epochs + 1):
            start = time.perf_counter()
            total = 0.0
            for indices in torch.randperm(len(training)).split(options.batch):
                batch = training.index_select(0, indices)
                loss = nn.functional.mse_loss(model(batch), batch)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            seconds = time.perf_counter() - start
            line = {
                "seed": options.seed, "epoch": epoch, "training": total / len(training),
                "validation": mean_squared_error(model, validation), "test": mean_squared_error(model, test),
                "seconds": round(seconds, 3),
            }
            print(json.dumps(line), file=lines, flush=True)


if __name__ == "__main__":
    main()
