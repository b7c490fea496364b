"""A worker of Optuna's on a study that Bobbin's workers may share.

usage: optuna_worker.py SQLALCHEMY_URL STUDY TRIALS [PAUSE [HEARTBEAT]]

PAUSE is the length of each trial in seconds, HEARTBEAT the interval of heartbeats. Prints the number of each trial as it begins.
"""

import math
import sys
import time
import warnings

import optuna

CHOICES = ["sgd", "adam", "läion", None, True, 3, 2.5]


def objective(trial, pause):
    """The same as in Tests/SearchProbe/Sample.swift."""
    print(trial.number, flush=True)
    rate = trial.suggest_float("lr", 1e-5, 0.1, log=True)
    trial.suggest_categorical("opt", CHOICES)
    layers = trial.suggest_int("layers", 1, 8)
    trial.suggest_float("drop", 0.0, 0.5, step=0.05)
    trial.suggest_int("units", 16, 512, log=True)
    loss = (math.log10(rate) + 3) ** 2 + 0.01 * layers
    for step in range(4):
        time.sleep(pause / 4)
        trial.report(loss + 1 / (step + 1), step)
        if trial.should_prune():
            raise optuna.TrialPruned()
    return loss


def work(url, name, trials, pause=0.0, heartbeat=None):
    # Python waits 5 seconds for a lock of SQLite's, which many workers exceed.
    engine = {"connect_args": {"timeout": 60}}
    retry = optuna.storages.RetryFailedTrialCallback(max_retry=3) if heartbeat else None
    storage = optuna.storages.RDBStorage(
        url, engine_kwargs=engine, heartbeat_interval=heartbeat, failed_trial_callback=retry
    )
    study = optuna.create_study(study_name=name, storage=storage, load_if_exists=True)
    study.optimize(lambda trial: objective(trial, pause), n_trials=trials)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    work(
        sys.argv[1],
        sys.argv[2],
        int(sys.argv[3]),
        float(sys.argv[4]) if len(sys.argv) > 4 else 0.0,
        int(sys.argv[5]) if len(sys.argv) > 5 else None,
    )
