"""Connection pool, units of work, statements, query builder and repositories on PostgreSQL, for async services.

`whimbrel.persistence.sync` has the same names for threads. All errors are in `whimbrel.persistence.errors`.
"""

from whimbrel.persistence.batch import Stream, copy_in, create_many, create_many_with_outcomes, execute_many, stream
from whimbrel.persistence.bulk_insert import BulkInsert, Creation, RowOutcome
from whimbrel.persistence.connection import Database
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
from whimbrel.persistence.listen import Listening, Notification, listen
from whimbrel.persistence.options import Isolation, Pooler, PoolSettings, Propagation, Reset, RetryPolicy
from whimbrel.persistence.outbox import Message, Relay, append
from whimbrel.persistence.paging import Feed, KeysetPages, OffsetPages, Page
from whimbrel.persistence.pool import PoolStatistics
from whimbrel.persistence.querier import Querier
from whimbrel.persistence.query_builder import PageOutOfRange, Query, UnknownOrder
from whimbrel.persistence.repository import PostgresRepository
from whimbrel.persistence.slow_log import SlowLog
from whimbrel.persistence.statement import Statement
from whimbrel.persistence.types import CompositeType, DomainType, EnumType, JsonCodec, RangeType, TypeRegistry
from whimbrel.persistence.unit_of_work import Receipt, Transaction, UnitOfWork
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
