"""Which type does an annotation mean, and is None welcome beside it?"""

from __future__ import annotations

from dataclasses import InitVar
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NewType, NotRequired, Required, Union, get_args, get_origin


def without_none(annotation: Any, *, of_a_field: bool = False) -> tuple[Any, bool]:
    """Return the type that is meant, and whether None is too; `of_a_field` looks through Final, InitVar and their like.

    A union of several types is returned as it is.
    """
    wrappers = (Annotated, Required, NotRequired, Final) if of_a_field else (Annotated,)
    nullable = False
    while True:
        if isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif of_a_field and isinstance(annotation, InitVar):
            annotation = annotation.type
        elif get_origin(annotation) in wrappers:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            parts = [part for part in get_args(annotation) if part is not NoneType]
            nullable = nullable or len(parts) < len(get_args(annotation))
            if len(parts) > 1:
                return annotation, nullable
            annotation = parts[0]
        else:
            return annotation, nullable


def told(annotation: Any) -> str:
    """Return an annotation as people write it."""
    return annotation.__qualname__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
