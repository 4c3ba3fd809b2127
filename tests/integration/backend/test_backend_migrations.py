"""The backend's migrations on a real server: up, down to nothing, and what the schema refuses by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from catalog import contents

from whimbrel.migrator import Migrator, parse_url, path_source

if TYPE_CHECKING:
    from typing import LiteralString
    from uuid import UUID

FOLDER = Path(__file__).parents[3] / "reference/backend/migrations"

NEW_USER = "INSERT INTO users (email, name) VALUES (%s, %s) RETURNING id"

SEARCH = """
SELECT name, email FROM users, to_tsquery('simple', %(begun)s) AS begun, to_tsquery('simple', %(whole)s) AS whole
WHERE deleted_at IS NULL AND search_document @@ begun
ORDER BY ts_rank(search_document, whole) DESC, ts_rank(search_document, begun) DESC, created_at DESC, id DESC
"""


@pytest.fixture
def migrated(database: str, observer: psycopg.Connection) -> psycopg.Connection:
    """A session with the schema in its last version."""
    with migrator(database) as one:
        one.up()
    return observer


def migrator(database: str) -> Migrator:
    return Migrator(path_source(str(FOLDER)), parse_url(database))


def proven(connection: psycopg.Connection) -> tuple[str, ...]:
    """What the database holds; a constraint counts as proven, for a down file does not make it unproven again."""
    return tuple(line.removesuffix(" NOT VALID") for line in contents(connection))


def new_user(connection: psycopg.Connection, email: str, name: str = "Ada") -> UUID:
    found = connection.execute(NEW_USER, (email, name)).fetchone()
    assert found
    user_id: UUID = found[0]
    return user_id


def new_account(connection: psycopg.Connection, owner: UUID, balance: str = "1") -> UUID:
    statement = "INSERT INTO accounts (owner_id, balance) VALUES (%s, %s::numeric) RETURNING id"
    found = connection.execute(statement, (owner, balance)).fetchone()
    assert found
    account_id: UUID = found[0]
    return account_id


def refused(connection: psycopg.Connection, constraint: str, statement: LiteralString, *values: object) -> None:
    with pytest.raises(psycopg.errors.IntegrityError) as caught:
        connection.execute(statement, values)
    assert caught.value.diag.constraint_name == constraint


def found_by(connection: psycopg.Connection, *words: str) -> list[str]:
    parameters = {"begun": " & ".join(f"{word}:*" for word in words), "whole": " | ".join(words)}
    return [str(email) for _, email in connection.execute(SEARCH, parameters)]


def test_each_migration_is_undone_by_its_down(database: str, observer: psycopg.Connection) -> None:
    with migrator(database) as one:
        states = [proven(observer)]
        while one.version().version != 11:
            one.up(1)
            states.append(proven(observer))
        assert len(states) == 12
        while states[1:]:
            after, before = states.pop(), states[-1]
            one.down(1)
            assert proven(observer) == before, after
        one.up()
        assert one.version().version == 11


def test_users_of_before_the_status_are_active_after_it(database: str, observer: psycopg.Connection) -> None:
    with migrator(database) as one:
        one.up(4)
        new_user(observer, "ada@example.com")
        one.up()
    assert observer.execute("SELECT status, role, version FROM users").fetchall() == [("active", "member", 1)]


def test_an_address_is_unique_among_the_living_in_whatever_case(migrated: psycopg.Connection) -> None:
    first = new_user(migrated, "Ida.I@example.com")
    refused(migrated, "users_email_active_key", NEW_USER, "IDA.i@EXAMPLE.com", "Ida")
    migrated.execute("UPDATE users SET deleted_at = now() WHERE id = %s", (first,))
    new_user(migrated, "ida.i@example.com")


def test_finding_by_address_uses_its_index(migrated: psycopg.Connection) -> None:
    migrated.execute(
        "INSERT INTO users (email, name)"
        " SELECT 'user' || n || '@example.com', 'User' FROM generate_series(1, 2000) AS n"
    )
    migrated.execute("ANALYZE users")
    plan = migrated.execute(
        "EXPLAIN SELECT id FROM users WHERE lower(email) = lower(%s) AND deleted_at IS NULL", ("USER7@example.com",)
    ).fetchall()
    assert any("users_email_active_key" in str(line) for line in plan), plan


def test_roles_and_lengths_are_checked(migrated: psycopg.Connection) -> None:
    user = new_user(migrated, "ada@example.com")
    for role in ("member", "editor", "admin"):
        migrated.execute("UPDATE users SET role = %s WHERE id = %s", (role, user))
    refused(migrated, "users_role_check", "UPDATE users SET role = %s WHERE id = %s", "moderator", user)
    refused(migrated, "users_email_length_check", NEW_USER, f"{'a' * 243}@example.com", "Ada")
    refused(migrated, "users_name_length_check", NEW_USER, "b@example.com", "")
    new_user(migrated, f"{'a' * 242}@example.com", "x" * 100)


def test_a_post_is_published_exactly_when_it_has_a_time(migrated: psycopg.Connection) -> None:
    author = new_user(migrated, "ada@example.com")
    statement = "INSERT INTO posts (author_id, title, status, published_at) VALUES (%s, 'Title', %s, %s)"
    migrated.execute(statement, (author, "draft", None))
    migrated.execute(statement, (author, "published", "2026-01-01 00:00Z"))
    refused(migrated, "posts_published_at_check", statement, author, "published", None)
    refused(migrated, "posts_published_at_check", statement, author, "draft", "2026-01-01 00:00Z")
    refused(migrated, "posts_author_id_fkey", statement, uuid4(), "draft", None)


def test_money_is_never_short_and_goes_somewhere_else(migrated: psycopg.Connection) -> None:
    owner = new_user(migrated, "ada@example.com")
    here, there = new_account(migrated, owner), new_account(migrated, owner, "99999999999999999.99")
    refused(migrated, "accounts_balance_check", "UPDATE accounts SET balance = balance - 2 WHERE id = %s", here)
    refused(migrated, "accounts_owner_id_fkey", "INSERT INTO accounts (owner_id) VALUES (%s)", uuid4())
    statement = "INSERT INTO transfers (from_account_id, to_account_id, amount) VALUES (%s, %s, %s::numeric)"
    migrated.execute(statement, (here, there, "0.01"))
    refused(migrated, "transfers_amount_check", statement, here, there, "0")
    refused(migrated, "transfers_accounts_differ_check", statement, here, here, "1")
    refused(migrated, "transfers_from_account_id_fkey", statement, uuid4(), there, "1")
    refused(migrated, "transfers_to_account_id_fkey", statement, here, uuid4(), "1")


def test_a_key_stands_for_one_call_of_each_operation(migrated: psycopg.Connection) -> None:
    statement = "INSERT INTO idempotency_keys (operation, key, request_hash, answer) VALUES (%s, %s, %s, '{}')"
    migrated.execute(statement, ("transfer", "key", bytes(32)))
    migrated.execute(statement, ("other", "key", bytes(32)))
    refused(migrated, "idempotency_keys_pkey", statement, "transfer", "key", bytes(32))
    refused(migrated, "idempotency_keys_request_hash_length_check", statement, "transfer", "short", b"")
    refused(migrated, "idempotency_keys_key_length_check", statement, "transfer", "", bytes(32))


def test_users_are_found_by_the_words_of_name_and_address_best_first(migrated: psycopg.Connection) -> None:
    for email, name in (
        ("kim@one.example", "Kim Park"),
        ("park@two.example", "Kim.Park"),
        ("x@three.example", "Kimberly Lovelace-King"),
        ("stone_mason+tag@four.example", "Kim O'Stone"),
    ):
        new_user(migrated, email, name)
    best_first = ["kim@one.example", "stone_mason+tag@four.example", "park@two.example", "x@three.example"]
    assert found_by(migrated, "kim") == best_first
    for words in (("love",), ("king", "kimb"), ("three", "example")):
        assert found_by(migrated, *words) == ["x@three.example"], words
    for words in (("mason",), ("tag", "stone"), ("o", "stone")):
        assert found_by(migrated, *words) == ["stone_mason+tag@four.example"], words
    assert found_by(migrated, "imberly") == []
