"""The command `whimbrel lint`."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from whimbrel.config import lint_table, migrations_path, read_config, shorter
from whimbrel.errors import ExitCode, Misuse
from whimbrel.findings.severity import Severity
from whimbrel.lint.fixes.fixable import Fixes
from whimbrel.lint.parallel import encoded_in
from whimbrel.lint.settings import LintSettings, checked, from_table
from whimbrel.lint.targets import STDIN, folders

if TYPE_CHECKING:
    import argparse
    from typing import BinaryIO

    from whimbrel.lint.targets import Folder
    from whimbrel.report.findings import Report


_SHOW_FIXES = ("text", "json")


def lint(options: argparse.Namespace, out: TextIO, err: TextIO) -> ExitCode:
    """Lint what the options name; results go to `out`, talk to `err`."""
    if options.explain is not None:
        from whimbrel.lint.explain import explained

        out.write(explained(options.explain))
        return ExitCode.OK
    gc.disable()  # trees hold no cycles; looking for them costs a tenth
    settings = _settings(options)
    settings.chosen()  # a word that means no rule is said before anything is written
    if options.stdin_filename is not None and STDIN not in options.paths:
        message = "--stdin-filename names what comes from standard input, which is not asked for"
        raise Misuse(message, remedy="add - to the paths")
    paths = options.paths or [shorter(migrations_path(options.path, read_config(Path.cwd()), Path.cwd()).value)]
    found = folders(
        paths, sys.stdin.buffer.read, stdin_name=options.stdin_filename or "", since=settings.since,
        excludes=settings.excludes,
    )  # fmt: skip
    if options.write_baseline is not None:
        return _write_baseline(Path(options.write_baseline), found, settings, err)
    if options.fix:
        found = _fixed(found, settings, out, err)
    # Standard output then holds the fixed text.
    reported = err if options.fix and any(file.given for folder in found for file in folder.files) else out
    report = _report(settings.format, _binary(reported))
    counts: Counter[str] = Counter()
    worst: Counter[Severity] = Counter()
    gone = 0
    for encoded in encoded_in(found, settings, report.encode, fixes=_fixes(settings, options)):
        report.put(encoded.data)
        counts += encoded.names
        worst += encoded.severities
        gone += encoded.gone
    report.end(counts)
    reported.flush()
    if settings.statistics:
        for name, number in counts.most_common():
            err.write(f"{number:6}  {name}\n")
    if settings.baseline:
        _tell_gone(Path(settings.baseline), gone, err)
    if settings.format == "text":
        err.write(f"{_summary(worst, sum(file.linted for folder in found for file in folder.files))}\n")
    return ExitCode.FAILED if any(settings.fails(severity) for severity in worst) else ExitCode.OK


def _fixes(settings: LintSettings, options: argparse.Namespace) -> Fixes:
    if settings.format not in _SHOW_FIXES:
        return Fixes.NONE
    return Fixes.ALL if options.fix else Fixes.FIXABLE


def _fixed(found: list[Folder], settings: LintSettings, out: TextIO, err: TextIO) -> list[Folder]:
    """Fix what can be fixed; return the folders as they are then."""
    from whimbrel.lint.fixing import fixed
    from whimbrel.lint.write_fixed import write

    done = [fixed(folder, settings) for folder in found]
    for one in done:
        write(one.made, (file for file in one.changed if not file.given))
        for file in one.folder.files:
            if file.given:
                _binary(out).write(file.data)
        for file in one.changed:
            if not file.given:
                err.write(f"fixed {file.path}\n")
        for file in one.made:
            err.write(f"made {file.path}\n")
    return [one.folder for one in done]


def _write_baseline(path: Path, found: list[Folder], settings: LintSettings, err: TextIO) -> ExitCode:
    from whimbrel.lint.baseline import key, write
    from whimbrel.lint.run import seen_in

    keys = [key(one, path) for _, seen in seen_in(found, replace(settings, baseline="")) for one in seen]
    number = write(path, keys)
    err.write(f"{number} {'finding is' if number == 1 else 'findings are'} in {path}\n")
    return ExitCode.OK


def _tell_gone(path: Path, gone: int, err: TextIO) -> None:
    """Say how many findings of a baseline are not there any more, so that it can be written anew."""
    from whimbrel.lint.baseline import read, without_file

    gone += without_file(read(path), path)
    if gone:
        what = "finding of it is" if gone == 1 else "findings of it are"
        err.write(f"{path}: {gone} {what} gone; --write-baseline {path} writes it anew\n")


def _settings(options: argparse.Namespace) -> LintSettings:
    table, origin = lint_table(Path.cwd())
    settings = from_table(table, origin)
    settings = checked(
        settings, "the command line", version=options.pg_version, fail_on=options.fail_on, format=options.format,
        target=options.target,
    )  # fmt: skip
    if options.select:
        settings = replace(settings, select=_words(options.select) or settings.select)
    if options.ignore:
        settings = replace(settings, ignore=settings.ignore + _words(options.ignore))
    if options.since is not None:
        settings = replace(settings, since=options.since)
    if options.baseline is not None:
        settings = replace(settings, baseline=options.baseline)
    if options.statistics:
        settings = replace(settings, statistics=True)
    return settings


def _words(given: list[str]) -> tuple[str, ...]:
    return tuple(word.strip() for one in given for word in one.split(",") if word.strip())


def _binary(out: TextIO) -> BinaryIO:
    out.flush()
    return out.buffer


def _report(format_: str, out: BinaryIO) -> Report:
    from whimbrel.report import findings as reports

    match format_:
        case "json":
            return reports.JsonReport(out)
        case "sarif":
            from whimbrel.lint.explain import card_of

            return reports.SarifReport(out, card_of)
        case "github":
            return reports.GithubReport(out)
        case "gitlab":
            return reports.GitlabReport(out)
        case _:
            return reports.TextReport(out)


def _summary(worst: Counter[Severity], files: int) -> str:
    if not worst:
        return f"nothing found in {_number(files, ('file', 'files'))}"
    parts = [_number(worst[severity], _PLURALS[severity]) for severity in sorted(worst, reverse=True)]
    return f"{', '.join(parts)} in {_number(files, ('file', 'files'))}"


_PLURALS = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.ADVICE: ("piece of advice", "pieces of advice"),
}


def _number(number: int, words: tuple[str, str]) -> str:
    return f"{number} {words[number != 1]}"
