"""Where the server's user can work: in the project's `.whimbrel`, or else in a private folder of the system.

Only root needs the latter: the user that its server runs as may not be allowed into the project.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.errors import ServerError
from whimbrel.shadow.account import AccountKind
from whimbrel.shadow.binaries import Binaries
from whimbrel.shadow.disk_error import refusals
from whimbrel.shadow.home import Place

if TYPE_CHECKING:
    from whimbrel.shadow.account import Account
    from whimbrel.shadow.home import Home

# /var/lib first: what lies in the other two may be swept away with age.
SYSTEM_FOLDERS = (Path("/var/lib"), Path("/var/tmp"), Path("/tmp"))  # noqa: S108 - owner and mode are checked


def place_for(home: Home, account: Account) -> Place:
    """A place for new data: the project's own where the account may enter it, else a new private folder.

    Raises:
        ServerError: no such folder can be made.
    """
    if account.kind is AccountKind.CALLER or may_enter(home.folder, account):
        return home.default_place
    import secrets

    folder = system_folder(account) / secrets.token_hex(8)
    with refusals("make", folder):
        folder.mkdir()
        folder.chmod(0o711)  # a umask may have taken from it
    return Place(folder)


def reachable_binaries(binaries: Binaries, account: Account) -> Binaries:
    """The programs, or a copy of them where the account may not enter their folder.

    Raises:
        ServerError: they cannot be copied.
    """
    origin = binaries.folder.resolve()
    if account.kind is AccountKind.CALLER or may_enter(origin, account):
        return binaries
    import hashlib

    made = (origin / "postgres").stat().st_mtime_ns
    digest = hashlib.sha256(f"{origin}:{binaries.version}:{made}".encode(errors="surrogateescape")).hexdigest()
    copy = system_folder(account) / f"postgres-{binaries.version}-{digest[:16]}"
    if not copy.exists():
        _copy_programs(origin.parent, copy)
    return Binaries(copy.joinpath(*origin.parts[-3:]), binaries.version)


def may_enter(folder: Path, account: Account) -> bool:
    """Whether the account, without root's powers, may enter `folder` and every folder above it."""
    folder = folder.resolve()
    return all(_may_pass(above.stat(), account) for above in (folder, *folder.parents))


def own_folder(folder: Path, account: Account) -> None:
    """Makes `folder` for the account alone, or makes it so where it is there.

    Raises:
        ServerError: it cannot be made.
    """
    with refusals("make", folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        give(folder, account)


def give(path: Path, account: Account) -> None:
    """Lets `path` belong to the account, where it is another than the caller."""
    if account.kind is AccountKind.USER:
        os.chown(path, account.uid, account.gid)


def system_folder(account: Account) -> Path:
    """The first of `SYSTEM_FOLDERS` in which a folder `whimbrel` of root's is there or can be made.

    Raises:
        ServerError: there is none that the account may enter.
    """
    for parent in SYSTEM_FOLDERS:
        folder = parent / "whimbrel"
        try:
            if not folder.exists():
                folder.mkdir()
                folder.chmod(0o711)
            found = folder.lstat()
        except OSError:
            continue
        private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022
        if private and may_enter(folder, account):
            return folder
    message = f"cannot find a folder that user {account.uid} may enter: tried {', '.join(map(str, SYSTEM_FOLDERS))}"
    raise ServerError(
        message,
        remedy="make one of them writable, or set DATABASE_URL to a server elsewhere",
    )


def _may_pass(folder: os.stat_result, account: Account) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def _copy_programs(origin: Path, copy: Path) -> None:
    import secrets
    import shutil

    # A wheel keeps what its programs need beside its package, and they look for it there.
    libraries = origin.parent.with_name(f"{origin.parent.name}.libs")
    fresh = copy.with_name(f"{copy.name}.new-{secrets.token_hex(4)}")
    with refusals("copy PostgreSQL to", copy):
        try:
            for name in ("bin", "lib", "share"):
                shutil.copytree(origin / name, fresh.joinpath(*origin.parts[-2:], name), symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
            for path in (fresh, *fresh.rglob("*")):
                _let_all_read(path)
            fresh.replace(copy)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _let_all_read(path: Path) -> None:
    if not path.is_symlink():
        mode = stat.S_IMODE(path.stat().st_mode)
        owners = mode & (stat.S_IRUSR | stat.S_IXUSR)
        path.chmod(mode | owners >> 3 | owners >> 6)
