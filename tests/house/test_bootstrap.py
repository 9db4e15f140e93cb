"""The bootstrap of `demo` and `test`, in small projects of its own, and what it says when it can't."""

import fcntl
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from casework import bootstrap

ROOT = Path(bootstrap.__file__).resolve().parent.parent


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one requirement, a wheel beside it, so that nothing is fetched."""
    root = tmp_path / "project"
    (root / "casework").mkdir(parents=True)
    shutil.copy(ROOT / "manage.py", root)
    for name in (
        "__init__",
        "bootstrap",
        "environment",
        "embedded",
        "key_file",
        "problems",
        "provision",
        "server_process",
    ):
        shutil.copy(ROOT / "casework" / f"{name}.py", root / "casework")
    with zipfile.ZipFile(root / "told_once-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("told_once.py", "")
        wheel.writestr("pytest.py", "import sys; print('ran with', sys.argv[1:]); sys.exit(7)")
        wheel.writestr("told_once-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: told-once\nVersion: 1.0\n")
        wheel.writestr(
            "told_once-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("told_once-1.0.dist-info/RECORD", "")
    (root / "requirements.txt").write_text(f"told-once @ file://{root}/told_once-1.0-py3-none-any.whl\n")
    return root


def manage(root: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    hidden = ("DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "PYTHONPATH", *bootstrap_settings())
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return subprocess.run(
        [str(base), "-S", str(root / "manage.py"), *arguments],  # -S: no packages of the machine's own
        capture_output=True,
        text=True,
        env=clean | environment,
        check=False,
    )


def bootstrap_settings() -> tuple[str, ...]:
    from casework.environment import OPTIONAL, REQUIRED

    return (*REQUIRED, *OPTIONAL, "CASEWORK_VAR", "CASEWORK_DEMO")


def test_test_command_makes_the_environment_once_and_becomes_pytest(project: Path):
    first = manage(project, "test", "-k", "something", PYTEST_ADDOPTS="--surprise")
    assert first.returncode == 7, first.stderr
    assert "Making the environment" in first.stdout
    assert "told_once-1.0-py3-none-any.whl" in first.stdout
    assert "ran with ['-k', 'something']" in first.stdout
    second = manage(project, "test")
    assert second.returncode == 7
    assert "Making" not in second.stdout
    assert "Installing" not in second.stdout
    (project / "requirements.txt").write_text((project / "requirements.txt").read_text() + "# changed\n")
    third = manage(project, "test")
    assert "Installing what requirements.txt names" in third.stdout
    assert "Making the environment" not in third.stdout


def test_interrupted_install_is_repaired_by_the_next_run(project: Path):
    good = (project / "requirements.txt").read_text()
    (project / "requirements.txt").write_text("told-once @ file:///nowhere/told_once-1.0-py3-none-any.whl\n")
    failed = manage(project, "test")
    assert failed.returncode == 2
    assert "pip could not install the requirements" in failed.stderr
    assert "No such file" in failed.stderr
    assert "run the same command again" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert not bootstrap.is_complete(project)
    (project / "requirements.txt").write_text(good)
    (project / ".venv" / "bin" / "python").unlink()  # and damaged meanwhile
    assert manage(project, "test").returncode == 7
    assert bootstrap.is_complete(project)


def test_second_command_waits_for_the_first_and_installs_nothing(project: Path):
    with (project / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = (
            "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path;"
            "from casework import bootstrap;"
            "print(bootstrap.make_environment(Path(sys.argv[1])))"
        )
        waiting = subprocess.Popen(
            [sys.executable, "-c", code, str(project)], stdout=subprocess.PIPE, text=True, cwd=project
        )
        assert waiting.stdout is not None
        assert "waiting for it" in waiting.stdout.readline()
        (project / ".venv" / "bin").mkdir(parents=True)
        (project / ".venv" / "bin" / "python").symlink_to(sys.executable)
        (project / ".venv" / bootstrap.STAMP).write_text(bootstrap.requirements_hash(project))
    assert waiting.communicate(timeout=30)[0] == "True\n"


def test_other_command_without_django_says_what_to_run(project: Path):
    answer = manage(project, "migrate")
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "python3 manage.py demo" in answer.stderr


def test_old_python_is_refused():
    with pytest.raises(bootstrap.BootstrapProblem, match=r"needs Python 3\.11 or later; this is 3\.9"):
        bootstrap.check_python((3, 9))
    bootstrap.check_python((3, 11))


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_missing_venv_module_says_how_to_get_it(project: Path, monkeypatch: pytest.MonkeyPatch, missing: str):
    found = bootstrap.importlib.util.find_spec
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None if name == missing else found(name))
    with pytest.raises(bootstrap.BootstrapProblem, match="apt install python3-venv"):
        bootstrap.make_environment(project)
    assert not (project / ".venv").exists()


def test_missing_chromium_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    ran = []
    monkeypatch.setattr(bootstrap.os, "execve", lambda *arguments: ran.append(arguments))
    monkeypatch.setattr(bootstrap.os, "chdir", lambda _: None)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    bootstrap.run_tests(["-x"])
    assert "apt install chromium" in capsys.readouterr().out
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: "/usr/bin/chromium")
    bootstrap.run_tests(["-x"])
    assert capsys.readouterr().out == ""
    assert [arguments[1][1:] for arguments in ran] == [["-m", "pytest", "-x"]] * 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Collecting Django==5.2.19 (from -r requirements.txt (line 4))", "  Django==5.2.19"),
        ("Processing /wheels/redis-8.1.0-py3-none-any.whl (from -r x)", "  redis-8.1.0-py3-none-any.whl"),
        ("Installing collected packages: a, b, c", "  installing 3 packages ..."),
        ("  Downloading django-5.2.19.whl (8.3 MB)", ""),
        ("", ""),
    ],
)
def test_progress_is_one_line_a_package(line: str, told: str):
    assert bootstrap.progress(line) == told


def test_problem_of_settings_is_one_line_and_no_traceback(project: Path):
    (project / "casework" / "settings.py").write_text(
        "import os\nfrom pathlib import Path\nfrom casework.environment import read_environment\n"
        "VAR = Path('var')\nENVIRONMENT = read_environment(os.environ, VAR)\n"
    )
    answer = subprocess.run(
        [sys.executable, str(project / "manage.py"), "migrate"],
        capture_output=True,
        text=True,
        cwd=project,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "x", "DJANGO_SETTINGS_MODULE": "casework.settings"},
        check=False,
    )
    assert answer.returncode == 2
    assert answer.stderr.startswith("DATABASE_URL, DATABASE_OWNER_URL, BROKER_URL, CASEWORK_KEYS, ALLOWED_HOSTS are")
    assert answer.stderr.count("\n") == 1
