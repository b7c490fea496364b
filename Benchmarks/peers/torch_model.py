"""PyTorch models built from what `bobbin show RECIPE --json` prints, so that no architecture is written twice.

Names of tensors are Bobbin's (`encoder.0.weight`), so its checkpoints load as they are.
"""

import re
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Description = dict[str, Any]


class Unknown(Exception):
    """The recipe asks for something that is not written here; the row is skipped with this reason."""


def kind_of(node: Any) -> tuple[str, dict[str, Any]]:
    """The kind and the fields of a variant, which a recipe writes as its bare name or as a mapping with one key."""
    return (node, {}) if isinstance(node, str) else next(iter(node.items()))


def activation(node: dict[str, Any]) -> nn.Module:
    match kind_of(node):
        case "relu", _: return nn.ReLU()
        case "leakyReLU", fields: return nn.LeakyReLU(fields["slope"])
        case "selu", _: return nn.SELU()
        case "sigmoid", _: return nn.Sigmoid()
        case "tanh", _: return nn.Tanh()
        case name, _: raise Unknown(f"activation {name}")


def layer(row: dict[str, Any]) -> nn.Module:
    kind, fields = kind_of(row["layer"])
    channels, is_image = row["input"][0], len(row["input"]) == 3
    window = {key: fields[key] for key in ("stride", "padding", "bias") if key in fields}
    match kind:
        case "conv2d": return nn.Conv2d(channels, fields["channels"], fields["kernel"], **window)
        case "convTranspose2d":
            more = (fields["outputPadding"]["height"], fields["outputPadding"]["width"])
            return nn.ConvTranspose2d(channels, fields["channels"], fields["kernel"], output_padding=more, **window)
        case "linear": return nn.Linear(channels, fields["features"], bias=fields["bias"])
        case "batchNorm":
            norm = nn.BatchNorm2d if is_image else nn.BatchNorm1d
            return norm(channels, eps=fields["epsilon"], momentum=fields["momentum"])
        case "activation": return activation(fields)
        case "maxPool2d": return nn.MaxPool2d(fields["kernel"], fields["stride"], fields["padding"])
        case "dropout": return nn.Dropout(next(iter(fields.values())))
        case "flatten": return nn.Flatten()
        case "unflatten": return nn.Unflatten(1, (fields["channels"], fields["height"], fields["width"]))
    raise Unknown(f"layer {kind}")


def networks(description: Description) -> nn.ModuleDict:
    """Every network of the model under its name: encoder and decoder, generator and discriminator, head."""
    parts: dict[str, list[nn.Module]] = {}
    for row in description["layers"]:
        name = re.sub(r"\.\d+$", "", row["path"])
        parts.setdefault(name, []).append(layer(row))
    return nn.ModuleDict({name: nn.Sequential(*layers) for name, layers in parts.items()})


class AutoencoderLoss(nn.Module):
    """Mean over all pixels of the loss between target and reconstruction."""

    def __init__(self, description: Description) -> None:
        super().__init__()
        self.parts = networks(description)
        names = {"meanSquaredError": functional.mse_loss, "binaryCrossEntropy": functional.binary_cross_entropy}
        self.loss = names[description["recipe"]["model"]["loss"]]

    def encode(self, images: Tensor) -> Tensor:
        return self.parts["encoder"](images)

    def decode(self, codes: Tensor) -> Tensor:
        return self.parts["decoder"](codes)

    def forward(self, images: Tensor, target: Tensor) -> Tensor:
        return self.loss(self.decode(self.encode(images)), target)


class VAELoss(nn.Module):
    """−log p(x|z) + β·KL in nats per image, mean over the batch; constants of the likelihood are left out."""

    def __init__(self, description: Description) -> None:
        super().__init__()
        self.parts = networks(description)
        model = description["recipe"]["model"]
        self.beta: float = model["beta"]
        self.likelihood, fields = kind_of(model["likelihood"])
        self.precision = 0.5 / fields.get("variance", 1)

    def encode(self, images: Tensor) -> Tensor:
        return self.parts["encoder"](images).chunk(2, dim=1)[0]

    def decode(self, codes: Tensor) -> Tensor:
        output = self.parts["decoder"](codes)
        return output.sigmoid() if self.likelihood == "bernoulli" else output

    def reconstruction(self, output: Tensor, target: Tensor) -> Tensor:
        match self.likelihood:
            case "bernoulli":
                return functional.binary_cross_entropy_with_logits(output, target, reduction="sum") / len(target)
            case "gaussian": return self.precision * functional.mse_loss(output, target, reduction="sum") / len(target)
            case "meanSquaredError": return functional.mse_loss(output, target)
        raise Unknown(f"likelihood {self.likelihood}")

    def terms(self, images: Tensor, target: Tensor) -> dict[str, Tensor]:
        mean, log_variance = self.parts["encoder"](images).chunk(2, dim=1)
        code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum() / len(target)
        return {"reconstruction": self.reconstruction(self.parts["decoder"](code), target), "kl": kl}

    def forward(self, images: Tensor, target: Tensor) -> Tensor:
        terms = self.terms(images, target)
        return terms["reconstruction"] + self.beta * terms["kl"]


class ClassifierLoss(nn.Module):
    """Cross-entropy of the head of a classifier: on codes where the encoder is frozen, which then makes them once, else on
    images through both."""

    def __init__(self, description: Description) -> None:
        super().__init__()
        parts = networks(description)
        encoder = description["recipe"]["model"]["encoder"]
        self.is_frozen: bool = isinstance(encoder, dict) and encoder["frozen"]
        self.encoder = parts["encoder"]
        self.parts = nn.ModuleDict({"head": parts["head"]}) if self.is_frozen else parts
        self.code = next(row["input"][0] for row in description["layers"] if row["path"].startswith("head."))

    def scores(self, inputs: Tensor) -> Tensor:
        return self.parts["head"](inputs if self.is_frozen else self.encoder(inputs))

    def forward(self, inputs: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(self.scores(inputs), labels)


def loss_model(description: Description) -> nn.Module:
    """The model with its loss, for every kind that trains one objective."""
    kinds = {"autoencoder": AutoencoderLoss, "vae": VAELoss, "classifier": ClassifierLoss}
    kind = description["recipe"]["model"]["kind"]
    if kind not in kinds:
        raise Unknown(f"kind {kind}")
    return kinds[kind](description)


def optimizer(
    node: Any, parameters: Iterator[nn.Parameter], fused: bool, rate_factor: float = 1
) -> torch.optim.Optimizer:
    """The recipe's optimiser; where PyTorch has a fused form and `fused` asks for it, that."""
    kind, fields = kind_of(node)
    rate, decay = rate_factor * fields["learningRate"], fields["weightDecay"]
    match kind:
        case "adam" | "adamW":
            form = torch.optim.Adam if kind == "adam" else torch.optim.AdamW
            betas = (fields["beta1"], fields["beta2"])
            return form(parameters, lr=rate, betas=betas, eps=fields["epsilon"], weight_decay=decay, fused=fused)
        case "sgd":
            return torch.optim.SGD(parameters, lr=rate, momentum=fields["momentum"], weight_decay=decay, fused=fused)
        case "rmsProp":
            return torch.optim.RMSprop(
                parameters, lr=rate, alpha=fields["smoothing"], eps=fields["epsilon"], momentum=fields["momentum"],
                weight_decay=decay)
    raise Unknown(f"optimiser {kind}")


def corrupted(images: Tensor, description: Description) -> Tensor:
    """What the recipe's corruption makes of a batch, drawn anew each time."""
    for step in description["recipe"].get("corruption") or []:
        match kind_of(step):
            case "gaussian", fields: images = images + fields["mean"] + fields["std"] * torch.randn_like(images)
            case "clamp", [low, high]: images = images.clamp(low, high)
            case name, _: raise Unknown(f"corruption {name}")
    return images


def is_noisy(description: Description) -> bool:
    """Whether losses depend on random numbers, which differ between programs."""
    return description["recipe"]["model"]["kind"] in ("vae", "gan") or bool(description["recipe"].get("corruption"))
