"""Makes the golden fixtures beside this file: what PyTorch computes, for Bobbin to agree with.

    python -m venv .venv && .venv/bin/pip install torch==2.15.0 numpy==2.4.6 safetensors==0.8.0
    .venv/bin/python make_goldens.py [--output DIR]

Made with Python 3.11, torch 2.15.0, numpy 2.4.6, safetensors 0.8.0, one thread, deterministic algorithms, on an x86-64
CPU with AVX-512. Two runs on one machine write the same bytes; another CPU may differ in the last bits of float32.

    cae.safetensors            report R0's convolutional autoencoder, mean squared error
    cae-batchnorm.safetensors  the same with a linear layer of 128 and batch norm
    denoising.safetensors      the same network, its images corrupted and compared with the clean ones
    vae.safetensors            a small Bernoulli VAE, nats per image
    vae-beta-bernoulli.safetensors  a smaller one with beta = 4
    vae-beta-gaussian.safetensors   the same with a Gaussian likelihood of variance 0.1, a sigmoid for its mean, and beta = 2.5
    gan.safetensors            a narrow DCGAN; see `train_gan`
    selu-autoencoder.safetensors  report R3's convolutional autoencoder with fewer channels, mean squared error
    classifier.safetensors     convolution, pooling, batch norm of a vector and GELU; cross-entropy in nats
    optimizers.safetensors     five optimisers on forty parameters; settings in its metadata
    philox.json                the Random123 known answers of Philox-4x32-10

Each model takes ten steps of Adam (2e-3, betas 0.9 and 0.999, epsilon 1e-8, no decay) in training mode, one batch of 16
per step, pixels divided by 255. A model's file holds:

    images          U8  [10, 16, 1, 28, 28]  the batches, in order
    initial/NAME    the state_dict before the first step (float32; num_batches_tracked int64)
    losses          F64 [10]  of each step before its update; the network in float32, the loss of its output in float64
    losses64        F64 [10]  the same ten steps wholly in float64, from the same initial values
    final_output    F32 [16, 1, 28, 28]  batch 0 through the trained model in evaluation mode (Bernoulli VAE: sigmoid(decode(mu)))
    final_output64  F32 [16, 1, 28, 28]  the same, of the float64 steps

cae adds `gradient/NAME` (F32): the gradients of the first step, computed in float64. The VAEs add `epsilon` F32 [10, 16, 4]
(z = mu + exp(logvar / 2) * epsilon), and the two parts of the losses, `reconstruction` and `kl`, F64 [10].

denoising adds `corrupted` F32 [10, 16, 1, 28, 28], what goes into the network: images / 255 + 0.3 * noise in float32; it has
no outputs and no running statistics.
classifier adds `labels` F32 [10, 16]; its final output is [16, 10], the scores. selu-autoencoder adds `sgd/` and
`rmsprop/` `losses` and `final_output`: the ten steps from the same initial values with SGD (0.1, momentum 0.9, decay 1e-3) and with
RMSprop (1e-3, alpha 0.99), in float32.

cae-batchnorm adds, all of the float64 steps and stored as F32 (MODULE is the batch norm's name):

    final_running_var/MODULE              after the ten steps
    final_running_mean_minus_bias/MODULE  likewise, less the bias of the layer in front, weighted as below
    final_output_training                 [16, 1, 28, 28]  batch 0 normalised by its own statistics

A bias in front of a batch norm has no true gradient, and Adam turns the rounding noise of float32 into steps of up to
the learning rate: such a bias is no two programs' same. It cancels in the losses and in `final_output_training`, but
not in `final_output`, which carries its wander: float32 runs differ by up to 1e-3. In float64 it stays put. Nor is
running mean - final bias free of it, since each batch moved the mean by the bias of its day. So the share to subtract
is averaged as the mean is: before each update, share <- 0.9 share + 0.1 bias, from 0.

Its seed was picked for conditioning: of eleven tried, one of those where float32 runs from initial values 1e-7 apart
keep `final_output_training` within 1e-6 of float64's. The worst were 5e-2 away.
"""

import argparse
import functools
import json
import platform
from pathlib import Path

import numpy as np
import safetensors
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

STEPS, BATCH, SIDE = 10, 16, 28
VAE_LATENT = 4
DENOISING_SEED = 17
GAN_LATENT = 8
VERSIONS = (
    f"Python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__}, "
    f"safetensors {safetensors.__version__}"
)


# Models


class Autoencoder(nn.Module):
    """Gives the two halves the names that a Bobbin checkpoint uses: `encoder.0.weight`, …"""

    def __init__(self, encoder: nn.Sequential, decoder: nn.Sequential):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, images: Tensor) -> Tensor:
        return self.decoder(self.encoder(images))


def cae(latent: int = 20, hidden: int = 64, batch_norm: bool = False) -> Autoencoder:
    """Report R0's network, 28 -> 14 -> 7 -> 4; batch norm goes after every (transposed) convolution but the output."""

    def normalised(layer: nn.Module) -> list[nn.Module]:
        return [layer, *([nn.BatchNorm2d(layer.out_channels)] if batch_norm else []), nn.ReLU()]

    encoder = nn.Sequential(
        *normalised(nn.Conv2d(1, 8, 3, stride=2, padding=1)),
        *normalised(nn.Conv2d(8, 16, 3, stride=2, padding=1)),
        *normalised(nn.Conv2d(16, 32, 3, stride=2, padding=1)),
        nn.Flatten(),
        nn.Linear(512, hidden), nn.ReLU(),
        nn.Linear(hidden, latent),
    )
    decoder = nn.Sequential(
        nn.Linear(latent, hidden), nn.ReLU(),
        nn.Linear(hidden, 512), nn.ReLU(),
        nn.Unflatten(1, (32, 4, 4)),
        *normalised(nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=0)),
        *normalised(nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1)),
        nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid(),
    )
    return Autoencoder(encoder, decoder)


def vae(latent: int = VAE_LATENT) -> Autoencoder:
    """The encoder's last layer gives mu, then logvar; the decoder gives logits."""
    encoder = nn.Sequential(
        nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(),
        nn.Linear(784, 32), nn.ReLU(),
        nn.Linear(32, 2 * latent),
    )
    decoder = nn.Sequential(
        nn.Linear(latent, 32), nn.ReLU(),
        nn.Linear(32, 784), nn.ReLU(),
        nn.Unflatten(1, (16, 7, 7)),
        nn.ConvTranspose2d(16, 8, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1, output_padding=1),
    )
    return Autoencoder(encoder, decoder)


def narrow_vae(*output: nn.Module) -> Autoencoder:
    """As `vae` with fewer channels; `output` ends the decoder."""
    encoder = nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(),
        nn.Linear(294, 12), nn.ReLU(),
        nn.Linear(12, 2 * VAE_LATENT),
    )
    decoder = nn.Sequential(
        nn.Linear(VAE_LATENT, 12), nn.ReLU(),
        nn.Linear(12, 294), nn.ReLU(),
        nn.Unflatten(1, (6, 7, 7)),
        nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(4, 1, 3, stride=2, padding=1, output_padding=1), *output,
    )
    return Autoencoder(encoder, decoder)


def selu_autoencoder(latent: int = 2) -> Autoencoder:
    """Report R3's structure, 28 -> 14 -> 7 -> 3 and three linear layers, SELU throughout, with few channels."""
    encoder = nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.SELU(),
        nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.SELU(),
        nn.Conv2d(6, 10, 3, stride=2), nn.SELU(),
        nn.Flatten(),
        nn.Linear(90, 30), nn.SELU(),
        nn.Linear(30, 12), nn.SELU(),
        nn.Linear(12, latent),
    )
    decoder = nn.Sequential(
        nn.Linear(latent, 12), nn.SELU(),
        nn.Linear(12, 30), nn.SELU(),
        nn.Linear(30, 90), nn.SELU(),
        nn.Unflatten(1, (10, 3, 3)),
        nn.ConvTranspose2d(10, 6, 3, stride=2), nn.SELU(),
        nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1), nn.SELU(),
        nn.ConvTranspose2d(4, 1, 3, stride=2, padding=1, output_padding=1), nn.Sigmoid(),
    )
    return Autoencoder(encoder, decoder)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        # The norm stands behind the activation, so that no parameter lacks a true gradient, for the reason above: in front of it
        # neither a bias nor the weight of a pixel that is always black has one. Dropout stands where Bobbin's has its place.
        self.head = nn.Sequential(
            nn.Linear(196, 32), nn.GELU(), nn.BatchNorm1d(32), nn.Dropout(0), nn.Linear(32, 10))

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.encoder(images))
class Adversaries(nn.Module):
    """A generator and a discriminator built as DCGAN's, but narrow; the code is a feature map of one pixel."""

    def __init__(self, latent: int = GAN_LATENT):
        super().__init__()
        self.generator = nn.Sequential(
            nn.ConvTranspose2d(latent, 12, 7, bias=False), nn.BatchNorm2d(12), nn.ReLU(),
            nn.ConvTranspose2d(12, 8, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
            nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1, bias=False), nn.Tanh(),
        )
        self.discriminator = nn.Sequential(
            nn.Conv2d(1, 8, 4, stride=2, padding=1, bias=False), nn.LeakyReLU(0.2),
            nn.Conv2d(8, 12, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(12), nn.LeakyReLU(0.2),
            nn.Conv2d(12, 16, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.2),
            nn.Conv2d(16, 1, 4, bias=False), nn.Sigmoid(),
        )

    def judge(self, images: Tensor) -> Tensor:
        return self.discriminator(images).flatten()


# Data


def shapes(count: int, seed: int) -> np.ndarray:
    """Draws images of one to four soft-edged ellipses and rectangles, U8 [count, 1, 28, 28]."""
    random = np.random.default_rng(seed)
    row, column = np.mgrid[0:SIDE, 0:SIDE].astype(float)
    images = np.zeros((count, 1, SIDE, SIDE))
    for image in images[:, 0]:
        for _ in range(random.integers(1, 5)):
            centre_row, centre_column = random.uniform(6, 22, size=2)
            half_height, half_width = random.uniform(2.5, 9, size=2)
            angle, softness, grey = random.uniform(0, np.pi), random.uniform(0.1, 0.8), random.uniform(0.2, 1)
            down, right = row - centre_row, column - centre_column
            u = (np.cos(angle) * down + np.sin(angle) * right) / half_height
            v = (np.cos(angle) * right - np.sin(angle) * down) / half_width
            distance = np.hypot(u, v) if random.random() < 0.5 else np.maximum(np.abs(u), np.abs(v))
            opacity = np.clip((1 - distance) / softness + 0.5, 0, 1)
            image += opacity * (grey - image)
    return np.rint(255 * images).astype(np.uint8)


# Training


def autoencoder_parts(model: Autoencoder, images: Tensor, _: Tensor) -> tuple[Tensor, ...]:
    return model(images), images


def autoencoder_loss(output: Tensor, images: Tensor) -> dict[str, Tensor]:
    return {"losses": functional.mse_loss(output, images)}


def denoising_parts(model: Autoencoder, images: Tensor, noise: Tensor) -> tuple[Tensor, ...]:
    return model(corrupted(images, noise)), images


def corrupted(images: Tensor, noise: Tensor) -> Tensor:
    """In float32 whatever the precision of the network, so that both see the same."""
    return (images.float() + 0.3 * noise.float()).to(images.dtype)


def vae_parts(model: Autoencoder, images: Tensor, epsilon: Tensor) -> tuple[Tensor, ...]:
    mu, logvar = model.encoder(images).chunk(2, dim=1)
    return model.decoder(mu + torch.exp(logvar / 2) * epsilon), images, mu, logvar


def bernoulli(logits: Tensor, images: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, images, reduction="sum")


def gaussian(means: Tensor, images: Tensor) -> Tensor:
    """Without the constant, which no weight can change."""
    return functional.mse_loss(means, images, reduction="sum") / (2 * 0.1)


def vae_loss(
    output: Tensor, images: Tensor, mu: Tensor, logvar: Tensor, beta: float = 1, likelihood=bernoulli
) -> dict[str, Tensor]:
    """Nats per image: sums over pixels and latents, mean over the batch."""
    reconstruction = likelihood(output, images) / len(images)
    kl = -0.5 * (1 + logvar - mu.square() - logvar.exp()).sum() / len(images)
    return {"losses": reconstruction + beta * kl, "reconstruction": reconstruction, "kl": kl}


def vae_means(model: Autoencoder, images: Tensor) -> Tensor:
    return model.decoder(model.encoder(images).chunk(2, dim=1)[0])


def vae_output(model: Autoencoder, images: Tensor) -> Tensor:
    return torch.sigmoid(vae_means(model, images))


def classifier_parts(model: Classifier, images: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
    return model(images), labels


def classifier_loss(scores: Tensor, labels: Tensor) -> dict[str, Tensor]:
    return {"losses": functional.cross_entropy(scores, labels.long())}


def adam(parameters) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, foreach=False)


OTHER_OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=1e-3, foreach=False),
    "rmsprop": lambda parameters: torch.optim.RMSprop(parameters, lr=1e-3, alpha=0.99, eps=1e-8, foreach=False),
}


def batch_norms(model: Autoencoder) -> dict[str, tuple[nn.Module, nn.BatchNorm2d]]:
    """Every batch norm by name, with the layer in front of it."""
    modules = list(model.named_modules())
    return {
        name: (before, module)
        for (_, before), (name, module) in zip(modules, modules[1:]) if isinstance(module, nn.BatchNorm2d)
    }


def train(model: nn.Module, images: Tensor, extra: Tensor, parts, loss, make_optimizer=adam) -> dict[str, Tensor]:
    """Takes the ten steps in the precision of the model; returns losses, first gradients and running statistics."""
    dtype = next(model.parameters()).dtype
    optimizer = make_optimizer(model.parameters())
    history: dict[str, list[Tensor]] = {}
    result: dict[str, Tensor] = {}
    norms = batch_norms(model)
    bias_share = {name: torch.zeros_like(norm.running_mean) for name, (_, norm) in norms.items()}
    model.train()
    for step in range(STEPS):
        values = parts(model, images[step].to(dtype) / 255, extra[step].to(dtype))
        optimizer.zero_grad()
        loss(*values)["losses"].backward()
        for name, value in loss(*(value.detach().double() for value in values)).items():
            history.setdefault(name, []).append(value)
        if step == 0:
            result |= {f"gradient/{name}": parameter.grad.clone() for name, parameter in model.named_parameters()}
        for name, (layer, norm) in norms.items():
            bias_share[name].lerp_(layer.bias.detach(), norm.momentum)
        optimizer.step()
    result |= {name: torch.stack(values) for name, values in history.items()}
    for name, (_, norm) in norms.items():
        result[f"final_running_mean_minus_bias/{name}"] = norm.running_mean - bias_share[name]
        result[f"final_running_var/{name}"] = norm.running_var.clone()
    return result


def train_gan(model: Adversaries, images: Tensor, noise: Tensor) -> dict[str, Tensor]:
    """Takes ten adversarial steps: the discriminator on real and on made images, each batch on its own, then, frozen as it is
    by then, under the generator. Pixels are scaled to [-1, 1]. Two optimisers Adam (1e-3, betas 0.5 and 0.999)."""
    dtype = next(model.parameters()).dtype
    players = {"discriminator": model.discriminator, "generator": model.generator}
    optimizers = {
        name: torch.optim.Adam(player.parameters(), lr=1e-3, betas=(0.5, 0.999), eps=1e-8, foreach=False)
        for name, player in players.items()
    }
    history: dict[str, list[Tensor]] = {}
    result: dict[str, Tensor] = {}

    def record(**values: Tensor) -> None:
        for name, value in values.items():
            history.setdefault(name, []).append(value.detach().double())

    def loss(scores: Tensor, label: float) -> Tensor:
        return functional.binary_cross_entropy(scores, torch.full_like(scores, label))

    def update(name: str, objective: Tensor) -> None:
        optimizers[name].zero_grad()
        objective.backward()
        if f"gradient/{name}.0.weight" not in result:
            result.update(
                {f"gradient/{name}.{key}": value.grad.clone() for key, value in players[name].named_parameters()})
        optimizers[name].step()

    model.train()
    for step in range(STEPS):
        made = model.generator(noise[step].to(dtype))
        real, fake = model.judge(images[step].to(dtype) * (2 / 255) - 1), model.judge(made.detach())
        update("discriminator", loss(real, 1) + loss(fake, 0))
        model.discriminator.requires_grad_(False)
        again = model.judge(made)
        update("generator", loss(again, 1))
        model.discriminator.requires_grad_(True)
        real, fake, again = (scores.detach().double() for scores in (real, fake, again))
        record(
            discriminator=loss(real, 1) + loss(fake, 0), generator=loss(again, 1), realScore=real.mean(),
            fakeScore=fake.mean())
    return result | {name: torch.stack(values) for name, values in history.items()}


def golden_gan(model: Adversaries, seed: int) -> dict[str, Tensor]:
    """Takes the ten steps in float32, then from the same initial values in float64; returns all there is to store:

        epsilon         F32 [10, 16, 8, 1, 1]  the codes, as `images` for the batches and `initial/NAME` for the state_dict
        discriminator, generator, realScore, fakeScore    F64 [10]  losses, and mean scores before the discriminator's update
        discriminator64, …                                F64 [10]  the same wholly in float64
        gradient/NAME   F32  of the first step, computed in float64
        state/NAME      F32  running statistics after the last step; num_batches_tracked int64
        final_output    F32 [16, 1, 28, 28]  codes of batch 0 through the trained generator in evaluation mode
        final_score     F32 [16]  batch 0 through the trained discriminator in evaluation mode
    """
    images = torch.from_numpy(shapes(STEPS * BATCH, seed)).view(STEPS, BATCH, 1, SIDE, SIDE)
    noise = torch.randn(STEPS, BATCH, GAN_LATENT, 1, 1)
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    result = {"images": images, "epsilon": noise} | {f"initial/{name}": value for name, value in initial.items()}
    result |= without(train_gan(model, images, noise), "gradient/")

    model.load_state_dict(initial)
    precise = train_gan(model.double(), images, noise)
    result |= {
        name if "/" in name else f"{name}64": value.float() if "/" in name else value for name, value in precise.items()
    }
    for name, value in model.state_dict().items():
        if "running" in name or "tracked" in name:
            result[f"state/{name}"] = value.float() if value.is_floating_point() else value
    with torch.no_grad():
        model.eval()
        result["final_output"] = model.generator(noise[0].double()).float()
        result["final_score"] = model.judge(images[0].double() * (2 / 255) - 1).float()
    return result


def golden(
    model: nn.Module, seed: int, parts=autoencoder_parts, loss=autoencoder_loss, output=lambda model, images: model(images),
    extra: tuple[str, Tensor] | None = None, optimizers={},
) -> dict[str, Tensor]:
    """Takes the ten steps in float32, then from the same initial values in float64; returns all there is to store."""
    images = torch.from_numpy(shapes(STEPS * BATCH, seed)).view(STEPS, BATCH, 1, SIDE, SIDE)
    name, extra = extra or ("epsilon", torch.randn(STEPS, BATCH, VAE_LATENT))
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    result = {"images": images, name: extra} | {f"initial/{name}": value for name, value in initial.items()}

    result |= train(model, images, extra, parts, loss)
    with torch.no_grad():
        result["final_output"] = output(model.eval(), images[0] / 255)
    for name, make_optimizer in optimizers.items():
        model.load_state_dict(initial)
        result[f"{name}/losses"] = train(model, images, extra, parts, loss, make_optimizer)["losses"]
        with torch.no_grad():
            result[f"{name}/final_output"] = output(model.eval(), images[0] / 255)

    model.load_state_dict(initial)
    precise = train(model.double(), images, extra, parts, loss)
    result["losses64"] = precise.pop("losses")
    result |= {name: value.float() for name, value in precise.items() if "/" in name}
    with torch.no_grad():
        result["final_output64"] = output(model.eval(), images[0].double() / 255).float()
        result["final_output_training"] = output(model.train(), images[0].double() / 255).float()
    return result


def without(tensors: dict[str, Tensor], *prefixes: str) -> dict[str, Tensor]:
    return {name: value for name, value in tensors.items() if not name.startswith(prefixes)}


def optimizers(count: int = 40, steps: int = 12) -> tuple[dict[str, Tensor], dict[str, dict]]:
    """Drives each optimiser with the same gradients, of sizes from 1e-8 to 10, the last parameter's always zero."""
    settings = {
        "adam": {"lr": 2e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 1e-2},
        "adam_beta_half": {"lr": 2e-3, "betas": [0.5, 0.999], "eps": 1e-8, "weight_decay": 0},
        "adamw": {"lr": 2e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 1e-2},
        "sgd": {"lr": 1e-2, "momentum": 0.9, "dampening": 0, "nesterov": False, "weight_decay": 1e-2},
        "rmsprop": {"lr": 1e-3, "alpha": 0.99, "eps": 1e-8, "momentum": 0, "centered": False, "weight_decay": 1e-2},
    }
    kinds = {"adamw": torch.optim.AdamW, "sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop}
    start = torch.randn(count)
    gradients = torch.randn(steps, count) * torch.logspace(-8, 1, count)
    gradients[:, -1] = 0
    result = {"gradients": gradients}
    for name, arguments in settings.items():
        parameter = nn.Parameter(start.clone())
        optimizer = kinds.get(name, torch.optim.Adam)([parameter], foreach=False, **arguments)
        states = [start.clone()]
        for gradient in gradients:
            parameter.grad = gradient.clone()
            optimizer.step()
            states.append(parameter.detach().clone())
        result[f"{name}/parameters"] = torch.stack(states)
    return result, settings


def philox() -> dict:
    """The philox4x32 lines for ten rounds of `kat_vectors` in the Random123 distribution (Salmon et al., SC 2011)."""
    lines = """
        00000000 00000000 00000000 00000000  00000000 00000000  6627e8d5 e169c58d bc57ac4c 9b00dbd8
        ffffffff ffffffff ffffffff ffffffff  ffffffff ffffffff  408f276d 41c83b0e a20bc7c6 6d5451fd
        243f6a88 85a308d3 13198a2e 03707344  a4093822 299f31d0  d16cfe09 94fdcceb 5001e420 24126ea1
    """
    words = [line.split() for line in lines.strip().splitlines()]
    return {
        "generator": "philox4x32", "rounds": 10,
        "vectors": [{"counter": word[:4], "key": word[4:6], "result": word[6:]} for word in words],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent)
    folder = parser.parse_args().output
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    def save(name: str, tensors: dict[str, Tensor], **metadata: str) -> None:
        # One metadata key: safetensors does not promise an order, and the bytes should not change.
        made_with = json.dumps({"versions": VERSIONS, **metadata}, sort_keys=True)
        save_file(tensors, folder / f"{name}.safetensors", metadata={"made_with": made_with})

    torch.manual_seed(1)
    save("cae", without(golden(cae(), seed=1), "epsilon", "final_output_training"))

    torch.manual_seed(17)
    save("cae-batchnorm", without(golden(cae(hidden=128, batch_norm=True), seed=2), "epsilon", "gradient/"))

    torch.manual_seed(DENOISING_SEED)
    tensors = golden(
        cae(hidden=128, batch_norm=True), seed=5, parts=denoising_parts,
        extra=("epsilon", torch.randn(STEPS, BATCH, 1, SIDE, SIDE)))
    tensors["corrupted"] = corrupted(tensors["images"].float() / 255, tensors["epsilon"])
    save("denoising", without(tensors, "epsilon", "gradient/", "final_"))

    torch.manual_seed(3)
    tensors = golden(vae(), seed=3, parts=vae_parts, loss=vae_loss, output=vae_output)
    save("vae", without(tensors, "gradient/", "final_output_training"))

    for name, seed, model, output, settings in (
        ("bernoulli", 7, narrow_vae, vae_output, {"beta": 4, "likelihood": bernoulli}),
        ("gaussian", 8, lambda: narrow_vae(nn.Sigmoid()), vae_means, {"beta": 2.5, "likelihood": gaussian}),
    ):
        torch.manual_seed(seed)
        tensors = golden(
            model(), seed=seed, parts=vae_parts, loss=functools.partial(vae_loss, **settings), output=output)
        save(f"vae-beta-{name}", without(tensors, "gradient/", "final_output_training"))

    torch.manual_seed(5)
    save("gan", golden_gan(Adversaries(), seed=5))

    torch.manual_seed(5)
    tensors = golden(selu_autoencoder(), seed=5, optimizers=OTHER_OPTIMIZERS)
    save("selu-autoencoder", without(tensors, "epsilon", "gradient/", "final_output_training"))

    torch.manual_seed(6)
    labels = torch.randint(10, (STEPS, BATCH)).float()
    tensors = golden(
        Classifier(), seed=6, parts=classifier_parts, loss=classifier_loss, extra=("labels", labels))
    save("classifier", without(tensors, "final_output_training"))

    torch.manual_seed(4)
    tensors, settings = optimizers()
    save("optimizers", tensors, settings=settings)
    (folder / "philox.json").write_text(json.dumps(philox(), indent=2) + "\n")


if __name__ == "__main__":
    main()
