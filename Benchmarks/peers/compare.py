"""Measures Bobbin and its peers alternately on the same work; prints, saves and writes up medians, spread and ratios.

    compare.py --rounds 3 [--only cae-128,decode]

What is measured stands in Benchmarks/items.tsv. Every round measures Bobbin and then each peer, every second round the
other way round. In the first round PyTorch runs in every variant; later only in those within a quarter of the best. The time that
torch.compile takes to compile does not count. Training steps count only where both programs, from the same weights and on the
same images, come to the same losses. Numbers go to Benchmarks/results/peers.json, where rows of earlier runs stay
unless measured anew, and from there into docs/performance.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bobbin
import onednn
import peers
import report
import tsne_compare
from items import BENCHMARKS, Item, read_items

RESULTS = BENCHMARKS / "results/peers.json"

CHECKED_STEPS = 5
TOLERANCE = 1e-4
NOISY_TOLERANCE = 5e-2
"""Relative, of every loss; the second where noise is drawn, which no two programs draw alike."""

KEPT = 1.25
"""After the first round, variants that took longer than this times the best are measured no more."""

GROUPS = ("layers", "maps", "search")
"""What is measured beside the items, and --only takes too."""

QUICK_MAP = 500
"""Codes on the map of a quick look."""

ONEDNN_ITEMS = ("cae-128", "selu-512", "gan-128")


def check_losses(item: Item, description: dict[str, Any], model: Path) -> dict[str, Any]:
    """Whether both sides do the same work: the losses of the first steps, and the largest relative difference."""
    from torch_model import is_noisy

    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.safetensors"
        ours = bobbin.losses(item, CHECKED_STEPS, weights)
        theirs = peers.torch_losses(item, model, weights, CHECKED_STEPS)
    difference = max(abs(one - other) / abs(other) for one, other in zip(ours, theirs, strict=True))
    tolerance = NOISY_TOLERANCE if is_noisy(description) else TOLERANCE
    return {
        "bobbin": ours, "torch": theirs, "difference": difference, "tolerance": tolerance,
        "agree": difference <= tolerance}


class Comparison:
    """One item over all rounds."""

    def __init__(self, item: Item, options: argparse.Namespace, folder: Path) -> None:
        self.item = item
        self.steps = min(item.steps, options.steps or item.steps)
        self.peer_steps = max(1 if item.work in ("epoch", "start") else 5, self.steps // 4)
        self.model = folder / f"{item.name}.json"
        self.result: dict[str, Any] = {"title": item.title, "work": item.work, "bobbin": [], "peers": {}}
        self.skipped = ""
        self.variants: list[str] = []

    def prepare(self) -> None:
        """Asks Bobbin for the model, and both sides for their losses."""
        if not self.item.recipe.exists():
            self.skipped = f"there is no {self.item.recipe.name}"
            return
        description = bobbin.description(self.item)
        self.model.write_text(json.dumps(description))
        kind = description["recipe"]["model"]["kind"]
        if not peers.is_installed("torch"):
            return
        self.variants = peers.variants(self.item, kind)
        if self.item.work == "step" and kind != "classifier":
            self.result["losses"] = check_losses(self.item, description, self.model)

    def measure_bobbin(self) -> None:
        found = bobbin.measure(self.item, self.steps)
        if reason := found.get("skipped"):
            raise RuntimeError(reason)
        self.result["unit"] = found["unit"]
        self.result["bobbin"].append(found["value"])

    def measure_peers(self) -> None:
        found: dict[str, float] = {}
        if self.variants:
            found |= peers.torch(self.item, self.model, self.variants, self.peer_steps)
        if self.item.name == peers.JAX_ITEM and peers.is_installed("jax"):
            found |= peers.jax(self.item, self.model, self.peer_steps)
        for name, number in found.items():
            self.result["peers"].setdefault(name, []).append(number)
        competing = {name: found[name] for name in self.variants if name in found and name not in peers.INFORMATIONAL}
        if competing and self.item.work != "threads":
            self.variants = [name for name, number in competing.items() if number <= KEPT * min(competing.values())]

    def round(self, number: int) -> None:
        sides = [self.measure_bobbin, self.measure_peers]
        for side in sides if number % 2 == 0 else reversed(sides):
            side()


def measure(comparisons: list[Comparison], rounds: int) -> None:
    def attempt(comparison: Comparison, work: Any, *arguments: object) -> None:
        if comparison.skipped:
            return
        try:
            work(*arguments)
        except (RuntimeError, OSError) as problem:
            comparison.skipped = str(problem).splitlines()[0]
        if comparison.skipped:
            print(f"  {comparison.item.name} is skipped: {comparison.skipped}", file=sys.stderr, flush=True)

    for comparison in comparisons:
        attempt(comparison, comparison.prepare)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for comparison in comparisons:
            attempt(comparison, comparison.round, number)
            if not comparison.skipped:
                print(f"  {report.brief(comparison.result)}", file=sys.stderr, flush=True)


def layers(driver: Path) -> dict[str, list[dict[str, Any]]]:
    """Every layer of some items in oneDNN."""
    found = {}
    for item in read_items(",".join(ONEDNN_ITEMS)):
        try:
            found[item.name] = [asdict(time) for time in onednn.times(item, driver)]
        except (RuntimeError, OSError, subprocess.CalledProcessError) as problem:
            print(f"  layers of {item.name} are skipped: {str(problem).splitlines()[0]}", file=sys.stderr)
    return found


def search(steps: int | None) -> dict[str, Any]:
    """A whole search in Bobbin, and some of its trials in PyTorch with Optuna."""
    if not (peers.is_installed("torch") and peers.is_installed("optuna")):
        return {"skipped": "PyTorch or Optuna is not installed"}
    try:
        return peers.run("search_time.py", *(["--steps", steps] if steps else []))
    except (RuntimeError, OSError) as problem:
        return {"skipped": str(problem).splitlines()[0]}


def maps(options: argparse.Namespace) -> dict[str, Any]:
    """Maps of codes by every program that is installed."""
    if not tsne_compare.installed():
        print("  maps are skipped: none of openTSNE, scikit-learn and umap-learn is installed", file=sys.stderr)
        return {}
    if options.steps:
        return tsne_compare.compare_sizes(1, (QUICK_MAP,))
    return tsne_compare.compare_sizes(options.rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", default="",
        help="names of items, separated by commas; layers stands for oneDNN's, maps for those of codes, search for a whole search")
    parser.add_argument("--steps", type=int, help="at most so many repetitions in a measurement: a quick look, of which nothing is saved")
    parser.add_argument("--onednn", type=Path, help="the program built from onednn_layers.cpp; without it, no layers")
    options = parser.parse_args()

    chosen = options.only.split(",") if options.only else [*GROUPS]
    names = [name for name in options.only.split(",") if name and name not in GROUPS]
    items = read_items(",".join(names)) if names or not options.only else []
    with tempfile.TemporaryDirectory() as folder:
        comparisons = [Comparison(item, options, Path(folder)) for item in items]
        measure(comparisons, options.rounds)

    saved = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"items": {}}
    saved |= {"machine": bobbin.machine(), "versions": peers.versions(), "rounds": options.rounds}
    for comparison in comparisons:
        result = {"title": comparison.item.title, "skipped": comparison.skipped} if comparison.skipped else comparison.result
        saved["items"][comparison.item.name] = result
    if options.onednn and "layers" in chosen:
        saved["layers"] = layers(options.onednn)
    if "search" in chosen:
        saved["search"] = search(options.steps)
    if "maps" in chosen:
        saved["maps"] = maps(options)

    text = report.markdown(saved, read_items())
    print(text)
    if options.steps:
        print("A quick look: nothing is saved.", file=sys.stderr)
        return
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(saved, indent=1))
    report.write(text)
    print(f"Saved: {RESULTS.relative_to(BENCHMARKS.parent)}, docs/performance.md", file=sys.stderr)


if __name__ == "__main__":
    main()
