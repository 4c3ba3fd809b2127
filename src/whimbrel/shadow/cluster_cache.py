"""A ready cluster kept for throw-away servers: a copy takes 30 ms where initdb takes 500."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.shadow.cluster import make_cluster
from whimbrel.shadow.disk_error import refusals
from whimbrel.shadow.place import give

if TYPE_CHECKING:
    from whimbrel.shadow.account import Account
    from whimbrel.shadow.binaries import Binaries

OPTIONS = ("--no-sync", "--wal-segsize=1")
"""Small segments make a small copy."""


def cached_cluster(data: Path, binaries: Binaries, account: Account) -> str:
    """Makes the data folder `data` from the kept cluster, and keeps one where there is none; returns its password.

    Raises:
        ServerError: initdb or the disk refuses.
    """
    kept = _folder(binaries)
    password = _password_of(kept)
    if not password:
        password = secrets.token_urlsafe(24)
        make_cluster(data, binaries, account, password, OPTIONS)
        _keep(kept, data, password)
        return password
    with refusals("copy a cluster to", data):
        _copy(kept / "postgres", data)
        for path in (data, *data.rglob("*")):
            give(path, account)
    return password


def _folder(binaries: Binaries) -> Path:
    origin = f"{binaries.folder}:{(binaries.folder / 'postgres').stat().st_mtime_ns}:{OPTIONS}"
    digest = hashlib.sha256(origin.encode(errors="surrogateescape")).hexdigest()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "whimbrel" / f"cluster-{binaries.version}-{digest[:12]}"


def _password_of(kept: Path) -> str:
    try:
        return (kept / "password").read_text()
    except OSError:
        return ""  # nothing is kept, or not for this user


def _keep(kept: Path, data: Path, password: str) -> None:
    fresh = kept.with_name(f"{kept.name}.new-{secrets.token_hex(4)}")
    try:
        fresh.mkdir(mode=0o700, parents=True)
        _copy(data, fresh / "postgres")
        (fresh / "password").write_text(password)
        os.sync()  # a name that a power cut left on an empty file would spoil every later start
        fresh.replace(kept)
    except OSError:
        pass  # a cache that cannot be written, or that another process has just filled: only time is lost
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _copy(origin: Path, copy: Path) -> None:
    shutil.copytree(origin, copy, copy_function=shutil.copyfile)
    copy.chmod(0o700)
