"""Is no money made or lost, and does each call say what became of it, while everything that can break breaks?

WHIMBREL_TRANSFERS=10000 for the full number, WHIMBREL_TRANSFERS_SEED for other accidents.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whimbrel.persistence import Database, DBError, Outcome, Receipt, RetryPolicy, Statement, Transaction, UnitOfWork
from whimbrel.persistence.testing import Cut, FaultWire

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from fix_pgbouncer import Via

TRANSFERS = int(os.environ.get("WHIMBREL_TRANSFERS", "1500"))
SEED = int(os.environ.get("WHIMBREL_TRANSFERS_SEED", "1"))
ACCOUNTS, TASKS, BALANCE = 100, 32, 1000

SCHEMA = """
    CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
    CREATE TABLE transfers (id bigint PRIMARY KEY);
"""
LOCK = Statement(
    "accounts.lock",
    "SELECT id, balance FROM accounts WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE",
    params={"ids": list[int]},
)
MOVE = Statement(
    "accounts.move",
    "UPDATE accounts SET balance = balance + %(amount)s WHERE id = %(id)s",
    params={"id": int, "amount": int},
)
NOTE = Statement("transfers.note", "INSERT INTO transfers (id) VALUES (%(id)s)", params={"id": int})


class FundsShort(Exception):
    """What a domain says no with."""


@dataclass
class Ledger:
    """What the calls reported."""

    reported: dict[int, Outcome] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)


async def test_transfers_keep_the_sum_and_report_what_became_of_them(via: Via, observer: psycopg.Connection) -> None:
    observer.execute(SCHEMA)
    observer.execute("INSERT INTO accounts SELECT n, %s FROM generate_series(1, %s) AS n", [BALANCE, ACCOUNTS])
    chance = random.Random(SEED)
    ledger = Ledger()
    count = TRANSFERS if via.is_direct else TRANSFERS // 3
    with FaultWire(via.url) as wire:
        async with await Database.open(wire.url, via.settings(max_size=16, acquire_timeout_s=30)) as pool:
            numbers = iter(range(count))
            over = asyncio.Event()
            accidents = asyncio.create_task(cause_accidents(wire, observer, random.Random(SEED + 1), over))
            await asyncio.gather(*(teller(pool, numbers, random.Random(chance.random()), ledger) for _ in range(TASKS)))
            over.set()
            happened = await accidents
            wire.mend()
            statistics = pool.statistics()
            assert statistics.held == 0
            await pool.querier().many(LOCK, ids=[1])
    assert len(ledger.reported) == count
    written = {row[0] for row in observer.execute("SELECT id FROM transfers")}
    total = observer.execute("SELECT sum(balance) FROM accounts").fetchone()
    assert total == (ACCOUNTS * BALANCE,)
    told = {number for number, outcome in ledger.reported.items() if outcome is Outcome.COMMITTED}
    assert told == written
    assert Outcome.UNKNOWN not in ledger.reported.values()
    assert all(happened[kind] for kind in ("cut", "terminated")), happened
    assert ledger.ends["cancelled"], ledger.ends


async def teller(pool: Database, numbers: Iterator[int], chance: random.Random, ledger: Ledger) -> None:
    for number in numbers:
        receipt = Receipt()
        task = asyncio.create_task(transfer(pool, number, chance, receipt))
        if chance.random() < 0.05:
            for _ in range(chance.randrange(60)):
                await asyncio.sleep(0)
            task.cancel()
        (end,) = await asyncio.gather(task, return_exceptions=True)
        outcome = receipt.outcome or Outcome.NOT_STARTED
        if end is None:
            assert outcome is Outcome.COMMITTED
            ledger.ends["done"] += 1
        elif isinstance(end, asyncio.CancelledError):
            ledger.ends["cancelled"] += 1
        elif isinstance(end, DBError):
            assert outcome is not Outcome.COMMITTED, end
            ledger.ends[type(end).__name__] += 1
        else:
            assert isinstance(end, FundsShort), end
            assert outcome is Outcome.ROLLED_BACK
        ledger.reported[number] = outcome


async def transfer(pool: Database, number: int, chance: random.Random, receipt: Receipt) -> None:
    source, target = chance.sample(range(1, ACCOUNTS + 1), 2)
    amount = chance.randrange(1, 100)

    async def unit(tx: Transaction) -> None:
        balances = dict(await tx.many(LOCK, ids=[source, target]))
        if balances[source] < amount:
            raise FundsShort
        await tx.execute(MOVE, id=source, amount=-amount, expect_rows=1)
        await tx.execute(MOVE, id=target, amount=amount, expect_rows=1)
        await tx.execute(NOTE, id=number)

    retry = RetryPolicy(attempts=3) if chance.random() < 0.5 else None
    await UnitOfWork(pool).execute(unit, resolve=True, retry=retry, receipt=receipt, name="transfer")


async def cause_accidents(
    wire: FaultWire, observer: psycopg.Connection, chance: random.Random, over: asyncio.Event
) -> Counter[str]:
    """Cut connections and terminate backends until it is over; count both."""
    happened: Counter[str] = Counter()
    texts = ("COMMIT", "UPDATE accounts", "INSERT INTO transfers", "SELECT pg_catalog.pg_current", "BEGIN")
    while not over.is_set():
        kind = chance.random()
        if kind < 0.6:
            before = wire.faults
            wire.cut(chance.choice(list(Cut)), chance.choice(texts), nth=chance.randrange(1, 30))
            while wire.faults == before and not over.is_set():
                await asyncio.sleep(0)
            happened["cut"] += wire.faults > before
        else:
            ended = observer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1"
            ).fetchall()
            happened["terminated"] += len(ended)
            for _ in range(chance.randrange(400)):
                await asyncio.sleep(0)
    return happened
