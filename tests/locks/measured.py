"""The measured tables, and what the analysis makes of their rows."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from whimbrel.locks.effect import Effect, effect_of
from whimbrel.schema.catalog import Catalog
from whimbrel.schema.fold import fold
from whimbrel.sql import grammar
from whimbrel.sql.tree import STATEMENTS, Script

FOLDER = Path(__file__).parent
VERSIONS = (13, 14, 15, 16, 17, 18)
MODES = {"AS": 1, "RS": 2, "RX": 3, "SUX": 4, "S": 5, "SRX": 6, "X": 7, "AX": 8}


@dataclass(frozen=True)
class Row:
    key: str
    version: int
    before: str
    statement: str
    found: dict[str, Any]
    more: bool = False

    @property
    def error(self) -> str:
        return str(self.found.get("err", ""))


@cache
def rows() -> list[Row]:
    made = []
    for version in VERSIONS:
        for key, found in json.loads((FOLDER / f"locks{version}.json").read_text()).items():
            made.append(Row(key, version, found.get("before", ""), found["stmt"], found))
    for key, versions in json.loads((FOLDER / "more.json").read_text()).items():
        before, _, statement = key.rpartition(" --> ")
        for version, found in versions.items():
            made.append(Row(key, int(version), before, statement, found, True))
    return made


def statements(text: str) -> list[tuple[str, Any, Any]]:
    parsed = msgspec.json.decode(grammar.parse(text.encode()), type=Script)
    return [
        (kind, msgspec.json.decode(raw, type=STATEMENTS[kind]) if kind in STATEMENTS else None, raw)
        for one in parsed.stmts
        for kind, raw in one.stmt.items()
    ]


@cache
def fixture(version: int, more: bool) -> Catalog:
    catalog = Catalog()
    files = ["fixture.sql", *(["fixture18.sql"] if version >= 18 else []), *(["fixture_more.sql"] if more else [])]
    for file in files:
        for kind, node, _ in statements((FOLDER / file).read_text()):
            fold(catalog, kind, node)
    return catalog


def before(row: Row) -> Catalog:
    catalog = fixture(row.version, row.more).branch()
    for kind, node, _ in statements(row.before):
        fold(catalog, kind, node)
    return catalog


def effect(row: Row) -> Effect:
    catalog = before(row)
    zone = re.search(r"set timezone\s*=\s*'(\w+)", row.before)
    ((kind, node, raw),) = statements(row.statement)
    return effect_of(kind, node, raw, catalog, row.version, utc=None if zone is None else zone[1] == "UTC")


def name(written: str) -> tuple[str, str]:
    schema, _, called = written.rpartition(".")
    return schema or "public", called
