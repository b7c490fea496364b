"""One training step in PyTorch, in each of the ways that users make it fast."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

import torch_model
from torch_model import Description


@dataclass(frozen=True)
class Variant:
    """A way to run a model."""

    channels_last: bool = False
    fused: bool = True
    compiled: bool = False
    bfloat16: bool = False

    @property
    def memory_format(self) -> torch.memory_format:
        return torch.channels_last if self.channels_last else torch.contiguous_format

    def placed(self, model: nn.Module) -> nn.Module:
        return model.to(memory_format=self.memory_format)

    def compile(self, call: Callable[..., Any]) -> Callable[..., Any]:
        return torch.compile(call) if self.compiled else call

    def autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast("cpu", torch.bfloat16) if self.bfloat16 else nullcontext()


VARIANTS = {
    "eager": Variant(),
    "eager, default Adam": Variant(fused=False),
    "channels-last": Variant(channels_last=True),
    "compile": Variant(channels_last=True, compiled=True),
    "bf16": Variant(channels_last=True, bfloat16=True),
}
"""By name; `bf16` computes with fewer digits than the others and Bobbin, and is never the one to beat."""


class LossTraining:
    """Steps of a model with one objective."""

    def __init__(self, description: Description, variant: Variant, weights: dict[str, Tensor] | None = None) -> None:
        self.description = description
        self.variant = variant
        model = variant.placed(torch_model.loss_model(description)).train()
        if weights is not None:
            model.parts.load_state_dict(weights)
        node = description["recipe"]["training"]["optimizer"]
        self.optimizer = torch_model.optimizer(node, model.parameters(), variant.fused)
        self.objective = variant.compile(model)

    def step(self, batch: Tensor, target: Tensor | None) -> Tensor:
        """Trains on a batch; without a target the images are to come back."""
        with self.variant.autocast():
            given = torch_model.corrupted(batch, self.description)
            loss = self.objective(given, batch if target is None else target)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()


class GANTraining:
    """Steps of a GAN: the discriminator on real images, then on fakes, is updated; then the generator is, through a
    discriminator whose own gradients nobody computes. The three passes through the discriminator have batch statistics each.

    The discriminator's loss is the sum of both binary cross-entropies, the generator's the non-saturating one; a step gives
    the sum of both players' losses.
    """

    def __init__(self, description: Description, variant: Variant, weights: dict[str, Tensor] | None = None) -> None:
        self.variant = variant
        parts = variant.placed(torch_model.networks(description)).train()
        if weights is not None:
            parts.load_state_dict(weights)
        self.generator_network, self.discriminator_network = parts["generator"], parts["discriminator"]
        # The sigmoid at the end belongs to the loss, which is exact and fast with both in one.
        if isinstance(self.discriminator_network[-1], nn.Sigmoid):
            self.discriminator_network = self.discriminator_network[:-1]
        model, node = description["recipe"]["model"], description["recipe"]["training"]["optimizer"]
        if model["loss"] != "nonSaturating":
            raise torch_model.Unknown(f"loss {model['loss']} of a GAN")
        self.real_label = 1 - model["labelSmoothing"]
        self.generator_optimizer = torch_model.optimizer(
            node, self.generator_network.parameters(), variant.fused, model["generatorRate"])
        self.discriminator_optimizer = torch_model.optimizer(
            node, self.discriminator_network.parameters(), variant.fused, model["discriminatorRate"])
        self.generator = variant.compile(self.generator_network)
        self.discriminator = variant.compile(self.discriminator_network)
        self.noise = next(row["input"] for row in description["layers"] if row["path"].startswith("generator."))

    def judged(self, images: Tensor, label: float) -> Tensor:
        logits = self.discriminator(images).float().flatten()
        return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, label))

    def step(self, batch: Tensor, target: Tensor | None = None) -> Tensor:
        with self.variant.autocast():
            fakes = self.generator(torch.randn(len(batch), *self.noise))
            loss = self.judged(batch, self.real_label) + self.judged(fakes.detach(), 0)
        self.discriminator_optimizer.zero_grad()
        loss.backward()
        self.discriminator_optimizer.step()

        self.discriminator_network.requires_grad_(False)
        with self.variant.autocast():
            generator_loss = self.judged(fakes, 1)
        self.generator_optimizer.zero_grad()
        generator_loss.backward()
        self.generator_optimizer.step()
        self.discriminator_network.requires_grad_(True)
        return (loss + generator_loss).detach()


def training(
    description: Description, variant: Variant, weights: dict[str, Tensor] | None = None
) -> LossTraining | GANTraining:
    form = GANTraining if description["recipe"]["model"]["kind"] == "gan" else LossTraining
    return form(description, variant, weights)
