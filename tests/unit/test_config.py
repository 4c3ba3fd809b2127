"""Where settings come from: the environment, `.env`, pyproject.toml, and the folders that are there."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whimbrel.config import (
    Config,
    Setting,
    database_url,
    find_dotenv,
    migrations_path,
    read_config,
    read_dotenv,
)
from whimbrel.errors import Misuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything; be somebody else for a moment."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder, with `a/b` below and nothing in it."""
    (tmp_path / "project" / "a" / "b").mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").touch()
    return tmp_path / "project"


def dotenv(folder: Path, text: str = "") -> Path:
    (folder / ".env").write_text(text, encoding="utf-8", newline="")
    return folder / ".env"


def read(folder: Path, text: str) -> dict[str, str]:
    return read_dotenv(dotenv(folder, text))


def test_the_dotenv_of_the_current_folder_is_nearest(project: Path) -> None:
    dotenv(project)
    nearest = dotenv(project / "a")
    assert find_dotenv(project / "a") == nearest


def test_the_dotenv_of_the_projects_folder_is_found_from_below(project: Path) -> None:
    found = dotenv(project)
    assert find_dotenv(project / "a" / "b") == found
    assert find_dotenv(project) == found


def test_nothing_above_the_projects_folder_is_looked_at(project: Path) -> None:
    dotenv(project.parent)
    assert find_dotenv(project / "a") is None


@pytest.mark.parametrize("make", ["mkdir", "touch"])
def test_a_git_folder_or_work_tree_ends_the_search_too(make: str, tmp_path: Path) -> None:
    dotenv(tmp_path)
    (tmp_path / "repository" / "sub").mkdir(parents=True)
    getattr(tmp_path / "repository" / ".git", make)()
    assert find_dotenv(tmp_path / "repository" / "sub") is None
    inside = dotenv(tmp_path / "repository")
    assert find_dotenv(tmp_path / "repository" / "sub") == inside


def test_outside_a_project_only_the_current_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    dotenv(tmp_path)
    assert find_dotenv(tmp_path / "x") is None
    assert find_dotenv(tmp_path) == tmp_path / ".env"


def test_a_folder_named_dotenv_is_no_dotenv(project: Path) -> None:
    (project / "a" / ".env").mkdir()
    found = dotenv(project)
    assert find_dotenv(project / "a") == found


def test_folders_that_may_not_be_looked_at_hold_nothing(project: Path) -> None:
    """`sudo -u postgres` in the home of root."""
    dotenv(project)
    (project / "migrations").mkdir()
    project.chmod(0o000)
    with as_nobody():
        assert find_dotenv(project / "a") is None
        assert read_config(project / "a") == Config()
        assert migrations_path(None, Config(), project).value == "migrations"
    project.chmod(0o700)


LINES = [
    ("A=b", {"A": "b"}),
    ("A=b\nC=d\n", {"A": "b", "C": "d"}),
    ("export A=b", {"A": "b"}),
    ("  A = b  ", {"A": "b"}),
    ("A=", {"A": ""}),
    ("A=\nB=c", {"A": "", "B": "c"}),
    ("A=b c", {"A": "b c"}),
    ("# comment\n\n  # more\nA=b", {"A": "b"}),
    ("A=b # comment", {"A": "b"}),
    ("A=b\t# comment", {"A": "b"}),
    ("A= # comment", {"A": ""}),
    ("A=b#c", {"A": "b#c"}),
    ("A=#b", {"A": "#b"}),
    ("A='b # c' # d", {"A": "b # c"}),
    ('A="b # c"# d', {"A": "b # c"}),
    ("A=''", {"A": ""}),
    ('A=""', {"A": ""}),
    ("A='b\nc'\nD=e", {"A": "b\nc", "D": "e"}),
    ('A="b\nc"\nD=e', {"A": "b\nc", "D": "e"}),
    (r'A="b\nc\td\re\"f\\g\$h"', {"A": 'b\nc\td\re"f\\g$h'}),
    (r'A="\x\q"', {"A": r"\x\q"}),
    (r"A='b\n'", {"A": r"b\n"}),
    (r"A=b\n", {"A": r"b\n"}),
    ("A=$B", {"A": "$B"}),
    ('A="${B} $(c)"', {"A": "${B} $(c)"}),
    ("A=b=c", {"A": "b=c"}),
    ("A=it's", {"A": "it's"}),
    ('A=say "hi"', {"A": 'say "hi"'}),
    ("A=b\nA=c", {"A": "c"}),
    ("A.b-c_1=d", {"A.b-c_1": "d"}),
    ("\ufeffA=b", {"A": "b"}),
    ("A=b\r\nC='d'\r\n# e\r\n\r\nF=\"g\"\r\n", {"A": "b", "C": "d", "F": "g"}),
    ("A=ü\u00a0中", {"A": "ü\u00a0中"}),
    ("", {}),
    ("\n\n", {}),
    (
        "DATABASE_URL=postgres://u:p@ss#w%25$d@h:5432/db?sslmode=disable",
        {"DATABASE_URL": "postgres://u:p@ss#w%25$d@h:5432/db?sslmode=disable"},
    ),
]
BAD_LINES = [
    ("A", 1, "is not KEY=value"),
    ("A=b\n\nsecret\n", 3, "is not KEY=value"),
    ("export A", 1, "is not KEY=value"),
    ("1A=secret", 1, "is not KEY=value"),
    ("A: secret", 1, "is not KEY=value"),
    ("=secret", 1, "is not KEY=value"),
    ("A='secret", 1, "has a quote that is never closed"),
    ('B=c\nA="secret', 2, "has a quote that is never closed"),
    ('A="secret\\"', 1, "has a quote that is never closed"),
    ("A='sec'ret", 1, "goes on behind the closing quote"),
    ('A="sec" ret', 1, "goes on behind the closing quote"),
]


@pytest.mark.parametrize(("text", "values"), LINES, ids=[ascii(row[0])[:40] for row in LINES])
def test_a_dotenv_is_read(text: str, values: dict[str, str], tmp_path: Path) -> None:
    assert read(tmp_path, text) == values


@pytest.mark.parametrize(("text", "line", "problem"), BAD_LINES, ids=[ascii(row[0])[:40] for row in BAD_LINES])
def test_a_bad_line_is_named_by_its_number_and_never_shown(text: str, line: int, problem: str, tmp_path: Path) -> None:
    with pytest.raises(Misuse) as caught:
        read(tmp_path, text)
    assert caught.value.message == f"{tmp_path}/.env:{line}: the line {problem}"
    assert "sec" not in caught.value.message.removeprefix(str(tmp_path)) + caught.value.remedy


def test_a_dotenv_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff")
    with pytest.raises(Misuse, match="it is not UTF-8"):
        read_dotenv(tmp_path / ".env")


def test_a_dotenv_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    dotenv(tmp_path).chmod(0o000)
    with as_nobody(), pytest.raises(Misuse, match=r"cannot read .*: permission denied"):
        read_dotenv(tmp_path / ".env")


VALUES = st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]))


@settings(deadline=None)  # it writes files
@given(values=st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True), VALUES))
def test_every_value_can_be_written_in_double_quotes(
    values: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines = [
        f'{key}="{value.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"'
        for key, value in values.items()
    ]
    assert read(tmp_path_factory.mktemp("dotenv"), "\n".join(lines)) == values


def test_the_environment_comes_before_the_dotenv(project: Path) -> None:
    path = dotenv(project, "DATABASE_URL=from-file")
    assert database_url({"DATABASE_URL": "from-environment"}, project / "a") == Setting(
        "from-environment", "the environment variable DATABASE_URL"
    )
    assert database_url({}, project / "a") == Setting("from-file", f"DATABASE_URL in {path}")


def test_an_empty_url_is_none(project: Path) -> None:
    assert database_url({"DATABASE_URL": ""}, project) is None
    dotenv(project, "DATABASE_URL=\nOTHER=x")
    assert database_url({"DATABASE_URL": ""}, project) is None


def test_a_set_environment_does_not_read_the_dotenv(project: Path) -> None:
    dotenv(project, "not a line")
    assert database_url({"DATABASE_URL": "x"}, project) is not None


def configure(project: Path, text: str) -> Path:
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    return project / "pyproject.toml"


def test_the_table_is_read_from_below_and_its_path_starts_at_its_file(project: Path) -> None:
    path = configure(project, '[tool.whimbrel]\npath = "db/migrations"\ndatabase = "postgres://h/d"\n')
    origin = f"[tool.whimbrel] in {path}"
    assert read_config(project / "a" / "b") == Config(
        path=Setting(str(project / "db" / "migrations"), origin), database=Setting("postgres://h/d", origin)
    )


def test_an_absolute_path_stays(project: Path) -> None:
    configure(project, '[tool.whimbrel]\npath = "/srv/migrations"\n')
    found = read_config(project).path
    assert found is not None
    assert found.value == "/srv/migrations"


@pytest.mark.parametrize("text", ["", "[tool.other]\nx = 1\n", "[tool.whimbrel]\n", "# tool.whimbrel\n"])
def test_without_keys_there_is_no_setting(text: str, project: Path) -> None:
    configure(project, text)
    assert read_config(project) == Config()


def test_the_nearest_pyproject_counts(project: Path) -> None:
    configure(project, '[tool.whimbrel]\npath = "x"\n')
    (project / "a" / "pyproject.toml").touch()
    assert read_config(project / "a" / "b") == Config()


def test_without_a_pyproject_there_is_no_setting(tmp_path: Path) -> None:
    assert read_config(tmp_path) == Config()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.whimbrel]\npth = 'x'\n", "unknown key 'pth' in [tool.whimbrel] in {}"),
        ("[tool.whimbrel]\npath = 1\n", "the key 'path' of [tool.whimbrel] in {} must be a text that is not empty"),
        ("[tool.whimbrel]\npath = ''\n", "the key 'path' of [tool.whimbrel] in {} must be a text that is not empty"),
        (
            "[tool.whimbrel]\ndatabase = ['x']\n",
            "the key 'database' of [tool.whimbrel] in {} must be a text that is not empty",
        ),
        ("tool.whimbrel = 1\n", "tool.whimbrel in {} is not a table"),
        ("[[tool.whimbrel]]\n", "tool.whimbrel in {} is not a table"),
    ],
)
def test_a_wrong_table_is_refused(text: str, message: str, project: Path) -> None:
    path = configure(project, text)
    with pytest.raises(Misuse) as caught:
        read_config(project)
    assert caught.value.message == message.format(path)
    assert caught.value.remedy


def test_the_known_keys_are_told(project: Path) -> None:
    configure(project, "[tool.whimbrel]\nx = 1\n")
    with pytest.raises(Misuse) as caught:
        read_config(project)
    assert caught.value.remedy == "known keys are path, database, lint"


def test_a_pyproject_that_is_no_toml_is_refused_only_where_it_speaks_of_us(project: Path) -> None:
    path = configure(project, "[tool.other\n")
    assert read_config(project) == Config()
    configure(project, "[tool.whimbrel\n")
    with pytest.raises(Misuse, match=r"cannot read .*line 1") as caught:
        read_config(project)
    assert str(path) in caught.value.message


def test_a_pyproject_without_our_table_does_not_cost_the_parser(project: Path) -> None:
    configure(project, "[tool.other]\n")
    code = (
        "import sys; from pathlib import Path; from whimbrel.config import read_config;"
        "read_config(Path(sys.argv[1])); print('tomllib' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(project)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


CONFIGURED = Config(path=Setting("/srv/m", "[tool.whimbrel] in /srv/pyproject.toml"))


def test_the_option_comes_first(tmp_path: Path) -> None:
    assert migrations_path("db", CONFIGURED, tmp_path) == Setting("db", "--path")


def test_the_configured_path_comes_before_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    assert migrations_path(None, CONFIGURED, tmp_path) == CONFIGURED.path


def test_the_usual_name_comes_before_the_folders_below(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "backend" / "migrations").mkdir(parents=True)
    assert migrations_path(None, Config(), tmp_path) == Setting("migrations", "the usual name")


@pytest.mark.parametrize("folder", ["backend", "services/users"])
def test_the_only_such_folder_below_is_taken(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder / "migrations").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    found = migrations_path(None, Config(), tmp_path)
    assert found == Setting(f"{folder}/migrations", f"the only folder named migrations below {tmp_path}")


def test_several_such_folders_are_listed_and_none_is_taken(tmp_path: Path) -> None:
    for folder in ("b", "a/x", "c/y"):
        (tmp_path / folder / "migrations").mkdir(parents=True)
    with pytest.raises(Misuse) as caught:
        migrations_path(None, Config(), tmp_path)
    assert caught.value.message == (
        "several folders are named migrations: a/x/migrations, b/migrations, c/y/migrations"
    )
    assert "--path" in caught.value.remedy


@pytest.mark.parametrize(
    "folder",
    [
        *(".git", ".hidden/x", "node_modules", "node_modules/x", "x/node_modules", ".venv", "venv/x", "build", "dist"),
        *("x/site-packages", "one/two/three"),
    ],
)
def test_folders_of_tools_and_deeper_ones_are_not_searched(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder / "migrations").mkdir(parents=True)
    assert migrations_path(None, Config(), tmp_path) == Setting("migrations", "the usual name")


def test_a_file_of_that_name_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "migrations").touch()
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "migrations").touch()
    (tmp_path / "y" / "migrations").mkdir(parents=True)
    assert migrations_path(None, Config(), tmp_path).value == "y/migrations"


def test_a_linked_folder_is_not_searched(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "elsewhere" / "migrations").mkdir(parents=True)
    (tmp_path / "project" / "link").symlink_to(tmp_path / "elsewhere")
    assert migrations_path(None, Config(), tmp_path / "project").value == "migrations"
