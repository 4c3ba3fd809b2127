"""May a statement run behind those that follow it in its file?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from whimbrel.schema.fold import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from whimbrel.lint.file import Statement
    from whimbrel.lint.fixes.subject import Subject

_WORD: Final = re.compile(r"\w+")
_CONTEXT: Final = frozenset(
    {"search_path", "role", "session_authorization", "default_tablespace", "default_table_access_method"}
)
"""Settings without which a statement would mean something else in another file."""
_PLAIN_BLOCK: Final = frozenset({"TRANS_STMT_BEGIN", "TRANS_STMT_START", "TRANS_STMT_COMMIT"})
_NEVER_TOUCH: Final = frozenset({"IndexStmt", "CommentStmt", "GrantStmt"})
_TOUCH_UNIQUE: Final = frozenset(
    {
        "CreateStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt", "SelectStmt",
        "CreateTrigStmt", "CreateFunctionStmt", "ViewStmt", "CreateTableAsStmt", "CreatePolicyStmt",
    }
)  # fmt: skip
"""What may lean on a unique index, and on no other."""
_MOVES_WHAT_IS_NOT_NAMED: Final = frozenset(
    {
        "OBJECT_SCHEMA", "OBJECT_TYPE", "OBJECT_DOMAIN", "OBJECT_FUNCTION", "OBJECT_ROUTINE", "OBJECT_COLLATION",
        "OBJECT_EXTENSION",
    }
)  # fmt: skip
"""What tables and indexes are called by, or made of: with another name it takes them along."""
_HARMLESS: Final = frozenset(
    {
        "AT_AddColumn", "AT_ColumnDefault", "AT_SetNotNull", "AT_DropNotNull", "AT_AddConstraint",
        "AT_ValidateConstraint", "AT_SetStatistics", "AT_EnableTrig", "AT_DisableTrig", "AT_EnableRowSecurity",
    }
)  # fmt: skip


def needs_its_place(statements: Iterable[Statement]) -> bool:
    """Say whether a file sets what its statements mean, or takes back what it did, so that none can be moved out."""
    for one in statements:
        if one.kind == "VariableSetStmt" and one.node is not None and one.node.name.lower() in _CONTEXT:
            return True
        if one.kind == "SelectStmt" and "set_config" in one.text:
            return True
        if one.kind == "TransactionStmt" and one.node.kind not in _PLAIN_BLOCK:
            return True
    return False


def disturbs(other: Statement, own: str, tables: Collection[str], *, unique: bool = False) -> bool:
    """Say whether a statement may need or change an index or constraint `own` of `tables`.

    `unique` is whether foreign keys and ON CONFLICT may lean on it.
    """
    kind = other.kind
    if kind in ("DoStmt", "CallStmt", "ExecuteStmt", "DropOwnedStmt") or _reaches_far(other):
        return True
    if kind in ("VariableSetStmt", "TransactionStmt"):
        return False
    text = other.text.lower()
    words = set(_WORD.findall(text))
    if own and _mentions(text, words, own):
        return True
    if kind in _NEVER_TOUCH or not any(_mentions(text, words, table) for table in tables):
        return False
    if kind == "CreateStmt" and any(one.like is not None for one in other.node.table_elts):
        return True
    if kind in _TOUCH_UNIQUE:
        return unique
    if kind == "AlterTableStmt" and other.node.objtype == "OBJECT_TABLE":
        return unique or any(one.command.subtype not in _HARMLESS for one in other.node.cmds)
    return True


def keeps_names(subject: Subject, node: object) -> bool:
    """Say whether all in the file get the names that they get now, if the subject's statement runs last, as `node`."""
    now, then = subject.catalog.branch(), subject.catalog.branch()
    kind, number = subject.statement.kind, subject.statement.number
    fold(now, kind, subject.node)
    for one in subject.file.statements[number + 1 :]:
        fold(now, one.kind, one.node, transaction=one.transaction)
        fold(then, one.kind, one.node, transaction=one.transaction)
    fold(then, kind, node)
    return now.indexes.keys() == then.indexes.keys()


def _reaches_far(statement: Statement) -> bool:
    """Say whether a statement may change tables that it does not name."""
    node = statement.node
    if statement.kind == "DropStmt":
        return bool(node.behavior == "DROP_CASCADE" or node.remove_type == "OBJECT_SCHEMA")
    if statement.kind == "RenameStmt":
        return node.rename_type in _MOVES_WHAT_IS_NOT_NAMED
    return statement.kind == "AlterObjectSchemaStmt" and node.object_type in _MOVES_WHAT_IS_NOT_NAMED


def _mentions(text: str, words: Collection[str], name: str) -> bool:
    """Say whether a name may stand in a text in lower case; `words` are those in it."""
    name = name.lower()
    return name in words or (not _WORD.fullmatch(name) and name.replace('"', '""') in text) or 'u&"' in text
