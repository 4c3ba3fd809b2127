"""Which error of the domain is a violated constraint?"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from whimbrel.persistence.db_error import DBError


@dataclass(frozen=True, slots=True)
class ConstraintMap:
    """Which error of the domain means that a constraint was violated?

        TAKEN = ConstraintMap({"users_email_key": EmailAlreadyExists})

        try:
            await querier.execute(SAVE, …)
        except DBError as error:
            TAKEN.raise_for(error)
            raise

    `constraints` has the names of constraints or unique indexes, `codes` SQLSTATEs of your own (RAISE … USING ERRCODE).
    A value is an exception type, raised without arguments, or a function that is given the error and returns one.
    """

    constraints: Mapping[str, type[Exception] | Callable[[DBError], Exception]]
    codes: Mapping[str, type[Exception] | Callable[[DBError], Exception]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "constraints", MappingProxyType(dict(self.constraints)))
        object.__setattr__(self, "codes", MappingProxyType(dict(self.codes)))

    def raise_for(self, error: DBError) -> None:
        """Raise the error of the domain that `error` means, from it; return where it means none."""
        meant = self.constraints.get(error.constraint) or self.codes.get(error.sqlstate)
        if meant is None:
            return
        raise (meant() if isinstance(meant, type) else meant(error)) from error
