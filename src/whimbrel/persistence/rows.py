"""What does a row become? Mappers from columns to values, compiled once for each row type and list of columns.

A row type is

- `tuple`: the row as it is; `tuple[UUID, str]`: checked and converted by place;
- `dict` or a TypedDict: by column names;
- `UUID`, `int`, `str`, an Enum, a registered value object, any of these with `| None`: the only column's value;
- a dataclass, an attrs class, a `msgspec.Struct`, a NamedTuple, a Pydantic model: by field names;
- any other class or function, such as a classmethod `reconstitute`: by the names of its parameters.

Columns and fields must be the same, in any order: only a field with a default may lack its column. A field whose type
is an Enum or has a `converter` is converted, also within `list[X]` or `tuple[X, ...]`; NULL is refused where the type
is not `X | None`. All else is taken as the driver gives it, which decides by the column's type; Pydantic validates.
"""

from __future__ import annotations

import inspect
import sys
import typing
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache, partial
from itertools import starmap
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, get_args, get_origin
from uuid import UUID

from whimbrel.persistence.annotation import without_none
from whimbrel.persistence.errors import RowMismatch
from whimbrel.persistence.value_objects import find_converter

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

Row = TypeVar("Row")

_SCALARS = (str, int, float, bool, bytes, UUID, datetime, date, time, timedelta, Decimal)


def mapper(row_type: type[Row] | Callable[..., Row], columns: Sequence[str], *, op: str = "") -> Callable[[Any], Row]:
    """Return the function that makes one row, a sequence of the columns' values, into `row_type`.

    `op` is the statement's name, for errors. Both this and the function raise `RowMismatch`.
    """
    return typing.cast("Callable[[Any], Row]", _compiled(_key(row_type), tuple(columns), op)[0])


def list_mapper(
    row_type: type[Row] | Callable[..., Row], columns: Sequence[str], *, op: str = ""
) -> Callable[[Sequence[Any]], list[Row]]:
    """Return the function that makes a list of rows into a list of `row_type`: as `mapper`, without a call a row."""
    return typing.cast("Callable[[Sequence[Any]], list[Row]]", _compiled(_key(row_type), tuple(columns), op)[1])


def _key(row_type: object) -> Hashable:
    return row_type


@dataclass(frozen=True, slots=True, eq=False)
class ByBlock(Generic[Row]):
    """A row type that takes rows together, some at a time: `fold` returns what is kept of a block of them."""

    fold: Callable[[Sequence[Any]], Row]

    def __call__(self, rows: Sequence[Any]) -> list[Row]:
        """Return a list of one: what is kept of the block."""
        return [self.fold(rows)]


@dataclass(frozen=True, slots=True)
class _Field:
    """A parameter of the row type: what it is called and what a column's value becomes for it."""

    name: str
    required: bool = True
    by_place: bool = True
    nullable: bool = True
    load: Callable[[Any], Any] | None = None
    members: Mapping[Any, Any] | None = None
    """Of an Enum: its members by value, which is quicker than a call."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a row type is made: `make` is called with `fields`; `open` takes columns that no field has."""

    make: Callable[..., Any]
    fields: tuple[_Field, ...]
    as_mapping: bool = False
    open: bool = False


class _Members(dict[Any, Any]):
    """An Enum's members by value; what is not among them is asked of the Enum, which may know."""

    def __init__(self, kind: type[Enum]) -> None:
        super().__init__({member.value: member for member in kind})
        self.kind = kind

    def __missing__(self, value: object) -> Any:
        return self.kind(value)


@lru_cache(maxsize=1024)
def _compiled(row_type: Any, columns: tuple[str, ...], op: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    if isinstance(row_type, ByBlock):
        return row_type, row_type
    kind, nullable = without_none(row_type, of_a_field=True)
    if kind is tuple or kind is Any:
        return _as_it_is, list
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        reason = f"the column {', '.join(twice)} comes twice"
        raise RowMismatch(
            op, reason, row_type=row_type, unexpected=twice, remedy="name the columns of a join apart, with AS"
        )
    if _is_scalar(kind):
        return _compile(op, row_type, columns, _scalar(op, row_type, kind, columns, nullable=nullable))
    if get_origin(kind) is tuple:
        return _compile(op, row_type, columns, _by_place(op, row_type, kind, columns))
    if kind is dict or get_origin(kind) is dict:
        shape = _Shape(dict, tuple(_Field(name) for name in columns), as_mapping=True)
        return _compile(op, row_type, columns, shape)
    return _compile(op, row_type, columns, _shape(op, kind, columns))


def _as_it_is(row: Any) -> Any:
    return row


def _is_scalar(kind: Any) -> bool:
    if get_origin(kind) is list or kind is list:
        return True
    return isinstance(kind, type) and (kind in _SCALARS or issubclass(kind, Enum) or find_converter(kind) is not None)


def _field(name: str, annotation: Any, *, required: bool = True, by_place: bool = True, convert: bool = True) -> _Field:
    """Return the field of a resolved annotation; `convert` is whether Enums are ours to convert."""
    kind, nullable = without_none(annotation, of_a_field=True)
    if kind in (Any, object, inspect.Parameter.empty) or isinstance(kind, TypeVar):
        return _Field(name, required, by_place)
    if convert and isinstance(kind, type) and issubclass(kind, Enum) and find_converter(kind) is None:
        return _Field(name, required, by_place, nullable, members=_Members(kind))
    return _Field(name, required, by_place, nullable, load=_load(kind, enums=convert))


def _load(annotation: Any, *, enums: bool) -> Callable[[Any], Any] | None:
    """Return what makes a column's value one of the type, None where the driver's own is it."""
    kind, nullable = without_none(annotation, of_a_field=True)
    origin = get_origin(kind)
    if origin in (list, tuple, set, frozenset):
        elements = [part for part in get_args(kind) if part is not Ellipsis]
        inner = _load(elements[0], enums=enums) if len(elements) == 1 else None
        if inner is not None:
            return lambda values: origin(map(inner, values))
        return None if origin is list or not enums else origin
    if not isinstance(kind, type):
        return None
    load: Callable[[Any], Any] | None = None
    if found := find_converter(kind):
        load = found.load
    elif enums and issubclass(kind, Enum):
        load = _Members(kind).__getitem__
    if load is None or not nullable:
        return load
    known = load
    return lambda value: None if value is None else known(value)


def _scalar(op: str, row_type: Any, kind: Any, columns: tuple[str, ...], *, nullable: bool) -> _Shape:
    if len(columns) != 1:
        reason = f"{_told(row_type)} is one value, and the row has {len(columns)} columns: {', '.join(columns)}"
        raise RowMismatch(op, reason, row_type=row_type, unexpected=columns[1:], remedy="select one column")
    one = _field(columns[0], kind | None if nullable else kind)
    return _Shape(_as_it_is, (one,))


def _by_place(op: str, row_type: Any, kind: Any, columns: tuple[str, ...]) -> _Shape:
    parts = get_args(kind)
    if len(parts) == 2 and parts[1] is Ellipsis:
        parts = (parts[0],) * len(columns)
    if len(parts) != len(columns):
        reason = f"{_told(row_type)} has {len(parts)} places, and the row has {len(columns)} columns"
        raise RowMismatch(op, reason, row_type=row_type, remedy="select a column for each place")
    fields = tuple(_field(name, part) for name, part in zip(columns, parts, strict=True))
    return _Shape(tuple, fields)


def _shape(op: str, kind: Any, columns: tuple[str, ...]) -> _Shape:
    """Return how a class or function with named fields is made."""
    target = get_origin(kind) or kind
    if typing.is_typeddict(target):
        optional = target.__optional_keys__
        hints = _hints_of_class(op, target, [*target.__required_keys__, *optional])
        # Where annotations are texts, a TypedDict does not see its own NotRequired.
        needed = {
            name: get_origin(hint) is typing.Required
            or (name not in optional and get_origin(hint) is not typing.NotRequired)
            for name, hint in hints.items()
        }
        fields = tuple(_field(name, hint, required=needed[name]) for name, hint in hints.items())
        return _Shape(dict, fields, as_mapping=True)
    if hasattr(target, "__pydantic_validator__") and hasattr(target, "model_validate"):
        return _pydantic(target, columns)
    if not callable(target):
        raise RowMismatch(op, f"{target!r} is neither a type nor a function", row_type=kind)
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError) as error:
        reason = f"the parameters of {_told(target)} cannot be known"
        raise RowMismatch(op, reason, row_type=kind, remedy="use a function with named parameters") from error
    hints = _hints(op, target, [parameter.name for parameter in parameters])
    taken = []
    takes_more = False
    for each in parameters:
        if each.kind is each.VAR_KEYWORD:
            takes_more = True
        elif each.kind is not each.VAR_POSITIONAL:
            annotation = hints.get(each.name, each.empty)
            required = each.default is each.empty
            taken.append(_field(each.name, annotation, required=required, by_place=each.kind is not each.KEYWORD_ONLY))
    return _Shape(target, tuple(taken), open=takes_more)


def _pydantic(model: Any, columns: tuple[str, ...]) -> _Shape:
    """Return how a Pydantic model is made: by `model_validate`, which converts and checks by itself."""
    by_name = model.model_config.get("populate_by_name") or model.model_config.get("validate_by_name")
    fields = []
    for name, info in model.model_fields.items():
        alias = info.validation_alias if isinstance(info.validation_alias, str) else info.alias or name
        taken = name if by_name and name in columns else alias
        fields.append(_field(taken, info.annotation, required=info.is_required(), convert=False))
    return _Shape(model.model_validate, tuple(fields), as_mapping=True, open=model.model_config.get("extra") == "allow")


def _hints(op: str, target: Any, names: list[str]) -> dict[str, Any]:
    """Return the types of the parameters: of a class those of its fields, else those of the function."""
    while isinstance(target, partial):
        target = target.func
    if not isinstance(target, type):
        function = inspect.unwrap(getattr(target, "__func__", target))
        called = function if hasattr(function, "__globals__") else vars(type(function)).get("__call__")
        return _hints_of_function(op, target, called, names)
    attributes = {each.alias: each.name for each in getattr(target, "__attrs_attrs__", ())}
    hints = {}
    if attributes or any(hasattr(target, mark) for mark in ("__dataclass_fields__", "__struct_fields__", "_fields")):
        of_class = _hints_of_class(op, target, [attributes.get(name, name) for name in names])
        hints = {name: of_class[found] for name in names if (found := attributes.get(name, name)) in of_class}
    rest = [name for name in names if name not in hints]
    made_by = next(
        (
            vars(base)[method]
            for method in ("__init__", "__new__")
            for base in target.__mro__[:-1]
            if method in vars(base)
        ),
        None,
    )
    return hints | _hints_of_function(op, target, getattr(made_by, "__func__", made_by), rest)


def _hints_of_function(op: str, target: Any, function: Any, names: list[str]) -> dict[str, Any]:
    return _evaluated(op, target, function, names, getattr(function, "__globals__", {})) if names else {}


def _hints_of_class(op: str, target: Any, names: list[str]) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    for base in reversed(target.__mro__[:-1]):
        hints |= _evaluated(op, target, base, names, vars(sys.modules.get(base.__module__, typing)))
    return hints


def _evaluated(op: str, target: Any, holder: Any, names: list[str], scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the annotations that `holder`, a class or function, has for the names, as types.

    Names of the standard library's column types are known even where they are imported for the type checker only.
    """

    def alone() -> None:
        """Hold one annotation at a time, so that only those that matter need be known."""

    known = {kind.__name__: kind for kind in _SCALARS} | {"Any": Any} | dict(scope)
    found = {}
    try:
        declared = inspect.get_annotations(holder) if callable(holder) else {}
        for name in names:
            if name in declared:
                alone.__annotations__ = {name: declared[name]}
                found[name] = typing.get_type_hints(alone, known, known, include_extras=True)[name]
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        reason = f"the fields' types of {_told(target)} cannot be known: {error}"
        remedy = "import the type where the program runs too, not under TYPE_CHECKING"
        raise RowMismatch(op, reason, row_type=target, remedy=remedy) from error
    return found


def _compile(
    op: str, row_type: Any, columns: tuple[str, ...], shape: _Shape
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Write the functions that map one row and a list of rows, and return them.

    Code is generated because it costs what code written by hand would: a loop over the fields takes several times as
    long. What stands in it is our own text, and fields' names, which are identifiers or quoted.
    """
    _check_names(op, row_type, columns, shape)
    known = {each.name: each for each in shape.fields}
    fields = [known.get(name, _Field(name, by_place=False)) for name in columns]
    scope: dict[str, Any] = {"make": shape.make, "starmap": starmap, "explain": _explainer(op, row_type, fields)}
    values = {}
    for at, each in enumerate(fields):
        text = f"c{at}"
        if each.members is not None:
            scope[f"members{at}"] = each.members
            text = f"members{at}[c{at}]"
        elif each.load is not None:
            scope[f"load{at}"] = each.load
            text = f"load{at}(c{at})"
        converted = text != f"c{at}"
        values[each.name] = f"(None if c{at} is None else {text})" if converted and each.nullable else text
    made = _call(shape, fields, values)
    nulls = " or ".join(f"c{at} is None" for at, each in enumerate(fields) if not each.nullable)
    checked = f"explain(row, None) if {nulls} else {made}" if nulls else made
    if made != "make(*row)":
        taken = f"row in rows for {_joined(columns)} in [row]"
        many = f"return [{checked} for {taken}]"
    elif nulls:
        # Two quick loops take less time than one that has to keep the row and its values.
        many = f"""for {_joined(columns)} in rows:
            if {nulls}:
                explain(({_joined(columns)}), None)
        return list(starmap(make, rows))"""
    else:
        many = "return list(starmap(make, rows))"
    source = f"""
def map_row(row):
    try:
        {_joined(columns)} = row
        return {checked}
    except Exception as error:
        failure = error
    explain(row, failure)

def map_rows(rows):
    try:
        {many}
    except Exception as error:
        failure = error
    for row in rows:
        explain(row, failure, last=False)
    explain(None, failure)
"""
    exec(compile(source, f"<rows of {op or _told(row_type)}>", "exec"), scope)  # noqa: S102 - see above
    return scope["map_row"], scope["map_rows"]


def _joined(columns: tuple[str, ...]) -> str:
    return "".join(f"c{at}," for at in range(len(columns))) if columns else "()"


def _call(shape: _Shape, fields: list[_Field], values: dict[str, str]) -> str:
    """Return the expression that makes the row: by place as far as the order of the parameters goes, then by name."""
    if shape.as_mapping:
        mapping = "{" + ", ".join(f"{name!r}: {text}" for name, text in values.items()) + "}"
        return mapping if shape.make is dict else f"make({mapping})"
    places = []
    ordered = [each for each in shape.fields if each.by_place]
    for each in ordered:
        if each.name not in values:
            break
        places.append(values[each.name])
    placed = {each.name for each in ordered[: len(places)]}
    named = [f"{each.name}={values[each.name]}" for each in fields if each.name not in placed]
    if shape.make is _as_it_is:
        return places[0]
    if shape.make is tuple:
        return f"({', '.join(places)},)" if places else "()"
    if places == [f"c{at}" for at in range(len(fields))]:
        # The row is the tuple of arguments already: nothing is built for the call.
        return "make(*row)"
    return f"make({', '.join([*places, *named])})"


def _check_names(op: str, row_type: Any, columns: tuple[str, ...], shape: _Shape) -> None:
    names = {each.name for each in shape.fields}
    missing = [each.name for each in shape.fields if each.required and each.name not in columns]
    unexpected = [] if shape.open else [name for name in columns if name not in names]
    if shape.open and not shape.as_mapping:
        unexpected = [name for name in columns if name not in names and (not name.isidentifier() or iskeyword(name))]
    if not missing and not unexpected:
        return
    told = [f"no column for the field {', '.join(missing)}"] if missing else []
    told += [f"no field for the column {', '.join(unexpected)}"] if unexpected else []
    reason = f"the row does not fit {_told(row_type)}: {'; '.join(told)}"
    raise RowMismatch(op, reason, row_type=row_type, missing=missing, unexpected=unexpected)


def _explainer(op: str, row_type: Any, fields: list[_Field]) -> Callable[..., None]:
    """Return what says why a row could not be mapped, by trying its values one by one."""

    def refuse(reason: str, column: str = "", failure: Exception | None = None, remedy: str = "") -> NoReturn:
        raise RowMismatch(op, reason, row_type=row_type, column=column, failure=failure, remedy=remedy) from None

    def explain(row: Any, failure: Exception | None, *, last: bool = True) -> None:
        if isinstance(failure, RowMismatch):
            raise failure
        for each, value in zip(fields, row if row is not None else (), strict=False):
            if value is None and not each.nullable:
                refuse(
                    f"the column {each.name} is NULL, and {_told(row_type)} takes none there",
                    each.name,
                    remedy=f"declare the field as {each.name}: … | None, or keep NULL out of the column",
                )
            try:
                if value is not None and each.members is not None:
                    each.members[value]
                elif value is not None and each.load is not None:
                    each.load(value)
            except Exception as error:  # noqa: BLE001 - whatever a converter raises, the column is what is wrong
                reason = f"the value of column {each.name} cannot be read: {type(error).__qualname__}"
                refuse(reason, each.name, error, remedy="correct the stored value, or the converter")
        if last:
            reason = f"{_told(row_type)} does not take the row's values: {_summary(failure)}"
            refuse(reason, failure=failure, remedy="correct the stored values, or the row type")

    return explain


def _summary(failure: Exception | None) -> str:
    """Return what an exception says without values: its type and, of Pydantic's, where and what kind."""
    name = type(failure).__qualname__
    errors = getattr(failure, "errors", None)
    if not type(failure).__module__.startswith("pydantic") or errors is None:
        return name
    found = errors(include_url=False, include_context=False, include_input=False)
    return ", ".join(f"{'.'.join(map(str, each['loc'])) or 'model'}: {each['type']}" for each in found)


def _told(row_type: Any) -> str:
    name = getattr(row_type, "__qualname__", None)
    return name if name and not get_args(row_type) else str(row_type)
