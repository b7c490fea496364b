"""Makes schedules.json beside this file: learning rates and clipped gradients as PyTorch computes them.

    python -m venv .venv && .venv/bin/pip install torch==2.15.0
    .venv/bin/python make_schedules.py

Made with Python 3.11 and torch 2.15.0. `rates` are those of each epoch, the scheduler stepped once after it; `losses` are
what ReduceLROnPlateau was told. `clipping` holds the gradients of two parameters before and after.
"""

import json
import math
from pathlib import Path

import torch
from torch.optim import lr_scheduler as schedulers

EPOCHS, RATE = 30, 0.02
# Falls, stands still, falls by less than the threshold, rises, falls again.
LOSSES = [1 / (1 + min(e, 6)) - (1e-6 * e if 6 < e < 14 else 0) + (0.1 if 14 <= e < 22 else 0) - (0.02 if e >= 25 else 0)
          for e in range(EPOCHS)]


def rates(make, losses=None) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)
    scheduler = make(optimizer)
    result = []
    for epoch in range(EPOCHS):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*([losses[epoch]] if losses else []))
    return result


def warmed_cosine(optimizer):
    warm = schedulers.LinearLR(optimizer, start_factor=0.1, total_iters=5)
    cosine = schedulers.CosineAnnealingLR(optimizer, T_max=25, eta_min=0.001)
    return schedulers.SequentialLR(optimizer, [warm, cosine], milestones=[5])


def plateau(**settings):
    return lambda optimizer: schedulers.ReduceLROnPlateau(optimizer, **settings)


def clipping() -> dict:
    torch.manual_seed(1)
    gradients = [torch.randn(3, 4, dtype=torch.float64), 2 * torch.randn(5, dtype=torch.float64)]

    def clipped(clip) -> list[list[float]]:
        parameters = [torch.nn.Parameter(torch.zeros_like(gradient)) for gradient in gradients]
        for parameter, gradient in zip(parameters, gradients):
            parameter.grad = gradient.clone()
        clip(parameters)
        return [parameter.grad.flatten().tolist() for parameter in parameters]

    return {
        "gradients": [gradient.flatten().tolist() for gradient in gradients],
        "norm 0.5": clipped(lambda p: torch.nn.utils.clip_grad_norm_(p, 0.5)),
        "norm 100": clipped(lambda p: torch.nn.utils.clip_grad_norm_(p, 100)),
        "value 0.75": clipped(lambda p: torch.nn.utils.clip_grad_value_(p, 0.75)),
    }


def main() -> None:
    result = {
        "rate": RATE,
        "losses": LOSSES,
        "rates": {
            "step": rates(lambda o: schedulers.StepLR(o, step_size=7, gamma=0.3)),
            "exponential": rates(lambda o: schedulers.ExponentialLR(o, gamma=0.9)),
            "cosine": rates(lambda o: schedulers.CosineAnnealingLR(o, T_max=EPOCHS, eta_min=0.001)),
            "linear": rates(lambda o: schedulers.LinearLR(o, start_factor=1 / 3, total_iters=8)),
            "warmed cosine": rates(warmed_cosine),
            "plateau": rates(plateau(factor=0.5, patience=3), LOSSES),
            "plateau with cooldown": rates(
                plateau(factor=0.1, patience=1, threshold=1e-2, cooldown=2, min_lr=1e-3), LOSSES),
        },
        "clipping": clipping(),
    }
    assert all(math.isfinite(x) for curve in result["rates"].values() for x in curve)
    Path(__file__).with_name("schedules.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
