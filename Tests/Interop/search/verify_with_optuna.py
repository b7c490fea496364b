"""Optuna opens, compares and continues the studies that `SearchProbe write` made, and optuna-dashboard serves them.

usage: verify_with_optuna.py SQLALCHEMY_URL EXPECTED_JSON
"""

import datetime
import json
import math
import sys
import warnings
from wsgiref.util import setup_testing_defaults

import optuna
import optuna_dashboard

from optuna_worker import objective


def same(first, second):
    """Equal to the last bit, NaN included."""
    return first == second or (math.isnan(first) and math.isnan(second))


def compare(study, expected):
    for trial, wanted in zip(study.trials, expected):
        where = f"trial {wanted['number']}"
        assert (trial.number, trial.state.name) == (wanted["number"], wanted["state"]), where
        assert trial.params == wanted["params"], where
        assert (trial.values is None) == (wanted["values"] is None), where
        assert all(same(*pair) for pair in zip(trial.values or [], wanted["values"] or [])), where
        assert {str(step) for step in trial.intermediate_values} == set(wanted["iv"]), where
        assert all(same(trial.intermediate_values[int(step)], value) for step, value in wanted["iv"].items()), where
        assert trial.user_attrs["gpu"] == "H200 ☃", where
        trial._validate()
        # Optuna reads UTC and shows the local time.
        age = datetime.datetime.now() - trial.datetime_start
        assert 0 <= age.total_seconds() < 3600, f"{where} began {age} ago"


def continue_study(study):
    count = len(study.trials)
    study.optimize(lambda trial: objective(trial, 0), n_trials=12)
    # One of the twelve waited in the queue already.
    assert [trial.number for trial in study.trials] == list(range(count + 11))
    queued = study.trials[14]
    assert queued.state.name in ("COMPLETE", "PRUNED")
    assert (queued.params["lr"], queued.params["opt"]) == (0.001, "adam")
    importances = optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
    )
    assert set(importances) == {"lr", "opt", "layers", "drop", "units"}


def ask_dashboard(app, path):
    answer = {}
    environment = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "QUERY_STRING": ""}
    setup_testing_defaults(environment)
    body = b"".join(app(environment, lambda status, headers, error=None: answer.update(status=status)))
    assert answer["status"].startswith("200"), f"{path}: {answer['status']}, {body[:300]}"
    return body


def look_at_dashboard(url, trials):
    app = optuna_dashboard.wsgi(url)
    summaries = json.loads(ask_dashboard(app, "/api/studies"))["study_summaries"]
    identifiers = {summary["study_name"]: summary["study_id"] for summary in summaries}
    for name in ("swift-study", "swift-mo"):
        for page in (f"/api/studies/{identifiers[name]}/param_importances", f"/csv/{identifiers[name]}"):
            ask_dashboard(app, page)
        details = json.loads(ask_dashboard(app, f"/api/studies/{identifiers[name]}"))
        if name == "swift-study":
            assert details["objective_names"] == ["val_loss"] and details["has_intermediate_values"]
            assert len(details["trials"]) == trials
            names = {parameter["name"] for parameter in details["union_search_space"]}
            assert names == {"lr", "opt", "layers", "drop", "units"}
    ask_dashboard(app, "/dashboard")


def verify(url, expected):
    storage = optuna.storages.RDBStorage(url, heartbeat_interval=60)
    assert storage.get_current_version() == storage.get_head_version()
    study = optuna.load_study(
        study_name="swift-study",
        storage=storage,
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(),
    )
    compare(study, expected)
    assert len(study.trials) == len(expected) + 2
    continue_study(study)
    several = optuna.load_study(study_name="swift-mo", storage=storage)
    assert [direction.name for direction in several.directions] == ["MINIMIZE", "MAXIMIZE"]
    assert len(several.best_trials) == 4
    look_at_dashboard(url, len(study.trials))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with open(sys.argv[2]) as file:
        verify(sys.argv[1], json.load(file))
