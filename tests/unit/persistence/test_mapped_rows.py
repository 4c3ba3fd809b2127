"""What a row becomes, for each kind of row type."""

from __future__ import annotations

import subprocess
import sys
import traceback
from dataclasses import InitVar, dataclass, field
from datetime import UTC, datetime
from enum import Enum, StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, NewType, NotRequired, TypedDict, TypeVar
from uuid import UUID, uuid4

import attrs
import msgspec
import pydantic
import pytest

from whimbrel.persistence.errors import RowMismatch
from whimbrel.persistence.rows import list_mapper, mapper
from whimbrel.persistence.value_objects import converter

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

UserId = NewType("UserId", UUID)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Phone:
    number: str

    @classmethod
    def parse(cls, text: str) -> Phone:
        if not text.startswith("+"):
            message = f"not a phone: {text}"
            raise ValueError(message)
        return cls(text)


converter(Phone, dump=lambda phone: phone.number, load=Phone.parse)


class Role(StrEnum):
    MEMBER = "member"
    ADMIN = "admin"


class Grade(Enum):
    GOOD = 1

    @classmethod
    def _missing_(cls, value: object) -> Grade | None:
        return cls.GOOD if value == "good" else None


@dataclass
class Plain:
    id: UUID
    phone: Phone
    role: Role
    seen: datetime | None
    roles: list[Role] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    id: UUID
    phone: Phone
    role: Role
    seen: datetime | None
    roles: tuple[Role, ...] = ()


@attrs.frozen
class WithAttrs:
    id: UUID
    _phone: Phone
    role: Role
    seen: datetime | None
    roles: list[Role] = attrs.field(factory=list, kw_only=True)


class Struct(msgspec.Struct, frozen=True):
    id: UUID
    phone: Phone
    role: Role
    seen: datetime | None
    roles: list[Role] = []


class Named(NamedTuple):
    id: UUID
    phone: Phone
    role: Role
    seen: datetime | None
    roles: list[Role] = []  # noqa: RUF012 - what a user may write


class Model(pydantic.BaseModel):
    id: UUID
    phone: Phone
    role: Role
    seen: datetime | None
    roles: list[Role] = []


class Typed(TypedDict):
    id: UUID
    phone: Phone
    role: Role
    seen: datetime | None
    roles: NotRequired[list[Role]]


class Entity:
    """An entity whose constructor is nobody's business."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}

    @classmethod
    def reconstitute(
        cls,
        id: UUID,  # noqa: A002 - a column's name
        phone: Phone,
        role: Role,
        seen: datetime | None,
        roles: list[Role] | None = None,
    ) -> Entity:
        entity = cls()
        entity.facts = {"id": id, "phone": phone, "role": role, "seen": seen, "roles": roles or []}
        return entity


class Handmade:
    def __init__(
        self,
        id: UUID,  # noqa: A002 - a column's name
        phone: Phone,
        role: Role,
        seen: datetime | None,
        **more: Any,
    ) -> None:
        self.id, self.phone, self.role, self.seen = id, phone, role, seen
        self.roles = [Role(one) for one in more.get("roles", [])]


class Inheriting(Handmade):
    pass


def facts(row: Any) -> dict[str, Any]:
    if isinstance(row, dict):
        return {"roles": [], **row}
    if isinstance(row, Entity):
        return row.facts
    phone = row._phone if isinstance(row, WithAttrs) else row.phone
    return {"id": row.id, "phone": phone, "role": row.role, "seen": row.seen, "roles": list(row.roles)}


ID = uuid4()
NOW = datetime(2026, 1, 2, tzinfo=UTC)
COLUMNS = ("id", "phone", "role", "seen")
ROW = (ID, "+1", "admin", None)
KINDS: list[Any] = [
    Plain,
    Frozen,
    WithAttrs,
    Struct,
    Named,
    Model,
    Typed,
    Entity.reconstitute,
    Handmade,
    Inheriting,
    partial(Plain),
    lambda **columns: Entity.reconstitute(
        columns["id"], Phone(columns["phone"]), Role(columns["role"]), columns["seen"], columns.get("roles")
    ),
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_becomes_one_of_its_type(kind: Any) -> None:
    expected = {"id": ID, "phone": Phone("+1"), "role": Role.ADMIN, "seen": None, "roles": []}
    row = mapper(kind, COLUMNS)(ROW)
    if isinstance(kind, type) and kind is not Typed:
        assert type(row) is kind
    assert facts(row) == expected
    assert type(facts(row)["role"]) is Role
    assert [facts(one) for one in list_mapper(kind, COLUMNS)([ROW, ROW])] == [expected, expected]
    assert list_mapper(kind, COLUMNS)([]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_columns_come_in_any_order_and_fill_defaults(kind: Any) -> None:
    columns = ("roles", "seen", "id", "role", "phone")
    row = (["member"], NOW, ID, "admin", "+1")
    expected = {"id": ID, "phone": Phone("+1"), "role": Role.ADMIN, "seen": NOW, "roles": [Role.MEMBER]}
    assert facts(mapper(kind, columns)(row)) == expected
    assert [facts(one) for one in list_mapper(kind, columns)([row])] == [expected]


STRICT = KINDS[:8]


@pytest.mark.parametrize("kind", STRICT)
def test_a_column_without_a_field_and_a_field_without_a_column_are_named(kind: Any) -> None:
    with pytest.raises(RowMismatch) as refused:
        mapper(kind, ("id", "phone", "seen", "rank"), op="users.find")
    assert (refused.value.missing, refused.value.unexpected) == (("role",), ("rank",))
    assert str(refused.value).startswith("users.find failed: the row does not fit ")
    assert "no column for the field role; no field for the column rank" in str(refused.value)


@pytest.mark.parametrize("kind", STRICT)
@pytest.mark.parametrize("many", [False, True])
def test_null_where_none_may_be_is_told_by_its_column(kind: Any, many: bool) -> None:
    row = (None, "+1", "admin", None)
    with pytest.raises(RowMismatch, match="the column id is NULL") as refused:
        list_mapper(kind, COLUMNS)([ROW, row]) if many else mapper(kind, COLUMNS)(row)
    assert refused.value.column == "id"


@pytest.mark.parametrize("kind", STRICT)
@pytest.mark.parametrize("many", [False, True])
def test_a_value_that_its_converter_refuses_is_told_by_its_column_and_not_shown(kind: Any, many: bool) -> None:
    row = (ID, "SECRET", "admin", None)
    with pytest.raises(RowMismatch, match="the value of column phone cannot be read: ValueError") as refused:
        list_mapper(kind, COLUMNS)([ROW, row]) if many else mapper(kind, COLUMNS)(row)
    assert refused.value.column == "phone"
    assert isinstance(refused.value.failure, ValueError)
    assert "SECRET" not in "".join(traceback.format_exception(refused.value))


@dataclass
class Point:
    x: int
    y: int


@dataclass
class Loose:
    x: Any
    y: Any


@pytest.mark.parametrize("kind", [Point, Loose])
def test_rows_that_need_no_conversion_become_objects_in_their_order(kind: Any) -> None:
    assert list_mapper(kind, ("x", "y"))([(1, 2), (3, 4)]) == [kind(1, 2), kind(3, 4)]
    assert list_mapper(kind, ("y", "x"))([(1, 2), (3, 4)]) == [kind(2, 1), kind(4, 3)]
    assert list_mapper(kind, ("x", "y"))([]) == []


def test_null_far_down_a_list_is_told_by_its_column() -> None:
    rows = [(at, at) for at in range(100)]
    with pytest.raises(RowMismatch) as caught:
        list_mapper(Point, ("x", "y"), op="points.list")([*rows, (1, None), (None, 1)])
    assert caught.value.column == "y"
    assert "NULL" in str(caught.value)


@pytest.mark.parametrize("kind", [Point, Loose])
def test_a_row_with_too_few_values_is_a_mismatch(kind: Any) -> None:
    with pytest.raises(RowMismatch):
        list_mapper(kind, ("x", "y"))([(1, 2), (1,)])


@pytest.mark.parametrize("kind", [kind for kind in STRICT if kind is not Model])
def test_a_value_that_no_enum_has_is_told_by_its_column(kind: Any) -> None:
    with pytest.raises(RowMismatch, match="the value of column role cannot be read"):
        mapper(kind, COLUMNS)((ID, "+1", "SECRET", None))


@pytest.mark.parametrize("many", [False, True])
def test_what_a_model_refuses_is_told_without_the_value(many: bool) -> None:
    row = (ID, "+1", "SECRET", None)
    with pytest.raises(RowMismatch, match="Model does not take the row's values: role: enum") as refused:
        list_mapper(Model, COLUMNS)([row]) if many else mapper(Model, COLUMNS)(row)
    assert "SECRET" not in "".join(traceback.format_exception(refused.value))


def test_a_type_that_refuses_its_values_is_a_mismatch() -> None:
    def refuse(name: str) -> None:
        message = f"no: {name}"
        raise KeyError(message)

    with pytest.raises(RowMismatch, match="does not take the row's values: KeyError"):
        mapper(refuse, ("name",))(("SECRET",))
    with pytest.raises(RowMismatch, match="does not take the row's values: ValueError"):
        mapper(Plain, COLUMNS)((ID, "+1", "admin"))


def test_a_tuple_is_the_row_itself() -> None:
    assert mapper(tuple, ("a", "a"))(ROW) is ROW
    assert list_mapper(tuple, COLUMNS)([ROW]) == [ROW]


def test_a_typed_tuple_is_checked_and_converted_by_place() -> None:
    assert mapper(tuple[UUID, Role], ("a", "b"))((ID, "admin")) == (ID, Role.ADMIN)
    assert list_mapper(tuple[Role, ...], ("a", "b"))([("admin", "member")]) == [(Role.ADMIN, Role.MEMBER)]
    with pytest.raises(RowMismatch, match="has 2 places, and the row has 1 columns"):
        mapper(tuple[UUID, Role], ("a",))
    with pytest.raises(RowMismatch, match="column b is NULL"):
        mapper(tuple[UUID, Role], ("a", "b"))((ID, None))


def test_a_dict_has_the_columns() -> None:
    assert mapper(dict, ("a", "class"))((1, None)) == {"a": 1, "class": None}
    assert mapper(dict[str, Any], ("a",))((1,)) == {"a": 1}
    assert list_mapper(dict, ())([()]) == [{}]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (int, 5, 5),
        (UUID, ID, ID),
        (UserId, ID, ID),
        (Role, "admin", Role.ADMIN),
        (Role | None, None, None),
        (Role | None, "admin", Role.ADMIN),
        (Grade, "good", Grade.GOOD),
        (Grade, Grade.GOOD, Grade.GOOD),
        (Phone, "+1", Phone("+1")),
        (list[Role], ["admin"], [Role.ADMIN]),
        (list[Role | None], ["admin", None], [Role.ADMIN, None]),
        (list[int], [1], [1]),
    ],
)
def test_one_value_is_the_only_columns(kind: Any, value: object, expected: object) -> None:
    assert mapper(kind, ("a",))((value,)) == expected
    assert list_mapper(kind, ("a",))([(value,)]) == [expected]


def test_one_value_of_several_columns_is_a_mismatch() -> None:
    with pytest.raises(RowMismatch, match="int is one value, and the row has 2 columns: a, b"):
        mapper(int, ("a", "b"))
    with pytest.raises(RowMismatch, match="the column a is NULL"):
        mapper(int, ("a",))((None,))


def test_a_column_that_comes_twice_is_a_mismatch() -> None:
    with pytest.raises(RowMismatch, match="the column id comes twice"):
        mapper(Plain, ("id", "phone", "role", "seen", "id"))


@dataclass
class Checked:
    price: Decimal
    amount: int
    secret: InitVar[Role]

    def __post_init__(self, secret: Role) -> None:
        self.seen = secret


def test_column_types_of_the_standard_library_need_no_import_at_run_time() -> None:
    row = mapper(Checked, ("price", "amount", "secret"))((1, 2, "admin"))
    assert row.seen is Role.ADMIN
    with pytest.raises(RowMismatch, match="column price is NULL"):
        mapper(Checked, ("price", "amount", "secret"))((None, 2, "admin"))


@dataclass
class Unknown:
    share: Fraction


def test_a_type_that_is_known_to_the_type_checker_only_is_told() -> None:
    with pytest.raises(RowMismatch, match="name 'Fraction' is not defined") as refused:
        mapper(Unknown, ("share",))
    assert "TYPE_CHECKING" in refused.value.remedy


@dataclass
class Box(Generic[T]):
    content: T


def test_a_generic_row_takes_any_value_where_its_type_is_open() -> None:
    assert mapper(Box[int], ("content",))((5,)) == Box(5)


class Aliased(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(populate_by_name=True, extra="allow")
    name: str = pydantic.Field(alias="userName")


def test_a_model_is_made_by_its_alias_or_name_and_may_take_more() -> None:
    assert mapper(Aliased, ("userName",))(("a",)).name == "a"
    assert mapper(Aliased, ("name", "more"))(("a", 1)).model_dump() == {"name": "a", "more": 1}


def test_positions_only_are_given_by_place() -> None:
    def made(a: int, b: str, /, *, c: Role) -> tuple[int, str, Role]:
        return a, b, c

    assert mapper(made, ("c", "b", "a"))(("admin", "x", 1)) == (1, "x", Role.ADMIN)


def test_what_is_no_type_is_a_mismatch() -> None:
    with pytest.raises(RowMismatch, match="neither a type nor a function"):
        mapper("User", ("a",))  # type: ignore[arg-type]  # the point of the test


def test_a_mapper_is_compiled_once() -> None:
    assert mapper(Plain, list(COLUMNS)) is mapper(Plain, COLUMNS)
    assert mapper(Entity.reconstitute, COLUMNS) is mapper(Entity.reconstitute, COLUMNS)


def test_the_optional_libraries_are_not_imported_for_other_rows() -> None:
    program = """
import sys
from dataclasses import dataclass
from whimbrel.persistence.rows import mapper
@dataclass
class A:
    a: int
mapper(A, ("a",))((1,))
print({"attrs", "attr", "msgspec", "pydantic"} & sys.modules.keys())
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"
