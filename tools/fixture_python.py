"""Runs a fixture script in a virtual environment with the exact versions the fixtures name.

mujoco 2.2.2 (the version Debian 12 ships) has wheels up to Python 3.10 only, so the script that imports this module
is started again by a Python 3.10 with the packages installed beside it.
"""

import os
import pathlib
import shutil
import subprocess
import sys

VERSIONS = {"gymnasium": "0.29.1", "mujoco": "2.2.2", "numpy": "1.26.4", "imageio": "2.38.0"}
MARK = "HYPERRL_FIXTURE_PYTHON"


def enter():
    """Returns inside the virtual environment; outside it, makes one and starts the script again in it."""
    if os.environ.get(MARK) == "1":
        return
    folder = pathlib.Path(os.environ.get("HYPERRL_FIXTURE_VENV", pathlib.Path.home() / ".cache/hyperrl/fixture-venv"))
    python = folder / "bin/python"
    if not python.exists():
        base = os.environ.get("PYTHON310") or shutil.which("python3.10")
        # A version manager's stand-in may be found that starts nothing.
        if base is None or subprocess.run([base, "--version"], capture_output=True).returncode != 0:
            sys.exit("fixtures: no working Python 3.10 found (mujoco 2.2.2 has no wheel for a newer one); "
                     "install it or name it in PYTHON310")
        subprocess.run([base, "-m", "venv", str(folder)], check=True)
        packages = [f"{name}=={version}" for name, version in VERSIONS.items()]
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    os.execve(python, [str(python), *sys.argv], {**os.environ, MARK: "1"})


def versions():
    """The versions that are really imported, for the fixture's header."""
    import gymnasium
    import mujoco
    import numpy

    found = {"gymnasium": gymnasium.__version__, "mujoco": mujoco.__version__, "numpy": numpy.__version__}
    for name, version in found.items():
        if version != VERSIONS[name]:
            sys.exit(f"fixtures: {name} is {version}, wanted {VERSIONS[name]}; remove the virtual environment")
    return {"python": sys.version.split()[0], **found}


def fixtures_folder():
    return pathlib.Path(__file__).resolve().parent.parent / "Tests/HyperEnvironmentsTests/Fixtures"
