"""Does `whimbrel lint` read what it is given, say what it finds in each format, and end as it should?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from replay import WHIMBREL

INDEX = "CREATE INDEX orders_user_id_idx ON orders (user_id);\n"
TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL);\n"


def lint(*words: object, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*WHIMBREL, "lint", *map(str, words)], cwd=cwd, input=stdin, capture_output=True, check=False)


def findings(*words: object, cwd: Path, stdin: bytes = b"") -> list[dict[str, Any]]:
    done = lint(*words, "--format", "json", cwd=cwd, stdin=stdin)
    assert done.returncode in (0, 1), done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def names(*words: object, cwd: Path, stdin: bytes = b"") -> list[str]:
    return [one["name"] for one in findings(*words, cwd=cwd, stdin=stdin)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    write(folder, 1, TABLE, "DROP TABLE orders;\n")
    write(folder, 2, f"SELECT 'ä'; {INDEX}", "DROP INDEX CONCURRENTLY orders_user_id_idx;\n")
    return tmp_path


def write(folder: Path, number: int, up: str, down: str = "SELECT 1;\n") -> None:
    (folder / f"{number:06}_step.up.sql").write_text(up)
    (folder / f"{number:06}_step.down.sql").write_text(down)


def git(cwd: Path, *words: str) -> None:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    subprocess.run(["git", *words], cwd=cwd, check=True, capture_output=True, env={**os.environ, **who})


def test_a_finding_has_all_that_the_format_promises(project: Path) -> None:
    (found,) = findings("migrations", "--select", "index-not-concurrent", cwd=project)
    assert found["path"] == "migrations/000002_step.up.sql"
    assert (found["line"], found["column"], found["end_line"], found["end_column"]) == (1, 13, 1, 64)
    assert (found["code"], found["name"], found["severity"]) == ("WB101", "index-not-concurrent", "error")
    assert set(found) == {
        "path", "line", "column", "end_line", "end_column", "code", "name", "severity", "message", "effect", "remedy",
        "fix",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param(["--select", "index-not-concurrent"], 1, id="an error"),
        pytest.param(["--select", "index-not-concurrent", "--fail-on", "never"], 0, id="never"),
        pytest.param(["--select", "huge-file"], 0, id="clean"),
        pytest.param(["--ignore", "WB", "--select", "all"], 0, id="no rule left"),
        pytest.param(["--select", "index-not-curent"], 2, id="no such rule"),
        pytest.param(["--pg-version", "12"], 2, id="no such version"),
        pytest.param(["--format", "xml"], 2, id="no such format"),
        pytest.param(["--fail-on", "bad"], 2, id="no such severity"),
        pytest.param(["--since", "nothing"], 2, id="no revision"),
        pytest.param(["nowhere"], 2, id="no such file"),
        pytest.param(["--nothing"], 2, id="no such option"),
    ],
)
def test_the_exit_code_says_how_it_ended(words: list[str], code: int, project: Path) -> None:
    done = lint("migrations", *words, cwd=project)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    if code == 2:
        assert done.stderr


def test_a_named_file_is_read_with_what_lies_beside_it(project: Path) -> None:
    folder = project / "migrations"
    write(folder, 3, "ALTER TABLE orders ADD COLUMN note text;\n")
    only = ["--select", "index-not-concurrent"]
    assert [one["path"] for one in findings("migrations/000002_step.up.sql", *only, cwd=project)] == [
        "migrations/000002_step.up.sql"
    ]
    assert findings("migrations/000003_step.up.sql", *only, cwd=project) == []


def test_standard_input_is_a_file_of_its_own_or_one_of_a_directory(project: Path) -> None:
    only = ["--select", "index-not-concurrent"]
    (found,) = findings("-", *only, cwd=project, stdin=INDEX.encode())
    assert found["path"] == "<stdin>"
    (found,) = findings("-", "--stdin-filename", "migrations/000003_x.up.sql", *only, cwd=project, stdin=INDEX.encode())
    assert found["path"] == "migrations/000003_x.up.sql"
    made = (TABLE + INDEX).encode()
    assert findings("-", *only, cwd=project, stdin=made) == []


def test_standard_input_may_be_the_first_file_of_a_directory(project: Path) -> None:
    words = ["-", "--stdin-filename", "new/000001_x.up.sql", "--select", "index-not-concurrent"]
    (found,) = findings(*words, cwd=project, stdin=INDEX.encode())
    assert found["path"] == "new/000001_x.up.sql"


def test_a_name_for_standard_input_that_is_not_read_is_misuse(project: Path) -> None:
    done = lint("migrations", "--stdin-filename", "a.sql", cwd=project)
    assert done.returncode == 2
    assert "add - to the paths" in done.stderr.decode()


def test_an_empty_path_is_not_the_current_folder(project: Path) -> None:
    done = lint("", cwd=project)
    assert done.returncode == 2
    assert "there is no file or directory ''" in done.stderr.decode()


def test_hidden_files_are_linted_where_they_are_named(project: Path) -> None:
    hidden = project / "migrations" / "._000002_step.up.sql"
    hidden.write_bytes(b"\0\5\26\7\0" * 100)  # what macOS puts beside a file on a foreign disk
    assert names("migrations", "--select", "unreadable-file", cwd=project) == []
    assert names(hidden, "--select", "unreadable-file", cwd=project) == ["unreadable-file"]


def test_since_looks_only_at_files_that_are_new(project: Path) -> None:
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    folder = project / "migrations"
    write(folder, 3, "CREATE TABLE items (id bigint PRIMARY KEY);\n")
    write(folder, 4, "CREATE INDEX ON items (id);\nCREATE INDEX ON orders (id);\n")
    git(project, "add", "migrations/000003_step.up.sql")
    found = findings("migrations", "--since", "main", "--select", "index-not-concurrent", cwd=project)
    assert [(one["path"], one["line"]) for one in found] == [("migrations/000004_step.up.sql", 2)]
    (project / "link").symlink_to("migrations")
    for path in ("link", "migrations/../migrations", "link/000004_step.up.sql"):
        assert names(path, "--since", "main", "--select", "index-not-concurrent", cwd=project), path


def test_a_file_that_was_there_and_is_changed_is_told(project: Path) -> None:
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    file = project / "migrations" / "000001_step.up.sql"
    old = file.read_text()
    assert names("migrations", "--since", "main", "--select", "edited-migration", cwd=project) == []
    file.write_text(f"{old}\nSELECT 1;\n")
    (project / "migrations" / "000001_step.down.sql").write_text("DROP TABLE orders;\n")
    found = findings("migrations", "--since", "main", cwd=project)
    assert [(one["path"], one["name"]) for one in found] == [("migrations/000001_step.up.sql", "edited-migration")]
    file.write_text(f"-- whimbrel: ignore-file[edited-migration] nobody has run it\n{old}\nSELECT 1;\n")
    assert names("migrations", "--since", "main", cwd=project) == []


@pytest.fixture
def repository(project: Path) -> Path:
    """The project with all of it committed, and a new migration."""
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    write(project / "migrations", 3, "CREATE INDEX ON orders (id);\n")
    return project


def new_since(path: object, cwd: Path, revision: str = "main") -> list[str]:
    """The files in which an index is new."""
    only = ["--select", "index-not-concurrent"]
    return [Path(one["path"]).name for one in findings(path, "--since", revision, *only, cwd=cwd)]


def test_since_knows_files_behind_links(repository: Path) -> None:
    (repository / "db").symlink_to("migrations")
    assert new_since("db", repository) == ["000003_step.up.sql"]
    elsewhere = repository.parent / "elsewhere"
    elsewhere.symlink_to(repository)
    assert new_since(elsewhere / "migrations", repository) == ["000003_step.up.sql"]


def test_since_asks_the_repository_that_holds_the_files(repository: Path) -> None:
    outside = repository.parent / "outside"
    outside.mkdir()
    assert new_since(repository / "migrations", outside) == ["000003_step.up.sql"]
    git(outside, "init", "-q", "-b", "other")
    assert new_since(repository / "migrations", outside) == ["000003_step.up.sql"]


def test_a_copy_of_a_migration_is_new(repository: Path) -> None:
    git(repository, "config", "diff.renames", "copies")
    folder = repository / "migrations"
    (folder / "000003_step.up.sql").write_text((folder / "000002_step.up.sql").read_text())
    with (folder / "000002_step.up.sql").open("a") as file:
        file.write("-- changed\n")
    git(repository, "add", ".")
    assert new_since("migrations", repository) == ["000003_step.up.sql"]


def test_a_name_that_is_no_utf_8_is_shown(repository: Path) -> None:
    name = os.fsdecode(b"000004_\xff.up.sql")
    (repository / "migrations" / name).write_text(INDEX)
    for format_ in ("text", "json", "sarif", "github", "gitlab"):
        done = lint("migrations", "--since", "main", "--format", format_, cwd=repository)
        assert done.returncode == 1, done.stderr.decode()
        assert b"udcff" in done.stdout
    assert lint("migrations", "--write-baseline", "lint.json", cwd=repository).returncode == 0
    assert lint("migrations", "--baseline", "lint.json", cwd=repository).returncode == 0


def test_a_revision_that_git_does_not_know_is_misuse(repository: Path) -> None:
    git(repository, "checkout", "-q", "--orphan", "other")
    git(repository, "commit", "-q", "-m", "another beginning")
    for revision, said in [
        ("nope", "cannot tell what is new since nope: Not a valid object name nope"),
        ("main", "its history and that of HEAD have no commit in common"),
        ("-x", "'-x' is no git revision"),
    ]:
        done = lint("migrations", f"--since={revision}", cwd=repository)
        assert done.returncode == 2
        assert said in done.stderr.decode()


def test_settings_stand_in_pyproject_and_the_command_line_wins(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.whimbrel.lint]\nselect = ["index-not-concurrent"]\nfail-on = "never"\nformat = "json"\n'
        '[tool.whimbrel.lint.per-file-ignores]\n"000002*" = ["WB1"]\n'
    )
    done = lint("migrations", cwd=project)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    (project / "migrations" / "000003_step.up.sql").write_text(INDEX)
    done = lint("migrations", "--fail-on", "error", cwd=project)
    assert (done.returncode, len(json.loads(done.stdout))) == (1, 1)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[tool.whimbrel.lint]\nselct = []\n", "select"),
        ('[tool.whimbrel.lint]\npg-version = "15"\n', "number"),
        ("[tool.whimbrel.lint]\npg-version = 9\n", "13"),
        ("[tool.whimbrel]\nlint = 1\n", "table"),
        ('[tool.whimbrel.lint.per-file-ignores]\n"none" = ["drop-tabel"]\n', "drop-table"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_misuse(text: str, word: str, project: Path) -> None:
    (project / "pyproject.toml").write_text(text)
    done = lint("migrations", cwd=project)
    assert done.returncode == 2
    assert word in done.stderr.decode()


def test_a_pattern_means_a_file_however_it_is_given(project: Path) -> None:
    only = ["--select", "index-not-concurrent"]
    for setting in (
        'per-file-ignores = {"migrations/000002_*" = ["all"]}', 'per-file-ignores = {"./migrations/" = ["all"]}',
        'exclude = ["migrations"]', 'exclude = ["000002_*"]',
    ):  # fmt: skip
        (project / "pyproject.toml").write_text(f"[tool.whimbrel.lint]\n{setting}\n")
        folder = project / "migrations"
        assert names("migrations", *only, cwd=project) == []
        assert names(folder, *only, cwd=project.parent) == ["index-not-concurrent"]  # without the project's settings
        assert names(folder, *only, cwd=project) == []
        assert names(".", *only, cwd=folder) == []


def test_a_baseline_in_the_settings_lies_beside_them(project: Path) -> None:
    lint("migrations", "--write-baseline", "lint.json", cwd=project)
    (project / "pyproject.toml").write_text('[tool.whimbrel.lint]\nbaseline = "lint.json"\n')
    folder = project / "migrations"
    for path, cwd in [("migrations", project), (".", folder), (folder, project), ("000002_step.up.sql", folder)]:
        assert names(path, cwd=cwd) == []


def test_settings_in_any_form_of_toml_are_read(project: Path) -> None:
    for text in ('[tool]\nwhimbrel = {lint = {ignore = ["all"]}}', '[tool."whimbrel".lint]\nignore = ["all"]'):
        (project / "pyproject.toml").write_text(text)
        assert names("migrations", cwd=project) == []


def test_paths_are_from_the_current_folder_without_a_word_too(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.whimbrel]\npath = "migrations"\n')
    (found,) = findings("--select", "index-not-concurrent", cwd=project)
    assert found["path"] == "migrations/000002_step.up.sql"


def test_a_selection_of_nothing_is_none(project: Path) -> None:
    assert names("migrations", "--select", "", cwd=project) == names("migrations", cwd=project)


def test_text_is_for_people(project: Path) -> None:
    done = lint("migrations", "--select", "index-not-concurrent", "--statistics", cwd=project)
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "error[index-not-concurrent] migrations/000002_step.up.sql:1:13"
    assert lines[2].startswith("  help: write CREATE INDEX CONCURRENTLY")
    assert done.stderr.decode().splitlines() == ["     1  index-not-concurrent", "1 error in 4 files"]


def test_sarif_names_rules_and_places(project: Path) -> None:
    done = lint("migrations", "--select", "index-not-concurrent", "--format", "sarif", cwd=project)
    (run,) = json.loads(done.stdout)["runs"]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], result["level"]) == ("WB101", "error")
    assert place["artifactLocation"]["uri"] == "migrations/000002_step.up.sql"
    assert place["region"] == {"startLine": 1, "startColumn": 13, "endLine": 1, "endColumn": 64}
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["WB101"]


def test_sarif_has_uris(project: Path) -> None:
    folder = project / "a b#%"
    (project / "migrations").rename(folder)
    for path, uri in [
        (folder.name, "a%20b%23%25/000002_step.up.sql"),
        (folder, f"{folder.as_uri()}/000002_step.up.sql"),
    ]:
        done = lint(path, "--select", "index-not-concurrent", "--format", "sarif", cwd=project)
        (result,) = json.loads(done.stdout)["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_a_name_cannot_write_lines_of_its_own(project: Path) -> None:
    (project / "a.sql").write_text('DROP TABLE "x\n::error::\x1b[2J";')
    for format_, shown in (("text", b"dropping x\\n::error::\\x1b[2J breaks"), ("github", b"dropping x%0A::error::")):
        done = lint("a.sql", "--select", "drop-table", "--format", format_, cwd=project)
        assert shown in done.stdout


def test_github_and_gitlab_get_their_forms(project: Path) -> None:
    words = ["migrations", "--select", "index-not-concurrent", "--format"]
    assert lint(*words, "github", cwd=project).stdout.startswith(
        b"::error file=migrations/000002_step.up.sql,line=1,col=13,endLine=1,endColumn=64,"
    )
    (issue,) = json.loads(lint(*words, "gitlab", cwd=project).stdout)
    assert issue["location"] == {"path": "migrations/000002_step.up.sql", "lines": {"begin": 1, "end": 1}}
    assert (issue["check_name"], issue["severity"]) == ("index-not-concurrent", "critical")


def test_a_rule_explains_itself(project: Path) -> None:
    done = lint("--explain", "WB101", cwd=project)
    assert done.returncode == 0
    assert "SHARE lock" in done.stdout.decode()
    assert "index-not-concurrent" in lint("--explain", "all", cwd=project).stdout.decode()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(bytes(range(256)) * 40, "unreadable-file", id="binary"),
        pytest.param("SELECT 1;".encode("utf-16"), "unreadable-file", id="UTF-16"),
        pytest.param(b"SELECT '\xe4';", "unreadable-file", id="Latin-1"),
        pytest.param(b"SELECT 1;\0", "unreadable-file", id="NUL"),
        pytest.param(b"\xef\xbb\xbfSELECT 1;", "byte-order-mark", id="a byte order mark"),
        pytest.param(b"SELECT " + b"+".join([b"a"] * 300_000) + b";", "unreadable-file", id="operators without end"),
        pytest.param(b"SELECT " + b"-(" * 90_000 + b"1" + b")" * 90_000, "syntax-error", id="brackets without end"),
        pytest.param(b"\\connect other\nSELECT 1;", "psql-command", id="psql"),
        pytest.param(b"SELECT * FROM {{ table }};", "template-placeholder", id="template"),
        pytest.param(b"INSERT INTO t VALUES (1);\n" * 400_000, "huge-file", id="ten megabytes"),
        pytest.param(b"SELECT '", "syntax-error", id="a string without end"),
    ],
)
def test_whatever_is_in_a_file_is_one_finding(data: bytes, name: str, project: Path) -> None:
    (project / "bad.sql").write_bytes(data)
    assert names("bad.sql", "--select", "WB00", cwd=project) == [name]


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT * FROM {'(SELECT * FROM ' * 900}t{') x' * 900};",
        f"DO $$ {'BEGIN ' * 900}DROP TABLE t;{' END;' * 900} $$;",
        f"CREATE VIEW v AS SELECT {'NOT (' * 2000}true{')' * 2000};",
    ],
    ids=["queries", "blocks", "a view"],
)
def test_what_nests_deep_is_linted(sql: str, project: Path) -> None:
    (project / "deep.sql").write_text(f"{sql}\n{INDEX}")
    assert "index-not-concurrent" in names("deep.sql", "--select", "all", cwd=project)


def test_every_rule_looks_at_ten_megabytes(project: Path) -> None:
    (project / "load.sql").write_bytes("INSERT INTO t VALUES ('ä');\n".encode() * 350_000 + b"\\q\n")
    assert names("load.sql", "--select", "all", cwd=project) == ["huge-file", "psql-command"]


def test_the_rest_of_a_file_with_a_fault_is_linted(project: Path) -> None:
    (project / "bad.sql").write_text(f"{INDEX}\nATLER TABLE t;\n{INDEX}")
    only = ["--select", "index-not-concurrent,syntax-error"]
    assert [(one["name"], one["line"]) for one in findings("bad.sql", *only, cwd=project)] == [
        ("index-not-concurrent", 1), ("syntax-error", 3), ("index-not-concurrent", 4),
    ]  # fmt: skip


def test_what_cannot_be_read_may_be_suppressed_too(project: Path) -> None:
    (project / "bad.sql").write_text(
        f"-- whimbrel: ignore[syntax-error] for another server\nATLER TABLE t;\n{INDEX}ATLER TABLE t;\n"
    )
    only = ["--select", "index-not-concurrent,syntax-error,unused-suppression"]
    assert [(one["name"], one["line"]) for one in findings("bad.sql", *only, cwd=project)] == [
        ("index-not-concurrent", 3), ("syntax-error", 4),
    ]  # fmt: skip


def test_a_suppression_behind_two_statements_is_about_the_last(project: Path) -> None:
    (project / "a.sql").write_text("DROP TABLE a; DROP TABLE b; -- whimbrel: ignore[drop-table] nobody reads it\n")
    (found,) = findings("a.sql", "--select", "drop-table,unused-suppression", cwd=project)
    assert found["message"].startswith("dropping a ")


def test_a_file_of_anything_but_sql_is_a_hundred_findings_at_most(project: Path) -> None:
    (project / "a.sql").write_text("SELCT 1;\n" * 300 + INDEX)
    found = names("a.sql", "--select", "syntax-error,index-not-concurrent", cwd=project)
    assert found == ["syntax-error"] * 100 + ["index-not-concurrent"]


def test_a_project_says_how_its_objects_are_called(project: Path) -> None:
    (project / "new.sql").write_text("CREATE TABLE Order_Lines (id bigint PRIMARY KEY);")
    (project / "pyproject.toml").write_text("[tool.whimbrel.lint.naming]\ntable = '[a-z]+'\n")
    [found] = findings("new.sql", cwd=project)
    assert (found["name"], found["severity"]) == ("naming-policy", "warning")
    assert found["message"] == "the name of the table order_lines is not of the form [a-z]+"


@pytest.mark.parametrize(
    ("naming", "said"),
    [
        ("tabel = 'a'", "[tool.whimbrel.lint.naming] has no key 'tabel'"),
        ("table = '('", "table in [tool.whimbrel.lint.naming] is '(', not a regular expression"),
        ("table = 1", "table in [tool.whimbrel.lint.naming] is 1, not a regular expression"),
    ],
)
def test_a_naming_that_cannot_be_meant_is_refused(naming: str, said: str, project: Path) -> None:
    (project / "pyproject.toml").write_text(f"[tool.whimbrel.lint.naming]\n{naming}\n")
    done = lint("-", cwd=project)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert not done.stdout


def test_columns_count_characters(project: Path) -> None:
    (project / "a.sql").write_text(f"SELECT 'äöü€😀'; {INDEX}")
    (found,) = findings("a.sql", "--select", "index-not-concurrent", cwd=project)
    assert found["column"] == len("SELECT 'äöü€😀'; ") + 1


def test_up_check_stops_before_anything_is_run(project: Path, database: str) -> None:
    def up(*words: str) -> subprocess.CompletedProcess[str]:
        command = [*WHIMBREL, "up", "--database", database, *words]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)

    assert up("1").returncode == 0
    write(project / "migrations", 2, INDEX)
    stopped = up("--check")
    assert stopped.returncode == 1
    assert "error[index-not-concurrent] migrations/000002_step.up.sql:1:1" in stopped.stdout
    assert "nothing was run" in stopped.stderr
    done = up("--check", "--fail-on", "never")
    assert done.returncode == 0
    assert "index-not-concurrent" in done.stdout
    assert "applied  000002_step.up.sql" in done.stdout


@pytest.mark.parametrize(
    "setting",
    ['per-file-ignores = {"migrations/000002_*" = ["all"]}', 'exclude = ["migrations"]', 'baseline = "lint.json"'],
)
def test_the_check_knows_what_the_settings_leave_out(setting: str, project: Path, database: str) -> None:
    words = [*WHIMBREL, "up", "--database", database]
    subprocess.run([*words, "1"], cwd=project, check=True)
    lint("migrations", "--write-baseline", "lint.json", cwd=project)
    (project / "pyproject.toml").write_text(f"[tool.whimbrel.lint]\n{setting}\n")
    done = subprocess.run([*words, "--check"], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_tables_of_pending_files_are_new_to_the_check(project: Path, database: str) -> None:
    command = [*WHIMBREL, "up", "--check", "--database", database]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_baseline_hides_what_was_there_when_it_was_written(project: Path) -> None:
    only = ["migrations", "--select", "index-not-concurrent"]
    written = lint(*only, "--write-baseline", "lint.json", cwd=project)
    assert (written.returncode, written.stderr) == (0, b"1 finding is in lint.json\n")
    file = project / "migrations" / "000002_step.up.sql"
    file.write_text(f"-- one line more\n{file.read_text()}")
    assert lint(*only, "--baseline", "lint.json", cwd=project).returncode == 0
    file.write_text(f"{file.read_text()}{INDEX.replace('orders_user_id_idx', 'other')}")
    assert [one["line"] for one in findings(*only, "--baseline", "lint.json", cwd=project)] == [3]


def test_what_is_gone_from_a_baseline_is_told(project: Path) -> None:
    lint("migrations", "--select", "index-not-concurrent", "--write-baseline", "lint.json", cwd=project)
    known = ["migrations", "--baseline", "lint.json"]
    file = project / "migrations" / "000002_step.up.sql"
    file.write_text("SELECT 1;")
    words = b"lint.json: 1 finding of it is gone; --write-baseline lint.json writes it anew\n"
    assert words in lint(*known, "--select", "index-not-concurrent", cwd=project).stderr
    assert b"gone" not in lint(*known, "--select", "drop-table", cwd=project).stderr
    file.unlink()
    assert words in lint(*known, cwd=project).stderr


@pytest.mark.parametrize("text", [None, "", "[]", '{"findings": 1}'])
def test_a_baseline_that_is_none_is_misuse(text: str | None, project: Path) -> None:
    if text is not None:
        (project / "lint.json").write_text(text)
    done = lint("migrations", "--baseline", "lint.json", cwd=project)
    assert done.returncode == 2
    assert b"--write-baseline" in done.stderr


def test_a_directory_for_each_migration_is_one_history(project: Path) -> None:
    for number, text in (("2026-01-01-000000_table", TABLE), ("2026-01-02-000000_index", INDEX)):
        folder = project / "nested" / number
        folder.mkdir(parents=True)
        (folder / "up.sql").write_text(text)
    only = ["--select", "index-not-concurrent,fk-without-index"]
    (found,) = findings("nested", *only, cwd=project)
    assert (found["path"], found["message"]) == (
        "nested/2026-01-02-000000_index/up.sql",
        "building orders_user_id_idx stops writes to orders until it is built",
    )
    second = project / "nested" / "2026-01-02-000000_index" / "up.sql"
    second.write_text("CREATE INDEX CONCURRENTLY ON orders (id);")
    assert names(second, "--select", "redundant-index", cwd=project) == ["redundant-index"]


@pytest.mark.parametrize("package", ["msgspec", "postgast"])
@pytest.mark.parametrize("words", [["lint", "migrations"], ["locks", "-"]])
def test_without_its_extra_it_says_what_to_install(words: list[str], package: str, project: Path) -> None:
    without = (
        "import importlib.util, sys\n"
        "real = importlib.util.find_spec\n"
        f"gone = ({package!r}, 'pgparse')\n"
        "importlib.util.find_spec = lambda name, *rest: None if name in gone else real(name, *rest)\n"
        f"sys.argv = ['whimbrel', *{words!r}]\n"
        "from whimbrel.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", without], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: PostgreSQL's grammar is not installed",
        "  help: pip install 'whimbrel[lint]'",
    ]
