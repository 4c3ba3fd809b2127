"""What went wrong with a statement or a transaction, and may it be tried again?

    WhimbrelError
    ├── StatementError              a statement's declaration cannot be meant
    ├── UnknownOrder, PageOutOfRange, InvalidCursor    what a reader asks of a list, and cannot have
    └── DBError                     everything that happens at run time
        ├── IntegrityViolation      23000, 40002, 27000, 44000
        │   ├── UniqueViolation     23505
        │   ├── ForeignKeyViolation 23503
        │   ├── CheckViolation      23514
        │   ├── NotNullViolation    23502
        │   ├── ExclusionViolation  23P01
        │   └── RestrictViolation   23001
        ├── SerializationFailure    40001
        ├── DeadlockDetected        40P01
        ├── LockNotAvailable        55P03
        ├── ObjectInUse             55006, 55000
        ├── QueryCancelled          57014
        │   └── StatementTimeout    57014, and the caller's time was up
        ├── ConnectionFailed        no session came about: 08xxx, or no SQLSTATE, while connecting
        │   ├── ServerNotReady      57P03
        │   ├── TooManyConnections  53300
        │   ├── AuthenticationFailed 28000, 28P01
        │   └── InvalidCatalog      3D000
        ├── ConnectionLost          the session ended: 08xxx, 57P05, or no SQLSTATE
        │   ├── IdleInTransactionTimeout 25P03
        │   ├── TransactionTimeout  25P04
        │   ├── ServerShutdown      57P01
        │   ├── ServerCrash         57P02
        │   ├── DatabaseDropped     57P04
        │   └── ProtocolError       08P01
        ├── CommitOutcomeUnknown    40003, 08007, or a connection lost in COMMIT
        ├── InsufficientResources   53xxx
        ├── ProgramLimitExceeded    54xxx
        ├── ReadOnlyTransaction     25006
        ├── TransactionAborted      25P02
        ├── TransactionStateError   25xxx, 3B001, 2D000
        ├── StalePlan               0A000 and XX000 of a cached plan
        ├── PreparedStatementLost   26000, 42P05
        ├── FeatureNotSupported     0A000
        ├── SchemaMismatch          42P01, 42703, 42883, 42704, 42702, 42804, 42P10, 3F000
        ├── InvalidStatement        42601 and the rest of 42
        ├── PermissionDenied        42501
        ├── InvalidData             22xxx
        ├── CardinalityViolation    21000
        ├── RaisedByDatabase        P0001, and codes of your own
        ├── NoData                  P0002, 02000
        ├── ServerError             58, XX, F0, 72, HV
        │
        │   what no server sends
        ├── NotFound                one row was asked for and there is none
        ├── TooManyRows             one row was asked for and there are more; also P0003
        ├── UnexpectedRowCount      another number of rows was changed than expected
        ├── RowMismatch             columns and row type do not fit
        ├── InvalidParameter        a value cannot be sent
        ├── PoolExhausted           no connection came free in time
        ├── PoolClosed, HandleClosed, WrongTask
        ├── TransactionRolledBack   COMMIT was answered by ROLLBACK
        ├── TransactionRequired, TransactionNotAllowed, IncompatibleJoin
        └── UnsupportedByPooler     behind PgBouncer in transaction mode

When a unit of work has used up its retries, its last error is raised as it is, with `attempt` counting from 1: whoever
catches `SerializationFailure` need not know whether there were retries.

No message holds a value of the user's: DETAIL is left out, and of a message of class 22, which quotes the bad value,
the quoted part is cut. `verbose()` gives everything.
"""

from __future__ import annotations

from whimbrel.errors import WhimbrelError
from whimbrel.persistence.client_errors import (
    HandleClosed,
    Holder,
    IncompatibleJoin,
    InvalidCursor,
    InvalidParameter,
    NotFound,
    PageOutOfRange,
    PoolClosed,
    PoolExhausted,
    RowMismatch,
    StatementError,
    TooManyRows,
    TransactionNotAllowed,
    TransactionRequired,
    TransactionRolledBack,
    UnexpectedRowCount,
    UnitTimeout,
    UnknownOrder,
    UnsupportedByPooler,
    WrongTask,
)
from whimbrel.persistence.constraint_map import ConstraintMap
from whimbrel.persistence.db_error import NO_FACTS, DBError, Facts, Outcome, Retry
from whimbrel.persistence.server_errors import (
    CardinalityViolation,
    CheckViolation,
    DeadlockDetected,
    ExclusionViolation,
    FeatureNotSupported,
    ForeignKeyViolation,
    InsufficientResources,
    IntegrityViolation,
    InvalidData,
    InvalidStatement,
    LockNotAvailable,
    NoData,
    NotNullViolation,
    ObjectInUse,
    PermissionDenied,
    PreparedStatementLost,
    ProgramLimitExceeded,
    QueryCancelled,
    RaisedByDatabase,
    ReadOnlyTransaction,
    RestrictViolation,
    SchemaMismatch,
    SerializationFailure,
    ServerError,
    StalePlan,
    StatementTimeout,
    TransactionAborted,
    TransactionStateError,
    UniqueViolation,
)
from whimbrel.persistence.session_errors import (
    AuthenticationFailed,
    CommitOutcomeUnknown,
    ConnectionFailed,
    ConnectionLost,
    DatabaseDropped,
    IdleInTransactionTimeout,
    InvalidCatalog,
    ProtocolError,
    ServerCrash,
    ServerNotReady,
    ServerShutdown,
    TooManyConnections,
    TransactionTimeout,
)
from whimbrel.persistence.translation import translate

__all__ = [
    "NO_FACTS",
    "AuthenticationFailed",
    "CardinalityViolation",
    "CheckViolation",
    "CommitOutcomeUnknown",
    "ConnectionFailed",
    "ConnectionLost",
    "ConstraintMap",
    "DBError",
    "DatabaseDropped",
    "DeadlockDetected",
    "ExclusionViolation",
    "Facts",
    "FeatureNotSupported",
    "ForeignKeyViolation",
    "HandleClosed",
    "Holder",
    "IdleInTransactionTimeout",
    "IncompatibleJoin",
    "InsufficientResources",
    "IntegrityViolation",
    "InvalidCatalog",
    "InvalidCursor",
    "InvalidData",
    "InvalidParameter",
    "InvalidStatement",
    "LockNotAvailable",
    "NoData",
    "NotFound",
    "NotNullViolation",
    "ObjectInUse",
    "Outcome",
    "PageOutOfRange",
    "PermissionDenied",
    "PoolClosed",
    "PoolExhausted",
    "PreparedStatementLost",
    "ProgramLimitExceeded",
    "ProtocolError",
    "QueryCancelled",
    "RaisedByDatabase",
    "ReadOnlyTransaction",
    "RestrictViolation",
    "Retry",
    "RowMismatch",
    "SchemaMismatch",
    "SerializationFailure",
    "ServerCrash",
    "ServerError",
    "ServerNotReady",
    "ServerShutdown",
    "StalePlan",
    "StatementError",
    "StatementTimeout",
    "TooManyConnections",
    "TooManyRows",
    "TransactionAborted",
    "TransactionNotAllowed",
    "TransactionRequired",
    "TransactionRolledBack",
    "TransactionStateError",
    "TransactionTimeout",
    "UnexpectedRowCount",
    "UniqueViolation",
    "UnitTimeout",
    "UnknownOrder",
    "UnsupportedByPooler",
    "WrongTask",
    "translate",
]

for _kind in tuple(vars().values()):
    if isinstance(_kind, type) and issubclass(_kind, WhimbrelError) and _kind is not WhimbrelError:
        _kind.__module__ = __name__  # a traceback names the place to import it from
