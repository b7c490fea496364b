"""What a training of Bobbin writes, opened with TensorBoard and Pillow. Run by `make test-interop`.

usage: test_training.py BOBBIN
"""

import glob
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

BOBBIN = os.path.abspath(sys.argv[1])

RECIPE = """
name: events
data: {set: digits-synthetic, split: {validation: 1000}}
model:
  kind: vae
  encoder: [flatten, linear: 16, relu]
  decoder: {mirrored: {}}
  latent: 3
training: {epochs: 3, batch: 512, seed: 1}
callbacks: [samples: {count: 9}, reconstructions: {count: 4, every: 2}, tensorboard]
"""


def train(folder, *words):
    result = subprocess.run(
        [BOBBIN, "train", *words, "--threads", "1"], cwd=folder, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr


def check_scalars(run, epochs):
    events = EventAccumulator(run, size_guidance={"images": 0, "scalars": 0, "tensors": 0}).Reload()
    with open(run + "/history.jsonl") as file:
        records = [json.loads(line) for line in file]
    assert len(records) == epochs
    expected = {"learningRate": [record["learningRate"] for record in records]}
    for part in ["training", "validation", "monitor"]:
        for metric in records[0][part]:
            expected[f"{part}/{metric}"] = [record[part][metric] for record in records]
    assert sorted(events.Tags()["scalars"]) == sorted(expected), events.Tags()
    for tag, values in expected.items():
        found = events.Scalars(tag)
        assert [event.step for event in found] == list(range(1, epochs + 1)), tag
        assert [event.value for event in found] == [float(np.float32(value)) for value in values], tag
        times = [event.wall_time for event in found]
        assert times == sorted(times) and times[0] > 1e9, times
    return events


def check_images(run, events):
    for tag, pictures in [("samples", "samples"), ("reconstructions-test", "reconstructions-test")]:
        paths = sorted(glob.glob(f"{run}/figures/{pictures}-*.png"))
        found = events.Images(tag)
        assert [event.step for event in found] == [int(path[-8:-4]) for path in paths] and paths, tag
        for event, path in zip(found, paths):
            with open(path, "rb") as file:
                assert event.encoded_image_string == file.read(), path
            assert (event.width, event.height) == Image.open(path).size


def check_animation(run):
    animation = Image.open(run + "/figures/samples.gif")
    paths = sorted(glob.glob(f"{run}/figures/samples-*.png"))
    assert animation.n_frames == len(paths) and animation.info["loop"] == 0
    for frame, path in enumerate(paths):
        animation.seek(frame)
        assert animation.info["duration"] == 200
        assert np.array_equal(np.asarray(animation.convert("L")), np.asarray(Image.open(path))), path


with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/events.yaml", "w") as file:
        file.write(RECIPE)
    train(folder, "events.yaml")
    run = folder + "/runs/events-1"
    for epochs in [3, 5]:
        if epochs > 3:
            train(folder, run, "--resume", "--set", f"training.epochs={epochs}")
        events = check_scalars(run, epochs)
        check_images(run, events)
        check_animation(run)
        print(f"ok: {epochs} epochs in TensorBoard and Pillow")
