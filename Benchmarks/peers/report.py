"""Tables of what was measured: on the screen, and between the two markers of docs/performance.md."""

import statistics
from typing import Any

import tsne_compare
from items import REPOSITORY, Item
from peers import INFORMATIONAL

PAGE = REPOSITORY / "docs/performance.md"
BEGIN = "<!-- Measured: written by `make bench-peers`, what stands here is replaced. -->"
END = "<!-- End of what was measured. -->"

NAMES = {"torch": "PyTorch", "jax": "JAX", "optuna": "Optuna"}

Result = dict[str, Any]
Row = list[str]


def figure(number: float, unit: str = "") -> str:
    """Three digits, and a unit."""
    text = f"{number:.3g}" if abs(number) < 1000 else f"{number:,.0f}"
    return f"{text} {unit}".strip()


def spread(numbers: list[float]) -> str:
    return f"{figure(min(numbers))} to {figure(max(numbers))}"


def competing(result: Result) -> dict[str, list[float]]:
    """PyTorch's variants that count: complete in precision."""
    return {name: numbers for name, numbers in result["peers"].items() if name not in (*INFORMATIONAL, "JAX")}


def best_per_round(result: Result) -> list[float]:
    """The best PyTorch of each round: the least, but the largest speed-up from threads."""
    rounds = len(result["bobbin"])
    choose = max if result["work"] == "threads" else min
    found = [[numbers[index] for numbers in competing(result).values() if index < len(numbers)] for index in range(rounds)]
    return [choose(numbers) for numbers in found if numbers]


def ratios(result: Result) -> list[float]:
    """How many times Bobbin's number is the best PyTorch's, round by round; none where that says nothing."""
    if result["work"] in ("threads", "neighbour"):
        return []
    return [theirs / ours for theirs, ours in zip(best_per_round(result), result["bobbin"])]


def verdict(item: Item, result: Result) -> str:
    if item.target is None:
        return ""
    if not result.get("losses", {"agree": True})["agree"]:
        return "losses differ"
    numbers = ratios(result) if item.target.of == "ratio" else result["bobbin"]
    if not numbers:
        return ""
    return "met" if item.target.is_met(statistics.median(numbers)) else "missed"


def brief(result: Result) -> str:
    """A line for the screen about the last round."""
    parts = [f"{result['title']}: Bobbin {figure(result['bobbin'][-1], result['unit'])}"]
    parts += [f"{name} {figure(numbers[-1])}" for name, numbers in result["peers"].items()
              if len(numbers) == len(result["bobbin"])]
    return ", ".join(parts)


def table(header: Row, rows: list[Row]) -> str:
    def line(cells: Row) -> str:
        return "| " + " | ".join(cells) + " |"

    return "\n".join([line(header), line(["---"] * len(header)), *map(line, rows)])


def summary_row(item: Item, result: Result) -> Row:
    ours, theirs, times = result["bobbin"], best_per_round(result), ratios(result)
    return [
        item.title, f"{figure(statistics.median(ours), result['unit'])}",
        figure(statistics.median(theirs), result["unit"]) if theirs else "–",
        f"**{figure(statistics.median(times))}** ({spread(times)})" if times else "–",
        f"{'' if item.target.of == 'ratio' else 'Bobbin '}{item.target}" if item.target else "–", verdict(item, result) or "–",
    ]


def variant_row(item: Item, result: Result) -> Row:
    cells = [f"{name} {figure(statistics.median(numbers))}" for name, numbers in result["peers"].items()]
    return [item.name, result["unit"], f"{figure(statistics.median(result['bobbin']))} ({spread(result['bobbin'])})",
            ", ".join(cells)]


def losses_row(item: Item, losses: dict[str, Any]) -> Row:
    def ends(numbers: list[float]) -> str:
        return f"{numbers[0]:.6g} → {numbers[-1]:.6g}"

    return [item.name, ends(losses["bobbin"]), ends(losses["torch"]), f"{losses['difference']:.1e}",
            f"{losses['tolerance']:.0e}"]


def layer_rows(layers: list[dict[str, Any]]) -> list[Row]:
    def speed(number: float | None) -> str:
        return "–" if number is None else f"{number:.0f}"

    return [
        [layer["layer"], layer["shape"], layer["pass_name"], speed(layer["bobbin"]),
         speed(layer["onednn"].get("channels-last")), speed(layer["onednn"].get("blocked"))]
        for layer in layers]


def duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} minutes"


def search_parts(search: dict[str, Any]) -> list[str]:
    """A whole search beside Optuna and PyTorch, and the trials from which theirs is reckoned."""
    if reason := search.get("skipped"):
        return ["### A search for hyper-parameters", f"Skipped: {reason}"]
    rows = [
        [str(row["trial"]), ", ".join(f"{name} {figure(value) if isinstance(value, float) else value}"
                                      for name, value in row["params"].items()),
         str(row["epochs"]), figure(row["bobbin"], "s"), figure(row["torch"], "s"), figure(row["torch"] / row["bobbin"])]
        for row in search["rows"]]
    whole = [f"{search['trials']} trials, {search['epochs']} epochs", duration(search["bobbin"]),
             duration(search["torch"]), f"**{figure(search['ratio'])}**"]
    return [
        "### A search for hyper-parameters",
        f"`Recipes/fashion-cae-gan/search.yaml`. PyTorch ({search['variant']}) with Optuna is reckoned from the mean epoch of the "
        "trials below; Bobbin's time is that of the whole command.",
        table(["search", "Bobbin", "PyTorch with Optuna", "times"], [whole]),
        table(["trial", "values", "epochs", "Bobbin, an epoch", "PyTorch, an epoch", "times"], rows)]


def machine(saved: dict[str, Any]) -> str:
    found = saved["machine"]
    programs = ", ".join(
        f"{NAMES.get(name, name)} {number}" for name, number in saved["versions"].items())
    return (
        f"{found['cores']} cores, {found['instruction set']}, {found['memory']} of memory, {found['system']}. "
        f"Peers: {programs or 'none'}.")


def markdown(saved: dict[str, Any], items: list[Item]) -> str:
    """Everything that was measured, in the order of the items."""
    found = [(item, saved["items"][item.name]) for item in items if item.name in saved["items"]]
    done = [(item, result) for item, result in found if "skipped" not in result]
    skipped = [f"* {item.title}: {result['skipped']}" for item, result in found if "skipped" in result]
    checked = [losses_row(item, result["losses"]) for item, result in done if "losses" in result]
    parts = [
        machine(saved),
        table(
            ["work", "Bobbin", "best PyTorch", "times (of all rounds)", "target", ""],
            [summary_row(item, result) for item, result in done])]
    if skipped:
        parts += ["Skipped:", "\n".join(skipped)]
    parts += [
        "### Every variant",
        table(["item", "unit", "Bobbin (of all rounds)", "peers"], [variant_row(item, result) for item, result in done])]
    if checked:
        parts += [
            "### The same work",
            "The losses of the first five steps on the first batch, from the same weights.",
            table(["item", "Bobbin", "PyTorch", "largest relative difference", "tolerance"], checked)]
    for name, layers in saved.get("layers", {}).items():
        parts += [
            f"### Layers of {name} beside oneDNN",
            "One thread, GFLOP/s of taps inside the image, the best repetition.",
            table(["layer", "shape", "pass", "Bobbin", "oneDNN channels-last", "oneDNN blocked"], layer_rows(layers))]
    if "search" in saved:
        parts += search_parts(saved["search"])
    for count, maps in saved.get("maps", {}).items():
        parts += [
            f"### Maps of {int(count):,} codes of 20 numbers",
            "Perplexity 30, every program with its own defaults; maps measured by Bobbin on exact neighbours.",
            table(tsne_compare.HEADER, tsne_compare.rows(maps))]
    return "\n\n".join(parts)


def write(text: str) -> None:
    """Replaces what stands between the markers of the page; the rest was written by hand."""
    page = PAGE.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE.name} lacks the line {BEGIN if not begin else END}")
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
