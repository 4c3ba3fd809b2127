"""`file:` URLs; the tables were printed by Go 1.26's net/url."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.sources.go_quote import go_quote
from whimbrel.sources.go_url import UrlError, file_path, scheme

PATHS = [
    ("file://", ""),
    ("file://dir", "dir"),
    ("file://./dir", "./dir"),
    ("file://../dir", "../dir"),
    ("file:///abs/dir", "/abs/dir"),
    ("file:dir", "dir"),
    ("file:./dir", "./dir"),
    ("file:../dir", "../dir"),
    ("file:/abs", "/abs"),
    ("file:", ""),
    ("file://./p%20q", "./p q"),
    ("file:p%20q", "p%20q"),
    ("file:///a%20b", "/a b"),
    ("file:///a%2Fb", "/a/b"),
    ("file://m?x=1", "m"),
    ("file://m#frag", "m"),
    ("file://./m?", "./m"),
    ("file://./my dir", "./my dir"),
    ("file://user@host/x", "host/x"),
    ("file://host:80/x", "host:80/x"),
    ("file://a:1:2/c", "a:1:2/c"),
    ("file://é/x", "é/x"),
    ("file://%C3%A9/x", "é/x"),
    ("file:///%C3%A9", "/é"),
    ("file://m//x", "m//x"),
    ("file:////x", "//x"),
    ("FILE://x", "x"),
    ("file://./w[4]", "./w[4]"),
    ("file://~/m", "~/m"),
    ("file://./%E9", "./\udce9"),
    ("file://%25/x", "%/x"),
    ("file:?x", ""),
    ("file://@m", "m"),
    ("file://a@b@c/d", "c/d"),
    ("file:///a?b?c", "/a"),
    ("file://a;b/c", "a;b/c"),
    ("file://$HOME/x", "$HOME/x"),
    ("file://m\u00a0n", "m\u00a0n"),
    ("file:./a b?c#d", "./a b"),
    ("file:a%zz", "a%zz"),
]
REFUSED = [
    ("file://p%20q", 'invalid URL escape "%20"'),
    ("file://./m#%zz", 'invalid URL escape "%zz"'),
    ("file:///a%zz", 'invalid URL escape "%zz"'),
    ("file:///a%2", 'invalid URL escape "%2"'),
    ("file:///%", 'invalid URL escape "%"'),
    ("file://my dir", 'invalid character " " in host name'),
    ("file://us er@host/x", "net/url: invalid userinfo"),
    ("file://user:p%zz@h/x", 'invalid URL escape "%zz"'),
    ("file://C:\\x", 'invalid port ":\\\\x" after host'),
    ("file://C:x/y", 'invalid port ":x" after host'),
    ("file://a:b/c", 'invalid port ":b" after host'),
    ("file://a\tb", "net/url: invalid control character in URL"),
    ("file://a\x7fb", "net/url: invalid control character in URL"),
    ("file://a[b/c", "invalid IP-literal"),
    ("file://[b/c", "missing ']' in host"),
    ("file:///a%éb", 'invalid URL escape "%é"'),
    ("1x://y", "first path segment in URL cannot contain colon"),
    ("a_b://c", "first path segment in URL cannot contain colon"),
    ("file://a%2fb", 'invalid URL escape "%2f"'),
    ("file://m%", 'invalid URL escape "%"'),
    ("file://a%00b", 'invalid URL escape "%00"'),
    ("file://a\\b", 'invalid character "\\\\" in host name'),
]


@pytest.mark.parametrize(("url", "path"), PATHS, ids=[ascii(row[0]) for row in PATHS])
def test_a_url_names_the_path_that_go_finds(url: str, path: str) -> None:
    assert file_path(url) == path


@pytest.mark.parametrize(("url", "reason"), REFUSED, ids=[ascii(row[0]) for row in REFUSED])
def test_a_url_is_refused_in_gos_words(url: str, reason: str) -> None:
    with pytest.raises(UrlError) as caught:
        file_path(url)
    assert str(caught.value) == f"parse {go_quote(url)}: {reason}"


def test_a_wrong_path_is_shown_without_its_fragment() -> None:
    with pytest.raises(UrlError) as caught:
        file_path("file://%#x")
    assert str(caught.value) == 'parse "file://%": invalid URL escape "%"'


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("FILE://x", "file"),
        ("s3://b/c", "s3"),
        ("a+b.c-1:x", "a+b.c-1"),
        ("1x:y", ""),
        ("a_b:c", ""),
        ("x", ""),
        (":", ""),
    ],
)
def test_the_scheme_is_in_lower_case(url: str, name: str) -> None:
    assert scheme(url) == name


@given(st.binary(max_size=40).map(lambda raw: raw.replace(b"\0", b"")))
def test_every_absolute_path_can_be_written_with_escapes(raw: bytes) -> None:
    path = raw.decode("utf-8", "surrogateescape")
    assert file_path("file:///" + "".join(f"%{byte:02x}" for byte in raw)) == f"/{path}"
