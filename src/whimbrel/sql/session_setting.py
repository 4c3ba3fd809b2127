"""Does a statement change the session for those after it, and how they are to be split?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.sql.setting import ALL, TRANSACTION_PARAMETERS, parse_setting
from whimbrel.sql.value import is_true

if TYPE_CHECKING:
    from whimbrel.sql.statement import Statement


def is_session_setting(statement: Statement) -> bool:
    """Tell whether a statement sets something that outlives its transaction, if that commits.

    That is SET, SET SESSION and RESET of any parameter, role or time zone, and `SELECT set_config(…, false)` alone; not
    SET LOCAL, SET TRANSACTION, SET CONSTRAINTS, nor SET of a parameter of the transaction itself.
    """
    setting = parse_setting(statement)
    return setting is not None and not setting.local and setting.name not in TRANSACTION_PARAMETERS


def changes_encoding(statement: Statement) -> bool:
    """Tell whether the server reads what the client sends as something else than UTF-8 after a statement.

    SQL_ASCII does not count: it means that nothing is converted.
    """
    setting = parse_setting(statement)
    if setting is None or setting.name != "client_encoding" or setting.value is None:
        return False
    encoding = "".join(character for character in setting.value.upper() if character.isalnum())
    return encoding not in {"UTF8", "UNICODE", "SQLASCII"}


def changes_string_rules(statement: Statement, current: bool) -> bool:
    """Tell whether standard_conforming_strings is another than `current` after a statement that sets it.

    DEFAULT and RESET count as `on`, PostgreSQL's own default. A value that the server refuses changes nothing.
    """
    setting = parse_setting(statement)
    if setting is None or setting.name not in {"standard_conforming_strings", ALL}:
        return False
    value = True if setting.value is None else is_true(setting.value)
    return value is not None and value != current
