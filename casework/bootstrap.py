"""Makes what `demo` and `test` need: `.venv` with the pinned requirements. Standard library only.

Read by any Python 3.7 or later, so that an old one gets a sentence and not a syntax error.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STAMP = "requirements.sha256"


class BootstrapProblem(Exception):
    """The environment can't be made. What is wrong and what to do."""


def has_django() -> bool:
    """Whether this Python can import Django."""
    return importlib.util.find_spec("django") is not None


def environment_python(root: Path = ROOT) -> Path:
    """The Python of the project's own environment, there or not."""
    return root / ".venv" / "bin" / "python"


def inside_environment(root: Path = ROOT) -> bool:
    """Whether this process runs in the project's own environment."""
    return Path(sys.prefix).resolve() == (root / ".venv").resolve()


def enter_environment(arguments: list[str], root: Path = ROOT) -> None:
    """Make the environment if needed and go on in it: returns only when already there and complete.

    `arguments`: as in sys.argv. Raises: BootstrapProblem.
    """
    changed = make_environment(root)
    if changed or not inside_environment(root):
        _go_on_with(environment_python(root), arguments, root)


def enter_existing_environment(arguments: list[str], root: Path = ROOT) -> None:
    """Go on in the project's environment, not made here. Raises: BootstrapProblem when there is none."""
    if inside_environment(root) or not environment_python(root).exists():
        raise BootstrapProblem(
            "Django is missing here. Run `python3 manage.py demo` once, or `.venv/bin/python manage.py ...`."
        )
    _go_on_with(environment_python(root), arguments, root)


def _go_on_with(python: Path, arguments: list[str], root: Path) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(str(python), [str(python), str(root / "manage.py"), *arguments[1:]])


def requirements_hash(root: Path = ROOT) -> str:
    """What the environment was made from, as kept in its stamp."""
    return hashlib.sha256((root / "requirements.txt").read_bytes()).hexdigest()


def is_complete(root: Path = ROOT) -> bool:
    """Whether the environment holds exactly what requirements.txt asks for. An interrupted one never does."""
    stamp = root / ".venv" / STAMP
    return environment_python(root).exists() and stamp.exists() and stamp.read_text() == requirements_hash(root)


def make_environment(root: Path = ROOT) -> bool:
    """Make or repair `.venv`, one command at a time. Returns whether it had to. Raises: BootstrapProblem."""
    check_python()
    if is_complete(root):
        return False
    with _alone(root):
        if is_complete(root):  # another command made it meanwhile
            return True
        stamp = root / ".venv" / STAMP
        if stamp.exists():
            stamp.unlink()
        if not _works(environment_python(root)):
            _make_empty(root)
        _install(root)
        draft = stamp.with_name(f"{STAMP}.new")
        draft.write_text(requirements_hash(root))
        draft.replace(stamp)
    return True


def check_python(version: tuple[int, ...] = tuple(sys.version_info[:2])) -> None:
    """Refuse a Python that is too old. Raises: BootstrapProblem."""
    if version < OLDEST_PYTHON:
        needed, found = ".".join(map(str, OLDEST_PYTHON)), ".".join(map(str, version))
        raise BootstrapProblem(
            f"Casework needs Python {needed} or later; this is {found}. Run it with a newer python3."
        )


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    with (root / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another command is making the environment; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _works(python: Path) -> bool:
    """Whether an environment's Python runs, is new enough and has pip."""
    code = f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    try:
        return subprocess.run([str(python), "-c", code], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_empty(root: Path) -> None:
    _say("Making the environment .venv ...")
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise BootstrapProblem("Python's venv module is missing. Run `apt install python3-venv`, then this again.")
    command = [sys.executable, "-m", "venv", "--clear", str(root / ".venv")]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if made.returncode:
        if "ensurepip" in made.stdout:
            raise BootstrapProblem(
                "Python's venv module is incomplete. Run `apt install python3-venv`, then this again."
            )
        raise BootstrapProblem(
            f"Making .venv failed: {_last(made.stdout.splitlines(), 1)}. Put it right, then try again."
        )


def _install(root: Path) -> None:
    """Install the requirements, a line for each package. Raises: BootstrapProblem with pip's last words."""
    _say("Installing what requirements.txt names; the first time takes a few minutes.")
    command = [
        str(environment_python(root)),
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
    ]
    command += ["--progress-bar", "off", "-r", str(root / "requirements.txt")]
    heard: deque[str] = deque(maxlen=200)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        assert pip.stdout is not None
        try:
            for line in pip.stdout:
                heard.append(line.rstrip())
                told = progress(line)
                if told:
                    _say(told)
        except BaseException:
            pip.terminate()
            raise
    if pip.returncode:
        raise BootstrapProblem(
            f"pip could not install the requirements:\n{_last(heard, 5)}\n"
            "Check the network and `pip config list`, then run the same command again; it goes on from here."
        )
    _say("The environment is ready.")


def progress(line: str) -> str:
    """What to tell of one line of pip's output; nothing for most."""
    words = line.split()
    if line.startswith(("Collecting ", "Processing ")) and len(words) > 1:
        return f"  {words[1].rsplit('/')[-1]}"  # a wheel from a folder comes with its path
    if line.startswith("Installing collected packages:"):
        return f"  installing {len(words) - 3} packages ..."
    return ""


def _last(lines: deque[str] | list[str], count: int) -> str:
    """The last errors that pip or venv told, or else its last lines."""
    told = [line.strip() for line in lines if line.strip() and not line.startswith(("[notice]", "WARNING"))]
    errors = [line for line in told if line.startswith("ERROR")]
    return "\n".join((errors or told)[-count:])


def _say(text: str) -> None:
    print(text, flush=True)


def run_tests(arguments: list[str], root: Path = ROOT) -> int:
    """Become pytest, in the project's folder, with these arguments. Never returns where exec works."""
    if not any(shutil.which(browser) for browser in BROWSERS):
        _say("Chromium is missing, so the browser tests will be skipped. To get it: apt install chromium")
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
    }
    os.chdir(root)
    os.execve(sys.executable, [sys.executable, "-m", "pytest", *arguments], environment)
