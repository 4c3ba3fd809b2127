"""How do the values of one column, of many rows, become what PostgreSQL takes? One array, or a column of a COPY.

A column's values are checked all at once, and only where that fails one by one, to say which row it is. What is sent is
PostgreSQL's binary form where the Python type has one; else each value's text, which the statement casts.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import chain
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args, get_origin
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper, PyFormat, Transformer
from psycopg.pq import Format
from psycopg.types.json import Json, Jsonb

try:  # what psycopg's own COPY writes rows with: a third of the time that its promised interface takes
    from psycopg._copy_base import format_row_binary
except ImportError:
    format_row_binary = None

from whimbrel.persistence.annotation import told, without_none
from whimbrel.persistence.errors import InvalidParameter, StatementError
from whimbrel.persistence.value_objects import find_converter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from psycopg.abc import Buffer
    from psycopg.abc import Transformer as AbstractTransformer

    Check = Callable[[Sequence[Any]], str]


@dataclass(frozen=True, slots=True)
class Element:
    """A type of PostgreSQL that values are sent in: its name, its number, and the Python type that its dumper takes.

    `check` returns what is wrong with some of the values, which are of the type `python`; empty where nothing is.
    `as_text` is for what has no binary form here: the text of each value.
    """

    name: str
    oid: int
    python: type
    check: Check
    as_text: bool = False


def _text(values: Sequence[Any]) -> str:
    joined = "".join(values)
    if "\0" in joined:
        return "a text with NUL, which PostgreSQL does not store"
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError:
            return "a text with half a surrogate pair, which is no Unicode"
    return ""


def _text_of_any(values: Sequence[Any]) -> str:
    return _text([value for value in values if isinstance(value, str)])


def _integer(size: int) -> Check:
    most = 1 << (8 * size - 1)

    def check(values: Sequence[Any]) -> str:
        return "" if -most <= min(values) and max(values) < most else f"one that needs more than {size} bytes"

    return check


def _aware(values: Sequence[Any]) -> str:
    return "one without a time zone" if any(value.tzinfo is None for value in values) else ""


def _naive(values: Sequence[Any]) -> str:
    return "" if all(value.tzinfo is None for value in values) else "one with a time zone"


def _anything(_: Sequence[Any]) -> str:
    return ""


_TEXT = Element("text", 25, str, _text)
_AS_TEXT = Element("text", 25, object, _text_of_any, as_text=True)
_ELEMENTS = {
    element.name: element
    for element in (
        _TEXT,
        Element("bool", 16, bool, _anything),
        Element("int2", 21, int, _integer(2)),
        Element("int4", 23, int, _integer(4)),
        Element("int8", 20, int, _integer(8)),
        Element("float4", 700, float, _anything),
        Element("float8", 701, float, _anything),
        Element("numeric", 1700, Decimal, _anything),
        Element("bytea", 17, bytes, _anything),
        Element("uuid", 2950, UUID, _anything),
        Element("date", 1082, date, _anything),
        Element("time", 1083, time, _naive),
        Element("timestamp", 1114, datetime, _naive),
        Element("timestamptz", 1184, datetime, _aware),
        Element("interval", 1186, timedelta, _anything),
        Element("jsonb", 3802, Jsonb, _anything),
        Element("json", 114, Json, _anything),
    )
}
_BY_OID = {element.oid: element for element in _ELEMENTS.values()} | dict.fromkeys((18, 19, 1042, 1043), _TEXT)
_ALIASES = {
    "boolean": "bool",
    "smallint": "int2",
    "integer": "int4",
    "int": "int4",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "decimal": "numeric",
    "varchar": "text",
    "character varying": "text",
    "char": "text",
    "character": "text",
    "bpchar": "text",
    "citext": "text",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
}
_DEFAULTS: Mapping[type, str] = {
    str: "text",
    bool: "bool",
    int: "int8",
    float: "float8",
    Decimal: "numeric",
    bytes: "bytea",
    UUID: "uuid",
    datetime: "timestamptz",
    date: "date",
    time: "time",
    timedelta: "interval",
    dict: "jsonb",
    Jsonb: "jsonb",
    Json: "json",
}
_MODIFIER = re.compile(r"\s*\([\d\s,]*\)")


class _Unfit(Exception):
    """A value is not one of its column; the argument says what it is instead, the name of its type by default."""

    def __init__(self, value: object, got: str = "") -> None:
        super().__init__(got or type(value).__qualname__)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of rows that are written: the Python type of its values, and how they are sent.

    `cast` is the type that the statement has to cast to, empty where the assignment does what is needed: a cast to
    varchar(20) would cut the text.
    """

    name: str
    kind: Any
    nullable: bool
    element: Element
    cast: str = ""

    def ready(self, op: str, values: Sequence[Any], first_row: int = 0) -> Sequence[Any]:
        """Return the values as they are sent; `first_row` is the index of their first row.

        Raises InvalidParameter, which names the column and the row, for one that is not of the declared type.
        """
        element = self.element
        kinds = set(map(type, values))
        present = values
        if NoneType in kinds:
            if not self.nullable:
                at = next(at for at, value in enumerate(values) if value is None)
                raise self._refused(op, first_row + at, "None")
            kinds.discard(NoneType)
            present = [value for value in values if value is not None]
        if not present:
            return values
        if kinds != {element.python} or self.kind not in (element.python, Any):
            values = [None if value is None else self._fit(op, value, at) for at, value in enumerate(values, first_row)]
            present = [value for value in values if value is not None]
        if element.check(present):
            for at, value in enumerate(values, first_row):
                if value is not None and (wrong := element.check([value])):
                    raise self._refused(op, at, wrong)
        return values

    def _fit(self, op: str, value: Any, row: int) -> Any:
        try:
            return _fitted(value, self.kind, self.element)
        except _Unfit as unfit:
            got = str(unfit)
        raise self._refused(op, row, got)

    def _refused(self, op: str, row: int, got: str) -> InvalidParameter:
        expected = f"{told(self.kind)} or None" if self.nullable else told(self.kind)
        reason = f"column {self.name} takes {expected} and got {got}, in row {row} of the input (counted from 0)"
        return InvalidParameter(op, reason, parameter=self.name, expected=expected, got=got)


@dataclass(frozen=True, slots=True, eq=False)
class ColumnValues:
    """The values of a column as one parameter: an array of the column's element type."""

    column: Column
    values: Sequence[Any]


def declared(op: str, name: str, annotation: Any, type_name: str = "") -> Column:
    """Return the column that is declared by a Python type, and by the name of its PostgreSQL type where that matters.

    Raises StatementError when no type can be told.
    """
    kind, nullable = _meant(annotation)
    plain = _MODIFIER.sub("", type_name).strip().lower()
    known = _ELEMENTS.get(_ALIASES.get(plain, plain))
    python = _python(kind)
    if not type_name:
        default = _default(op, name, kind)
        known = _ELEMENTS.get(default)
        if known is None:
            return Column(name, kind, nullable, _AS_TEXT, default)
    if known is not None and (python is known.python or python not in _DEFAULTS or (python, known.python) in _WIDENED):
        return Column(name, kind, nullable, known)  # what a converter gives for a class of the user's is seen later
    return Column(name, kind, nullable, _AS_TEXT, "" if known is _TEXT else type_name)


def of_table(op: str, name: str, annotation: Any, oid: int, *, is_text: bool) -> Column | None:
    """Return the column for a COPY into one of the type `oid`; None where only the driver may know the type's form.

    `is_text` is for types whose binary form is their text: an enum, citext.

    Raises InvalidParameter when the declared type cannot be sent as the column's.
    """
    kind, nullable = _meant(annotation)
    element = _TEXT if is_text else _BY_OID.get(oid)
    if element is None:
        return None
    python = _python(kind)
    fits = python is element.python or (python, element.python) in _WIDENED
    if not (fits or kind is Any or _is_converted(kind)):
        message = f"column {name} is {element.name} and takes {told(element.python)}, but is declared as {told(kind)}"
        raise InvalidParameter(
            op, message, parameter=name, expected=told(element.python), got=told(kind), remedy="declare it so"
        )
    return Column(name, kind, nullable, element)


def unchecked(name: str, annotation: Any) -> Column:
    """Return a column whose values are left to the driver's own dumper of the column's type."""
    kind, nullable = _meant(annotation)
    return Column(name, kind, nullable, Element("", 0, object, _text_of_any))


def transposed(op: str, names: Sequence[str], rows: Sequence[Any], first_row: int = 0) -> list[list[Any]]:
    """Return the values by column; a row is a sequence in the columns' order, or a mapping with exactly their names.

    Raises InvalidParameter, which names the row, when one has other columns.
    """
    width = len(names)
    if any(issubclass(kind, dict) or hasattr(kind, "keys") for kind in set(map(type, rows))):
        rows = [_in_order(op, names, row, at) for at, row in enumerate(rows, first_row)]
    wrong = next((at for at, length in enumerate(map(len, rows)) if length != width), None)
    if wrong is not None:
        told = f"{width} values are declared and row {first_row + wrong} of the input (counted from 0) has others"
        raise InvalidParameter(op, told, expected=", ".join(names), got=f"{len(rows[wrong])} values")
    columns: list[list[Any]] = [[] for _ in names]
    for start in range(0, len(rows), _SLICE):  # one zip over all rows leaves the processor's cache at each step
        for column, part in zip(columns, zip(*rows[start : start + _SLICE], strict=True), strict=True):
            column.extend(part)
    return columns


def _in_order(op: str, names: Sequence[str], row: Any, at: int) -> Any:
    if not hasattr(row, "keys"):
        return row
    if len(row) != len(names) or any(name not in row for name in names):
        got = ", ".join(sorted(map(str, row)))
        told = f"row {at} of the input (counted from 0) does not have exactly the declared columns"
        raise InvalidParameter(op, told, expected=", ".join(names), got=got)
    return [row[name] for name in names]


def _default(op: str, name: str, kind: Any) -> str:
    if kind in _DEFAULTS:
        return _DEFAULTS[kind]
    if get_origin(kind) in (list, tuple):
        inner, _ = without_none(next(iter(get_args(kind)), Any))
        return f"{_default(op, name, inner)}[]"
    if get_origin(kind) is dict:
        return "jsonb"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _DEFAULTS.get(_python(kind), "text")
    reason = f"its column {name} is a {told(kind)}, which has no type of PostgreSQL of its own"
    raise StatementError(op, reason, remedy=f"name the type in types: {{{name!r}: …}}")


_WIDENED = {(int, float), (int, Decimal), (dict, Jsonb), (dict, Json), (Jsonb, Json), (Json, Jsonb)}


def _python(kind: Any) -> type:
    """Return the type of the values that are sent for a declared one, as far as the declaration tells."""
    if get_origin(kind) is dict:
        return dict
    if not isinstance(kind, type):
        return object
    if issubclass(kind, Enum):
        sent = {type(member.value) for member in kind}
        return sent.pop() if len(sent) == 1 else object
    if kind in _DEFAULTS:
        return kind
    return next((known for known in (str, datetime) if issubclass(kind, known)), kind)


def _is_converted(kind: Any) -> bool:
    return isinstance(kind, type) and (issubclass(kind, Enum) or find_converter(kind) is not None)


def _fitted(value: Any, kind: Any, element: Element) -> Any:
    accepted = get_origin(kind) or kind
    if isinstance(accepted, type) and accepted is not object:
        takes = (accepted, tuple) if accepted is list else _TAKEN_AS_WELL.get(accepted, accepted)
        if not isinstance(value, takes) or (isinstance(value, bool) and accepted not in (bool, object)):
            raise _Unfit(value)
        if accepted is date and isinstance(value, datetime):
            raise _Unfit(value)
        if isinstance(value, Enum):
            value = value.value
        elif accepted not in _DEFAULTS and (converter := find_converter(accepted)):
            value = converter.dump(value)
    return _as(value, element)


_TAKEN_AS_WELL: Mapping[type, tuple[type, ...]] = {
    float: (float, int),
    Decimal: (Decimal, int),
    bytes: (bytes, bytearray, memoryview),
    Jsonb: (Jsonb, Json),
    Json: (Jsonb, Json),
}


def _as(value: Any, element: Element) -> Any:
    """Return the value as the one type that the element's dumper takes."""
    python = element.python
    if type(value) is python or python is object:
        return value
    if python is str and isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool):
        raise _Unfit(value)
    if python is int and isinstance(value, int):
        return int(value)
    if python in (float, Decimal) and isinstance(value, int | float | Decimal) and not isinstance(value, float):
        try:
            return python(value)
        except OverflowError:
            raise _Unfit(value, "one that is out of range") from None
    if python is bytes and isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if python in (Json, Jsonb):
        return value if isinstance(value, Json | Jsonb) else python(value)
    if isinstance(value, python):
        return value
    raise _Unfit(value)


_SLICE = 1000
_LENGTHS = [struct.pack("!i", length) for length in range(4096)]
_NULL = struct.pack("!i", -1)


class _ArrayDumper(Dumper):
    """Writes the array with the dumpers of its connection, so that the pool's JSON codec and client encoding hold.

    It has no type of its own: the statement casts each array, and that tells the server.
    """

    format = Format.BINARY

    def dump(self, obj: ColumnValues) -> bytes:
        element, values = obj.column.element, obj.values
        head = struct.pack("!iiIii", 1, 0, element.oid, len(values), 1)
        try:
            parts = self._as_text(values) if element.as_text else self._binary(values, element)
            return b"".join([head, *parts])
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            message = f"column {obj.column.name} has a value that cannot be sent as {element.name}"
            raise psycopg.DataError(message) from error

    def _binary(self, values: Sequence[Any], element: Element) -> Iterable[Buffer]:
        transformer = Transformer(self.connection)
        width = 0
        for start in range(0, len(values), _SLICE):
            part = values[start : start + _SLICE]
            if width != len(part):
                width = len(part)
                transformer.set_dumper_types([element.oid] * width, Format.BINARY)
            yield _dumped(part, transformer)

    def _as_text(self, values: Sequence[Any]) -> Iterable[Buffer]:
        transformer = Transformer(self.connection)
        yield _fields(
            [None if value is None else transformer.get_dumper(value, PyFormat.TEXT).dump(value) for value in values]
        )


def _dumped(values: Sequence[Any], transformer: AbstractTransformer) -> Buffer:
    if format_row_binary is None:
        return _fields(transformer.dump_sequence(values, [PyFormat.BINARY] * len(values)))
    row = bytearray()
    format_row_binary(values, transformer, row)
    return memoryview(row)[2:]  # a row of COPY begins with the number of its fields; an array does not


def _fields(values: Sequence[Any]) -> bytes:
    """Return each value after its length, as arrays and rows of COPY have them."""
    try:
        return b"".join(chain.from_iterable(zip(map(_LENGTHS.__getitem__, map(len, values)), values, strict=True)))
    except (IndexError, TypeError):  # one is long, or None
        return b"".join(
            chain.from_iterable(
                (_NULL,) if value is None else (struct.pack("!i", len(value)), value) for value in values
            )
        )


psycopg.adapters.register_dumper(ColumnValues, _ArrayDumper)


def _meant(annotation: Any) -> tuple[Any, bool]:
    """Return the type that an annotation means, and whether None is welcome: to Any it is."""
    kind, nullable = without_none(annotation)
    return kind, nullable or annotation is Any
