"""Times a training step of an autoencoder in JAX (flax and optax), compiled by XLA, and prints {"jit": milliseconds}.

    jax_measure.py --model model.json --batch 128 --steps 300

The model is built from what `bobbin show RECIPE --json` prints; its count of parameters must be Bobbin's.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

ACTIVATIONS: dict[str, Callable[[jax.Array], jax.Array]] = {
    "relu": nn.relu, "selu": nn.selu, "sigmoid": nn.sigmoid, "tanh": jnp.tanh,
}


class Model(nn.Module):
    """All layers in their order; images are [N, H, W, C], as XLA likes them."""

    rows: list[dict[str, Any]]

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        for row in self.rows:
            kind, fields = next(iter(row["layer"].items()))
            x = self.apply_layer(kind, fields, x)
        return x

    def apply_layer(self, kind: str, fields: dict[str, Any], x: jax.Array) -> jax.Array:
        size = fields.get("kernel", 0)
        padding, strides = fields.get("padding", 0), (fields.get("stride", 1),) * 2
        match kind:
            case "conv2d":
                return nn.Conv(
                    fields["channels"], (size, size), strides, [(padding, padding)] * 2, use_bias=fields["bias"])(x)
            case "convTranspose2d":
                # flax pads the image that strides have spread out.
                more = fields["outputPadding"]
                around = [(size - 1 - padding, size - 1 - padding + more[side]) for side in ("height", "width")]
                return nn.ConvTranspose(
                    fields["channels"], (size, size), strides, around, use_bias=fields["bias"])(x)
            case "linear": return nn.Dense(fields["features"], use_bias=fields["bias"])(x)
            case "activation": return ACTIVATIONS[next(iter(fields))](x)
            case "flatten": return x.reshape(len(x), -1)
            case "unflatten": return x.reshape(len(x), fields["height"], fields["width"], fields["channels"])
        raise SystemExit(f"JAX's side does not know the layer {kind}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=300)
    options = parser.parse_args()
    description = json.loads(options.model.read_text())
    if description["recipe"]["model"]["kind"] != "autoencoder":
        raise SystemExit("JAX's side knows autoencoders only")

    model = Model(description["layers"])
    channels, height, width = description["input"]
    images = jax.random.uniform(jax.random.key(0), (60_000, height, width, channels))
    parameters = model.init(jax.random.key(1), images[:1])
    count = sum(leaf.size for leaf in jax.tree.leaves(parameters))
    expected = sum(row["parameters"] for row in description["layers"])
    if count != expected:
        raise SystemExit(f"JAX's model has {count} parameters instead of {expected}")
    adam = description["recipe"]["training"]["optimizer"]["adam"]
    optimizer = optax.adam(adam["learningRate"], adam["beta1"], adam["beta2"], adam["epsilon"])

    @jax.jit
    def step(parameters: Any, state: Any, rows: jax.Array) -> tuple[Any, Any, jax.Array]:
        batch = images[rows]

        def objective(parameters: Any) -> jax.Array:
            return jnp.mean((model.apply(parameters, batch) - batch) ** 2)

        loss, gradients = jax.value_and_grad(objective)(parameters)
        updates, state = optimizer.update(gradients, state)
        return optax.apply_updates(parameters, updates), state, loss

    state = optimizer.init(parameters)
    order = jax.random.permutation(jax.random.key(2), len(images))
    times = []
    for number in range(options.steps + 5):
        first = number * options.batch % (len(images) - options.batch)
        rows = order[first : first + options.batch]
        start = time.perf_counter()
        parameters, state, loss = step(parameters, state, rows)
        loss.block_until_ready()
        times.append(1000 * (time.perf_counter() - start))
    print(json.dumps({"jit": statistics.median(times[5:])}))


if __name__ == "__main__":
    main()
