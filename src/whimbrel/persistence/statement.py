"""A statement is SQL with a name, the types of its parameters and what its rows become.

    FIND_BY_ID = Statement(
        "users.find_by_id",
        "SELECT id, email, role FROM users WHERE id = %(id)s",
        row=User,
        params={"id": UUID},
    )

A parameter's type is one of

- `str`, `int`, `float`, `Decimal`, `bool`, `bytes`, `UUID`, `datetime`, `date` or another class that the driver adapts;
- an `Enum`, sent as its value; a value object with a `converter`;
- `dict` or `Jsonb`, sent as jsonb (`Jsonb` takes any value that JSON has);
- `list[X]`, taken from any list or tuple; `X | None`; `NewType` and `Annotated` of these; `Any`, which is not checked.

An `int` is sent as bigint whatever its size, so that the statement is prepared once and not once for each width. Where
PostgreSQL wants a smaller one, as for a function's argument, cast it (`%(days)s::int`) or declare
`psycopg.types.numeric.Int4`. Cast an array too where its type is not plain: `unnest(%(names)s::text[])`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType, UnionType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, cast, get_args, get_origin

from psycopg.types.json import Json, Jsonb
from psycopg.types.numeric import Int2, Int4, Int8, IntNumeric

from whimbrel.persistence.annotation import told, without_none
from whimbrel.persistence.errors import InvalidParameter, StatementError
from whimbrel.persistence.value_objects import find_converter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import TypeVar

    Row = TypeVar("Row", default=tuple[Any, ...], covariant=True)  # noqa: PLC0105 - the word is what it is
else:
    from typing import TypeVar

    Row = TypeVar("Row", covariant=True)  # noqa: PLC0105 - the same

_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_PERCENT = re.compile(r"%(?:\((?P<name>[^)]*)\)(?P<format>.?)|(?P<other>.?))", re.DOTALL)
_WIDTHS: dict[type, int] = {Int2: 2, Int4: 4, Int8: 8}


@dataclass(frozen=True, slots=True)
class Statement(Generic[Row]):
    """SQL declared once.

    `name` is its identity, a dotted identifier such as `users.find_by_id`: errors and traces call it so. `text` is SQL
    with psycopg's named placeholders `%(id)s`; a literal percent sign is `%%`. `row` is what a row becomes: see
    `whimbrel.persistence.rows`. `params` gives each placeholder's type.

    Raises `StatementError` where it is declared, when it cannot be meant.
    """

    name: str
    text: str
    row: type[Row] | Callable[..., Row] = tuple  # type: ignore[assignment]  # the default of Row
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    _binder: Callable[[Mapping[str, Any]], dict[str, Any]] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))
        if not _NAME.fullmatch(self.name):
            raise StatementError(self.name, "its name is no dotted identifier", remedy="call it like users.find")
        if not callable(self.row):
            raise StatementError(self.name, f"its row {self.row!r} is neither a type nor a function")
        used = _placeholders(self.name, self.text)
        if unknown := used - self.params.keys():
            raise StatementError(
                self.name,
                f"the text uses {_listed(unknown)}, which params lacks",
                remedy="give each its type in params",
            )
        if unused := self.params.keys() - used:
            raise StatementError(
                self.name, f"params has {_listed(unused)}, which the text does not use", remedy="take it out of params"
            )
        for parameter, annotation in self.params.items():
            _check_declared(self.name, parameter, annotation)

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is sent for `values`: each checked against its type and converted.

        Raises `InvalidParameter` when a value is missing, not of the declared type, or none that PostgreSQL has.
        """
        binder = self._binder
        if binder is None:
            # Compiled late: a converter may be registered after the declaration.
            binder = _compile(self.name, self.params)
            object.__setattr__(self, "_binder", binder)
        return binder(values)


class _Unfit(Exception):
    """A value is not one of the kind; the argument says what it is instead."""


def _refuse(got: str) -> NoReturn:
    raise _Unfit(got) from None


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the values of one declared type are checked: `fit` returns what is sent, or raises `_Unfit`.

    `quick` is an expression over `{v}` that is true where the value can be sent as it is, or, with `wrap`, as `wrap`
    of it. `all_quick` is whether that holds for all of a list
    of values of the type `exact`.
    """

    expected: str
    fit: Callable[[Any], Any]
    exact: type | None = None
    quick: str = ""
    wrap: type | None = None
    all_quick: Callable[[Sequence[Any]], bool] | None = None


def _placeholders(name: str, text: str) -> set[str]:
    if not text.strip() or "\0" in text:
        raise StatementError(name, "its text is no SQL")
    used: dict[str, str] = {}
    for found in _PERCENT.finditer(text):
        shown = found[0]
        if found["name"] is None:
            if found["other"] == "%":
                continue
            raise StatementError(
                name, f"the text has {shown!r}", remedy="write %(name)s for a parameter and %% for a percent sign"
            )
        if not found["name"].isidentifier() or found["format"] not in ("s", "b", "t"):
            raise StatementError(name, f"the text has {shown!r}", remedy="write a parameter as %(name)s")
        if used.setdefault(found["name"], found["format"]) != found["format"]:
            raise StatementError(name, f"the text uses {found['name']} in two formats", remedy="write it as %(name)s")
    return set(used)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _check_declared(statement: str, parameter: str, annotation: Any) -> None:
    kind, _ = without_none(annotation)
    origin = get_origin(kind)
    if origin in (list, tuple) or kind in (list, tuple):
        if len(element := _elements(kind)) == 1:
            _check_declared(statement, parameter, element[0])
            return
        reason = f"its parameter {parameter} is a {told(kind)} without the type of its elements"
        raise StatementError(statement, reason, remedy="declare it as list[str]")
    if origin is not UnionType and (kind is Any or isinstance(kind, type) or isinstance(origin, type)):
        return
    raise StatementError(
        statement,
        f"its parameter {parameter} has the type {told(annotation)}, which is no one type",
        remedy="declare a class, list[X], or either with `| None`",
    )


def _elements(kind: Any) -> tuple[Any, ...]:
    return tuple(part for part in get_args(kind) if part is not Ellipsis)


def _got(value: object) -> str:
    return "None" if value is None else type(value).__qualname__


def _text(value: Any) -> str:
    """Return the text as PostgreSQL takes it; of a subclass, such as a StrEnum, its characters."""
    if not isinstance(value, str):
        _refuse(_got(value))
    plain = str.__str__(value)
    if "\0" in plain:
        _refuse("a text with NUL, which PostgreSQL does not store")
    if not plain.isascii():
        try:
            plain.encode()
        except UnicodeEncodeError:
            _refuse("a text with half a surrogate pair, which is no Unicode")
    return plain


def _are_plain_texts(values: Sequence[str]) -> bool:
    joined = "".join(values)
    return joined.isascii() and "\0" not in joined


def _integer(width: type[int], size: int) -> Callable[[Any], Any]:
    most = 1 << (8 * size - 1)

    def fit(value: Any) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            _refuse(_got(value))
        if not -most <= value < most:
            _refuse(f"one that needs more than {size} bytes")
        return int.__new__(width, value)

    return fit


def _plain(value: Any) -> Any:
    """Return what is sent for a value that an Enum or a converter gave."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int) and not isinstance(value, (bool, *_WIDTHS, IntNumeric)):
        return _integer(Int8, 8)(value)
    return value


def _number(kind: type) -> Callable[[Any], Any]:
    def fit(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, int) or isinstance(value, bool):
            _refuse(_got(value))
        try:
            return kind(value)
        except OverflowError:
            _refuse("one that is out of range")

    return fit


def _day(value: Any) -> Any:
    if isinstance(value, datetime) or not isinstance(value, date):
        _refuse(_got(value))
    return value


def _instance(kind: type, dump: Callable[[Any], Any] | None = None) -> Callable[[Any], Any]:
    def fit(value: Any) -> Any:
        if not isinstance(value, kind):
            _refuse(_got(value))
        return _plain(dump(value)) if dump else value

    return fit


def _jsonb(kind: type | None) -> Callable[[Any], Any]:
    def fit(value: Any) -> Any:
        if isinstance(value, (Jsonb, Json)):
            return value
        if kind is not None and not isinstance(value, kind):
            _refuse(_got(value))
        return Jsonb(value)

    return fit


def _array(of: _Kind, nullable: bool) -> Callable[[Any], Any]:
    fit_one = of.fit
    exact, all_quick, width, new = {of.exact}, of.all_quick, of.wrap, int.__new__

    def fit(value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            _refuse(_got(value))
        if all_quick is not None and set(map(type, value)) == exact and all_quick(value):
            return [new(width, one) for one in value] if width else list(value)
        sent: list[Any] = []
        for place, one in enumerate(value):
            if one is None and nullable:
                sent.append(None)
                continue
            try:
                sent.append(fit_one(one))
            except _Unfit as unfit:
                _refuse(f"{unfit} at place {place}")
        return sent

    return fit


def _kind(annotation: Any) -> _Kind:
    """Return how values of a declared type without None are checked and sent."""
    origin = get_origin(annotation)
    if origin in (list, tuple):
        element, nullable = without_none(_elements(annotation)[0])
        inner = _kind(element)
        return _Kind(f"a list of {inner.expected}{' or None' if nullable else ''}", _array(inner, nullable))
    kind = annotation if origin is None else origin
    if kind is Any or kind is object:
        return _Kind("anything", lambda value: value, quick="True")
    name = kind.__qualname__
    if found := find_converter(kind):
        return _Kind(name, _instance(kind, found.dump))
    if issubclass(kind, Enum):
        return _Kind(name, _instance(kind, lambda member: member.value))
    if issubclass(kind, (dict, Jsonb)):
        return _Kind(name, _jsonb(kind if issubclass(kind, dict) else None))
    if kind is int or kind in _WIDTHS:
        size = _WIDTHS.get(kind, 8)
        most = 1 << (8 * size - 1)
        width = Int8 if kind is int else kind
        return _Kind(
            "int",
            _integer(width, size),
            int,
            f"{-most} <= {{v}} < {most}",
            width,
            lambda values: -most <= min(values) and max(values) < most,
        )
    if kind is str:
        return _Kind("str", _text, str, "{v}.isascii() and '\\0' not in {v}", all_quick=_are_plain_texts)
    if kind in (float, Decimal):
        return _Kind(name, _number(kind), kind)
    if kind is date:
        return _Kind("date", _day, date)
    if kind in (bytes, bytearray):
        return _Kind("bytes", _instance((bytes, bytearray, memoryview)), kind)  # type: ignore[arg-type]  # a tuple too
    if issubclass(kind, str):
        return _Kind(name, _instance(kind, str.__str__))
    return _Kind(name, _instance(kind), kind, all_quick=lambda _: True)


def _compile(statement: str, params: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Write the function that binds, and return it.

    Code is generated because a loop over the parameters costs three times as much; what stands in it is our own text,
    and the parameters' names, which are identifiers.
    """
    scope: dict[str, Any] = {"new": int.__new__, "refuse_names": _refuse_names(statement, params)}
    lines = ["def bind(values):", f"    if len(values) != {len(params)}: refuse_names(values)"]
    if params:
        lines += ["    try:", *(f"        v{at} = values[{name!r}]" for at, name in enumerate(params))]
        lines += ["    except KeyError: refuse_names(values)"]
    for at, (name, annotation) in enumerate(params.items()):
        declared, nullable = without_none(annotation)
        kind = _kind(declared)
        scope[f"fit{at}"] = _fitting(statement, name, kind, nullable)
        scope[f"type{at}"], scope[f"width{at}"] = kind.exact, kind.wrap
        exact = [f"type(v{at}) is type{at}"] if kind.exact else []
        quick = " and ".join([*exact, *([kind.quick.format(v=f"v{at}")] if kind.quick else [])])
        as_it_is = f"new(width{at}, v{at})" if kind.wrap else f"v{at}"
        if quick and not kind.wrap:
            lines.append(f"    if not ({quick}): v{at} = fit{at}(v{at})")
        elif quick:
            lines.append(f"    v{at} = {as_it_is} if {quick} else fit{at}(v{at})")
        else:
            lines.append(f"    v{at} = fit{at}(v{at})")
    lines.append("    return {" + ", ".join(f"{name!r}: v{at}" for at, name in enumerate(params)) + "}")
    exec(compile("\n".join(lines), f"<bind {statement}>", "exec"), scope)  # noqa: S102 - see above
    return cast("Callable[[Mapping[str, Any]], dict[str, Any]]", scope["bind"])


def _fitting(statement: str, parameter: str, kind: _Kind, nullable: bool) -> Callable[[Any], Any]:
    expected = f"{kind.expected} or None" if nullable else kind.expected

    def fit(value: Any) -> Any:
        if value is None and nullable:
            return None
        try:
            return kind.fit(value)
        except _Unfit as unfit:
            got = str(unfit)
        raise InvalidParameter(
            statement,
            f"parameter {parameter} takes {expected} and got {got}",
            parameter=parameter,
            expected=expected,
            got=got,
        )

    return fit


def _refuse_names(statement: str, params: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], NoReturn]:
    def refuse(values: Mapping[str, Any]) -> NoReturn:
        missing = params.keys() - values.keys()
        unknown = set(values.keys()) - params.keys()
        told = [f"no value for {_listed(missing)}"] if missing else []
        told += [f"no parameter {_listed({str(name) for name in unknown})}"] if unknown else []
        raise InvalidParameter(
            statement,
            "; ".join(told),
            parameter=_listed(missing or {str(name) for name in unknown}),
            expected=_listed(set(params)),
            got=_listed({str(name) for name in values}),
            remedy="give each of the statement's parameters a value, by its name",
        )

    return refuse
