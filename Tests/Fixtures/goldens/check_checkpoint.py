"""Checks that PyTorch and Bobbin read one another's checkpoints, on report R0's convolutional autoencoder.

    python check_checkpoint.py CHECKPOINT RECONSTRUCTIONS   Bobbin wrote both: does PyTorch reconstruct the same?
    python check_checkpoint.py --write FILE                 PyTorch writes one file that is both, for Bobbin to read

CHECKPOINT holds the network's state_dict, each name behind a prefix; entries without it (optimiser, counters) are not
read. RECONSTRUCTIONS holds `images` U8 [n, 1, 28, 28] and `reconstructions` F32 [n, 1, 28, 28], of pixels divided by
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


def write(file: Path, prefix: str, seed: int) -> None:
    torch.manual_seed(seed)
    model = cae()
    images = load_file(Path(__file__).with_name("cae.safetensors"))["images"].flatten(end_dim=1)
    parameters = {prefix + name: value for name, value in model.state_dict().items()}
    save_file(parameters | {"images": images, "reconstructions": reconstruct(model, images)}, file)


def check(checkpoint: Path, reconstructions: Path, prefix: str, tolerance: float) -> str | None:
    """Returns what is wrong, or nothing."""
    stored = load_file(checkpoint)
    model = cae()
    try:
        model.load_state_dict({
            name.removeprefix(prefix): value for name, value in stored.items() if name.startswith(prefix)
        })
    except RuntimeError as error:
        return f"{checkpoint}: names behind {prefix!r} are not this network's: {error}"
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
    parser.add_argument("--prefix", default="model.", help="in front of every state_dict name (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of --write's initial values (default: %(default)s)")
    parser.add_argument("--tolerance", type=float, default=1e-5, help="absolute, per pixel (default: %(default)s)")
    options = parser.parse_args()
    if len(options.files) != (0 if options.write else 2):
        parser.error("give a checkpoint and its reconstructions, or --write and a file")
    if options.write:
        write(options.write, options.prefix, options.seed)
    elif wrong := check(*options.files, options.prefix, options.tolerance):
        sys.exit(wrong)


if __name__ == "__main__":
    main()
