"""The command `whimbrel locks`: what each statement locks, rewrites and scans."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from whimbrel.errors import ExitCode, Misuse
from whimbrel.lint.context import OLDEST_SUPPORTED
from whimbrel.lint.directory import in_order
from whimbrel.lint.effects import effects_in, fold_file
from whimbrel.lint.grammar_process import GrammarProcess
from whimbrel.lint.parsing import deep
from whimbrel.migration.direction import Direction
from whimbrel.report.locks_text import as_json, block
from whimbrel.schema.catalog import Catalog

if TYPE_CHECKING:
    import argparse

    from whimbrel.lint.effects import Told
    from whimbrel.lint.file import File

_VERSIONS = range(13, 19)
_STDIN = "-"


def locks(options: argparse.Namespace, out: TextIO) -> ExitCode:
    """Write what the statements of the named files do."""
    version = OLDEST_SUPPORTED if options.pg_version is None else options.pg_version
    if version not in _VERSIONS:
        message = f"--pg-version {version} is not between {_VERSIONS[0]} and {_VERSIONS[-1]}"
        raise Misuse(message)
    names = options.files or [_STDIN]
    grammar = GrammarProcess()
    written = 0
    try:
        with deep():
            found = _told(names, options.context, grammar, version)
        for name, told in found:
            if options.json:
                _write_json(out, told, first=written == 0)
            else:
                place = f"{name}:{told.line}" if len(names) > 1 or name != _STDIN else f"line {told.line}"
                out.write(("\n" if written else "") + block(place, told))
            written += 1
    finally:
        grammar.close()
    if options.json:
        out.write("]}\n" if written else '{"statements": []}\n')
    return ExitCode.OK


def _write_json(out: TextIO, told: Told, *, first: bool) -> None:
    import json

    out.write('{"statements": [\n' if first else ",\n")
    out.write(json.dumps(as_json(told), ensure_ascii=False))


def _told(names: list[str], context: str | None, grammar: GrammarProcess, version: int) -> list[tuple[str, Told]]:
    """Return what all files hold; one that stands in the directory comes behind those that run before it."""
    beside = _directory(Path(context)) if context is not None else []
    found: list[tuple[str, Told]] = []
    catalog = Catalog()
    folded = 0
    for name in names:
        file = _read(name)
        own = _place(beside, name)
        wanted = [one for one in (beside if own is None else beside[:own]) if one.direction is not Direction.DOWN]
        if own is not None and folded > len(wanted):
            catalog, folded = Catalog(), 0
        for one in wanted[folded:]:
            fold_file(one, catalog, grammar)
            folded += 1
        # A down file of the directory is no step of it: what it takes back, the files behind it still have.
        apart = own is not None and file.direction is Direction.DOWN
        here = catalog.branch() if apart else catalog
        found.extend((name, told) for told in effects_in(file, here, grammar, version))
        folded += own is not None and not apart
    return found


def _place(beside: list[File], name: str) -> int | None:
    """Return the place of a named file among those of the directory."""
    if name == _STDIN or not beside:
        return None
    path = Path(name).resolve()
    for place, one in enumerate(beside):
        if Path(one.path).resolve() == path:
            return place
    return None


def _directory(directory: Path) -> list[File]:
    try:
        paths = [path for path in directory.iterdir() if path.is_file() and path.suffix.lower() == ".sql"]
        return in_order((str(path), path.name, path.read_bytes()) for path in paths)
    except OSError as error:
        message = f"cannot read {error.filename or directory}: {error.strerror}"
        raise Misuse(message) from error


def _read(name: str) -> File:
    try:
        data = sys.stdin.buffer.read() if name == _STDIN else Path(name).read_bytes()
    except OSError as error:
        message = f"cannot read {name}: {error.strerror}"
        raise Misuse(message) from error
    return in_order([(name, Path(name).name, data)])[0]
