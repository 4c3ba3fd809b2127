from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.lint.context import Target
from whimbrel.lint.directory import in_order
from whimbrel.lint.file import FARTHEST, File, behind, together
from whimbrel.lint.grammar_process import GrammarProcess
from whimbrel.lint.parsing import LARGE, Reason, parse
from whimbrel.lint.transactions import number_transactions

if TYPE_CHECKING:
    from whimbrel.lint.file import Statement


def read(text: str) -> File:
    file = in_order([("1_x.up.sql", "1_x.up.sql", text.encode())])[0]
    assert parse(file, GrammarProcess()) == []
    number_transactions(file, Target.WHIMBREL)
    return file


def test_each_statement_is_asked_for_once_however_often_others_ask() -> None:
    statements = read("SELECT 1; SELECT 2; SELECT 3;").statements
    asked: list[Statement] = []

    def test(one: Statement) -> bool:
        asked.append(one)
        return one.number != 1

    assert [one.number for one in statements.that(test)] == [0, 2]
    added = read("SELECT 4;").statements[0]
    statements.append(added)
    assert statements.that(test)[-1] is added
    assert asked == list(statements)


def test_alter_tables_are_found_by_their_table() -> None:
    statements = read(
        "ALTER TABLE a ADD b int; ALTER TABLE c ADD b int; DROP TABLE a; ALTER TABLE s.a ADD d int;"
    ).statements
    assert [one.number for one in statements.altering("a")] == [0, 3]
    assert statements.altering("d") == []


def test_statements_of_one_transaction_are_told_from_those_before_it_and_behind_it() -> None:
    text = "DROP TABLE a; BEGIN; DROP TABLE b; SELECT 1; DROP TABLE c; DROP TABLE d; COMMIT; DROP TABLE e;"
    statements = read(text).statements
    assert [one.in_block for one in statements] == [False, False, True, True, True, True, True, False]
    drops, last = statements.of("DropStmt"), statements[5]
    assert [one.number for one in together([one for one in drops if one.number < 5], last)] == [2, 4]
    assert [one.number for one in behind(drops, statements[3])] == [4, 5, 7]


def test_no_more_than_the_nearest_statements_are_looked_at() -> None:
    statements = read("DROP TABLE a;" * (2 * FARTHEST + 2)).statements
    middle = statements[FARTHEST + 1]
    assert [one.number for one in together(statements[: FARTHEST + 1], middle)] == list(range(1, FARTHEST + 1))
    assert [one.number for one in behind(statements, middle)] == list(range(FARTHEST + 2, 2 * FARTHEST + 2))


def test_of_a_large_files_rows_the_first_of_each_list_of_columns_is_read() -> None:
    rows = "INSERT INTO t VALUES (1);\nINSERT INTO t (a) values (2);\n" * (LARGE // 40)
    text = f"{rows}\\i other.sql\nINSERT INTO t SELECT 3;\nINSERT INTO t SELECT 3;\nALTER TABLE t ADD b int;\n\\q\n"
    file = in_order([("1_x.up.sql", "1_x.up.sql", text.encode())])[0]
    assert [problem.reason for problem in parse(file, GrammarProcess())] == [Reason.TOO_LARGE, Reason.PSQL_COMMAND]
    assert [one.text for one in file.statements] == [
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t (a) values (2)",
        "INSERT INTO t SELECT 3",
        "INSERT INTO t SELECT 3",
        "ALTER TABLE t ADD b int",
    ]


def test_a_text_that_the_grammar_never_ends_with_is_given_up() -> None:
    grammar = GrammarProcess(patience_s=0.5)
    text = b"SELECT 1;\n" + b"/*" * 60_000 + b"*/" * 60_000 + b"SELECT 2;"
    file = File("a.sql", "a.sql", text, 0)
    try:
        assert [problem.reason for problem in parse(file, grammar)] == [Reason.TOO_SLOW]
        assert [one.text for one in file.statements] == ["SELECT 1"]
        other = File("b.sql", "b.sql", b"SELECT 1;\n" * 7_000, 0)
        assert parse(other, grammar) == []
    finally:
        grammar.close()


def test_columns_of_a_long_line_are_counted_in_characters() -> None:
    text = "SELECT 'ä€😀';\n" + "SELECT 'ä€😀'; " * 20_000
    file = File("a.sql", "a.sql", text.encode(), 0)
    for offset in (0, 20, 40, 3_000, 30_000, len(text) - 1):
        before = text[:offset]
        line = before.count("\n") + 1
        assert file.position(len(before.encode())) == (line, offset - before.rfind("\n"))
