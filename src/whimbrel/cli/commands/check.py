"""`whimbrel up --check`: may the pending files run, as far as the linter sees?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whimbrel.config import lint_table
from whimbrel.lint.directory import in_order
from whimbrel.lint.fixes.fixable import Fixes
from whimbrel.lint.run import findings_in
from whimbrel.lint.settings import checked, from_table
from whimbrel.lint.targets import Folder
from whimbrel.migration.directives import no_transaction
from whimbrel.report.findings import TextReport

if TYPE_CHECKING:
    from whimbrel.cli.opening import Opening
    from whimbrel.migrator import Migrator


def passes(opening: Opening, migrator: Migrator) -> bool:
    """Write what is found in the files that are pending; say whether nothing of it is a reason to stop."""
    settings = checked(from_table(*lint_table(Path.cwd())), "the command line", fail_on=opening.options.fail_on)
    pending = set(migrator.pending(opening.options.limit))
    if not pending:
        return True
    names = [
        file.name for one in migrator.migrations.migrations.values() for file in (one.up, one.down) if file is not None
    ]
    files = in_order((f"{opening.folder}{name}", name, migrator.read(name)) for name in names)
    for file in files:
        file.no_transaction = no_transaction(file.data)
        file.linted = file.name in pending
    first = next(file.ordinal for file in files if file.linted)
    for file in files:
        file.linted = file.linted and not settings.excludes(file.path)
    worst = None
    report = TextReport(opening.out.buffer)
    opening.out.flush()
    for findings in findings_in([Folder(files, first)], settings, fixes=Fixes.NONE):
        report.put(report.encode(findings))
        worst = max((finding.severity for finding in findings), default=None)
    opening.out.buffer.flush()
    if worst is None or not settings.fails(worst):
        return True
    opening.say(
        f"nothing was run: findings of severity {worst.label} in files that are pending (--fail-on {settings.fail_on})"
    )
    return False
