"""The grammar's answers can be read."""

from __future__ import annotations

import json

from whimbrel.sql import grammar


def test_the_body_of_a_trigger_function_is_json() -> None:
    text = b"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := '{}},'; RETURN NEW; END $$"
    [function] = json.loads(grammar.parse_plpgsql(text))
    assert "action" in function["PLpgSQL_function"]
    assert "'{}},'" in json.dumps(function)
