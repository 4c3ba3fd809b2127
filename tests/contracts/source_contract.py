"""What every source of migrations does, wherever the files lie: golang-migrate's suite for sources, and ours.

The folder that is asked holds, u for an up file and d for a down file:

    | 1   | 2 | 3 | 4   | 5 | 6 | 7   |
    | u d | - | u | u d | d | - | u d |

beside a file that is no migration, and a sub-folder that is named like one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whimbrel.errors import UnreadableFile
from whimbrel.migration.direction import Direction
from whimbrel.migration.migration_set import MigrationSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from whimbrel.sources.source import Source

FILES = {
    "1_foobar.up.sql": b"1 up",
    "1_foobar.down.sql": b"1 down",
    "3_foobar.up.sql": b"3 up",
    "4_foobar.up.sql": b"4 up",
    "4_foobar.down.sql": b"4 down",
    "5_foobar.down.sql": b"5 down",
    "7_foobar.up.sql": b"7 up",
    "7_foobar.down.sql": b"\xff\x00 7\r\n down \xef\xbb\xbf",
    "notes.txt": b"",
}
FILE_IN_SUB_FOLDER = "8_folder.up.sql/9_inside.up.sql"

BEFORE = {3: 1, 4: 3, 5: 4, 7: 5}
AFTER = {1: 3, 3: 4, 4: 5, 5: 7}
WITH_UP = {1, 3, 4, 7}
WITH_DOWN = {1, 4, 5, 7}


def names_are_the_files_of_the_folder_in_order(source: Source) -> None:
    assert source.names() == tuple(sorted(FILES))


def bodies_are_byte_for_byte(source: Source) -> None:
    assert {name: source.read(name) for name in source.names()} == FILES


def a_file_that_is_not_there_cannot_be_read(source: Source) -> None:
    with pytest.raises(UnreadableFile) as caught:
        source.read("2_missing.up.sql")
    assert caught.value.name == "2_missing.up.sql"
    assert caught.value.reason == "no such file or directory"


def the_url_says_where_it_is(source: Source) -> None:
    assert source.url.partition(":")[0] in {"file", "package", "memory", "zip"}


def the_first_version_is_one(source: Source) -> None:
    assert MigrationSet.from_names(source.names()).versions[0] == 1


def each_version_has_the_one_before_it(source: Source) -> None:
    migrations = MigrationSet.from_names(source.names())
    found = {v: migrations.before(v)[-1] for v in range(10) if v in migrations and migrations.before(v)}
    assert found == BEFORE


def each_version_has_the_one_after_it(source: Source) -> None:
    migrations = MigrationSet.from_names(source.names())
    found = {v: migrations.after(v)[0] for v in range(10) if v in migrations and migrations.after(v)}
    assert found == AFTER


def up_files_are_read_by_version(source: Source) -> None:
    assert bodies(source, Direction.UP) == {v: FILES[f"{v}_foobar.up.sql"] for v in WITH_UP}


def down_files_are_read_by_version(source: Source) -> None:
    assert bodies(source, Direction.DOWN) == {v: FILES[f"{v}_foobar.down.sql"] for v in WITH_DOWN}


def bodies(source: Source, direction: Direction) -> dict[int, bytes]:
    migrations = MigrationSet.from_names(source.names())
    files = {v: migrations[v].file(direction) for v in range(10) if v in migrations}
    assert all(file.title == "foobar" for file in files.values() if file)
    return {v: source.read(file.name) for v, file in files.items() if file}


FACTS: tuple[Callable[[Source], None], ...] = (
    names_are_the_files_of_the_folder_in_order,
    bodies_are_byte_for_byte,
    a_file_that_is_not_there_cannot_be_read,
    the_url_says_where_it_is,
    the_first_version_is_one,
    each_version_has_the_one_before_it,
    each_version_has_the_one_after_it,
    up_files_are_read_by_version,
    down_files_are_read_by_version,
)
