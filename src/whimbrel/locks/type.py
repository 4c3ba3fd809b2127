"""What does ALTER DOMAIN lock and scan? The tables with columns of the domain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from whimbrel.pg_types.lock_mode import LockMode
from whimbrel.sql.tree import names

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.locks.footprint import Footprint
    from whimbrel.schema.catalog import Name
    from whimbrel.sql import tree

_ADD, _VALIDATE, _NOT_NULL = "C", "V", "O"


def alter_domain(footprint: Footprint, node: tree.AlterDomainStmt, _: Raw | bytes) -> None:
    """Follow ALTER DOMAIN: a new condition is checked in each stored column of the domain."""
    constraint = node.definition.constraint if node.definition is not None else None
    added = node.subtype == _ADD and constraint is not None and not constraint.skip_validation
    if not (added or node.subtype in (_VALIDATE, _NOT_NULL)):
        return
    found = footprint.catalog.user_type(names(node.type_name))
    if found is None:
        footprint.unsure_of_locks()
        footprint.unsure_of_scans()
        return
    if found.not_null and node.subtype == _NOT_NULL:
        return
    users = [name for name in _users(footprint, found.name) if footprint.stored(name)]
    footprint.lock_all(users, LockMode.SHARE)
    footprint.scan(users)


def _users(footprint: Footprint, type_: Name) -> list[Name]:
    """Return the relations with columns of a domain, or of a domain over it."""
    catalog = footprint.catalog
    found = [
        relation.name
        for relation in catalog.relations.values()
        if any((column.type.schema, column.type.name) == type_ for column in relation.columns.values())
    ]
    for user in catalog.types.values():
        if user.base is not None and (user.base.schema, user.base.name) == type_:
            found.extend(_users(footprint, user.name))
    return found


FOLLOW: Final = {"AlterDomainStmt": alter_domain}
