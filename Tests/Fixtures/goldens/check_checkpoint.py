"""Checks that PyTorch and Bobbin read one another's checkpoints, on report R0's convolutional autoencoder.

    python check_checkpoint.py CHECKPOINT RECONSTRUCTIONS   does PyTorch reconstruct the same from this checkpoint?
    python check_checkpoint.py --write CHECKPOINT           PyTorch writes a checkpoint, for Bobbin to reconstruct from

CHECKPOINT holds the network's state_dict; the optimiser's tensors, `optimizer.…`, are not read. RECONSTRUCTIONS holds `images` U8 [n, 1, 28, 28] and `reconstructions` F32 [n, 1, 28, 28], of pixels divided by
255. Exit status 0 when every name is there, none is left over and every pixel agrees within the tolerance; else 1.
"""

import argparse
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from make_goldens import Autoencoder, cae


@torch.no_grad()
def reconstruct(model: Autoencoder, images: torch.Tensor) -> torch.Tensor:
    return model.eval()(images / 255)


def write(file: Path, seed: int) -> None:
    torch.manual_seed(seed)
    save_file(cae().state_dict(), file)


def check(checkpoint: Path, reconstructions: Path, tolerance: float) -> str | None:
    """Returns what is wrong, or nothing."""
    stored = load_file(checkpoint)
    model = cae()
    try:
        model.load_state_dict({name: value for name, value in stored.items() if not name.startswith("optimizer.")})
    except RuntimeError as error:
        return f"{checkpoint}: not this network's state_dict: {error}"
    outputs = load_file(reconstructions)
    if missing := {"images", "reconstructions"} - outputs.keys():
        return f"{reconstructions}: no {' and no '.join(sorted(missing))}"
    images, theirs = outputs["images"], outputs["reconstructions"]
    if images.dtype != torch.uint8 or len(images) == 0 or images.shape != theirs.shape:
        return f"{reconstructions}: images {images.dtype} {list(images.shape)}, reconstructions {list(theirs.shape)}"
    difference = (reconstruct(model, images) - theirs).abs().max().item()
    print(f"{len(images)} images, largest difference {difference:.2e}, tolerance {tolerance:.0e}")
    # Written so that a NaN fails.
    return None if difference <= tolerance else f"{reconstructions}: differs from PyTorch's reconstructions"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="CHECKPOINT and RECONSTRUCTIONS")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write a freshly initialised network and stop")
    parser.add_argument("--seed", type=int, default=0, help="of --write's initial values (default: %(default)s)")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="absolute, per pixel (default: %(default)s)")
    options = parser.parse_args()
    if len(options.files) != (0 if options.write else 2):
        parser.error("give a checkpoint and its reconstructions, or --write and a file")
    if options.write:
        write(options.write, options.seed)
    elif wrong := check(*options.files, options.tolerance):
        sys.exit(wrong)


if __name__ == "__main__":
    main()
