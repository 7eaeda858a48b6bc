"""Runs a script of this folder inside a virtual environment that holds PyTorch, or other pinned packages.

Only the standard library is used here, so that a script can call `enter()` under any Python 3.9 or newer before it
imports torch. The environment lies in the user's cache folder ($XDG_CACHE_HOME, else ~/.cache), is named after the
pinned versions, and is made once. pip's own settings (PIP_INDEX_URL and the like) decide where packages come from: an
index that offers the CPU build of the same version saves a large download, and gives the same numbers.
"""
import fcntl
import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = {"torch": "2.13.0", "numpy": "2.4.6", "safetensors": "0.8.0"}


def folder(requirements):
    """The folder of the environment: one per set of pinned versions and Python version."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    versions = "-".join(f"{name}{version}" for name, version in requirements.items())
    return cache / "hyperrl" / f"python{sys.version_info.major}.{sys.version_info.minor}-{versions}"


def enter(requirements=REQUIREMENTS):
    """Makes the environment if it is missing, then replaces this process by the same script inside it."""
    home = folder(requirements)
    if Path(sys.prefix).resolve() == home.resolve():
        return
    if sys.version_info < (3, 9):
        sys.exit(f"Python 3.9 or newer is needed, this is {sys.version.split()[0]}: run the script with a newer python3")
    home.parent.mkdir(parents=True, exist_ok=True)
    finished = home / "finished"
    with open(f"{home}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            install(home, requirements)
            finished.touch()
    python = str(home / "bin" / "python")
    os.execv(python, [python, *sys.argv])


def install(home, requirements):
    """Makes the environment in `home` and installs the pinned packages, or ends with pip's reason."""
    packages = [f"{name}=={version}" for name, version in requirements.items()]
    print(f"Installing {', '.join(packages)} into {home}", file=sys.stderr)
    try:
        venv.create(home, with_pip=True, clear=True)
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"could not make a virtual environment in {home}: {error}; on Debian: apt-get install python3-venv")
    result = subprocess.run([str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages], stdout=2)
    if result.returncode != 0:
        sys.exit(f"pip could not install {', '.join(packages)} (exit status {result.returncode}); its reason is above")
