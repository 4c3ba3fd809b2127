# Written by tools/generate_sync.py from __init__.py: change that one.
"""Connection pool, units of work, statements, query builder and repositories on PostgreSQL, for threads.

The names are those of `whimbrel.persistence`. All errors are in `whimbrel.persistence.errors`.
"""

from whimbrel.persistence.bulk_insert import BulkInsert
from whimbrel.persistence.cursor import CursorCodec
from whimbrel.persistence.errors import ConstraintMap, DBError, Outcome
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
from whimbrel.persistence.query_builder import Query
from whimbrel.persistence.slow_log import SlowLog
from whimbrel.persistence.statement import Statement
from whimbrel.persistence.sync.batch import copy_in, create_many, create_many_with_outcomes, execute_many, stream
from whimbrel.persistence.sync.connection import Database
from whimbrel.persistence.sync.listen import Listening, Notification, listen
from whimbrel.persistence.sync.outbox import Message, Relay, append
from whimbrel.persistence.sync.querier import Querier
from whimbrel.persistence.sync.repository import PostgresRepository
from whimbrel.persistence.sync.transaction import Receipt, Transaction
from whimbrel.persistence.sync.types import CompositeType, DomainType, EnumType, JsonCodec, RangeType
from whimbrel.persistence.sync.unit_of_work import UnitOfWork
from whimbrel.persistence.value_objects import converter
from whimbrel.persistence.write_builder import Insert, SoftDelete, Upsert

__all__ = [
    "BulkInsert",
    "CompositeType",
    "ConstraintMap",
    "CursorCodec",
    "DBError",
    "Database",
    "DomainType",
    "EnumType",
    "Feed",
    "Insert",
    "Isolation",
    "JsonCodec",
    "KeysetPages",
    "Listening",
    "Message",
    "Notification",
    "Nulls",
    "OffsetPages",
    "Order",
    "Outcome",
    "Page",
    "PoolSettings",
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
    "SlowLog",
    "SoftDelete",
    "Statement",
    "Strength",
    "TextSearch",
    "Transaction",
    "UnitOfWork",
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
