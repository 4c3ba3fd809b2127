"""Replays a recorded transcript of golang-migrate's `migrate` with ours, and says where the two differ.

A transcript is a JSON file in `transcripts/`: files to lay out, then steps, each a command (`run`, with `stdin`,
`env`, `cwd`, `signals`), an operator's `sql`, or files to `write`. `exit`, `stdout`, `stderr`, `files`, `version`,
`catalog` and `rows` are what golang-migrate did; `whimbrel` says where we differ on purpose, and why.
"""

from __future__ import annotations

import base64
import difflib
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TRANSCRIPTS = Path(__file__).parent / "transcripts"
MIGRATE = (sys.executable, "-P", "-c", "from whimbrel.cli.migrate import main; main()")
WHIMBREL = (sys.executable, "-P", "-m", "whimbrel")

_TIME_LIMIT_S = 60
_KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
_FIELDS = ("exit", "stdout", "stderr", "files", "version", "catalog", "rows")
_CATALOG = (Path(__file__).parent / "catalog.sql").read_bytes()
_TABLES = b"""
select n.nspname, c.relname, array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0
    and not attisdropped order by attnum)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
order by 1, 2
"""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """The database at `url`, and the folder in which a transcript is played."""

    url: str
    folder: Path

    @property
    def database(self) -> str:
        return unquote(urlsplit(self.url).path[1:])

    def fill(self, text: str) -> str:
        """Put this place into a transcript's placeholders."""
        parts = urlsplit(self.url)
        login, _, address = parts.netloc.rpartition("@")
        tail = f"{login}@{address}/{quote(self.database)}?sslmode=disable"
        values = {
            "{postgres}": f"postgres://{tail}",
            "{postgresql}": f"postgresql://{tail}",
            "{pgx5}": f"pgx5://{tail}",
            "{login}": login,
            "{user}": unquote(parts.username or ""),
            "{host}": parts.hostname or "",
            "{port}": str(parts.port or 5432),
            "{db}": self.database,
            "{dir}": str(self.folder),
        }
        for placeholder, value in values.items():
            text = text.replace(placeholder, value)
        return text

    def normalise(self, text: str) -> str:
        """Replace what differs from run to run and from machine to machine."""
        parts = urlsplit(self.url)
        text = text.replace(os.path.realpath(self.folder), "<dir>").replace(str(self.folder), "<dir>")
        duration = r"-?(?:\d+h)?(?:\d+m)?\d+(?:\.\d+)?(?:ns|µs|ms|s)"
        text = re.sub(rf"\({duration}\)", "(<duration>)", text)
        text = re.sub(rf"read {duration}, ran {duration}", "read <duration>, ran <duration>", text)
        text = re.sub(rf"Finished after {duration}", "Finished after <duration>", text)
        text = re.sub(r"(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", "<time> ", text)
        text = re.sub(r"(?m)^(Source|Database) drivers: .*$", r"\1 drivers: <list>", text)
        text = re.sub(r"\b20\d{12}(?=_)", "<timestamp>", text)
        text = re.sub(r"(?s)\n\ngoroutine .*", "\n<stack>\n", text)
        text = re.sub(r"user=\S+ database=", "user=<user> database=", text)
        text = re.sub(r"dial tcp \[::1\]:", "dial tcp <host>:", text)
        text = text.replace(f"{parts.hostname}:{parts.port}", "<host>:<port>")
        return re.sub(rf"(?<!\w){re.escape(self.database)}(?!\w)", "<db>", text)


def transcript(name: str) -> Json:
    found: Json = json.loads((TRANSCRIPTS / f"{name}.json").read_text())
    return found


def replay(played: Json, command: Sequence[str], place: Place) -> list[str]:
    """Play all steps; return a text for each difference."""
    lay_out(played, place.folder)
    found = []
    for number, step in enumerate(played["steps"], 1):
        seen = play(step, command, place)
        name = " ".join(step.get("run", ["(no command)"]))
        found += [f"step {number}: {name}\n{difference}" for difference in _differences(step, seen)]
    return found


def lay_out(played: Json, folder: Path) -> None:
    """Write a transcript's files into an empty folder."""
    for name in played.get("folders", []):
        (folder / name).mkdir(parents=True, exist_ok=True)
    bodies = {name: text.encode() for name, text in played.get("files", {}).items()}
    bodies |= {name: base64.b64decode(data) for name, data in played.get("files_base64", {}).items()}
    for name, body in bodies.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    for name, target in played.get("links", {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(target)


def play(step: Json, command: Sequence[str], place: Place) -> Json:
    """Do one step; return what was seen, in the form in which transcripts are kept."""
    seen: Json = {}
    with psycopg.connect(place.url, autocommit=True) as observer:
        if "sql" in step:
            observer.execute(place.fill(step["sql"]).encode())
        for name, text in step.get("write", {}).items():
            if text is None:
                (place.folder / name).unlink()
            else:
                (place.folder / name).write_bytes(text.encode())
        if "run" in step:
            seen = _run(step, command, place, observer)
        if "settle" in step:
            _wait_until(observer, step["settle"])
        state: Json = json.loads(place.normalise(json.dumps(database_state(observer))))
    return seen | state


def database_state(observer: psycopg.Connection) -> Json:
    """Version rows, catalog, and rows of the other tables."""
    catalog = [row[0] for row in observer.execute(_CATALOG)]
    versions: Json = {}
    rows: Json = {}
    for schema, table, columns in observer.execute(_TABLES).fetchall():
        query = f'select to_jsonb(r.*) from "{schema}"."{table}" r order by to_jsonb(r.*)::text limit 60'
        found = [row[0] for row in observer.execute(query.encode())]
        if columns == ["version", "dirty"]:
            versions[f"{schema}.{table}"] = [[row["version"], row["dirty"]] for row in found]
        elif found:
            rows[f"{schema}.{table}"] = found
    return {"version": versions, "catalog": catalog, "rows": rows}


def _run(step: Json, command: Sequence[str], place: Place, observer: psycopg.Connection) -> Json:
    before = _listing(place.folder)
    environment = {key: os.environ[key] for key in _KEPT_ENVIRONMENT if key in os.environ}
    environment |= {key: place.fill(value) for key, value in step.get("env", {}).items()}
    process = subprocess.Popen(
        [*command, *map(place.fill, step["run"])],
        cwd=place.folder / step.get("cwd", "."),
        env=environment,
        text=True,
        errors="replace",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        for sending in step.get("signals", []):
            _wait_until(observer, sending["when"])
            process.send_signal(getattr(signal, sending["send"]))
        out, err = process.communicate(step.get("stdin", ""), timeout=_TIME_LIMIT_S)
    finally:
        process.kill()
        process.wait()
    seen = {"exit": process.returncode, "stdout": place.normalise(out), "stderr": place.normalise(err)}
    if (after := _listing(place.folder)) != before:
        seen["files"] = [place.normalise(line) for line in after]
    return seen


def _listing(folder: Path) -> list[str]:
    return sorted(f"{p.relative_to(folder)} {p.stat().st_size}" for p in folder.rglob("*") if p.is_file())


def _wait_until(observer: psycopg.Connection, condition: str) -> None:
    deadline = time.monotonic() + _TIME_LIMIT_S
    while not (row := observer.execute(condition.encode()).fetchone()) or not row[0]:
        if time.monotonic() > deadline:
            message = f"never true: {condition}"
            raise TimeoutError(message)
        time.sleep(0.02)


def without_additions(text: str) -> str:
    """Leave out the lines that golang-migrate does not have: server messages and warnings of ours."""
    return re.sub(r"(?m)^(?:<time> )?(?:warning|notice): .*\n", "", text)


def _differences(step: Json, seen: Json) -> Iterator[str]:
    """Say where what was seen is not what golang-migrate did, or what `whimbrel` says where we differ on purpose."""
    if "run" not in step:
        return
    ours = step.get("whimbrel", {})
    expected = {key: step[key] for key in _FIELDS if key in step} | {key: ours[key] for key in _FIELDS if key in ours}
    for field in (*ours.get("free", []), *(["stderr"] if "stderr_contains" in ours else [])):
        expected.pop(field, None)
    for part in ours.get("stderr_contains", []):
        if part not in seen["stderr"]:
            yield f"stderr lacks {part!r}: {seen['stderr']!r}"
    for part in ours.get("stderr_lacks", []):
        if part in seen["stderr"]:
            yield f"stderr shows {part!r}: {seen['stderr']!r}"
    said = seen | {"stderr": without_additions(seen["stderr"])}
    for field, value in expected.items():
        if said.get(field) != value:
            lines = difflib.unified_diff(_lines(value), _lines(said.get(field)), "expected", "seen", lineterm="", n=1)
            yield "\n".join([f"{field}:", *lines])


def _lines(value: object) -> list[str]:
    if isinstance(value, str):
        return value.splitlines()
    return [str(one) for one in value] if isinstance(value, list) else [json.dumps(value)]
