from __future__ import annotations

import os
import subprocess
import sys

import pytest

from whimbrel.shadow.account import NAMESPACE_PROGRAM, Account, AccountKind, unprivileged_user
from whimbrel.shadow.own_namespace import REFUSED

PROGRAM = (sys.executable, "-I", "-S", str(NAMESPACE_PROGRAM), "65534", "65533")


@pytest.fixture(autouse=True)
def _allowed() -> None:
    if sys.platform != "linux" or subprocess.run(PROGRAM, check=False).returncode == REFUSED:
        pytest.skip("this system allows no user namespace")


def test_inside_the_caller_is_somebody_else() -> None:
    done = subprocess.run([*PROGRAM, "/usr/bin/id", "-u"], capture_output=True, text=True, check=True)
    assert done.stdout == "65534\n"
    done = subprocess.run([*PROGRAM, "/usr/bin/id", "-g"], capture_output=True, text=True, check=True)
    assert done.stdout == "65533\n"


def test_outside_the_files_are_the_callers(tmp_path: pytest.TempPathFactory) -> None:
    subprocess.run([*PROGRAM, "/usr/bin/touch", f"{tmp_path}/file"], check=True)
    assert os.stat(f"{tmp_path}/file").st_uid == os.geteuid()  # noqa: PTH116 - as short as it gets


def test_a_program_that_is_not_there_is_named() -> None:
    done = subprocess.run([*PROGRAM, "/no/such"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "FATAL:  cannot run /no/such: No such file or directory\n"


def test_the_user_inside_has_a_name() -> None:
    assert unprivileged_user().pw_uid != 0
    assert unprivileged_user().pw_name


def test_an_account_is_read_as_it_is_written() -> None:
    account = Account(AccountKind.NAMESPACE, 0, 0)
    assert Account.parse(str(account)) == account
