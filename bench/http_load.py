"""Does the reference backend stand a minute of load: no error, no leaked connection, and how long do requests take?"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import psycopg

from whimbrel.migrator import Migrator, parse_url, path_source
from whimbrel.shadow.port import choose_port
from whimbrel.shadow.throwaway import throwaway_server

ROOT = Path(__file__).parent.parent
ACCOUNTS = 50
MOST_CONNECTIONS = 21
"""The pool's, and the one that hears of new messages."""


async def load(base: str, tasks: int, seconds: float) -> tuple[Counter[str], list[float]]:
    """Ask in so many tasks for so long; return the answers by kind, and how long each took."""
    answers: Counter[str] = Counter()
    took: list[float] = []
    end = time.monotonic() + seconds
    async with httpx.AsyncClient(base_url=base, timeout=30, limits=httpx.Limits(max_connections=tasks)) as client:
        accounts = []
        for number in range(ACCOUNTS):
            user = (await client.post("/users", json={"email": f"u{number}@example.com", "name": "U"})).json()
            account = {"owner_id": user["id"], "balance": "1000.00"}
            accounts.append((user["id"], (await client.post("/accounts", json=account)).json()["id"]))

        async def one(number: int) -> None:
            dice = random.Random(number)
            while time.monotonic() < end:
                (user, source), (_, target) = dice.sample(accounts, 2)
                began = time.monotonic()
                match dice.randrange(6):
                    case 0 | 1:
                        answer = await client.get(f"/users/{user}")
                    case 2:
                        answer = await client.get("/users?per_page=20")
                    case 3:
                        answer = await client.get("/users/search?q=u1")
                    case 4:
                        post = {"author_id": user, "title": "T", "body": "B"}
                        answer = await client.post("/posts", json=post)
                    case _:
                        order = {"from": source, "to": target, "amount": "0.01"}
                        answer = await client.post("/transfers", json=order)
                took.append(time.monotonic() - began)
                answers[f"{answer.request.method} {answer.status_code}"] += 1

        await asyncio.gather(*(one(number) for number in range(tasks)))
    return answers, took


def main() -> int:
    """Serve, load, look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--tasks", type=int, default=16)
    options = parser.parse_args()
    with throwaway_server() as server:
        port = choose_port()
        with Migrator(path_source(str(ROOT / "reference/backend/migrations")), parse_url(server.url)) as migrator:
            migrator.up()
        environment = os.environ | {
            "DATABASE_URL": server.url, "PORT": str(port),
            "PYTHONPATH": f"{ROOT / 'reference'}{os.pathsep}{ROOT / 'src'}",
        }  # fmt: skip
        process = subprocess.Popen([sys.executable, "-m", "backend"], env=environment, stdout=subprocess.DEVNULL)
        try:
            base = f"http://127.0.0.1:{port}"
            for _ in range(500):
                try:
                    httpx.get(f"{base}/healthz")
                    break
                except httpx.TransportError:
                    time.sleep(0.02)
            answers, took = asyncio.run(load(base, options.tasks, options.seconds))
            with psycopg.connect(server.url, autocommit=True) as look:
                end = time.monotonic() + 30
                while look.execute("SELECT FROM outbox WHERE published_at IS NULL LIMIT 1").fetchone():
                    assert time.monotonic() < end, "messages are left in the outbox"
                    time.sleep(0.1)
                row = look.execute(
                    "SELECT count(*), count(*) FILTER (WHERE state <> 'idle') FROM pg_stat_activity"
                    " WHERE application_name LIKE 'backend%'"
                ).fetchone()
                money = look.execute("SELECT sum(balance) FROM accounts").fetchone()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    took.sort()
    errors = sum(count for kind, count in answers.items() if int(kind[-3:]) >= 400)
    print(f"{len(took)} requests by {options.tasks} tasks in {options.seconds:g} s: {dict(answers)}")
    print(f"p50 {took[len(took) // 2] * 1000:.1f} ms, p99 {took[len(took) * 99 // 100] * 1000:.1f} ms, errors {errors}")
    print(f"connections (all, not idle): {row}; the sum of all accounts: {money}")
    return 1 if errors or row is None or row[0] > MOST_CONNECTIONS or row[1] else 0


if __name__ == "__main__":
    sys.exit(main())
