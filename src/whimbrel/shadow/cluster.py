"""Makes a cluster: a data folder with a password and a first database, there whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.cluster_names import DATABASE, SUPERUSER
from whimbrel.shadow.disk_error import refusals
from whimbrel.shadow.log_tail import reason
from whimbrel.shadow.place import give, own_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from whimbrel.shadow.account import Account
    from whimbrel.shadow.binaries import Binaries

FIRST_BUILTIN_LOCALE = 17
"""PostgreSQL 17 and later know C.UTF-8 by themselves: case of all letters, byte order, the same on every system."""


def make_cluster(data: Path, binaries: Binaries, account: Account, password: str, options: Sequence[str] = ()) -> None:
    """Makes `data`; a half-made one of an earlier try is under another name and is swept away.

    UTF-8, byte order, UTC, and a password (SCRAM-SHA-256) asked for on the socket as on TCP.

    Raises:
        ServerError: initdb or the disk refuses.
    """
    for old in data.parent.glob(f"{data.name}.new-*"):
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.unlink()
    fresh = data.with_name(f"{data.name}.new-{secrets.token_hex(4)}")
    password_file = fresh.with_name(fresh.name + ".password")
    try:
        own_folder(fresh, account)
        _write_password(password_file, password, account)
        _initdb(fresh, binaries, account, (f"--pwfile={password_file}", *options))
        run_alone(fresh, binaries, account, f'CREATE DATABASE "{DATABASE}"')
        with refusals("make", data):
            fresh.replace(data)
    finally:
        password_file.unlink(missing_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)


def run_alone(data: Path, binaries: Binaries, account: Account, sql: str) -> None:
    """Runs one statement, of one line, in single-user mode: no socket, no password.

    Raises:
        ServerError: the statement or the start fails.
    """
    command = [str(binaries.folder / "postgres"), "--single", "-D", str(data), "-c", "exit_on_error=on", "template1"]
    _run(f"cannot prepare the data folder {data}", account, command, f"{sql}\n")


def _initdb(data: Path, binaries: Binaries, account: Account, options: Sequence[str]) -> None:
    command = [
        str(binaries.folder / "initdb"),
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        *options,
    ]
    if binaries.major >= FIRST_BUILTIN_LOCALE:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(f"cannot make a data folder in {data.parent}", account, command)


def _run(failure: str, account: Account, command: Sequence[str], said: str = "") -> None:
    process = account.popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with process:
        try:
            output = process.communicate(said.encode())[0].decode(errors="replace")
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        message = f"{failure}: {reason(output) or f'exit code {process.returncode}'}"
        raise ServerError(
            message,
            remedy="repair what it complains of, then run the command again: it begins anew",
        )


def _write_password(path: Path, password: str, account: Account) -> None:
    with refusals("write", path):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(password + "\n")
        give(path, account)
