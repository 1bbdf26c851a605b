"""A generated month of shared-bike trips: the demo's own input, the same bytes on every machine.

The columns are those a bike platform would export, and the tables below give durations, speeds and hours like those of
a real month of a large city (quantiles rounded by hand). Nobody's trip is in it. Some rows are deliberately impossible
(a trip of a whole day, 90 km/h), since real months have them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

DEFAULT_TRIPS = 20_000
FIRST_DAY = datetime(2016, 8, 1)
DAYS = 31
COLUMNS = (
    "row_id",
    "bikeid",
    "userid",
    "start_time",
    "end_time",
    "duration_min",
    "start_lon",
    "start_lat",
    "end_lon",
    "end_lat",
    "path_m",
    "end_poi_class",
)
AGAIN_COLUMNS = ("ID", "BID", "UID", "ST", "SX", "SY", "ET", "EX", "EY", "EC", "DU", "DS")

# Value at 0, 10, ..., 90, 100 per cent of the trips; between two of them all values are equally likely.
_MINUTES_DECILES = (3, 5, 7, 8, 10, 12, 14, 18, 23, 32, 55)
_METRES_A_MINUTE_DECILES = (35, 73, 98, 115, 129, 141, 154, 168, 183, 206, 270)
# Of 1,000 trips, how many begin in each hour of the day.
_HOUR_WEIGHTS = (9, 6, 4, 2, 2, 5, 23, 62, 83, 51, 36, 36, 40, 41, 39, 43, 52, 91, 99, 88, 73, 59, 38, 18)


def write_trips(path: Path, *, trips: int = DEFAULT_TRIPS, seed: int = 2016) -> None:
    """Writes the month as a platform's CSV, ordered by start."""
    rows = sorted(_trips(trips, seed), key=lambda row: (row[2], row[0]))
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, (bike, user, start, minutes, centimetres, random_place) in enumerate(rows, start=1):
            writer.writerow(
                (number, bike, user, *_times(start, minutes), minutes, *random_place, _metres(centimetres), bike % 8)
            )


def write_claimed_again(path: Path, *, trips: int = DEFAULT_TRIPS, seed: int = 2016, every: int = 8) -> int:
    """Writes every eighth trip once more as if ridden in August 2020, with another distance and other columns.

    Returns the number of rows.
    """
    rows = sorted(_trips(trips, seed), key=lambda row: (row[2], row[0]))[::every]
    with path.open("w", newline="", encoding="utf-8-sig") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(AGAIN_COLUMNS)
        for number, (bike, user, start, minutes, centimetres, place) in enumerate(rows, start=1):
            begin = start.replace(year=2020)
            end = begin + timedelta(minutes=minutes)
            writer.writerow(
                (
                    number,
                    bike,
                    user,
                    _unpadded(begin),
                    place[2],
                    place[3],
                    _unpadded(end),
                    place[2],
                    place[3],
                    bike % 8,
                    minutes,
                    _metres(centimetres * 78 // 100),
                )
            )
    return len(rows)


_Row = tuple[int, int, datetime, int, int, tuple[str, str, str, str]]


def _trips(trips: int, seed: int) -> Iterator[_Row]:
    draw = Random(seed)  # noqa: S311 - a fixed sequence is the point
    people, bikes = max(trips // 6, 1), max(trips * 3 // 4, 1)
    ridden: set[tuple[int, datetime]] = set()
    busy: dict[int, list[tuple[datetime, datetime]]] = {}
    made = 0
    while made < trips:
        bike, user = 1 + draw.randrange(bikes), 1 + draw.randrange(people)
        start = FIRST_DAY + timedelta(days=_day(draw), hours=_hour(draw), minutes=draw.randrange(60))
        minutes = _between(draw, _MINUTES_DECILES)
        centimetres = minutes * _between(draw, _METRES_A_MINUTE_DECILES) * 100 + draw.randrange(100)
        oddity = draw.randrange(1000)
        if oddity < 4:
            minutes = 121 + draw.randrange(1200)
        elif oddity == 4:
            centimetres = minutes * (420 + draw.randrange(1100)) * 100
        end = start + timedelta(minutes=minutes)
        overlapping = any(start < other_end and other_start < end for other_start, other_end in busy.get(user, ()))
        if (bike, start) in ridden or (overlapping and draw.randrange(40)):
            continue
        ridden.add((bike, start))
        busy.setdefault(user, []).append((start, end))
        made += 1
        yield bike, user, start, minutes, centimetres, _place(draw)


def _day(draw: Random) -> int:
    # The fleet grows over the month: the larger of two draws favours later days, one time in two.
    day = draw.randrange(DAYS)
    return max(day, draw.randrange(DAYS)) if draw.randrange(2) else day


def _hour(draw: Random) -> int:
    left = draw.randrange(sum(_HOUR_WEIGHTS))
    for hour, weight in enumerate(_HOUR_WEIGHTS):
        if left < weight:
            return hour
        left -= weight
    raise AssertionError("the weights add up to the range drawn from")


def _between(draw: Random, deciles: tuple[int, ...]) -> int:
    place = draw.randrange(len(deciles) - 1)
    low, high = deciles[place], deciles[place + 1]
    return low + draw.randrange(max(high - low, 1))


def _place(draw: Random) -> tuple[str, str, str, str]:
    end = (f"121.{320 + draw.randrange(300)}", f"31.{110 + draw.randrange(290)}")
    # Most exports know only where a trip ended.
    return (
        ("", "", *end)
        if draw.randrange(100) < 86
        else (f"121.{320 + draw.randrange(300)}", f"31.{110 + draw.randrange(290)}", *end)
    )


def _times(start: datetime, minutes: int) -> tuple[str, str]:
    end = start + timedelta(minutes=minutes)
    return f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}"


def _unpadded(moment: datetime) -> str:
    return f"{moment.year}/{moment.month}/{moment.day} {moment.hour}:{moment.minute:02d}"


def _metres(centimetres: int) -> str:
    return f"{centimetres // 100}.{centimetres % 100:02d}"
