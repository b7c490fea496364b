"""What is measured: the rows of Benchmarks/items.tsv."""

import csv
from dataclasses import dataclass
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
REPOSITORY = BENCHMARKS.parent


@dataclass(frozen=True)
class Target:
    """What a row should reach: `ratio` is the best PyTorch over Bobbin, `value` is Bobbin's own number."""

    of: str
    comparison: str
    bound: float

    @staticmethod
    def parse(text: str) -> "Target | None":
        if text == "-":
            return None
        for comparison in (">=", "<="):
            of, found, bound = text.partition(comparison)
            if found and of in ("ratio", "value"):
                return Target(of, comparison, float(bound))
        raise ValueError(f"items.tsv: {text!r} is no target; write ratio>=N, value>=N, value<=N or -")

    def is_met(self, number: float) -> bool:
        return number >= self.bound if self.comparison == ">=" else number <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.comparison == '>=' else '≤'} {self.bound:g}"


@dataclass(frozen=True)
class Item:
    name: str
    work: str
    recipe: Path
    batch: int
    steps: int
    target: Target | None
    title: str


def read_items(only: str = "") -> list[Item]:
    """The items, or those that `only` names, separated by commas."""
    lines = (BENCHMARKS / "items.tsv").read_text().splitlines()
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    items = {
        row["item"]: Item(
            row["item"], row["work"], REPOSITORY / row["recipe"], int(row["batch"]), int(row["steps"]),
            Target.parse(row["target"]), row["title"])
        for row in rows
    }
    names = only.split(",") if only else list(items)
    if unknown := [name for name in names if name not in items]:
        raise SystemExit(f"no item {', '.join(unknown)}; there are {', '.join(items)}")
    return [items[name] for name in names]
