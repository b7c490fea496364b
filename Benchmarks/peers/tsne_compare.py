"""Maps the same codes with Bobbin's t-SNE, openTSNE, scikit-learn and UMAP, and prints times and measures of the maps.

    python -m venv .venv && .venv/bin/pip install scikit-learn==1.9.1 openTSNE==1.0.4 umap-learn==0.5.12
    swift build -c release --product MapBench
    .venv/bin/python tsne_compare.py --rounds 3 [--codes FILE --dimension 20] [--peers opentsne umap]

Without --codes the codes are the first 20 principal components of Fashion-MNIST's 10,000 test images, which stand in for
latent codes. A file of codes holds 32-bit floats, code after code. Perplexity 30; every peer with its own defaults, so
its own number of iterations, on two threads. Every program runs in a process of its own, in turn, round after round, on an
otherwise idle machine; times are medians over rounds. UMAP compiles itself when it first runs: it maps 500 codes before.

All maps are measured alike, by Bobbin on exact neighbours: the divergence KL(P||Q) over all pairs, trustworthiness with 12
neighbours, and the shares of 10 and of 100 neighbours that are kept. The divergence means nothing for UMAP.
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
from pathlib import Path

HERE = Path(__file__).resolve().parent
TEST_IMAGES = "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz"


def stand_in():
    import numpy as np
    from sklearn.decomposition import PCA

    with gzip.open(TEST_IMAGES) as file:
        images = np.frombuffer(file.read()[16:], np.uint8).reshape(-1, 784)
    return PCA(20, svd_solver="covariance_eigh").fit_transform(images / 255.0).astype(np.float32)


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
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return json.loads(output.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--codes", type=Path)
    parser.add_argument("--dimension", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    parser.add_argument("--bench", type=Path, default=HERE.parent.parent / ".build/release/MapBench")
    parser.add_argument("--run-peer", nargs=2, metavar=("NAME", "POSITIONS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run_peer:
        name, positions = options.run_peer
        run_peer(name, str(options.codes), options.dimension, positions, options.threads)
        return

    count = str(options.threads)
    environment = os.environ | {f"{name}_NUM_THREADS": count for name in ("OMP", "OPENBLAS", "NUMBA")}
    with tempfile.TemporaryDirectory() as folder:
        codes = options.codes
        if codes is None:
            codes = Path(folder, "codes")
            stand_in().tofile(codes)
        shape = [str(codes), str(options.dimension)]
        totals: dict[str, list[float]] = {}
        for _ in range(options.rounds):
            for name in ["bobbin", *options.peers]:
                positions = str(Path(folder, name))
                if name == "bobbin":
                    command = [str(options.bench), "map", *shape, positions, count]
                else:
                    command = [
                        sys.executable, __file__, "--codes", shape[0], "--dimension", shape[1], "--threads", count,
                        "--run-peer", name, positions]
                totals.setdefault(name, []).append(last_line(command, environment)["total"])
        ours = statistics.median(totals["bobbin"])
        print(f"{'':10} {'seconds':>8} {'(least, most)':>16} {'x ours':>7} {'KL':>8} {'trust':>7} {'kept10':>7} {'kept100':>7}")
        for name, times in totals.items():
            measure = [str(options.bench), "measure", *shape, str(Path(folder, name)), count]
            values = last_line(measure, environment)
            median = statistics.median(times)
            spread = f"({min(times):.2f}, {max(times):.2f})"
            print(
                f"{name:10} {median:8.2f} {spread:>16} {median / ours:7.1f} {values['divergence']:8.4f}"
                f" {values['trustworthiness12']:7.4f} {values['preservation10']:7.4f} {values['preservation100']:7.4f}",
                flush=True)


if __name__ == "__main__":
    main()
