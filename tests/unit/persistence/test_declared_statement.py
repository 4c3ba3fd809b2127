"""What can be declared as a statement, and which values it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Annotated, Any, NewType
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from psycopg.types.numeric import Int4, Int8

from whimbrel.persistence.errors import InvalidParameter, StatementError
from whimbrel.persistence.statement import Statement
from whimbrel.persistence.value_objects import converter

UserId = NewType("UserId", UUID)


@dataclass(frozen=True)
class Email:
    address: str

    def __str__(self) -> str:
        return self.address


converter(Email, dump=str, load=Email)


class Role(StrEnum):
    MEMBER = "member"


class Level(IntEnum):
    LOW = 1


class Colour(Enum):
    RED = "red"


def taking(kind: Any) -> Statement:
    return Statement("users.find", "SELECT %(x)s", params={"x": kind})


ID = UUID("0ba25698-53a2-402b-b129-9768a48eeee6")
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        (UUID, ID, ID),
        (UserId, ID, ID),
        (Annotated[UUID, "key"], ID, ID),
        (str, "añb", "añb"),
        (str, Role.MEMBER, "member"),
        (str | None, None, None),
        (int, 5, Int8(5)),
        (int, -(2**63), Int8(-(2**63))),
        (int, Level.LOW, Int8(1)),
        (Int4, 5, Int4(5)),
        (float, 2, 2.0),
        (Decimal, 2, Decimal(2)),
        (bool, True, True),
        (bytes, memoryview(b"a"), b"a"),
        (date, NOW.date(), NOW.date()),
        (datetime, NOW, NOW),
        (Role, Role.MEMBER, "member"),
        (Level, Level.LOW, Int8(1)),
        (Colour, Colour.RED, "red"),
        (Email, Email("a@b"), "a@b"),
        (list[str], ("a", "é"), ["a", "é"]),
        (list[int], [1, 2], [Int8(1), Int8(2)]),
        (list[int | None], [1, None], [Int8(1), None]),
        (list[Email], [Email("a@b")], ["a@b"]),
        (list[UUID], [], []),
        (Any, "x", "x"),
    ],
)
def test_a_value_of_the_type_is_sent(kind: Any, value: object, sent: object) -> None:
    bound = taking(kind).bind({"x": value})["x"]
    assert bound == sent
    if not isinstance(value, memoryview):
        assert type(bound) is type(sent)
    if isinstance(sent, list):
        assert [type(one) for one in bound] == [type(one) for one in sent]


def test_json_is_wrapped() -> None:
    assert isinstance(taking(dict).bind({"x": {"a": 1}})["x"], Jsonb)
    assert taking(Jsonb).bind({"x": [1]})["x"].obj == [1]
    given = Jsonb({})
    assert taking(dict[str, Any]).bind({"x": given})["x"] is given


@pytest.mark.parametrize(
    ("kind", "value", "expected", "got"),
    [
        (UUID, str(ID), "UUID", "str"),
        (UUID, None, "UUID", "None"),
        (UUID | None, 1, "UUID or None", "int"),
        (str, 1, "str", "int"),
        (str, "a\0b", "str", "a text with NUL, which PostgreSQL does not store"),
        (str, "\ud800", "str", "a text with half a surrogate pair, which is no Unicode"),
        (int, True, "int", "bool"),
        (int, 2**63, "int", "one that needs more than 8 bytes"),
        (Int4, 2**31, "int", "one that needs more than 4 bytes"),
        (int, 1.0, "int", "float"),
        (float, True, "float", "bool"),
        (float, 10**400, "float", "one that is out of range"),
        (Decimal, 1.5, "Decimal", "float"),
        (bool, 1, "bool", "int"),
        (date, NOW, "date", "datetime"),
        (datetime, NOW.date(), "datetime", "date"),
        (Role, "member", "Role", "str"),
        (Email, "a@b", "Email", "str"),
        (Email, Email("a\0b"), "Email", "a text with NUL, which PostgreSQL does not store"),
        (dict, [1], "dict", "list"),
        (list[str], "ab", "a list of str", "str"),
        (list[str], ["a", 1], "a list of str", "int at place 1"),
        (list[str], ["a", None], "a list of str", "None at place 1"),
        (list[str], ["a\0b"], "a list of str", "a text with NUL, which PostgreSQL does not store at place 0"),
        (list[int], [1, True], "a list of int", "bool at place 1"),
        (list[int], [1, 2**63], "a list of int", "one that needs more than 8 bytes at place 1"),
    ],
)
def test_another_value_is_refused_before_it_is_sent(kind: Any, value: object, expected: str, got: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        taking(kind).bind({"x": value})
    error = refused.value
    assert (error.op, error.parameter, error.expected, error.got) == ("users.find", "x", expected, got)
    assert str(error) == f"users.find failed: parameter x takes {expected} and got {got}"
    assert error.__context__ is None


@given(st.integers())
def test_every_int_is_sent_in_one_width_or_refused(value: int) -> None:
    try:
        bound = taking(int).bind({"x": value})["x"]
    except InvalidParameter:
        assert not -(2**63) <= value < 2**63
    else:
        assert (type(bound), bound) == (Int8, value)


@given(st.text(st.characters(codec=None, categories=None)))
def test_every_text_can_be_stored_or_is_refused(value: str) -> None:
    try:
        bound = taking(str).bind({"x": value})["x"]
    except InvalidParameter:
        assert "\0" in value or any("\ud800" <= character <= "\udfff" for character in value)
    else:
        assert bound == value
        assert b"\0" not in bound.encode()


def test_names_must_be_those_of_the_statement() -> None:
    statement = Statement("users.find", "SELECT %(a)s, %(b)s", params={"a": int, "b": int})
    assert list(statement.bind({"b": 1, "a": 2})) == ["a", "b"]
    for values, told in (
        ({"a": 1}, "no value for b"),
        ({"a": 1, "b": 2, "c": 3}, "no parameter c"),
        ({"a": 1, "c": 3}, "no value for b; no parameter c"),
    ):
        with pytest.raises(InvalidParameter, match=f"users.find failed: {told}$"):
            statement.bind(values)
    with pytest.raises(InvalidParameter, match="no parameter a"):
        Statement("users.count", "SELECT 1").bind({"a": 1})
    assert Statement("users.count", "SELECT 1").bind({}) == {}


@pytest.mark.parametrize(
    ("name", "text", "params", "told"),
    [
        ("users find", "SELECT 1", {}, "dotted identifier"),
        ("", "SELECT 1", {}, "dotted identifier"),
        ("users.", "SELECT 1", {}, "dotted identifier"),
        ("a.b", "", {}, "no SQL"),
        ("a.b", "SELECT '\0'", {}, "no SQL"),
        ("a.b", "SELECT %(x)s", {}, "uses x, which params lacks"),
        ("a.b", "SELECT 1", {"x": int}, "params has x, which the text does not use"),
        ("a.b", "SELECT %s", {}, "the text has '%s'"),
        ("a.b", "SELECT 5 % 2", {}, "the text has '% '"),
        ("a.b", "SELECT 5 %", {}, "the text has '%'"),
        ("a.b", "SELECT %(x)d", {"x": int}, "the text has"),
        ("a.b", "SELECT %(x y)s", {"x y": int}, "the text has"),
        ("a.b", "SELECT %(x)s, %(x)b", {"x": int}, "two formats"),
        ("a.b", "SELECT %(x)s", {"x": int | str}, "no one type"),
        ("a.b", "SELECT %(x)s", {"x": list}, "without the type of its elements"),
        ("a.b", "SELECT %(x)s", {"x": list[int | str]}, "no one type"),
        ("a.b", "SELECT %(x)s", {"x": "int"}, "no one type"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_is_declared(
    name: str, text: str, params: dict[str, Any], told: str
) -> None:
    with pytest.raises(StatementError, match=told) as refused:
        Statement(name, text, params=params)
    assert refused.value.name == name


def test_a_row_that_is_no_type_is_refused() -> None:
    with pytest.raises(StatementError, match="neither a type nor a function"):
        Statement("a.b", "SELECT 1", row="User")  # type: ignore[arg-type]  # the point of the test


def test_percent_signs_are_doubled() -> None:
    assert Statement("a.b", "SELECT 5 %% 2 WHERE 'a' LIKE %(x)s", params={"x": str}).params == {"x": str}


def test_a_statement_is_a_value() -> None:
    first, second = taking(int), taking(int)
    assert first == second
    assert hash(first) == hash(second)
    first.bind({"x": 1})
    assert first == second
    with pytest.raises(TypeError):
        first.params["y"] = int  # type: ignore[index]  # the point of the test


def test_a_converter_is_registered_before_it_is_needed_and_once() -> None:
    class Early:
        pass

    class Late:
        pass

    converter(Early, dump=str, load=lambda _: Early())
    with pytest.raises(ValueError, match="another converter"):
        converter(Early, dump=repr, load=lambda _: Early())
    taking(Late).bind({"x": Late()})
    with pytest.raises(ValueError, match="without a converter already"):
        converter(Late, dump=str, load=lambda _: Late())
