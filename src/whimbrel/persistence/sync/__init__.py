# Written by tools/generate_sync.py from __init__.py: change that one.
"""Connection pool, units of work, statements, query builder and repositories on PostgreSQL, for threads.

The names are those of `whimbrel.persistence`. All errors are in `whimbrel.persistence.errors`.
"""

from whimbrel.persistence.bulk_insert import BulkInsert, Creation, RowOutcome
from whimbrel.persistence.cursor import CursorCodec, InvalidCursor
from whimbrel.persistence.errors import (
    CommitOutcomeUnknown,
    ConnectionFailed,
    ConnectionLost,
    ConstraintMap,
    DBError,
    NotFound,
    Outcome,
    PoolClosed,
    PoolExhausted,
    SchemaMismatch,
    TransactionRolledBack,
)
from whimbrel.persistence.fragment import (
    Nulls,
    Order,
    Predicate,
    RowLock,
    Strength,
    TextSearch,
    Wait,
    asc,
    desc,
)
from whimbrel.persistence.options import Isolation, Pooler, PoolSettings, Propagation, Reset, RetryPolicy
from whimbrel.persistence.paging import Feed, KeysetPages, OffsetPages, Page
from whimbrel.persistence.query_builder import PageOutOfRange, Query, UnknownOrder
from whimbrel.persistence.slow_log import SlowLog
from whimbrel.persistence.statement import Statement
from whimbrel.persistence.sync.batch import (
    Stream,
    copy_in,
    create_many,
    create_many_with_outcomes,
    execute_many,
    stream,
)
from whimbrel.persistence.sync.connection import Database
from whimbrel.persistence.sync.listen import Listening, Notification, listen
from whimbrel.persistence.sync.outbox import Message, Relay, append
from whimbrel.persistence.sync.pool import PoolStatistics
from whimbrel.persistence.sync.querier import Querier
from whimbrel.persistence.sync.repository import PostgresRepository
from whimbrel.persistence.sync.types import CompositeType, DomainType, EnumType, JsonCodec, RangeType, TypeRegistry
from whimbrel.persistence.sync.unit_of_work import Receipt, Transaction, UnitOfWork
from whimbrel.persistence.value_objects import converter
from whimbrel.persistence.write_builder import Insert, SoftDelete, Upsert

__all__ = [
    "BulkInsert",
    "CommitOutcomeUnknown",
    "CompositeType",
    "ConnectionFailed",
    "ConnectionLost",
    "ConstraintMap",
    "Creation",
    "CursorCodec",
    "DBError",
    "Database",
    "DomainType",
    "EnumType",
    "Feed",
    "Insert",
    "InvalidCursor",
    "Isolation",
    "JsonCodec",
    "KeysetPages",
    "Listening",
    "Message",
    "NotFound",
    "Notification",
    "Nulls",
    "OffsetPages",
    "Order",
    "Outcome",
    "Page",
    "PageOutOfRange",
    "PoolClosed",
    "PoolExhausted",
    "PoolSettings",
    "PoolStatistics",
    "Pooler",
    "PostgresRepository",
    "Predicate",
    "Propagation",
    "Querier",
    "Query",
    "RangeType",
    "Receipt",
    "Relay",
    "Reset",
    "RetryPolicy",
    "RowLock",
    "RowOutcome",
    "SchemaMismatch",
    "SlowLog",
    "SoftDelete",
    "Statement",
    "Stream",
    "Strength",
    "TextSearch",
    "Transaction",
    "TransactionRolledBack",
    "TypeRegistry",
    "UnitOfWork",
    "UnknownOrder",
    "Upsert",
    "Wait",
    "append",
    "asc",
    "converter",
    "copy_in",
    "create_many",
    "create_many_with_outcomes",
    "desc",
    "execute_many",
    "listen",
    "stream",
]
