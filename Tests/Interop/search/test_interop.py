"""Bobbin's search and Optuna on the same files. Run by `make test-interop`.

usage: test_interop.py SEARCH_PROBE
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "..", "..", "Fixtures", "search")
PROBE = os.path.abspath(sys.argv[1])


def url(path):
    return "sqlite:///" + path


def run(*words, **variables):
    """The output of a program that must succeed."""
    result = subprocess.run(words, capture_output=True, text=True, env={**os.environ, **variables})
    assert result.returncode == 0, f"{' '.join(words)}\n{result.stdout}{result.stderr}"
    return result.stdout


def python(script, *words):
    return sys.executable, os.path.join(HERE, script), *words


def start(*words):
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, f"{process.args}\n{output}{errors}"
    return output, errors


def dump(path):
    """What is in a file, by both programs; they must agree."""
    ours = json.loads(run(PROBE, "dump", path))
    theirs = json.loads(run(*python("dump_with_optuna.py", url(path))))
    assert ours == theirs, "Bobbin and Optuna read different studies"
    return ours


def trials(path, study=None):
    found = [entry for entry in dump(path) if study in (None, entry["name"])]
    return found[0]["trials"]


# What is tested


def optuna_reads_ours(path):
    expected = run(PROBE, "write", path)
    with open(path + ".json", "w") as file:
        file.write(expected)
    dump(path)
    run(*python("verify_with_optuna.py", url(path), path + ".json"))
    dump(path)


def optuna_reads_our_times_in_another_zone(path):
    expected = run(PROBE, "write", path, TZ="America/New_York")
    with open(path + ".json", "w") as file:
        file.write(expected)
    run(*python("verify_with_optuna.py", url(path), path + ".json"), TZ="Asia/Tokyo")


def we_read_optunas(path):
    run(*python("optuna_writer.py", url(path)))
    assert [study["name"] for study in dump(path)] == ["demo", "mo"]


def the_fixture_is_what_optuna_reads(path):
    with open(os.path.join(FIXTURES, "optuna5.db"), "rb") as source, open(path, "wb") as copy:
        copy.write(source.read())
    with open(os.path.join(FIXTURES, "optuna5.json")) as file:
        assert dump(path) == json.load(file)


def tables_are_the_same(path):
    run(PROBE, "create", path)
    run(sys.executable, "-c", f"import optuna; optuna.storages.RDBStorage({url(path + '.optuna')!r})")
    assert schema(path) == schema(path + ".optuna")


def schema(path):
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    result = {}
    for name in names:
        indices = []
        for _, index, unique, origin, _ in connection.execute(f"PRAGMA index_list({name})").fetchall():
            columns = [row[2] for row in connection.execute(f"PRAGMA index_info({index})")]
            indices.append((columns, unique, origin))
        result[name] = (
            connection.execute(f"PRAGMA table_info({name})").fetchall(),
            sorted(indices),
            sorted(row[2:] for row in connection.execute(f"PRAGMA foreign_key_list({name})")),
        )
    revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    versions = connection.execute("SELECT version_info_id, schema_version FROM version_info").fetchall()
    return result, revisions, versions


def both_take_turns(path):
    for _ in range(3):
        run(PROBE, "work", path, "turns", "trials=5")
        run(*python("optuna_worker.py", url(path), "turns", "5"))
    found = trials(path)
    assert [trial["number"] for trial in found] == list(range(30))
    assert all(trial["state"] in ("COMPLETE", "PRUNED") for trial in found)


def both_work_at_once(path, *options):
    run(PROBE, "create", path)
    workers = [start(PROBE, "work", path, "shared", "trials=15", *options) for _ in range(2)]
    workers += [start(*python("optuna_worker.py", url(path), "shared", "15")) for _ in range(2)]
    for worker in workers:
        finish(worker)
    found = trials(path)
    assert [trial["number"] for trial in found] == list(range(60))
    assert all(trial["state"] in ("COMPLETE", "PRUNED") and len(trial["params"]) == 5 for trial in found)


def both_work_at_once_with_a_log(path):
    both_work_at_once(path, "log")


def two_of_ours_share_a_budget(path):
    workers = [start(PROBE, "work", path, "shared", "total=60") for _ in range(2)]
    numbers = [int(line) for worker in workers for line in finish(worker)[1].split()]
    assert sorted(numbers) == list(range(60)), numbers
    assert [trial["number"] for trial in trials(path)] == list(range(60))


def optuna_finds_our_dead_worker(path):
    run(PROBE, "create", path)
    victim = start(PROBE, "work", path, "crash", "trials=1", "pause=600", "interval=1")
    victim.stderr.readline()
    wait_for_heartbeat(path)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    time.sleep(4)
    run(*python("optuna_worker.py", url(path), "crash", "2", "0", "1"))
    check_retry(trials(path))


def we_find_optunas_dead_worker(path):
    run(PROBE, "create", path)
    victim = start(*python("optuna_worker.py", url(path), "crash", "1", "600", "1"))
    victim.stdout.readline()
    wait_for_heartbeat(path)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    time.sleep(4)
    run(PROBE, "work", path, "crash", "trials=2", "interval=1")
    check_retry(trials(path))


def wait_for_heartbeat(path):
    for _ in range(100):
        time.sleep(0.1)
        with sqlite3.connect(path, timeout=30) as connection:
            if connection.execute("SELECT count(*) FROM trial_heartbeats").fetchone()[0]:
                return
    raise AssertionError("no heartbeat within ten seconds")


def check_retry(found):
    assert [trial["state"] for trial in found][0] == "FAIL"
    assert all(trial["state"] in ("COMPLETE", "PRUNED") for trial in found[1:]) and len(found) == 3
    retry = found[1]
    assert retry["system_attrs"]["failed_trial"] == 0 and retry["system_attrs"]["retry_history"] == [0]
    assert all(retry["params"][name] == value for name, value in found[0]["params"].items())


TESTS = [
    the_fixture_is_what_optuna_reads,
    optuna_reads_ours,
    optuna_reads_our_times_in_another_zone,
    we_read_optunas,
    tables_are_the_same,
    both_take_turns,
    two_of_ours_share_a_budget,
    both_work_at_once,
    both_work_at_once_with_a_log,
    optuna_finds_our_dead_worker,
    we_find_optunas_dead_worker,
]


def main():
    failures = 0
    for test in TESTS:
        name = test.__name__.replace("_", " ")
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(os.path.join(folder, "study.db"))
                print(f"passed: {name}", flush=True)
            except AssertionError as error:
                failures += 1
                print(f"FAILED: {name}\n{error}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
