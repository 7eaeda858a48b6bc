"""Runs of hyperrl for the tools that check checkpoints: commands, folders and what must be equal."""
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# Columns of progress.csv that tell wall-clock time.
CLOCK_COLUMNS = {"seconds", "steps_per_second"}


def find_program(path):
    """The hyperrl binary: the one named, or that of this checkout, built if it is missing or old."""
    if path:
        return Path(path).resolve()
    subprocess.run([ROOT / "tools" / "hyperrl", "--version"], check=True, stdout=subprocess.DEVNULL)
    return ROOT / ".build" / "release" / "hyperrl"


def seed_folders(run):
    """The folders of a run's seeds."""
    return sorted(path for path in Path(run).glob("*/*") if path.is_dir())


def digests(run, with_best=True):
    """What must be equal in two runs of the same configuration: {relative name: SHA-256}.

    Everything computed: weights, the newest checkpoint's state (weights, moments, targets, counters, environment,
    unfinished episode), the replay segments it needs, evaluations, and progress without its wall-clock columns.
    """
    result = {}
    for folder in seed_folders(run):
        name = folder.name
        for file in ("weights.safetensors", "evaluations.csv"):
            result[f"{name}/{file}"] = sha256((folder / file).read_bytes()) if (folder / file).exists() else None
        result[f"{name}/progress.csv"] = sha256(without_clock((folder / "progress.csv").read_text()).encode())
        newest = max((folder / "checkpoints").glob("step-*"), key=lambda path: path.name, default=None)
        if newest:
            result[f"{name}/{newest.name}"] = sha256((newest / "state.safetensors").read_bytes())
            replay = json.loads((newest / "manifest.json").read_text())["replay"]
            for index in range(replay["first_segment"], replay["first_segment"] + len(replay["segments"])):
                path = folder / "replay" / f"rows-{index:06}.safetensors"
                result[f"{name}/{path.name}"] = sha256(path.read_bytes())
        for path in sorted((folder / "checkpoints").glob("best-*")) if with_best else []:
            result[f"{name}/{path.name}"] = sha256((path / "weights.safetensors").read_bytes())
    return result


def without_clock(text):
    """A log without its wall-clock columns."""
    rows = [line.split(",") for line in text.splitlines()]
    kept = [index for index, name in enumerate(rows[0]) if name not in CLOCK_COLUMNS]
    return "\n".join(",".join(row[index] for index in kept) for row in rows)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def run(program, words, folder, check=True, **options):
    """Runs a command to its end; with `check`, ends the tool if it fails."""
    result = subprocess.run(
        [program, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    if check and result.returncode != 0:
        sys.exit(f"hyperrl {' '.join(words)}: status {result.returncode}\n{result.stderr}")
    return result


def run_and_signal(program, words, folder, delay, number=signal.SIGKILL):
    """Runs a command and sends it a signal after `delay` seconds; gives its status (negative for a signal)."""
    process = subprocess.Popen(
        [program, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    _, error = process.communicate()
    return process.returncode, error


def differences(expected, found):
    """Names whose digests differ."""
    return sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))


def scratch_folder(parent=None):
    return tempfile.TemporaryDirectory(prefix="hyperrl-check-", dir=parent)
