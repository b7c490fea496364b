"""Maps the same codes with Bobbin's t-SNE, openTSNE, scikit-learn and UMAP: times and measures of the maps.

    python tsne_compare.py --rounds 3 [--codes FILE --labels FILE --dimension 20 | --count 10000] [--peers opentsne umap]

`make bench-peers` runs it too, alone with ONLY=maps, for 10,000 and for 70,000 codes. Without --codes the codes are the first 20 principal components of
Fashion-MNIST's test images, with --count 70000 of all its images, which stand in for latent codes. A file of codes holds
32-bit floats, code after code; one of labels bytes. Perplexity 30; every peer with its own defaults, so its own number of
iterations, on two threads. Every program runs in a process of its own, in turn, round after round, on an otherwise idle
machine; times are medians over rounds. UMAP compiles itself when it first runs: it maps 500 codes before.

All maps are measured alike, by Bobbin on exact neighbours: the divergence KL(P||Q) over all pairs, trustworthiness with 12
neighbours, the shares of 10 and of 100 neighbours that are kept, and the share of codes whose class a vote of 10
neighbours finds. The divergence means nothing for UMAP. Of more than 20,000 codes only times are taken: all pairs would take longer
than the maps.
"""

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BENCH = HERE.parent.parent / ".build/release/MapBench"
IMAGES = Path("/usr/share/datasets/fashion-mnist")
DIMENSION = 20
TEST_COUNT = 10_000
SIZES = (TEST_COUNT, 70_000)
MOST_MEASURED = 20_000
TIMED_ALONE = ("opentsne", "umap")
"""The peers of sizes that are only timed: scikit-learn would take the better part of an hour."""

Result = dict[str, Any]


def read(name: str, offset: int) -> bytes:
    with gzip.open(IMAGES / f"{name}.gz") as file:
        return file.read()[offset:]


def stand_in(count: int, codes: Path, labels: Path) -> None:
    """Writes codes and their classes: of the test images, then of the training images."""
    import numpy as np
    from sklearn.decomposition import PCA

    parts = ("t10k", "train") if count > TEST_COUNT else ("t10k",)
    pixels = np.concatenate([np.frombuffer(read(f"{part}-images-idx3-ubyte", 16), np.uint8) for part in parts])
    found = PCA(DIMENSION, svd_solver="covariance_eigh").fit_transform(pixels.reshape(-1, 784) / 255.0)
    found[:count].astype(np.float32).tofile(codes)
    labels.write_bytes(b"".join(read(f"{part}-labels-idx1-ubyte", 8) for part in parts)[:count])


def opentsne(codes, threads):
    from openTSNE import TSNE

    return lambda: TSNE(perplexity=30, n_jobs=threads, random_state=0).fit(codes)


def sklearn(codes, threads):
    from sklearn.manifold import TSNE

    return lambda: TSNE(perplexity=30, n_jobs=threads, random_state=0).fit_transform(codes)


def umap(codes, threads):
    from umap import UMAP

    UMAP(n_jobs=threads).fit_transform(codes[:500])
    return lambda: UMAP(n_jobs=threads).fit_transform(codes)


PEERS = {"opentsne": opentsne, "sklearn": sklearn, "umap": umap}
MODULES = {"opentsne": "openTSNE", "sklearn": "sklearn", "umap": "umap"}


def installed() -> list[str]:
    return [name for name, module in MODULES.items() if find_spec(module)]


def run_peer(name: str, codes_file: str, dimension: int, positions_file: str, threads: int) -> None:
    """In a process of its own: imports and reads before the clock starts."""
    import numpy as np

    codes = np.fromfile(codes_file, np.float32).reshape(-1, dimension)
    work = PEERS[name](codes, threads)
    start = time.perf_counter()
    positions = work()
    total = time.perf_counter() - start
    np.asarray(positions, np.float32).tofile(positions_file)
    print(json.dumps({"total": total}))


def last_line(command: list[str], environment: dict[str, str]) -> dict:
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"{command[0]} ended with {done.returncode}"])[-1])
    return json.loads(done.stdout.strip().splitlines()[-1])


def compare(
    codes: Path, labels: Path | None, dimension: int, peers: list[str], rounds: int, threads: int = 2, bench: Path = BENCH
) -> dict[str, Result]:
    """Of Bobbin and every peer the seconds of all rounds, and the measures of its last map; or why it was skipped."""
    number = str(threads)
    environment = os.environ | {f"{name}_NUM_THREADS": number for name in ("OMP", "OPENBLAS", "NUMBA")}
    count = codes.stat().st_size // 4 // dimension
    results: dict[str, Result] = {name: {"seconds": []} for name in ["bobbin", *peers]}
    with tempfile.TemporaryDirectory() as folder:
        shape = [str(codes), str(dimension)]
        for _ in range(rounds):
            for name, result in results.items():
                if "skipped" in result:
                    continue
                positions = str(Path(folder, name))
                command = [str(bench), "map", *shape, positions, number] if name == "bobbin" else [
                    sys.executable, __file__, "--codes", shape[0], "--dimension", shape[1], "--threads", number,
                    "--run-peer", name, positions]
                try:
                    result["seconds"].append(last_line(command, environment)["total"])
                except RuntimeError as problem:
                    result["skipped"] = str(problem)
                print(f"  maps of {count} codes, {name}: {result.get('skipped') or result['seconds'][-1]}", file=sys.stderr, flush=True)
        for name, result in results.items():
            if count > MOST_MEASURED or "skipped" in result:
                continue
            measure = [str(bench), "measure", *shape, str(Path(folder, name)), number, *([str(labels)] if labels else [])]
            result |= last_line(measure, environment)
    return results


def compare_sizes(rounds: int, counts: tuple[int, ...] = SIZES) -> dict[str, dict[str, Result]]:
    """The stand-ins of all sizes, with the peers that are installed; times of large ones are taken once."""
    found = {}
    for count in counts:
        peers = [name for name in installed() if count <= MOST_MEASURED or name in TIMED_ALONE]
        with tempfile.TemporaryDirectory() as folder:
            codes, labels = Path(folder, "codes"), Path(folder, "labels")
            stand_in(count, codes, labels)
            found[str(count)] = compare(codes, labels, DIMENSION, peers, rounds if count <= MOST_MEASURED else 1)
    return found


def row(name: str, result: Result, ours: float) -> list[str]:
    """What a table says of one program: seconds, how many times Bobbin's, and the measures of its map."""
    if "skipped" in result:
        return [name, result["skipped"], "–", "–", "–", "–", "–", "–"]
    times = result["seconds"]
    median = statistics.median(times)
    spread = f" ({min(times):.2f} to {max(times):.2f})" if len(times) > 1 else ""
    keys = ["divergence", "trustworthiness12", "preservation10", "preservation100", "accuracy10"]
    measures = [f"{result[key]:.4f}" if key in result else "–" for key in keys]
    if name == "umap":
        measures[0] = "–"
    return [name, f"{median:.2f}{spread}", f"{median / ours:.1f}", *measures]


HEADER = ["program", "seconds", "times Bobbin's", "KL", "trustworthiness 12", "neighbours kept 10", "100", "kNN accuracy"]


def rows(results: dict[str, Result]) -> list[list[str]]:
    ours = statistics.median(results["bobbin"]["seconds"] or [float("nan")])
    return [row(name, result, ours) for name, result in results.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--codes", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--dimension", type=int, default=DIMENSION)
    parser.add_argument("--count", type=int, default=TEST_COUNT)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="*", default=installed(), choices=list(PEERS))
    parser.add_argument("--bench", type=Path, default=BENCH)
    parser.add_argument("--run-peer", nargs=2, metavar=("NAME", "POSITIONS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run_peer:
        name, positions = options.run_peer
        run_peer(name, str(options.codes), options.dimension, positions, options.threads)
        return
    with tempfile.TemporaryDirectory() as folder:
        codes, labels = options.codes, options.labels
        if codes is None:
            codes, labels = Path(folder, "codes"), Path(folder, "labels")
            stand_in(options.count, codes, labels)
        found = compare(codes, labels, options.dimension, options.peers, options.rounds, options.threads, options.bench)
    table = [HEADER, *rows(found)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADER))]
    for line in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths)))


if __name__ == "__main__":
    main()
