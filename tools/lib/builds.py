"""Other commits of this repository: their files in a folder of their own, and their programs, built and kept."""
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from training_runs import ROOT

# Exit statuses of sysexits.h.
USAGE, UNAVAILABLE, CANNOT_WRITE = 64, 69, 73


def end(status, message):
    """Ends the tool with one line."""
    print(f"{Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    sys.exit(status)


def cache_folder(name):
    """A folder of this user's that outlives the call: $XDG_CACHE_HOME/hyperrl/<name>."""
    parent = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(parent) / "hyperrl" / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        end(CANNOT_WRITE, f"{folder}: {error.strerror}")
    return folder.resolve()


@contextlib.contextmanager
def locked(folder):
    """Keeps other calls of these tools out of a folder."""
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def resolve(name):
    """The full hash of a commit; ends with 64 if there is none of this name."""
    found = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"],
        capture_output=True, text=True)
    if found.returncode != 0:
        end(USAGE, f"'{name}' is no commit of the repository; see git log")
    return found.stdout.strip()


def check_out(commit, tree):
    """Makes the folder `tree` hold a commit's files. Files that are equal already are not touched, so that builds in
    it are incremental; the repository itself notices nothing."""
    tree.mkdir(parents=True, exist_ok=True)
    repository = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--absolute-git-dir"], check=True, capture_output=True, text=True)
    environment = {**os.environ, "GIT_INDEX_FILE": str(tree / ".index")}
    result = subprocess.run(
        ["git", f"--git-dir={repository.stdout.strip()}", f"--work-tree={tree}", "read-tree", "--reset", "-u", commit],
        env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        end(CANNOT_WRITE, f"{tree}: {result.stderr.strip()}")


def compiler():
    """The Swift compiler's version; ends with 69 if there is none."""
    try:
        return subprocess.run(["swift", "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        end(UNAVAILABLE, "Swift 6.3 is needed and 'swift' is not on PATH; see https://www.swift.org/install/linux/")


def program_of(commit):
    """The hyperrl of a commit, built now if no earlier call did. Ends with 69 if it cannot be built.

    One tree serves all commits, so that neighbours are built incrementally; what is kept of each is its program.
    """
    cache = cache_folder("builds")
    # Another compiler may round differently.
    folder = cache / f"{commit}-{hashlib.sha256(compiler().encode()).hexdigest()[:8]}"
    program = folder / "hyperrl"
    with locked(cache):
        if not program.exists():
            print(f"building {commit[:10]} (the first time takes some minutes)", file=sys.stderr, flush=True)
            tree = cache / "tree"
            check_out(commit, tree)
            words = ["swift", "build", "--package-path", tree, "-c", "release", "--product", "hyperrl"]
            result = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if result.returncode != 0:
                print(result.stdout, file=sys.stderr)
                end(UNAVAILABLE, f"{commit[:10]} cannot be built; the messages above say why")
            folder.mkdir(exist_ok=True)
            # Renamed into place: a call that is ended leaves no half of a program.
            shutil.copy2(tree / ".build" / "release" / "hyperrl", folder / "new")
            os.replace(folder / "new", program)
    return program


def program_of_working_tree():
    """The hyperrl of the working tree as it is, built if it is missing or old. Ends with 69 if it cannot be built."""
    try:
        subprocess.run([ROOT / "tools" / "hyperrl", "--version"], check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        end(UNAVAILABLE, "the working tree cannot be built; the messages above say why")
    return ROOT / ".build" / "release" / "hyperrl"
