"""What Optuna's own interface says about a storage, as JSON; `SearchProbe dump` prints the same.

usage: dump_with_optuna.py SQLALCHEMY_URL
"""

import json
import math
import sys
import warnings

import optuna


def named(value):
    """Numbers that standard JSON lacks by their names."""
    if math.isnan(value):
        return "nan"
    return {math.inf: "inf", -math.inf: "-inf"}.get(value, value)


def dump_trial(trial):
    internal = {name: float(trial.distributions[name].to_internal_repr(value)) for name, value in trial.params.items()}
    to_json = optuna.distributions.distribution_to_json
    return {
        "trial_id": trial._trial_id,
        "number": trial.number,
        "state": trial.state.name,
        "values": None if trial.values is None else [named(value) for value in trial.values],
        "params": trial.params,
        "internal": internal,
        "param_order": list(trial.params),
        "distributions": {name: json.loads(to_json(d)) for name, d in trial.distributions.items()},
        "intermediate_values": {str(step): named(value) for step, value in sorted(trial.intermediate_values.items())},
        "user_attrs": trial.user_attrs,
        "system_attrs": trial.system_attrs,
        "constraints": trial.constraints,
        "has_start": trial.datetime_start is not None,
        "has_complete": trial.datetime_complete is not None,
    }


def dump(url):
    storage = optuna.storages.RDBStorage(url)
    return [
        {
            "study_id": study._study_id,
            "name": study.study_name,
            "directions": [direction.name for direction in study.directions],
            "user_attrs": study.user_attrs,
            "system_attrs": study.system_attrs,
            "trials": [dump_trial(trial) for trial in storage.get_all_trials(study._study_id)],
        }
        for study in storage.get_all_studies()
    ]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    json.dump(dump(sys.argv[1]), sys.stdout, indent=1, ensure_ascii=False)
