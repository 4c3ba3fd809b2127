"""Can two rows get different values from this expression?

If so, ADD COLUMN … DEFAULT must write each row (PostgreSQL 11 and later). Operators, casts and names such as
CURRENT_TIMESTAMP are never volatile, so the functions that an expression calls tell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from whimbrel.sql.expression import functions

if TYPE_CHECKING:
    from msgspec import Raw

    from whimbrel.schema.catalog import Catalog, Function

BUILT_IN: Final = frozenset(
    {
        "amvalidate", "array_sample", "array_shuffle", "binary_upgrade_logical_slot_has_caught_up",
        "brin_summarize_new_values", "brin_summarize_range", "clock_timestamp", "current_query", "currtid",
        "currtid2", "currval", "cursor_to_xml", "cursor_to_xmlschema", "gen_random_uuid", "gin_clean_pending_list",
        "lastval", "lo_close", "lo_creat", "lo_create", "lo_export", "lo_from_bytea", "lo_get", "lo_import",
        "lo_lseek", "lo_lseek64", "lo_open", "lo_tell", "lo_tell64", "lo_truncate", "lo_truncate64", "lo_unlink",
        "loread", "lowrite", "nextval", "pg_advisory_unlock", "pg_advisory_unlock_shared", "pg_backup_start",
        "pg_backup_stop", "pg_blocking_pids", "pg_cancel_backend", "pg_collation_actual_version",
        "pg_control_checkpoint", "pg_control_init", "pg_control_recovery", "pg_control_system",
        "pg_copy_logical_replication_slot", "pg_copy_physical_replication_slot", "pg_create_logical_replication_slot",
        "pg_create_physical_replication_slot", "pg_create_restore_point", "pg_current_logfile",
        "pg_current_wal_flush_lsn", "pg_current_wal_insert_lsn", "pg_current_wal_lsn",
        "pg_database_collation_actual_version", "pg_database_size", "pg_export_snapshot", "pg_get_sequence_data",
        "pg_get_wal_replay_pause_state", "pg_get_wal_summarizer_state", "pg_import_system_collations",
        "pg_indexes_size", "pg_is_in_backup", "pg_is_in_recovery", "pg_is_wal_replay_paused",
        "pg_isolation_test_session_is_blocked", "pg_jit_available", "pg_last_committed_xact",
        "pg_last_wal_receive_lsn", "pg_last_wal_replay_lsn", "pg_last_xact_replay_timestamp",
        "pg_log_backend_memory_contexts", "pg_log_standby_snapshot", "pg_logical_emit_message", "pg_nextoid",
        "pg_notification_queue_usage", "pg_promote", "pg_read_binary_file", "pg_read_file", "pg_read_file_old",
        "pg_relation_size", "pg_reload_conf", "pg_replication_origin_create", "pg_replication_origin_progress",
        "pg_replication_origin_session_is_setup", "pg_replication_origin_session_progress",
        "pg_replication_slot_advance", "pg_restore_attribute_stats", "pg_restore_relation_stats", "pg_rotate_logfile",
        "pg_rotate_logfile_old", "pg_safe_snapshot_blocking_pids", "pg_sequence_last_value", "pg_start_backup",
        "pg_stat_file", "pg_stat_get_backend_wal", "pg_stat_get_xact_blocks_fetched", "pg_stat_get_xact_blocks_hit",
        "pg_stat_get_xact_function_calls", "pg_stat_get_xact_function_self_time",
        "pg_stat_get_xact_function_total_time", "pg_stat_get_xact_numscans", "pg_stat_get_xact_tuples_deleted",
        "pg_stat_get_xact_tuples_fetched", "pg_stat_get_xact_tuples_hot_updated", "pg_stat_get_xact_tuples_inserted",
        "pg_stat_get_xact_tuples_newpage_updated", "pg_stat_get_xact_tuples_returned",
        "pg_stat_get_xact_tuples_updated", "pg_stat_have_stats", "pg_stop_backup", "pg_switch_wal", "pg_table_size",
        "pg_tablespace_size", "pg_terminate_backend", "pg_total_relation_size", "pg_try_advisory_lock",
        "pg_try_advisory_lock_shared", "pg_try_advisory_xact_lock", "pg_try_advisory_xact_lock_shared",
        "pg_xact_commit_timestamp", "pg_xact_commit_timestamp_origin", "pg_xact_status", "query_to_xml",
        "query_to_xml_and_xmlschema", "query_to_xmlschema", "random", "random_normal", "set_config", "setval",
        "timeofday", "txid_status", "uuidv4", "uuidv7",
    }
)  # fmt: skip
"""Functions of PostgreSQL 13 to 18 that are volatile, whatever their arguments, as far as an expression can call them:
pg_proc without sets, triggers, void, and types that only C code has."""
_OF_EXTENSIONS: Final = frozenset(
    {
        "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4",  # uuid-ossp
        "gen_random_bytes", "gen_salt", "pgp_pub_encrypt", "pgp_pub_encrypt_bytea", "pgp_sym_encrypt",
        "pgp_sym_encrypt_bytea",  # pgcrypto
        "uuid_generate_v7",  # pg_uuidv7
    }
)  # fmt: skip
_NEVER_INLINED: Final = re.compile(
    r";\s*\S|\b(?:from|where|limit|offset|order|group|having|window|with|distinct|union|insert|update|delete)\b", re.I
)
_FROM_OF_CALLS: Final = re.compile(r"\b(?:extract|substring|trim|overlay)\s*\([^()]*\bfrom\b", re.I)
_CALL: Final = re.compile(r"(?:(\w+)\.)?(\w+)\s*\(")


def volatile_function(expression: Raw | bytes, catalog: Catalog) -> str | None:
    """Return the name of a volatile function that an undecoded expression calls, None where it calls none.

    A function that nobody has seen counts as one that is not volatile.
    """
    for name in functions(expression):
        if _is_volatile(name, catalog, frozenset()):
            return name[-1]
    return None


def _is_volatile(name: tuple[str, ...], catalog: Catalog, inside: frozenset[tuple[str, str]]) -> bool:
    function = catalog.function(name) if name[0] != "pg_catalog" else None
    if function is None:
        return name[-1] in BUILT_IN or name[-1] in _OF_EXTENSIONS
    if function.volatility != "volatile" or function.name in inside:
        return False
    if not _is_inlined(function):
        return True
    called = function.calls or [
        (schema, called) if schema else (called,) for schema, called in _CALL.findall(function.body.lower())
    ]
    return any(_is_volatile(one, catalog, inside | {function.name}) for one in called)


def _is_inlined(function: Function) -> bool:
    """Say whether the server puts the body, a lone SELECT of an expression, in the call's place: then the body decides.

    Volatile is what CREATE FUNCTION says without a word, so many a constant hides in such functions.
    """
    if not function.body:
        return function.lone
    return function.language.lower() == "sql" and not _NEVER_INLINED.search(_FROM_OF_CALLS.sub("(", function.body))
