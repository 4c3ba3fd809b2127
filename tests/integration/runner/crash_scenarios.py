"""What the crash matrix runs: for each way of running files, a small example and what is right after a crash."""

from __future__ import annotations

from dataclasses import dataclass

from whimbrel.migration.direction import Direction


@dataclass(frozen=True, slots=True)
class Scenario:
    """Files to run on a database that `before` has prepared.

    `{other}` in a text is the name of another database, which the scenario may make. `may_stay_dirty` says that a crash
    may leave what only a person can finish. `major` is the lowest PostgreSQL that knows the statements.
    """

    files: tuple[str, ...]
    before: str = ""
    down: tuple[str, ...] = ()
    """Where given, the files are applied first, and undoing them with these is what crashes."""
    may_stay_dirty: bool = False
    carries: bool = False
    """Whether the session's settings go from file to file, as with the command `migrate`."""
    major: int = 13
    slices: int = 1
    """In how many tests the points are divided."""

    @property
    def direction(self) -> Direction:
        return Direction.DOWN if self.down else Direction.UP


_TABLE = "CREATE TABLE t (id int, v text);\nINSERT INTO t VALUES (1, 'a'), (2, 'b');\n"
_PARTITIONS = (
    "CREATE TABLE p (id int) PARTITION BY LIST (id);\nCREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);\n"
    "INSERT INTO p VALUES (1);\n"
)

SCENARIOS = {
    "transaction": Scenario((_TABLE + "CREATE INDEX ti ON t (v);",), slices=2),
    "window": Scenario(("CREATE TABLE a (id int);", "INSERT INTO a VALUES (1);", "ALTER TABLE a ADD b int;"), slices=3),
    "window of migrate": Scenario(
        ("CREATE TABLE a (id int);", "INSERT INTO a VALUES (1);", "ALTER TABLE a ADD b int;"), carries=True, slices=2
    ),
    "window down": Scenario(
        ("CREATE TABLE a (id int);", "CREATE TABLE b (id int);", "CREATE TABLE c (id int);"),
        down=("DROP TABLE a;", "DROP TABLE b;", "DROP TABLE c;"),
        slices=2,
    ),
    "own block": Scenario((f"BEGIN ISOLATION LEVEL SERIALIZABLE;\n{_TABLE}COMMIT;",)),
    "units around an index": Scenario(
        (_TABLE + "CREATE INDEX CONCURRENTLY ti ON t (v);\nINSERT INTO t VALUES (3, 'c');",),
        slices=3,
    ),
    "two own blocks": Scenario(
        (f"BEGIN;\n{_TABLE}COMMIT;\nBEGIN;\nINSERT INTO t VALUES (3, 'c');\nCOMMIT;",), slices=2
    ),
    "drop index down": Scenario(
        (_TABLE + "CREATE INDEX ti ON t (v);",), down=("DROP INDEX CONCURRENTLY ti;\nDROP TABLE t;",), slices=2
    ),
    "reindex": Scenario(
        ("INSERT INTO t VALUES (3, 'c');\nREINDEX TABLE CONCURRENTLY t;\nINSERT INTO t VALUES (4, 'd');",),
        before=_TABLE + "CREATE INDEX ti ON t (v);",
        slices=2,
    ),
    "detach": Scenario(
        ("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\nINSERT INTO p1 VALUES (1);",),
        _PARTITIONS,
        major=14,
        slices=2,
    ),
    "create database": Scenario(
        ("CREATE TABLE t (id int);\nCREATE DATABASE {other};\nINSERT INTO t VALUES (1);",), slices=2
    ),
    "vacuum": Scenario(("INSERT INTO t VALUES (3, 'c');\nVACUUM (ANALYZE) t;\nDROP TABLE t;",), _TABLE, slices=2),
    "read only block": Scenario(("BEGIN READ ONLY;\nSELECT count(*) FROM t;\nCOMMIT;\nDROP TABLE t;",), _TABLE),
    "script": Scenario(
        (f"BEGIN;\n{_TABLE}COMMIT AND CHAIN;\nINSERT INTO t VALUES (3);\nCOMMIT;",), may_stay_dirty=True
    ),
}
