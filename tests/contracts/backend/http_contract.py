"""What the HTTP interface answers, row by row of its table, and to whatever cannot be meant."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

JSON = {"content-type": "application/json"}
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
BAD_IDS = ("1", "no-id", "%00", "%FF", "00000000-0000-0000-0000-00000000000g", "x" * 3000)
BAD_BODIES = (
    b"",
    b"{",
    b"null",
    b"3",
    b'"text"',
    b"[]",
    b"{}",
    b"\xff\xfe",
    b'{"email": "\xff"}',
    b"[" * 20_000,
    b"1" * 5_000,
    b"NaN",
    b'{"email": NaN, "name": NaN, "role": NaN, "author_id": NaN, "owner_id": NaN, "from": NaN, "to": NaN}',
    b'{"author_id": "\\ud800", "owner_id": "\\ud800", "from": "\\ud800", "to": "\\ud800", "role": "\\ud800"}',
)

BAD_EMAILS: tuple[object, ...] = (
    "",
    "ada",
    "@",
    "a@",
    "@b.example",
    "a b@c.example",
    "a@b@c.example",
    "a@b..example",
    "a@-b.example",
    "a\0@b.example",
    "a@b.example\0",
    "a\n@b.example",
    "ä@b.example",
    f"{'a' * 65}@b.example",
    f"a@{'b.' * 130}example",
    "x" * 100_000,
    5,
    None,
    [],
    {},
    True,
    "\ud800@b.example",
)
BAD_NAMES: tuple[object, ...] = ("", "   ", "A\0da", "A\nda", "\x7f", "x" * 101, 5, None, [], {}, False, "\ud800")
BAD_ROLES: tuple[object, ...] = ("moderator", "", "ADMIN", "admin\0", None, 3, ["admin"])
BAD_TEXTS: tuple[dict[str, object], ...] = (
    {"title": ""},
    {"title": " "},
    {"title": "x" * 201},
    {"title": "a\0b"},
    {"title": None},
    {"title": 1},
    {"body": "a\0b"},
    {"body": "x" * 100_001},
    {"body": None},
    {"body": 1},
    {"body": "\ud800"},
    {"author_id": "x"},
    {"author_id": None},
    {"author_id": 1},
)
BAD_AMOUNTS: tuple[object, ...] = (
    "-1",
    "1.001",
    "",
    " ",
    "x",
    "NaN",
    "Infinity",
    "1e5",
    "1_000",
    "+1",
    "1.",
    ".5",
    "١",
    "1\0",
    "1\n",
    "100000000000000000",
    "9" * 5000,
    5,
    1.5,
    None,
    [],
    True,
)
NO_TEXTS: tuple[object, ...] = (1, 1.5, None, [], {}, True)


async def user(client: httpx.AsyncClient, email: str = "ada@example.com", name: str = "Ada") -> dict[str, Any]:
    return made(await client.post("/users", json={"email": email, "name": name}))


async def account(client: httpx.AsyncClient, balance: str = "100.00", email: str = "") -> dict[str, Any]:
    owner = await user(client, email or f"owner-{uuid4().hex}@example.com")
    return made(await client.post("/accounts", json={"owner_id": owner["id"], "balance": balance}))


async def balance(client: httpx.AsyncClient, of: dict[str, Any]) -> str:
    return str((await client.get(f"/accounts/{of['id']}")).json()["balance"])


def made(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    assert str(UUID(body["id"])) == body["id"]
    return body


def is_problem(response: httpx.Response, status: int, code: str = "") -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert re.fullmatch(r"urn:backend:problem:[a-z-]+", problem["type"])
    assert not code or problem["type"] == f"urn:backend:problem:{code}"


def is_refused(response: httpx.Response) -> None:
    is_problem(response, 400 if response.status_code == 400 else 422)


# Users


async def a_registered_user_is_given_and_can_be_got(client: httpx.AsyncClient) -> None:
    response = await client.post("/users", json={"email": "Ada@Example.com", "name": "  Ada Zoë Lovelace "})
    body = made(response)
    assert set(body) == {"id", "email", "name", "role", "created_at"}
    assert (body["email"], body["name"], body["role"]) == ("Ada@Example.com", "Ada Zoë Lovelace", "member")
    assert RFC_3339.fullmatch(body["created_at"])
    datetime.fromisoformat(body["created_at"])
    got = await client.get(response.headers["location"])
    assert (got.status_code, got.json()) == (200, body)


async def a_taken_address_is_a_conflict_in_whatever_case(client: httpx.AsyncClient) -> None:
    await user(client, "ada@example.com")
    for email in ("ada@example.com", "ADA@example.com", "Ada@EXAMPLE.Com"):
        is_problem(await client.post("/users", json={"email": email, "name": "Ada"}), 409, "email-already-exists")


async def an_address_is_free_again_after_its_users_deletion(client: httpx.AsyncClient) -> None:
    first = await user(client, "ada@example.com")
    deleted = await client.delete(f"/users/{first['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    is_problem(await client.get(f"/users/{first['id']}"), 404, "user-not-found")
    is_problem(await client.delete(f"/users/{first['id']}"), 404, "user-not-found")
    is_problem(await client.put(f"/users/{first['id']}/role", json={"role": "admin"}), 404, "user-not-found")
    second = await user(client, "ADA@example.com")
    assert second["id"] != first["id"]


async def an_unknown_user_is_not_there(client: httpx.AsyncClient) -> None:
    is_problem(await client.get(f"/users/{uuid4()}"), 404, "user-not-found")
    is_problem(await client.delete(f"/users/{uuid4()}"), 404, "user-not-found")
    is_problem(await client.put(f"/users/{uuid4()}/role", json={"role": "admin"}), 404, "user-not-found")


async def a_user_that_cannot_be_meant_is_refused(client: httpx.AsyncClient) -> None:
    good = {"email": "ada@example.com", "name": "Ada"}
    for email in BAD_EMAILS:
        is_refused(await client.post("/users", content=json.dumps(good | {"email": email}), headers=JSON))
    for name in BAD_NAMES:
        is_refused(await client.post("/users", content=json.dumps(good | {"name": name}), headers=JSON))
    for missing in good:
        rest = {key: value for key, value in good.items() if key != missing}
        is_refused(await client.post("/users", json=rest))
    assert (await client.get("/users")).json()["total"] == 0


async def a_role_is_changed_to_one_of_three(client: httpx.AsyncClient) -> None:
    body = await user(client)
    for role in ("editor", "admin", "admin", "member"):
        response = await client.put(f"/users/{body['id']}/role", json={"role": role})
        assert (response.status_code, response.json()) == (200, body | {"role": role})
    for bad in BAD_ROLES:
        is_refused(await client.put(f"/users/{body['id']}/role", json={"role": bad}))
    assert (await client.get(f"/users/{body['id']}")).json() == body


async def users_are_listed_by_pages_with_the_right_total(client: httpx.AsyncClient) -> None:
    users = [await user(client, f"user{n}@example.com") for n in range(23)]
    newest_first = users[::-1]
    assert (await client.get("/users")).json() == {
        "items": newest_first[:20],
        "total": 23,
        "page": 1,
        "per_page": 20,
    }
    last = (await client.get("/users", params={"page": 3, "per_page": 10})).json()
    assert last == {"items": newest_first[20:], "total": 23, "page": 3, "per_page": 10}
    for page in (4, 1_000_000, 2**31 - 1):
        past = (await client.get("/users", params={"page": page, "per_page": 100})).json()
        assert past == {"items": [], "total": 23, "page": page, "per_page": 100}


async def a_page_that_cannot_be_meant_is_refused(client: httpx.AsyncClient) -> None:
    for value in ("0", "-1", "1.5", "x", "", "%00", "1e3", "9" * 30, "9" * 5000, "0x10", "١٢x"):
        is_refused(await client.get(f"/users?page={value}"))
        is_refused(await client.get(f"/users?per_page={value}"))
        is_refused(await client.get(f"/feed?limit={value}"))
    for path in ("/users?per_page=101", "/feed?limit=101"):
        is_refused(await client.get(path))
    for path in ("/users?per_page=100", "/feed?limit=100"):
        assert (await client.get(path)).status_code == 200


async def users_are_found_best_first(client: httpx.AsyncClient) -> None:
    once = await user(client, "x@one.example", "Kim Park")
    twice = await user(client, "kim@two.example", "Kim Stone")
    await user(client, "z@three.example", "Ada")
    response = await client.get("/users/search", params={"q": "KIM"})
    assert (response.status_code, response.json()) == (200, {"items": [twice, once]})
    assert (await client.get("/users/search", params={"q": "nobody"})).json() == {"items": []}


async def a_search_that_cannot_be_meant_is_refused_and_a_strange_one_finds_nobody(client: httpx.AsyncClient) -> None:
    await user(client)
    for query in ("?q=", "", "?q=a%00b", f"?q={'x' * 201}"):
        is_refused(await client.get(f"/users/search{query}"))
    for strange in ("' OR '1'='1", "a & | !", "<->", ":*", "\\", "((", "%", "%s", "%(id)s", "🦆", "\u202e", "'"):
        response = await client.get("/users/search", params={"q": strange})
        assert (response.status_code, set(response.json())) == (200, {"items"}), strange


async def an_import_keeps_the_good_rows_and_tells_of_each(client: httpx.AsyncClient) -> None:
    await user(client, "taken@example.com")
    rows: list[object] = [
        {"email": "one@example.com", "name": "One"},
        {"email": "TAKEN@example.com", "name": "Taken"},
        {"email": "no address", "name": "Three"},
        {"email": "ONE@example.com", "name": "One again"},
        {"email": "four@example.com"},
        {"name": "Five"},
        {"email": "six@example.com", "name": "Si\0x"},
        {"email": 7, "name": "Seven"},
        None,
        "text",
        [],
        {"email": "eleven@example.com", "name": "\ud800"},
        {"email": "twelve@example.com", "name": "Twelve"},
    ]
    response = await client.post("/users/import", content=json.dumps(rows), headers=JSON)
    assert response.status_code == 200, response.text
    results = response.json()["results"]
    assert [result["index"] for result in results] == list(range(len(rows)))
    outcomes = [result["outcome"] for result in results]
    assert outcomes == ["created", "conflict", "invalid", "conflict", *["invalid"] * 8, "created"]
    for result in results:
        assert set(result) == {"index", "outcome", "id" if result["outcome"] == "created" else "detail"}
    for index in (0, 12):
        got = (await client.get(f"/users/{results[index]['id']}")).json()
        assert (got["email"], got["role"]) == (rows[index]["email"], "member")  # type: ignore[index]  # a dict there
    assert (await client.get("/users")).json()["total"] == 3


async def an_import_of_nothing_gives_nothing_and_of_too_much_is_refused(client: httpx.AsyncClient) -> None:
    empty = await client.post("/users/import", json=[])
    assert (empty.status_code, empty.json()) == (200, {"results": []})
    bad = await client.post("/users/import", json=[None, None])
    assert [result["outcome"] for result in bad.json()["results"]] == ["invalid", "invalid"]
    is_refused(await client.post("/users/import", json=[None] * 10_001))
    is_refused(await client.post("/users/import", json={"rows": []}))


# Posts


async def a_post_is_written_published_and_read(client: httpx.AsyncClient) -> None:
    author = await user(client)
    text = {"author_id": author["id"], "title": "On curlews", "body": "One\nTwo"}
    draft = made(await client.post("/posts", json=text))
    assert set(draft) == {"id", "author_id", "title", "body", "status", "published_at", "created_at"}
    assert (draft["status"], draft["published_at"], draft["body"]) == ("draft", None, "One\nTwo")
    assert (await client.get("/feed")).json() == {"items": [], "next_cursor": None}
    response = await client.post(f"/posts/{draft['id']}/publish")
    published = response.json()
    assert response.status_code == 200
    assert RFC_3339.fullmatch(published["published_at"])
    assert published == draft | {"status": "published", "published_at": published["published_at"]}
    assert (await client.get("/feed")).json() == {"items": [published], "next_cursor": None}


async def publishing_twice_gives_the_same_answer(client: httpx.AsyncClient) -> None:
    author = await user(client)
    draft = made(await client.post("/posts", json={"author_id": author["id"], "title": "Once", "body": ""}))
    answers = [await client.post(f"/posts/{draft['id']}/publish") for _ in range(2)]
    answers += await asyncio.gather(*(client.post(f"/posts/{draft['id']}/publish") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json() == answers[0].json() for answer in answers)


async def a_post_that_cannot_be_meant_is_refused(client: httpx.AsyncClient) -> None:
    author = await user(client)
    good = {"author_id": author["id"], "title": "Title", "body": "Body"}
    for change in BAD_TEXTS:
        is_refused(await client.post("/posts", content=json.dumps(good | change), headers=JSON))
    is_problem(await client.post("/posts", json=good | {"author_id": str(uuid4())}), 404, "user-not-found")
    is_problem(await client.post(f"/posts/{uuid4()}/publish"), 404, "post-not-found")
    await client.delete(f"/users/{author['id']}")
    is_problem(await client.post("/posts", json=good), 404, "user-not-found")


async def the_feed_is_read_to_its_end_by_cursors(client: httpx.AsyncClient) -> None:
    author = await user(client)
    posts = []
    for n in range(7):
        draft = made(await client.post("/posts", json={"author_id": author["id"], "title": f"Post {n}", "body": ""}))
        posts.append((await client.post(f"/posts/{draft['id']}/publish")).json())
    seen: list[object] = []
    params: dict[str, str | int] = {"limit": 3}
    sizes = []
    while True:
        page = (await client.get("/feed", params=params)).json()
        seen += page["items"]
        sizes.append(len(page["items"]))
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert (seen, sizes) == (posts[::-1], [3, 3, 1])


async def a_cursor_that_was_not_given_is_refused(client: httpx.AsyncClient) -> None:
    for cursor in ("x", "%00", "é", "%FF", "null", "e30=", "AAAA", "1", "=", "9" * 1001, "'", "eyJhIjoxfQ"):
        is_refused(await client.get(f"/feed?cursor={cursor}"))


# Accounts and transfers


async def an_account_is_opened_and_got(client: httpx.AsyncClient) -> None:
    owner = await user(client)
    for given, shown in (("0", "0.00"), ("12.5", "12.50"), ("99999999999999999.99", "99999999999999999.99")):
        response = await client.post("/accounts", json={"owner_id": owner["id"], "balance": given})
        body = made(response)
        assert body == {"id": body["id"], "owner_id": owner["id"], "balance": shown}
        got = await client.get(response.headers["location"])
        assert (got.status_code, got.json()) == (200, body)


async def an_account_that_cannot_be_meant_is_refused(client: httpx.AsyncClient) -> None:
    owner = await user(client)
    for amount in BAD_AMOUNTS:
        is_refused(await client.post("/accounts", json={"owner_id": owner["id"], "balance": amount}))
    is_refused(await client.post("/accounts", json={"owner_id": "x", "balance": "1"}))
    is_problem(await client.post("/accounts", json={"owner_id": str(uuid4()), "balance": "1"}), 404, "user-not-found")
    is_problem(await client.get(f"/accounts/{uuid4()}"), 404, "account-not-found")


async def a_transfer_moves_money_once(client: httpx.AsyncClient) -> None:
    here, there = await account(client, "100"), await account(client, "0.50")
    body = made(await client.post("/transfers", json={"from": here["id"], "to": there["id"], "amount": "99.5"}))
    assert body == {"id": body["id"], "from": here["id"], "to": there["id"], "amount": "99.50"}
    assert (await balance(client, here), await balance(client, there)) == ("0.50", "100.00")


async def a_transfer_that_cannot_be_is_refused_and_moves_nothing(client: httpx.AsyncClient) -> None:
    here, there = await account(client, "10"), await account(client, "99999999999999999.99")
    good = {"from": here["id"], "to": there["id"], "amount": "1"}

    async def answer(**change: object) -> httpx.Response:
        body = good | {key.removesuffix("_"): value for key, value in change.items()}
        return await client.post("/transfers", json=body)

    is_problem(await answer(amount="10.01"), 422, "insufficient-funds")
    is_problem(await answer(to=here["id"]), 422, "same-account")
    is_problem(await answer(amount="1"), 422, "balance-too-large")
    for amount in ("0", "0.00", "-1", "1.001", "0.001", "", "x", "NaN", "Infinity", "1e1", "9" * 18, "1\0", " 1"):
        is_problem(await answer(amount=amount), 422, "invalid-amount")
    for bad in NO_TEXTS:
        is_refused(await answer(amount=bad))
    for side in ("from_", "to"):
        is_problem(await answer(**{side: str(uuid4())}), 404, "account-not-found")
        for bad_id in ("x", None, 1, "", "\0"):
            is_refused(await answer(**{side: bad_id}))
    assert (await balance(client, here), await balance(client, there)) == ("10.00", "99999999999999999.99")


async def a_transfer_repeated_under_a_key_is_one_with_the_same_answer(client: httpx.AsyncClient) -> None:
    here, there = await account(client, "100"), await account(client, "0")
    body = {"from": here["id"], "to": there["id"], "amount": "10"}
    key = {"Idempotency-Key": "key 1"}
    first = await client.post("/transfers", json=body, headers=key)
    again = await client.post("/transfers", json=body | {"amount": "10.00"}, headers=key)
    assert made(first) == made(again)
    at_once = await asyncio.gather(*(client.post("/transfers", json=body, headers=key) for _ in range(5)))
    assert [made(answer) for answer in at_once] == [first.json()] * 5
    assert await balance(client, there) == "10.00"
    for other in ({"amount": "11"}, {"from": there["id"], "to": here["id"]}):
        is_problem(await client.post("/transfers", json=body | other, headers=key), 422, "idempotency-key-reused")
    second = await client.post("/transfers", json=body, headers={"Idempotency-Key": "key 2"})
    third = await client.post("/transfers", json=body)
    assert len({made(answer)["id"] for answer in (first, second, third)}) == 3
    assert (await balance(client, here), await balance(client, there)) == ("70.00", "30.00")


async def a_refused_transfer_leaves_its_key_free(client: httpx.AsyncClient) -> None:
    here, there = await account(client, "1"), await account(client, "5")
    key = {"Idempotency-Key": "key"}
    body = {"from": here["id"], "to": there["id"], "amount": "3"}
    is_problem(await client.post("/transfers", json=body, headers=key), 422, "insufficient-funds")
    made(await client.post("/transfers", json={"from": there["id"], "to": here["id"], "amount": "2"}))
    made(await client.post("/transfers", json=body, headers=key))
    assert (await balance(client, here), await balance(client, there)) == ("0.00", "6.00")


async def a_key_that_cannot_be_kept_is_refused(client: httpx.AsyncClient) -> None:
    here, there = await account(client), await account(client)
    body = {"from": here["id"], "to": there["id"], "amount": "1"}
    for key in ("", "x" * 256, "a\tb", "é"):
        headers = [(b"Idempotency-Key", key.encode())]
        is_refused(await client.post("/transfers", json=body, headers=headers))
    assert await balance(client, there) == "100.00"


async def opposite_transfers_at_once_keep_the_sum(client: httpx.AsyncClient) -> None:
    here, there = await account(client, "50"), await account(client, "50")
    ways = ((here, there), (there, here))
    answers = await asyncio.gather(
        *(
            client.post("/transfers", json={"from": a["id"], "to": b["id"], "amount": "1"})
            for _ in range(10)
            for a, b in ways
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert (await balance(client, here), await balance(client, there)) == ("50.00", "50.00")


# The whole


async def a_body_that_cannot_be_read_is_refused(client: httpx.AsyncClient) -> None:
    routes = [
        ("POST", "/users"),
        ("PUT", f"/users/{uuid4()}/role"),
        ("POST", "/users/import"),
        ("POST", "/posts"),
        ("POST", "/accounts"),
        ("POST", "/transfers"),
    ]
    for method, path in routes:
        for content in BAD_BODIES:
            if (path, content) != ("/users/import", b"[]"):
                is_refused(await client.request(method, path, content=content, headers=JSON))
        is_refused(await client.request(method, path, content=b"email=a", headers={"content-type": "text/plain"}))


async def an_id_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    for bad in BAD_IDS:
        is_refused(await client.get(f"/users/{bad}"))
        is_refused(await client.delete(f"/users/{bad}"))
        is_refused(await client.put(f"/users/{bad}/role", json={"role": "admin"}))
        is_refused(await client.post(f"/posts/{bad}/publish"))
        is_refused(await client.get(f"/accounts/{bad}"))


async def what_was_sent_is_not_repeated_in_a_problem(client: httpx.AsyncClient) -> None:
    await user(client, "secret@example.com")
    for email in ("secret@example.com", "secret", ["secret"], {"secret": 1}):
        response = await client.post("/users", json={"email": email, "name": "A"})
        assert "secret" not in response.text


async def what_is_not_served_is_a_problem(client: httpx.AsyncClient) -> None:
    is_problem(await client.get("/nothing"), 404, "not-found")
    patched = await client.patch("/users")
    is_problem(patched, 405, "method-not-allowed")
    assert patched.headers["allow"]


async def it_is_healthy_and_ready(client: httpx.AsyncClient) -> None:
    healthy, ready = await client.get("/healthz"), await client.get("/readyz")
    assert (healthy.status_code, healthy.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


async def the_openapi_document_has_every_route_and_its_problems(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert {(path, method) for path, methods in document["paths"].items() for method in methods} == {
        ("/users", "post"),
        ("/users", "get"),
        ("/users/search", "get"),
        ("/users/import", "post"),
        ("/users/{user_id}", "get"),
        ("/users/{user_id}", "delete"),
        ("/users/{user_id}/role", "put"),
        ("/posts", "post"),
        ("/posts/{post_id}/publish", "post"),
        ("/feed", "get"),
        ("/accounts", "post"),
        ("/accounts/{account_id}", "get"),
        ("/transfers", "post"),
        ("/healthz", "get"),
        ("/readyz", "get"),
    }
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])
    for path, methods in document["paths"].items():
        for method in methods.values():
            for status, answer in method["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, status)


FACTS: tuple[Callable[[httpx.AsyncClient], Awaitable[None]], ...] = tuple(
    value
    for value in list(vars().values())
    if inspect.iscoroutinefunction(value) and list(inspect.signature(value).parameters) == ["client"]
)
"""Every coroutine above that takes a client and nothing else."""
