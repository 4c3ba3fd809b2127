"""Go's flag grammar; the tables were printed by Go 1.26's own `flag` package."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.cli.go_flags import Flag, FlagError, FlagSet, HelpRequested, Kind, defaults_text, go_integer

FLAGS = FlagSet(
    "cmd",
    (
        Flag("v", Kind.BOOL, default=False),
        Flag("n", Kind.UINT, default=10),
        Flag("i", Kind.INT, default=6),
        Flag("s", Kind.STRING, default="d"),
    ),
)
DEFAULTS = {"v": False, "n": 10, "i": 6, "s": "d"}

UNDERSTOOD: list[tuple[list[str], dict[str, object], list[str]]] = [
    ([], {}, []),
    (["-v"], {"v": True}, []),
    (["--v"], {"v": True}, []),
    (["-v=false"], {}, []),
    (["-v=0"], {}, []),
    (["-v=f"], {}, []),
    (["-v=F"], {}, []),
    (["-v=FALSE"], {}, []),
    (["-v=False"], {}, []),
    (["-v=t"], {"v": True}, []),
    (["-v=T"], {"v": True}, []),
    (["-v=TRUE"], {"v": True}, []),
    (["-v=True"], {"v": True}, []),
    (["-v=1"], {"v": True}, []),
    (["-v", "false", "-n", "1"], {"v": True}, ["false", "-n", "1"]),
    (["-s", "x"], {"s": "x"}, []),
    (["-s=x"], {"s": "x"}, []),
    (["--s", "x"], {"s": "x"}, []),
    (["--s=x=y"], {"s": "x=y"}, []),
    (["-s="], {"s": ""}, []),
    (["-s", ""], {"s": ""}, []),
    (["-s", "-v"], {"s": "-v"}, []),
    (["-s", "--", "-v"], {"v": True, "s": "--"}, []),
    (["-s=a", "-s=b"], {"s": "b"}, []),
    (["-n", "0x10"], {"n": 16}, []),
    (["-n", "0b1"], {"n": 1}, []),
    (["-n", "0o17"], {"n": 15}, []),
    (["-n", "017"], {"n": 15}, []),
    (["-n", "1_000"], {"n": 1000}, []),
    (["-n", "0x_ff"], {"n": 255}, []),
    (["-n", "0XfF"], {"n": 255}, []),
    (["-n", "0B11"], {"n": 3}, []),
    (["-n", "0O7"], {"n": 7}, []),
    (["-n", "0_7"], {"n": 7}, []),
    (["-n", "0"], {"n": 0}, []),
    (["-n", "00"], {"n": 0}, []),
    (["-n", "18446744073709551615"], {"n": 18446744073709551615}, []),
    (["-i", "-3"], {"i": -3}, []),
    (["-i", "+3"], {"i": 3}, []),
    (["-i", "-0x10"], {"i": -16}, []),
    (["-i", "9223372036854775807"], {"i": 9223372036854775807}, []),
    (["-i", "-9223372036854775808"], {"i": -9223372036854775808}, []),
    (["-", "-v"], {}, ["-", "-v"]),
    (["--", "-v"], {}, ["-v"]),
    (["", "-v"], {}, ["", "-v"]),
    (["word", "-v"], {}, ["word", "-v"]),
    (["-v", "word", "-s", "x"], {"v": True}, ["word", "-s", "x"]),
    (["-v", "--", "-s"], {"v": True}, ["-s"]),
    (["word", "-h"], {}, ["word", "-h"]),
    (["-s", "-h"], {"s": "-h"}, []),
]

REFUSED = [
    (["-v="], 'invalid boolean value "" for -v: parse error'),
    (["-v=yes"], 'invalid boolean value "yes" for -v: parse error'),
    (["-v=tRUE"], 'invalid boolean value "tRUE" for -v: parse error'),
    (["-s"], "flag needs an argument: -s"),
    (["-n", "08"], 'invalid value "08" for flag -n: parse error'),
    (["-n", "1__0"], 'invalid value "1__0" for flag -n: parse error'),
    (["-n", "_1"], 'invalid value "_1" for flag -n: parse error'),
    (["-n", "1_"], 'invalid value "1_" for flag -n: parse error'),
    (["-n", "0x"], 'invalid value "0x" for flag -n: parse error'),
    (["-n", "0x_"], 'invalid value "0x_" for flag -n: parse error'),
    (["-n", "0b2"], 'invalid value "0b2" for flag -n: parse error'),
    (["-n", "-1"], 'invalid value "-1" for flag -n: parse error'),
    (["-n", "+1"], 'invalid value "+1" for flag -n: parse error'),
    (["-n", " 1"], 'invalid value " 1" for flag -n: parse error'),
    (["-n", "1.5"], 'invalid value "1.5" for flag -n: parse error'),
    (["-n", "1s"], 'invalid value "1s" for flag -n: parse error'),
    (["-n", ""], 'invalid value "" for flag -n: parse error'),
    (["-n="], 'invalid value "" for flag -n: parse error'),
    (["-n", "１"], 'invalid value "１" for flag -n: parse error'),
    (["-n", "18446744073709551616"], 'invalid value "18446744073709551616" for flag -n: value out of range'),
    (["-n", "99999999999999999999x"], 'invalid value "99999999999999999999x" for flag -n: value out of range'),
    (["-n", "0xfffffffffffffffff"], 'invalid value "0xfffffffffffffffff" for flag -n: value out of range'),
    (["-i", "--3"], 'invalid value "--3" for flag -i: parse error'),
    (["-i", "+-3"], 'invalid value "+-3" for flag -i: parse error'),
    (["-i", "-"], 'invalid value "-" for flag -i: parse error'),
    (["-i", "9223372036854775808"], 'invalid value "9223372036854775808" for flag -i: value out of range'),
    (["-i", "-9223372036854775809"], 'invalid value "-9223372036854775809" for flag -i: value out of range'),
    (["-i", "x"], 'invalid value "x" for flag -i: parse error'),
    (["-nope"], "flag provided but not defined: -nope"),
    (["-nope=3"], "flag provided but not defined: -nope"),
    (["--nope", "x"], "flag provided but not defined: -nope"),
    (["-1"], "flag provided but not defined: -1"),
    (["-verbose"], "flag provided but not defined: -verbose"),
    (["---x"], "bad flag syntax: ---x"),
    (["-=3"], "bad flag syntax: -=3"),
    (["--=3"], "bad flag syntax: --=3"),
    (["---"], "bad flag syntax: ---"),
    (["-é"], "flag provided but not defined: -é"),
    (["-n", 'a"b\n'], 'invalid value "a\\"b\\n" for flag -n: parse error'),
    (["-v=a\x00"], 'invalid boolean value "a\\x00" for -v: parse error'),
    (["-vv"], "flag provided but not defined: -vv"),
    (["-V"], "flag provided but not defined: -V"),
]

HELP = [
    ["-h"],
    ["--h"],
    ["-help"],
    ["-help=x"],
    ["-h=x"],
    ["-v", "-h"],
]


@pytest.mark.parametrize(("words", "given_values", "rest"), UNDERSTOOD, ids=[" ".join(row[0]) for row in UNDERSTOOD])
def test_words_mean_what_go_makes_of_them(words: list[str], given_values: dict[str, object], rest: list[str]) -> None:
    parsed = FLAGS.parse(words)
    assert parsed.values == DEFAULTS | given_values
    assert parsed.rest == tuple(rest)


@pytest.mark.parametrize(("words", "line"), REFUSED, ids=[" ".join(row[0]) for row in REFUSED])
def test_a_wrong_word_is_refused_with_the_line_that_go_prints(words: list[str], line: str) -> None:
    with pytest.raises(FlagError) as caught:
        FLAGS.parse(words)
    assert caught.value.line == line


@pytest.mark.parametrize("words", HELP, ids=" ".join)
def test_help_is_asked_for_where_no_such_flag_is_defined(words: list[str]) -> None:
    with pytest.raises(HelpRequested):
        FLAGS.parse(words)


def test_a_defined_help_flag_is_a_flag_like_any_other() -> None:
    flags = FlagSet("cmd", (Flag("help", Kind.BOOL, default=False),))
    assert flags.parse(["-help", "x"]).values == {"help": True}
    with pytest.raises(HelpRequested):
        flags.parse(["-h"])


def test_the_arguments_are_left_as_they_were() -> None:
    words = ["-v", "-n", "3", "rest"]
    FLAGS.parse(words)
    assert words == ["-v", "-n", "3", "rest"]


def test_the_listing_is_sorted_and_names_types_and_defaults() -> None:
    flags = FlagSet(
        "cmd",
        (
            Flag("verbose", Kind.BOOL, default=False, usage="be loud"),
            Flag("n", Kind.UINT, default=10, usage="number"),
            Flag("i", Kind.INT, default=0, usage="int"),
            Flag("s", Kind.STRING, default='d"', usage="two\nlines"),
            Flag("e", Kind.STRING, default="", usage="empty"),
            Flag("f", Kind.BOOL, default=False, usage="force"),
            Flag("t", Kind.BOOL, default=True, usage="on"),
        ),
    )
    assert defaults_text(flags) == (
        "  -e string\n    \tempty\n"
        "  -f\tforce\n"
        "  -i int\n    \tint\n"
        "  -n uint\n    \tnumber (default 10)\n"
        '  -s string\n    \ttwo\n    \tlines (default "d\\"")\n'
        "  -t\ton (default true)\n"
        "  -verbose\n    \tbe loud\n"
    )


NAMES = st.sampled_from(["v", "n", "i", "s"])
WORDS = st.one_of(st.text(), st.builds("-{}={}".format, NAMES, st.text()), st.builds("--{}".format, NAMES))


@given(st.lists(WORDS))
def test_every_command_line_is_understood_refused_or_asks_for_help(words: list[str]) -> None:
    try:
        parsed = FLAGS.parse(words)
    except (FlagError, HelpRequested):
        return
    assert set(parsed.values) == set(DEFAULTS)
    assert not parsed.rest or list(parsed.rest) == words[-len(parsed.rest) :]


@given(st.text(), st.text(), st.lists(st.text()))
def test_the_last_value_of_a_flag_wins_whatever_way_it_is_written(first: str, last: str, rest: list[str]) -> None:
    parsed = FLAGS.parse([f"-s={first}", "--s", last, "--", *rest])
    assert parsed.values["s"] == last
    assert parsed.rest == tuple(rest)


@given(st.integers(0, 2**64 - 1), st.sampled_from(["d", "#x", "#b", "#o", "_d", "#_x", "#_b"]))
def test_every_unsigned_number_is_read_in_every_base(number: int, form: str) -> None:
    assert go_integer(format(number, form), signed=False) == number


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_signed_number_is_read(number: int) -> None:
    assert go_integer(str(number), signed=True) == number
    assert go_integer(f"{number:+#x}", signed=True) == number


@given(st.integers(2**64))
def test_a_number_over_64_bits_is_out_of_range(number: int) -> None:
    with pytest.raises(ValueError, match=r"^value out of range$"):
        go_integer(str(number), signed=False)
