"""Writes two studies with everything that a storage of Optuna's can hold; `Tests/Fixtures/search/optuna5.db` is one.

usage: optuna_writer.py SQLALCHEMY_URL
"""

import math
import sys
import warnings

import optuna


def objective(trial):
    rate = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    trial.suggest_categorical("opt", ["sgd", "adam", "läion"])
    layers = trial.suggest_int("layers", 1, 8)
    trial.suggest_float("drop", 0.0, 0.5, step=0.05)
    trial.suggest_int("units", 16, 512, log=True)
    trial.suggest_int("even", 2, 20, step=2)
    momentum = trial.suggest_float("mom", 0, 1)
    trial.suggest_categorical("mixed", [None, True, 3, 2.5, "x"])
    trial.suggest_float("one", 1.5, 1.5)
    trial.set_user_attr("gpu", "H200")
    trial.set_user_attr("n", trial.number)
    trial.set_user_attr("uni", "é\u2603")
    loss = (math.log10(rate) + 3) ** 2 + (momentum - 0.9) ** 2 + layers * 0.01
    if trial.number == 4:
        raise ValueError("boom")
    if trial.number in (5, 6):
        return {5: math.nan, 6: math.inf}[trial.number]
    exotic = {(2, 1): math.nan, (2, 2): -math.inf, (3, 2): math.inf}
    for step in range(5):
        trial.report(exotic.get((trial.number, step), loss + 1 / (step + 1)), step)
        if trial.should_prune():
            raise optuna.TrialPruned()
    trial.set_constraint("mem", -1.0)
    return loss


def write(url):
    storage = optuna.storages.RDBStorage(url, heartbeat_interval=60, grace_period=120)
    study = optuna.create_study(
        study_name="demo",
        storage=storage,
        sampler=optuna.samplers.TPESampler(seed=1, n_startup_trials=3),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=1),
    )
    study.set_user_attr("owner", "swift")
    study.set_user_attr("cfg", {"a": [1, 2.5, None, True]})
    study.set_metric_names(["val_loss"])
    study.enqueue_trial(
        {"lr": 1e-3, "opt": "adam", "layers": 3, "drop": 0.25, "units": 64, "mom": 0.9, "mixed": None}
    )
    study.optimize(objective, n_trials=14, catch=(ValueError,))
    running = study.ask()
    running.suggest_float("lr", 1e-5, 1e-1, log=True)
    running.report(0.5, 0)
    storage.record_heartbeat(running._trial_id)
    study.enqueue_trial({"lr": 2e-3}, user_attrs={"why": "queued"})
    several = optuna.create_study(study_name="mo", storage=storage, directions=["minimize", "maximize"])
    several.optimize(lambda trial: (trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)), n_trials=3)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    write(sys.argv[1])
