"""Measure what statements lock, rewrite and scan: python tools/measure_locks.py FOLDER... [--only TEXT]

Each FOLDER holds the programs of one PostgreSQL (`initdb`, `postgres`). Each line of tests/locks/more.txt runs there in
a transaction in a fresh copy of the schema in tests/locks/fixture*.sql; then its own entries in pg_locks, the files of
all relations and the rows read one after the other are compared with what was before. What comes out goes to
tests/locks/more.json, beside what other versions said there before.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from whimbrel.shadow.throwaway import throwaway_server

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "locks"
SHORT = {
    "AccessShareLock": "AS", "RowShareLock": "RS", "RowExclusiveLock": "RX", "ShareUpdateExclusiveLock": "SUX",
    "ShareLock": "S", "ShareRowExclusiveLock": "SRX", "ExclusiveLock": "X", "AccessExclusiveLock": "AX",
}  # fmt: skip
ORDER = list(SHORT.values())
NAME = "case when n.nspname = 'public' then c.relname else n.nspname || '.' || c.relname end"
RELATIONS = f"""
    select c.oid, {NAME}, c.relfilenode, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.oid >= 16384 and n.nspname not in ('pg_toast', 'pg_catalog', 'information_schema')
"""
LOCKS = "select relation, mode from pg_locks where locktype = 'relation' and pid = pg_backend_pid() and granted"
READ = "select relid, seq_tup_read from pg_stat_xact_user_tables where seq_tup_read > 0"


def measure(url: str, name: str, before: str, statement: str) -> dict[str, Any]:
    with psycopg.connect(f"{url.rpartition('/')[0]}/{name}", autocommit=True) as connection:
        if before:
            connection.execute(before.encode())
        old = {oid: (called, file, kind) for oid, called, file, kind in connection.execute(RELATIONS)}
        connection.execute("begin")
        # What the session read before may still be counted here.
        seen: dict[int, int] = dict(connection.execute(READ))
        try:
            connection.execute(statement.encode())
        except psycopg.Error as error:
            return {"err": f"{error.sqlstate} {error.diag.message_primary}"}
        locks: dict[str, str] = {}
        for oid, mode in connection.execute(LOCKS):
            if oid in old and old[oid][2] not in "iI":
                locks[old[oid][0]] = max(locks.get(old[oid][0], "AS"), SHORT[mode], key=ORDER.index)
        scans = sorted(old[oid][0] for oid, rows in connection.execute(READ) if oid in old and rows > seen.get(oid, 0))
        files = {oid: file for oid, _, file, _ in connection.execute(RELATIONS)}
        rewrites = sorted(
            called for oid, (called, file, kind) in old.items() if kind not in "iI" and files.get(oid, file) != file
        )
        connection.execute("rollback")
        return {"locks": dict(sorted(locks.items())), "rewrite": rewrites, "scan": scans}


def rows(only: str) -> list[tuple[str, str]]:
    lines = (FOLDER / "more.txt").read_text().splitlines()
    parts = [line.rpartition(" --> ") for line in lines if line and not line.startswith("#")]
    return [(before, statement) for before, _, statement in parts if only in before + statement]


def run(folder: Path, only: str) -> tuple[int, dict[str, dict[str, Any]]]:
    libraries = folder.parent / "lib"
    if libraries.is_dir():
        os.environ["LD_LIBRARY_PATH"] = str(libraries)
    with throwaway_server(binaries=folder) as server, psycopg.connect(server.url, autocommit=True) as connection:
        major = connection.info.server_version // 10000
        connection.execute("set allow_in_place_tablespaces = on" if major >= 15 else "select 1")
        connection.execute("create role lockrole")
        place = b"''"
        if major < 15:
            folder_of_space = Path(connection.execute("show data_directory").fetchone()[0]).parent / "space"  # type: ignore[index]
            folder_of_space.mkdir(mode=0o777)
            folder_of_space.chmod(0o777)
            place = f"'{folder_of_space}'".encode()
        connection.execute(b"create tablespace tsx location " + place)
        connection.execute("create database fixture template template0")
        with psycopg.connect(f"{server.url.rpartition('/')[0]}/fixture", autocommit=True) as made:
            for file in ("fixture.sql", *(["fixture18.sql"] if major >= 18 else []), "fixture_more.sql"):
                made.execute((FOLDER / file).read_bytes())
        measured = {}
        for number, (before, statement) in enumerate(rows(only)):
            name = f"m{number}"
            connection.execute(sql.SQL("create database {} template fixture").format(sql.Identifier(name)))
            key = f"{before} --> {statement}" if before else statement
            try:
                measured[key] = measure(server.url, name, before, statement)
            except psycopg.Error as error:
                print(f"{major}: {key}: {error}", file=sys.stderr)
            connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))
        return major, measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--only", default="", help="only lines that hold this text")
    options = parser.parse_args()
    target = FOLDER / "more.json"
    known: dict[str, dict[str, Any]] = json.loads(target.read_text()) if target.exists() else {}
    wanted = {f"{before} --> {statement}" if before else statement for before, statement in rows("")}
    for folder in options.folders:
        major, measured = run(folder, options.only)
        for key, result in measured.items():
            known.setdefault(key, {})[str(major)] = result
        print(f"PostgreSQL {major}: {len(measured)} statements")
    ordered = {key: dict(sorted(known[key].items())) for key in sorted(known) if key in wanted}
    target.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in ordered.items()) + "\n}\n")


if __name__ == "__main__":
    main()
