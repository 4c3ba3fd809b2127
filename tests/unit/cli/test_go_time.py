"""Time layouts and zones; the tables were printed by Go 1.26."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whimbrel.cli.go_time import ZoneError, format_time, parse_zone

MORNING = datetime(2000, 12, 25, 0, 1, 2, 3456, UTC)
AFTERNOON = datetime(2024, 7, 14, 9, 3, 7, 120000, ZoneInfo("America/New_York"))
NIGHT = datetime(2024, 2, 1, 5, 30, 0, 0, ZoneInfo("Asia/Kolkata"))
LONG_AGO = datetime(1938, 4, 24, 21, 28, 50, 0, ZoneInfo("Africa/Monrovia"))

LAYOUTS = [
    ("20060102150405", "20001225000102", "20240714090307", "20240201053000", "19380424212850"),
    (
        "2006-01-02 15:04:05.000 -0700 MST",
        "2000-12-25 00:01:02.003 +0000 UTC",
        "2024-07-14 09:03:07.120 -0400 EDT",
        "2024-02-01 05:30:00.000 +0530 IST",
        "1938-04-24 21:28:50.000 -0044 MMT",
    ),
    (
        "Mon Jan _2 15:04:05 2006",
        "Mon Dec 25 00:01:02 2000",
        "Sun Jul 14 09:03:07 2024",
        "Thu Feb  1 05:30:00 2024",
        "Sun Apr 24 21:28:50 1938",
    ),
    (
        "Monday, January 2, 2006",
        "Monday, December 25, 2000",
        "Sunday, July 14, 2024",
        "Thursday, February 1, 2024",
        "Sunday, April 24, 1938",
    ),
    ("3:04PM", "12:01AM", "9:03AM", "5:30AM", "9:28PM"),
    ("03:04:05 pm", "12:01:02 am", "09:03:07 am", "05:30:00 am", "09:28:50 pm"),
    ("1/2/06 4:5", "12/25/00 1:2", "7/14/24 3:7", "2/1/24 30:0", "4/24/38 28:50"),
    ("002 __2", "360 360", "196 196", "032  32", "114 114"),
    (
        "2006-01-02T15:04:05Z07:00",
        "2000-12-25T00:01:02Z",
        "2024-07-14T09:03:07-04:00",
        "2024-02-01T05:30:00+05:30",
        "1938-04-24T21:28:50-00:44",
    ),
    (
        "Z0700 Z07 Z070000 Z07:00:00",
        "Z Z Z Z",
        "-0400 -04 -040000 -04:00:00",
        "+0530 +05 +053000 +05:30:00",
        "-0044 -00 -004430 -00:44:30",
    ),
    (
        "-07:00 -07 -070000 -07:00:00",
        "+00:00 +00 +000000 +00:00:00",
        "-04:00 -04 -040000 -04:00:00",
        "+05:30 +05 +053000 +05:30:00",
        "-00:44 -00 -004430 -00:44:30",
    ),
    (
        ".000 .999 ,000000 ,999999999",
        ".003 .003 ,003456 ,003456",
        ".120 .12 ,120000 ,12",
        ".000  ,000000 ",
        ".000  ,000000 ",
    ),
    (".0000000000", ".003456000", ".120000000", ".000000000", ".000000000"),
    ("15.9 15.99", "00 00", "09.1 09.12", "05 05", "21 21"),
    ("garbage", "garbage", "garbage", "garbage", "garbage"),
    ("", "", "", "", ""),
    ("Janet", "Janet", "Janet", "Janet", "Janet"),
    ("Janx Monx January!", "Janx Monx December!", "Janx Monx July!", "Janx Monx February!", "Janx Monx April!"),
    ("_2006", "_2000", "_2024", "_2024", "_1938"),
    ("__2006", "360000", "196024", " 32024", "114038"),
    ("1504200601", "0001200012", "0903202407", "0530202402", "2128193804"),
    ("0002", "0360", "0196", "0032", "0114"),
    ("2 02 20 200 2006", "25 25 250 2500 2000", "14 14 140 1400 2024", "1 01 10 100 2024", "24 24 240 2400 1938"),
    ("MSTM", "UTCM", "EDTM", "ISTM", "MMTM"),
    ("20060102150405.000", "20001225000102.003", "20240714090307.120", "20240201053000.000", "19380424212850.000"),
    ("yyyy-mm-dd", "yyyy-mm-dd", "yyyy-mm-dd", "yyyy-mm-dd", "yyyy-mm-dd"),
    ("%Y%m%d", "%Y%m%d", "%Y%m%d", "%Y%m%d", "%Y%m%d"),
    ("Jan1", "Dec12", "Jul7", "Feb2", "Apr4"),
    ("PMpmP p", "AMamP p", "AMamP p", "AMamP p", "PMpmP p"),
    ("-08 Z08", "-08 Z08", "-08 Z08", "-08 Z08", "-08 Z08"),
    ("é2006ü", "é2000ü", "é2024ü", "é2024ü", "é1938ü"),
    (".0001 .09", ".0012 .09", ".0007 .09", ".0002 .09", ".0004 .09"),
]


@pytest.mark.parametrize("row", LAYOUTS, ids=[row[0] for row in LAYOUTS])
def test_a_layout_reads_as_go_prints_it(row: tuple[str, ...]) -> None:
    layout, *texts = row
    assert [format_time(moment, layout) for moment in (MORNING, AFTERNOON, NIGHT, LONG_AGO)] == texts


def test_evening_hours_are_counted_from_one_to_twelve() -> None:
    texts = [format_time(datetime(2024, 1, 1, hour, tzinfo=UTC), "3PM 03pm") for hour in (0, 1, 11, 12, 13, 23)]
    assert texts == ["12AM 12am", "1AM 01am", "11AM 11am", "12PM 12pm", "1PM 01pm", "11PM 11pm"]


def test_days_and_months_have_their_english_names_in_every_locale() -> None:
    days = [format_time(datetime(2024, 1, day, tzinfo=UTC), "Mon Monday") for day in range(1, 8)]
    names = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
    assert days == [f"{name[:3]} {name}" for name in names.split()]
    months = [format_time(datetime(2024, month, 1, tzinfo=UTC), "January") for month in range(1, 13)]
    assert " ".join(months[:6]) == "January February March April May June"
    assert " ".join(months[6:]) == "July August September October November December"


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_the_usual_layout_agrees_with_the_calendar(moment: datetime) -> None:
    text = format_time(moment, "2006-01-02T15:04:05.000000-07:00")
    assert datetime.fromisoformat(text) == moment


@given(st.text(alphabet="abcdefghiklnoqrstuvwxyz!/:;äé", max_size=30))
def test_what_is_no_part_of_a_layout_stands_for_itself(layout: str) -> None:
    assert format_time(MORNING, layout) == layout


@given(st.integers(-23 * 60, 23 * 60))
def test_an_offset_reads_back(minutes: int) -> None:
    moment = MORNING.astimezone(timezone(timedelta(minutes=minutes)))
    assert datetime.strptime(format_time(moment, "-0700"), "%z").utcoffset() == moment.utcoffset()


@pytest.mark.parametrize("name", ["", "UTC"])
def test_nothing_is_utc(name: str) -> None:
    assert parse_zone(name) is UTC


def test_a_name_of_the_ianas_is_that_zone() -> None:
    assert format_time(NIGHT.astimezone(parse_zone("Europe/Berlin")), "15:04 MST") == "01:00 CET"


def test_local_is_the_machines_zone() -> None:
    now = datetime.now(UTC)
    assert now.astimezone(parse_zone("Local")).utcoffset() == now.astimezone().utcoffset()


@pytest.mark.parametrize("name", ["Mars/Olympus", "utc", " ", "America", "Europe/Berlin/", "zone.tab", "é", "a\0b"])
def test_an_unknown_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(ZoneError) as caught:
        parse_zone(name)
    assert caught.value.message == f"unknown time zone {name}"


@pytest.mark.parametrize("name", ["..", "../Europe/Berlin", "Europe/../UTC", "/etc/localtime", "\\x"])
def test_a_zone_is_no_path(name: str) -> None:
    with pytest.raises(ZoneError) as caught:
        parse_zone(name)
    assert caught.value.message == "time: invalid location name"
